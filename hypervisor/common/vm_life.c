/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The life of a VM after creation: requests. They come from exit paths, timers and the shell on any pCPU, park the
 * vCPUs and leave the work to the VM's work unit (vm_work.c).
 */
#include <asm/cpu.h>
#include <common/arch_hooks.h>
#include <common/hv_main.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <debug/logmsg.h>
#include <lib/errno.h>
#include <lib/printf.h>

/* A crash within this time of the last one counts as its continuation: each restart waits twice as long. */
#define CRASH_WINDOW_MS 60000U
#define BACKOFF_FIRST_MS 100U
#define BACKOFF_DOUBLINGS 7U /* 12.8 s at the most */

const char *vm_state_text(const struct vm *vm)
{
	static const char *const text[] = {
		[VM_FREE] = "free",       [VM_CREATED] = "created", [VM_LOADING] = "loading",
		[VM_RUNNING] = "running", [VM_PAUSED] = "paused",   [VM_RESETTING] = "resetting",
		[VM_STOPPED] = "stopped",
	};

	if (vm->state == VM_RESETTING && vm->request == VM_REQ_STOP)
		return "stopping";
	return (u32)vm->state < ARRAY_SIZE(text) ? text[vm->state] : "?";
}

u32 vms_running(void)
{
	u32 i, n = 0;

	for (i = 0; i < nr_vms; i++)
		n += vms[i] && vms[i]->state >= VM_LOADING && vms[i]->state <= VM_RESETTING;
	return n;
}

void vm_work_wake(struct vm *vm)
{
	sched_work_wake(&vm->work);
}

int vm_start(struct vm *vm, struct vm_config_err *err)
{
	vm->load = vm_load_begin(vm);
	if (!vm->load) {
		(void)snprintf(err->text, sizeof(err->text), "vm%u '%s': no EL2 memory for the loader", vm->id,
			       vm->cfg.name);
		return -ENOMEM;
	}
	spin_lock(&vm->lock);
	vm->state = VM_LOADING;
	spin_unlock(&vm->lock);
	vm_work_wake(vm);
	return 0;
}

int vm_request_start(struct vm *vm, struct vm_config_err *err)
{
	int r = 0;

	if (vm->state != VM_CREATED && vm->state != VM_STOPPED) {
		(void)snprintf(err->text, sizeof(err->text), "vm%u '%s' is %s", vm->id, vm->cfg.name,
			       vm_state_text(vm));
		return -EBUSY;
	}
	if (vm->state == VM_STOPPED) {
		vm->request = VM_REQ_NONE;
		vm->stop_after_scrub = false;
		vm->crashes = 0;
		vm->last_crash = 0;
		r = vm_build(vm, err);
		/* One that cannot be built stays as it ended: whether the last VM powers off depends on it. */
		if (!r)
			vm->stop_reason = VM_STOP_NONE;
	}
	if (!r)
		r = vm_start(vm, err);
	return r;
}

/* The vCPUs leave the guest at their next exit and do not come back before sched_unpark(). The lock is held. */
static void park_all(struct vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpu[i])
			sched_park(vm->vcpu[i]);
}

/* When the next restart after a crash may begin. The first is at once. The lock is held. */
static u64 backoff(struct vm *vm)
{
	u64 now = timer_now();

	if (vm->last_crash && now - vm->last_crash < timer_ms_to_ticks(CRASH_WINDOW_MS))
		vm->crashes++;
	else
		vm->crashes = 0;
	vm->last_crash = now;
	if (!vm->crashes)
		return now;
	return now + timer_ms_to_ticks((u64)BACKOFF_FIRST_MS << MIN(vm->crashes - 1, BACKOFF_DOUBLINGS));
}

/*
 * Take the VM down. @why: for a stop. @crash: what the guest did, or NULL. Return: false when @vm stops or has stopped
 * already, or when several of its vCPUs found the same crash.
 */
static bool take_down(struct vm *vm, enum vm_request req, enum vm_stop_reason why, const char *crash)
{
	bool noted;

	spin_lock(&vm->lock);
	/* A stop outranks a reset; neither is taken back by the other. The first of several stops says why. */
	noted = vm->state != VM_STOPPED && vm->request != VM_REQ_STOP;
	if (crash && req == VM_REQ_RESET && vm->request == VM_REQ_RESET)
		noted = false;
	if (noted) {
		if (vm->request != VM_REQ_RESET)
			vm->restart_at = crash ? backoff(vm) : 0;
		vm->request = req;
		vm->stop_reason = why;
		vm->crash_text = crash;
		vm->state = VM_RESETTING;
		park_all(vm);
	}
	spin_unlock(&vm->lock);
	if (noted)
		vm_work_wake(vm);
	return noted;
}

void vm_request_stop(struct vm *vm, enum vm_stop_reason why)
{
	(void)take_down(vm, VM_REQ_STOP, why, NULL);
}

void vm_request_reset(struct vm *vm)
{
	if (vm->cfg.on_reboot == VM_POLICY_RESTART)
		(void)take_down(vm, VM_REQ_RESET, VM_STOP_NONE, NULL);
	else
		vm_request_stop(vm, VM_STOP_REBOOT);
}

int vm_reset(struct vm *vm)
{
	if (vm->state < VM_LOADING || vm->state > VM_RESETTING)
		return -EINVAL;
	/* One that waits after a crash waits no longer. */
	vm->restart_at = 0;
	return take_down(vm, VM_REQ_RESET, VM_STOP_NONE, NULL) ? 0 : -EINVAL;
}

int vm_pause(struct vm *vm)
{
	bool ok;

	spin_lock(&vm->lock);
	ok = vm->state == VM_RUNNING && vm->request == VM_REQ_NONE;
	if (ok) {
		vm->request = VM_REQ_PAUSE;
		park_all(vm);
	}
	spin_unlock(&vm->lock);
	if (ok)
		vm_work_wake(vm);
	return ok ? 0 : -EINVAL;
}

int vm_resume(struct vm *vm)
{
	bool ok;

	spin_lock(&vm->lock);
	ok = vm->state == VM_PAUSED && vm->request == VM_REQ_NONE;
	if (ok)
		vm->request = VM_REQ_RESUME;
	spin_unlock(&vm->lock);
	if (ok)
		vm_work_wake(vm);
	return ok ? 0 : -EINVAL;
}

void vm_crash(struct vm *vm, const char *text)
{
	if (vm->cfg.on_crash != VM_POLICY_RESTART) {
		(void)take_down(vm, VM_REQ_STOP, VM_STOP_CRASH, text);
		return;
	}
	if (take_down(vm, VM_REQ_RESET, VM_STOP_NONE, text))
		pr_err("vm%u '%s': %s; restarting it", vm->id, vm->cfg.name, text);
}
