/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage-2 data and instruction aborts: emulated device, a window of break-before-make, or an abort for the guest. */
#include <asm/barrier.h>
#include <asm/esr.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>
#include <common/io_req.h>
#include <debug/logmsg.h>

#define FSC_TYPE GENMASK(5, 2)
#define FSC_TYPE_ADDR_SIZE 0U
#define FSC_TYPE_TRANSLATION 1U
#define FSC_TYPE_ACCESS_FLAG 2U
#define FSC_TYPE_PERMISSION 3U
#define FSC_TLB_CONFLICT 0x30U

#define HPFAR_FIPA GENMASK(43, 4) /* IPA[51:12] */
#define HPFAR_TO_IPA_SHIFT 8
#define PAR_F BIT(0)
#define PAR_PA GENMASK(51, 12)
#define PAGE_OFFSET_MASK GENMASK(11, 0)

enum fault { FAULT_RETRY, FAULT_ABORT, FAULT_UNMAPPED };

static u32 fsc_type(u64 esr)
{
	return (u32)FIELD_GET(FSC_TYPE, esr);
}

/* IPA of @far by the guest's own stage 1; false when its tables no longer map it. */
static bool translate_far(u64 far, u64 *ipa)
{
	u64 saved = read_sysreg(par_el1);
	u64 par;

	/* Stage 1 let the access through, so EL1's view will do for EL0's accesses too. */
	__asm__ volatile("at s1e1r, %0" ::"r"(far) : "memory");
	isb();
	par = read_sysreg(par_el1);
	write_sysreg(saved, par_el1);
	*ipa = par & PAR_PA;
	return !(par & PAR_F);
}

/* HPFAR_EL2 is UNKNOWN for a permission fault, unless it was on a stage-1 walk (ARM ARM D19.2.66). */
static bool fault_ipa(u64 esr, u64 far, u64 *ipa)
{
	if (fsc_type(esr) == FSC_TYPE_PERMISSION && !(esr & ISS_S1PTW)) {
		if (!translate_far(far, ipa))
			return false;
	} else {
		*ipa = FIELD_GET(HPFAR_FIPA, read_sysreg(hpfar_el2)) << (HPFAR_TO_IPA_SHIFT + 4);
	}
	/* Where a table walk failed, FAR's low bits are those of another address. */
	if (!(esr & ISS_S1PTW))
		*ipa |= far & PAGE_OFFSET_MASK;
	return true;
}

static enum fault classify(struct vcpu *vcpu, u64 esr, u64 far, u64 *ipa)
{
	u64 pte;
	u32 level;

	*ipa = 0;
	if (FIELD_GET(ISS_DFSC, esr) == FSC_TLB_CONFLICT) {
		__asm__ volatile("tlbi vmalls12e1" ::: "memory");
		dsb(nsh);
		isb();
		return FAULT_RETRY;
	}
	if (fsc_type(esr) > FSC_TYPE_PERMISSION)
		return FAULT_ABORT; /* external abort, on a walk or not, or a kind that is not defined */
	if (!fault_ipa(esr, far, ipa))
		return FAULT_RETRY; /* the guest changed its tables under the access, and will fault by itself */
	if (fsc_type(esr) != FSC_TYPE_TRANSLATION)
		return FAULT_ABORT;
	/* Emulated regions are never mapped: no need to walk the tables for them. */
	if (!(esr & ISS_S1PTW) && io_find(&vcpu->vm->io, *ipa, 1))
		return FAULT_UNMAPPED;
	/* Mapped by now: the access met a break-before-make window (D14). Translation faults are never cached. */
	if (pgtable_lookup(&vcpu->vm->arch.s2, *ipa, &pte, &level) == 0)
		return FAULT_RETRY;
	return FAULT_UNMAPPED;
}

static void log_abort(struct vcpu *vcpu, const char *what, enum fault f, u64 ipa)
{
	const struct vm *vm = vcpu->vm;

	if (!log_allowed(&vcpu->vm->log_limit))
		return;
	pr_info("vm%u '%s': %s %s IPA 0x%llx (pc 0x%llx) -> abort", vm->id, vm->cfg.name, what,
		f == FAULT_UNMAPPED ? "unmapped" : "forbidden", (unsigned long long)ipa,
		(unsigned long long)vcpu->arch.regs.pc);
}

void trap_dabt(struct vcpu *vcpu, u64 esr)
{
	u64 far = read_sysreg(far_el2);
	u64 ipa;
	enum fault f = classify(vcpu, esr, far, &ipa);

	if (f == FAULT_RETRY)
		return;
	if (f == FAULT_UNMAPPED && !(esr & ISS_S1PTW)) {
		if (mmio_trap(vcpu, esr, far, ipa))
			return;
		if (esr & ISS_CM) {
			/* Nothing is there to be cached; aborting a clean by VA would surprise guests. */
			vcpu_skip(vcpu, esr);
			return;
		}
	}
	if (esr & ISS_S1PTW)
		log_abort(vcpu, "stage-1 table walk to", f, ipa);
	else
		log_abort(vcpu, esr & ISS_WNR ? "write to" : "read of", f, ipa);
	inject_dabt(vcpu, far);
}

void trap_iabt(struct vcpu *vcpu, u64 esr)
{
	u64 far = read_sysreg(far_el2);
	u64 ipa;
	enum fault f = classify(vcpu, esr, far, &ipa);

	if (f == FAULT_RETRY)
		return;
	stat_inc(vcpu, STAT_EXIT_IABT);
	log_abort(vcpu, esr & ISS_S1PTW ? "stage-1 table walk to" : "execution at", f, ipa);
	inject_iabt(vcpu, far);
}
