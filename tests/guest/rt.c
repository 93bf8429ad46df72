/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A periodic real-time task: every period it wakes by the virtual timer, works for a while and has to be done before
 * the next. Bootargs: periods= (0 = for ever), period_us=, work_us=, jitter_ns= (0 = only report), report= (a line
 * every so many periods).
 */
#include <gic.h>
#include <test.h>

#define CTL_ENABLE 1U
#define NS_PER_S UINT64_C(1000000000)
#define SETTLE_MS 20U

const bool want_mmu = true;

static u64 to_ns(u64 ticks)
{
	u64 hz = sysreg_read(cntfrq_el0);

	return ticks / hz * NS_PER_S + ticks % hz * NS_PER_S / hz;
}

static void wait_for(u64 when)
{
	sysreg_write(cntv_cval_el0, when);
	sysreg_write(cntv_ctl_el0, CTL_ENABLE);
	isb();
	/* Masked: WFI ends when the interrupt is pending. */
	while (now() < when)
		wfi();
	sysreg_write(cntv_ctl_el0, 0);
	isb();
}

static void ack_timer(void)
{
	u32 intid = gic_ack();

	if (intid == INTID_VTIMER)
		gic_eoi(intid);
}

static void periodic(void)
{
	u64 hz = sysreg_read(cntfrq_el0);
	u64 periods = bootarg_num("periods", 10000), period = hz / 1000000 * bootarg_num("period_us", 1000);
	u64 work = hz / 1000000 * bootarg_num("work_us", 200), limit = bootarg_num("jitter_ns", 0);
	u64 report = bootarg_num("report", 0), next, worst = 0, sum = 0, missed = 0, worst_at = 0;

	gic_init();
	gic_enable(INTID_VTIMER);
	next = now() + ticks_ms(SETTLE_MS) + ticks_ms(bootarg_num("delay_ms", 0));
	for (u64 i = 0; i < periods || !periods; i++) {
		u64 start;

		wait_for(next);
		start = now();
		ack_timer();
		if (start - next > worst) {
			worst = start - next;
			worst_at = i;
		}
		sum += start - next;
		while (now() - start < work)
			;
		next += period;
		if (now() > next)
			missed++;
		if (report && (i + 1) % report == 0)
			print("RT period=%lu missed=%lu jitter_max_ns=%lu\n", i + 1, missed, to_ns(worst));
	}
	print("RT periods=%lu missed=%lu jitter_max_ns=%lu at=%lu jitter_avg_ns=%lu\n", periods, missed, to_ns(worst),
	      worst_at, to_ns(sum / periods));
	EXPECT_EQ(missed, 0);
	if (limit)
		EXPECT(to_ns(worst) <= limit);
}

const struct test tests[] = {
	TEST(periodic),
	{ NULL, NULL, false },
};
