/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Generic timers of a vCPU (D7, D11). The virtual timer is always native: its PPI reaches the guest as a HW-bit
 * interrupt. The physical timer is native too while the VM's clock is the machine's, else it traps and runs on a soft
 * timer.
 */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/esr.h>
#include <asm/gicv3.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>
#include <asm/timer.h>
#include <asm/vgic/vgic.h>
#include <common/arch_hooks.h>
#include <common/fdt_host.h>
#include <common/irq.h>
#include <common/schedule.h>
#include <debug/logmsg.h>
#include <lib/errno.h>

#define ENC_CNTPCT SYSREG_ISS(3, 3, 14, 0, 1)
#define ENC_CNTPCTSS SYSREG_ISS(3, 3, 14, 0, 5)
#define ENC_CNTP_TVAL SYSREG_ISS(3, 3, 14, 2, 0)
#define ENC_CNTP_CTL SYSREG_ISS(3, 3, 14, 2, 1)
#define ENC_CNTP_CVAL SYSREG_ISS(3, 3, 14, 2, 2)

static u64 vcpu_now(const struct vcpu *vcpu)
{
	return timer_now() - vcpu->vm->arch.cntvoff;
}

/* Physical tick of guest tick @cval; a sum beyond 64 bits never comes. */
static u64 to_phys(const struct vcpu *vcpu, u64 cval)
{
	u64 t = cval + vcpu->vm->arch.cntvoff;

	return t < cval ? ~UINT64_C(0) : t;
}

static bool wants_irq(u64 ctl)
{
	return (ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK)) == CNT_CTL_ENABLE;
}

/* A guest's timer PPI fired: priority is dropped, it is active, and the guest's EOI will deactivate it. */
static void guest_ppi(u32 intid, void *arg __unused)
{
	u32 vintid = intid == host.timer_intid[TIMER_VIRT] ? VTIMER_PPI : PTIMER_PPI;
	struct vcpu *vcpu = vcpu_loaded();

	if (vcpu && (vintid == VTIMER_PPI || !vcpu->arch.timer.cntp_trapped))
		vgic_hw_ppi(vcpu, vintid);
	else
		gic_clear_active(
			intid); /* it fired just before the vCPU was put, which has looked at the timer since */
}

int vtimer_init_cpu(void)
{
	int r = irq_request_guest_ppi(host.timer_intid[TIMER_VIRT], guest_ppi, NULL);

	if (!r)
		r = irq_request_guest_ppi(host.timer_intid[TIMER_PHYS], guest_ppi, NULL);
	if (!r)
		this_pcpu()->vtimer_intid = host.timer_intid[TIMER_VIRT];
	return r;
}

int vtimer_vcpu_create(struct vcpu *vcpu)
{
	const struct vm *vm = vcpu->vm;
	int r;

	vcpu->arch.timer.cntp_trapped = vm->cfg.ptimer == VM_PTIMER_TRAP || vm->arch.cntvoff != 0;
	r = vgic_map_ppi(vcpu, VTIMER_PPI, host.timer_intid[TIMER_VIRT]);
	if (!r && !vcpu->arch.timer.cntp_trapped)
		r = vgic_map_ppi(vcpu, PTIMER_PPI, host.timer_intid[TIMER_PHYS]);
	return r;
}

void vtimer_vcpu_reset(struct vcpu *vcpu)
{
	struct vcpu_timer *t = &vcpu->arch.timer;

	timer_cancel(&t->soft);
	t->cntv_ctl = 0;
	t->cntv_cval = 0;
	t->cntp_ctl = 0;
	t->cntp_cval = 0;
	/* The vGIC keeps the level of its inputs through a reset. */
	if (t->cntp_line && vgic_inject_ppi(vcpu, PTIMER_PPI, false))
		pr_warn("vm%u: no PPI %u", vcpu->vm->id, PTIMER_PPI);
	t->cntp_line = false;
}

/* Emulated physical timer: level of its PPI, and when to look again. */
static void ptimer_update(struct vcpu *vcpu)
{
	struct vcpu_timer *t = &vcpu->arch.timer;
	bool expired = vcpu_now(vcpu) >= t->cntp_cval;
	bool line = wants_irq(t->cntp_ctl) && expired;

	if (line != t->cntp_line) {
		t->cntp_line = line;
		if (vgic_inject_ppi(vcpu, PTIMER_PPI, line))
			pr_warn("vm%u: no PPI %u", vcpu->vm->id, PTIMER_PPI);
	}
	if (wants_irq(t->cntp_ctl) && !expired)
		timer_arm(&t->soft, to_phys(vcpu, t->cntp_cval));
	else
		timer_cancel(&t->soft);
}

static void soft_fired(struct soft_timer *s)
{
	struct vcpu *vcpu = s->arg;

	if (vcpu == vcpu_loaded())
		ptimer_update(vcpu);
	else
		sched_wake(vcpu); /* vtimer_load() finds the timer expired, and its PPI fires or its line rises */
}

/* @vcpu is put: the earliest of its timers wakes it. */
static void arm_wakeup(struct vcpu *vcpu)
{
	struct vcpu_timer *t = &vcpu->arch.timer;
	u64 when = ~UINT64_C(0);

	if (wants_irq(t->cntv_ctl))
		when = to_phys(vcpu, t->cntv_cval);
	if (wants_irq(t->cntp_ctl))
		when = MIN(when, to_phys(vcpu, t->cntp_cval));
	t->soft.fn = soft_fired;
	t->soft.arg = vcpu;
	if (when != ~UINT64_C(0))
		timer_arm(&t->soft, when);
	else
		timer_cancel(&t->soft);
}

void vm_arch_shift_time(struct vm *vm, u64 ticks)
{
	u32 i;

	vm->arch.cntvoff += ticks;
	for (i = 0; i < vm->nr_vcpus; i++) {
		struct vcpu *v = vm->vcpu[i];

		/* Its compare value means another moment of the physical counter now. */
		if (!v->arch.timer.cntp_trapped) {
			v->arch.timer.cntp_trapped = true;
			vgic_unmap_ppi(v, PTIMER_PPI);
		}
		if (v->state == VCPU_BLOCKED)
			arm_wakeup(v);
	}
}

u64 vm_arch_clock_offset(const struct vm *vm)
{
	return vm->arch.cntvoff;
}

void vtimer_load(struct vcpu *vcpu)
{
	struct vcpu_timer *t = &vcpu->arch.timer;

	timer_cancel(&t->soft);
	write_sysreg(vcpu->vm->arch.cntvoff, cntvoff_el2);
	write_sysreg(t->cntp_trapped ? 0 : CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN, cnthctl_el2);
	write_sysreg(t->cntv_cval, cntv_cval_el0);
	if (!t->cntp_trapped)
		write_sysreg(t->cntp_cval, cntp_cval_el0);
	/* Offset and compare values count before a timer is on. */
	isb();
	write_sysreg(t->cntv_ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK), cntv_ctl_el0);
	write_sysreg(t->cntp_trapped ? 0 : t->cntp_ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK), cntp_ctl_el0);
	if (t->cntp_trapped)
		ptimer_update(vcpu);
}

void vtimer_put(struct vcpu *vcpu)
{
	struct vcpu_timer *t = &vcpu->arch.timer;

	t->cntv_ctl = read_sysreg(cntv_ctl_el0);
	t->cntv_cval = read_sysreg(cntv_cval_el0);
	write_sysreg(0, cntv_ctl_el0);
	if (!t->cntp_trapped) {
		t->cntp_ctl = read_sysreg(cntp_ctl_el0);
		t->cntp_cval = read_sysreg(cntp_cval_el0);
		write_sysreg(0, cntp_ctl_el0);
	}
	isb();
	arm_wakeup(vcpu);
}

static u64 ctl_read(const struct vcpu *vcpu)
{
	const struct vcpu_timer *t = &vcpu->arch.timer;
	u64 ctl = t->cntp_ctl & (CNT_CTL_ENABLE | CNT_CTL_IMASK);

	if ((ctl & CNT_CTL_ENABLE) && vcpu_now(vcpu) >= t->cntp_cval)
		ctl |= CNT_CTL_ISTATUS;
	return ctl;
}

static void ptimer_write(struct vcpu *vcpu, u32 enc, u64 val)
{
	struct vcpu_timer *t = &vcpu->arch.timer;

	if (enc == ENC_CNTP_CTL)
		t->cntp_ctl = val & (CNT_CTL_ENABLE | CNT_CTL_IMASK);
	else if (enc == ENC_CNTP_CVAL)
		t->cntp_cval = val;
	else
		t->cntp_cval = vcpu_now(vcpu) + (u64)(s64)(s32)(u32)val;
	t->soft.fn = soft_fired;
	t->soft.arg = vcpu;
	ptimer_update(vcpu);
}

bool vtimer_sysreg(struct vcpu *vcpu, u32 enc, bool write, u64 *val)
{
	const struct vcpu_timer *t = &vcpu->arch.timer;

	if (!t->cntp_trapped)
		return false;
	switch (enc) {
	case ENC_CNTPCT:
	case ENC_CNTPCTSS:
		*val = vcpu_now(vcpu);
		return !write;
	case ENC_CNTP_TVAL:
		if (!write)
			*val = (t->cntp_cval - vcpu_now(vcpu)) & GENMASK(31, 0);
		break;
	case ENC_CNTP_CTL:
		if (!write)
			*val = ctl_read(vcpu);
		break;
	case ENC_CNTP_CVAL:
		if (!write)
			*val = t->cntp_cval;
		break;
	default:
		return false;
	}
	if (write)
		ptimer_write(vcpu, enc, *val);
	return true;
}
