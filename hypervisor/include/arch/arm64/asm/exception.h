/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry points between vectors.S and C. */
#ifndef ASM_EXCEPTION_H
#define ASM_EXCEPTION_H

#include <lib/types.h>

struct el2_frame;
struct vcpu;

/* el2_exception() - an exception taken from EL2, on the crash stack. @kind: 0 synchronous, 1 IRQ or FIQ, 2 SError. */
__noreturn void el2_exception(const struct el2_frame *frame, u32 kind);

/* guest_enter() - leave EL2 for @vcpu, which is loaded on this pCPU. The pCPU's stack is given up. */
__noreturn void guest_enter(struct vcpu *vcpu);

/* Vector tables by enum bhb_variant. */
extern char vectors_bhb_none[], vectors_bhb_loop8[], vectors_bhb_loop24[], vectors_bhb_clrbhb[], vectors_bhb_firmware[];

#endif
