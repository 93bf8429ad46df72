/* SPDX-License-Identifier: BSD-3-Clause */
/* vm: what VMs there are, and their life cycle. */
#include <asm/timer.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <debug/mux.h>
#include <debug/shell.h>
#include <lib/errno.h>
#include <lib/string.h>

#define SETTLE_MS 2000U

#define MIB_SHIFT 20

static u64 ram_of(const struct vm *vm)
{
	u64 n = 0;
	u32 i;

	for (i = 0; i < vm->nr_ram; i++)
		n += vm->ram[i].r.size;
	return n >> MIB_SHIFT;
}

static void list(void)
{
	u32 i;

	shell_printf("%-3s %-16s %-10s %5s %8s %6s %s\n", "id", "name", "state", "vcpus", "RAM/MiB", "resets",
		     "scheduler");
	for (i = 0; i < nr_vms; i++) {
		const struct vm *vm = vms[i];

		if (vm)
			shell_printf("%-3u %-16s %-10s %5u %8llu %6u %s\n", vm->id, vm->cfg.name, vm_state_text(vm),
				     vm->nr_vcpus, (unsigned long long)ram_of(vm), vm->resets, vm->cfg.scheduler);
	}
}

static const char *policy_text(enum vm_policy p)
{
	return p == VM_POLICY_RESTART ? "restart" : p == VM_POLICY_HALT ? "halt" : "shutdown";
}

static int info(struct vm *vm)
{
	u32 i;

	shell_printf("vm%u '%s': %s, %u vCPUs, %u resets, %u crashes in a row\n", vm->id, vm->cfg.name,
		     vm_state_text(vm), vm->nr_vcpus, vm->resets, vm->crashes);
	shell_printf("  scheduler %s, weight %u", vm->cfg.scheduler, vm->cfg.weight);
	if (vm->cfg.rt_priority)
		shell_printf(", rt-priority %u, %u us of every %u us", vm->cfg.rt_priority, vm->cfg.rt_budget_us,
			     vm->cfg.rt_period_us);
	shell_printf("\n  on-reboot %s, on-crash %s, autostart %u\n", policy_text(vm->cfg.on_reboot),
		     policy_text(vm->cfg.on_crash), vm->cfg.autostart);
	for (i = 0; i < vm->nr_ram; i++)
		shell_printf("  memory 0x%llx + %llu MiB\n", (unsigned long long)vm->ram[i].r.ipa,
			     (unsigned long long)(vm->ram[i].r.size >> MIB_SHIFT));
	for (i = 0; i < vm->cfg.nr_passthrough; i++)
		shell_printf("  passthrough %s\n", vm->cfg.passthrough[i]);
	if (vm->cfg.rest)
		shell_printf("  passthrough rest: all devices that are nobody else's\n");
	if (vm->scmi_fn)
		shell_printf("  firmware scmi: function 0x%08x\n", vm->scmi_fn);
	if (vm->cfg.firmware & VM_FW_OPTEE)
		shell_printf("  firmware optee\n");
	if (vm->cfg.dma_unprotected)
		shell_printf("  trusted (dma-unprotected): its devices can write to all memory\n");
	if (vm->crash_text)
		shell_printf("  last crash: %s\n", vm->crash_text);
	return 0;
}

static int start(struct vm *vm)
{
	struct vm_config_err err = { "" };
	int r;

	if (!shell_life_lock())
		return 0;
	r = vm_request_start(vm, &err);
	life_unlock();
	if (r)
		shell_printf("%s\n", err.text);
	return 0;
}

static int refused(const struct vm *vm, const char *what)
{
	shell_printf("vm%u '%s' is %s: cannot %s it\n", vm->id, vm->cfg.name, vm_state_text(vm), what);
	return 0;
}

static int stop(struct vm *vm)
{
	if (vm->state == VM_STOPPED)
		return refused(vm, "stop");
	vm_request_stop(vm, VM_STOP_SHELL);
	return 0;
}

/* The VM's own work does it, once its vCPUs are out of the guest. Who asks next shall see it done. */
static int settle(const struct vm *vm, enum vm_request what, const char *verb)
{
	u64 end = timer_now() + timer_ms_to_ticks(SETTLE_MS);

	while (READ_ONCE(vm->request) == what) {
		if (timer_now() >= end) {
			shell_printf("vm%u '%s' takes its time to %s\n", vm->id, vm->cfg.name, verb);
			break;
		}
		work_pause();
	}
	return 0;
}

static int pause(struct vm *vm)
{
	return vm_pause(vm) ? refused(vm, "pause") : settle(vm, VM_REQ_PAUSE, "pause");
}

static int resume(struct vm *vm)
{
	return vm_resume(vm) ? refused(vm, "resume") : settle(vm, VM_REQ_RESUME, "resume");
}

static int reset(struct vm *vm)
{
	return vm_reset(vm) ? refused(vm, "reset") : 0;
}

static int show_console(struct vm *vm)
{
	if (mux_focus_vm(vm))
		shell_printf("vm%u '%s' has no emulated console\n", vm->id, vm->cfg.name);
	return 0;
}

static int run(int argc, char **argv)
{
	static const struct {
		const char *name;
		int (*fn)(struct vm *vm);
	} subs[] = {
		{ "info", info },
		{ "start", start },
		{ "stop", stop },
		{ "pause", pause },
		{ "resume", resume },
		{ "reset", reset },
		{ "console", show_console },
	};
	struct vm *vm;
	u32 i;

	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "list"))) {
		list();
		return 0;
	}
	for (i = 0; i < ARRAY_SIZE(subs); i++) {
		if (strcmp(argv[1], subs[i].name) != 0)
			continue;
		if (argc != 3)
			return -EINVAL;
		vm = shell_vm(argv[2]);
		return vm ? subs[i].fn(vm) : 0;
	}
	return -EINVAL;
}

const struct shell_cmd shell_cmd_vm = { "vm", "list | info|start|stop|pause|resume|reset|console VM",
					"virtual machines", run };
