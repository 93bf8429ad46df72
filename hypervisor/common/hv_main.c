/* SPDX-License-Identifier: BSD-3-Clause */
/* Between an exit and the next entry: schedule, switch vCPU, idle, do VM work. */
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

	if (!cur)
		return;
	vcpu_arch_put(cur);
	p->vcpu = NULL;
}

/* Nothing to run. A blocked vCPU stays loaded, so that its timers still interrupt; a parked or dead one is put away. */
static void idle(struct pcpu *p)
{
	if (p->vcpu && p->vcpu->state != VCPU_BLOCKED && p->vcpu->state != VCPU_IO_WAIT)
		put_current(p);
	if (!vm_work() && !READ_ONCE(p->flags)) {
		hv_hooks.idle();
		wfi();
	}
	irq_dispatch(p->vcpu);
}

struct vcpu *hv_exit_work(struct pcpu *p)
{
	for (;;) {
		struct vcpu *next;

		(void)pcpu_take_flags(p);
		next = sched_pick(p);
		if (!next) {
			idle(p);
			continue;
		}
		if (next != p->vcpu) {
			put_current(p);
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
