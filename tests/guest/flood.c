/* SPDX-License-Identifier: BSD-3-Clause */
/* Floods: calls, aborts, undefined registers, interrupts to itself, console output. The host side counts Hazel's own
 * lines. */
#include <gic.h>
#include <test.h>

#define CALLS 20000U
#define ABORTS 20000U
#define CONSOLE_LINES 500U
#define UNMAPPED UINT64_C(0x0e000000)

const bool want_mmu = true;

static void unknown_calls(void)
{
	for (u32 i = 0; i < CALLS; i++) {
		hvc_call(0x86000000U + i, i, i, i);
		smc_call(0x82000000U + i, i, i, i);
	}
}

static void aborts(void)
{
	struct exc e;

	exc_arm();
	for (u32 i = 0; i < ABORTS; i++)
		mmio_write32(UNMAPPED + i % 4096 * 4, i);
	e = exc_take();
	EXPECT_EQ(e.count, ABORTS);
}

static void undefined(void)
{
	struct exc e;

	exc_arm();
	for (u32 i = 0; i < ABORTS; i++)
		sysreg_read(S3_4_C1_C1_0);
	for (u32 i = 0; i < ABORTS; i++)
		sysreg_read(S3_0_C15_C2_0);
	e = exc_take();
	EXPECT_EQ(e.count, 2 * ABORTS);
}

static void no_syndrome(void)
{
	struct exc e;

	exc_arm();
	for (u32 i = 0; i < ABORTS; i++)
		__asm__ volatile("ldxr w2, [%0]" ::"r"(GICD) : "x2", "memory");
	e = exc_take();
	EXPECT_EQ(e.count, ABORTS);
}

static void interrupts(void)
{
	gic_init();
	gic_enable(1);
	for (u32 i = 0; i < CALLS; i++) {
		gic_sgi(1);
		EXPECT_EQ(gic_wait(), 1);
		gic_eoi(1);
	}
}

static void console(void)
{
	for (u32 i = 0; i < CONSOLE_LINES; i++)
		print("flood %u ABCDEFGHIJKLMNOPQRSTUVWXYZ abcdefghijklmnopqrstuvwxyz 0123456789\n", i);
}

const struct test tests[] = {
	TEST_HV(unknown_calls), TEST(aborts), TEST_HV(undefined), TEST_HV(no_syndrome), TEST(interrupts),
	TEST(console),          { 0 },
};
