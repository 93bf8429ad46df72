/* SPDX-License-Identifier: BSD-3-Clause */
/* EL2's clock (CNTPCT_EL0) and one-shot event source (CNTHP). CNTFRQ_EL0 is read, never assumed. */
#ifndef ASM_TIMER_H
#define ASM_TIMER_H

#include <lib/types.h>

/* timer_init() - read CNTFRQ_EL0, take the CNTHP PPI @intid. Return: 0, -ENODEV (frequency 0), -EBUSY. */
int __must_check timer_init(u32 hyp_phys_intid);
u64 timer_freq(void); /* Hz */
u64 timer_now(void);  /* ticks, ordered (ISB before) */
u64 timer_ms_to_ticks(u64 ms);

/**
 * struct soft_timer: calls @fn once, on the pCPU that armed it, at or after tick @when, interrupts masked.
 */
struct soft_timer {
	u64 when;
	void (*fn)(struct soft_timer *t);
	void *arg;
	struct soft_timer *next;
	bool armed;
};

/* timer_arm() - (re)arm @t for absolute tick @when on this pCPU. timer_cancel() - harmless when not armed. */
void timer_arm(struct soft_timer *t, u64 when);
void timer_cancel(struct soft_timer *t);

#endif
