/* SPDX-License-Identifier: BSD-3-Clause */
/* EL2's clock and its one-shot timer CNTHP, shared by a sorted list of soft timers per pCPU (ARM ARM D11). */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/sysreg.h>
#include <asm/timer.h>
#include <common/irq.h>
#include <lib/assert.h>
#include <lib/errno.h>

#define CNTHP_ENABLE BIT(0)
#define MS_PER_S 1000U
/* Callbacks in one interrupt. Others that are due fire the level-triggered timer again, and interrupts are polled
 * between. */
#define RUN_MAX 16U

static u64 freq;
static struct soft_timer *first[CONFIG_MAX_PCPUS];

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

/* Program CNTHP for the head of the list, or switch it off. */
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

static void unlink(struct soft_timer **p, struct soft_timer *t)
{
	while (*p && *p != t)
		p = &(*p)->next;
	/* Armed on another pCPU: a bug of the caller. */
	ASSERT(*p == t);
	*p = t->next;
	t->next = NULL;
	t->armed = false;
}

void timer_arm(struct soft_timer *t, u64 when)
{
	struct soft_timer **head = &first[this_pcpu()->id];
	struct soft_timer **p = head;

	if (t->armed)
		unlink(head, t);
	while (*p && (*p)->when <= when)
		p = &(*p)->next;
	t->when = when;
	t->next = *p;
	t->armed = true;
	*p = t;
	program(*head);
}

void timer_cancel(struct soft_timer *t)
{
	struct soft_timer **head = &first[this_pcpu()->id];

	if (!t->armed)
		return;
	unlink(head, t);
	program(*head);
}

static void cnthp_handler(u32 intid, void *arg)
{
	struct soft_timer **head = &first[this_pcpu()->id];
	u64 now = timer_now();
	u32 i;

	(void)intid;
	(void)arg;
	for (i = 0; i < RUN_MAX && *head && (*head)->when <= now; i++) {
		struct soft_timer *t = *head;

		unlink(head, t);
		t->fn(t);
	}
	program(*head);
}

int timer_init(u32 hyp_phys_intid)
{
	freq = read_sysreg(cntfrq_el0);
	if (freq == 0)
		return -ENODEV;
	program(NULL);
	return irq_request(hyp_phys_intid, false, cnthp_handler, NULL);
}
