/* SPDX-License-Identifier: BSD-3-Clause */
/* Random numbers for guests: a pool that is filled once, at boot, from what the boot loader or the CPU gives. */
#ifndef COMMON_RNG_H
#define COMMON_RNG_H

#include <lib/types.h>

#define RNG_BYTES 32U

/**
 * rng_init() - fill the pool: SHA-256 of the seeds in the host's device tree (which are erased there), words of
 * FEAT_RNG where this CPU has it, and the counter. It counts as filled with an rng-seed of 16 bytes or more, or with
 * all words from the CPU. Context: boot CPU, once, when it is known that the host's memory answers.
 */
void rng_init(void);

/* rng_ready() - was there a source? Without one nothing that is called random leaves Hazel. Constant from boot on. */
bool rng_ready(void);

/**
 * rng_get() - RNG_BYTES that nobody was given before; only when rng_ready(). Neither other answers nor the pool as it
 * is afterwards tell them. 8,000 instructions, of which the lock is held for a few dozen. Context: any pCPU, no lock
 * that rng_get() may be called under.
 */
void rng_get(u8 out[RNG_BYTES]);

#endif
