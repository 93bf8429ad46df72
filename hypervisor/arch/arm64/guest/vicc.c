/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GIC CPU-interface registers that trap: SGI generation always (HCR_EL2.IMO), ICC_DIR_EL1 under ICH_HCR_EL2.TDIR, and
 * the other common registers where the vGIC has to use TC because the CPU has no TDIR (IHI 0069H 12.4).
 */
#include <asm/esr.h>
#include <asm/guest/guest.h>
#include <asm/ich.h>
#include <asm/sysreg.h>
#include <asm/vgic/vgic.h>

#define DIR_INTID GENMASK(23, 0)
#define PMR_PRIORITY GENMASK(7, 0)
#define RPR_IDLE 0xffU
#define PRIORITY_BITS 8U

#define CTLR_CBPR BIT(0)
#define CTLR_EOIMODE BIT(1)
#define CTLR_PRIBITS GENMASK(10, 8)
#define CTLR_IDBITS GENMASK(13, 11)
#define CTLR_SEIS BIT(14)
#define CTLR_A3V BIT(15)

#define VTR_PRIBITS GENMASK(31, 29) /* minus one, as in CTLR */
#define VTR_PREBITS GENMASK(28, 26) /* minus one */
#define VTR_IDBITS GENMASK(25, 23)
#define VTR_SEIS BIT(22)
#define VTR_A3V BIT(21)
#define PREBITS_PER_APR 5U /* an active-priorities register holds 32 levels */

#define ENC_OP2 GENMASK(19, 17)
#define SGI1R_OP2 5U
#define ASGI1R_OP2 6U

bool vicc_sgi(struct vcpu *vcpu, u32 enc, bool write, u64 *val)
{
	u32 op2 = (u32)FIELD_GET(ENC_OP2, enc);

	if (!write)
		return false;
	vgic_sgi_write(vcpu, op2 == SGI1R_OP2 ? VGIC_SGI1R : op2 == ASGI1R_OP2 ? VGIC_ASGI1R : VGIC_SGI0R, *val);
	return true;
}

bool vicc_dir(struct vcpu *vcpu, u32 enc __unused, bool write, u64 *val)
{
	if (write)
		vgic_dir_write(vcpu, (u32)(*val & DIR_INTID));
	return write;
}

bool vicc_pmr(struct vcpu *vcpu __unused, u32 enc __unused, bool write, u64 *val)
{
	u64 vmcr = ich_read_vmcr();

	if (write) {
		u32 unused = PRIORITY_BITS - 1U - (u32)FIELD_GET(VTR_PRIBITS, read_sysreg(ICH_VTR_EL2));
		u64 prio = ALIGN_DOWN(*val & PMR_PRIORITY, UINT64_C(1) << unused);

		ich_write_vmcr((vmcr & ~ICH_VMCR_VPMR) | FIELD_PREP(ICH_VMCR_VPMR, prio));
	} else {
		*val = FIELD_GET(ICH_VMCR_VPMR, vmcr);
	}
	return true;
}

/* The running priority is that of the lowest bit set in the active priorities of either group. */
bool vicc_rpr(struct vcpu *vcpu __unused, u32 enc __unused, bool write, u64 *val)
{
	u32 prebits = (u32)FIELD_GET(VTR_PREBITS, read_sysreg(ICH_VTR_EL2)) + 1U;
	u32 n = 1U << (prebits - PREBITS_PER_APR);
	u32 i;

	if (write)
		return false;
	*val = RPR_IDLE;
	for (i = 0; i < n; i++) {
		u64 active = (ich_read_ap0r(i) | ich_read_ap1r(i)) & GENMASK(31, 0);

		if (active) {
			*val = (i * 32U + (u64)__builtin_ctzll(active)) << (PRIORITY_BITS - prebits);
			break;
		}
	}
	return true;
}

bool vicc_ctlr(struct vcpu *vcpu __unused, u32 enc __unused, bool write, u64 *val)
{
	u64 vmcr = ich_read_vmcr();
	u64 vtr;

	if (write) {
		vmcr &= ~(ICH_VMCR_VCBPR | ICH_VMCR_VEOIM);
		vmcr |= (*val & CTLR_CBPR ? ICH_VMCR_VCBPR : 0) | (*val & CTLR_EOIMODE ? ICH_VMCR_VEOIM : 0);
		ich_write_vmcr(vmcr);
		return true;
	}
	vtr = read_sysreg(ICH_VTR_EL2);
	*val = (vmcr & ICH_VMCR_VCBPR ? CTLR_CBPR : 0) | (vmcr & ICH_VMCR_VEOIM ? CTLR_EOIMODE : 0) |
		FIELD_PREP(CTLR_PRIBITS, FIELD_GET(VTR_PRIBITS, vtr)) |
		FIELD_PREP(CTLR_IDBITS, FIELD_GET(VTR_IDBITS, vtr)) | (vtr & VTR_SEIS ? CTLR_SEIS : 0) |
		(vtr & VTR_A3V ? CTLR_A3V : 0);
	return true;
}

/* System registers only: what is written is ignored (IHI 0069H 12.2.22, SRE as RAO/WI). */
bool vicc_sre(struct vcpu *vcpu __unused, u32 enc __unused, bool write, u64 *val)
{
	if (!write)
		*val = ICC_SRE_EL1_ON;
	return true;
}
