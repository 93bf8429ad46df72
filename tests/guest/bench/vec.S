/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Exception vectors of the bench guest. An IRQ reads the clock with its first instruction, then goes where x25 says.
 * x24-x28 are used by nothing else (-ffixed-x24 and so on), so that handlers have nothing to save.
 */
#define ICC_IAR1_EL1 S3_0_C12_C12_0
#define ICC_EOIR1_EL1 S3_0_C12_C12_1
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define BELL_PENDING 0x14
#define BELL_ACK 0x18

	.text
	.balign	2048
	.global	bench_vectors
bench_vectors:
	.set	n, 0
	.rept	16
	.balign	128
	.if	n == 5		/* IRQ, current EL with SP_ELx */
	mrs	x28, cntvct_el0
	br	x25
	.else
	b	vectors + n * 128
	.endif
	.set	n, n + 1
	.endr

	.macro	hook name
	.global	\name
	.balign	64
\name:
	mrs	x27, ICC_IAR1_EL1
	.endm
	.macro	hook_end
	mov	x26, #1
	eret
	.endm

hook	hook_plain
	msr	ICC_EOIR1_EL1, x27
	hook_end

/* The virtual timer is level: off before EOI. */
hook	hook_timer
	msr	cntv_ctl_el0, xzr
	isb
	msr	ICC_EOIR1_EL1, x27
	hook_end

/* A device is told to be quiet: 0 to the register at x24. */
hook	hook_store
	str	wzr, [x24]
	dsb	sy
	msr	ICC_EOIR1_EL1, x27
	hook_end

/* An SGI is answered by the one in x24, from a register that a compiler would have it in. */
hook	hook_pong
	str	x0, [sp, #-16]!
	mov	x0, x24
	msr	ICC_EOIR1_EL1, x27
	dsb	sy
	msr	ICC_SGI1R_EL1, x0
	ldr	x0, [sp], #16
	hook_end

/* x24: count, want, SGI. Who makes the count whole answers. */
hook	hook_last
	stp	x0, x1, [sp, #-32]!
	str	x2, [sp, #16]
	msr	ICC_EOIR1_EL1, x27
1:	ldaxr	x0, [x24]
	add	x0, x0, #1
	stlxr	w1, x0, [x24]
	cbnz	w1, 1b
	ldp	x1, x2, [x24, #8]
	cmp	x0, x1
	b.ne	2f
	dsb	sy
	msr	ICC_SGI1R_EL1, x2
2:	ldr	x2, [sp, #16]
	ldp	x0, x1, [sp], #32
	hook_end

/* A doorbell: level until it is acknowledged in its page, which is at x24. */
hook	hook_bell
	ldr	w26, [x24, #BELL_PENDING]
	str	w26, [x24, #BELL_ACK]
	dsb	sy
	msr	ICC_EOIR1_EL1, x27
	hook_end

	.global	bench_begin, bench_end
bench_begin:
	ret
bench_end:
	ret

/* void use_fp(void): every register changes */
	.arch_extension simd
	.global	use_fp
use_fp:
	.irp	r, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, \
		16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	mov	v\r\().d[0], x28
	mov	v\r\().d[1], x28
	.endr
	ret
