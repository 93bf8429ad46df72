/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * FP, SIMD and SVE registers of a vCPU. A VM has SVE when every pCPU has; then the Z registers, whose low halves are
 * the SIMD registers, move as a whole, at the length that all pCPUs share.
 */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>
#include <common/page_alloc.h>
#include <lib/errno.h>
#include <lib/string.h>

#define NR_Z 32U
#define NR_P_FFR 17U
#define QUADWORD 16U

static u64 regs_bytes(u32 vl)
{
	return (u64)vl * NR_Z + vl / 8 * NR_P_FFR;
}

int vfp_create(struct vcpu *vcpu)
{
	struct vcpu_sve *s = &vcpu->arch.sve;

	s->vl = vcpu->vm->arch.sve_vl;
	if (!s->vl)
		return 0;
	s->pages = ALIGN_UP(regs_bytes(s->vl), PAGE_SIZE) / PAGE_SIZE;
	s->regs = el2_alloc(s->pages);
	if (!s->regs)
		return -ENOMEM;
	vcpu->arch.cptr_el2 &= ~CPTR_TZ;
	return 0;
}

void vfp_destroy(struct vcpu *vcpu)
{
	struct vcpu_sve *s = &vcpu->arch.sve;

	el2_free(s->regs, s->pages);
	*s = (struct vcpu_sve){ 0 };
}

void vfp_reset(struct vcpu *vcpu)
{
	struct vcpu_sve *s = &vcpu->arch.sve;

	(void)memset(&vcpu->arch.fp, 0, sizeof(vcpu->arch.fp));
	s->zcr_el1 = 0;
	if (s->regs)
		(void)memset(s->regs, 0, regs_bytes(s->vl));
}

void vfp_load(struct vcpu *vcpu)
{
	const struct vcpu_sve *s = &vcpu->arch.sve;

	if (!s->regs) {
		fpsimd_restore(&vcpu->arch.fp);
		return;
	}
	write_sysreg(s->vl / QUADWORD - 1, ZCR_EL2);
	write_sysreg(s->zcr_el1, ZCR_EL1);
	isb();
	sve_restore(s->regs, &vcpu->arch.fp);
}

void vfp_put(struct vcpu *vcpu)
{
	struct vcpu_sve *s = &vcpu->arch.sve;

	if (!s->regs) {
		fpsimd_save(&vcpu->arch.fp);
		return;
	}
	s->zcr_el1 = read_sysreg(ZCR_EL1);
	sve_save(s->regs, &vcpu->arch.fp);
}
