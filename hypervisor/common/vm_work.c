/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a VM's work unit does: load, reset, stop, pause and resume, in slices with interrupts polled in between (D6). It
 * waits until the last vCPU is out of the hardware; hv_main wakes it then.
 */
#include <asm/cpu.h>
#include <asm/work.h>
#include <common/arch_hooks.h>
#include <common/audit.h>
#include <common/hv_main.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/schedule.h>
#include <common/shmem.h>
#include <common/vm.h>
#include <debug/logmsg.h>
#include <lib/errno.h>

/* Zeroing this much is one slice. */
#define SCRUB_SLICE (VM_LOAD_SLICE / 4)

static const char *stop_text(const struct vm *vm)
{
	switch (vm->stop_reason) {
	case VM_STOP_POWER_OFF:
		return "power off (PSCI SYSTEM_OFF)";
	case VM_STOP_REBOOT:
		return "reboot asked for, on-reboot says not to (PSCI SYSTEM_RESET)";
	case VM_STOP_ALL_OFF:
		return "stopped: its last vCPU is off (PSCI CPU_OFF)";
	case VM_STOP_LOAD:
		return "stopped: its images could not be loaded";
	case VM_STOP_CRASH:
		return vm->crash_text;
	case VM_STOP_SHELL:
		return "stopped by the administrator";
	case VM_STOP_NONE:
		break;
	}
	return "stopped";
}

static bool still_loaded(const struct vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpu[i] && __atomic_load_n(&vm->vcpu[i]->sched.on_cpu, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

static bool ended_by_itself(const struct vm *vm)
{
	return vm->stop_reason == VM_STOP_POWER_OFF || vm->stop_reason == VM_STOP_ALL_OFF ||
		vm->stop_reason == VM_STOP_REBOOT;
}

/* Or by somebody who wanted it. */
static bool ended_well(const struct vm *vm)
{
	return ended_by_itself(vm) || vm->stop_reason == VM_STOP_SHELL;
}

static bool all_ended_well(void)
{
	u32 i;

	for (i = 0; i < nr_vms; i++)
		if (vms[i] && vms[i]->state == VM_STOPPED && !ended_well(vms[i]))
			return false;
	return true;
}

static void say_stopped(const struct vm *vm)
{
	if (ended_well(vm))
		pr_info("vm%u '%s': %s", vm->id, vm->cfg.name, stop_text(vm));
	else
		pr_err("vm%u '%s': %s", vm->id, vm->cfg.name, stop_text(vm));
}

static void after_stopped(const struct vm *vm)
{
	bool shutdown = (vm->stop_reason == VM_STOP_REBOOT && vm->cfg.on_reboot == VM_POLICY_SHUTDOWN) ||
		(vm->stop_reason == VM_STOP_CRASH && vm->cfg.on_crash == VM_POLICY_SHUTDOWN);

	if (shutdown)
		pr_info("vm%u '%s': %s says to shut the machine down", vm->id, vm->cfg.name,
			vm->stop_reason == VM_STOP_CRASH ? "on-crash" : "on-reboot");
	/* Whoever stopped the last one by hand may start another. */
	if (shutdown || (vms_running() == 0 && vm->stop_reason != VM_STOP_SHELL))
		hv_hooks.no_vm_left(shutdown || all_ended_well());
}

/* One slice of wiping a stopped VM's memory; true when there is more. */
static bool scrub_slice(struct vm *vm)
{
	while (vm->scrub_region < vm->nr_ram) {
		const struct vm_ram *ram = &vm->ram[vm->scrub_region];
		u64 left = ram->r.size - vm->scrub_offset;

		if (left) {
			u64 n = MIN(left, SCRUB_SLICE);

			/* Without a block behind it there is nothing to wipe; the other regions still are. */
			if (guest_zero(vm, ram->r.ipa + vm->scrub_offset, n, false))
				n = left;
			vm->scrub_offset += n;
			return true;
		}
		vm->scrub_region++;
		vm->scrub_offset = 0;
	}
	return false;
}

static void end_load(struct vm *vm)
{
	if (vm->load)
		vm_load_end(vm->load);
	vm->load = NULL;
}

static bool work_stop(struct vm *vm)
{
	if (!vm->stop_after_scrub) {
		vm->stop_after_scrub = true;
		vm->scrub_region = 0;
		vm->scrub_offset = 0;
		timer_cancel(&vm->restart_timer);
		end_load(vm);
		ptdev_quiesce(vm);
		return true;
	}
	if (scrub_slice(vm) || shmem_leave(vm))
		return true;
	if (!life_trylock_or_wake(vm))
		return false;
	/* Memory, vCPUs and devices go back; the struct stays, so that the shell can say what became of the VM. */
	vm_release(vm);
	audit_after_stop();
	spin_lock(&vm->lock);
	/* Before the state: another VM that ends now, on another CPU, may find none left and power off. */
	say_stopped(vm);
	vm->request = VM_REQ_NONE;
	vm->state = VM_STOPPED;
	spin_unlock(&vm->lock);
	life_unlock();
	after_stopped(vm);
	return false;
}

static void restart_due(struct soft_timer *t)
{
	vm_work_wake(t->arg);
}

static bool work_reset(struct vm *vm)
{
	struct vm_config_err err = { "" };

	if (timer_now() < vm->restart_at) {
		vm->restart_timer.fn = restart_due;
		vm->restart_timer.arg = vm;
		timer_arm(&vm->restart_timer, vm->restart_at);
		return false;
	}
	if (!life_trylock_or_wake(vm))
		return false;
	spin_lock(&vm->lock);
	if (vm->request == VM_REQ_RESET)
		vm->request = VM_REQ_NONE;
	spin_unlock(&vm->lock);
	vm->restart_at = 0;
	vm->resets++;
	end_load(vm);
	work_yield();
	ptdev_quiesce(vm);
	work_yield();
	vm_arch_reset(vm);
	work_yield();
	if (vm_dm_ops)
		vm_dm_ops->reset(vm);
	if (vm_start(vm, &err)) {
		pr_err("%s", err.text);
		vm_request_stop(vm, VM_STOP_LOAD);
	}
	life_unlock();
	return true;
}

static bool work_suspend(struct vm *vm)
{
	bool ok;

	spin_lock(&vm->lock);
	/* A reset or a stop may have come in between. */
	ok = vm->request == VM_REQ_PAUSE;
	if (ok) {
		vm->paused_at = timer_now();
		vm->state = VM_PAUSED;
		vm->request = VM_REQ_NONE;
	}
	spin_unlock(&vm->lock);
	/* A resume, a reset or a stop from here on is work for this unit again, and comes after this. */
	if (ok && vm_dm_ops)
		vm_dm_ops->pause(vm);
	return true;
}

static bool work_resume(struct vm *vm)
{
	u32 i;

	vm_arch_shift_time(vm, timer_now() - vm->paused_at);
	if (vm_dm_ops)
		vm_dm_ops->resume(vm);
	spin_lock(&vm->lock);
	if (vm->request == VM_REQ_RESUME) {
		vm->state = VM_RUNNING;
		vm->request = VM_REQ_NONE;
		for (i = 0; i < vm->nr_vcpus; i++)
			sched_unpark(vm->vcpu[i]);
	}
	spin_unlock(&vm->lock);
	return true;
}

static void start_boot_vcpu(struct vm *vm, const struct vm_entry *entry)
{
	bool go;
	u32 i;

	vcpu_arch_reset(vm->vcpu[0], entry);
	spin_lock(&vm->lock);
	go = vm->request == VM_REQ_NONE;
	if (go) {
		vm->state = VM_RUNNING;
		vm->vcpu[0]->state = VCPU_RUNNABLE;
		for (i = vm->nr_vcpus; i-- > 1;)
			sched_unpark(vm->vcpu[i]);
	}
	spin_unlock(&vm->lock);
	if (!go)
		return;
	if (vm->resets)
		pr_info("vm%u '%s': reset %u done, %llu pages free", vm->id, vm->cfg.name, vm->resets,
			(unsigned long long)(host_pool.nr_free + el2_pool.nr_free));
	pr_info("vm%u '%s': started, entry 0x%llx", vm->id, vm->cfg.name, (unsigned long long)entry->pc);
	spin_lock(&vm->lock);
	if (vm->request == VM_REQ_NONE)
		sched_unpark(vm->vcpu[0]);
	spin_unlock(&vm->lock);
}

static bool work_load(struct vm *vm)
{
	struct vm_config_err err;
	struct vm_entry entry;
	int r;

	/* Not all of it: this comes often. */
	err.text[0] = 0;
	/*
	 * Nothing looks at the next unit while nothing has happened: an interrupt is pending when this one's time is
	 * over, and a request or another unit that wakes sets a flag.
	 */
	do
		r = vm_load_step(vm->load, &entry, &err);
	while (r == -EAGAIN && !work_must_yield());
	if (r == -EAGAIN)
		return true;
	end_load(vm);
	if (r) {
		pr_err("%s", err.text);
		vm_request_stop(vm, VM_STOP_LOAD);
		return true;
	}
	start_boot_vcpu(vm, &entry);
	return true;
}

bool vm_work(struct vm *vm)
{
	enum vm_request req = READ_ONCE(vm->request);

	if (vm->state == VM_STOPPED || (req != VM_REQ_NONE && still_loaded(vm)))
		return false;
	switch (req) {
	case VM_REQ_STOP:
		return work_stop(vm);
	case VM_REQ_RESET:
		return work_reset(vm);
	case VM_REQ_PAUSE:
		return work_suspend(vm);
	case VM_REQ_RESUME:
		return work_resume(vm);
	case VM_REQ_NONE:
		break;
	}
	return vm->load && work_load(vm);
}
