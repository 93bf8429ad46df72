/* SPDX-License-Identifier: BSD-3-Clause */
/* stat: counters of each vCPU, in a form that programs can read. log: Hazel's own messages. */
#include <asm/cpu.h>
#include <asm/timer.h>
#include <common/vm.h>
#include <debug/logmsg.h>
#include <debug/shell.h>
#include <lib/errno.h>
#include <lib/string.h>

static const char *const names[STAT_COUNT] = {
	[STAT_EXIT_IRQ] = "irq",           [STAT_EXIT_HVC] = "hvc",       [STAT_EXIT_SMC] = "smc",
	[STAT_EXIT_WFX] = "wfx",           [STAT_EXIT_SYSREG] = "sysreg", [STAT_EXIT_MMIO] = "mmio",
	[STAT_EXIT_IABT] = "iabt",         [STAT_EXIT_DEBUG] = "debug",   [STAT_EXIT_OTHER] = "other",
	[STAT_S2_FAULT] = "s2fault",       [STAT_MMIO_NO_ISV] = "noisv",  [STAT_UNDEF] = "undef",
	[STAT_VGIC_MAINT] = "maintenance", [STAT_VGIC_SPILL] = "spill",
};

static void show(const struct vm *vm)
{
	u32 i, k;

	for (i = 0; i < vm->nr_vcpus; i++) {
		const struct vcpu *v = vm->vcpu[i];

		if (!v)
			continue;
		shell_printf("stat vm%u.vcpu%u run=%llu switches=%llu moves=%llu", vm->id, i,
			     (unsigned long long)sched_run_ticks(&v->sched), (unsigned long long)v->sched.switches,
			     (unsigned long long)v->sched.moves);
		for (k = 0; k < STAT_COUNT; k++)
			shell_printf(" %s=%llu", names[k] ? names[k] : "?", (unsigned long long)v->stats[k]);
		shell_printf("\n");
	}
	shell_printf("stat vm%u.work run=%llu\n", vm->id, (unsigned long long)sched_run_ticks(&vm->work.unit));
}

static int stat(int argc, char **argv)
{
	const struct vm *vm;
	u32 i;

	if (argc > 2)
		return -EINVAL;
	shell_printf("stat now=%llu hz=%llu\n", (unsigned long long)timer_now(), (unsigned long long)timer_freq());
	if (argc == 2) {
		vm = shell_vm(argv[1]);
		if (vm)
			show(vm);
		return 0;
	}
	for (i = 0; i < nr_vms; i++)
		if (vms[i])
			show(vms[i]);
	return 0;
}

static int log(int argc, char **argv)
{
	u32 level;

	if (argc != 3 || strcmp(argv[1], "level") != 0)
		return -EINVAL;
	if (shell_number(argv[2], LOG_DEBUG, "level", &level))
		return 0;
	if (level < LOG_ERR)
		shell_printf("0: level is 1 (errors) to 4 (debug)\n");
	else
		log_set_level(level);
	return 0;
}

const struct shell_cmd shell_cmd_stat = { "stat", "[VM]", "exits by reason, and time", stat };
const struct shell_cmd shell_cmd_log = { "log", "level N", "which messages are shown", log };
