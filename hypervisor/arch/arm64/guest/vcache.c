/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Cache identification registers of a VM whose CPUs differ (HCR_EL2.TID2): CTR_EL0 is the VM's, the caches are those of
 * the CPU, which are the same on all of its kind.
 */
#include <asm/barrier.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>

#define CCSIDR2_EL1 S3_1_C0_C0_2
#define MMFR2_CRM 7U
#define MMFR2_OP2 2U
#define MMFR2_CCIDX GENMASK(23, 20)
#define CSSELR_BITS GENMASK(4, 0)

bool vcache_ctr(struct vcpu *vcpu, u32 enc __unused, bool write, u64 *val)
{
	*val = vcpu->vm->arch.ctr;
	return !write;
}

bool vcache_clidr(struct vcpu *vcpu __unused, u32 enc __unused, bool write, u64 *val)
{
	*val = read_sysreg(clidr_el1);
	return !write;
}

bool vcache_ccsidr(struct vcpu *vcpu __unused, u32 enc __unused, bool write, u64 *val)
{
	*val = read_sysreg(ccsidr_el1);
	return !write;
}

bool vcache_ccsidr2(struct vcpu *vcpu, u32 enc __unused, bool write, u64 *val)
{
	if (write || !FIELD_GET(MMFR2_CCIDX, idreg_read(vcpu->vm, MMFR2_CRM, MMFR2_OP2)))
		return false;
	*val = read_sysreg(CCSIDR2_EL1);
	return true;
}

/* The register itself is the guest's and moves with the vCPU. */
bool vcache_csselr(struct vcpu *vcpu __unused, u32 enc __unused, bool write, u64 *val)
{
	if (!write) {
		*val = read_sysreg(csselr_el1);
		return true;
	}
	write_sysreg(*val & CSSELR_BITS, csselr_el1);
	isb();
	return true;
}
