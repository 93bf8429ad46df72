/* SPDX-License-Identifier: BSD-3-Clause */
/* FP and SIMD registers of a vCPU. EL2 itself has no use for them. */
#include <asm/asm.h>

	.arch_extension fp
	.arch_extension simd

#define Q(n) ((n) * 16)
#define FPSR (32 * 16)

.macro fp_all op
	\op	q0, q1, [x0, #Q(0)]
	\op	q2, q3, [x0, #Q(2)]
	\op	q4, q5, [x0, #Q(4)]
	\op	q6, q7, [x0, #Q(6)]
	\op	q8, q9, [x0, #Q(8)]
	\op	q10, q11, [x0, #Q(10)]
	\op	q12, q13, [x0, #Q(12)]
	\op	q14, q15, [x0, #Q(14)]
	\op	q16, q17, [x0, #Q(16)]
	\op	q18, q19, [x0, #Q(18)]
	\op	q20, q21, [x0, #Q(20)]
	\op	q22, q23, [x0, #Q(22)]
	\op	q24, q25, [x0, #Q(24)]
	\op	q26, q27, [x0, #Q(26)]
	\op	q28, q29, [x0, #Q(28)]
	\op	q30, q31, [x0, #Q(30)]
.endm

/* void fpsimd_save(struct vcpu_fpsimd *f) */
SYM_FUNC(fpsimd_save)
	fp_all	stp
	mrs	x1, fpsr
	mrs	x2, fpcr
	add	x0, x0, #FPSR
	stp	x1, x2, [x0]
	ret
SYM_END(fpsimd_save)

/* void fpsimd_restore(const struct vcpu_fpsimd *f) */
SYM_FUNC(fpsimd_restore)
	fp_all	ldp
	add	x0, x0, #FPSR
	ldp	x1, x2, [x0]
	msr	fpsr, x1
	msr	fpcr, x2
	ret
SYM_END(fpsimd_restore)
