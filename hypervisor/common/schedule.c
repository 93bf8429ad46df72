/* SPDX-License-Identifier: BSD-3-Clause */
/* Scheduling core: places vCPUs on pCPUs and asks the policy. State of one pCPU is changed by that pCPU only. */
#include <asm/cpu.h>
#include <common/fdt_host.h>
#include <common/schedule.h>
#include <lib/errno.h>

static struct sched_cpu sched_cpus[CONFIG_MAX_PCPUS];

void sched_init(struct pcpu *p)
{
	p->sched = &sched_cpus[p->id];
	p->sched->ops = &sched_noop;
	p->sched->owner = NULL;
}

int sched_attach(struct vcpu *v, u64 affinity)
{
	bool any = false;
	u32 i;

	for (i = 0; i < CONFIG_MAX_PCPUS; i++) {
		struct pcpu *p = &pcpus[i];

		if (!p->online || !(affinity & BIT(i)))
			continue;
		any = true;
		if (p->sched->ops->attach(p, v) == 0) {
			v->pcpu = p;
			return 0;
		}
	}
	return any ? -EBUSY : -EINVAL;
}

void sched_detach(struct vcpu *v)
{
	if (!v->pcpu)
		return;
	v->pcpu->sched->ops->detach(v->pcpu, v);
	v->pcpu = NULL;
}

/* One step, because another pCPU may pause @v at the same time. */
static bool change_state(struct vcpu *v, enum vcpu_state from, enum vcpu_state to)
{
	return __atomic_compare_exchange_n(&v->state, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

void sched_wake(struct vcpu *v)
{
	if (change_state(v, VCPU_BLOCKED, VCPU_RUNNABLE))
		pcpu_set_flag(v->pcpu, PCPU_RESCHED);
}

void sched_block(struct vcpu *v, enum vcpu_state state)
{
	/* A vCPU that was paused meanwhile stays paused, whatever it was about to wait for. */
	if (state == VCPU_PAUSED)
		__atomic_store_n(&v->state, state, __ATOMIC_RELEASE);
	else
		(void)change_state(v, VCPU_RUNNABLE, state);
	pcpu_set_flag(v->pcpu, PCPU_RESCHED);
}

struct vcpu *sched_pick(struct pcpu *p)
{
	return p->sched->ops->pick(p);
}
