/* SPDX-License-Identifier: BSD-3-Clause */
/* Exceptions that the guest takes at EL1 because of something EL2 trapped (ARM ARM D1.3, AArch64.TakeException). */
#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/esr.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>

#define VSESR_EL2 S3_4_C5_C2_3

/* Offsets from VBAR_EL1 of the synchronous vectors (ARM ARM table D1-7). */
#define VEC_EL1T 0x000U
#define VEC_EL1H 0x200U
#define VEC_EL0_A64 0x400U
#define VEC_EL0_A32 0x600U

#define FSC_EXTERNAL 0x10U /* synchronous external abort, not on a table walk */
/* The same on a walk, with its level in the low bits. EL2 knows that of stage 2 only; the last one always exists. */
#define FSC_EXTERNAL_WALK_LEVEL3 0x17U

#define IT_LOW3 GENMASK(2, 0)
#define IT_SHIFTED GENMASK(4, 0)
#define IT_COND GENMASK(7, 5)

static bool from_el0(u64 pstate)
{
	return (pstate & PSTATE_AARCH32) || FIELD_GET(PSTATE_EL, pstate) == 0;
}

struct exc_entry exc_entry_sync(u64 pstate, u64 sctlr)
{
	struct exc_entry e;

	e.pstate = PSTATE_EL1H | PSTATE_DAIF | (pstate & (PSTATE_NZCV | PSTATE_DIT | PSTATE_PAN));
	if (!(sctlr & SCTLR_SPAN))
		e.pstate |= PSTATE_PAN;
	if (sctlr & SCTLR_DSSBS)
		e.pstate |= PSTATE_SSBS;
	if (pstate & PSTATE_AARCH32)
		e.offset = VEC_EL0_A32;
	else if (from_el0(pstate))
		e.offset = VEC_EL0_A64;
	else
		e.offset = pstate & PSTATE_SP ? VEC_EL1H : VEC_EL1T;
	return e;
}

u64 abort_esr(u64 pstate, u64 esr_el2, bool insn)
{
	u32 fsc = esr_el2 & ISS_S1PTW ? FSC_EXTERNAL_WALK_LEVEL3 : FSC_EXTERNAL;
	u32 ec;

	if (insn)
		ec = from_el0(pstate) ? EC_IABT_LOW : EC_IABT_CUR;
	else
		ec = from_el0(pstate) ? EC_DABT_LOW : EC_DABT_CUR;
	/* An instruction abort has IL set whatever the instruction was. */
	return FIELD_PREP(ESR_EC, ec) | (insn ? ESR_IL : esr_el2 & ESR_IL) | fsc |
		(insn ? 0 : esr_el2 & (ISS_WNR | ISS_CM));
}

u64 skip_pstate(u64 pstate)
{
	u64 it;

	pstate &= ~PSTATE_SS;
	if (!(pstate & PSTATE_AARCH32))
		return pstate & ~PSTATE_BTYPE;
	if (!(pstate & PSTATE_T32))
		return pstate;
	it = FIELD_GET(PSTATE_IT_LO, pstate) | (FIELD_GET(PSTATE_IT_HI, pstate) << 2);
	it = it & IT_LOW3 ? (it & IT_COND) | ((it << 1) & IT_SHIFTED) : 0;
	pstate &= ~(PSTATE_IT_LO | PSTATE_IT_HI);
	return pstate | FIELD_PREP(PSTATE_IT_LO, it) | FIELD_PREP(PSTATE_IT_HI, it >> 2);
}

void vcpu_skip(struct vcpu *vcpu, u64 esr)
{
	vcpu->arch.regs.pc += esr & ESR_IL ? 4 : 2;
	vcpu->arch.regs.pstate = skip_pstate(vcpu->arch.regs.pstate);
}

/* The vCPU is loaded: its EL1 registers are in the hardware. */
void inject_sync(struct vcpu *vcpu, u64 esr)
{
	struct vcpu_regs *r = &vcpu->arch.regs;
	struct exc_entry e = exc_entry_sync(r->pstate, read_sysreg(sctlr_el1));

	write_sysreg(esr, esr_el1);
	write_sysreg(r->pc, elr_el1);
	write_sysreg(r->pstate, spsr_el1);
	r->pc = read_sysreg(vbar_el1) + e.offset;
	r->pstate = e.pstate;
}

void inject_undef(struct vcpu *vcpu)
{
	stat_inc(vcpu, STAT_UNDEF);
	inject_sync(vcpu, FIELD_PREP(ESR_EC, EC_UNKNOWN) | ESR_IL);
}

void inject_dabt(struct vcpu *vcpu, u64 far)
{
	stat_inc(vcpu, STAT_S2_FAULT);
	write_sysreg(far, far_el1);
	inject_sync(vcpu, abort_esr(vcpu->arch.regs.pstate, read_sysreg(esr_el2), false));
}

void inject_iabt(struct vcpu *vcpu, u64 far)
{
	stat_inc(vcpu, STAT_S2_FAULT);
	write_sysreg(far, far_el1);
	inject_sync(vcpu, abort_esr(vcpu->arch.regs.pstate, read_sysreg(esr_el2), true));
}

/* Pending until the guest unmasks SErrors; hardware clears HCR_EL2.VSE when it is taken. */
void inject_serror(struct vcpu *vcpu, u64 syndrome)
{
	if (!vcpu->loaded) {
		vcpu->arch.sys.vsesr_el2 = syndrome & ESR_ISS;
		vcpu->arch.hcr_el2 |= HCR_VSE;
		return;
	}
	if (this_pcpu()->features.ras)
		write_sysreg(syndrome & ESR_ISS, VSESR_EL2);
	write_sysreg(read_sysreg(hcr_el2) | HCR_VSE, hcr_el2);
}
