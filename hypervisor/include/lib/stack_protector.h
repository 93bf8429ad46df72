/* SPDX-License-Identifier: BSD-3-Clause */
/* Stack protector: one guard value for every pCPU, new at each boot. */
#ifndef LIB_STACK_PROTECTOR_H
#define LIB_STACK_PROTECTOR_H

#include <lib/types.h>

/**
 * stack_protector_init() - derive the guard from @entropy (counter, DTB seeds, RNDR); any value will do, more calls
 * mix. Context: boot CPU, from functions that never return or are __no_stack_protector.
 */
void stack_protector_init(u64 entropy);

#endif
