/* SPDX-License-Identifier: BSD-3-Clause */
/* Floating point and SIMD registers: zero at reset, usable, and unharmed by exits. */
#include <gic.h>
#include <test.h>

#define ROUNDS 2000U

const bool want_mmu = true;

static void zero_at_reset(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(entry_state.q); i++) {
		EXPECT_EQ(entry_state.q[i][0], 0);
		EXPECT_EQ(entry_state.q[i][1], 0);
	}
	EXPECT_EQ(entry_state.fpcr, 0);
	EXPECT_EQ(entry_state.fpsr, 0);
}

static void arithmetic(void)
{
	u64 r;

	__asm__ volatile(".arch_extension fp\n\t"
			 "fmov d0, #1.5\n\tfmov d1, #2.0\n\tfmul d0, d0, d1\n\tfcvtzu %0, d0"
			 : "=r"(r));
	EXPECT_EQ(r, 3);
}

/* Values survive hypercalls, MMIO exits and waits for an interrupt. */
static void across_exits(void)
{
	u64 lo, hi;

	gic_init();
	gic_enable(INTID_VTIMER);
	for (u64 i = 0; i < ROUNDS; i++) {
		__asm__ volatile(".arch_extension simd\n\tdup v31.2d, %0" ::"r"(i * 0x9e3779b97f4a7c15));
		__asm__ volatile("dup v0.2d, %0" ::"r"(~i));
		hvc_call(PSCI_VERSION, 0, 0, 0);
		mmio_read32(GICD + GICD_TYPER);
		if (i % 100 == 0) {
			sysreg_write(cntv_tval_el0, ticks_ms(1));
			sysreg_write(cntv_ctl_el0, 1);
			wfi();
			sysreg_write(cntv_ctl_el0, 0);
		}
		__asm__ volatile("mov %0, v31.d[0]\n\tmov %1, v31.d[1]" : "=r"(lo), "=r"(hi));
		EXPECT_EQ(lo, i * 0x9e3779b97f4a7c15);
		EXPECT_EQ(hi, lo);
		__asm__ volatile("mov %0, v0.d[0]\n\tmov %1, v0.d[1]" : "=r"(lo), "=r"(hi));
		EXPECT_EQ(lo, ~i);
		EXPECT_EQ(hi, lo);
	}
}

const struct test tests[] = { TEST(zero_at_reset), TEST(arithmetic), TEST(across_exits), { 0 } };
