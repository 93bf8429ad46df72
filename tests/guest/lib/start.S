/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry at EL1 with the MMU off, behind an arm64 Image header; exception vectors; firmware calls. */

#define EXC_FRAME_SIZE 288 /* x0-x30, elr, spsr, esr, far, pad */

	.section .head.text, "ax"
	.global _start, image_start
image_start:
_start:
	b	entry
	.long	0
	.quad	TEXT_OFFSET
	.quad	image_size
	.quad	0xa		/* little-endian, 4 KiB pages, anywhere */
	.quad	0, 0, 0
	.ascii	"ARMd"
	.long	0

entry:
	msr	tpidr_el1, x30
	adrp	x30, entry_state
	add	x30, x30, :lo12:entry_state
	stp	x0, x1, [x30, #0]
	mrs	x1, cntpct_el0
	str	x1, [x30, #840]
	stp	x2, x3, [x30, #16]
	stp	x4, x5, [x30, #32]
	stp	x6, x7, [x30, #48]
	stp	x8, x9, [x30, #64]
	stp	x10, x11, [x30, #80]
	stp	x12, x13, [x30, #96]
	stp	x14, x15, [x30, #112]
	stp	x16, x17, [x30, #128]
	stp	x18, x19, [x30, #144]
	stp	x20, x21, [x30, #160]
	stp	x22, x23, [x30, #176]
	stp	x24, x25, [x30, #192]
	stp	x26, x27, [x30, #208]
	stp	x28, x29, [x30, #224]
	mrs	x1, tpidr_el1
	mrs	x2, CurrentEL
	stp	x1, x2, [x30, #240]
	mrs	x1, daif
	mrs	x2, sctlr_el1
	stp	x1, x2, [x30, #256]
	mrs	x1, spsel
	mrs	x2, cpacr_el1
	stp	x1, x2, [x30, #272]
	mrs	x1, vbar_el1
	mrs	x2, cntv_ctl_el0
	stp	x1, x2, [x30, #288]
	mrs	x1, cntp_ctl_el0
	mov	x2, #(3 << 20)
	msr	cpacr_el1, x2
	isb
	mrs	x2, fpcr
	stp	x1, x2, [x30, #304]
	mrs	x1, fpsr
	str	x1, [x30, #320]
	add	x1, x30, #328
	stp	q0, q1, [x1], #32
	stp	q2, q3, [x1], #32
	stp	q4, q5, [x1], #32
	stp	q6, q7, [x1], #32
	stp	q8, q9, [x1], #32
	stp	q10, q11, [x1], #32
	stp	q12, q13, [x1], #32
	stp	q14, q15, [x1], #32
	stp	q16, q17, [x1], #32
	stp	q18, q19, [x1], #32
	stp	q20, q21, [x1], #32
	stp	q22, q23, [x1], #32
	stp	q24, q25, [x1], #32
	stp	q26, q27, [x1], #32
	stp	q28, q29, [x1], #32
	stp	q30, q31, [x1], #32

	/* .bss is not part of the file */
	adrp	x1, bss_start
	add	x1, x1, :lo12:bss_start
	adrp	x2, bss_end
	add	x2, x2, :lo12:bss_end
1:	cmp	x1, x2
	b.hs	2f
	str	xzr, [x1], #8
	b	1b
2:	adrp	x1, stack_top
	add	x1, x1, :lo12:stack_top
	msr	spsel, #1
	mov	sp, x1
	adrp	x1, vectors
	add	x1, x1, :lo12:vectors
	msr	vbar_el1, x1
	isb
	mov	x29, xzr
	mov	x30, xzr
	b	guest_main

	/* CPU_ON comes here: x0 = &struct smp_start (cpus.c): stack, function, argument, SCTLR, TTBR0, TCR, MAIR. */
	.global	smp_entry
smp_entry:
	mrs	x9, sctlr_el1
	mrs	x10, CurrentEL
	mrs	x11, daif
	mov	x12, #(3 << 20)
	msr	cpacr_el1, x12
	msr	spsel, #1
	ldp	x1, x2, [x0]
	ldp	x3, x4, [x0, #16]
	ldp	x5, x6, [x0, #32]
	ldr	x7, [x0, #48]
	stp	x9, x10, [x0, #64]
	str	x11, [x0, #80]
	mov	sp, x1
	adrp	x8, vectors
	add	x8, x8, :lo12:vectors
	msr	vbar_el1, x8
	msr	mair_el1, x7
	msr	tcr_el1, x6
	msr	ttbr0_el1, x5
	isb
	tlbi	vmalle1
	ic	iallu
	dsb	sy
	isb
	msr	sctlr_el1, x4
	isb
	mov	x29, xzr
	mov	x30, xzr
	mov	x0, x3
	blr	x2
	b	smp_exit

	.macro	vector n
	.balign	128
	sub	sp, sp, #EXC_FRAME_SIZE
	stp	x0, x1, [sp]
	mov	x1, #\n
	b	exc_common
	.endm

	.text
	.balign	2048
	.global	vectors
vectors:
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15
	vector	\n
	.endr

exc_common:
	stp	x2, x3, [sp, #16]
	stp	x4, x5, [sp, #32]
	stp	x6, x7, [sp, #48]
	stp	x8, x9, [sp, #64]
	stp	x10, x11, [sp, #80]
	stp	x12, x13, [sp, #96]
	stp	x14, x15, [sp, #112]
	stp	x16, x17, [sp, #128]
	stp	x18, x19, [sp, #144]
	stp	x20, x21, [sp, #160]
	stp	x22, x23, [sp, #176]
	stp	x24, x25, [sp, #192]
	stp	x26, x27, [sp, #208]
	stp	x28, x29, [sp, #224]
	mrs	x2, elr_el1
	stp	x30, x2, [sp, #240]
	mrs	x2, spsr_el1
	mrs	x3, esr_el1
	stp	x2, x3, [sp, #256]
	mrs	x2, far_el1
	str	x2, [sp, #272]
	mov	x0, sp
	bl	exc_entry
	ldp	x30, x2, [sp, #240]
	ldr	x3, [sp, #256]
	msr	elr_el1, x2
	msr	spsr_el1, x3
	ldp	x2, x3, [sp, #16]
	ldp	x4, x5, [sp, #32]
	ldp	x6, x7, [sp, #48]
	ldp	x8, x9, [sp, #64]
	ldp	x10, x11, [sp, #80]
	ldp	x12, x13, [sp, #96]
	ldp	x14, x15, [sp, #112]
	ldp	x16, x17, [sp, #128]
	ldp	x18, x19, [sp, #144]
	ldp	x20, x21, [sp, #160]
	ldp	x22, x23, [sp, #176]
	ldp	x24, x25, [sp, #192]
	ldp	x26, x27, [sp, #208]
	ldp	x28, x29, [sp, #224]
	ldp	x0, x1, [sp], #EXC_FRAME_SIZE
	eret

	.macro	smccc name, insn
	.global	\name
\name:
	stp	x29, x30, [sp, #-112]!
	stp	x19, x20, [sp, #16]
	stp	x21, x22, [sp, #32]
	stp	x23, x24, [sp, #48]
	stp	x25, x26, [sp, #64]
	stp	x27, x28, [sp, #80]
	str	x0, [sp, #96]
	mov	x30, x0
	ldp	x0, x1, [x30, #0]
	ldp	x2, x3, [x30, #16]
	ldp	x4, x5, [x30, #32]
	ldp	x6, x7, [x30, #48]
	ldp	x8, x9, [x30, #64]
	ldp	x10, x11, [x30, #80]
	ldp	x12, x13, [x30, #96]
	ldp	x14, x15, [x30, #112]
	ldp	x16, x17, [x30, #128]
	ldp	x18, x19, [x30, #144]
	ldp	x20, x21, [x30, #160]
	ldp	x22, x23, [x30, #176]
	ldp	x24, x25, [x30, #192]
	ldp	x26, x27, [x30, #208]
	ldr	x28, [x30, #224]
	\insn	#0
	ldr	x30, [sp, #96]
	stp	x0, x1, [x30, #0]
	stp	x2, x3, [x30, #16]
	stp	x4, x5, [x30, #32]
	stp	x6, x7, [x30, #48]
	stp	x8, x9, [x30, #64]
	stp	x10, x11, [x30, #80]
	stp	x12, x13, [x30, #96]
	stp	x14, x15, [x30, #112]
	stp	x16, x17, [x30, #128]
	stp	x18, x19, [x30, #144]
	stp	x20, x21, [x30, #160]
	stp	x22, x23, [x30, #176]
	stp	x24, x25, [x30, #192]
	stp	x26, x27, [x30, #208]
	str	x28, [x30, #224]
	ldp	x19, x20, [sp, #16]
	ldp	x21, x22, [sp, #32]
	ldp	x23, x24, [sp, #48]
	ldp	x25, x26, [sp, #64]
	ldp	x27, x28, [sp, #80]
	ldp	x29, x30, [sp], #112
	ret
	.endm

	smccc	smccc_hvc, hvc
	smccc	smccc_smc, smc

	/* Not .bss: it is written before .bss is cleared. */
	.data
	.balign	16
	.global	entry_state
entry_state:
	.zero	328 + 512 + 8	/* the last is cntpct */
