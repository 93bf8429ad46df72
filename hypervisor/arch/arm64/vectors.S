/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EL2 vectors and the way in and out of a guest (D6).
 *
 * While a guest runs, SP_EL2 points at its struct vcpu and TPIDR_EL2 at struct pcpu. An exit stores into the vCPU and
 * takes the pCPU's one stack with a partial frame (x0-x18, x29, x30; ELR and SPSR stay where they are). Interrupts and
 * the common synchronous exits need no more (trap_light.c); everything else, and the slow way out, completes it.
 */
#include <asm/asm.h>

#define X(n) ((n) * 8)

/* Nothing may be executed speculatively past an exception return. */
.macro eret_sb
	eret
	dsb	nsh
	isb
.endm

/* x0 and x1 are in the frame already: they belong to the vector's branch-history sequence. */
.macro save_partial
	stp	x2, x3, [sp, #X(2)]
	stp	x4, x5, [sp, #X(4)]
	stp	x6, x7, [sp, #X(6)]
	stp	x8, x9, [sp, #X(8)]
	stp	x10, x11, [sp, #X(10)]
	stp	x12, x13, [sp, #X(12)]
	stp	x14, x15, [sp, #X(14)]
	stp	x16, x17, [sp, #X(16)]
	str	x18, [sp, #X(18)]
	stp	x29, x30, [sp, #X(29)]
.endm

/* \vcpu: register that holds the vCPU; clobbers x2, x3. */
.macro save_rest vcpu
	stp	x19, x20, [\vcpu, #X(19)]
	stp	x21, x22, [\vcpu, #X(21)]
	stp	x23, x24, [\vcpu, #X(23)]
	stp	x25, x26, [\vcpu, #X(25)]
	stp	x27, x28, [\vcpu, #X(27)]
	mrs	x2, elr_el2
	mrs	x3, spsr_el2
	stp	x2, x3, [\vcpu, #VCPU_PC]
.endm

/* SP = the vCPU. */
.macro restore_partial
	ldp	x2, x3, [sp, #X(2)]
	ldp	x4, x5, [sp, #X(4)]
	ldp	x6, x7, [sp, #X(6)]
	ldp	x8, x9, [sp, #X(8)]
	ldp	x10, x11, [sp, #X(10)]
	ldp	x12, x13, [sp, #X(12)]
	ldp	x14, x15, [sp, #X(14)]
	ldp	x16, x17, [sp, #X(16)]
	ldr	x18, [sp, #X(18)]
	ldp	x29, x30, [sp, #X(29)]
	ldp	x0, x1, [sp, #X(0)]
.endm

/* Back to the guest, or to label 4 with the vCPU in x0 when there is more to do. */
.macro return_partial
	mrs	x1, tpidr_el2
	ldr	w2, [x1, #PCPU_FLAGS]
	ldr	x0, [x1, #PCPU_VCPU]
	cbnz	w2, 4f
	mov	sp, x0
	restore_partial
	eret_sb
.endm

/* Frame of the vCPU to x0, stack to the pCPU's. x29 = 0 ends backtraces here. */
.macro take_stack
	mov	x0, sp
	mrs	x1, tpidr_el2
	ldr	x2, [x1, #PCPU_STACK_TOP]
	mov	x29, xzr
	mov	sp, x2
.endm

/* Branch-history variants; x0 and x1 are free. */
.macro bhb_none
.endm
.macro bhb_loop n
	mov	x0, #\n
1:	b	. + 4
	subs	x0, x0, #1
	b.ne	1b
	dsb	nsh
	isb
.endm
.macro bhb_loop8
	bhb_loop 8
.endm
.macro bhb_loop24
	bhb_loop 24
.endm
.macro bhb_clrbhb
	hint	#22
	isb
.endm
/* SMCCC_ARCH_WORKAROUND_3 keeps x4 and up; x2 and x3 are saved around it because it may change x0-x3. */
.macro bhb_firmware
	stp	x2, x3, [sp, #X(2)]
	mov	w0, #0x3fff
	movk	w0, #0x8000, lsl #16
	smc	#0
	ldp	x2, x3, [sp, #X(2)]
.endm

.macro vec_guest bhb, target
	.balign	128
	stp	x0, x1, [sp, #X(0)]
	\bhb
	b	\target
.endm

.macro vec_el2 target
	.balign	128
	b	\target
.endm

/* Order of ARM ARM table D1-5: current EL with SP_EL0, with SP_ELx, lower EL AArch64, lower EL AArch32. */
.macro vectors name, bhb
	.balign	2048
	.global \name
	.hidden \name
\name:
	vec_el2	el2_crash_sync
	vec_el2	el2_crash_irq
	vec_el2	el2_crash_irq
	vec_el2	el2_crash_serror
	vec_el2	el2_crash_sync
	vec_el2	el2_crash_irq
	vec_el2	el2_crash_irq
	vec_el2	el2_crash_serror
	vec_guest \bhb, guest_sync
	vec_guest \bhb, guest_irq
	vec_guest \bhb, guest_irq
	vec_guest \bhb, guest_serror
	vec_guest \bhb, guest_sync
	vec_guest \bhb, guest_irq
	vec_guest \bhb, guest_irq
	vec_guest \bhb, guest_serror
.endm

	.section .text.vectors, "ax"
	.balign 2048
	.global __vectors_boot
	.hidden __vectors_boot
__vectors_boot:
vectors	vectors_bhb_none, bhb_none
vectors	vectors_bhb_loop8, bhb_loop8
vectors	vectors_bhb_loop24, bhb_loop24
vectors	vectors_bhb_clrbhb, bhb_clrbhb
vectors	vectors_bhb_firmware, bhb_firmware

	.text
SYM_ENTRY(guest_sync)
	save_partial
	take_stack
	mrs	x1, esr_el2
	/* Bits of EC that tell 0x16 (HVC64), 0x18 (system register), 0x24 (data abort) apart; C looks at all. */
	tbnz	w1, #31, 2f
	tbnz	w1, #29, 1f
	mov	w2, #0x5a000000		/* EC 0x16, IL, HVC #0: all of the syndrome */
	cmp	w1, w2
	b.ne	3f
	bl	light_hvc
	return_partial
1:	tbnz	w1, #0, 5f		/* ISS.Direction: a read */
	bl	light_msr
	tbnz	w0, #0, guest_return_partial
	b	3f
5:	bl	light_mrs
	tbnz	w0, #0, guest_return_partial
	cbnz	w0, guest_return_high
	b	3f
2:	bl	light_dabt
	tbnz	w0, #0, guest_return_partial
	cbnz	w0, guest_return_high
3:	mrs	x1, tpidr_el2
	ldr	x0, [x1, #PCPU_VCPU]
	save_rest x0
	bl	trap_sync
	b	guest_return_full
SYM_END(guest_sync)

SYM_ENTRY(guest_serror)
	save_partial
	take_stack
	save_rest x0
	bl	trap_serror
	b	guest_return_full
SYM_END(guest_serror)

SYM_ENTRY(guest_irq)
	save_partial
	take_stack
	bl	trap_irq
	/* fall through */
SYM_END(guest_irq)

SYM_ENTRY(guest_return_partial)
	return_partial
	/* x19-x28 are the guest's again: C restored them before it returned. */
4:	save_rest x0
	b	guest_slow
SYM_END(guest_return_partial)

/* w0: what a light exit answered. One of x19-x28, which C cannot change, takes its value from the frame first. */
SYM_ENTRY(guest_return_high)
	mrs	x1, tpidr_el2
	ldr	x2, [x1, #PCPU_VCPU]
	adr	x1, 5f - LIGHT_STUB
	add	x1, x1, w0, uxtw
	br	x1
5:
	.irp	n, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28
	bti	j
	ldr	x\n, [x2, #X(\n)]
	b	guest_return_partial
	.endr
	.if	. - 5b != 10 * LIGHT_STUB
	.error	"LIGHT_STUB"
	.endif
SYM_END(guest_return_high)

SYM_ENTRY(guest_return_full)
	mrs	x1, tpidr_el2
	ldr	w2, [x1, #PCPU_FLAGS]
	ldr	x0, [x1, #PCPU_VCPU]
	cbz	w2, guest_enter
	/* fall through */
SYM_END(guest_return_full)

SYM_ENTRY(guest_slow)
	mrs	x0, tpidr_el2
	bl	hv_exit_work
	/* fall through: x0 = vCPU to enter */
SYM_END(guest_slow)

/* void guest_enter(struct vcpu *): does not return */
SYM_ENTRY(guest_enter)
	mov	sp, x0
	ldp	x2, x3, [sp, #VCPU_PC]
	msr	elr_el2, x2
	msr	spsr_el2, x3
	ldp	x19, x20, [sp, #X(19)]
	ldp	x21, x22, [sp, #X(21)]
	ldp	x23, x24, [sp, #X(23)]
	ldp	x25, x26, [sp, #X(25)]
	ldp	x27, x28, [sp, #X(27)]
	restore_partial
	eret_sb
SYM_END(guest_enter)

/*
 * An exception taken from EL2 is a bug of EL2: registers go to the crash stack, because the current one may be the
 * cause.
 * TPIDR_EL0 and TPIDRRO_EL0 are the guest's, and the machine stops here, so they serve as scratch.
 */
.macro el2_crash what
	msr	tpidr_el0, x0
	msr	tpidrro_el0, x1
	/* One crash stack: a second CPU that fails waits for ever. TPIDR_EL2 tells CPUs apart; 0 before it is set. */
1:	adrp	x1, crash_stack_owner
	add	x1, x1, :lo12:crash_stack_owner
	ldaxr	x0, [x1]
	cbnz	x0, 2f
	mrs	x0, tpidr_el2
	orr	x0, x0, #1
	msr	afsr0_el2, x2
	stxr	w2, x0, [x1]
	cmp	w2, #0
	mrs	x2, afsr0_el2
	b.ne	1b
	b	4f
2:	mrs	x1, tpidr_el2
	orr	x1, x1, #1
	cmp	x0, x1
	b.eq	4f
3:	wfi
	b	3b
4:	mov	x0, sp
	adrp	x1, __crash_stack_top
	sub	x1, x1, #EL2_FRAME_SIZE
	mov	sp, x1
	str	x0, [sp, #EL2_FRAME_SP]
	mrs	x0, tpidr_el0
	mrs	x1, tpidrro_el0
	stp	x0, x1, [sp, #X(0)]
	save_partial
	stp	x19, x20, [sp, #X(19)]
	stp	x21, x22, [sp, #X(21)]
	stp	x23, x24, [sp, #X(23)]
	stp	x25, x26, [sp, #X(25)]
	stp	x27, x28, [sp, #X(27)]
	mrs	x0, elr_el2
	mrs	x1, spsr_el2
	stp	x0, x1, [sp, #EL2_FRAME_PC]
	mrs	x0, esr_el2
	mrs	x1, far_el2
	stp	x0, x1, [sp, #EL2_FRAME_ESR]
	mov	x0, sp
	mov	w1, #\what
	b	el2_exception
.endm

	.section .bss.crash_stack_owner, "aw", %nobits
	.balign	8
crash_stack_owner:
	.zero	8
	.text

SYM_ENTRY(el2_crash_sync)
	el2_crash 0
SYM_END(el2_crash_sync)
SYM_ENTRY(el2_crash_irq)
	el2_crash 1
SYM_END(el2_crash_irq)
SYM_ENTRY(el2_crash_serror)
	el2_crash 2
SYM_END(el2_crash_serror)
