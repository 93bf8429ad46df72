/* SPDX-License-Identifier: BSD-3-Clause */
/* vCPU scheduling: an ops table, one policy a file (D12). */
#ifndef COMMON_SCHEDULE_H
#define COMMON_SCHEDULE_H

#include <common/vcpu.h>
#include <lib/types.h>

struct pcpu;

/* Per-pCPU state of the scheduler, embedded in struct pcpu. */
struct sched_cpu {
	const struct sched_ops *ops;
	struct vcpu *owner; /* noop: the one vCPU this pCPU belongs to */
};

struct sched_ops {
	const char *name;
	/* Give @v a place on @p; -EBUSY when the policy has none. */
	int (*attach)(struct pcpu *p, struct vcpu *v);
	void (*detach)(struct pcpu *p, struct vcpu *v);
	/* The vCPU to run next on @p, or NULL to idle. */
	struct vcpu *(*pick)(struct pcpu *p);
};

extern const struct sched_ops sched_noop;

void sched_init(struct pcpu *p);

/* sched_attach() - choose a pCPU within @affinity (bit n = pCPU n) for @v. Return: 0, -EBUSY, -EINVAL (no such pCPU).
 */
int __must_check sched_attach(struct vcpu *v, u64 affinity);
void sched_detach(struct vcpu *v);

/* sched_wake() - @v may run; sets the reschedule flag of its pCPU. Harmless when it already may. */
void sched_wake(struct vcpu *v);

/* sched_block() - the running vCPU does not go on: @state is VCPU_BLOCKED, VCPU_OFF, ... Takes effect at exit. */
void sched_block(struct vcpu *v, enum vcpu_state state);

/* sched_pick() - the vCPU to run next on @p, or NULL to idle. */
struct vcpu *sched_pick(struct pcpu *p);

#endif
