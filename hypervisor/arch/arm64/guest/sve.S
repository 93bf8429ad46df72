/* SPDX-License-Identifier: BSD-3-Clause */
/* SVE registers of a vCPU, at the length that ZCR_EL2 says: Z0-Z31, P0-P15, FFR. EL2 itself has no use for them. */
#include <asm/asm.h>

	.arch_extension fp
	.arch_extension sve

#define FPSR (32 * 16)

.macro z_all op
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	z\n, [x0, #\n, mul vl]
	.endr
.endm

/* x2 = where the predicates lie; they are counted in eighths of a vector. */
.macro p_base
	addvl	x2, x0, #16
	addvl	x2, x2, #16
.endm

.macro p_all op
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15
	\op	p\n, [x2, #\n, mul vl]
	.endr
.endm

/* void sve_save(void *regs, struct vcpu_fpsimd *f): p0 is not what it was afterwards */
SYM_FUNC(sve_save)
	z_all	str
	p_base
	p_all	str
	rdffr	p0.b
	str	p0, [x2, #16, mul vl]
	mrs	x3, fpsr
	mrs	x4, fpcr
	add	x1, x1, #FPSR
	stp	x3, x4, [x1]
	ret
SYM_END(sve_save)

/* void sve_restore(const void *regs, const struct vcpu_fpsimd *f) */
SYM_FUNC(sve_restore)
	z_all	ldr
	p_base
	ldr	p0, [x2, #16, mul vl]
	wrffr	p0.b
	p_all	ldr
	add	x1, x1, #FPSR
	ldp	x3, x4, [x1]
	msr	fpsr, x3
	msr	fpcr, x4
	ret
SYM_END(sve_restore)
