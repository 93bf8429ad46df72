/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Timer ticks on every CPU, with a handler that takes long enough to be preempted in: each tick is armed by the one
 * before, so a lost one ends the count. No interrupt may stay active or come twice. Bootargs: ticks=, us= between them.
 */
#include <gic.h>
#include <smp.h>
#include <test.h>

#define CTL_ENABLE 1U
#define STALL_MS 20000U

const bool want_mmu = true;

struct state {
	volatile u64 ticks, wrong, early;
	u64 next;
	u64 pad[4];
};

static struct state states[SMP_MAX];
static volatile u64 finished;
static u64 want, step, work;

static void handler(void)
{
	struct state *s = &states[smp_self()];
	u32 intid = gic_ack();
	u64 start = now();

	if (intid != INTID_VTIMER) {
		s->wrong = s->wrong + 1;
		return;
	}
	if (start < s->next)
		s->early = s->early + 1;
	sysreg_write(cntv_ctl_el0, 0);
	isb();
	while (now() - start < work)
		;
	s->ticks = s->ticks + 1;
	if (s->ticks < want) {
		s->next = now() + step;
		sysreg_write(cntv_cval_el0, s->next);
		sysreg_write(cntv_ctl_el0, CTL_ENABLE);
		isb();
	}
	gic_eoi(intid);
}

static void count(u64 cpu)
{
	struct state *s = &states[cpu];
	u64 last = 0, seen = now();

	if (cpu != 0)
		gic_cpu_init();
	gic_enable(INTID_VTIMER);
	s->next = now() + step;
	sysreg_write(cntv_cval_el0, s->next);
	sysreg_write(cntv_ctl_el0, CTL_ENABLE);
	isb();
	irq_unmask();
	while (s->ticks < want) {
		if (s->ticks != last) {
			last = s->ticks;
			seen = now();
		}
		if (now() - seen > ticks_ms(STALL_MS))
			break;
		if (s->ticks % 2)
			wfi();
		else
			cpu_relax();
	}
	irq_mask();
	if (gic_is_active(INTID_VTIMER) || gic_is_pending(INTID_VTIMER))
		s->wrong = s->wrong + 1;
	atomic_add(&finished, 1);
}

static void ticks(void)
{
	u64 us = sysreg_read(cntfrq_el0) / 1000000;
	u32 n = smp_cpus();
	u64 start = now();

	want = bootarg_num("ticks", 10000);
	step = us * bootarg_num("us", 100);
	work = us * bootarg_num("work_us", 150);
	gic_init();
	irq_handler = handler;
	for (u32 i = 1; i < n; i++)
		EXPECT_EQ(smp_start(i, count, i), 0);
	count(0);
	while (load_acquire(&finished) < n && now() - start < ticks_ms(600000))
		cpu_relax();
	for (u32 i = 0; i < n; i++) {
		EXPECT_EQ(states[i].ticks, want);
		EXPECT_EQ(states[i].wrong, 0);
		EXPECT_EQ(states[i].early, 0);
	}
	print("TICKS %lu on %u CPUs\n", want, n);
}

const struct test tests[] = {
	TEST(ticks),
	{ NULL, NULL, false },
};
