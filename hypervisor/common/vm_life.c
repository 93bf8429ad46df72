/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a VM after creation: start, reset, stop. Requests come from exit paths and only park the VM; the work
 * itself is done in slices by vm_work(), called from idle pCPUs with interrupts polled in between (D6).
 */
#include <asm/cpu.h>
#include <common/arch_hooks.h>
#include <common/hv_main.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <lib/errno.h>
#include <lib/printf.h>

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
	case VM_STOP_NONE:
		break;
	}
	return "stopped";
}

u32 vms_running(void)
{
	u32 i, n = 0;

	for (i = 0; i < nr_vms; i++)
		n += vms[i] &&
			(vms[i]->state == VM_LOADING || vms[i]->state == VM_RUNNING || vms[i]->state == VM_RESETTING);
	return n;
}

int vm_start(struct vm *vm, struct vm_config_err *err)
{
	vm->load = vm_load_begin(vm);
	if (!vm->load) {
		(void)snprintf(err->text, sizeof(err->text), "vm%u '%s': no EL2 memory for the loader", vm->id,
			       vm->cfg.name);
		return -ENOMEM;
	}
	vm->state = VM_LOADING;
	return 0;
}

/*
 * Take every vCPU off its pCPU; it leaves the guest at its next exit and does not come back before the work is done.
 * @why: for a stop. @crash: what the guest did, or NULL. Return: false when @vm stops or has stopped already.
 */
static bool park(struct vm *vm, enum vm_request req, enum vm_stop_reason why, const char *crash)
{
	bool noted;
	u32 i;

	spin_lock(&vm->lock);
	/* A stop outranks a reset; neither is taken back by the other. The first of several stops says why. */
	noted = vm->state != VM_STOPPED && vm->request != VM_REQ_STOP;
	if (noted) {
		vm->request = req;
		vm->stop_reason = why;
		vm->crash_text = crash;
		vm->state = VM_RESETTING;
		for (i = 0; i < vm->nr_vcpus; i++)
			sched_block(vm->vcpu[i], VCPU_PAUSED);
	}
	spin_unlock(&vm->lock);
	return noted;
}

void vm_request_stop(struct vm *vm, enum vm_stop_reason why)
{
	(void)park(vm, VM_REQ_STOP, why, NULL);
}

void vm_request_reset(struct vm *vm)
{
	if (vm->cfg.on_reboot == VM_POLICY_RESTART)
		(void)park(vm, VM_REQ_RESET, VM_STOP_NONE, NULL);
	else
		vm_request_stop(vm, VM_STOP_REBOOT);
}

void vm_crash(struct vm *vm, const char *text)
{
	if (vm->cfg.on_crash != VM_POLICY_RESTART)
		(void)park(vm, VM_REQ_STOP, VM_STOP_CRASH, text);
	else if (park(vm, VM_REQ_RESET, VM_STOP_NONE, NULL))
		pr_err("vm%u '%s': %s; restarting it", vm->id, vm->cfg.name, text);
}

static bool still_loaded(const struct vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (__atomic_load_n(&vm->vcpu[i]->loaded, __ATOMIC_ACQUIRE))
			return true;
	return false;
}

static bool ended_by_itself(const struct vm *vm)
{
	return vm->stop_reason == VM_STOP_POWER_OFF || vm->stop_reason == VM_STOP_ALL_OFF ||
		vm->stop_reason == VM_STOP_REBOOT;
}

static bool all_ended_by_themselves(void)
{
	u32 i;

	for (i = 0; i < nr_vms; i++)
		if (vms[i] && vms[i]->state == VM_STOPPED && !ended_by_itself(vms[i]))
			return false;
	return true;
}

static void report_stopped(const struct vm *vm)
{
	bool shutdown = (vm->stop_reason == VM_STOP_REBOOT && vm->cfg.on_reboot == VM_POLICY_SHUTDOWN) ||
		(vm->stop_reason == VM_STOP_CRASH && vm->cfg.on_crash == VM_POLICY_SHUTDOWN);

	if (ended_by_itself(vm))
		pr_info("vm%u '%s': %s", vm->id, vm->cfg.name, stop_text(vm));
	else
		pr_err("vm%u '%s': %s", vm->id, vm->cfg.name, stop_text(vm));
	if (shutdown || vms_running() == 0)
		hv_hooks.no_vm_left(shutdown || all_ended_by_themselves());
}

/* One slice of wiping a stopped VM's memory; true when there is more. */
static bool scrub_slice(struct vm *vm)
{
	while (vm->scrub_region < vm->nr_ram) {
		const struct vm_ram *ram = &vm->ram[vm->scrub_region];
		u64 left = ram->r.size - vm->scrub_offset;

		if (left) {
			u64 n = MIN(left, VM_LOAD_SLICE);

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
		end_load(vm);
		ptdev_quiesce(vm);
	}
	if (scrub_slice(vm))
		return true;
	spin_lock(&vm->lock);
	vm->request = VM_REQ_NONE;
	vm->state = VM_STOPPED;
	spin_unlock(&vm->lock);
	/* Memory, vCPUs and devices go back; the struct stays, so that the shell can say what became of the VM. */
	vm_release(vm);
	report_stopped(vm);
	return false;
}

static bool work_reset(struct vm *vm)
{
	struct vm_config_err err = { "" };

	spin_lock(&vm->lock);
	if (vm->request == VM_REQ_RESET)
		vm->request = VM_REQ_NONE;
	spin_unlock(&vm->lock);
	vm->resets++;
	end_load(vm);
	ptdev_quiesce(vm);
	vm_arch_reset(vm);
	if (vm_start(vm, &err)) {
		pr_err("%s", err.text);
		vm_request_stop(vm, VM_STOP_LOAD);
	}
	return true;
}

static bool work_load(struct vm *vm)
{
	struct vm_config_err err = { "" };
	struct vm_entry entry;
	int r = vm_load_step(vm->load, &entry, &err);
	bool go;

	if (r == -EAGAIN)
		return true;
	end_load(vm);
	if (r) {
		pr_err("%s", err.text);
		vm_request_stop(vm, VM_STOP_LOAD);
		return true;
	}
	vcpu_arch_reset(vm->vcpu[0], &entry);
	spin_lock(&vm->lock);
	go = vm->request == VM_REQ_NONE;
	if (go) {
		vm->state = VM_RUNNING;
		vm->vcpu[0]->state = VCPU_BLOCKED;
	}
	spin_unlock(&vm->lock);
	if (!go)
		return true;
	if (vm->resets)
		pr_info("vm%u '%s': reset %u done, %llu pages free", vm->id, vm->cfg.name, vm->resets,
			(unsigned long long)(host_pool.nr_free + el2_pool.nr_free));
	pr_info("vm%u '%s': started, entry 0x%llx", vm->id, vm->cfg.name, (unsigned long long)entry.pc);
	sched_wake(vm->vcpu[0]);
	return true;
}

/* What is pending for @vm; false when that is nothing, or has to wait. */
static bool work_on(struct vm *vm)
{
	if (vm->state == VM_STOPPED || (vm->request != VM_REQ_NONE && still_loaded(vm)))
		return false;
	if (vm->request == VM_REQ_STOP)
		return work_stop(vm);
	if (vm->request == VM_REQ_RESET)
		return work_reset(vm);
	return vm->load && work_load(vm);
}

bool vm_work(void)
{
	static u32 turn; /* whose slice is next, so that a VM that restarts all the time holds up no other */
	u32 i, n;

	for (n = 0; n < nr_vms; n++) {
		i = (turn + n) % nr_vms;
		if (vms[i] && work_on(vms[i])) {
			turn = i + 1;
			return true;
		}
	}
	return false;
}
