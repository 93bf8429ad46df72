/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SOURCES: hypervisor/arch/arm64/guest/sysreg.c hypervisor/arch/arm64/guest/vcache.c
 * hypervisor/arch/arm64/guest/vdebug.c hypervisor/arch/arm64/guest/vicc.c
 */
/* Trapped system registers: the table, every encoding there is, and the debug and GIC registers behind it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "mock_sysreg.h"

#include <asm/cpu.h>
#include <asm/esr.h>
#include <asm/guest/guest.h>
#include <asm/ich.h>
#include <asm/vgic/vgic.h>

#define PC 0x4000U

static struct vm vm;
static struct vcpu vcpu;
static struct pcpu pcpu;
static u32 nr_undef, nr_sgi, nr_dir;
static enum vgic_sgi_reg sgi_reg;
static u64 sgi_val, vmcr, ap1r[4];
static u32 dir_intid;
static bool timer_trapped;

struct pcpu *mock_this_pcpu(void)
{
	return &pcpu;
}

void inject_undef(struct vcpu *v)
{
	(void)v;
	nr_undef++;
}

void vcpu_skip(struct vcpu *v, u64 esr)
{
	(void)esr;
	v->arch.regs.pc += 4;
}

static u32 ccidx; /* ID_AA64MMFR2_EL1.CCIDX */

u64 idreg_read(const struct vm *v, u32 crm, u32 op2)
{
	(void)v;
	if (crm == 7 && op2 == 2 && ccidx)
		return ccidx << 20;
	return 0x1d00 + crm * 8 + op2;
}

bool vtimer_sysreg(struct vcpu *v, u32 enc, bool write, u64 *val)
{
	(void)v;
	(void)enc;
	if (timer_trapped && !write)
		*val = 0x7777;
	return timer_trapped;
}

void vgic_sgi_write(struct vcpu *v, enum vgic_sgi_reg reg, u64 val)
{
	(void)v;
	sgi_reg = reg;
	sgi_val = val;
	nr_sgi++;
}

void vgic_dir_write(struct vcpu *v, u32 intid)
{
	(void)v;
	dir_intid = intid;
	nr_dir++;
}

u64 ich_read_vmcr(void)
{
	return vmcr;
}

void ich_write_vmcr(u64 v)
{
	vmcr = v;
}

u64 ich_read_ap0r(u32 n)
{
	(void)n;
	return 0;
}

u64 ich_read_ap1r(u32 n)
{
	assert_true(n < 4);
	return ap1r[n];
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&pcpu, 0, sizeof(pcpu));
	memset(ap1r, 0, sizeof(ap1r));
	mock_sysreg_clear();
	mock_sysreg_write("S3_4_C12_C11_1", UINT64_C(0x90180003)); /* ICH_VTR_EL2: 5 priority bits, 4 list registers */
	vcpu.vm = &vm;
	vcpu.arch.regs.pc = PC;
	pcpu.features.nr_brps = 6;
	pcpu.features.nr_wrps = 4;
	vdebug_reset(&vcpu);
	nr_undef = nr_sgi = nr_dir = 0;
	vmcr = 0;
	timer_trapped = false;
	return 0;
}

static void msr(u32 enc, u64 v)
{
	vcpu.arch.regs.x[3] = v;
	sysreg_trap(&vcpu, FIELD_PREP(ESR_EC, EC_SYSREG) | ESR_IL | enc | FIELD_PREP(ISS_SYS_RT, 3));
}

static u64 mrs(u32 enc)
{
	vcpu.arch.regs.x[4] = 0xdead;
	sysreg_trap(&vcpu, FIELD_PREP(ESR_EC, EC_SYSREG) | ESR_IL | enc | FIELD_PREP(ISS_SYS_RT, 4) | ISS_SYS_READ);
	return vcpu.arch.regs.x[4];
}

static void test_sorted(void **state)
{
	u32 i;

	(void)state;
	for (i = 1; i < sysreg_table_len; i++)
		assert_true(sysreg_table[i - 1].enc < sysreg_table[i].enc);
	for (i = 0; i < sysreg_table_len; i++)
		assert_int_equal(sysreg_table[i].enc & ~SYSREG_ISS_MASK, 0);
}

/* Every encoding, both directions: handled or UNDEF, PC moved or not, and never a crash. */
static void test_sweep(void **state)
{
	u32 op0, op1, crn, crm, op2, handled = 0;

	(void)state;
	for (op0 = 0; op0 < 4; op0++)
		for (op1 = 0; op1 < 8; op1++)
			for (crn = 0; crn < 16; crn++)
				for (crm = 0; crm < 16; crm++)
					for (op2 = 0; op2 < 8; op2++) {
						u32 enc = SYSREG_ISS(op0, op1, crn, crm, op2);
						u32 before = nr_undef;

						vcpu.arch.regs.pc = PC;
						(void)mrs(enc);
						assert_int_equal(vcpu.arch.regs.pc, nr_undef == before ? PC + 4 : PC);
						handled += nr_undef == before;
						before = nr_undef;
						vcpu.arch.regs.pc = PC;
						msr(enc, ~UINT64_C(0));
						assert_int_equal(vcpu.arch.regs.pc, nr_undef == before ? PC + 4 : PC);
					}
	/* 56 ID registers, 2 * (6 + 4) of breakpoints and watchpoints, and the readable part of the table. */
	assert_in_range(handled, 56 + 20 + 15, 56 + 20 + sysreg_table_len);
}

/* A VM on unlike CPUs (TID2): CTR_EL0 is the VM's, the rest is the CPU's. */
static void test_caches(void **state)
{
	(void)state;
	vm.arch.ctr = 0x84448004;
	mock_sysreg_write("ctr_el0", 0x8444c004);
	mock_sysreg_write("clidr_el1", 0x123);
	mock_sysreg_write("ccsidr_el1", 0x456);
	mock_sysreg_write("S3_1_C0_C0_2", 0x789);
	assert_int_equal(mrs(SYSREG_ISS(3, 3, 0, 0, 1)), 0x84448004);
	assert_int_equal(mrs(SYSREG_ISS(3, 1, 0, 0, 1)), 0x123);
	assert_int_equal(mrs(SYSREG_ISS(3, 1, 0, 0, 0)), 0x456);
	msr(SYSREG_ISS(3, 2, 0, 0, 0), 0xffffffe5);
	assert_int_equal(mock_sysreg_read("csselr_el1"), 5);
	assert_int_equal(mrs(SYSREG_ISS(3, 2, 0, 0, 0)), 5);
	assert_int_equal(nr_undef, 0);
	/* Read-only ones; and one that a CPU without CCIDX does not have. */
	msr(SYSREG_ISS(3, 3, 0, 0, 1), 0);
	msr(SYSREG_ISS(3, 1, 0, 0, 0), 0);
	msr(SYSREG_ISS(3, 1, 0, 0, 1), 0);
	msr(SYSREG_ISS(3, 1, 0, 0, 2), 0);
	assert_int_equal(nr_undef, 4);
	ccidx = 0;
	(void)mrs(SYSREG_ISS(3, 1, 0, 0, 2));
	assert_int_equal(nr_undef, 5);
	ccidx = 1;
	assert_int_equal(mrs(SYSREG_ISS(3, 1, 0, 0, 2)), 0x789);
	ccidx = 0;
}

static void test_id_space(void **state)
{
	(void)state;
	assert_int_equal(mrs(SYSREG_ISS(3, 0, 0, 4, 0)), 0x1d20);
	assert_int_equal(mrs(SYSREG_ISS(3, 0, 0, 7, 7)), 0x1d3f);
	assert_int_equal(nr_undef, 0);
	msr(SYSREG_ISS(3, 0, 0, 4, 0), 0);
	assert_int_equal(nr_undef, 1);
	/* Beside it: MIDR's row, CRm 8, and other op1. */
	(void)mrs(SYSREG_ISS(3, 0, 0, 0, 1));
	(void)mrs(SYSREG_ISS(3, 0, 0, 8, 0));
	(void)mrs(SYSREG_ISS(3, 1, 0, 4, 0));
	assert_int_equal(nr_undef, 4);
}

/* Registers of hidden features: PMCR, PMSCR, TRBLIMITR, AMCR, LORC, GCR, ZCR, SMCR, RNDR is not trapped, an IMPDEF one.
 */
static void test_hidden(void **state)
{
	static const u32 enc[] = {
		SYSREG_ISS(3, 3, 9, 12, 0), SYSREG_ISS(3, 0, 9, 9, 0),  SYSREG_ISS(3, 0, 9, 11, 0),
		SYSREG_ISS(3, 3, 13, 2, 0), SYSREG_ISS(3, 0, 10, 4, 3), SYSREG_ISS(3, 0, 1, 0, 6),
		SYSREG_ISS(3, 0, 1, 2, 0),  SYSREG_ISS(3, 0, 1, 2, 6),  SYSREG_ISS(3, 0, 15, 2, 0),
		SYSREG_ISS(3, 3, 11, 0, 0), SYSREG_ISS(3, 0, 2, 0, 3),  SYSREG_ISS(3, 0, 13, 0, 7),
		SYSREG_ISS(3, 0, 5, 4, 1),  SYSREG_ISS(2, 1, 0, 0, 4),  SYSREG_ISS(3, 1, 0, 0, 4),
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(enc); i++) {
		nr_undef = 0;
		(void)mrs(enc[i]);
		msr(enc[i], 0);
		assert_int_equal(nr_undef, 2);
	}
	assert_int_equal(vcpu.arch.regs.pc, PC);
}

static void test_os_lock(void **state)
{
	(void)state;
	assert_int_equal(mrs(SYSREG_ISS(2, 0, 1, 1, 4)), 0xa);
	msr(SYSREG_ISS(2, 0, 1, 0, 4), 0);
	assert_int_equal(mrs(SYSREG_ISS(2, 0, 1, 1, 4)), 0x8);
	assert_int_equal(mock_sysreg_read("oslar_el1"), 0);
	msr(SYSREG_ISS(2, 0, 1, 3, 4), 0); /* OSDLR, as Linux does at boot */
	assert_int_equal(nr_undef, 0);
	(void)mrs(SYSREG_ISS(2, 0, 1, 0, 4));
	msr(SYSREG_ISS(2, 0, 1, 1, 4), 0);
	assert_int_equal(nr_undef, 2);
}

/* Breakpoint n, control: op2 = 5. */
static void test_breakpoints(void **state)
{
	(void)state;
	msr(SYSREG_ISS(2, 0, 0, 2, 4), 0x1000);
	msr(SYSREG_ISS(2, 0, 0, 2, 5), 0);
	assert_false(vcpu.arch.debug.used);
	assert_int_equal(mock_sysreg_read("dbgbvr2_el1"), 0);
	/* Enabled: all of them reach the hardware, without the bits that would match above EL1. */
	msr(SYSREG_ISS(2, 0, 0, 2, 5), 0xffffffff);
	assert_true(vcpu.arch.debug.used);
	assert_int_equal(mock_sysreg_read("dbgbvr2_el1"), 0x1000);
	assert_int_equal(mock_sysreg_read("dbgbcr2_el1"), 0x003f01e7);
	assert_int_equal(mrs(SYSREG_ISS(2, 0, 0, 2, 5)), 0x003f01e7);
	msr(SYSREG_ISS(2, 0, 0, 3, 6), 0x2000);
	msr(SYSREG_ISS(2, 0, 0, 3, 7), 0xffffffff);
	assert_int_equal(mock_sysreg_read("dbgwvr3_el1"), 0x2000);
	assert_int_equal(mock_sysreg_read("dbgwcr3_el1"), 0x1f1f1fff);
	assert_int_equal(nr_undef, 0);
	vdebug_put(&vcpu);
	assert_int_equal(mock_sysreg_read("dbgbcr2_el1"), 0);
	assert_int_equal(mock_sysreg_read("dbgwcr3_el1"), 0);
	vdebug_load(&vcpu);
	assert_int_equal(mock_sysreg_read("dbgbcr2_el1"), 0x003f01e7);
	assert_int_equal(mock_sysreg_read("dbgwvr3_el1"), 0x2000);
	/* Not implemented here */
	msr(SYSREG_ISS(2, 0, 0, 6, 4), 0);
	msr(SYSREG_ISS(2, 0, 0, 4, 7), 0);
	assert_int_equal(nr_undef, 2);
}

static void test_mdscr(void **state)
{
	(void)state;
	msr(SYSREG_ISS(2, 0, 0, 2, 2), ~UINT64_C(0));
	assert_int_equal(mock_sysreg_read("mdscr_el1"), 0xb001);
	assert_int_equal(mrs(SYSREG_ISS(2, 0, 0, 2, 2)), 0xb001);
}

static void test_sgi(void **state)
{
	(void)state;
	msr(SYSREG_ISS(3, 0, 12, 11, 5), 0x10001);
	assert_int_equal(sgi_reg, VGIC_SGI1R);
	assert_int_equal(sgi_val, 0x10001);
	msr(SYSREG_ISS(3, 0, 12, 11, 6), 2);
	assert_int_equal(sgi_reg, VGIC_ASGI1R);
	msr(SYSREG_ISS(3, 0, 12, 11, 7), 3);
	assert_int_equal(sgi_reg, VGIC_SGI0R);
	assert_int_equal(nr_sgi, 3);
	(void)mrs(SYSREG_ISS(3, 0, 12, 11, 5));
	assert_int_equal(nr_undef, 1);
	msr(SYSREG_ISS(3, 0, 12, 11, 1), 0xff000021);
	assert_int_equal(dir_intid, 0x21);
	/* XZR as source */
	sysreg_trap(&vcpu, SYSREG_ISS(3, 0, 12, 11, 5) | FIELD_PREP(ISS_SYS_RT, 31));
	assert_int_equal(sgi_val, 0);
}

static void test_icc_common(void **state)
{
	(void)state;
	msr(SYSREG_ISS(3, 0, 4, 6, 0), 0xff);
	assert_int_equal(vmcr, 0xf8000000);
	assert_int_equal(mrs(SYSREG_ISS(3, 0, 4, 6, 0)), 0xf8);
	msr(SYSREG_ISS(3, 0, 12, 12, 4), 3);
	assert_int_equal(vmcr, 0xf8000210);
	assert_int_equal(mrs(SYSREG_ISS(3, 0, 12, 12, 4)), 3 | (4 << 8));
	assert_int_equal(mrs(SYSREG_ISS(3, 0, 12, 11, 3)), 0xff);
	ap1r[0] = BIT(20) | BIT(24);
	assert_int_equal(mrs(SYSREG_ISS(3, 0, 12, 11, 3)), 0xa0);
	msr(SYSREG_ISS(3, 0, 12, 12, 5), 0); /* ICC_SRE */
	assert_int_equal(mrs(SYSREG_ISS(3, 0, 12, 12, 5)), 7);
	assert_int_equal(nr_undef, 0);
}

static void test_timer_and_zero(void **state)
{
	(void)state;
	(void)mrs(SYSREG_ISS(3, 3, 14, 2, 1));
	assert_int_equal(nr_undef, 1); /* cannot trap while it is native; if it does, it is nobody's */
	timer_trapped = true;
	assert_int_equal(mrs(SYSREG_ISS(3, 3, 14, 0, 1)), 0x7777);
	assert_int_equal(mrs(SYSREG_ISS(3, 0, 1, 0, 1)), 0); /* ACTLR */
	msr(SYSREG_ISS(3, 0, 1, 0, 1), 1);
	assert_int_equal(mrs(SYSREG_ISS(3, 0, 5, 3, 0)), 0); /* ERRIDR */
	assert_int_equal(nr_undef, 1);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_sorted), T(test_sweep),      T(test_id_space),       T(test_caches),
		T(test_hidden), T(test_os_lock),    T(test_breakpoints),    T(test_mdscr),
		T(test_sgi),    T(test_icc_common), T(test_timer_and_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
