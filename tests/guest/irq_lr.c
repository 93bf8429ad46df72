/* SPDX-License-Identifier: BSD-3-Clause */
/* More interrupts than list registers: pending ones, nested active ones, and split ends in any order. */
#include <gic.h>
#include <test.h>

#define FIRST 64U
#define MANY 20U
#define ROUNDS 200U
#define PRIO_STEP 8U

const bool want_mmu = true;

/* Number @n gets priority (n + 1) * 8; a smaller n is more urgent. */
static void setup(void)
{
	gic_init();
	for (u32 n = 0; n < MANY; n++) {
		gic_edge(FIRST + n, true);
		gic_priority(FIRST + n, (u8)((n + 1) * PRIO_STEP));
		gic_enable(FIRST + n);
	}
}

/* Pended in an order that is neither up nor down. */
static u32 shuffled(u32 i)
{
	return i * 7 % MANY;
}

static void pending_in_order(void)
{
	setup();
	gic_pmr(0);
	for (u32 i = 0; i < MANY; i++)
		gic_pend(FIRST + shuffled(i));
	gic_pmr(0xff);
	for (u32 n = 0; n < MANY; n++) {
		EXPECT_EQ(gic_wait(), FIRST + n);
		gic_eoi(FIRST + n);
	}
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

/* The same with the mask open: what is acknowledged is always the most urgent that is pending. */
static void urgent_first(void)
{
	setup();
	for (u32 i = MANY; i-- > 0;)
		gic_pend(FIRST + i);
	for (u32 n = 0; n < MANY; n++) {
		EXPECT_EQ(gic_wait(), FIRST + n);
		gic_eoi(FIRST + n);
	}
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

static void equal_priority_all_arrive(void)
{
	u32 seen = 0;

	setup();
	for (u32 n = 0; n < MANY; n++)
		gic_priority(FIRST + n, GIC_PRIO_DEFAULT);
	for (u32 i = 0; i < MANY; i++)
		gic_pend(FIRST + shuffled(i));
	for (u32 i = 0; i < MANY; i++) {
		u32 intid = gic_wait();

		EXPECT(intid >= FIRST && intid < FIRST + MANY);
		EXPECT_EQ(seen & BIT(intid - FIRST), 0);
		seen |= (u32)BIT(intid - FIRST);
		gic_eoi(intid);
	}
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

static void nested(void)
{
	setup();
	for (u32 n = MANY; n-- > 0;) {
		gic_pend(FIRST + n);
		EXPECT_EQ(gic_wait(), FIRST + n);
		EXPECT_EQ(gic_rpr(), (n + 1) * PRIO_STEP);
	}
	for (u32 n = 0; n < MANY; n++)
		EXPECT(gic_is_active(FIRST + n));
	for (u32 n = 0; n < MANY; n++) {
		EXPECT_EQ(gic_rpr(), (n + 1) * PRIO_STEP);
		gic_eoi(FIRST + n);
		EXPECT(!gic_is_active(FIRST + n));
	}
	EXPECT_EQ(gic_rpr(), 0xff);
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

/* All active, all pending again: each end lets exactly the most urgent one in. */
static void nested_and_pending(void)
{
	setup();
	for (u32 n = MANY; n-- > 0;) {
		gic_pend(FIRST + n);
		EXPECT_EQ(gic_wait(), FIRST + n);
	}
	for (u32 n = 0; n < MANY; n++)
		gic_pend(FIRST + n);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	for (u32 n = 0; n < MANY; n++) {
		gic_eoi(FIRST + n);
		EXPECT_EQ(gic_wait(), FIRST + n);
		gic_eoi(FIRST + n);
	}
	EXPECT_EQ(gic_ack(), GIC_NONE);
	EXPECT_EQ(gic_rpr(), 0xff);
}

static void split_ends_shuffled(void)
{
	setup();
	gic_eoimode(true);
	for (u32 n = MANY; n-- > 0;) {
		gic_pend(FIRST + n);
		EXPECT_EQ(gic_wait(), FIRST + n);
	}
	for (u32 n = 0; n < MANY; n++)
		gic_eoi(FIRST + n);
	EXPECT_EQ(gic_rpr(), 0xff);
	for (u32 i = 0; i < MANY; i++) {
		u32 intid = FIRST + shuffled(i);

		EXPECT(gic_is_active(intid));
		gic_pend(intid);
		EXPECT_EQ(gic_ack(), GIC_NONE);
		gic_dir(intid);
		EXPECT_EQ(gic_wait(), intid);
		gic_eoi(intid);
		gic_dir(intid);
		EXPECT(!gic_is_active(intid));
	}
	gic_eoimode(false);
}

/* Timer interrupts keep arriving while the list registers are full of other things. */
static void timer_among_many(void)
{
	setup();
	gic_priority(INTID_VTIMER, 0);
	gic_enable(INTID_VTIMER);
	for (u32 n = MANY; n-- > 0;) {
		gic_pend(FIRST + n);
		EXPECT_EQ(gic_wait(), FIRST + n);
		sysreg_write(cntv_tval_el0, 0);
		sysreg_write(cntv_ctl_el0, 1);
		EXPECT_EQ(gic_wait(), INTID_VTIMER);
		sysreg_write(cntv_ctl_el0, 0);
		gic_eoi(INTID_VTIMER);
		EXPECT_EQ(gic_ack(), GIC_NONE);
	}
	for (u32 n = 0; n < MANY; n++)
		gic_eoi(FIRST + n);
	EXPECT_EQ(gic_rpr(), 0xff);
}

/* Pseudo-random pends, acknowledges and ends against a small model: pending set, stack of active ones. */
static void random_nesting(void)
{
	u32 pending = 0, depth = 0, stack[MANY], rng = 12345;

	setup();
	for (u32 i = 0; i < ROUNDS; i++) {
		u32 n, best = GIC_NONE;

		rng = rng * 1664525 + 1013904223;
		n = (rng >> 8) % MANY;
		if (rng >> 31) {
			gic_pend(FIRST + n);
			pending |= (u32)BIT(n);
		} else if (depth > 0) {
			gic_eoi(FIRST + stack[--depth]);
		}
		if (rng >> 30 & 1)
			continue;
		n = pending != 0 ? (u32)__builtin_ctz(pending) : MANY;
		if (n < MANY && (depth == 0 || n < stack[depth - 1]))
			best = FIRST + n;
		EXPECT_EQ(best == GIC_NONE ? gic_ack() : gic_wait(), best);
		if (best != GIC_NONE) {
			pending &= ~(u32)BIT(n);
			stack[depth++] = n;
		}
	}
	while (depth > 0)
		gic_eoi(FIRST + stack[--depth]);
	EXPECT_EQ(gic_rpr(), 0xff);
}

const struct test tests[] = {
	TEST(pending_in_order), TEST(urgent_first),       TEST(equal_priority_all_arrive),
	TEST(nested),           TEST(nested_and_pending), TEST(split_ends_shuffled),
	TEST(timer_among_many), TEST(random_nesting),     { 0 },
};
