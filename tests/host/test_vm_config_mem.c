/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_scan.c hypervisor/common/vm_config.c hypervisor/common/vm_config_hw.c
 * hypervisor/common/vm_config_bundle.c hypervisor/common/vm_config_check.c hypervisor/common/vm_config_image.c
 * hypervisor/common/vm_config_prop.c hypervisor/common/vm_config_sched.c hypervisor/common/vm_config_shm.c
 * hypervisor/common/vm_config_shm_check.c hypervisor/common/vm_config_wdt.c hypervisor/lib/crc32.c libfdt */
/* Memory of a firmware guest in the manifest: hidden RAM, and addresses below the usual RAM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <common/vm_config.h>
#include <lib/errno.h>

#include "fit_build.h"

#define VM "/vms/linux"

static struct vm_config cfg;
static struct vm_config_err err;
static struct fit *f;

static int parse(void)
{
	memset(&err, 0, sizeof(err));
	return vm_config_parse(f->buf, FIT_SIZE, 0, &cfg, &err);
}

static void expect(const char *want)
{
	int ret = parse();

	if (ret != -EINVAL || strcmp(err.text, want))
		fail_msg("got %d '%s', want '%s'", ret, err.text, want);
}

/* Firmware at 0, its variables at 64 MiB, RAM at 1 GiB. */
static int setup(void **s)
{
	(void)s;
	f = fit_new();
	FIT_CELLS(f, VM, "memory", 0, 0, 0, 0x200000, 0, 0x4000000, 0, 0x200000, 0, 0x40000000, 0, 0x8000000);
	fit_set(f, VM, "memory-types", "hidden\0rom\0ram", 15);
	FIT_CELLS(f, VM, "kernel-load", 0);
	FIT_CELLS(f, VM, "fdt-load", 0x40000000);
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	free(f);
	return 0;
}

static void test_firmware(void **s)
{
	(void)s;
	if (parse())
		fail_msg("%s", err.text);
	assert_int_equal(cfg.nr_mem, 3);
	assert_true(cfg.mem[0].ipa == 0 && cfg.mem[0].size == 0x200000 && cfg.mem[0].type == VM_MEM_HIDDEN);
	assert_true(cfg.mem[1].ipa == 0x4000000 && cfg.mem[1].type == VM_MEM_ROM);
	assert_true(cfg.mem[2].ipa == 0x40000000 && cfg.mem[2].size == 0x8000000 && cfg.mem[2].type == VM_MEM_RAM);
	assert_true(cfg.kernel.has_load && cfg.kernel.load == 0);
	assert_true(cfg.fdt.has_load && cfg.fdt.load == 0x40000000);
	/* Behind RAM that takes all that is left there is no place, in front of it there is. */
	FIT_CELLS(f, VM, "memory", 0, 0, 0, 0x200000, 0, 0x4000000, 0, 0x200000, 0, 0x40000000, 0, 0);
	assert_int_equal(parse(), 0);
}

static void test_rules(void **s)
{
	(void)s;
	fit_set(f, VM, "memory-types", "hidden\0rom\0hidden", 18);
	expect("/vms/linux: memory-types: no region is \"ram\" or \"direct-ram\"");
	fit_set(f, VM, "memory-types", "hiden\0rom\0ram", 14);
	expect("/vms/linux: memory-types: \"hiden\" is not one of \"ram\", \"rom\", \"direct\", \"hidden\", "
	       "\"direct-ram\"");
	fit_set(f, VM, "memory-types", "hidden\0ram", 11);
	FIT_CELLS(f, VM, "memory", 0, 0x80000000, 0, 0, 0, 0x40000000, 0, 0x200000);
	expect("/vms/linux: memory: size 0 at 0x80000000: only types \"ram\" and \"direct-ram\" may take all that is "
	       "left");
	FIT_CELLS(f, VM, "memory", 0, 0x1000, 0, 0x1000, 0, 0x40000000, 0, 0x200000);
	expect("/vms/linux: memory: address 0x1000 is not a multiple of 2 MiB");
	FIT_CELLS(f, VM, "memory", 0, 0x8000000, 0, 0x200000, 0, 0x40000000, 0, 0x200000);
	expect("/vms/linux: gic: GICD 0x8000000, size 0x10000 overlaps the memory region at 0x8000000");
}

static void test_direct_ram_alone(void **s)
{
	(void)s;
	fit_set(f, VM, "memory-types", "direct-ram\0ram", 15);
	FIT_CELLS(f, VM, "memory", 0, 0, 0, 0x200000, 0, 0x80000000, 0, 0x200000);
	expect("/vms/linux: memory-types: the region at 0x80000000 may lie where \"direct-ram\" comes to be: all of "
	       "the VM's memory has to be \"direct-ram\" or \"direct\"");
}

/* RAM at its host address, the machine's devices, and what a VM has to say for them. */
static void test_board(void **s)
{
	(void)s;
	fit_set(f, VM, "memory-types", "direct-ram", 11);
	FIT_CELLS(f, VM, "memory", 0, 0, 0, 0);
	fit_set(f, VM, "passthrough", "console\0rest", 13);
	expect("/vms/linux: passthrough: \"rest\" has devices that do DMA, and no IOMMU is in front of them: the VM "
	       "has to say "
	       "dma-unprotected");
	fit_set(f, VM, "dma-unprotected", "", 0);
	if (parse())
		fail_msg("%s", err.text);
	assert_true(cfg.rest && cfg.dma_unprotected && cfg.gic_like_host);
	assert_int_equal(cfg.nr_passthrough, 1);
	assert_int_equal(cfg.mem[0].type, VM_MEM_DIRECT_RAM);
	FIT_CELLS(f, VM, "dma-unprotected", 0);
	assert_int_equal(parse(), -EINVAL);
	FIT_CELLS(f, VM, "dma-unprotected", 2);
	expect("/vms/linux: dma-unprotected: 2 is not 0 or 1");
	FIT_CELLS(f, VM, "dma-unprotected", 1);
	FIT_CELLS(f, VM, "gic", 0, 0x8000000, 0, 0x80a0000);
	assert_int_equal(parse(), 0);
	assert_false(cfg.gic_like_host);
	FIT_CELLS(f, VM, "memory", 0, 0x40000000, 0, 0);
	expect("/vms/linux: memory: address 0x40000000: \"direct-ram\" is where the host has it free: 0");
	FIT_CELLS(f, VM, "memory", 0, 0, 0, 0x200000, 0, 0, 0, 0x200000);
	fit_set(f, VM, "memory-types", "direct-ram\0direct-ram", 22);
	expect("/vms/linux: memory-types: \"direct-ram\" is listed twice");
	fit_set(f, VM, "memory-types", "ram\0direct", 11);
	FIT_CELLS(f, VM, "memory", 0, 0x40000000, 0, 0x200000, 0, 0x90000000, 0, 0x1000);
	expect("/vms/linux: dma-unprotected: the memory region at 0x40000000 is not direct-mapped; devices write to "
	       "host addresses: use memory type \"direct-ram\" or \"direct\"");
}

static void test_services(void **s)
{
	(void)s;
	FIT_CELLS(f, VM, "memory", 0, 0x40000000, 0, 0);
	fit_set(f, VM, "memory-types", "ram", 4);
	fit_set(f, VM, "firmware", "smci", 5);
	expect("/vms/linux: firmware: \"smci\" is not one of \"scmi\", \"optee\"");
	fit_set(f, VM, "firmware", "scmi", 5);
	assert_int_equal(parse(), 0);
	assert_int_equal(cfg.firmware, VM_FW_SCMI);
	fit_set(f, VM, "firmware", "scmi\0optee", 11);
	expect("/vms/linux: firmware: \"optee\" reads and writes host addresses that the VM names: only for a VM that "
	       "is "
	       "trusted, with dma-unprotected");
	fit_set(f, VM, "dma-unprotected", "", 0);
	fit_set(f, VM, "memory-types", "direct-ram", 11);
	FIT_CELLS(f, VM, "memory", 0, 0, 0, 0);
	assert_int_equal(parse(), 0);
	assert_int_equal(cfg.firmware, VM_FW_SCMI | VM_FW_OPTEE);
}

/* One has the rest, the last one that has any; one has SCMI. */
static void test_two_boards(void **s)
{
	struct vm_config two[2];

	(void)s;
	memset(two, 0, sizeof(two));
	strcpy(two[0].name, "a");
	strcpy(two[1].name, "b");
	strcpy(two[0].path, "/vms/a");
	strcpy(two[1].path, "/vms/b");
	two[1].rest = true;
	two[0].nr_passthrough = 1;
	strcpy(two[0].passthrough[0], "/uart");
	assert_int_equal(vm_config_check_set(two, 2, &err), 0);
	two[0].rest = true;
	assert_int_equal(vm_config_check_set(two, 2, &err), -EINVAL);
	assert_string_equal(err.text, "/vms/b: passthrough: /vms/a has taken the rest: there is one");
	two[1].rest = false;
	assert_int_equal(vm_config_check_set(two, 2, &err), 0);
	two[1].nr_passthrough = 1;
	strcpy(two[1].passthrough[0], "/rtc");
	assert_int_equal(vm_config_check_set(two, 2, &err), -EINVAL);
	assert_string_equal(err.text,
			    "/vms/b: passthrough: /vms/a has taken the rest: who names devices has to stand before it");
	two[0].rest = false;
	two[0].firmware = two[1].firmware = VM_FW_SCMI;
	assert_int_equal(vm_config_check_set(two, 2, &err), -EINVAL);
	assert_string_equal(err.text, "/vms/b: firmware: \"scmi\" is given to /vms/a already");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_firmware, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rules, setup, teardown),
		cmocka_unit_test_setup_teardown(test_direct_ram_alone, setup, teardown),
		cmocka_unit_test_setup_teardown(test_board, setup, teardown),
		cmocka_unit_test_setup_teardown(test_services, setup, teardown),
		cmocka_unit_test_setup_teardown(test_two_boards, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
