/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/guest/idregs.c */
/* The ID-register view: nothing gets through that is not on the list, and values of real CPUs come out as expected. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <asm/cpu.h>
#include <asm/guest/guest.h>

#define PFR0 4, 0
#define PFR1 4, 1
#define DFR0 5, 0
#define ISAR0 6, 0
#define ISAR1 6, 1
#define ISAR2 6, 2
#define MMFR0 7, 0
#define MMFR1 7, 1
#define MMFR2 7, 2
#define MMFR3 7, 3

static u64 field(u64 v, u32 lsb)
{
	return (v >> lsb) & 15;
}

static void test_zero(void **state)
{
	u32 crm, op2;

	(void)state;
	for (crm = 1; crm < 8; crm++)
		for (op2 = 0; op2 < 8; op2++) {
			u64 v = idreg_sanitise(crm, op2, 0);

			/* Only what Hazel itself provides: EL1, and the GIC's system registers. */
			assert_int_equal(v, crm == 4 && op2 == 0 ? 0x1000010 : 0);
		}
}

/* A CPU from the future has everything; each hidden field must still read as not implemented. */
static void test_hidden(void **state)
{
	static const struct {
		u32 crm, op2, lsb, want;
	} t[] = {
		{ PFR0, 8, 0 },   { PFR0, 12, 0 },  { PFR0, 36, 0 },  { PFR0, 40, 0 },  { PFR0, 44, 0 },
		{ PFR0, 52, 0 },  { PFR1, 8, 0 },   { PFR1, 12, 0 },  { PFR1, 16, 0 },  { PFR1, 24, 0 },
		{ PFR1, 32, 0 },  { PFR1, 36, 0 },  { DFR0, 4, 0 },   { DFR0, 8, 0 },   { DFR0, 16, 0 },
		{ DFR0, 32, 0 },  { DFR0, 40, 0 },  { DFR0, 44, 0 },  { DFR0, 48, 0 },  { DFR0, 52, 0 },
		{ ISAR0, 24, 0 }, { ISAR1, 60, 0 }, { ISAR2, 0, 0 },  { ISAR2, 16, 0 }, { ISAR2, 32, 0 },
		{ MMFR0, 12, 0 }, { MMFR0, 56, 0 }, { MMFR1, 4, 0 },  { MMFR1, 8, 0 },  { MMFR1, 16, 0 },
		{ MMFR1, 28, 0 }, { MMFR1, 32, 0 }, { MMFR1, 40, 0 }, { MMFR1, 52, 0 }, { MMFR1, 56, 0 },
		{ MMFR2, 24, 0 }, { MMFR2, 40, 0 }, { MMFR2, 56, 0 }, { MMFR3, 0, 0 },  { MMFR3, 8, 0 },
		{ 4, 4, 8, 0 },   { 4, 4, 24, 0 },  { 4, 4, 28, 0 },  { 4, 4, 48, 0 },  { 4, 5, 0, 0 },
		{ 5, 1, 0, 0 },   { 7, 4, 0, 0 },   { PFR0, 4, 1 },   { PFR0, 24, 1 },
	};
	u32 i;
	u64 fill;

	(void)state;
	for (fill = 0; fill < 16; fill++) {
		u64 host = fill * UINT64_C(0x1111111111111111);

		for (i = 0; i < ARRAY_SIZE(t); i++)
			assert_int_equal(field(idreg_sanitise(t[i].crm, t[i].op2, host), t[i].lsb), t[i].want);
	}
}

/* The view never promises more than the host has. */
static void test_never_above_host(void **state)
{
	static const u8 is_signed[][3] = { { 4, 0, 16 }, { 4, 0, 20 }, { 5, 0, 36 }, { 7, 0, 24 }, { 7, 0, 28 } };
	u32 round, crm, op2, lsb, i;

	(void)state;
	srand(1);
	for (round = 0; round < 2000; round++) {
		u64 host = ((u64)(u32)rand() << 40) ^ ((u64)(u32)rand() << 20) ^ (u32)rand();

		for (crm = 4; crm < 8; crm++)
			for (op2 = 0; op2 < 8; op2++)
				for (lsb = 0; lsb < 64; lsb += 4) {
					u64 v = field(idreg_sanitise(crm, op2, host), lsb);
					u64 h = field(host, lsb);
					bool sgn = false;

					if (crm == 4 && op2 == 0 && (lsb == 4 || lsb == 24))
						continue;
					for (i = 0; i < ARRAY_SIZE(is_signed); i++)
						sgn |= is_signed[i][0] == crm && is_signed[i][1] == op2 &&
							is_signed[i][2] == lsb;
					if (sgn && h > 7)
						assert_int_equal(v, 15);
					else
						assert_true(v <= h);
				}
	}
}

static void test_signed(void **state)
{
	(void)state;
	/* No FP: stays so. FP16 (1) is kept, a later value is cut. */
	assert_int_equal(field(idreg_sanitise(PFR0, UINT64_C(0xff0000)), 16), 15);
	assert_int_equal(field(idreg_sanitise(PFR0, UINT64_C(0x110000)), 20), 1);
	assert_int_equal(field(idreg_sanitise(PFR0, UINT64_C(0x220000)), 20), 1);
	/* TGran4 with LPA2 becomes plain TGran4, no 4K granule stays none. */
	assert_int_equal(field(idreg_sanitise(MMFR0, UINT64_C(1) << 28), 28), 0);
	assert_int_equal(field(idreg_sanitise(MMFR0, UINT64_C(15) << 28), 28), 15);
	/* A CPU with 52-bit addresses shows the 40 bits that stage 2 has. */
	assert_int_equal(idreg_sanitise(MMFR0, 6), 2);
}

/* Cortex-A76 r4p1 as its TRM lists it. */
static void test_a76(void **state)
{
	(void)state;
	assert_int_equal(idreg_sanitise(PFR0, 0x1100000010111112), 0x1100000011110012);
	assert_int_equal(idreg_sanitise(PFR1, 0x10), 0x10);
	assert_int_equal(idreg_sanitise(DFR0, 0x10305408), 0x10305008);
	assert_int_equal(idreg_sanitise(ISAR0, 0x0000100010211120), 0x0000100010211120);
	assert_int_equal(idreg_sanitise(ISAR1, 0x100001), 0x100001);
	assert_int_equal(idreg_sanitise(MMFR0, 0x101122), 0x100122);
	assert_int_equal(idreg_sanitise(MMFR1, 0x10212122), 0x00202002);
	assert_int_equal(idreg_sanitise(MMFR2, 0x1011), 0x1011);
}

/* SVE2 with everything (Neoverse V2's ID_AA64ZFR0, and a later CPU's), and when it is shown at all. */
static void test_sve(void **state)
{
	(void)state;
	assert_int_equal(idreg_sanitise(4, 4, UINT64_C(0x0000110100110021)), 0x0000110100110021);
	assert_int_equal(idreg_sanitise(4, 4, ~UINT64_C(0)), UINT64_C(0x0110110100110021));
	assert_int_equal(field(idreg_sanitise(PFR0, UINT64_C(1) << 32), 32), 1);
}

static void test_read(void **state)
{
	static struct vm vm;
	u32 i;

	(void)state;
	for (i = 0; i < IDREG_COUNT; i++)
		vm.arch.idreg[i] = 0x100 + i;
	assert_int_equal(idreg_read(&vm, PFR0), 0x118);
	assert_int_equal(idreg_read(&vm, 7, 7), 0x137);
	/* Out of the space: no other memory is read. */
	assert_int_equal(idreg_read(&vm, 8, 0), 0);
	assert_int_equal(idreg_read(&vm, 0, 0), 0);
}

/* What holds on two CPUs: field by field, and never more than either has. */
static void test_merge(void **state)
{
	(void)state;
	/* Least of both: AES 2 and 1, Atomic 2 and 0, DP 0 and 1. */
	assert_int_equal(idreg_merge(ISAR0, 0x00200020, 0x100000000010), 0x10);
	/* Signed: without FP there is none, and half precision only where both have it. */
	assert_int_equal(field(idreg_merge(PFR0, 0xf0000, 0x10000), 16), 15);
	assert_int_equal(field(idreg_merge(PFR0, 0x10000, 0xf0000), 16), 15);
	assert_int_equal(field(idreg_merge(PFR0, 0x10000, 0), 16), 0);
	assert_int_equal(field(idreg_merge(PFR0, 0x10000, 0x10000), 16), 1);
	assert_int_equal(field(idreg_merge(PFR0, 0x1000010, 0x1000010), 24), 1);
	/* Pointer authentication of two algorithms, or versions of one: none. */
	assert_int_equal(idreg_merge(ISAR1, 0x30, 0x300), 0);
	assert_int_equal(idreg_merge(ISAR1, 0x30, 0x50), 0);
	assert_int_equal(idreg_merge(ISAR1, 0x30, 0x30), 0x30);
	/* SpecSEI: one of them may generate SErrors from speculation. */
	assert_int_equal(field(idreg_merge(MMFR1, 0, 0x1000000), 24), 1);
	/* PARange of A55 and a CPU with more. */
	assert_int_equal(field(idreg_merge(MMFR0, 2, 1), 0), 1);
	/* AArch32, field by field. */
	assert_int_equal(idreg_merge(2, 0, 0x02101110, 0x01201111), 0x01101110);
	/* Hidden ones stay hidden. */
	assert_int_equal(idreg_merge(MMFR3, ~UINT64_C(0), ~UINT64_C(0)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zero),   cmocka_unit_test(test_hidden), cmocka_unit_test(test_never_above_host),
		cmocka_unit_test(test_signed), cmocka_unit_test(test_a76),    cmocka_unit_test(test_read),
		cmocka_unit_test(test_sve),    cmocka_unit_test(test_merge),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
