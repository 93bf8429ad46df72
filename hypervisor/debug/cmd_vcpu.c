/* SPDX-License-Identifier: BSD-3-Clause */
/* vcpu: virtual CPUs, their registers, and where they run. */
#include <asm/cpu.h>
#include <common/cpu_class.h>
#include <common/fdt_host.h>
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

/* The vCPU itself may be gone once the life-cycle lock is released: what is shown is copied. */
struct place {
	bool is_there, is_loaded;
	const char *state;
	u32 cpu;
	u64 moves;
};

static int look(const struct vm *vm, u32 id, struct place *p)
{
	const struct vcpu *v;
	const struct pcpu *on;

	if (!shell_life_lock())
		return -EBUSY;
	v = vm->vcpu[id];
	on = v ? READ_ONCE(v->pcpu) : NULL;
	*p = (struct place){ .is_there = on };
	if (on) {
		p->state = state_text(v);
		p->cpu = on->id;
		p->is_loaded = v->loaded;
		p->moves = v->sched.moves;
	}
	life_unlock();
	return 0;
}

static int list_vm(const struct vm *vm)
{
	struct place p;
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++) {
		if (look(vm, i, &p))
			return -EBUSY;
		if (p.is_there)
			shell_printf("vm%u.%-3u %-16s %-9s cpu %-3u %s moves %llu\n", vm->id, i, vm->cfg.name, p.state,
				     p.cpu, p.is_loaded ? "loaded" : "-     ", (unsigned long long)p.moves);
	}
	return 0;
}

static int list(int argc, char **argv)
{
	const struct vm *vm = NULL;
	u32 i;

	if (argc > 3)
		return -EINVAL;
	if (argc == 3) {
		vm = shell_vm(argv[2]);
		if (!vm)
			return 0;
	}
	for (i = 0; i < nr_vms; i++)
		if (vms[i] && (!vm || vms[i] == vm) && list_vm(vms[i]))
			break;
	return 0;
}

/* Return: 0, or an error that the user was told. */
static int parse(char **argv, struct vm **vm, u32 *id)
{
	*vm = shell_vm(argv[2]);
	return *vm ? shell_number(argv[3], 0, (*vm)->nr_vcpus - 1, "vCPU", id) : -ENOENT;
}

static void no_vcpus(const struct vm *vm)
{
	shell_printf("vm%u '%s' is %s: it has no vCPUs\n", vm->id, vm->cfg.name, vm_state_text(vm));
}

/* What is shown of the EL1 registers, in the type that prints. */
struct sys_copy {
	unsigned long long sp_el0, sp_el1, elr_el1, spsr_el1, sctlr, ttbr0, ttbr1, tcr, vbar, esr, far;
};

struct regs_copy {
	bool is_there, is_loaded;
	u32 cpu;
	struct vcpu_regs regs;
	struct sys_copy sys;
};

static void copy_regs(const struct vcpu *v, struct regs_copy *c)
{
	const struct pcpu *on = v ? READ_ONCE(v->pcpu) : NULL;

	c->is_there = v;
	if (!v)
		return;
	c->is_loaded = v->loaded && on;
	c->cpu = on ? on->id : 0;
	c->regs = v->arch.regs;
	c->sys = (struct sys_copy){
		.sp_el0 = v->arch.sys.sp_el0,
		.sp_el1 = v->arch.sys.sp_el1,
		.elr_el1 = v->arch.sys.elr_el1,
		.spsr_el1 = v->arch.sys.spsr_el1,
		.sctlr = v->arch.sys.sctlr_el1,
		.ttbr0 = v->arch.sys.ttbr0_el1,
		.ttbr1 = v->arch.sys.ttbr1_el1,
		.tcr = v->arch.sys.tcr_el1,
		.vbar = v->arch.sys.vbar_el1,
		.esr = v->arch.sys.esr_el1,
		.far = v->arch.sys.far_el1,
	};
}

static void show_sys(const struct sys_copy *s)
{
	shell_printf("sp_el0 0x%llx sp_el1 0x%llx elr_el1 0x%llx spsr_el1 0x%llx\n", s->sp_el0, s->sp_el1, s->elr_el1,
		     s->spsr_el1);
	shell_printf("sctlr 0x%llx ttbr0 0x%llx ttbr1 0x%llx tcr 0x%llx\n", s->sctlr, s->ttbr0, s->ttbr1, s->tcr);
	shell_printf("vbar 0x%llx esr 0x%llx far 0x%llx\n", s->vbar, s->esr, s->far);
}

static int regs(int argc, char **argv)
{
	struct regs_copy c;
	struct vm *vm;
	u32 i, id;

	if (argc != 4)
		return -EINVAL;
	if (parse(argv, &vm, &id) || !shell_life_lock())
		return 0;
	copy_regs(vm->vcpu[id], &c);
	life_unlock();
	if (!c.is_there) {
		no_vcpus(vm);
		return 0;
	}
	if (c.is_loaded)
		shell_printf("it is on CPU %u: this is its last exit; pause the VM for more\n", c.cpu);
	shell_printf("pc  0x%016llx pstate 0x%08llx\n", (unsigned long long)c.regs.pc,
		     (unsigned long long)c.regs.pstate);
	for (i = 0; i < ARRAY_SIZE(c.regs.x); i++)
		shell_printf("x%-2u 0x%016llx%s", i, (unsigned long long)c.regs.x[i],
			     i % REGS_PER_LINE == REGS_PER_LINE - 1 || i + 1 == ARRAY_SIZE(c.regs.x) ? "\n" : "  ");
	if (!c.is_loaded)
		show_sys(&c.sys);
	return 0;
}

static int move(int argc, char **argv)
{
	bool is_there;
	struct vm *vm;
	u32 id, cpu;
	int r = 0;

	if (argc != 5)
		return -EINVAL;
	if (parse(argv, &vm, &id) || shell_number(argv[4], 0, host.nr_cpus - 1, "CPU", &cpu) || !shell_life_lock())
		return 0;
	is_there = vm->vcpu[id];
	if (is_there)
		r = sched_move(vm->vcpu[id], &pcpus[cpu]);
	life_unlock();
	if (!is_there)
		no_vcpus(vm);
	else if (r == -ENODEV)
		shell_printf("CPU %u is not up\n", cpu);
	else if (r)
		shell_printf("CPU %u is not in its cpu-affinity, it is real-time, or one of the two has scheduler "
			     "\"noop\"%s\n",
			     cpu, cpu_class_count() > 1 ? ", or it is another kind of CPU" : "");
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
