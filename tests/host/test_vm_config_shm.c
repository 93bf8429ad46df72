/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_scan.c hypervisor/common/vm_config.c hypervisor/common/vm_config_hw.c
 * hypervisor/common/vm_config_bundle.c hypervisor/common/vm_config_check.c hypervisor/common/vm_config_image.c
 * hypervisor/common/vm_config_prop.c hypervisor/common/vm_config_sched.c hypervisor/common/vm_config_shm.c
 * hypervisor/common/vm_config_shm_check.c hypervisor/common/vm_config_wdt.c hypervisor/lib/crc32.c libfdt */
/* Shared memory and the watchdog in the manifest: what is taken, numbers of regions and peers, every rule broken. */
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
#define SHM "/shared-memory"

static struct vm_config cfg;
static struct vm_config_err err;
static struct fit *f;

static int parse(u32 index)
{
	memset(&err, 0, sizeof(err));
	return vm_config_parse(f->buf, FIT_SIZE, index, &cfg, &err);
}

static void parse_ok(u32 index)
{
	if (parse(index))
		fail_msg("%s", err.text);
}

static void expect(int code, const char *want)
{
	int ret = parse(0);

	if (ret != code || strcmp(err.text, want))
		fail_msg("got %d '%s', want %d '%s'", ret, err.text, code, want);
}

/* Regions "chan" of 8 KiB and "big" of 256 MiB; VM linux has a window onto chan at 0x30000000. */
static int setup(void **s)
{
	(void)s;
	f = fit_new();
	fit_add(f, "/", "shared-memory");
	fit_str(f, SHM, "compatible", "hazel,shared-memory-v1");
	/* libfdt puts a new subnode in front of those that are there. */
	fit_add(f, SHM, "big");
	FIT_CELLS(f, SHM "/big", "size", 0, 0x10000000);
	fit_add(f, SHM, "chan");
	FIT_CELLS(f, SHM "/chan", "size", 0x2000);
	fit_str(f, VM, "shared-memory", "chan");
	FIT_CELLS(f, VM, "shared-memory-ipa", 0, 0x30000000);
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	free(f);
	return 0;
}

static void none(void **s)
{
	(void)s;
	fit_del(f, VM, "shared-memory");
	fit_del(f, VM, "shared-memory-ipa");
	parse_ok(0);
	assert_int_equal(cfg.nr_shm, 0);
	assert_false(cfg.watchdog);
	FIT_CELLS(f, VM, "watchdog", 0);
	parse_ok(0);
	assert_false(cfg.watchdog);
}

static void one_window(void **s)
{
	(void)s;
	parse_ok(0);
	assert_int_equal(cfg.nr_shm, 1);
	assert_string_equal(cfg.shm[0].name, "chan");
	assert_int_equal(cfg.shm[0].region, 0);
	assert_int_equal(cfg.shm[0].size, 0x2000);
	assert_int_equal(cfg.shm[0].ipa, 0x30000000);
	assert_false(cfg.shm[0].ro);
	assert_int_equal(cfg.shm[0].self, 0);
	assert_int_equal(cfg.shm[0].peers, 1);
}

/* In the order of the nodes: a (no shared memory), b, linux, c; "big" is b's and c's only. */
static void numbers(void **s)
{
	(void)s;
	fit_del(f, "/vms", "compatible");
	fit_str(f, "/vms", "compatible", "hazel,vms-v1");
	fit_add(f, "/vms", "b");
	fit_set(f, "/vms/b", "shared-memory", "big\0chan", 9);
	FIT_CELLS(f, "/vms/b", "shared-memory-ipa", 0, 0x20000000, 0, 0x10000000);
	fit_set(f, "/vms/b", "shared-memory-ro", "chan", 5);
	fit_add(f, "/vms", "a");
	parse_ok(0);
	assert_string_equal(cfg.name, "a");
	assert_int_equal(cfg.nr_shm, 0);
	parse_ok(1);
	assert_string_equal(cfg.name, "b");
	assert_int_equal(cfg.nr_shm, 2);
	assert_string_equal(cfg.shm[0].name, "big");
	assert_int_equal(cfg.shm[0].region, 1);
	assert_int_equal(cfg.shm[0].size, 0x10000000);
	assert_int_equal(cfg.shm[0].self, 0);
	assert_int_equal(cfg.shm[0].peers, 1);
	assert_false(cfg.shm[0].ro);
	assert_int_equal(cfg.shm[1].region, 0);
	assert_int_equal(cfg.shm[1].ipa, 0x10000000);
	assert_int_equal(cfg.shm[1].self, 0);
	assert_int_equal(cfg.shm[1].peers, 2);
	assert_true(cfg.shm[1].ro);
	/* Broken, b still counts. */
	FIT_CELLS(f, "/vms/b", "vcpus", 0);
	assert_int_equal(parse(1), -EINVAL);
	parse_ok(2);
	assert_string_equal(cfg.name, "linux");
	assert_int_equal(cfg.shm[0].self, 1);
	assert_int_equal(cfg.shm[0].peers, 2);
	assert_int_equal(cfg.shm[0].region, 0);
}

static void bad_names(void **s)
{
	char many[9 * 3];

	(void)s;
	fit_str(f, VM, "shared-memory", "cham");
	expect(-ENOENT, VM ": shared-memory: no region \"cham\" in /shared-memory; there is: \"chan\", \"big\"");
	fit_set(f, VM, "shared-memory", "chan\0chan", 10);
	expect(-EINVAL, VM ": shared-memory: \"chan\" is listed twice");
	fit_str(f, VM, "shared-memory", "ch@1");
	expect(-EINVAL, VM ": shared-memory: \"ch@1\": a region's name is 1 to 31 letters, digits, or any of -_.,");
	fit_set(f, VM, "shared-memory", "chan", 4);
	expect(-EINVAL, VM ": shared-memory: is not a list of strings");
	for (u32 i = 0; i < 9; i++)
		memcpy(many + i * 3, (const char[]){ 'r', (char)('0' + i), 0 }, 3);
	fit_set(f, VM, "shared-memory", many, sizeof(many));
	expect(-ENOSPC, VM ": shared-memory: 9 regions, at most 8");
	fit_str(f, VM, "shared-memory", "chan");
	fit_str(f, VM, "shared-memory-ro", "big");
	expect(-EINVAL, VM ": shared-memory-ro: \"big\" is not in shared-memory");
	fit_set(f, VM, "shared-memory-ro", "x", 1);
	expect(-EINVAL, VM ": shared-memory-ro: is not a list of strings");
	fit_del(f, VM, "shared-memory");
	expect(-EINVAL, VM ": shared-memory-ipa: only with shared-memory");
	fit_del(f, VM, "shared-memory-ipa");
	expect(-EINVAL, VM ": shared-memory-ro: only with shared-memory");
}

static void bad_regions(void **s)
{
	(void)s;
	FIT_CELLS(f, SHM "/chan", "size", 0);
	expect(-EINVAL, SHM "/chan: size: 0x0 is not a multiple of 4 KiB, 4 KiB to 256 MiB");
	FIT_CELLS(f, SHM "/chan", "size", 0x1800);
	expect(-EINVAL, SHM "/chan: size: 0x1800 is not a multiple of 4 KiB, 4 KiB to 256 MiB");
	FIT_CELLS(f, SHM "/chan", "size", 0x10001000);
	expect(-EINVAL, SHM "/chan: size: 0x10001000 is not a multiple of 4 KiB, 4 KiB to 256 MiB");
	FIT_CELLS(f, SHM "/chan", "size", 0xffffffff, 0xfffff000);
	expect(-EINVAL, SHM "/chan: size: 0xfffffffffffff000 is not a multiple of 4 KiB, 4 KiB to 256 MiB");
	fit_del(f, SHM "/chan", "size");
	expect(-EINVAL, SHM "/chan: size: is missing");
	FIT_CELLS(f, SHM "/chan", "size", 1, 2, 3);
	expect(-EINVAL, SHM "/chan: size: 3 cells, must be <low> or <high low>");
	FIT_CELLS(f, SHM "/chan", "size", 0x1000);
	FIT_CELLS(f, SHM "/chan", "sice", 0x1000);
	expect(-EINVAL, SHM "/chan: sice: unknown property; near: \"size\"");
	fit_del(f, SHM "/chan", "sice");
	parse_ok(0);
	for (char name[] = "r0"; name[1] < '6'; name[1]++)
		fit_add(f, SHM, name);
	parse_ok(0);
	fit_add(f, SHM, "r6");
	expect(-ENOSPC, SHM ": more than 8 regions");
	fit_str(f, SHM, "compatible", "hazel,shared-memory-v2");
	expect(-EINVAL, SHM ": compatible: \"hazel,shared-memory-v2\" is not \"hazel,shared-memory-v1\"");
	fdt_del_node(f->buf, fit_node(f, SHM));
	expect(-ENOENT, VM ": shared-memory: the bundle has no /shared-memory node");
}

static void too_many_peers(void **s)
{
	char path[] = "/vms/p0";

	(void)s;
	for (; path[6] < '7'; path[6]++) {
		fit_add(f, "/vms", path + 5);
		fit_str(f, path, "shared-memory", "chan");
		FIT_CELLS(f, path, "shared-memory-ipa", 0, 0x30000000);
	}
	parse_ok(7);
	assert_string_equal(cfg.name, "linux");
	assert_int_equal(cfg.shm[0].self, 7);
	assert_int_equal(cfg.shm[0].peers, 8);
	fit_add(f, "/vms", "p7");
	fit_str(f, "/vms/p7", "shared-memory", "chan");
	assert_int_equal(parse(8), -ENOSPC);
	assert_string_equal(err.text, VM ": shared-memory: \"chan\" is shared by 9 VMs, at most 8");
}

static void at(uint32_t hi, uint32_t lo)
{
	FIT_CELLS(f, VM, "shared-memory-ipa", hi, lo);
}

static void bad_windows(void **s)
{
	(void)s;
	FIT_CELLS(f, VM, "memory", 0, 0x40000000, 0, 0x10000000);
	at(0, 0x30001000);
	expect(-EINVAL,
	       VM ": shared-memory-ipa: chan at 0x30001000: must be a multiple of 2 MiB, with its end below "
		  "0x10000000000");
	at(0x100, 0);
	expect(-EINVAL,
	       VM ": shared-memory-ipa: chan at 0x10000000000: must be a multiple of 2 MiB, with its end below "
		  "0x10000000000");
	at(0xffffffff, 0xffe00000);
	assert_int_equal(parse(0), -EINVAL);
	at(0, 0x40000000);
	expect(-EINVAL,
	       VM ": shared-memory-ipa: chan 0x40000000, size 0x2000 overlaps the memory region at 0x40000000");
	at(0, 0x4fe00000);
	expect(-EINVAL,
	       VM ": shared-memory-ipa: chan 0x4fe00000, size 0x2000 overlaps the memory region at 0x40000000");
	at(0, 0x50000000);
	parse_ok(0);
	at(0, 0x3fe00000);
	parse_ok(0);
	FIT_CELLS(f, SHM "/chan", "size", 0x201000);
	expect(-EINVAL,
	       VM ": shared-memory-ipa: chan 0x3fe00000, size 0x201000 overlaps the memory region at 0x40000000");
	at(0, 0x08000000);
	expect(-EINVAL, VM ": shared-memory-ipa: chan 0x8000000, size 0x201000 overlaps the GICD at 0x8000000");
	at(0, 0x09000000);
	expect(-EINVAL,
	       VM ": shared-memory-ipa: chan 0x9000000, size 0x201000 overlaps the emulated devices at 0x9000000");
	at(0, 0x0ae00000);
	expect(-EINVAL,
	       VM ": shared-memory-ipa: chan 0xae00000, size 0x201000 overlaps the emulated devices at 0x9000000");
	at(0, 0x0b000000);
	parse_ok(0);
	fit_del(f, VM, "memory");
	at(0, 0x50000000);
	expect(-EINVAL,
	       VM ": shared-memory-ipa: chan 0x50000000, size 0x201000 overlaps the memory region without a size at "
		  "0x40000000");
	FIT_CELLS(f, VM, "shared-memory-ipa", 0, 0x30000000, 0, 0x38000000);
	expect(-EINVAL, VM ": shared-memory-ipa: 4 cells for 1 regions, must be <high low> for each");
	fit_del(f, VM, "shared-memory-ipa");
	expect(-EINVAL, VM ": shared-memory-ipa: 0 cells for 1 regions, must be <high low> for each");
}

static void windows_and_frames(void **s)
{
	(void)s;
	fit_set(f, VM, "shared-memory", "big\0chan", 9);
	FIT_CELLS(f, VM, "shared-memory-ipa", 0, 0x20000000, 0, 0x2fe00000);
	expect(-EINVAL, VM ": shared-memory-ipa: chan 0x2fe00000, size 0x2000 overlaps big at 0x20000000");
	FIT_CELLS(f, VM, "shared-memory-ipa", 0, 0x20000000, 0, 0x30000000);
	parse_ok(0);
	/* RAM over what Hazel emulates: not a window's business, but the doorbells would be gone. */
	FIT_CELLS(f, VM, "memory", 0, 0x0a000000, 0, 0x400000);
	expect(-EINVAL,
	       VM ": shared-memory: doorbells at 0xa200000, size 0x2000 overlaps the memory region at 0xa000000");
	FIT_CELLS(f, VM, "memory", 0, 0x0a000000, 0, 0x200000);
	parse_ok(0);
	FIT_CELLS(f, VM, "watchdog", 1);
	expect(-EINVAL, VM ": watchdog: frames at 0xa100000, size 0x2000 overlaps the memory region at 0xa000000");
	FIT_CELLS(f, VM, "memory", 0, 0x0b000000, 0, 0x200000);
	parse_ok(0);
	assert_true(cfg.watchdog);
	FIT_CELLS(f, VM, "gic", 0, 0x0a100000, 0, 0x0c000000);
	expect(-EINVAL, VM ": watchdog: frames at 0xa100000, size 0x2000 overlaps the GICD at 0xa100000");
	fit_del(f, VM, "gic");
	FIT_CELLS(f, VM, "watchdog", 2);
	expect(-EINVAL, VM ": watchdog: 2 is not 0 or 1");
	FIT_CELLS(f, VM, "watchdog", 1, 1);
	expect(-EINVAL, VM ": watchdog: 2 cells, must be one number");
}

#define T(fn) cmocka_unit_test_setup_teardown(fn, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(none),        T(one_window),     T(numbers),     T(bad_names),
		T(bad_regions), T(too_many_peers), T(bad_windows), T(windows_and_frames),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
