/* SPDX-License-Identifier: BSD-3-Clause */
/* A device's own interrupt (the PL011's transmit interrupt, a level), forwarded by hardware when Hazel is below. */
#include <gic.h>
#include <test.h>

#define ROUNDS 50U

const bool want_mmu = true;

static volatile u32 handled;

static void line_up(void)
{
	uart_putc('.');
	mmio_write32(UART_BASE + UART_IMSC, UART_INT_TX);
}

static void line_down(void)
{
	mmio_write32(UART_BASE + UART_ICR, UART_INT_TX);
	mmio_write32(UART_BASE + UART_IMSC, 0);
	dsb();
}

static void setup(void)
{
	gic_init();
	line_down();
	gic_enable(UART_INTID);
}

static void level(void)
{
	setup();
	line_up();
	for (u32 i = 0; i < ROUNDS; i++) {
		EXPECT_EQ(gic_wait(), UART_INTID);
		EXPECT(gic_is_active(UART_INTID));
		EXPECT_EQ(gic_ack(), GIC_NONE);
		if (i == ROUNDS - 1)
			line_down();
		gic_eoi(UART_INTID);
	}
	EXPECT_EQ(gic_ack(), GIC_NONE);
	EXPECT(!gic_is_active(UART_INTID));
}

static void split_eoi(void)
{
	setup();
	gic_eoimode(true);
	line_up();
	for (u32 i = 0; i < ROUNDS; i++) {
		EXPECT_EQ(gic_wait(), UART_INTID);
		gic_eoi(UART_INTID);
		EXPECT_EQ(gic_ack(), GIC_NONE);
		if (i == ROUNDS - 1)
			line_down();
		gic_dir(UART_INTID);
	}
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_eoimode(false);
}

/* Disabled while active: the end must still deactivate the physical interrupt. */
static void disabled_while_active(void)
{
	setup();
	for (u32 i = 0; i < ROUNDS; i++) {
		line_up();
		EXPECT_EQ(gic_wait(), UART_INTID);
		gic_disable(UART_INTID);
		line_down();
		gic_eoi(UART_INTID);
		EXPECT_EQ(gic_ack(), GIC_NONE);
		gic_enable(UART_INTID);
	}
}

static void cleared_while_active(void)
{
	setup();
	for (u32 i = 0; i < ROUNDS; i++) {
		line_up();
		EXPECT_EQ(gic_wait(), UART_INTID);
		line_down();
		gic_set_bit(GIC_ICACTIVER, UART_INTID);
		EXPECT(!gic_is_active(UART_INTID));
		gic_eoi(UART_INTID);
		EXPECT_EQ(gic_rpr(), 0xff);
	}
}

static void line_while_disabled(void)
{
	setup();
	gic_disable(UART_INTID);
	line_up();
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_enable(UART_INTID);
	EXPECT_EQ(gic_wait(), UART_INTID);
	line_down();
	gic_eoi(UART_INTID);
}

/* Pending set by software on an interrupt that belongs to hardware. */
static void software_pending(void)
{
	setup();
	gic_edge(UART_INTID, true);
	for (u32 i = 0; i < ROUNDS; i++) {
		gic_pend(UART_INTID);
		EXPECT_EQ(gic_wait(), UART_INTID);
		gic_eoi(UART_INTID);
		EXPECT_EQ(gic_ack(), GIC_NONE);
	}
	gic_edge(UART_INTID, false);
	line_up();
	EXPECT_EQ(gic_wait(), UART_INTID);
	line_down();
	gic_eoi(UART_INTID);
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

static void handler(void)
{
	u32 intid = gic_ack();

	if (intid == UART_INTID) {
		handled = handled + 1;
		line_down();
	}
	gic_eoi(intid);
}

static void exceptions(void)
{
	setup();
	handled = 0;
	irq_handler = handler;
	irq_unmask();
	for (u32 i = 1; i <= ROUNDS; i++) {
		line_up();
		for (u64 start = now(); handled < i && now() - start < ticks_ms(2000);)
			;
		EXPECT_EQ(handled, i);
	}
	irq_mask();
	print("\n");
}

const struct test tests[] = {
	TEST(level),
	TEST(split_eoi),
	TEST(disabled_while_active),
	TEST(cleared_while_active),
	TEST(line_while_disabled),
	TEST(software_pending),
	TEST(exceptions),
	{ 0 },
};
