/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A read that may end in an external abort, synchronous or as SError. For the time of the read the vectors are others,
 * and SErrors, which EL2 masks, are taken.
 */
#include <asm/asm.h>

#define PSTATE_A 0x4

	.text
/* int mmio_probe(paddr_t a, u32 width) */
SYM_FUNC(mmio_probe)
	mrs	x2, vbar_el2
	adrp	x3, probe_vectors
	add	x3, x3, :lo12:probe_vectors
	dsb	sy
	msr	vbar_el2, x3
	isb
	msr	daifclr, #PSTATE_A
	cmp	w1, #1
	b.eq	1f
	ldr	w3, [x0]
	b	2f
1:	ldrb	w3, [x0]
2:	dsb	sy
	isb
	mov	w0, wzr
3:	msr	daifset, #PSTATE_A
	msr	vbar_el2, x2
	isb
	ret
	/* From the vectors, by eret. */
4:	mov	w0, #-1
	b	3b
SYM_END(mmio_probe)

probe_failed:
	adrp	x3, 4b
	add	x3, x3, :lo12:4b
	msr	elr_el2, x3
	isb
	eret
	dsb	nsh
	isb

/* IRQ and FIQ stay masked, and nothing runs below. */
	.section .text.vectors, "ax"
	.balign	2048
probe_vectors:
	.rept	16
	.balign	128
	b	probe_failed
	.endr
