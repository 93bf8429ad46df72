/* SPDX-License-Identifier: BSD-3-Clause */
/* A secondary CPU from PSCI CPU_ON to C: MMU and caches off at first, so it reads struct secondary_boot past them. */
#include <asm/asm.h>

	.text
/* x0 = physical address of struct secondary_boot (secondary.c), its fields in this order. */
SYM_ENTRY(secondary_entry)
	msr	daifset, #0xf
	mov_q	x1, SCTLR_EL2_OFF
	msr	sctlr_el2, x1
	mov_q	x1, HCR_EL2_BOOT
	msr	hcr_el2, x1
	isb
	msr	spsel, #1
	ldp	x1, x2, [x0]		/* vbar, pcpu */
	msr	vbar_el2, x1
	msr	tpidr_el2, x2
	ldp	x3, x4, [x0, #16]	/* mair, tcr */
	ldp	x5, x6, [x0, #32]	/* ttbr0, sctlr */
	ldr	x7, [x0, #48]		/* stack */
	msr	mair_el2, x3
	msr	tcr_el2, x4
	msr	ttbr0_el2, x5
	isb
	tlbi	alle2
	dsb	nsh
	ic	iallu
	dsb	nsh
	isb
	msr	sctlr_el2, x6
	isb
	mov	sp, x7
	mov	x29, xzr
	mov	x30, xzr
	bl	secondary_main
	/* secondary_main does not return. */
1:	wfi
	b	1b
SYM_END(secondary_entry)
