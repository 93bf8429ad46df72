/* SPDX-License-Identifier: BSD-3-Clause */
/* What the scheduler keeps of a vCPU, or of a piece of EL2's work. Plain data. */
#ifndef COMMON_SCHED_UNIT_H
#define COMMON_SCHED_UNIT_H

#include <lib/list.h>
#include <lib/types.h>

struct pcpu;

enum sched_kind { SCHED_VCPU, SCHED_WORK };

#define SCHED_WEIGHT_DEFAULT 100U
#define SCHED_WEIGHT_MAX 1000U
#define SCHED_RT_PRIO_MAX 99U
#define SCHED_NAME_MAX 40

struct sched_unit {
	struct list_head node; /* in a list of its pCPU's queue, while @queued */
	struct pcpu *pcpu;     /* where it belongs; NULL = not attached */
	struct pcpu *home;     /* where it was admitted, and where its weight and budget count */
	struct pcpu *dest;     /* where it has to go once it is out of the hardware */
	enum sched_kind kind;
	bool want; /* work: there is something to do */
	bool queued;
	bool on_cpu;              /* picked, and not yet out of the hardware */
	u64 affinity;             /* bit n = may run on pCPU n */
	u32 weight;               /* 1..SCHED_WEIGHT_MAX */
	u32 rt_prio;              /* 1..SCHED_RT_PRIO_MAX, higher first; 0 = not real-time */
	u64 rt_budget, rt_period; /* ticks */
	u64 rt_left;              /* budget that is left of this period */
	u64 rt_next;              /* tick of the next replenishment */
	u64 vtime;                /* virtual time: what it ran, divided by its weight */
	u64 since;                /* tick from which on it is to be charged */
	u64 picked;               /* tick at which it was last given its pCPU */
	u64 run_ticks;            /* all it ran */
	u64 switches;             /* times it was picked after another */
	u64 moves;                /* times it changed its pCPU */
	char name[SCHED_NAME_MAX];
};

#endif
