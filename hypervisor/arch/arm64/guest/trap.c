/* SPDX-License-Identifier: BSD-3-Clause */
/* What a guest's exception to EL2 leads to: one table by exception class; what is not in it is UNDEF for the guest. */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/esr.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>

#define NR_EC 64U

#define ISS_IMM16 GENMASK(15, 0)
#define ISS_WFX_TI GENMASK(1, 0)
#define WFX_WFI 0U

/* SError ISS: with IDS = 0 and DFSC = 0x11, AET says how bad it is (ARM ARM D19.2.37). */
#define SERR_IDS BIT(24)
#define SERR_AET GENMASK(12, 10)
#define SERR_DFSC GENMASK(5, 0)
#define SERR_DFSC_ASYNC 0x11U
#define SERR_AET_CORRECTED 6U

typedef void (*trap_fn)(struct vcpu *vcpu, u64 esr);

static void trap_wfx(struct vcpu *vcpu, u64 esr)
{
	stat_inc(vcpu, STAT_EXIT_WFX);
	vcpu_skip(vcpu, esr);
	if (FIELD_GET(ISS_WFX_TI, esr) != WFX_WFI)
		pcpu_set_flag(this_pcpu(),
			      PCPU_RESCHED); /* WFE, and the timed forms: yield, they may end at any time */
	else
		vcpu_wait(vcpu);
}

/* The PC is past an HVC already. Other immediates than 0 are not SMCCC, and nobody has defined them. */
static void trap_hvc(struct vcpu *vcpu, u64 esr)
{
	stat_inc(vcpu, STAT_EXIT_HVC);
	if (esr & ISS_IMM16) {
		vcpu->arch.regs.pc -= 4;
		inject_undef(vcpu);
		return;
	}
	vsmccc_call(vcpu);
}

/* HCR_EL2.TSC traps before the SMC is executed, so that the PC is still at it. */
static void trap_smc(struct vcpu *vcpu, u64 esr)
{
	stat_inc(vcpu, STAT_EXIT_SMC);
	if (esr & ISS_IMM16) {
		inject_undef(vcpu);
		return;
	}
	vcpu_skip(vcpu, esr);
	vsmccc_call(vcpu);
}

static void trap_sysreg(struct vcpu *vcpu, u64 esr)
{
	stat_inc(vcpu, STAT_EXIT_SYSREG);
	sysreg_trap(vcpu, esr);
}

/* Exceptions that EL1 takes by itself as we set up MDCR_EL2 and HCR_EL2; if one arrives here it is passed on as it is.
 */
static void trap_reflect(struct vcpu *vcpu, u64 esr)
{
	stat_inc(vcpu, STAT_EXIT_DEBUG);
	write_sysreg(read_sysreg(far_el2), far_el1);
	inject_sync(vcpu, esr & (ESR_EC | ESR_IL | ESR_ISS));
}

static void trap_undef(struct vcpu *vcpu, u64 esr __unused)
{
	stat_inc(vcpu, STAT_EXIT_OTHER);
	inject_undef(vcpu);
}

/* SVE of a VM without it, SME, PAC, LS64, ERET and every AArch32 coprocessor trap are left out: the ID view hides what
 * they belong to. */
static const trap_fn trap_table[NR_EC] = {
	[EC_WFX] = trap_wfx,          [EC_HVC64] = trap_hvc,     [EC_SMC64] = trap_smc,
	[EC_SYSREG] = trap_sysreg,    [EC_IABT_LOW] = trap_iabt, [EC_DABT_LOW] = trap_dabt,
	[EC_ILLEGAL] = trap_reflect,  [EC_BTI] = trap_reflect,   [EC_PC_ALIGN] = trap_reflect,
	[EC_SP_ALIGN] = trap_reflect, [EC_BRK] = trap_reflect,
};

void trap_sync(struct vcpu *vcpu)
{
	u64 esr = read_sysreg(esr_el2);
	trap_fn fn = trap_table[FIELD_GET(ESR_EC, esr)];

	if (!fn)
		fn = trap_undef;
	fn(vcpu, esr);
}

void trap_serror(struct vcpu *vcpu)
{
	u64 esr = read_sysreg(esr_el2);

	stat_inc(vcpu, STAT_EXIT_OTHER);
	if (this_pcpu()->features.ras && !(esr & SERR_IDS) && FIELD_GET(SERR_DFSC, esr) == SERR_DFSC_ASYNC &&
	    FIELD_GET(SERR_AET, esr) == SERR_AET_CORRECTED)
		return;
	if (log_allowed(&vcpu->vm->log_limit))
		pr_info("vm%u '%s': SError, syndrome 0x%llx (pc 0x%llx) -> virtual SError", vcpu->vm->id,
			vcpu->vm->cfg.name, (unsigned long long)(esr & ESR_ISS),
			(unsigned long long)vcpu->arch.regs.pc);
	inject_serror(vcpu, esr);
}
