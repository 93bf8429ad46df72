/* SPDX-License-Identifier: BSD-3-Clause */
/* noop: one vCPU owns a pCPU; it runs whenever it can. No tick, no queue. */
#include <asm/cpu.h>
#include <common/schedule.h>
#include <lib/errno.h>

static int noop_attach(struct pcpu *p, struct vcpu *v)
{
	if (p->sched->owner)
		return -EBUSY;
	p->sched->owner = v;
	return 0;
}

static void noop_detach(struct pcpu *p, struct vcpu *v)
{
	if (p->sched->owner == v)
		p->sched->owner = NULL;
}

static struct vcpu *noop_pick(struct pcpu *p)
{
	struct vcpu *v = p->sched->owner;

	return v && v->state == VCPU_RUNNABLE ? v : NULL;
}

const struct sched_ops sched_noop = {
	.name = "noop",
	.attach = noop_attach,
	.detach = noop_detach,
	.pick = noop_pick,
};
