/* SPDX-License-Identifier: BSD-3-Clause */
/* One SIMD and FP register by number: a table of four instructions for each. x0 = memory, w1 = number. */
#include <asm/asm.h>

	.arch_extension fp
	.arch_extension simd

.macro fpreg_sixteen op, numbers:vararg
	.irp	n, \numbers
	hint	#36			/* bti j */
	\op	q\n, [x0]
	ret
	nop
	.endr
.endm

.macro fpreg_table op
	and	w1, w1, #31
	adr	x2, 1f
	add	x2, x2, x1, lsl #4
	br	x2
1:
	fpreg_sixteen \op, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	fpreg_sixteen \op, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
.endm

SYM_FUNC(fp_read_reg)
	fpreg_table str
SYM_END(fp_read_reg)

SYM_FUNC(fp_write_reg)
	fpreg_table ldr
SYM_END(fp_write_reg)
