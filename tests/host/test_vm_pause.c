/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/cpu_class.c hypervisor/common/vm_life.c hypervisor/common/vm_work.c
 * hypervisor/common/vm.c hypervisor/common/schedule.c hypervisor/common/sched_place.c
 * hypervisor/common/sched_noop.c hypervisor/common/sched_bvt.c hypervisor/common/sched_rt.c
 * hypervisor/common/io_req.c hypervisor/common/page_alloc.c */
/* Pause, back-off after crashes, starting again, and all requests in every order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "life_vm.h"

static void pause_and_resume(void **s)
{
	struct vm_config cfg = life_cfg("", 2);
	struct vm *vm = running_vm("linux", &cfg);
	u64 sum = 0;

	(void)s;
	assert_int_equal(vm_resume(vm), -EINVAL);
	for (u32 n = 1; n <= 5; n++) {
		if (n == 3) /* waits for an interrupt meanwhile */
			vm->vcpu[1]->state = VCPU_BLOCKED;
		assert_int_equal(vm_pause(vm), 0);
		assert_true(all_parked(vm));
		assert_int_equal(vm_pause(vm), -EINVAL);
		assert_int_equal(vm_resume(vm), -EINVAL); /* not before it stands */
		work();
		assert_int_equal(vm->state, VM_PAUSED);
		assert_string_equal(vm_state_text(vm), "paused");
		assert_int_equal(life.dm_paused, 1);
		assert_int_equal(vms_running(), 1);
		env.now += n * SEC;
		sum += n * SEC;
		sched_wake(vm->vcpu[0]);
		sched_wake(vm->vcpu[1]);
		assert_true(all_parked(vm));
		assert_int_equal(vm_pause(vm), -EINVAL);
		assert_int_equal(vm_resume(vm), 0);
		assert_int_equal(vm_resume(vm), -EINVAL);
		work();
		assert_int_equal(vm->state, VM_RUNNING);
		assert_false(all_parked(vm));
		assert_true(vm->vcpu[0]->sched.queued);
		assert_int_equal(vm->vcpu[1]->sched.queued, n >= 3);
		assert_int_equal(life.shifted, sum);
		assert_int_equal(life.dm_paused, 0);
	}
	assert_int_equal(life.arch_resets | life.quiesced | life.zeroed, 0);
	life_expect_log("");
}

/* Time stands still from the moment at which the last vCPU has left the guest. */
static void pause_waits_for_the_guest(void **s)
{
	struct vm_config cfg = life_cfg("", 2);
	struct vm *vm = running_vm("linux", &cfg);

	(void)s;
	vm->vcpu[1]->sched.on_cpu = true;
	assert_int_equal(vm_pause(vm), 0);
	work();
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(life.dm_paused, 0);
	env.now += 7 * MS;
	vm->vcpu[1]->sched.on_cpu = false;
	work();
	assert_int_equal(vm->state, VM_PAUSED);
	env.now += 5 * MS;
	assert_int_equal(vm_resume(vm), 0);
	work();
	assert_int_equal(life.shifted, 5 * MS);
}

static void not_paused(void **s)
{
	struct vm *vm = new_vm("linux", NULL);

	(void)s;
	assert_int_equal(vm_pause(vm), -EINVAL);
	life.load_steps = 2;
	assert_int_equal(vm_start(vm, &err), 0);
	assert_int_equal(vm_pause(vm), -EINVAL);
	assert_true(slice());
	assert_int_equal(vm_pause(vm), -EINVAL);
	work();
	vm_request_reset(vm);
	assert_int_equal(vm_pause(vm), -EINVAL);
	work();
	vm_request_stop(vm, VM_STOP_SHELL);
	assert_int_equal(vm_pause(vm), -EINVAL);
	work();
	assert_int_equal(vm_pause(vm), -EINVAL);
	assert_int_equal(vm_resume(vm), -EINVAL);
	assert_int_equal(vm_reset(vm), -EINVAL);
}

/* A guest that resets, ends or crashes while it is being paused does just that. */
static void request_while_pausing(void **s)
{
	struct vm_config cfg = life_cfg("", 1);
	struct vm *a, *b, *c;

	(void)s;
	cfg.on_crash = VM_POLICY_RESTART;
	a = running_vm("a", &cfg);
	b = running_vm("b", &cfg);
	c = running_vm("c", &cfg);
	assert_int_equal(vm_pause(a) | vm_pause(b) | vm_pause(c), 0);
	vm_request_reset(a);
	vm_request_stop(b, VM_STOP_POWER_OFF);
	vm_crash(c, "it fell over");
	assert_int_equal(vm_resume(a), -EINVAL);
	work();
	assert_int_equal(a->state, VM_RUNNING);
	assert_int_equal(b->state, VM_STOPPED);
	assert_int_equal(c->state, VM_RUNNING);
	assert_int_equal(a->resets, 1);
	assert_int_equal(c->resets, 1);
	assert_int_equal(life.dm_paused, 0);
	assert_int_equal(life.shifted, 0);
}

static struct vm *to_pause;

static void reset_before_it_pauses(struct spinlock *l, bool lock)
{
	if (!lock || l != &to_pause->lock)
		return;
	spin_hook = NULL;
	vm_request_reset(to_pause);
}

/* The same in the last moment: devices do not stand still while the VM restarts. */
static void reset_at_the_moment_of_pause(void **s)
{
	(void)s;
	to_pause = running_vm("linux", NULL);
	assert_int_equal(vm_pause(to_pause), 0);
	spin_hook = reset_before_it_pauses;
	assert_true(vm_work(to_pause));
	assert_null(spin_hook);
	assert_int_equal(to_pause->state, VM_RESETTING);
	assert_int_equal(life.dm_paused, 0);
	work();
	assert_int_equal(to_pause->state, VM_RUNNING);
}

static void end_of_a_pause(void **s)
{
	struct vm *a = running_vm("a", NULL), *b = running_vm("b", NULL), *c = running_vm("c", NULL);

	(void)s;
	assert_int_equal(vm_pause(a) | vm_pause(b) | vm_pause(c), 0);
	work();
	assert_int_equal(vm_reset(a), 0);
	assert_int_equal(vm_resume(a), -EINVAL);
	vm_request_stop(b, VM_STOP_SHELL);
	assert_int_equal(vm_resume(c), 0);
	vm_request_stop(c, VM_STOP_SHELL); /* before the resume is carried out */
	work();
	assert_int_equal(a->state, VM_RUNNING);
	assert_false(all_parked(a));
	assert_int_equal(b->state, VM_STOPPED);
	assert_int_equal(c->state, VM_STOPPED);
	assert_int_equal(host_pool.nr_free, host_pool.nr_pages - (LIFE_RAM_SIZE >> 12));
}

static void pause_it(struct vm *vm)
{
	(void)vm;
	assert_int_equal(vm_pause(to_pause), -EINVAL);
}

/* A pause that comes between "running" and the first instruction is not lost. */
static void mock_pause_at_start(struct spinlock *l, bool lock)
{
	if (lock || l != &to_pause->lock || to_pause->state != VM_RUNNING)
		return;
	spin_hook = NULL;
	assert_int_equal(vm_pause(to_pause), 0);
}

static void pause_at_start(void **s)
{
	struct vm_config cfg = life_cfg("", 2);

	(void)s;
	to_pause = new_vm("linux", &cfg);
	life.loaded = pause_it; /* too early */
	spin_hook = mock_pause_at_start;
	assert_int_equal(vm_start(to_pause, &err), 0);
	work();
	assert_null(spin_hook);
	assert_int_equal(to_pause->state, VM_PAUSED);
	assert_true(all_parked(to_pause));
	assert_false(to_pause->vcpu[0]->sched.queued);
	assert_int_equal(vm_resume(to_pause), 0);
	work();
	assert_int_equal(to_pause->state, VM_RUNNING);
	assert_true(to_pause->vcpu[0]->sched.queued);
}

/* Back-off ---------------------------------------- */

static void fire_timers(void)
{
	for (u32 i = 0; i < nr_vms; i++) {
		struct soft_timer *t = &vms[i]->restart_timer;

		if (!t->armed || t->when > env.now)
			continue;
		t->armed = false;
		t->fn(t);
	}
}

/* Crash @vm; it must run again after exactly @ms. */
static void crash_and_wait(struct vm *vm, u64 ms)
{
	u32 resets = vm->resets;

	vm_crash(vm, "it fell over");
	work();
	if (ms) {
		assert_int_equal(vm->state, VM_RESETTING);
		assert_int_equal(vms_running(), 1);
		assert_true(vm->restart_timer.armed);
		assert_int_equal(vm->restart_timer.when, env.now + ms * MS);
		env.now += ms * MS - 1;
		fire_timers();
		work();
		assert_int_equal(vm->resets, resets);
		env.now++;
		fire_timers();
		assert_true(vm->work.unit.want);
		work();
	}
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(vm->resets, resets + 1);
	life.log[0] = '\0';
}

static void back_off(void **s)
{
	static const u32 wait[] = { 0, 100, 200, 400, 800, 1600, 3200, 6400, 12800, 12800, 12800 };
	struct vm_config cfg = life_cfg("", 1);
	struct vm *vm;

	(void)s;
	cfg.on_crash = VM_POLICY_RESTART;
	vm = running_vm("linux", &cfg);
	for (u32 i = 0; i < ARRAY_SIZE(wait); i++) {
		crash_and_wait(vm, wait[i]);
		env.now += 40 * SEC; /* its boot */
	}
	/* A minute without a crash, and the next one is the first. */
	env.now += 20 * SEC;
	crash_and_wait(vm, 0);
	env.now += 60 * SEC - 1;
	crash_and_wait(vm, 100);
	assert_int_equal(life.no_vm_left, 0);
}

/* Who waits can be stopped, started and reset. */
static void requests_while_waiting(void **s)
{
	struct vm_config cfg = life_cfg("", 1);
	struct vm *vm;

	(void)s;
	cfg.on_crash = VM_POLICY_RESTART;
	vm = running_vm("linux", &cfg);
	crash_and_wait(vm, 0);
	vm_crash(vm, "it fell over");
	work();
	assert_int_equal(vm->state, VM_RESETTING);
	assert_int_equal(vm_pause(vm), -EINVAL);
	assert_int_equal(vm_request_start(vm, &err), -EBUSY);
	assert_string_equal(err.text, "vm0 'linux' is resetting");
	/* The administrator does not wait. */
	assert_int_equal(vm_reset(vm), 0);
	work();
	assert_int_equal(vm->state, VM_RUNNING);
	vm_crash(vm, "it fell over");
	work();
	assert_string_equal(vm_state_text(vm), "resetting");
	vm_request_stop(vm, VM_STOP_SHELL);
	assert_string_equal(vm_state_text(vm), "stopping");
	assert_int_equal(vm_request_start(vm, &err), -EBUSY);
	assert_string_equal(err.text, "vm0 'linux' is stopping");
	work();
	assert_string_equal(vm_state_text(vm), "stopped");
	assert_false(vm->restart_timer.armed);
	/* Started anew, it has no past. */
	assert_int_equal(vm_request_start(vm, &err), 0);
	work();
	assert_int_equal(vm->state, VM_RUNNING);
	vm_request_reset(vm);
	work();
	assert_int_equal(vm->state, VM_RUNNING);
	crash_and_wait(vm, 0);
}

/* Two vCPUs find the same crash: one restart, one crash. */
static struct vm *crashing;

static void crash_from_elsewhere(struct spinlock *l, bool lock)
{
	if (!lock || l != &crashing->lock)
		return;
	spin_hook = NULL;
	vm_crash(crashing, "so did the other");
}

static void crash_twice_at_once(void **s)
{
	struct vm_config cfg = life_cfg("", 2);

	(void)s;
	cfg.on_crash = VM_POLICY_RESTART;
	crashing = running_vm("linux", &cfg);
	spin_hook = crash_from_elsewhere;
	vm_crash(crashing, "it fell over");
	vm_crash(crashing, "again");
	life_expect_log("error: vm0 'linux': so did the other; restarting it\n");
	work();
	assert_int_equal(crashing->state, VM_RUNNING);
	assert_int_equal(crashing->resets, 1);
	assert_int_equal(crashing->crashes, 0);
}

/* Starting again ---------------------------------------- */

static void start_again(void **s)
{
	struct vm_config cfg = life_cfg("", 2);
	struct vm *vm = running_vm("linux", &cfg);
	u64 el2 = el2_pool.nr_free, ram = host_pool.nr_free;

	(void)s;
	assert_int_equal(vm_request_start(vm, &err), -EBUSY);
	assert_string_equal(err.text, "vm0 'linux' is running");
	for (u32 n = 0; n < 50; n++) {
		vm_request_stop(vm, VM_STOP_SHELL);
		assert_int_equal(vm_request_start(vm, &err), -EBUSY);
		work();
		assert_int_equal(vm->state, VM_STOPPED);
		life_expect_log("vm0 'linux': stopped by the administrator\n");
		assert_int_equal(host_pool.nr_free, host_pool.nr_pages);
		assert_int_equal(vm_request_start(vm, &err), 0);
		assert_int_equal(vm->state, VM_LOADING);
		assert_int_equal(vm_request_start(vm, &err), -EBUSY);
		work();
		assert_int_equal(vm->state, VM_RUNNING);
		assert_true(vm->vcpu[0]->sched.queued);
		assert_int_equal(el2_pool.nr_free, el2);
		assert_int_equal(host_pool.nr_free, ram);
		life_expect_log("vm0 'linux': started, entry 0x40080000\n");
	}
	/* Stopped by hand, the machine stays up. */
	assert_int_equal(life.no_vm_left, 0);
}

/* A VM that cannot be built again stays stopped, and can be tried later. */
static void start_again_fails(void **s)
{
	struct vm *vm = running_vm("linux", NULL);

	(void)s;
	vm_request_stop(vm, VM_STOP_SHELL);
	work();
	for (u32 step = STEP_ARCH; step <= STEP_DM; step++) {
		life.fail = (enum life_step)step;
		life.fail_vcpu = 0;
		assert_true(vm_request_start(vm, &err) < 0);
		assert_int_equal(vm->stop_reason, VM_STOP_SHELL);
		assert_true(strlen(err.text) > 0);
		assert_int_equal(vm->state, VM_STOPPED);
		assert_int_equal(host_pool.nr_free, host_pool.nr_pages);
		assert_false(vm_work(vm));
		assert_true(life_trylock());
		life_unlock();
	}
	life.fail = STEP_LOAD_BEGIN;
	assert_int_equal(vm_request_start(vm, &err), -ENOMEM);
	assert_string_equal(err.text, "vm0 'linux': no EL2 memory for the loader");
	life.fail = STEP_NONE;
	assert_int_equal(vm_request_start(vm, &err), 0);
	work();
	assert_int_equal(vm->state, VM_RUNNING);
}

static void never_started(void **s)
{
	struct vm *vm = new_vm("linux", NULL);

	(void)s;
	assert_string_equal(vm_state_text(vm), "created");
	assert_int_equal(vm_reset(vm), -EINVAL);
	vm_request_stop(vm, VM_STOP_SHELL);
	work();
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(host_pool.nr_free, host_pool.nr_pages);
	assert_int_equal(vm_request_start(vm, &err), 0);
	work();
	assert_int_equal(vm->state, VM_RUNNING);
}

/* While another VM is built or given back, nothing waits in a loop that interrupts cannot end. */
static void life_lock_taken(void **s)
{
	struct vm *a = running_vm("a", NULL);

	(void)s;
	assert_true(life_trylock());
	assert_false(life_trylock());
	vm_request_reset(a);
	/* It sleeps instead. */
	work();
	assert_true(a->life_wanted);
	assert_int_equal(life.arch_resets, 0);
	life_unlock();
	assert_false(a->life_wanted);
	assert_true(life_trylock());
	vm_request_stop(a, VM_STOP_POWER_OFF);
	work();
	assert_true(a->life_wanted);
	assert_int_equal(life.zeroed, LIFE_RAM_SIZE);
	assert_int_equal(a->state, VM_RESETTING);
	/* Its own work has to wake it. */
	a->work.unit.want = false;
	life_unlock();
	assert_true(a->work.unit.want);
	work();
	assert_int_equal(a->state, VM_STOPPED);
	life_lock();
	life_unlock();
}

/* A machine ---------------------------------------- */

/* Every pCPU looks, runs a slice of work if that is what it picked, and goes on. */
static void machine(u32 rounds)
{
	for (u32 n = 0; n < rounds; n++) {
		env.now += 100 * US;
		fire_timers();
		env_ticks();
		for (u32 i = 0; i < env.nr_cpus; i++) {
			struct sched_unit *u = env_look(i);

			if (u && u->kind == SCHED_WORK)
				sched_work_run(u);
		}
	}
}

enum op { OP_START, OP_STOP, OP_RESET, OP_ADMIN_RESET, OP_PAUSE, OP_RESUME, OP_CRASH, OP_COUNT };

struct model {
	bool stops, paused;
};

/* Do @op; what it answers follows from the state, and what it comes to in the end from the order of the requests. */
static void do_op(struct vm *vm, struct model *m, enum op op)
{
	enum vm_state state = vm->state;
	bool idle = vm->request == VM_REQ_NONE, ok;

	switch (op) {
	case OP_START:
		ok = state == VM_STOPPED;
		assert_int_equal(vm_request_start(vm, &err), ok ? 0 : -EBUSY);
		if (ok)
			*m = (struct model){ false, false };
		break;
	case OP_STOP:
		vm_request_stop(vm, VM_STOP_SHELL);
		m->stops = true;
		break;
	case OP_RESET:
		vm_request_reset(vm);
		m->paused = false;
		break;
	case OP_ADMIN_RESET:
		ok = state != VM_STOPPED && vm->request != VM_REQ_STOP;
		assert_int_equal(vm_reset(vm), ok ? 0 : -EINVAL);
		m->paused = false;
		break;
	case OP_PAUSE:
		ok = state == VM_RUNNING && idle;
		assert_int_equal(vm_pause(vm), ok ? 0 : -EINVAL);
		m->paused |= ok;
		break;
	case OP_RESUME:
		ok = state == VM_PAUSED && idle;
		assert_int_equal(vm_resume(vm), ok ? 0 : -EINVAL);
		if (ok)
			m->paused = false;
		break;
	default:
		vm_crash(vm, "it fell over");
		m->paused = false;
		break;
	}
}

static void settled(struct vm *vm, const struct model *m)
{
	if (m->stops) {
		assert_int_equal(vm->state, VM_STOPPED);
		assert_null(vm->vcpu[0]);
		return;
	}
	assert_int_equal(vm->state, m->paused ? VM_PAUSED : VM_RUNNING);
	assert_int_equal(vm->request, VM_REQ_NONE);
	assert_int_equal(all_parked(vm), m->paused);
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		const struct sched_unit *u = &vm->vcpu[i]->sched;

		if (m->paused)
			assert_false(u->on_cpu || u->queued);
		else if (vm->vcpu[i]->state == VCPU_RUNNABLE)
			assert_true(u->queued || u->pcpu->sched->cur == u);
	}
}

/* All requests in random order, with anything from no slice to all of them in between, on shared and on own pCPUs. */
static void random_requests(void **s)
{
	static const char *const schedulers[] = { "noop", "bvt" };
	struct model m[2] = { { false, false } };
	u64 el2, ram;

	(void)s;
	srand(11);
	life.no_stack = true;
	for (u32 i = 0; i < 2; i++) {
		struct vm_config cfg = life_cfg("", 2);

		strcpy(cfg.scheduler, schedulers[i]);
		cfg.cpu_affinity = i ? 12 : 3;
		cfg.on_crash = VM_POLICY_RESTART;
		(void)running_vm(i ? "b" : "a", &cfg);
	}
	el2 = el2_pool.nr_free;
	ram = host_pool.nr_free;
	for (u32 n = 0; n < 20000; n++) {
		u32 i = (u32)rand() % 2;

		life.log[0] = '\0';
		life.load_steps = (u32)rand() % 5;
		if (rand() % 8 == 0 && vms[i]->state == VM_RUNNING && vms[i]->vcpu[1]->state == VCPU_OFF) {
			vms[i]->vcpu[1]->state = VCPU_BLOCKED;
			sched_wake(vms[i]->vcpu[1]);
		}
		do_op(vms[i], &m[i], (enum op)(rand() % OP_COUNT));
		machine((u32)rand() % 4 ? (u32)rand() % 12 : 300);
		if (n % 50)
			continue;
		env.now += 20 * SEC;
		machine(400);
		settled(vms[0], &m[0]);
		settled(vms[1], &m[1]);
		if (!m[0].stops && !m[1].stops) {
			assert_int_equal(el2_pool.nr_free, el2);
			assert_int_equal(host_pool.nr_free, ram);
		}
	}
	assert_true(vms[0]->resets > 500 && vms[1]->resets > 500);
	for (u32 i = 0; i < 2; i++)
		vm_request_stop(vms[i], VM_STOP_SHELL);
	machine(400);
	assert_int_equal(host_pool.nr_free, host_pool.nr_pages);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, life_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pause_and_resume),
		T(pause_waits_for_the_guest),
		T(not_paused),
		T(request_while_pausing),
		T(reset_at_the_moment_of_pause),
		T(end_of_a_pause),
		T(pause_at_start),
		T(back_off),
		T(requests_while_waiting),
		T(crash_twice_at_once),
		T(start_again),
		T(start_again_fails),
		T(never_started),
		T(life_lock_taken),
		T(random_requests),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
