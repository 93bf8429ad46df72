/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/vm_config.c hypervisor/common/vm_config_bundle.c hypervisor/common/vm_config_check.c
 * hypervisor/common/vm_config_image.c hypervisor/common/vm_config_prop.c hypervisor/common/vm_config_sched.c
 * hypervisor/common/vm_config_shm.c hypervisor/common/vm_config_shm_check.c hypervisor/common/vm_config_wdt.c
 * hypervisor/lib/crc32.c libfdt */
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
	expect("/vms/linux: memory-types: no region is \"ram\"");
	fit_set(f, VM, "memory-types", "hiden\0rom\0ram", 14);
	expect("/vms/linux: memory-types: \"hiden\" is not one of \"ram\", \"rom\", \"direct\", \"hidden\"");
	fit_set(f, VM, "memory-types", "hidden\0ram", 11);
	FIT_CELLS(f, VM, "memory", 0, 0x80000000, 0, 0, 0, 0x40000000, 0, 0x200000);
	expect("/vms/linux: memory: size 0 at 0x80000000: only type \"ram\" may take all that is left");
	FIT_CELLS(f, VM, "memory", 0, 0x1000, 0, 0x1000, 0, 0x40000000, 0, 0x200000);
	expect("/vms/linux: memory: address 0x1000 is not a multiple of 2 MiB");
	FIT_CELLS(f, VM, "memory", 0, 0x8000000, 0, 0x200000, 0, 0x40000000, 0, 0x200000);
	expect("/vms/linux: gic: GICD 0x8000000, size 0x10000 overlaps the memory region at 0x8000000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_firmware, setup, teardown),
		cmocka_unit_test_setup_teardown(test_rules, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
