/* SPDX-License-Identifier: BSD-3-Clause */
/* vcpu: virtual CPUs, their registers, and where they run. */
#include <asm/cpu.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <debug/shell.h>
#include <lib/errno.h>
#include <lib/string.h>

#define REGS_PER_LINE 3U

static const char *state_text(const struct vcpu *v)
{
	static const char *const text[] = { "off", "runnable", "waiting", "io-wait" };

	if (v->parked && v->state != VCPU_OFF)
		return "parked";
	return (u32)v->state < ARRAY_SIZE(text) ? text[v->state] : "?";
}

static void list_vm(const struct vm *vm)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		const struct vcpu *v = vm->vcpu[i];

		if (v && v->pcpu)
			shell_printf("vm%u.%-3u %-16s %-9s cpu %-3u %s moves %llu\n", vm->id, i, vm->cfg.name,
				     state_text(v), v->pcpu->id, v->loaded ? "loaded" : "-     ",
				     (unsigned long long)v->sched.moves);
	}
}

static int list(int argc, char **argv)
{
	const struct vm *vm;
	u32 i;

	if (argc > 3)
		return -EINVAL;
	if (argc == 3) {
		vm = shell_vm(argv[2]);
		if (vm)
			list_vm(vm);
		return 0;
	}
	for (i = 0; i < nr_vms; i++)
		if (vms[i])
			list_vm(vms[i]);
	return 0;
}

static struct vcpu *find(char **argv)
{
	struct vm *vm = shell_vm(argv[2]);
	u32 id;

	if (!vm || shell_number(argv[3], vm->nr_vcpus - 1, "vCPU", &id))
		return NULL;
	if (!vm->vcpu[id])
		shell_printf("vm%u '%s' is %s: it has no vCPUs\n", vm->id, vm->cfg.name, vm_state_text(vm));
	return vm->vcpu[id];
}

static int regs(int argc, char **argv)
{
	const struct vcpu *v;
	const struct vcpu_regs *r;
	u32 i;

	if (argc != 4)
		return -EINVAL;
	v = find(argv);
	if (!v)
		return 0;
	r = &v->arch.regs;
	if (v->loaded)
		shell_printf("it is on CPU %u: this is its last exit; pause the VM for more\n", v->pcpu->id);
	shell_printf("pc  0x%016llx pstate 0x%08llx\n", (unsigned long long)r->pc, (unsigned long long)r->pstate);
	for (i = 0; i < ARRAY_SIZE(r->x); i++)
		shell_printf("x%-2u 0x%016llx%s", i, (unsigned long long)r->x[i],
			     i % REGS_PER_LINE == REGS_PER_LINE - 1 || i + 1 == ARRAY_SIZE(r->x) ? "\n" : "  ");
	if (v->loaded)
		return 0;
	shell_printf("sp_el0 0x%llx sp_el1 0x%llx elr_el1 0x%llx spsr_el1 0x%llx\n",
		     (unsigned long long)v->arch.sys.sp_el0, (unsigned long long)v->arch.sys.sp_el1,
		     (unsigned long long)v->arch.sys.elr_el1, (unsigned long long)v->arch.sys.spsr_el1);
	shell_printf("sctlr 0x%llx ttbr0 0x%llx ttbr1 0x%llx tcr 0x%llx\n", (unsigned long long)v->arch.sys.sctlr_el1,
		     (unsigned long long)v->arch.sys.ttbr0_el1, (unsigned long long)v->arch.sys.ttbr1_el1,
		     (unsigned long long)v->arch.sys.tcr_el1);
	shell_printf("vbar 0x%llx esr 0x%llx far 0x%llx\n", (unsigned long long)v->arch.sys.vbar_el1,
		     (unsigned long long)v->arch.sys.esr_el1, (unsigned long long)v->arch.sys.far_el1);
	return 0;
}

static int move(int argc, char **argv)
{
	struct vcpu *v;
	u32 cpu;
	int r;

	if (argc != 5)
		return -EINVAL;
	v = find(argv);
	if (!v || shell_number(argv[4], CONFIG_MAX_PCPUS - 1, "CPU", &cpu))
		return 0;
	r = sched_move(v, &pcpus[cpu]);
	if (r == -ENODEV)
		shell_printf("CPU %u is not up\n", cpu);
	else if (r)
		shell_printf("CPU %u is not in its cpu-affinity, it is real-time, or one of the two has scheduler "
			     "\"noop\"\n",
			     cpu);
	return 0;
}

static int run(int argc, char **argv)
{
	if (argc < 2 || !strcmp(argv[1], "list"))
		return list(argc, argv);
	if (!strcmp(argv[1], "regs"))
		return regs(argc, argv);
	if (!strcmp(argv[1], "move"))
		return move(argc, argv);
	return -EINVAL;
}

const struct shell_cmd shell_cmd_vcpu = { "vcpu", "list [VM] | regs VM VCPU | move VM VCPU CPU", "virtual CPUs", run };
