/* SPDX-License-Identifier: BSD-3-Clause */
/* Structure offsets that assembly uses; each is checked against the C struct by a static_assert beside it. */
#ifndef ASM_OFFSETS_H
#define ASM_OFFSETS_H

/* struct vcpu_regs */
#define VCPU_PC 248
#define VCPU_PSTATE 256

/* How light exits end (trap_light.c): done is odd; x19 is LIGHT_STUB, x20 two of them, and so on. */
#define LIGHT_FULL 0
#define LIGHT_DONE 1
#define LIGHT_STUB 12

/* struct pcpu */
#define PCPU_VCPU 0
#define PCPU_STACK_TOP 8
#define PCPU_FLAGS 16

/* struct el2_frame */
#define EL2_FRAME_SP 248
#define EL2_FRAME_PC 256
#define EL2_FRAME_PSTATE 264
#define EL2_FRAME_ESR 272
#define EL2_FRAME_FAR 280
#define EL2_FRAME_SIZE 288

#endif
