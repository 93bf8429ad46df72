/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_scan.c hypervisor/common/vm_config.c hypervisor/common/vm_config_hw.c
 * hypervisor/common/vm_config_bundle.c hypervisor/common/vm_config_check.c hypervisor/common/vm_config_image.c
 * hypervisor/common/vm_config_prop.c hypervisor/common/vm_config_sched.c hypervisor/common/vm_config_shm.c
 * hypervisor/common/vm_config_shm_check.c hypervisor/common/vm_config_wdt.c hypervisor/lib/crc32.c libfdt */
/* VM nodes of the manifest: defaults, every property right and wrong, rules across VMs. */
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

static int parse_index(struct fit *f, u32 index)
{
	memset(&err, 0, sizeof(err));
	return vm_config_parse(f->buf, FIT_SIZE, index, &cfg, &err);
}

static int parse(struct fit *f)
{
	return parse_index(f, 0);
}

static void parse_ok(struct fit *f)
{
	if (parse(f))
		fail_msg("%s", err.text);
}

static void expect_error(int ret, int code, const char *want)
{
	if (ret == code && strstr(err.text, want))
		return;
	fail_msg("got %d '%s', want %d '%s'", ret, err.text, code, want);
}

static void test_defaults(void **state)
{
	struct fit *f = fit_new();

	(void)state;
	assert_int_equal(vm_config_count(f->buf, &err), 1);
	parse_ok(f);
	assert_string_equal(cfg.name, "linux");
	assert_string_equal(cfg.path, VM);
	assert_int_equal(cfg.vcpus, 1);
	assert_true(cfg.cpu_affinity == ~UINT64_C(0));
	assert_string_equal(cfg.scheduler, "noop");
	assert_int_equal(cfg.nr_mem, 1);
	assert_true(cfg.mem[0].ipa == 0x40000000 && cfg.mem[0].size == 0 && cfg.mem[0].type == VM_MEM_RAM);
	assert_string_equal(cfg.kernel.name, "kernel");
	assert_int_equal(cfg.kernel.size, 16);
	assert_int_equal(cfg.kernel.format, VM_IMG_LINUX);
	assert_memory_equal((const u8 *)f->buf + cfg.kernel.offset, "KERNEL--", 8);
	assert_false(cfg.kernel.has_load || cfg.kernel.has_entry || cfg.kernel.gzip);
	assert_string_equal(cfg.ramdisk.name, "");
	assert_string_equal(cfg.fdt.name, "");
	assert_string_equal(cfg.bootargs, "");
	assert_int_equal(cfg.nr_passthrough, 0);
	assert_int_equal(cfg.nr_smc_forward, 0);
	assert_true(cfg.autostart);
	assert_int_equal(cfg.on_reboot, VM_POLICY_RESTART);
	assert_int_equal(cfg.on_crash, VM_POLICY_HALT);
	assert_int_equal(cfg.ptimer, VM_PTIMER_AUTO);
	assert_true(cfg.gicd_ipa == 0x08000000 && cfg.gicr_ipa == 0x080a0000);
	free(f);
}

/* There, or not; numbers say the same. */
static void test_kaslr(void **state)
{
	struct fit *f = fit_new();

	(void)state;
	parse_ok(f);
	assert_false(cfg.kaslr);
	fit_set(f, VM, "kaslr", "", 0);
	parse_ok(f);
	assert_true(cfg.kaslr);
	FIT_CELLS(f, VM, "kaslr", 0);
	parse_ok(f);
	assert_false(cfg.kaslr);
	FIT_CELLS(f, VM, "kaslr", 1);
	parse_ok(f);
	assert_true(cfg.kaslr);
	FIT_CELLS(f, VM, "kaslr", 2);
	expect_error(parse(f), -EINVAL, "/vms/linux: kaslr: 2 is not 0 or 1");
	fit_str(f, VM, "kaslr", "on");
	expect_error(parse(f), -EINVAL, "/vms/linux: kaslr: 3 bytes are not a list of 32-bit cells");
	free(f);
}

static void set_everything(struct fit *f)
{
	fit_str(f, VM, "description", "all of it");
	FIT_CELLS(f, VM, "vcpus", 2);
	FIT_CELLS(f, VM, "cpu-affinity", 1, 3, 15);
	fit_str(f, VM, "scheduler", "noop");
	FIT_CELLS(f, VM, "memory", 0, 0, 0, 0x200000, 1, 0x40000000, 2, 0, 0, 0x50001000, 0, 0x1000);
	fit_set(f, VM, "memory-types", "rom\0ram\0direct", 15);
	fit_str(f, VM, "kernel", "kernel");
	fit_str(f, VM, "ramdisk", "ramdisk");
	FIT_CELLS(f, VM, "kernel-load", 0x200000);
	FIT_CELLS(f, VM, "kernel-entry", 0, 0x200040);
	FIT_CELLS(f, VM, "ramdisk-load", 1, 0x48000000);
	FIT_CELLS(f, VM, "fdt-load", 1, 0x47000000);
	fit_str(f, VM, "bootargs", "console=ttyAMA0 quiet");
	fit_set(f, VM, "passthrough", "console\0/soc/eth", 17);
	FIT_CELLS(f, VM, "smc-forward", 0x82000001, 0xc3000000);
	FIT_CELLS(f, VM, "autostart", 0);
	fit_str(f, VM, "on-reboot", "shutdown");
	fit_str(f, VM, "on-crash", "restart");
	fit_str(f, VM, "physical-timer", "trap");
	FIT_CELLS(f, VM, "gic", 0, 0x2f000000, 0, 0x2f100000);
}

static void test_everything(void **state)
{
	struct fit *f = fit_new();

	(void)state;
	set_everything(f);
	parse_ok(f);
	assert_int_equal(cfg.vcpus, 2);
	assert_true(cfg.cpu_affinity == 0x800a);
	assert_int_equal(cfg.nr_mem, 3);
	assert_true(cfg.mem[0].ipa == 0 && cfg.mem[0].size == 0x200000 && cfg.mem[0].type == VM_MEM_ROM);
	assert_true(cfg.mem[1].ipa == 0x140000000 && cfg.mem[1].size == 0x200000000 && cfg.mem[1].type == VM_MEM_RAM);
	assert_true(cfg.mem[2].ipa == 0x50001000 && cfg.mem[2].size == 0x1000 && cfg.mem[2].type == VM_MEM_DIRECT);
	assert_true(cfg.kernel.has_load && cfg.kernel.load == 0x200000);
	assert_true(cfg.kernel.has_entry && cfg.kernel.entry == 0x200040);
	assert_true(cfg.ramdisk.has_load && cfg.ramdisk.load == 0x148000000);
	assert_true(cfg.fdt.has_load && cfg.fdt.load == 0x147000000);
	assert_string_equal(cfg.ramdisk.name, "ramdisk");
	assert_string_equal(cfg.bootargs, "console=ttyAMA0 quiet");
	assert_int_equal(cfg.nr_passthrough, 2);
	assert_string_equal(cfg.passthrough[0], "console");
	assert_string_equal(cfg.passthrough[1], "/soc/eth");
	assert_int_equal(cfg.nr_smc_forward, 2);
	assert_true(cfg.smc_forward[0] == 0x82000001 && cfg.smc_forward[1] == 0xc3000000);
	assert_false(cfg.autostart);
	assert_int_equal(cfg.on_reboot, VM_POLICY_SHUTDOWN);
	assert_int_equal(cfg.on_crash, VM_POLICY_RESTART);
	assert_int_equal(cfg.ptimer, VM_PTIMER_TRAP);
	assert_true(cfg.gicd_ipa == 0x2f000000 && cfg.gicr_ipa == 0x2f100000);
	free(f);
}

struct bad_cells {
	const char *prop;
	u32 nr;
	u32 cells[20];
	const char *want;
};

static const struct bad_cells bad_cells[] = {
	{ "vcpus", 1, { 0 }, "/vms/linux: vcpus: 0 is not 1 to 16" },
	{ "vcpus", 1, { 17 }, "vcpus: 17 is not 1 to 16" },
	{ "vcpus", 2, { 0, 1 }, "vcpus: 2 cells, must be one number" },
	{ "cpu-affinity", 2, { 0, 16 }, "cpu-affinity: 16 is not a CPU number, 0 to 15" },
	{ "memory", 3, { 0, 0x40000000, 0 }, "memory: 3 cells, must be <ipa-high" },
	{ "memory", 4, { 0, 0x40001000, 0, 0x200000 }, "address 0x40001000 is not a multiple of 2 MiB" },
	{ "memory", 4, { 0, 0x40000000, 0, 0x1234 }, "/vms/linux: memory: size 0x1234 is not a multiple of 2 MiB" },
	{ "memory", 4, { 0xff, 0xffe00000, 0, 0x400000 }, "ends beyond 0x10000000000" },
	{ "memory", 4, { 0x100, 0, 0, 0 }, "ends beyond" },
	{ "memory", 4, { 0xffffffff, 0xffe00000, 0, 0x200000 }, "ends beyond" },
	{ "memory", 4, { 0, 0x40000000, 0xffffffff, 0xffe00000 }, "ends beyond" },
	{ "memory",
	  8,
	  { 0, 0x40000000, 0, 0x400000, 0, 0x40200000, 0, 0x200000 },
	  "0x40000000 and 0x40200000 overlap" },
	{ "memory", 8, { 0, 0x40000000, 0, 0, 0, 0x80000000, 0, 0x200000 }, "overlap (size 0 = all above it)" },
	{ "memory", 8, { 0, 0x40000000, 0, 0, 0, 0x80000000, 0, 0 }, "overlap" },
	{ "memory", 4, { 0, 0x08000000, 0, 0x200000 }, "GICD 0x8000000, size 0x10000 overlaps the memory region" },
	{ "memory", 4, { 0, 0, 0, 0 }, "overlaps the memory region at 0x0 (size 0 = all above it)" },
	{ "gic", 2, { 0, 1 }, "gic: 2 cells, must be <gicd-high gicd-low gicr-high gicr-low>" },
	{ "gic", 4, { 0, 0x08001000, 0, 0x080a0000 }, "gic: GICD at 0x8001000: must be a multiple of 64 KiB" },
	{ "gic", 4, { 0, 0x08000000, 0x100, 0 }, "gic: GICR at 0x10000000000: must be" },
	{ "gic", 4, { 0, 0x08010000, 0, 0x08000000 }, "GICD at 0x8010000 and GICR at 0x8000000" },
	{ "gic", 4, { 0, 0x40000000, 0, 0x080a0000 }, "GICD 0x40000000, size 0x10000 overlaps" },
	{ "smc-forward", 1, { 0x84000008 }, "smc-forward: 0x84000008 is answered by Hazel itself (PSCI)" },
	{ "smc-forward", 1, { 0xc4000003 }, "answered by Hazel itself (PSCI)" },
	{ "smc-forward", 1, { 0x80000001 }, "answered by Hazel itself (architecture call)" },
	{ "smc-forward", 1, { 0x02000001 }, "0x02000001 is not a fast call (bit 31)" },
	{ "autostart", 1, { 2 }, "autostart: 2 is not 0 or 1" },
	{ "autostart", 2, { 0, 1 }, "autostart: 2 cells" },
	{ "kernel-load", 2, { 0x100, 0 }, "kernel-load: 0x10000000000 is not below 0x10000000000" },
	{ "kernel-load", 3, { 0, 0, 0 }, "kernel-load: 3 cells, must be <low> or <high low>" },
	{ "kernel-entry", 2, { 0xffffffff, 0 }, "kernel-entry: 0xffffffff00000000 is not below" },
	{ "ramdisk-load", 1, { 0x48000000 }, "ramdisk-load: there is no property \"ramdisk\" for it" },
	{ "fdt-load", 2, { 0x100, 0 }, "fdt-load: 0x10000000000 is not below" },
	{ "vcpu", 1, { 1 }, "/vms/linux: vcpu: unknown property; near: \"vcpus\"" },
	{ "no-autostart", 1, { 1 }, "no-autostart: unknown property; near: \"autostart\"" },
	{ "zzzzzz", 1, { 1 }, "zzzzzz: unknown property; valid: \"description\"" },
};

static void test_bad_cells(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bad_cells); i++) {
		const struct bad_cells *b = &bad_cells[i];
		struct fit *f = fit_new();

		fit_cells(f, VM, b->prop, b->cells, b->nr);
		expect_error(parse(f), -EINVAL, b->want);
		free(f);
	}
}

struct bad_bytes {
	const char *prop;
	const char *bytes;
	size_t len; /* 0 = a string */
	int code;
	const char *want;
};

static const struct bad_bytes bad_bytes[] = {
	{ "scheduler", "fifo", 0, -EINVAL, "/vms/linux: scheduler: \"fifo\" is not one of \"noop\", \"bvt\", \"rt\"" },
	{ "memory-types", "rum", 0, -EINVAL, "\"rum\" is not one of \"ram\", \"rom\", \"direct\", \"hidden\"" },
	{ "memory-types", "ram\0rom", 8, -EINVAL, "memory-types: 2 types for 1 memory regions" },
	{ "memory-types", "rom", 0, -EINVAL,
	  "memory: size 0 at 0x40000000: only types \"ram\" and \"direct-ram\" may" },
	{ "memory-types", "ram", 3, -EINVAL, "memory-types: is not a list of strings" },
	{ "vcpus", "abc", 3, -EINVAL, "vcpus: 3 bytes are not a list of 32-bit cells" },
	{ "memory", "abcdef", 6, -EINVAL, "memory: 6 bytes are not a list" },
	{ "cpu-affinity", "abcde", 5, -EINVAL,
	  "cpu-affinity: is a list of neither CPU numbers nor \"little\" and \"big\"" },
	{ "smc-forward", "abcde", 5, -EINVAL, "smc-forward: 5 bytes" },
	{ "gic", "abcde", 5, -EINVAL, "gic: 5 bytes" },
	{ "autostart", "abcde", 5, -EINVAL, "autostart: 5 bytes" },
	{ "kernel-load", "abcde", 5, -EINVAL, "kernel-load: 5 bytes" },
	{ "bootargs", "no end", 6, -EINVAL, "bootargs: is not one string" },
	{ "bootargs", "a\0b", 4, -EINVAL, "bootargs: is not one string" },
	{ "kernel", "kernal", 0, -ENOENT, "kernel: no image \"kernal\" in /images; there is: \"kernel\", \"ramdisk\"" },
	{ "kernel", "../vms/linux", 0, -ENOENT, "kernel: no image" },
	{ "kernel", "ramdisk", 0, -EINVAL, "/images/ramdisk: type: \"ramdisk\" is not one of \"kernel\"" },
	{ "kernel", "a\0b", 4, -EINVAL, "kernel: is not one string" },
	{ "ramdisk", "initrd", 0, -ENOENT, "ramdisk: no image \"initrd\"" },
	{ "ramdisk", "kernel", 0, -EINVAL, "/images/kernel: type: \"kernel\" is not one of \"ramdisk\"" },
	{ "fdt", "kernel", 0, -EINVAL, "/images/kernel: type: \"kernel\" is not one of \"flat_dt\"" },
	{ "fdt", "dtb", 0, -ENOENT, "fdt: no image \"dtb\"" },
	{ "passthrough", "uart0", 0, -EINVAL, "\"uart0\" is neither \"console\", \"rest\" nor a path" },
	{ "passthrough", "/", 0, -EINVAL, "\"/\" is neither" },
	{ "passthrough", "/a\0console\0/a", 14, -EINVAL, "\"/a\" is listed twice" },
	{ "passthrough", "\033[2J", 0, -EINVAL, "\"?[2J\" is neither" },
	{ "on-reboot", "reboot", 0, -EINVAL,
	  "on-reboot: \"reboot\" is not one of \"restart\", \"halt\", \"shutdown\"" },
	{ "on-crash", "", 0, -EINVAL, "on-crash: \"\" is not one of" },
	{ "physical-timer", "native", 0, -EINVAL, "physical-timer: \"native\" is not one of \"auto\", \"trap\"" },
};

static void test_bad_bytes(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bad_bytes); i++) {
		const struct bad_bytes *b = &bad_bytes[i];
		struct fit *f = fit_new();

		fit_set(f, VM, b->prop, b->bytes, b->len ? b->len : strlen(b->bytes) + 1);
		expect_error(parse(f), b->code, b->want);
		free(f);
	}
}

static void test_two_properties(void **state)
{
	struct fit *f = fit_new();

	(void)state;
	FIT_CELLS(f, VM, "vcpus", 3);
	FIT_CELLS(f, VM, "cpu-affinity", 0, 1, 1);
	expect_error(parse(f), -EINVAL, "cpu-affinity: 2 CPUs for 3 vCPUs; scheduler \"noop\" needs one for each");
	FIT_CELLS(f, VM, "cpu-affinity", 0, 1, 2);
	parse_ok(f);
	FIT_CELLS(f, VM, "memory", 0, 0x40001000, 0, 0x1000);
	fit_str(f, VM, "memory-types", "direct");
	expect_error(parse(f), -EINVAL, "memory-types: no region is \"ram\"");
	FIT_CELLS(f, VM, "memory", 0, 0x40000800, 0, 0x1000);
	expect_error(parse(f), -EINVAL, "address 0x40000800 is not a multiple of 4 KiB");
	/* The redistributors of 16 vCPUs take 2 MiB. */
	fit_del(f, VM, "cpu-affinity");
	fit_del(f, VM, "memory-types");
	FIT_CELLS(f, VM, "memory", 0, 0x08200000, 0, 0x200000);
	parse_ok(f);
	FIT_CELLS(f, VM, "vcpus", 16);
	expect_error(parse(f), -EINVAL, "GICR 0x80a0000, size 0x200000 overlaps the memory region at 0x8200000");
	free(f);
}

struct sched_case {
	const char *scheduler;
	u32 weight, prio, budget, period; /* ~0 = not given */
	int ret;
	const char *err;
	u32 want[4];
};

#define NO UINT32_MAX

static const struct sched_case sched_cases[] = {
	{ NULL, NO, NO, NO, NO, 0, NULL, { 100, 0, 0, 0 } },
	{ "noop", NO, NO, NO, NO, 0, NULL, { 100, 0, 0, 0 } },
	{ "noop", 100, NO, NO, NO, -EINVAL, "weight: only with scheduler = \"bvt\" or \"rt\"", { 0 } },
	{ NULL, 200, NO, NO, NO, -EINVAL, "/vms/linux: weight: only with scheduler", { 0 } },
	{ "noop", NO, 5, NO, NO, -EINVAL, "rt-priority: only with scheduler = \"rt\"", { 0 } },
	{ "bvt", NO, NO, NO, NO, 0, NULL, { 100, 0, 0, 0 } },
	{ "bvt", 1, NO, NO, NO, 0, NULL, { 1, 0, 0, 0 } },
	{ "bvt", 1000, NO, NO, NO, 0, NULL, { 1000, 0, 0, 0 } },
	{ "bvt", 0, NO, NO, NO, -EINVAL, "/vms/linux: weight: 0 is not 1 to 1000", { 0 } },
	{ "bvt", 1001, NO, NO, NO, -EINVAL, "weight: 1001 is not 1 to 1000", { 0 } },
	{ "bvt", NO, 5, NO, NO, -EINVAL, "rt-priority: only with", { 0 } },
	{ "bvt", NO, NO, 5, NO, -EINVAL, "rt-budget: only with", { 0 } },
	{ "bvt", NO, NO, NO, 500, -EINVAL, "rt-period: only with", { 0 } },
	{ "rt", NO, NO, NO, NO, 0, NULL, { 100, 0, 5000, 10000 } },
	{ "rt", NO, NO, 5000, NO, -EINVAL, "/vms/linux: rt-budget: only with rt-priority", { 0 } },
	{ "rt", NO, NO, NO, 1000, -EINVAL, "/vms/linux: rt-period: only with rt-priority", { 0 } },
	{ "rt", 300, 99, 200, 1000, 0, NULL, { 300, 99, 200, 1000 } },
	{ "rt", NO, 1, NO, 100, 0, NULL, { 100, 1, 50, 100 } },
	{ "rt", NO, 1, 1000000, 1000000, 0, NULL, { 100, 1, 1000000, 1000000 } },
	{ "rt", NO, 1, 20, 100, 0, NULL, { 100, 1, 20, 100 } },
	{ "rt", NO, 0, NO, NO, -EINVAL, "rt-priority: 0 is not 1 to 99", { 0 } },
	{ "rt", NO, 100, NO, NO, -EINVAL, "rt-priority: 100 is not 1 to 99", { 0 } },
	{ "rt", NO, 1, NO, 99, -EINVAL, "rt-period: 99 is not 100 to 1000000", { 0 } },
	{ "rt", NO, 1, NO, 1000001, -EINVAL, "rt-period: 1000001 is not 100 to 1000000", { 0 } },
	{ "rt", NO, 1, 19, 1000, -EINVAL, "rt-budget: 19 is not 20 to 1000", { 0 } },
	{ "rt", NO, 1, 1001, 1000, -EINVAL, "rt-budget: 1001 is not 20 to 1000", { 0 } },
	{ "edf", NO, NO, NO, NO, -EINVAL, "\"edf\" is not one of \"noop\", \"bvt\", \"rt\"", { 0 } },
};

static void set_if(struct fit *f, const char *prop, u32 v)
{
	if (v != NO)
		fit_cells(f, VM, prop, &v, 1);
}

static void test_scheduler(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(sched_cases); i++) {
		const struct sched_case *c = &sched_cases[i];
		struct fit *f = fit_new();

		if (c->scheduler)
			fit_str(f, VM, "scheduler", c->scheduler);
		set_if(f, "weight", c->weight);
		set_if(f, "rt-priority", c->prio);
		set_if(f, "rt-budget", c->budget);
		set_if(f, "rt-period", c->period);
		if (c->ret) {
			expect_error(parse(f), c->ret, c->err);
		} else {
			parse_ok(f);
			assert_string_equal(cfg.scheduler, c->scheduler ? c->scheduler : "noop");
			assert_int_equal(cfg.weight, c->want[0]);
			assert_int_equal(cfg.rt_priority, c->want[1]);
			assert_int_equal(cfg.rt_budget_us, c->want[2]);
			assert_int_equal(cfg.rt_period_us, c->want[3]);
		}
		free(f);
	}
}

/* More vCPUs than CPUs are for those that share. */
/* "little" and "big": the host says which CPUs those are, and whether they are enough. */
static void test_affinity_words(void **state)
{
	static const struct {
		const char *bytes;
		size_t len;
		u32 class;
	} good[] = { { "big", 4, VM_CPU_BIG },
		     { "little", 7, VM_CPU_LITTLE },
		     { "little\0big", 11, VM_CPU_LITTLE | VM_CPU_BIG },
		     { "big\0big", 8, VM_CPU_BIG } };
	struct fit *f;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(good); i++) {
		f = fit_new();
		fit_set(f, VM, "cpu-affinity", good[i].bytes, good[i].len);
		FIT_CELLS(f, VM, "vcpus", 4);
		assert_int_equal(parse(f), 0);
		assert_int_equal(cfg.cpu_class, good[i].class);
		assert_true(cfg.cpu_affinity == ~UINT64_C(0));
		free(f);
	}
	f = fit_new();
	FIT_CELLS(f, VM, "cpu-affinity", 0, 2);
	assert_int_equal(parse(f), 0);
	assert_int_equal(cfg.cpu_class, 0);
	assert_int_equal(cfg.cpu_affinity, 5);
	fit_set(f, VM, "cpu-affinity", "big\0medium", 11);
	expect_error(parse(f), -EINVAL, "cpu-affinity: \"medium\" is neither \"little\" nor \"big\", nor a CPU number");
	fit_set(f, VM, "cpu-affinity", "big", 3);
	expect_error(parse(f), -EINVAL, "cpu-affinity: is a list of neither CPU numbers nor \"little\" and \"big\"");
	free(f);
}

static void test_overcommit(void **state)
{
	struct fit *f = fit_new();

	(void)state;
	FIT_CELLS(f, VM, "vcpus", 3);
	FIT_CELLS(f, VM, "cpu-affinity", 0, 1);
	expect_error(parse(f), -EINVAL, "2 CPUs for 3 vCPUs");
	fit_str(f, VM, "scheduler", "bvt");
	parse_ok(f);
	fit_str(f, VM, "scheduler", "rt");
	parse_ok(f);
	free(f);
}

static void test_too_long(void **state)
{
	struct fit *f = fit_new();
	char text[2048];
	size_t len = 0;

	(void)state;
	memset(text, 'x', sizeof(text));
	text[VM_BOOTARGS_MAX] = '\0';
	fit_str(f, VM, "bootargs", text);
	expect_error(parse(f), -ENOSPC, "bootargs: 1024 bytes, at most 1023");
	text[VM_BOOTARGS_MAX - 1] = '\0';
	fit_str(f, VM, "bootargs", text);
	parse_ok(f);
	assert_int_equal(strlen(cfg.bootargs), VM_BOOTARGS_MAX - 1);

	text[0] = '/';
	text[VM_PATH_MAX] = '\0';
	fit_str(f, VM, "passthrough", text);
	expect_error(parse(f), -ENOSPC, "is longer than 127 bytes");
	for (u32 i = 0; i <= VM_PASSTHROUGH_MAX; i++)
		len += (size_t)sprintf(text + len, "/d%u", i) + 1;
	fit_set(f, VM, "passthrough", text, len);
	expect_error(parse(f), -ENOSPC, "passthrough: more than 16 devices");
	fit_del(f, VM, "passthrough");

	memset(text, 0, sizeof(text));
	fit_set(f, VM, "memory", text, 17 * 16);
	expect_error(parse(f), -ENOSPC, "memory: 17 regions, at most 16");
	fit_del(f, VM, "memory");
	fit_set(f, VM, "smc-forward", text, 17 * 4);
	expect_error(parse(f), -ENOSPC, "smc-forward: 17 functions, at most 16");
	free(f);
}

static void test_names(void **state)
{
	static const char *const bad[] = { "vm@0", "a b", "\001", "a-name-that-is-longer-than-31-bytes" };

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct fit *f = fit_new();

		/* fdt_add_subnode() puts the new node first. */
		fit_add(f, "/vms", bad[i]);
		expect_error(parse(f), -EINVAL, "a VM's name is 1 to 31 letters");
		free(f);
	}
}

static void test_subnode(void **state)
{
	struct fit *f = fit_new();

	(void)state;
	fit_add(f, VM, "uart");
	expect_error(parse(f), -EINVAL, "/vms/linux: uart: a VM has no subnodes");
	free(f);
}

static void test_vms_node(void **state)
{
	struct fit *f = fit_new();
	char name[16];

	(void)state;
	fit_str(f, "/vms", "compatible", "hv,vms-v1");
	expect_error(vm_config_count(f->buf, &err), -EINVAL, "/vms: compatible: \"hv,vms-v1\" is not \"hazel,vms-v1\"");
	expect_error(parse(f), -EINVAL, "compatible");
	fit_del(f, "/vms", "compatible");
	expect_error(vm_config_count(f->buf, &err), -EINVAL, "/vms: compatible: \"\" is not");
	fit_set(f, "/vms", "compatible", "xyz", 3);
	expect_error(vm_config_count(f->buf, &err), -EINVAL, "compatible: is not a list of strings");
	fit_str(f, "/vms", "compatible", "hazel,vms-v1");
	expect_error(parse_index(f, 1), -EINVAL, "/vms: no such VM");
	fit_str(f, "/vms", "scheduler", "noop");
	expect_error(vm_config_count(f->buf, &err), -EINVAL, "/vms: scheduler: unknown property");
	fit_del(f, "/vms", "scheduler");
	for (u32 i = 1; i < CONFIG_MAX_VMS; i++) {
		(void)snprintf(name, sizeof(name), "vm%u", i);
		fit_add(f, "/vms", name);
	}
	assert_int_equal(vm_config_count(f->buf, &err), CONFIG_MAX_VMS);
	fit_add(f, "/vms", "onemore");
	expect_error(vm_config_count(f->buf, &err), -EINVAL, "/vms: more than 32 VMs");
	free(f);

	f = fit_new();
	assert_int_equal(fdt_del_node(f->buf, fit_node(f, VM)), 0);
	expect_error(vm_config_count(f->buf, &err), -EINVAL, "/vms: no VM in it");
	assert_int_equal(fdt_del_node(f->buf, fit_node(f, "/vms")), 0);
	expect_error(vm_config_count(f->buf, &err), -EINVAL, "no /vms node");
	expect_error(parse(f), -EINVAL, "no /vms node");
	free(f);
}

static void test_set(void **state)
{
	static struct vm_config set[2];
	struct fit *f = fit_new();

	(void)state;
	fit_str(f, VM, "passthrough", "/soc/eth");
	FIT_CELLS(f, VM, "memory", 0, 0x40000000, 0, 0x200000, 0, 0x60000000, 0, 0x2000);
	fit_set(f, VM, "memory-types", "ram\0direct", 11);
	parse_ok(f);
	set[0] = cfg;
	set[1] = cfg;
	assert_int_equal(vm_config_check_set(set, 1, &err), 0);
	expect_error(vm_config_check_set(set, 2, &err), -EINVAL, "/vms/linux: two VMs have this name");
	strcpy(set[1].name, "other");
	strcpy(set[1].path, "/vms/other");
	expect_error(vm_config_check_set(set, 2, &err), -EINVAL,
		     "/vms/other: passthrough: \"/soc/eth\" is given to /vms/linux already");
	set[1].nr_passthrough = 0;
	expect_error(vm_config_check_set(set, 2, &err), -EINVAL,
		     "/vms/other: memory: direct region 0x60000000, size 0x2000 is partly given to /vms/linux already");
	set[1].mem[1].ipa = 0x60001000;
	expect_error(vm_config_check_set(set, 2, &err), -EINVAL, "direct region 0x60001000");
	set[1].mem[1].ipa = 0x60002000;
	assert_int_equal(vm_config_check_set(set, 2, &err), 0);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_defaults),   cmocka_unit_test(test_kaslr),
		cmocka_unit_test(test_everything), cmocka_unit_test(test_bad_cells),
		cmocka_unit_test(test_bad_bytes),  cmocka_unit_test(test_two_properties),
		cmocka_unit_test(test_too_long),   cmocka_unit_test(test_names),
		cmocka_unit_test(test_subnode),    cmocka_unit_test(test_vms_node),
		cmocka_unit_test(test_set),        cmocka_unit_test(test_scheduler),
		cmocka_unit_test(test_overcommit), cmocka_unit_test(test_affinity_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
