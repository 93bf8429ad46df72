/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/hv_main.c hypervisor/common/schedule.c hypervisor/common/sched_noop.c */
/* Between an exit and the next entry: what is loaded and put, in which order, and when the pCPU waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <asm/cpu.h>
#include <asm/exception.h>
#include <common/arch_hooks.h>
#include <common/hv_main.h>
#include <common/irq.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <lib/bits.h>

struct pcpu pcpus[CONFIG_MAX_PCPUS];
static struct pcpu *const p = &pcpus[0];
static struct vcpu a, b;
static char trace[256];
static u32 work_slices, dispatches, enter_flags;
static void (*on_dispatch)(u32 n);
static void (*on_work)(void);
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
	v->loaded = true;
	note("load", v);
}

void vcpu_arch_put(struct vcpu *v)
{
	assert_true(v->loaded);
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

bool vm_work(void)
{
	if (on_work)
		on_work();
	if (!work_slices)
		return false;
	work_slices--;
	note("work", NULL);
	return true;
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
	note("wfi", NULL);
}

static int setup(void **s)
{
	(void)s;
	memset(pcpus, 0, sizeof(pcpus));
	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	trace[0] = '\0';
	work_slices = dispatches = enter_flags = 0;
	on_dispatch = NULL;
	on_work = NULL;
	hv_hooks.idle = idle_hook;
	p->online = true;
	sched_init(p);
	assert_int_equal(sched_attach(&a, BIT(0)), 0);
	a.state = VCPU_RUNNABLE;
	return 0;
}

/* @v is current and loaded, in @state. */
static void current(struct vcpu *v, enum vcpu_state state)
{
	p->vcpu = v;
	v->loaded = true;
	v->state = state;
}

static void wake_a(u32 n)
{
	if (n == 2) {
		a.state = VCPU_BLOCKED;
		sched_wake(&a);
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

static void same_vcpu_stays_loaded(void **s)
{
	(void)s;
	current(&a, VCPU_RUNNABLE);
	p->flags = PCPU_VGIC;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "enterA ");
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
	current(&b, VCPU_RUNNABLE);
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "putB loadA enterA ");
	assert_false(b.loaded);
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
		assert_string_equal(trace, "wfi irqA wfi irqA enterA ");
	}
}

static void parked_is_put(void **s)
{
	static const enum vcpu_state gone[] = { VCPU_PAUSED, VCPU_OFF };

	for (u32 i = 0; i < ARRAY_SIZE(gone); i++) {
		setup(s);
		current(&a, gone[i]);
		on_dispatch = wake_a;
		assert_ptr_equal(hv_exit_work(p), &a);
		assert_string_equal(trace, "putA wfi irq wfi irq loadA enterA ");
	}
}

static void no_work_while_loaded(void)
{
	assert_false(a.loaded);
	assert_null(p->vcpu);
}

/* Interrupts are polled after every slice, and the pCPU sleeps only when there is no more. */
static void work_in_slices(void **s)
{
	(void)s;
	current(&a, VCPU_PAUSED);
	work_slices = 1;
	on_work = no_work_while_loaded;
	on_dispatch = wake_a;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "putA work irq wfi irq loadA enterA ");
}

static void wake_in_work(void)
{
	if (a.state == VCPU_PAUSED) {
		a.state = VCPU_BLOCKED;
		sched_wake(&a);
	}
}

/* A flag that came up while there was nothing to do is seen before WFI. */
static void no_wfi_with_a_flag(void **s)
{
	(void)s;
	current(&a, VCPU_PAUSED);
	on_work = wake_in_work;
	assert_ptr_equal(hv_exit_work(p), &a);
	assert_string_equal(trace, "putA irq loadA enterA ");
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
		T(first_entry),    T(same_vcpu_stays_loaded), T(loops_while_flags_are_set),
		T(switches),       T(blocked_stays_loaded),   T(parked_is_put),
		T(work_in_slices), T(no_wfi_with_a_flag),     T(run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
