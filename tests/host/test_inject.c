/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/guest/inject.c */
/* Exceptions injected into a guest: vector, PSTATE, syndrome; and what skipping an instruction does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mock_sysreg.h"

#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/esr.h>
#include <asm/guest/guest.h>

#define PC UINT64_C(0xffff800010001234)
#define VBAR UINT64_C(0xffff800010010800)
#define FAR_VALUE UINT64_C(0xffff800012345678)
#define EL0T UINT64_C(0)
#define EL1T UINT64_C(4)
#define EL1H UINT64_C(5)
#define USR32 UINT64_C(0x10)
#define DAIF UINT64_C(0x3c0)

static struct vcpu vcpu;
static struct pcpu pcpu;

struct pcpu *mock_this_pcpu(void)
{
	return &pcpu;
}

static int setup(void **state)
{
	(void)state;
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&pcpu, 0, sizeof(pcpu));
	mock_sysreg_clear();
	mock_sysreg_write("vbar_el1", VBAR);
	mock_sysreg_write("sctlr_el1", SCTLR_SPAN);
	vcpu.arch.regs.pc = PC;
	vcpu.loaded = true;
	return 0;
}

static void test_vectors(void **state)
{
	const struct {
		u64 pstate, offset;
	} t[] = { { EL1T, 0 }, { EL1H, 0x200 }, { EL0T, 0x400 }, { USR32, 0x600 } };
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		struct exc_entry e = exc_entry_sync(t[i].pstate, SCTLR_SPAN);

		assert_int_equal(e.offset, t[i].offset);
		assert_int_equal(e.pstate, EL1H | DAIF);
	}
}

static void test_pstate(void **state)
{
	const u64 old = EL1H | PSTATE_NZCV | PSTATE_DIT | PSTATE_BTYPE | PSTATE_SS | PSTATE_IL | PSTATE_SSBS;

	(void)state;
	/* Flags and DIT stay; BTYPE, SS and IL are cleared; SSBS comes from SCTLR.DSSBS. */
	assert_int_equal(exc_entry_sync(old, SCTLR_SPAN).pstate, EL1H | DAIF | PSTATE_NZCV | PSTATE_DIT);
	assert_int_equal(exc_entry_sync(EL1H, SCTLR_SPAN | SCTLR_DSSBS).pstate, EL1H | DAIF | PSTATE_SSBS);
	/* PAN is kept, and set when SCTLR.SPAN is clear. */
	assert_int_equal(exc_entry_sync(EL0T | PSTATE_PAN, SCTLR_SPAN).pstate, EL1H | DAIF | PSTATE_PAN);
	assert_int_equal(exc_entry_sync(EL0T, 0).pstate, EL1H | DAIF | PSTATE_PAN);
}

static void test_undef(void **state)
{
	const u64 old = EL0T | PSTATE_NZCV;

	(void)state;
	vcpu.arch.regs.pstate = old;
	inject_undef(&vcpu);
	assert_int_equal(mock_sysreg_read("esr_el1"), 0x02000000);
	assert_int_equal(mock_sysreg_read("elr_el1"), PC);
	assert_int_equal(mock_sysreg_read("spsr_el1"), old);
	assert_int_equal(vcpu.arch.regs.pc, VBAR + 0x400);
	assert_int_equal(vcpu.arch.regs.pstate, EL1H | DAIF | PSTATE_NZCV);
	assert_int_equal(vcpu.stats[STAT_UNDEF], 1);
}

static void test_aborts(void **state)
{
	(void)state;
	vcpu.arch.regs.pstate = EL1H;
	mock_sysreg_write("esr_el2", FIELD_PREP(ESR_EC, EC_DABT_LOW) | ESR_IL | ISS_WNR | 7);
	inject_dabt(&vcpu, FAR_VALUE);
	assert_int_equal(mock_sysreg_read("far_el1"), FAR_VALUE);
	assert_int_equal(mock_sysreg_read("esr_el1"), FIELD_PREP(ESR_EC, EC_DABT_CUR) | ESR_IL | ISS_WNR | 0x10);
	assert_int_equal(vcpu.arch.regs.pc, VBAR + 0x200);
	assert_int_equal(vcpu.stats[STAT_S2_FAULT], 1);
	/* From EL0, a 16-bit instruction */
	assert_int_equal(abort_esr(USR32, FIELD_PREP(ESR_EC, EC_DABT_LOW) | 7, false),
			 FIELD_PREP(ESR_EC, EC_DABT_LOW) | 0x10);
	assert_int_equal(abort_esr(EL0T, ISS_WNR, true), FIELD_PREP(ESR_EC, EC_IABT_LOW) | ESR_IL | 0x10);
	assert_int_equal(abort_esr(EL1T, 0, true), FIELD_PREP(ESR_EC, EC_IABT_CUR) | ESR_IL | 0x10);
	/* On a stage-1 walk */
	assert_int_equal(abort_esr(EL1H, ESR_IL | ISS_S1PTW | 6, false),
			 FIELD_PREP(ESR_EC, EC_DABT_CUR) | ESR_IL | 0x17);
}

/* Only if the abort was taken from the same state does the guest see the whole IT block run. */
static void test_skip(void **state)
{
	/* PSTATE with IT[7:0] = @it */
#define T32(it) (USR32 | PSTATE_T32 | FIELD_PREP(PSTATE_IT_LO, (it)&3) | FIELD_PREP(PSTATE_IT_HI, (it) >> 2))
	(void)state;
	assert_int_equal(skip_pstate(EL1H | PSTATE_SS | PSTATE_BTYPE), EL1H);
	assert_int_equal(skip_pstate(USR32 | PSTATE_NZCV), USR32 | PSTATE_NZCV);
	assert_int_equal(skip_pstate(T32(0x00)), T32(0x00));
	assert_int_equal(skip_pstate(T32(0x08)), T32(0x00));
	assert_int_equal(skip_pstate(T32(0x04)), T32(0x08));
	assert_int_equal(skip_pstate(T32(0xb5)), T32(0xaa));
	vcpu.arch.regs.pstate = EL1H;
	vcpu_skip(&vcpu, ESR_IL);
	assert_int_equal(vcpu.arch.regs.pc, PC + 4);
	vcpu_skip(&vcpu, 0);
	assert_int_equal(vcpu.arch.regs.pc, PC + 6);
}

static void test_serror(void **state)
{
	(void)state;
	mock_sysreg_write("hcr_el2", HCR_AMO);
	inject_serror(&vcpu, 0x11);
	assert_int_equal(mock_sysreg_read("hcr_el2"), HCR_AMO | HCR_VSE);
	assert_int_equal(mock_sysreg_read("S3_4_C5_C2_3"), 0);
	pcpu.features.ras = true;
	inject_serror(&vcpu, FIELD_PREP(ESR_EC, EC_SERROR) | 0x11);
	assert_int_equal(mock_sysreg_read("S3_4_C5_C2_3"), 0x11);
	vcpu.loaded = false;
	inject_serror(&vcpu, 0x12);
	assert_int_equal(vcpu.arch.sys.vsesr_el2, 0x12);
	assert_true(vcpu.arch.hcr_el2 & HCR_VSE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_pstate),
		cmocka_unit_test_setup(test_undef, setup),
		cmocka_unit_test_setup(test_aborts, setup),
		cmocka_unit_test_setup(test_skip, setup),
		cmocka_unit_test_setup(test_serror, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
