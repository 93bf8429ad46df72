/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EL2's clock and its one-shot timer CNTHP, shared by a sorted list of soft timers per pCPU (ARM ARM D11). A timer is
 * armed on the pCPU that asks, and can be cancelled from any; a lock per list. Callbacks run without it.
 */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/spinlock.h>
#include <asm/sysreg.h>
#include <asm/timer.h>
#include <common/irq.h>
#include <lib/assert.h>
#include <lib/errno.h>

#define CNTHP_ENABLE BIT(0)
#define MS_PER_S 1000U
#define US_PER_S 1000000U
/* Callbacks in one interrupt. Others that are due fire the level-triggered timer again, and interrupts are polled
 * between. */
#define RUN_MAX 16U

struct timer_list {
	struct spinlock lock;
	struct soft_timer *first;
	const struct soft_timer *running; /* its callback has not returned */
};

static u64 freq;
static struct timer_list lists[CONFIG_MAX_PCPUS];

u64 timer_freq(void)
{
	return freq;
}

u64 timer_now(void)
{
	/* The counter may otherwise be read ahead of what comes before in program order. */
	isb();
	return read_sysreg(cntpct_el0);
}

u64 timer_ms_to_ticks(u64 ms)
{
	return freq / MS_PER_S * ms + freq % MS_PER_S * ms / MS_PER_S;
}

u64 timer_us_to_ticks(u64 us)
{
	return freq / US_PER_S * us + freq % US_PER_S * us / US_PER_S;
}

/* Program this pCPU's CNTHP for the head of its list, or switch it off. */
static void program(const struct soft_timer *head)
{
	if (head) {
		write_sysreg(head->when, cnthp_cval_el2);
		write_sysreg(CNTHP_ENABLE, cnthp_ctl_el2);
	} else {
		write_sysreg(0, cnthp_ctl_el2);
	}
	/* The line follows before the interrupt is deactivated. */
	isb();
}

static void unlink(struct timer_list *l, struct soft_timer *t)
{
	struct soft_timer **p = &l->first;

	while (*p && *p != t)
		p = &(*p)->next;
	ASSERT(*p == t);
	*p = t->next;
	t->next = NULL;
	__atomic_store_n(&t->armed, false, __ATOMIC_RELEASE);
}

/* Take @t out of whichever list it is in. Its own pCPU reprograms CNTHP; another one gets an interrupt for nothing. */
static void disarm(struct soft_timer *t)
{
	while (__atomic_load_n(&t->armed, __ATOMIC_ACQUIRE)) {
		u32 cpu = READ_ONCE(t->cpu);
		struct timer_list *l = &lists[cpu];

		spin_lock(&l->lock);
		if (t->armed && t->cpu == cpu) {
			unlink(l, t);
			if (cpu == this_pcpu()->id)
				program(l->first);
		}
		spin_unlock(&l->lock);
	}
}

void timer_arm(struct soft_timer *t, u64 when)
{
	u32 cpu = this_pcpu()->id;
	struct timer_list *l = &lists[cpu];
	struct soft_timer **p;

	disarm(t);
	spin_lock(&l->lock);
	for (p = &l->first; *p && (*p)->when <= when;)
		p = &(*p)->next;
	t->when = when;
	t->cpu = cpu;
	t->next = *p;
	*p = t;
	__atomic_store_n(&t->armed, true, __ATOMIC_RELEASE);
	program(l->first);
	spin_unlock(&l->lock);
}

void timer_cancel(struct soft_timer *t)
{
	u32 i, here = this_pcpu()->id;

	/* A callback that runs elsewhere must not meet what the caller takes down next, and may arm @t again. */
	do {
		disarm(t);
		for (i = 0; i < CONFIG_MAX_PCPUS; i++)
			while (i != here && __atomic_load_n(&lists[i].running, __ATOMIC_ACQUIRE) == t)
				cpu_relax();
	} while (__atomic_load_n(&t->armed, __ATOMIC_ACQUIRE));
}

static void cnthp_handler(u32 intid, void *arg)
{
	struct timer_list *l = &lists[this_pcpu()->id];
	u64 now = timer_now();
	u32 i;

	(void)intid;
	(void)arg;
	spin_lock(&l->lock);
	for (i = 0; i < RUN_MAX && l->first && l->first->when <= now; i++) {
		struct soft_timer *t = l->first;

		__atomic_store_n(&l->running, t, __ATOMIC_RELEASE);
		unlink(l, t);
		spin_unlock(&l->lock);
		t->fn(t);
		__atomic_store_n(&l->running, NULL, __ATOMIC_RELEASE);
		spin_lock(&l->lock);
	}
	program(l->first);
	spin_unlock(&l->lock);
}

int timer_init_cpu(u32 hyp_phys_intid)
{
	program(NULL);
	return irq_request(hyp_phys_intid, false, cnthp_handler, NULL);
}

int timer_init(u32 hyp_phys_intid)
{
	freq = read_sysreg(cntfrq_el0);
	return freq ? timer_init_cpu(hyp_phys_intid) : -ENODEV;
}
