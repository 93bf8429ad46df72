/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exits that are over in a few instructions, on the partial frame (D6): x0-x18, x29 and x30 are in it, x19-x28 are
 * still in the registers, PC and PSTATE in ELR_EL2 and SPSR_EL2. What is rare, needs the rest, or ends in an exception
 * for the guest answers LIGHT_FULL before it has done anything, and trap_sync() does it with the full frame.
 */
#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/esr.h>
#include <asm/gicv3.h>
#include <asm/guest/guest.h>
#include <asm/psci.h>
#include <asm/sysreg.h>
#include <asm/vgic/vgic_fast.h>
#include <common/io_req.h>
#include <common/irq.h>

#define RT_LAST_SAVED 18U /* Rt up to here is in the frame; so are x29 and x30 */
#define RT_LAST_KEPT 28U  /* and up to here in the register */
#define RT_ZERO 31U

/* Accesses that trap and are common: all of ID space by one comparison, and SGI generation. */
#define SYS_EC FIELD_PREP(ESR_EC, EC_SYSREG)
#define SYS_ENC_MASK (ESR_EC | SYSREG_ISS_MASK | ISS_SYS_READ)
#define SYS_ID_MASK (ESR_EC | SYSREG_ISS(3, 7, 15, 0, 0) | ISS_SYS_READ)
#define SYS_ID_READ (SYS_EC | SYSREG_ISS(3, 0, 0, 0, 0) | ISS_SYS_READ)
#define SYS_SGI1R_WRITE (SYS_EC | SYSREG_ISS(3, 0, 12, 11, 5))
#define SYS_CRM_SHIFT 1U
#define SYS_OP2_SHIFT 17U
#define SYS_CRM 15U
#define SYS_OP2 7U

/* A load or store of a word that is described by the syndrome: EC, IL, ISV, SAS, SSE, which are next to each other. */
#define DABT_SHIFT 21
#define DABT_WORD (u32)((FIELD_PREP(ESR_EC, EC_DABT_LOW) | ESR_IL | ISS_ISV | FIELD_PREP(ISS_SAS, 2U)) >> DABT_SHIFT)
/* Stage 2 has no translation, on the access itself, which is no cache maintenance. */
#define DABT_KIND (ISS_CM | ISS_S1PTW | GENMASK(5, 2))
#define DABT_UNMAPPED FIELD_PREP(GENMASK(5, 2), 1U)
#define HPFAR_TO_IPA_SHIFT 8 /* FIPA from bit 4 is the IPA from bit 12; the bits below and above are RES0 */
#define PAGE_OFFSET_MASK GENMASK(11, 0)

/* vcpu_skip() of an AArch64 instruction, where the registers are. In assembler, because each of the two masks is an
 * immediate of AND, and the compiler makes a third of them that is not. */
static inline void skip(u64 spsr)
{
	write_sysreg(read_sysreg(elr_el2) + 4, elr_el2);
	__asm__("and %0, %0, %1\n\tand %0, %0, %2" : "+r"(spsr) : "i"(~PSTATE_SS), "i"(~PSTATE_BTYPE));
	write_sysreg(spsr, spsr_el2);
}

/* A read is done, and the value in the frame. Where a register has to have it too, vectors.S does that: C may not. */
static u32 loaded(u32 rt)
{
	return rt > RT_LAST_SAVED && rt <= RT_LAST_KEPT ? (rt - RT_LAST_SAVED) * LIGHT_STUB : LIGHT_DONE;
}

/* The PC is past an HVC already, and SMCCC functions use x0 to x17. The versions are the hot set of D6 and need
 * nothing but the id; with the SVE hint, or by SMC, vsmccc_call() answers them. */
void light_hvc(struct vcpu *vcpu)
{
	u32 fn = (u32)vcpu->arch.regs.x[0];

	stat_inc(vcpu, STAT_EXIT_HVC);
	if (fn == PSCI_0_2_VERSION)
		vcpu->arch.regs.x[0] = VPSCI_VERSION;
	else if (fn == SMCCC_VERSION)
		vcpu->arch.regs.x[0] = VSMCCC_VERSION;
	else
		vsmccc_call(vcpu);
}

static inline __attribute__((always_inline)) bool read_idreg(struct vcpu *vcpu, u64 esr, u32 rt)
{
	/* CRm 0 (which wraps) and 8 to 15 are not ID space. */
	u32 i = IDREG_IDX((u32)(esr >> SYS_CRM_SHIFT) & SYS_CRM, (u32)(esr >> SYS_OP2_SHIFT) & SYS_OP2);

	if ((esr & SYS_ID_MASK) != SYS_ID_READ || i >= IDREG_COUNT)
		return false;
	vcpu->arch.regs.x[rt] = vcpu->vm->arch.idreg[i];
	stat_inc(vcpu, STAT_EXIT_SYSREG);
	skip(read_sysreg(spsr_el2));
	return true;
}

/* Apart from the usual registers: to keep Rt until the end costs those a tenth. */
static inline u32 mrs_high(struct vcpu *vcpu, u64 esr)
{
	u32 rt = (u32)FIELD_GET(ISS_SYS_RT, esr);

	return rt != RT_ZERO && read_idreg(vcpu, esr, rt) ? loaded(rt) : LIGHT_FULL;
}

u32 light_mrs(struct vcpu *vcpu, u64 esr)
{
	u32 rt = (u32)FIELD_GET(ISS_SYS_RT, esr);

	if (unlikely(rt > RT_LAST_SAVED))
		return mrs_high(vcpu, esr);
	return read_idreg(vcpu, esr, rt);
}

u32 light_msr(struct vcpu *vcpu, u64 esr)
{
	u32 rt = (u32)FIELD_GET(ISS_SYS_RT, esr);

	if ((esr & SYS_ENC_MASK) != SYS_SGI1R_WRITE || rt > RT_LAST_SAVED)
		return LIGHT_FULL;
	stat_inc(vcpu, STAT_EXIT_SYSREG);
	skip(read_sysreg(spsr_el2));
	if (!vgic_fast_sgi_self(vcpu->vgic, vcpu->arch.regs.x[rt]))
		vgic_sgi1r_write(vcpu, vcpu->arch.regs.x[rt]);
	return LIGHT_DONE;
}

/*
 * A device that has a short way for words, and was accessed last too. Nothing else can be at its address: emulated
 * regions are never mapped in stage 2, so that this is no break-before-make window. @x: where the value is, or goes.
 */
static inline __attribute__((always_inline)) bool access_word(struct vcpu *vcpu, u64 esr, u64 *x)
{
	const struct io_region *r = vcpu->io_last;
	u64 spsr = read_sysreg(spsr_el2);
	u64 offset;

	if ((u32)esr >> DABT_SHIFT != DABT_WORD || (esr & DABT_KIND) != DABT_UNMAPPED || (spsr & PSTATE_AARCH32))
		return false;
	offset = (read_sysreg(hpfar_el2) << HPFAR_TO_IPA_SHIFT) + (read_sysreg(far_el2) & PAGE_OFFSET_MASK) - r->base;
	if (offset >= r->size || offset % 4 || !r->word(vcpu, r->dev, (u32)offset, esr & ISS_WNR, x))
		return false;
	stat_inc(vcpu, STAT_EXIT_MMIO);
	skip(spsr);
	return true;
}

/* XZR is written, never read. The others are read: a value to write has to be in the frame. */
static __noinline u32 dabt_high(struct vcpu *vcpu, u64 esr)
{
	u32 rt = (u32)FIELD_GET(ISS_SRT, esr);

	if (esr & ISS_WNR)
		return rt == RT_ZERO && access_word(vcpu, esr, &vcpu->arch.regs.zero);
	return rt != RT_ZERO && access_word(vcpu, esr, &vcpu->arch.regs.x[rt]) ? loaded(rt) : LIGHT_FULL;
}

u32 light_dabt(struct vcpu *vcpu, u64 esr)
{
	u32 rt = (u32)FIELD_GET(ISS_SRT, esr);

	if (unlikely(rt > RT_LAST_SAVED))
		return dabt_high(vcpu, esr);
	return access_word(vcpu, esr, &vcpu->arch.regs.x[rt]);
}

static __noinline void other_irq(struct vcpu *vcpu, u32 intid)
{
	/* Once: that of another VM may be taken away now. */
	struct vgic_irq *irq = intid < IRQ_MAX ? READ_ONCE(vgic_hw_spi[intid]) : NULL;

	if (irq && irq->holder == vcpu->vgic) {
		gic_drop(intid);
		vgic_hw_irq(vcpu, irq);
	} else {
		irq_handle(intid);
	}
}

/* One interrupt: another one that is pending interrupts again at once. */
void trap_irq(struct vcpu *vcpu, const struct pcpu *p)
{
	u32 intid = gic_ack_raw();

	stat_inc(vcpu, STAT_EXIT_IRQ);
	if (likely(intid == p->vtimer_intid)) {
		gic_drop(intid);
		if (unlikely(!vgic_fast_hw(vcpu->vgic, &vcpu->vgic->priv[VTIMER_PPI])))
			vgic_hw_ppi(vcpu, VTIMER_PPI);
	} else if (intid == SGI_KICK) {
		/* The kick itself means: look at the flags, which is done on the way out; or at the SGIs. */
		gic_drop(intid);
		gic_dir(intid);
		if (vgic_sgis_sent(vcpu->vgic))
			vgic_take_sgis(vcpu);
	} else {
		other_irq(vcpu, intid);
	}
}
