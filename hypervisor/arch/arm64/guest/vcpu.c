/* SPDX-License-Identifier: BSD-3-Clause */
/* A vCPU's life on the hardware: create, reset, load, put. */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>
#include <asm/timer.h>
#include <asm/vgic/vgic.h>
#include <common/arch_hooks.h>
#include <common/io_req.h>
#include <common/schedule.h>
#include <lib/string.h>

#define VMPIDR_RES1 BIT(31)

/*
 * TWI and TWE come and go, see trap_waiting(). Not set, on purpose: TSW (set/way maintenance acts on this
 * pCPU's caches as it does on a real one; SWIO turns an invalidate into clean and invalidate, so that it destroys
 * nobody's data), TVM, TTLB, TID1 (a vCPU stays on its kind of CPU and may know it; TID2 for VMs that have several),
 * TEA (a synchronous external abort is the guest's).
 */
#define HCR_ALWAYS                                                                                                     \
	(HCR_VM | HCR_SWIO | HCR_PTW | HCR_FMO | HCR_IMO | HCR_AMO | HCR_FB | HCR_BSU_IS | HCR_TID3 | HCR_TSC |        \
	 HCR_TIDCP | HCR_TACR | HCR_RW)

/* The vCPU whose state each pCPU's hardware holds. */
static struct vcpu *loaded[CONFIG_MAX_PCPUS];

struct vcpu *vcpu_loaded(void)
{
	return loaded[this_pcpu()->id];
}

static u64 hcr_value(const struct cpu_features *f)
{
	return HCR_ALWAYS | (f->lor ? HCR_TLOR : 0) | (f->ras ? HCR_TERR : 0) | (f->pauth ? HCR_API | HCR_APK : 0) |
		(f->mte ? HCR_TID5 : 0);
}

int vcpu_arch_create(struct vcpu *vcpu)
{
	const struct cpu_features *f = &vcpu->pcpu->features;
	int r;

	vcpu->io_last = &io_nowhere;
	vcpu->arch.hcr_el2 = hcr_value(f) | vcpu->vm->arch.hcr;
	vcpu->arch.mdcr_el2 = cpu_mdcr(f);
	vcpu->arch.cptr_el2 = cpu_cptr(f);
	r = vfp_create(vcpu);
	if (!r)
		r = vgic_vcpu_create(vcpu);
	return r ? r : vtimer_vcpu_create(vcpu);
}

void vcpu_arch_destroy(struct vcpu *vcpu)
{
	u32 i;

	timer_cancel(&vcpu->arch.timer.soft);
	if (vcpu->vgic)
		vgic_vcpu_destroy(vcpu);
	vfp_destroy(vcpu);
	for (i = 0; i < CONFIG_MAX_PCPUS; i++)
		if (pcpus[i].last_vcpu[vcpu->vm->id] == vcpu)
			pcpus[i].last_vcpu[vcpu->vm->id] = NULL;
}

void vcpu_arch_reset(struct vcpu *vcpu, const struct vm_entry *entry)
{
	struct vcpu_arch *a = &vcpu->arch;

	(void)memset(&a->regs, 0, sizeof(a->regs));
	(void)memset(&a->sys, 0, sizeof(a->sys));
	a->regs.pc = entry->pc;
	a->regs.x[0] = entry->x0;
	a->regs.pstate = PSTATE_EL1H | PSTATE_DAIF;
	a->sys.sctlr_el1 = SCTLR_EL1_RESET;
	a->sys.vmpidr_el2 = VMPIDR_RES1 | vcpu_arch_mpidr(vcpu->id);
	a->sys.vpidr_el2 = idview_midr(vcpu->pcpu->class);
	a->hcr_el2 &= ~HCR_VSE;
	a->mmio.pending = false;
	a->start.pending = false;
	vfp_reset(vcpu);
	vgic_vcpu_reset(vcpu);
	vtimer_vcpu_reset(vcpu);
	vdebug_reset(vcpu);
}

/* PSCI CPU_ON, on the target's own pCPU; its state is not in the hardware. */
static void apply_start(struct vcpu *vcpu)
{
	const struct vm_entry entry = { .pc = vcpu->arch.start.pc, .x0 = vcpu->arch.start.x0 };

	vcpu_arch_reset(vcpu, &entry);
}

static bool start_pending(const struct vcpu *vcpu)
{
	return __atomic_load_n(&vcpu->arch.start.pending, __ATOMIC_ACQUIRE);
}

void vcpu_arch_load(struct vcpu *vcpu)
{
	if (start_pending(vcpu))
		apply_start(vcpu);
	sysregs_block_s1();
	write_sysreg(vcpu->arch.cptr_el2, cptr_el2);
	write_sysreg(vcpu->arch.mdcr_el2, mdcr_el2);
	s2_load(vcpu);
	write_sysreg(vcpu->arch.hcr_el2, hcr_el2);
	isb();
	vfp_load(vcpu);
	vdebug_load(vcpu);
	sysregs_restore(&vcpu->arch.sys);
	loaded[this_pcpu()->id] = vcpu;
	vcpu->loaded = true;
	/* Active PPIs are marked at the GIC before their timer can fire (D7). */
	vgic_load(vcpu);
	vtimer_load(vcpu);
}

void vcpu_arch_put(struct vcpu *vcpu)
{
	vtimer_put(vcpu);
	vgic_put(vcpu);
	vdebug_put(vcpu);
	vfp_put(vcpu);
	sysregs_save(&vcpu->arch.sys);
	sysregs_block_s1();
	/* TLB and cache maintenance that the guest has not waited for is complete before it goes on elsewhere: a DSB
	 * there would not wait for what this CPU issued. */
	dsb(ish);
	/* The hardware clears VSE when the guest takes the SError. */
	vcpu->arch.hcr_el2 = (vcpu->arch.hcr_el2 & ~HCR_VSE) | (read_sysreg(hcr_el2) & HCR_VSE);
	loaded[this_pcpu()->id] = NULL;
	__atomic_store_n(&vcpu->loaded, false, __ATOMIC_RELEASE);
}

/* A vCPU for which nobody waits does its WFI and WFE natively (D7). It is looked at again whenever somebody comes. */
static void trap_waiting(const struct pcpu *p)
{
	u64 hcr = read_sysreg(hcr_el2);
	u64 want = sched_contended(p) ? hcr | HCR_TWI | HCR_TWE : hcr & ~(HCR_TWI | HCR_TWE);

	if (want != hcr)
		write_sysreg(want, hcr_el2);
}

void vcpu_arch_before_enter(struct vcpu *vcpu)
{
	if (start_pending(vcpu)) {
		/* Switched off and on again before its pCPU had put it away. */
		vcpu_arch_put(vcpu);
		vcpu_arch_load(vcpu);
	}
	vgic_flush(vcpu);
	trap_waiting(this_pcpu());
}

bool vcpu_arch_has_irq(struct vcpu *vcpu)
{
	u64 hcr = vcpu == vcpu_loaded() ? read_sysreg(hcr_el2) : vcpu->arch.hcr_el2;

	return (hcr & HCR_VSE) || vgic_pending(vcpu);
}

/* Blocked first and checked then, so that an interrupt injected from another CPU in between is not lost. */
void vcpu_wait(struct vcpu *vcpu)
{
	sched_block(vcpu, VCPU_BLOCKED);
	dmb(ish);
	if (vcpu_arch_has_irq(vcpu))
		sched_wake(vcpu);
}

void vcpu_sleep(struct vcpu *vcpu)
{
	sched_block(vcpu, VCPU_BLOCKED);
	dmb(ish);
	if (vcpu_arch_has_irq(vcpu) || vgic_wakes(vcpu))
		sched_wake(vcpu);
}
