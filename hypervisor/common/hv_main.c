/* SPDX-License-Identifier: BSD-3-Clause */
/* Between an exit and the next entry: schedule, switch vCPU, do EL2's own work, idle. */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/exception.h>
#include <common/arch_hooks.h>
#include <common/hv_main.h>
#include <common/irq.h>
#include <common/schedule.h>
#include <common/vm.h>

struct hv_hooks hv_hooks;

static void put_current(struct pcpu *p)
{
	struct vcpu *cur = p->vcpu;
	struct vm *vm;

	if (!cur)
		return;
	vm = cur->vm;
	vcpu_arch_put(cur);
	p->vcpu = NULL;
	sched_put_done(cur);
	/* The work on its VM waits for this; if it runs elsewhere, it may have freed @cur by now. */
	if (READ_ONCE(vm->request) != VM_REQ_NONE)
		vm_work_wake(vm);
}

/* May the state of @v stay in the hardware although it does not run? It does, so that its timers still interrupt. */
static bool may_linger(const struct vcpu *v)
{
	return !v->parked && v->state != VCPU_OFF && !v->sched.dest;
}

/* Nothing to run. */
static void idle(struct pcpu *p)
{
	if (p->leave && !p->vcpu && sched_may_leave(p))
		hv_hooks.leave(p);
	if (!READ_ONCE(p->flags))
		hv_hooks.idle();
	/* The hook may have woken somebody here, which no interrupt tells. */
	if (!READ_ONCE(p->flags))
		wfi();
	irq_dispatch(p->vcpu);
}

/* The unit that runs next; the policy is only asked when something has changed. */
static struct sched_unit *next_unit(struct pcpu *p, u32 flags)
{
	struct vcpu *v = p->vcpu;

	if (!(flags & PCPU_RESCHED) && v && p->sched->cur == &v->sched)
		return &v->sched;
	return sched_pick(p);
}

struct vcpu *hv_exit_work(struct pcpu *p)
{
	for (;;) {
		struct sched_unit *u = next_unit(p, pcpu_take_flags(p));
		struct vcpu *next = u && u->kind == SCHED_VCPU ? container_of(u, struct vcpu, sched) : NULL;

		if (p->vcpu && p->vcpu != next && (next || !may_linger(p->vcpu)))
			put_current(p);
		if (!u) {
			idle(p);
			continue;
		}
		if (!next) {
			sched_work_run(u);
			irq_dispatch(p->vcpu);
			continue;
		}
		if (next != p->vcpu) {
			p->vcpu = next;
			vcpu_arch_load(next);
		}
		vcpu_arch_before_enter(next);
		/* Loading and injecting may have raised a new reason. */
		if (!READ_ONCE(p->flags))
			return next;
	}
}

void hv_run(struct pcpu *p)
{
	guest_enter(hv_exit_work(p));
}
