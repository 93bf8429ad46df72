/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/errata.c */
/* Which branch-history mitigation a CPU gets. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <asm/cpufeature.h>
#include <asm/psci.h>
#include <asm/sysreg.h>
#include <cmocka.h>
#include <debug/logmsg.h>

static u64 pfr0, mmfr1, isar2;
static u32 psci;
static s64 fw_features, fw_version, fw_wa3;
static u32 warnings;

u64 mock_sysreg_read(const char *name)
{
	if (!strcmp(name, "S3_0_C0_C4_0"))
		return pfr0;
	if (!strcmp(name, "S3_0_C0_C7_1"))
		return mmfr1;
	assert_string_equal(name, "S3_0_C0_C6_2");
	return isar2;
}

void mock_sysreg_write(const char *name, u64 v)
{
	fail_msg("write of %s = %lx", name, (unsigned long)v);
}

u32 psci_version(void)
{
	return psci;
}

s64 psci_call(u32 fn, u64 a1, u64 a2, u64 a3)
{
	(void)a2;
	(void)a3;
	/* Nothing may be asked that the firmware before has not vouched for. */
	switch (fn) {
	case PSCI_1_0_FEATURES:
		assert_true(psci >= 0x10000);
		assert_int_equal(a1, SMCCC_VERSION);
		return fw_features;
	case SMCCC_VERSION:
		assert_true(fw_features >= 0);
		return fw_version;
	case SMCCC_ARCH_FEATURES:
		assert_true(fw_version >= 0x10001);
		assert_int_equal(a1, SMCCC_ARCH_WORKAROUND_3);
		return fw_wa3;
	}
	fail_msg("call 0x%x", fn);
	return -1;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)fmt;
	assert_int_equal(level, LOG_WARN);
	warnings++;
}

static enum bhb_variant of(u64 midr)
{
	struct cpu_features f = { .midr = midr };

	return cpufeature_bhb(&f);
}

static int setup(void **state)
{
	(void)state;
	pfr0 = mmfr1 = isar2 = 0;
	psci = 0x10001;
	fw_features = fw_version = fw_wa3 = -1;
	warnings = 0;
	return 0;
}

#define A53 0x410fd034
#define A55 0x412fd050
#define A57 0x411fd070
#define A72 0x410fd083
#define A73 0x410fd091
#define A76 0x414fd0b1
#define A78 0x411fd410
#define X3 0x411fd4e0
#define QEMU_MAX 0x000f0510
#define UNKNOWN 0x61001230

static void test_loops(void **state)
{
	(void)state;
	assert_int_equal(of(A53), BHB_NONE);
	assert_int_equal(of(A55), BHB_NONE);
	assert_int_equal(of(A57), BHB_LOOP8);
	assert_int_equal(of(A72), BHB_LOOP8);
	assert_int_equal(of(A76), BHB_LOOP24);
	assert_int_equal(of(QEMU_MAX), BHB_NONE);
	assert_int_equal(warnings, 0);
}

static void test_hardware(void **state)
{
	(void)state;
	isar2 = UINT64_C(1) << 28;
	assert_int_equal(of(A76), BHB_CLRBHB);
	assert_int_equal(of(X3), BHB_CLRBHB);
	assert_int_equal(of(A53), BHB_NONE);
	mmfr1 = UINT64_C(1) << 60;
	assert_int_equal(of(A76), BHB_NONE);
	mmfr1 = 0;
	pfr0 = UINT64_C(3) << 56;
	assert_int_equal(of(A76), BHB_NONE);
	isar2 = 0;
	pfr0 = UINT64_C(2) << 56;
	assert_int_equal(of(A76), BHB_LOOP24);
}

static void test_firmware(void **state)
{
	static const u64 need[] = { A73, A78, X3, UNKNOWN };
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(need); i++) {
		setup(NULL);
		assert_int_equal(of(need[i]), BHB_LOOP24);
		assert_int_equal(warnings, 1);
		fw_features = 0;
		fw_version = 0x10000;
		assert_int_equal(of(need[i]), BHB_LOOP24);
		fw_version = 0x10002;
		assert_int_equal(of(need[i]), BHB_LOOP24);
		assert_int_equal(warnings, 3);
		fw_wa3 = 0;
		assert_int_equal(of(need[i]), BHB_FIRMWARE);
		fw_wa3 = 1;
		assert_int_equal(of(need[i]), BHB_NONE);
		assert_int_equal(warnings, 3);
		psci = 0x2;
		assert_int_equal(of(need[i]), BHB_LOOP24);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_loops, setup),
		cmocka_unit_test_setup(test_hardware, setup),
		cmocka_unit_test_setup(test_firmware, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
