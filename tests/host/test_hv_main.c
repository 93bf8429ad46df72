/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/hv_main.c hypervisor/common/schedule.c hypervisor/common/sched_place.c
 * hypervisor/common/sched_noop.c hypervisor/common/sched_bvt.c hypervisor/common/sched_rt.c */
/* Between an exit and the next entry: what is loaded and put, in which order, EL2's own work, and when the pCPU waits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <asm/exception.h>
#include <common/arch_hooks.h>
#include <common/hv_main.h>
#include <common/irq.h>
#include <common/vm.h>

#include "sched_env.h"
#include "work_none.h"

static struct pcpu *const p = &pcpus[0];
static struct vcpu a, b;
static struct vm vm;
static struct sched_work w;
static char trace[256];
static u32 work_slices, dispatches, enter_flags;
static void (*on_dispatch)(u32 n);
static void (*on_work)(void);
static void (*on_put)(void);
static jmp_buf entered;
static struct vcpu *entered_with;

static void note(const char *what, const struct vcpu *v)
{
	size_t at = strlen(trace);

	assert_true(at + 16 < sizeof(trace));
	snprintf(trace + at, sizeof(trace) - at, "%s%s ", what, v == &a ? "A" : v == &b ? "B" : "");
}

void vcpu_arch_load(struct vcpu *v)
{
	assert_false(a.loaded || b.loaded);
	assert_ptr_equal(p->vcpu, v);
	assert_true(v->sched.on_cpu);
	v->loaded = true;
	note("load", v);
}

void vcpu_arch_put(struct vcpu *v)
{
	assert_true(v->loaded);
	assert_true(v->sched.on_cpu); /* nobody else may have it yet */
	v->loaded = false;
	note("put", v);
}

void vcpu_arch_before_enter(struct vcpu *v)
{
	assert_true(v->loaded);
	note("enter", v);
	if (enter_flags) {
		enter_flags--;
		pcpu_set_flag(p, PCPU_VGIC);
	}
}

static bool work_fn(struct sched_work *unused)
{
	(void)unused;
	if (on_work)
		on_work();
	note("work", NULL);
	work_slices--;
	return work_slices > 0;
}

void vm_work_wake(struct vm *of)
{
	assert_ptr_equal(of, &vm);
	assert_null(p->vcpu);
	note("vm", NULL);
}

void irq_dispatch(struct vcpu *cur)
{
	assert_ptr_equal(cur, p->vcpu);
	assert_true(!cur || cur->loaded);
	note("irq", cur);
	dispatches++;
	assert_true(dispatches < 100);
	if (on_dispatch)
		on_dispatch(dispatches);
}

void guest_enter(struct vcpu *v)
{
	entered_with = v;
	longjmp(entered, 1);
}

/* Called right before each WFI. */
static void idle_hook(void)
{
	assert_int_equal(p->flags, 0);
	note("drain", NULL);
}

void mock_wfi(void)
{
	assert_int_equal(p->flags, 0);
	note("wfi", NULL);
}

static void leave_hook(struct pcpu *q)
{
	assert_ptr_equal(q, p);
	note("leave", NULL);
	longjmp(entered, 1);
}

/* Another pCPU comes in as soon as the queue's lock is free. */
void mock_spin_hook(struct spinlock *l, bool lock)
{
	if (lock || l != &p->sched->lock || !on_put || a.sched.on_cpu)
		return;
	on_put();
	on_put = NULL;
}

static int setup(void **s)
{
	(void)s;
	env_cpus(2);
	memset(&vm, 0, sizeof(vm));
	memset(&b, 0, sizeof(b));
	trace[0] = '\0';
	work_slices = dispatches = enter_flags = 0;
	on_dispatch = NULL;
	on_work = NULL;
	on_put = NULL;
	hv_hooks = (struct hv_hooks){ .idle = idle_hook, .leave = leave_hook };
	sched_work_init(&w, work_fn, NULL, "w");
	assert_int_equal(sched_work_attach(&w, BIT(0), NULL), 0);
	env_vcpu(&a, "bvt", 100, BIT(0) | BIT(1));
	a.vm = &vm;
	return 0;
}

/* @v is current and loaded; then its state becomes @state. */
static void current(struct vcpu *v, enum vcpu_state state)
{
	assert_ptr_equal(hv_exit_work(p), v);
	trace[0] = '\0';
	dispatches = 0;
	if (state != VCPU_RUNNABLE)
		sched_block(v, state);
}

static void wake_a(u32 n)
{
	if (n == 2) {
		if (a.parked)
			sched_unpark(&a);
		if (a.state == VCPU_OFF)
			a.state = VCPU_BLOCKED;
		sched_wake(&a);
		sched_wake_io(&a);
	}
}

static void first_entry(void **s)
{
	(void)s;
	p->flags = PCPU_RESCHED | PCPU_VGIC;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "loadA enterA ");
	assert_ptr_equal(p->vcpu, &a);
	assert_int_equal(p->flags, 0);
}

/* Without a reason to choose again, the policy is not asked. */
static void same_vcpu_stays_loaded(void **s)
{
	(void)s;
	current(&a, VCPU_RUNNABLE);
	env.now += MS;
	p->flags = PCPU_VGIC;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "enterA ");
	assert_int_equal(a.sched.run_ticks, 0);
	p->flags = PCPU_RESCHED;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "enterA enterA ");
	assert_int_equal(a.sched.run_ticks, MS);
}

static void loops_while_flags_are_set(void **s)
{
	(void)s;
	enter_flags = 3;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "loadA enterA enterA enterA enterA ");
	assert_int_equal(p->flags, 0);
}

static void switches(void **s)
{
	(void)s;
	current(&a, VCPU_RUNNABLE);
	env_vcpu(&b, "bvt", 100, BIT(0));
	b.vm = &vm;
	env.now += 10 * MS;
	assert_int_equal(p->flags, PCPU_RESCHED);
	assert_ptr_equal(hv_exit_work(p), &b);
	assert_string_equal(trace, "putA loadB enterB ");
	assert_false(a.loaded || a.sched.on_cpu);
	assert_true(a.sched.queued);
	assert_ptr_equal(p->vcpu, &b);
}

/* Its timers go on in hardware, and what they raise is injected without a load. */
static void blocked_stays_loaded(void **s)
{
	static const enum vcpu_state waits[] = { VCPU_BLOCKED, VCPU_IO_WAIT };

	for (u32 i = 0; i < ARRAY_SIZE(waits); i++) {
		setup(s);
		current(&a, waits[i]);
		on_dispatch = wake_a;
		assert_ptr_equal(hv_exit_work(p), &a);
		assert_string_equal(trace, "drain wfi irqA drain wfi irqA enterA ");
	}
}

/* Off, or parked: nobody may find its state in the hardware. */
static void parked_is_put(void **s)
{
	(void)s;
	current(&a, VCPU_OFF);
	on_dispatch = wake_a;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "putA drain wfi irq drain wfi irq loadA enterA ");
	setup(s);
	current(&a, VCPU_RUNNABLE);
	vm.request = VM_REQ_PAUSE;
	sched_park(&a);
	on_dispatch = wake_a;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "putA vm drain wfi irq drain wfi irq loadA enterA ");
	/* Also when it waited already. */
	setup(s);
	current(&a, VCPU_BLOCKED);
	vm.request = VM_REQ_STOP;
	sched_park(&a);
	on_dispatch = wake_a;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "putA vm drain wfi irq drain wfi irq loadA enterA ");
}

/* The VM's work runs on another pCPU and takes the vCPU apart as soon as it may. */
static void free_a(void)
{
	memset(&a, 0xa5, sizeof(a));
	vm.request = VM_REQ_STOP;
}

static void stop_when_idle(u32 n)
{
	(void)n;
	longjmp(entered, 1);
}

static void freed_while_it_is_put(void **s)
{
	(void)s;
	current(&a, VCPU_RUNNABLE);
	vm.request = VM_REQ_STOP;
	a.sched.dest = &pcpus[1];
	sched_park(&a);
	on_put = free_a;
	on_dispatch = stop_when_idle;
	if (setjmp(entered) == 0)
		(void)hv_exit_work(p);
	assert_null(on_put);
	assert_string_equal(trace, "putA vm drain wfi irq ");
}

/* It has to go to another pCPU: put at once, though nothing else is to run. */
static void moved_is_put(void **s)
{
	(void)s;
	current(&a, VCPU_RUNNABLE);
	assert_int_equal(sched_attach(&b, &(struct vm_config){ .scheduler = "bvt", .cpu_affinity = BIT(1) }), 0);
	assert_int_equal(sched_move(&a, &pcpus[1]), 0);
	on_dispatch = stop_when_idle;
	if (setjmp(entered) == 0)
		(void)hv_exit_work(p);
	assert_string_equal(trace, "putA drain wfi irq ");
	assert_ptr_equal(a.pcpu, &pcpus[1]);
	assert_true(a.sched.queued);
	assert_int_equal(pcpus[1].flags, PCPU_RESCHED);
}

/* Interrupts are polled after every slice, and the pCPU sleeps only when there is no more. */
static void work_in_slices(void **s)
{
	(void)s;
	current(&a, VCPU_OFF);
	work_slices = 2;
	sched_work_wake(&w);
	on_dispatch = NULL;
	on_work = NULL;
	dispatches = 0;
	on_dispatch = wake_a;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "putA work irq work irq loadA enterA ");
}

/* A vCPU that waits stays loaded meanwhile. */
static void work_beside_a_waiting_one(void **s)
{
	(void)s;
	current(&a, VCPU_BLOCKED);
	work_slices = 1;
	sched_work_wake(&w);
	on_dispatch = wake_a;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "work irqA drain wfi irqA enterA ");
}

static void wake_in_work(void)
{
	a.state = VCPU_BLOCKED;
	sched_wake(&a);
}

/* A flag that came up while there was nothing to do is seen before WFI. */
static void no_wfi_with_a_flag(void **s)
{
	(void)s;
	current(&a, VCPU_OFF);
	work_slices = 1;
	sched_work_wake(&w);
	on_work = wake_in_work;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "putA work irq loadA enterA ");
}

/* hv_hooks.idle() may cause work itself. */
static void wake_a_once(void)
{
	note("drain", NULL);
	if (a.state == VCPU_OFF)
		wake_in_work();
}

static void flag_from_the_idle_hook(void **s)
{
	(void)s;
	current(&a, VCPU_OFF);
	hv_hooks.idle = wake_a_once;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_true(strncmp(trace, "putA drain ", 11) == 0);
	assert_non_null(strstr(trace, "irq loadA enterA "));
}

/* Told to leave, it waits until nothing is left that belongs there. */
static void leaves(void **s)
{
	(void)s;
	sched_park(&a);
	p->leave = true;
	on_dispatch = stop_when_idle;
	if (setjmp(entered) == 0)
		(void)hv_exit_work(p);
	assert_string_equal(trace, "drain wfi irq ");
	sched_detach(&a);
	if (setjmp(entered) == 0)
		(void)hv_exit_work(p);
	assert_string_equal(trace, "drain wfi irq drain wfi irq "); /* there is work that lives here */
	assert_int_equal(sched_work_attach(&w, BIT(1), NULL), 0);
	if (setjmp(entered) == 0)
		(void)hv_exit_work(p);
	assert_string_equal(trace, "drain wfi irq drain wfi irq leave ");
}

static void run(void **s)
{
	(void)s;
	if (setjmp(entered) == 0)
		hv_run(p);
	assert_ptr_equal(entered_with, &a);
	assert_true(a.loaded);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_entry),
		T(same_vcpu_stays_loaded),
		T(loops_while_flags_are_set),
		T(switches),
		T(blocked_stays_loaded),
		T(parked_is_put),
		T(freed_while_it_is_put),
		T(moved_is_put),
		T(work_in_slices),
		T(work_beside_a_waiting_one),
		T(no_wfi_with_a_flag),
		T(flag_from_the_idle_hook),
		T(leaves),
		T(run),
	};

	(void)env_rt;
	(void)env_run;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
