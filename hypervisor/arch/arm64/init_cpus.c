/* SPDX-License-Identifier: BSD-3-Clause */
/* What every CPU does on its way up, and the secondary ones after the boot CPU has finished its own. */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/gicv3.h>
#include <asm/guest/guest.h>
#include <asm/init.h>
#include <asm/timer.h>
#include <asm/vgic/vgic.h>
#include <common/cpu_class.h>
#include <common/fdt_host.h>
#include <common/hv_main.h>
#include <common/irq.h>
#include <common/schedule.h>
#include <debug/logmsg.h>

#define ERR_MAX 96U
#define KINDS_MAX 256U

/* The vGIC asked to look at the list registers of the vCPU that was running. */
static void maintenance(u32 intid __unused, void *arg __unused)
{
	struct vcpu *vcpu = this_pcpu()->vcpu;

	if (vcpu)
		vgic_maintenance(vcpu);
}

/* Its flags say why; they are looked at on the way out. */
static void kicked(u32 intid __unused, void *arg __unused)
{
}

/* Another CPU crashed, or powers the machine off. */
static void stopped(u32 intid __unused, void *arg __unused)
{
	gicv3_cpu_off();
	for (;;)
		wfi();
}

const char *cpu_take_interrupts(void)
{
	if (irq_request(SGI_KICK, true, kicked, NULL) || irq_request(SGI_STOP, true, stopped, NULL))
		return "GIC: SGI 0 and 1 are taken";
	if (irq_request(host.gic.maint_intid, false, maintenance, NULL))
		return "GIC: no maintenance interrupt (property interrupts of the GIC node)";
	if (vtimer_init_cpu())
		return "timer: the guest timer interrupts are taken";
	return NULL;
}

/* Each interrupt is private to this CPU, and was nobody's: after CPU_OFF and CPU_ON it is still ours. */
static const char *bring_up(struct pcpu *p, bool again)
{
	if (gicv3_cpu_init(p))
		return "no redistributor or no system-register interface";
	if (again) {
		irq_release_private();
	}
	if (timer_init_cpu(host.timer_intid[TIMER_HYP_PHYS]))
		return "the EL2 timer interrupt is taken";
	return cpu_take_interrupts();
}

__noreturn void secondary_main(void)
{
	struct pcpu *p = this_pcpu();
	const char *what;
	bool again = p->sched != NULL;

	cpu_init_secondary();
	what = cpu_broken_promise();
	if (!what && !cpu_class_fits(p))
		what = "it is another kind of CPU than the device tree says";
	if (!what && !idview_kept(p))
		what = "it lacks features that VMs were given on CPUs of its kind";
	if (!what)
		what = bring_up(p, again);
	if (what) {
		pr_err("CPU %u: %s", p->id, what);
		cpu_stop_self();
	}
	sched_init(p);
	p->online = true;
	if (!cpu_arrive(p)) {
		p->online = false;
		cpu_stop_self();
	}
	hv_run(p);
}

u32 start_secondaries(void)
{
	char err[ERR_MAX], kinds[KINDS_MAX];
	u32 i, up = 1;

	for (i = 0; i < host.nr_cpus; i++) {
		if (&pcpus[i] == this_pcpu())
			continue;
		if (cpu_start(i, err, sizeof(err)))
			pr_err("CPU %u (%s): left out: %s", i, host.cpu[i].path, err);
		else
			up++;
	}
	cpu_class_init();
	if (cpu_class_count() > 1)
		pr_info("CPUs: %s", cpu_class_text(kinds, sizeof(kinds)));
	return up;
}
