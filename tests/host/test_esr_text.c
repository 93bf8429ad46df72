/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/debug/esr_text.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <asm/esr.h>
#include <cmocka.h>
#include <debug/esr_text.h>

static void check(u64 esr, const char *want)
{
	char buf[160];

	assert_int_equal(esr_describe(esr, buf, sizeof(buf)), strlen(want));
	assert_string_equal(buf, want);
}

static void test_aborts(void **state)
{
	(void)state;
	check(0x96000045, "data abort: translation fault, level 1, write");
	check(0x96000004, "data abort: translation fault, level 0, read");
	check(0x9600004f, "data abort: permission fault, level 3, write");
	check(0x93c08046, "data abort from a lower level: translation fault, level 2, write, 8 byte access, x0");
	check(0x92e90086, "data abort from a lower level: translation fault, level 2, read, on a stage 1 table walk");
	check(0x8600000f, "instruction abort: permission fault, level 3");
	check(0x96000410, "data abort: external abort, read, FAR not valid");
	check(0x96000210, "data abort: external abort, read, EA");
	check(0x96000061, "data abort: alignment fault, write");
}

static void test_others(void **state)
{
	(void)state;
	check(0x02000000, "undefined instruction or unknown reason");
	check(0x00000000, "undefined instruction or unknown reason (16-bit instruction)");
	check(0x36000001, "branch target exception");
	check(0x5a000000, "HVC #0x0");
	check(0x5e000012, "SMC #0x12");
	check(0xf2000800, "BRK #0x800");
	/* mrs x3, ICC_IAR1_EL1 = S3_0_C12_C12_0 */
	check(0x62000000 | SYSREG_ISS(3, 0, 12, 12, 0) | (3 << 5) | 1,
	      "system register access: MRS S3_0_C12_C12_0, x3");
	check(0x62000000 | SYSREG_ISS(2, 0, 1, 3, 4), "system register access: MSR S2_0_C1_C3_4, x0");
	check(0xbe000011, "SError: uncontainable");
	check(0xbe000000, "SError: uncategorised");
	check(0xbf000000, "SError: implementation defined syndrome");
	check(0x8a000000, "PC alignment fault");
	check(0xfe000000, "unknown class");
}

static void test_pstate(void **state)
{
	char buf[64];

	(void)state;
	pstate_describe(0x600003c9, buf, sizeof(buf));
	assert_string_equal(buf, "EL2h nZCv DAIF");
	pstate_describe(0x80000005, buf, sizeof(buf));
	assert_string_equal(buf, "EL1h Nzcv daif");
	pstate_describe(0x00100000, buf, sizeof(buf));
	assert_string_equal(buf, "EL0t nzcv daif IL");
	pstate_describe(0x1d3, buf, sizeof(buf));
	assert_string_equal(buf, "AArch32 mode 0x13 nzcv dAIF");
}

/* Whatever the value: text, terminated, in bounds. The sanitizers watch the tables. */
static void test_any_value(void **state)
{
	char buf[200];
	u64 i;

	(void)state;
	for (i = 0; i < 200000; i++) {
		u64 v = i < 64 * 64 ? ((i >> 6) << 26) | (i & 0x3f)
				    : ((u64)rand() << 32) ^ ((u64)rand() << 8) ^ (u64)rand();
		size_t size = (size_t)rand() % sizeof(buf);

		memset(buf, '~', sizeof(buf));
		assert_true(esr_describe(v, buf, size) <= size);
		if (size)
			assert_true(strlen(buf) < size);
		assert_int_equal(buf[size], '~');
		assert_true(pstate_describe(v, buf, size) <= size);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_aborts),
		cmocka_unit_test(test_others),
		cmocka_unit_test(test_pstate),
		cmocka_unit_test(test_any_value),
	};

	srand(4);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
