/* SPDX-License-Identifier: BSD-3-Clause */
/* For .S files only: symbols and constants. */
#ifndef ASM_ASM_H
#define ASM_ASM_H

#include <asm/offsets.h>

/* SCTLR_EL2: RES1 bits of the nVHE layout, everything else off. */
#define SCTLR_EL2_OFF 0x30c50830
/* HCR_EL2: RW, AMO, IMO, FMO. */
#define HCR_EL2_BOOT 0x80000038

/* Debuggers end a backtrace at code entered by an exception or from the loader: x30 is not a return address there. */
#define SYM_ENTRY(name)                                                                                                \
	SYM_FUNC(name)                                                                                                 \
	.cfi_undefined x30

#define SYM_FUNC(name)                                                                                                 \
	.global name;                                                                                                  \
	.hidden name;                                                                                                  \
	.type name, %function;                                                                                         \
	.balign 4;                                                                                                     \
	name:                                                                                                          \
	.cfi_startproc;
#define SYM_END(name)                                                                                                  \
	.cfi_endproc;                                                                                                  \
	.size name, . - name

	.cfi_sections .debug_frame

/* Load a constant of up to 48 bits. */
.macro mov_q reg, val
	movz	\reg, #((\val) & 0xffff)
	movk	\reg, #(((\val) >> 16) & 0xffff), lsl #16
	movk	\reg, #(((\val) >> 32) & 0xffff), lsl #32
.endm

#endif
