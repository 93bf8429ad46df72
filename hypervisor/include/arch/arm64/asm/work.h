/* SPDX-License-Identifier: BSD-3-Clause */
/* Stacks of EL2's own work, so that it can stop in the middle of a function and go on later. */
#ifndef ASM_WORK_H
#define ASM_WORK_H

#include <lib/types.h>

/* work_switch() - save this context at *@save_sp, go on with the one saved as @sp. */
void work_switch(u64 *save_sp, u64 sp);

/* work_prepare() - a context on the stack that ends at @top: @fn(@arg), which never returns. Return: to switch to. */
u64 work_prepare(u64 top, void (*fn)(void *arg), void *arg);

/* work_must_yield() - is an interrupt pending, or has this pCPU another reason to look up? */
bool work_must_yield(void);

#endif
