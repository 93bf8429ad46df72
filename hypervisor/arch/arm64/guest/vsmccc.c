/* SPDX-License-Identifier: BSD-3-Clause */
/* SMC Calling Convention 1.2 (DEN0028) as guests see it: HVC #0 and SMC #0 are the same. What is unknown is refused. */
#include <asm/cpu.h>
#include <asm/guest/guest.h>
#include <asm/psci.h>
#include <common/firmware.h>
#include <lib/string.h>

#define SMCCC_SVE_HINT BIT32(16)
#define PSCI_FN_BASE 0x84000000U /* DEN0022 5.1.1: 32 numbers in each of two calling conventions */
#define PSCI_FN64 BIT32(30)
#define PSCI_FN_NUMBER GENMASK(4, 0)

#define PSCI_1_0 0x10000U /* firmware of this version on answers SMCCC_ARCH_FEATURES */

/* Vendor-specific hypervisor service: call count, UID, revision. */
#define HYP_CALL_COUNT 0x8600ff00U
#define HYP_CALL_UID 0x8600ff01U
#define HYP_CALL_REVISION 0x8600ff03U
#define HYP_CALLS 3U
#define HYP_REVISION_MAJOR 0U
#define HYP_REVISION_MINOR 1U

/* WORKAROUND_x: 0 = needed and done, 1 = this CPU does not need it. */
#define WORKAROUND_NOT_NEEDED 1

/* 125316bd-0fda-4ea1-bdc0-1189cfdccaf7, first byte in the lowest bits. */
static const u32 hazel_uid[4] = { 0xbd165312, 0xa14eda0f, 0x8911c0bd, 0xf7cadccf };

static s64 firmware_feature(u32 fn)
{
	if (psci_version() < PSCI_1_0)
		return SMCCC_NOT_SUPPORTED;
	return psci_call(SMCCC_ARCH_FEATURES, fn, 0, 0);
}

/*
 * The truth about this CPU: not needed where its ID registers say so, else what firmware does. WORKAROUND_2 would need
 * state of the guest's in firmware, so it is only reported where it is not needed.
 */
static s64 workaround(u32 fn)
{
	const struct cpu_features *f = &this_pcpu()->features;
	s64 r;

	if (fn == SMCCC_ARCH_WORKAROUND_1 && f->csv2)
		return WORKAROUND_NOT_NEEDED;
	if (fn == SMCCC_ARCH_WORKAROUND_3 && f->bhb == BHB_NONE)
		return WORKAROUND_NOT_NEEDED;
	r = firmware_feature(fn);
	if (r == WORKAROUND_NOT_NEEDED || (r == 0 && fn != SMCCC_ARCH_WORKAROUND_2))
		return r;
	return SMCCC_NOT_SUPPORTED;
}

static s64 arch_features(u32 fn)
{
	switch (fn) {
	case SMCCC_VERSION:
	case SMCCC_ARCH_FEATURES:
		return 0;
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_2:
	case SMCCC_ARCH_WORKAROUND_3:
		return workaround(fn);
	default:
		return SMCCC_NOT_SUPPORTED;
	}
}

static bool known_call(struct vcpu *vcpu, u32 fn)
{
	u64 *x = vcpu->arch.regs.x;

	switch (fn) {
	case PSCI_0_2_VERSION:
		x[0] = VPSCI_VERSION;
		return true;
	case SMCCC_VERSION:
		x[0] = VSMCCC_VERSION;
		return true;
	case SMCCC_ARCH_FEATURES:
		x[0] = (u64)arch_features((u32)x[1]);
		return true;
	case SMCCC_ARCH_WORKAROUND_1:
	case SMCCC_ARCH_WORKAROUND_3:
		/* No result; firmware is asked only where it said that it has the function. */
		if (workaround(fn) == 0)
			(void)psci_call(fn, 0, 0, 0);
		return true;
	case HYP_CALL_COUNT:
		x[0] = HYP_CALLS;
		return true;
	case HYP_CALL_UID:
		x[0] = hazel_uid[0];
		x[1] = hazel_uid[1];
		x[2] = hazel_uid[2];
		x[3] = hazel_uid[3];
		return true;
	case HYP_CALL_REVISION:
		x[0] = HYP_REVISION_MAJOR;
		x[1] = HYP_REVISION_MINOR;
		return true;
	default:
		return false;
	}
}

/* The manifest trusts this VM with the function: registers go to EL3 and back as they are. */
static __noinline bool forward(struct vcpu *vcpu, u32 fn)
{
	struct smccc_regs r;

	if (!firmware_may_call(vcpu->vm, fn))
		return false;
	memcpy(r.a, vcpu->arch.regs.x, sizeof(r.a));
	smccc_smc(&r);
	memcpy(vcpu->arch.regs.x, r.a, sizeof(r.a));
	return true;
}

static __noinline void other_call(struct vcpu *vcpu, u32 fn)
{
	if (!known_call(vcpu, fn) && !forward(vcpu, fn))
		vcpu->arch.regs.x[0] = (u64)SMCCC_NOT_SUPPORTED;
}

/* PSCI has its numbers for itself. The versions come here with the SVE hint, or by SMC. */
void vsmccc_call(struct vcpu *vcpu)
{
	u32 fn = (u32)vcpu->arch.regs.x[0] & ~SMCCC_SVE_HINT;

	if (fn != PSCI_0_2_VERSION && (fn & ~(PSCI_FN64 | PSCI_FN_NUMBER)) == PSCI_FN_BASE)
		vpsci_call(vcpu, fn);
	else
		other_call(vcpu, fn);
}
