/* SPDX-License-Identifier: BSD-3-Clause */
/* The CPU's random numbers (ARM ARM, FEAT_RNG: RNDRRS). */
#ifndef ASM_RNDR_H
#define ASM_RNDR_H

#include <lib/types.h>

/* cpu_random() - a random word into *@v. Return: false when this CPU has none, or none now after some tries. */
bool cpu_random(u64 *v);

#endif
