/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SYSTEM_RESET starts the VM again from its images: fresh data, zero memory, timers and interrupts off, even though the
 * last life left interrupts active and half-handled. The host side types 'r' (reset), 's' (reset through SMC) or 'q'.
 */
#include <gic.h>
#include <test.h>

#define PAGE 4096U
#define DIRT 0xdeadbeefdeadbeef

const bool want_mmu = true;

static volatile u64 fresh = 1;
static volatile u64 zeroed;

static void data_fresh(void)
{
	EXPECT_EQ(fresh, 1);
	EXPECT_EQ(zeroed, 0);
	fresh = 2;
	zeroed = 3;
}

/* Everything but the image and the DTB. */
static void memory_zero(void)
{
	u64 base, size, dtb = entry_state.x[0] & ~(u64)(PAGE - 1);
	u64 dtb_end = (entry_state.x[0] + fdt_size() + PAGE - 1) & ~(u64)(PAGE - 1);
	u64 dirty = 0;

	ram_range(&base, &size);
	EXPECT(size > 0);
	for (u64 a = base; a < base + size; a += PAGE) {
		volatile u64 *p = (volatile u64 *)a;

		if ((a >= ((u64)image_start & ~(u64)(PAGE - 1)) && a < (u64)image_end) || (a >= dtb && a < dtb_end))
			continue;
		for (u32 i = 0; i < PAGE / 8; i += 8)
			dirty |= p[i] | p[i + 1] | p[i + 7];
		p[0] = DIRT;
		p[PAGE / 8 - 1] = DIRT;
	}
	EXPECT_EQ(dirty, 0);
}

static void state_reset(void)
{
	EXPECT_EQ(entry_state.sctlr & 1, 0);
	EXPECT_EQ(entry_state.cntv_ctl & 1, 0);
	EXPECT_EQ(entry_state.cntp_ctl & 1, 0);
	EXPECT_EQ(entry_state.q[7][0], 0);
}

static void gic_reset(void)
{
	EXPECT_EQ(mmio_read32(GICR_SGI + GIC_ISENABLER) & ~0xffffU, 0);
	EXPECT_EQ(mmio_read32(GICR_SGI + GIC_ISACTIVER), 0);
	EXPECT_EQ(mmio_read32(GICD + GIC_ISENABLER + 4), 0);
	EXPECT_EQ(mmio_read32(GICD + GIC_ISACTIVER + 4), 0);
	EXPECT_EQ(mmio_read32(GICD + GICD_CTLR) & 3U, 0);
}

/* The interrupts that the last life left active arrive again in this one. */
static void interrupts_work(void)
{
	gic_init();
	gic_enable(INTID_VTIMER);
	gic_enable(UART_INTID);
	sysreg_write(cntv_tval_el0, 0);
	sysreg_write(cntv_ctl_el0, 1);
	EXPECT_EQ(gic_wait(), INTID_VTIMER);
	sysreg_write(cntv_ctl_el0, 0);
	gic_eoi(INTID_VTIMER);
	uart_putc('.');
	mmio_write32(UART_BASE + UART_IMSC, UART_INT_TX);
	EXPECT_EQ(gic_wait(), UART_INTID);
	mmio_write32(UART_BASE + UART_IMSC, 0);
	gic_eoi(UART_INTID);
}

/* Leave as much behind as possible: active interrupts of both kinds, a running timer, SIMD registers. */
static void leave_a_mess(void)
{
	sysreg_write(cntv_tval_el0, 0);
	sysreg_write(cntv_ctl_el0, 1);
	EXPECT_EQ(gic_wait(), INTID_VTIMER);
	gic_priority(UART_INTID, 0x20);
	uart_putc('.');
	mmio_write32(UART_BASE + UART_IMSC, UART_INT_TX);
	EXPECT_EQ(gic_wait(), UART_INTID);
	__asm__ volatile(".arch_extension simd\n\tdup v7.2d, %0" ::"r"(DIRT));
	print("\nREADY\n");
}

static void command(void)
{
	switch (uart_getc()) {
	case 'r':
		hvc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
		EXPECT(false);
		break;
	case 's':
		smc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
		EXPECT(false);
		break;
	default:
		break;
	}
}

const struct test tests[] = {
	TEST(data_fresh),      TEST_HV(memory_zero), TEST(state_reset), TEST(gic_reset),
	TEST(interrupts_work), TEST(leave_a_mess),   TEST(command),     { 0 },
};
