/* SPDX-License-Identifier: BSD-3-Clause */
/* EL2's clock (CNTPCT_EL0) and one-shot event source (CNTHP). CNTFRQ_EL0 is read, never assumed. */
#ifndef ASM_TIMER_H
#define ASM_TIMER_H

#include <lib/types.h>

/* timer_init() - boot CPU: read CNTFRQ_EL0, take the CNTHP PPI @intid. timer_init_cpu() - every other pCPU.
 * Return: 0, -ENODEV (frequency 0), -EBUSY. */
int __must_check timer_init(u32 hyp_phys_intid);
int __must_check timer_init_cpu(u32 hyp_phys_intid);
u64 timer_freq(void); /* Hz */
u64 timer_now(void);  /* ticks, ordered (ISB before) */
u64 timer_ms_to_ticks(u64 ms);
u64 timer_us_to_ticks(u64 us);

/**
 * struct soft_timer: calls @fn once, on the pCPU that armed it, at or after tick @when, interrupts masked, no lock
 * held.
 */
struct soft_timer {
	u64 when;
	void (*fn)(struct soft_timer *t);
	void *arg;
	struct soft_timer *next;
	u32 cpu; /* whose list it is in, while @armed */
	bool armed;
};

/**
 * timer_arm() - (re)arm @t for absolute tick @when on this pCPU, wherever it was armed before. One caller at a time for
 * one timer. timer_cancel() - from any pCPU; harmless when not armed; waits for a callback of @t that runs on another
 * pCPU, so hold no lock that the callback takes.
 */
void timer_arm(struct soft_timer *t, u64 when);
void timer_cancel(struct soft_timer *t);

#endif
