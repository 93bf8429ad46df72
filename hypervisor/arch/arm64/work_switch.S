/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the pCPU's stack and that of a piece of EL2 work: what a function call preserves (AAPCS64 6.1.1), and SP. */
#include <asm/asm.h>

	.text
/* void work_switch(u64 *save_sp, u64 sp) */
SYM_FUNC(work_switch)
	stp	x29, x30, [sp, #-96]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	mov	x2, sp
	str	x2, [x0]
	mov	sp, x1
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #96
	ret
SYM_END(work_switch)

/* The first return of work_switch() to a new stack: x19 = function, x20 = its argument. Does not return. */
SYM_ENTRY(work_first)
	hint	#36		/* bti j: reached by ret, which needs none; by br it would */
	mov	x0, x20
	blr	x19
1:	wfi
	b	1b
SYM_END(work_first)
