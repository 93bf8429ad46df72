/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/cpu_class.c hypervisor/common/vm_life.c hypervisor/common/vm_work.c
 * hypervisor/common/vm.c hypervisor/common/schedule.c
 * hypervisor/common/sched_place.c hypervisor/common/sched_noop.c hypervisor/common/sched_bvt.c
 * hypervisor/common/sched_rt.c hypervisor/common/io_req.c hypervisor/common/page_alloc.c */
/* Start, reset and stop: requests, the work in slices, policies, and what is said and done when the last VM is gone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "life_vm.h"

static void start(void **s)
{
	struct vm_config cfg = life_cfg("", 2);
	struct vm *vm;

	(void)s;
	vm = new_vm("linux", &cfg);
	assert_false(vm_work(vm)); /* created only */
	assert_true(all_parked(vm));
	assert_int_equal(vms_running(), 0);
	life.load_steps = 3;
	assert_int_equal(vm_start(vm, &err), 0);
	assert_int_equal(vm->state, VM_LOADING);
	assert_int_equal(vms_running(), 1);
	assert_int_equal(work(), 4);
	assert_int_equal(life.load_calls[0], 4); /* a step a slice */
	assert_int_equal(life.loaders, 0);
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(vm->vcpu[0]->state, VCPU_RUNNABLE);
	assert_int_equal(vm->vcpu[1]->state, VCPU_OFF);
	assert_false(all_parked(vm));
	assert_true(vm->vcpu[0]->sched.queued);
	assert_false(vm->vcpu[1]->sched.queued);
	assert_int_equal(pcpus[0].flags, PCPU_RESCHED);
	assert_int_equal(life.vcpu_resets, 1);
	assert_int_equal(life.entry.pc, LIFE_ENTRY);
	assert_int_equal(life.entry.x0, 0x1234);
	life_expect_log("vm0 'linux': started, entry 0x40080000\n");
	assert_int_equal(vms_running(), 1);
}

/* While nothing is urgent, loading goes on without the scheduler. */
static void load_goes_on(void **s)
{
	struct vm *vm = new_vm("linux", NULL);

	(void)s;
	life.load_steps = 10;
	assert_int_equal(vm_start(vm, &err), 0);
	work_quiet = 4;
	assert_true(slice());
	assert_int_equal(life.load_calls[0], 5);
	assert_int_equal(vm->state, VM_LOADING);
	/* What made it yield is seen before the next step. */
	vm_request_reset(vm);
	work_quiet = 100;
	assert_true(slice());
	assert_int_equal(life.load_calls[0], 5);
	assert_int_equal(life.loads, 2);
	assert_true(slice());
	assert_int_equal(life.load_calls[0], 5 + 11);
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(work_quiet, 90);
	work_quiet = 0;
}

static void start_without_memory(void **s)
{
	struct vm *vm = new_vm("linux", NULL);

	(void)s;
	life.fail = STEP_LOAD_BEGIN;
	assert_int_equal(vm_start(vm, &err), -ENOMEM);
	assert_string_equal(err.text, "vm0 'linux': no EL2 memory for the loader");
	assert_int_equal(vm->state, VM_CREATED);
	assert_false(vm_work(vm));
}

static void load_error_stops_only_that_vm(void **s)
{
	struct vm *a = new_vm("a", NULL), *b = new_vm("b", NULL);

	(void)s;
	life.load_error[0] = -EINVAL;
	assert_int_equal(vm_start(a, &err) | vm_start(b, &err), 0);
	work();
	assert_int_equal(a->state, VM_STOPPED);
	assert_int_equal(b->state, VM_RUNNING);
	assert_non_null(strstr(life.log, "error: vm0 'a': image kernel: bad\n"));
	assert_non_null(strstr(life.log, "error: vm0 'a': stopped: its images could not be loaded\n"));
	assert_non_null(strstr(life.log, "vm1 'b': started, entry 0x40080000\n"));
	assert_int_equal(life.no_vm_left, 0);
	assert_int_equal(vms_running(), 1);
	assert_null(a->vcpu[0]);
	/* A part of it was not zeroed, if it was to be overwritten. */
	assert_int_equal(life.zeroed, LIFE_RAM_SIZE);
	assert_int_equal(life.attached, 2);
	/* b leaves by itself, a did not. */
	vm_request_stop(b, VM_STOP_POWER_OFF);
	work();
	assert_int_equal(life.no_vm_left, 1);
	assert_false(life.no_vm_left_clean);
}

static void reset(void **s)
{
	struct vm_config cfg = life_cfg("", 2);
	struct vm *vm = running_vm("linux", &cfg);
	u64 el2 = el2_pool.nr_free, ram = host_pool.nr_free;
	char want[160];

	(void)s;
	for (u32 n = 1; n <= 20; n++) {
		pcpus[0].flags = 0;
		vm->vcpu[1]->state = VCPU_RUNNABLE;
		vm_request_reset(vm);
		assert_int_equal(vm->state, VM_RESETTING);
		assert_int_equal(vms_running(), 1);
		assert_true(all_parked(vm));
		assert_int_equal(work(), 2);
		assert_false(all_parked(vm));
		assert_int_equal(life.dm_resets, n);
		assert_int_equal(vm->state, VM_RUNNING);
		assert_int_equal(vm->vcpu[0]->state, VCPU_RUNNABLE);
		assert_int_equal(vm->vcpu[1]->state, VCPU_OFF);
		assert_int_equal(life.loads, 1 + n);
		assert_int_equal(life.arch_resets, n);
		assert_int_equal(life.quiesced, n);
		assert_int_equal(life.vcpu_resets, 1 + n);
		assert_int_equal(el2_pool.nr_free, el2);
		assert_int_equal(host_pool.nr_free, ram);
		snprintf(want, sizeof(want),
			 "vm0 'linux': reset %u done, %llu pages free\nvm0 'linux': started, entry 0x40080000\n", n,
			 (unsigned long long)(el2 + ram));
		life_expect_log(want);
	}
	assert_int_equal(life.no_vm_left, 0);
}

static void reset_without_loader_memory(void **s)
{
	struct vm *vm = running_vm("linux", NULL);

	(void)s;
	vm_request_reset(vm);
	life.fail = STEP_LOAD_BEGIN;
	work();
	assert_int_equal(vm->state, VM_STOPPED);
	life_expect_log("error: vm0 'linux': no EL2 memory for the loader\n"
			"error: vm0 'linux': stopped: its images could not be loaded\n");
	assert_int_equal(life.no_vm_left, 1);
	assert_false(life.no_vm_left_clean);
}

static void stop(void **s)
{
	struct vm_config cfg = life_cfg("", 2);
	struct vm *vm = running_vm("linux", &cfg);

	(void)s;
	vm_request_stop(vm, VM_STOP_POWER_OFF);
	assert_true(all_parked(vm));
	work();
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(life.quiesced, 1);
	assert_int_equal(host_pool.nr_free, host_pool.nr_pages);
	life_expect_log("vm0 'linux': power off (PSCI SYSTEM_OFF)\n");
	assert_int_equal(life.no_vm_left, 1);
	assert_true(life.no_vm_left_clean);
	/* A stopped VM has nothing to ask for, and no vCPUs to park. */
	vm_request_reset(vm);
	vm_request_stop(vm, VM_STOP_CRASH);
	vm_crash(vm, "late");
	assert_int_equal(vm->state, VM_STOPPED);
	assert_int_equal(vm->stop_reason, VM_STOP_POWER_OFF);
	assert_false(slice());
	assert_int_equal(life.no_vm_left, 1);
	life_expect_log("");
}

static void stop_outranks_reset(void **s)
{
	struct vm *a = running_vm("a", NULL), *b = running_vm("b", NULL);

	(void)s;
	vm_request_reset(a);
	vm_request_stop(a, VM_STOP_POWER_OFF);
	vm_request_stop(b, VM_STOP_ALL_OFF);
	vm_request_reset(b);
	vm_crash(b, "too late"); /* the first stop says why */
	vm_request_stop(b, VM_STOP_LOAD);
	work();
	assert_int_equal(a->state, VM_STOPPED);
	assert_int_equal(b->state, VM_STOPPED);
	assert_int_equal(life.arch_resets, 0);
	assert_non_null(strstr(life.log, "vm0 'a': power off (PSCI SYSTEM_OFF)\n"));
	assert_non_null(strstr(life.log, "vm1 'b': stopped: its last vCPU is off (PSCI CPU_OFF)\n"));
	assert_int_equal(life.no_vm_left, 1);
	assert_true(life.no_vm_left_clean);
}

static void requests_while_loading(void **s)
{
	struct vm *vm = new_vm("linux", NULL);

	(void)s;
	life.load_steps = 5;
	assert_int_equal(vm_start(vm, &err), 0);
	assert_true(slice());
	vm_request_reset(vm);
	assert_true(slice());
	assert_int_equal(life.loaders, 1); /* the first one is gone */
	assert_int_equal(life.loads, 2);
	assert_int_equal(vm->state, VM_LOADING);
	assert_int_equal(work(), 6);
	assert_int_equal(vm->state, VM_RUNNING);
	assert_int_equal(vm->resets, 1);
	vm_request_reset(vm);
	assert_true(slice());
	assert_true(slice());
	life.log[0] = '\0';
	vm_request_stop(vm, VM_STOP_POWER_OFF);
	work();
	assert_int_equal(life.loaders, 0);
	assert_int_equal(vm->state, VM_STOPPED);
	life_expect_log("vm0 'linux': power off (PSCI SYSTEM_OFF)\n");
}

static void stop_it(struct vm *vm)
{
	vm_request_stop(vm, VM_STOP_POWER_OFF);
}

/* From another CPU: the VM does not run for a moment first. */
static void stop_in_the_last_step(void **s)
{
	struct vm *vm = new_vm("linux", NULL);

	(void)s;
	life.loaded = stop_it;
	assert_int_equal(vm_start(vm, &err), 0);
	assert_true(slice());
	assert_int_equal(vm->state, VM_RESETTING);
	assert_true(all_parked(vm));
	work();
	assert_int_equal(vm->state, VM_STOPPED);
	life_expect_log("vm0 'linux': power off (PSCI SYSTEM_OFF)\n");
}

static void on_reboot(void **s)
{
	struct vm_config cfg = life_cfg("", 1);
	struct vm *a, *b, *c = running_vm("c", NULL);

	(void)s;
	cfg.on_reboot = VM_POLICY_HALT;
	a = running_vm("a", &cfg);
	cfg.on_reboot = VM_POLICY_SHUTDOWN;
	b = running_vm("b", &cfg);
	vm_request_reset(a);
	work();
	assert_int_equal(a->state, VM_STOPPED);
	life_expect_log("vm1 'a': reboot asked for, on-reboot says not to (PSCI SYSTEM_RESET)\n");
	assert_int_equal(life.no_vm_left, 0);
	/* Takes the machine with it, though c runs. */
	vm_request_reset(b);
	work();
	life_expect_log("vm2 'b': reboot asked for, on-reboot says not to (PSCI SYSTEM_RESET)\n"
			"vm2 'b': on-reboot says to shut the machine down\n");
	assert_int_equal(life.no_vm_left, 1);
	assert_true(life.no_vm_left_clean);
	assert_int_equal(c->state, VM_RUNNING);
}

static void on_crash(void **s)
{
	struct vm_config cfg = life_cfg("", 1);
	struct vm *a, *b, *c, *d = running_vm("d", NULL);

	(void)s;
	cfg.on_crash = VM_POLICY_RESTART;
	cfg.on_reboot = VM_POLICY_HALT; /* is not asked */
	a = running_vm("a", &cfg);
	cfg.on_crash = VM_POLICY_HALT;
	b = running_vm("b", &cfg);
	cfg.on_crash = VM_POLICY_SHUTDOWN;
	c = running_vm("c", &cfg);
	vm_crash(a, "it fell over");
	life_expect_log("error: vm1 'a': it fell over; restarting it\n");
	work();
	assert_int_equal(a->state, VM_RUNNING);
	assert_int_equal(a->resets, 1);
	life.log[0] = '\0';
	vm_crash(b, "it fell over");
	work();
	assert_int_equal(b->state, VM_STOPPED);
	life_expect_log("error: vm2 'b': it fell over\n");
	assert_int_equal(life.no_vm_left, 0);
	vm_crash(c, "so did this");
	work();
	life_expect_log("error: vm3 'c': so did this\nvm3 'c': on-crash says to shut the machine down\n");
	assert_int_equal(life.no_vm_left, 1);
	assert_true(life.no_vm_left_clean);
	assert_int_equal(d->state, VM_RUNNING);
}

/* The machine is powered off only when every VM ended by itself, in whatever order. */
static void last_vm(void **s)
{
	struct vm *a = running_vm("a", NULL), *b = running_vm("b", NULL), *idle_vm = new_vm("idle", NULL);

	(void)s;
	assert_int_equal(idle_vm->state, VM_CREATED);
	vm_crash(a, "it fell over");
	work();
	assert_int_equal(life.no_vm_left, 0);
	vm_request_stop(b, VM_STOP_POWER_OFF);
	work();
	assert_int_equal(life.no_vm_left, 1);
	assert_false(life.no_vm_left_clean);
}

/* One that was stopped by hand has not failed; alone it leaves the machine on. */
static void last_vm_after_a_stop_by_hand(void **s)
{
	struct vm *a = running_vm("a", NULL), *b = running_vm("b", NULL);

	(void)s;
	vm_request_stop(a, VM_STOP_SHELL);
	work();
	assert_int_equal(a->state, VM_STOPPED);
	assert_int_equal(life.no_vm_left, 0);
	vm_request_stop(b, VM_STOP_POWER_OFF);
	work();
	assert_int_equal(life.no_vm_left, 1);
	assert_true(life.no_vm_left_clean);
}

static void last_vm_crashes(void **s)
{
	struct vm *a = running_vm("a", NULL), *b = running_vm("b", NULL);

	(void)s;
	vm_request_stop(a, VM_STOP_POWER_OFF);
	work();
	assert_int_equal(life.no_vm_left, 0);
	vm_request_reset(b); /* a VM that resets is not gone */
	assert_true(slice());
	assert_int_equal(life.no_vm_left, 0);
	vm_crash(b, "it fell over");
	work();
	assert_int_equal(life.no_vm_left, 1);
	assert_false(life.no_vm_left_clean);
}

static void scrub(void **s)
{
	struct vm_config cfg = life_cfg("", 1);
	u64 sizes = 0;
	struct vm *vm;

	(void)s;
	cfg.nr_mem = 3;
	cfg.mem[1] = (struct vm_mem_region){ 0, LIFE_RAM_SIZE, VM_MEM_ROM };
	cfg.mem[2] = (struct vm_mem_region){ 0x80000000, 3 * VM_LOAD_SLICE + PAGE_SIZE, VM_MEM_DIRECT };
	vm = running_vm("linux", &cfg);
	for (u32 i = 0; i < 3; i++)
		sizes += cfg.mem[i].size;
	vm_request_stop(vm, VM_STOP_POWER_OFF);
	assert_true(slice()); /* devices first */
	assert_int_equal(life.zeroed, 0);
	for (u64 before = 0; slice(); before = life.zeroed) {
		assert_true(life.zeroed > before); /* one slice each time */
		assert_true(life.zeroed - before <= 32768);
		assert_int_equal(vm->state, VM_RESETTING);
	}
	assert_int_equal(life.zeroed, sizes);
	assert_int_equal(life.zero_most, 32768);
	assert_int_equal(life.zero_calls, 2 * LIFE_RAM_SIZE / 32768 + 13);
	assert_int_equal(vm->state, VM_STOPPED);
}

/* A hole in one region does not keep the others from being wiped. */
static void scrub_with_a_hole(void **s)
{
	struct vm_config cfg = life_cfg("", 1);
	struct vm *vm;

	(void)s;
	cfg.nr_mem = 2;
	cfg.mem[1] = (struct vm_mem_region){ 0, LIFE_RAM_SIZE, VM_MEM_RAM };
	vm = running_vm("linux", &cfg);
	life.zero_fails_at = LIFE_RAM_IPA + 32768;
	vm_request_stop(vm, VM_STOP_POWER_OFF);
	work();
	assert_int_equal(life.zeroed, 32768 + LIFE_RAM_SIZE);
	assert_int_equal(vm->state, VM_STOPPED);
}

static void waits_for_loaded_vcpus(void **s)
{
	struct vm_config cfg = life_cfg("", 2);
	struct vm *a = running_vm("a", &cfg), *b = new_vm("b", NULL);

	(void)s;
	a->vcpu[1]->sched.on_cpu = true;
	vm_request_reset(a);
	assert_false(slice());
	assert_int_equal(a->resets, 0);
	/* It does not hold up the other. */
	assert_int_equal(vm_start(b, &err), 0);
	assert_int_equal(work(), 1);
	assert_int_equal(b->state, VM_RUNNING);
	assert_int_equal(a->state, VM_RESETTING);
	vm_request_stop(a, VM_STOP_POWER_OFF);
	assert_false(slice());
	assert_int_equal(life.zeroed, 0);
	a->vcpu[1]->sched.on_cpu = false;
	work();
	assert_int_equal(a->state, VM_STOPPED);
}

/* A VM that is reset again as soon as it runs does not keep another from loading. */
static void slices_take_turns(void **s)
{
	struct vm *a = running_vm("a", NULL), *b = new_vm("b", NULL);

	(void)s;
	life.load_steps = 10;
	assert_int_equal(vm_start(b, &err), 0);
	vm_request_reset(a);
	for (u32 n = 0; n < 24; n++) {
		assert_true(vm_work(a));
		(void)vm_work(b);
		if (a->state == VM_RUNNING)
			vm_request_reset(a);
	}
	assert_int_equal(b->state, VM_RUNNING);
	assert_true(life.load_calls[0] - 1 >= 10);
	assert_int_equal(life.load_calls[1], 11);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, life_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(start),
		T(load_goes_on),
		T(start_without_memory),
		T(load_error_stops_only_that_vm),
		T(reset),
		T(reset_without_loader_memory),
		T(stop),
		T(stop_outranks_reset),
		T(requests_while_loading),
		T(stop_in_the_last_step),
		T(on_reboot),
		T(on_crash),
		T(last_vm),
		T(last_vm_crashes),
		T(last_vm_after_a_stop_by_hand),
		T(scrub),
		T(scrub_with_a_hole),
		T(waits_for_loaded_vcpus),
		T(slices_take_turns),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
