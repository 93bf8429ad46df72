/* SPDX-License-Identifier: BSD-3-Clause */
/* stat: counters of each vCPU, in a form that programs can read. */
#include <asm/cpu.h>
#include <asm/timer.h>
#include <common/vm.h>
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

/* What is shown of a vCPU, which may be gone once the life-cycle lock is released. */
struct counters {
	bool exists;
	u64 run, switches, moves, stats[STAT_COUNT];
};

static int look(const struct vm *vm, u32 id, struct counters *c)
{
	const struct vcpu *v;

	if (!shell_life_lock())
		return -EBUSY;
	v = vm->vcpu[id];
	c->exists = v;
	if (v) {
		c->run = sched_run_ticks(&v->sched);
		c->switches = v->sched.switches;
		c->moves = v->sched.moves;
		(void)memcpy(c->stats, v->stats, sizeof(c->stats));
	}
	life_unlock();
	return 0;
}

static int show(const struct vm *vm)
{
	struct counters c;
	u32 i, k;

	for (i = 0; i < vm->nr_vcpus; i++) {
		if (look(vm, i, &c))
			return -EBUSY;
		if (!c.exists)
			continue;
		shell_printf("stat vm%u.vcpu%u run=%llu switches=%llu moves=%llu", vm->id, i, (unsigned long long)c.run,
			     (unsigned long long)c.switches, (unsigned long long)c.moves);
		for (k = 0; k < STAT_COUNT; k++)
			shell_printf(" %s=%llu", names[k] ? names[k] : "?", (unsigned long long)c.stats[k]);
		shell_printf("\n");
	}
	shell_printf("stat vm%u.work run=%llu\n", vm->id, (unsigned long long)sched_run_ticks(&vm->work.unit));
	return 0;
}

static int stat(int argc, char **argv)
{
	const struct vm *vm = NULL;
	u32 i;

	if (argc > 2)
		return -EINVAL;
	if (argc == 2) {
		vm = shell_vm(argv[1]);
		if (!vm)
			return 0;
	}
	shell_printf("stat now=%llu hz=%llu\n", (unsigned long long)timer_now(), (unsigned long long)timer_freq());
	for (i = 0; i < nr_vms; i++)
		if (vms[i] && (!vm || vms[i] == vm) && show(vms[i]))
			break;
	return 0;
}

const struct shell_cmd shell_cmd_stat = { "stat", "[VM]", "exits by reason, and time", stat };
