/* SPDX-License-Identifier: BSD-3-Clause */
/* Generic timers: both of them, by polling and by exception, with one-step and split end of interrupt. */
#include <gic.h>
#include <test.h>

#define CTL_ENABLE BIT(0)
#define CTL_IMASK BIT(1)
#define CTL_ISTATUS BIT(2)
#define SHORT_MS 2U
#define FREQ_MIN UINT64_C(1000000)
#define FREQ_MAX UINT64_C(1000000000)
#define READS 100000U
#define TICKS 50U

const bool want_mmu = true;

/* One test body serves both timers. */
struct timer {
	u32 intid;
	void (*set_tval)(u64 v);
	void (*set_cval)(u64 v);
	void (*set_ctl)(u64 v);
	u64 (*get_ctl)(void);
	u64 (*get_tval)(void);
	u64 (*count)(void);
};

#define TIMER_OPS(t, counter)                                                                                          \
	static void t##_set_tval(u64 v)                                                                                \
	{                                                                                                              \
		sysreg_write(cnt##t##_tval_el0, v);                                                                    \
		isb();                                                                                                 \
	}                                                                                                              \
	static void t##_set_cval(u64 v)                                                                                \
	{                                                                                                              \
		sysreg_write(cnt##t##_cval_el0, v);                                                                    \
		isb();                                                                                                 \
	}                                                                                                              \
	static void t##_set_ctl(u64 v)                                                                                 \
	{                                                                                                              \
		sysreg_write(cnt##t##_ctl_el0, v);                                                                     \
		isb();                                                                                                 \
	}                                                                                                              \
	static u64 t##_get_ctl(void)                                                                                   \
	{                                                                                                              \
		isb();                                                                                                 \
		return sysreg_read(cnt##t##_ctl_el0);                                                                  \
	}                                                                                                              \
	static u64 t##_get_tval(void)                                                                                  \
	{                                                                                                              \
		isb();                                                                                                 \
		return sysreg_read(cnt##t##_tval_el0);                                                                 \
	}                                                                                                              \
	static u64 t##_count(void)                                                                                     \
	{                                                                                                              \
		isb();                                                                                                 \
		return sysreg_read(counter);                                                                           \
	}
TIMER_OPS(v, cntvct_el0)
TIMER_OPS(p, cntpct_el0)

static const struct timer virt = { INTID_VTIMER, v_set_tval, v_set_cval, v_set_ctl, v_get_ctl, v_get_tval, v_count };
static const struct timer phys = { INTID_PTIMER, p_set_tval, p_set_cval, p_set_ctl, p_get_ctl, p_get_tval, p_count };

static const struct timer *active_timer;
static volatile u32 ticks;

static void frequency(void)
{
	u64 f = sysreg_read(cntfrq_el0);

	EXPECT(f >= FREQ_MIN && f <= FREQ_MAX);
}

static void monotonic(void)
{
	u64 last_v = v_count(), last_p = p_count();

	for (u32 i = 0; i < READS; i++) {
		u64 v = v_count(), p = p_count();

		EXPECT(v >= last_v);
		EXPECT(p >= last_p);
		EXPECT(v <= p);
		last_v = v;
		last_p = p;
	}
	EXPECT(p_count() > last_p || v_count() > last_v);
}

static void polled(const struct timer *t)
{
	u64 start;

	gic_init();
	gic_enable(t->intid);
	start = t->count();
	t->set_tval(ticks_ms(SHORT_MS));
	t->set_ctl(CTL_ENABLE);
	EXPECT_EQ(gic_wait(), t->intid);
	EXPECT(t->count() - start >= ticks_ms(SHORT_MS));
	EXPECT_EQ(t->get_ctl(), CTL_ENABLE | CTL_ISTATUS);
	EXPECT(gic_is_active(t->intid));
	t->set_ctl(0);
	gic_eoi(t->intid);
	EXPECT(!gic_is_active(t->intid));
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

/* The line is a level: while the condition holds, each end of interrupt is followed by the next one. */
static void level(const struct timer *t)
{
	gic_init();
	gic_enable(t->intid);
	t->set_cval(0);
	t->set_ctl(CTL_ENABLE);
	for (u32 i = 0; i < 10; i++) {
		EXPECT_EQ(gic_wait(), t->intid);
		EXPECT_EQ(gic_ack(), GIC_NONE);
		gic_eoi(t->intid);
	}
	EXPECT_EQ(gic_wait(), t->intid);
	t->set_ctl(CTL_ENABLE | CTL_IMASK);
	gic_eoi(t->intid);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	EXPECT_EQ(t->get_ctl(), CTL_ENABLE | CTL_IMASK | CTL_ISTATUS);
	t->set_ctl(0);
}

static void split_eoi(const struct timer *t)
{
	gic_init();
	gic_eoimode(true);
	gic_enable(t->intid);
	t->set_cval(0);
	t->set_ctl(CTL_ENABLE);
	for (u32 i = 0; i < 10; i++) {
		EXPECT_EQ(gic_wait(), t->intid);
		gic_eoi(t->intid);
		EXPECT_EQ(gic_rpr(), 0xff);
		EXPECT(gic_is_active(t->intid));
		EXPECT_EQ(gic_ack(), GIC_NONE);
		if (i == 9)
			t->set_ctl(0);
		gic_dir(t->intid);
		EXPECT(!gic_is_active(t->intid));
	}
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_eoimode(false);
}

static void disabled_at_gic(const struct timer *t)
{
	gic_init();
	t->set_cval(0);
	t->set_ctl(CTL_ENABLE);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_enable(t->intid);
	EXPECT_EQ(gic_wait(), t->intid);
	gic_disable(t->intid);
	gic_eoi(t->intid);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_enable(t->intid);
	EXPECT_EQ(gic_wait(), t->intid);
	t->set_ctl(0);
	gic_eoi(t->intid);
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

static void far_future(const struct timer *t)
{
	u64 start = t->count();

	gic_init();
	gic_enable(t->intid);
	t->set_cval(~UINT64_C(0) >> 1);
	t->set_ctl(CTL_ENABLE);
	while (t->count() - start < ticks_ms(SHORT_MS))
		EXPECT_EQ(gic_ack(), GIC_NONE);
	EXPECT_EQ(t->get_ctl(), CTL_ENABLE);
	t->set_tval((u64)(s64)-1000);
	EXPECT((s64)(s32)t->get_tval() < 0);
	EXPECT_EQ(gic_wait(), t->intid);
	t->set_ctl(0);
	gic_eoi(t->intid);
}

static void tick(void)
{
	u32 intid = gic_ack();

	if (intid == active_timer->intid) {
		ticks = ticks + 1;
		active_timer->set_tval(ticks_ms(1));
	}
	gic_eoi(intid);
}

static void exceptions(const struct timer *t)
{
	gic_init();
	gic_enable(t->intid);
	active_timer = t;
	ticks = 0;
	irq_handler = tick;
	t->set_tval(ticks_ms(1));
	t->set_ctl(CTL_ENABLE);
	irq_unmask();
	while (ticks < TICKS)
		wfi();
	irq_mask();
	t->set_ctl(0);
	EXPECT(ticks >= TICKS);
}

/* A masked but pending interrupt ends WFI. */
static void wfi_masked(const struct timer *t)
{
	gic_init();
	gic_enable(t->intid);
	for (u32 i = 0; i < 10; i++) {
		u64 start = t->count();

		t->set_tval(ticks_ms(SHORT_MS));
		t->set_ctl(CTL_ENABLE);
		do {
			wfi();
		} while (!(t->get_ctl() & CTL_ISTATUS));
		EXPECT(t->count() - start >= ticks_ms(SHORT_MS));
		EXPECT_EQ(gic_wait(), t->intid);
		t->set_ctl(0);
		gic_eoi(t->intid);
	}
}

#define BOTH(body)                                                                                                     \
	static void body##_virtual(void)                                                                               \
	{                                                                                                              \
		body(&virt);                                                                                           \
	}                                                                                                              \
	static void body##_physical(void)                                                                              \
	{                                                                                                              \
		body(&phys);                                                                                           \
	}
BOTH(polled)
BOTH(level)
BOTH(split_eoi)
BOTH(disabled_at_gic)
BOTH(far_future)
BOTH(exceptions)
BOTH(wfi_masked)

/* Both pending: priority decides, and the other one follows. */
static void both_at_once(void)
{
	gic_init();
	gic_priority(INTID_VTIMER, 0x80);
	gic_priority(INTID_PTIMER, 0x40);
	gic_enable(INTID_VTIMER);
	gic_enable(INTID_PTIMER);
	gic_pmr(0);
	v_set_cval(0);
	p_set_cval(0);
	v_set_ctl(CTL_ENABLE);
	p_set_ctl(CTL_ENABLE);
	gic_pmr(0xff);
	EXPECT_EQ(gic_wait(), INTID_PTIMER);
	p_set_ctl(0);
	gic_eoi(INTID_PTIMER);
	EXPECT_EQ(gic_wait(), INTID_VTIMER);
	v_set_ctl(0);
	gic_eoi(INTID_VTIMER);
}

const struct test tests[] = {
	TEST(frequency),
	TEST(monotonic),
	TEST(polled_virtual),
	TEST(polled_physical),
	TEST(level_virtual),
	TEST(level_physical),
	TEST(split_eoi_virtual),
	TEST(split_eoi_physical),
	TEST(disabled_at_gic_virtual),
	TEST(disabled_at_gic_physical),
	TEST(far_future_virtual),
	TEST(far_future_physical),
	TEST(exceptions_virtual),
	TEST(exceptions_physical),
	TEST(wfi_masked_virtual),
	TEST(wfi_masked_physical),
	TEST(both_at_once),
	{ 0 },
};
