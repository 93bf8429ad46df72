/* SPDX-License-Identifier: BSD-3-Clause */
/* sched: what each physical CPU runs. cpu: powers them on and off. */
#include <asm/cpu.h>
#include <asm/timer.h>
#include <common/cpu_class.h>
#include <common/fdt_host.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <debug/shell.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

#define ERR_MAX 96
#define REST_MS 100U

/* What is shown of a unit, which may be gone once the life-cycle lock is released. */
struct unit_copy {
	char name[SCHED_NAME_MAX];
	bool is_here, is_current;
	u32 weight, rt_prio;
	u64 run, switches, rt_left;
};

static void copy(struct unit_copy *c, const struct sched_unit *u, const struct pcpu *p)
{
	c->is_here = u->pcpu == p;
	c->is_current = READ_ONCE(sched_of(p)->cur) == u;
	(void)strlcpy(c->name, u->name, sizeof(c->name));
	c->weight = u->weight;
	c->rt_prio = u->rt_prio;
	c->run = sched_run_ticks(u);
	c->switches = u->switches;
	c->rt_left = u->rt_left;
}

static void show_unit(const struct unit_copy *c)
{
	shell_printf("  %c %-24s weight %-4u ran %llu switches %llu", c->is_current ? '*' : ' ', c->name, c->weight,
		     (unsigned long long)c->run, (unsigned long long)c->switches);
	if (c->rt_prio)
		shell_printf(" rt-priority %u left %llu", c->rt_prio, (unsigned long long)c->rt_left);
	shell_printf("\n");
}

static int show_vcpu(const struct pcpu *p, const struct vm *vm, u32 id)
{
	struct unit_copy c = { .is_here = false };

	if (!shell_life_lock())
		return -EBUSY;
	if (vm->vcpu[id])
		copy(&c, &vm->vcpu[id]->sched, p);
	life_unlock();
	if (c.is_here)
		show_unit(&c);
	return 0;
}

/* Without the queue's lock: what is shown may be a moment old. */
static int show_cpu(const struct pcpu *p)
{
	const struct sched_cpu *s = sched_of(p);
	struct unit_copy c;
	u32 i, k;

	shell_printf("cpu %u: %s, %u vCPUs, weight %llu%s\n", p->id, READ_ONCE(s->ops)->name, s->nr_vcpus,
		     (unsigned long long)s->weight, READ_ONCE(s->cur) ? "" : ", idle");
	for (i = 0; i < nr_vms; i++) {
		for (k = 0; vms[i] && k < vms[i]->nr_vcpus; k++)
			if (show_vcpu(p, vms[i], k))
				return -EBUSY;
		/* This one stays as long as the VM's struct, which is for ever. */
		if (!vms[i] || !vms[i]->work.unit.run_ticks)
			continue;
		copy(&c, &vms[i]->work.unit, p);
		if (c.is_here)
			show_unit(&c);
	}
	return 0;
}

static int sched(int argc, char **argv)
{
	u32 i;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	for (i = 0; i < host.nr_cpus; i++)
		if (pcpus[i].online && show_cpu(&pcpus[i]))
			break;
	return 0;
}

static void list(void)
{
	u32 i;

	for (i = 0; i < host.nr_cpus; i++) {
		const struct host_cpu *h = &host.cpu[i];
		const char *name = cpu_class_name(pcpus[i].class), *state = "off";

		if (pcpus[i].online)
			state = "up";
		else if (pcpus[i].boot == PCPU_BOOT_GIVEN_UP)
			state = "failed";
		shell_printf("cpu %-3u mpidr 0x%-10llx %-6s %s%s%s\n", i, (unsigned long long)h->mpidr, state,
			     h->compatible, *name ? ", " : "", name);
	}
}

static int cpu_on(u32 id)
{
	char err[ERR_MAX];

	pcpus[id].leave = false;
	if (cpu_start(id, err, sizeof(err)))
		shell_printf("CPU %u: %s\n", id, err);
	return 0;
}

/* A stopped VM's own work stays where it was last, and would hold that CPU for ever. It may be about to end. */
static int rest_stopped(void)
{
	u64 end = timer_now() + timer_ms_to_ticks(REST_MS);
	bool busy;
	u32 i;

	do {
		if (!shell_life_lock())
			return -EBUSY;
		for (busy = false, i = 0; i < nr_vms; i++)
			if (vms[i] && vms[i]->state == VM_STOPPED)
				busy |= !sched_work_rest(&vms[i]->work);
		life_unlock();
		if (busy)
			work_pause();
	} while (busy && timer_now() < end);
	return 0;
}

static int cpu_off(u32 id)
{
	struct pcpu *p = &pcpus[id];

	if (!p->online)
		shell_printf("CPU %u is off\n", id);
	else if (p == this_pcpu())
		shell_printf("CPU %u runs this shell\n", id);
	else if (!sched_may_leave(p) && rest_stopped())
		return 0;
	else if (!sched_may_leave(p))
		shell_printf("CPU %u is in use: see sched\n", id);
	else {
		p->leave = true;
		pcpu_notify(p, PCPU_RESCHED);
	}
	return 0;
}

static int cpu(int argc, char **argv)
{
	u32 id;

	if (argc == 1 || (argc == 2 && !strcmp(argv[1], "list"))) {
		list();
		return 0;
	}
	if (argc != 3 || (strcmp(argv[1], "on") != 0 && strcmp(argv[1], "off") != 0))
		return -EINVAL;
	if (shell_number(argv[2], 0, host.nr_cpus - 1, "CPU", &id))
		return 0;
	return !strcmp(argv[1], "on") ? cpu_on(id) : cpu_off(id);
}

const struct shell_cmd shell_cmd_sched = { "sched", "", "what each CPU runs", sched };
const struct shell_cmd shell_cmd_cpu = { "cpu", "list | on|off CPU", "physical CPUs", cpu };
