/* SPDX-License-Identifier: BSD-3-Clause */
/* All of a CPU's registers, for a guest that watches them. */
#ifndef REGS_H
#define REGS_H

#include <guest.h>

#define REGS_X 31U
#define REGS_NZCV REGS_X /* index in the arrays of regs_x_round() */

/*
 * regs_x_round() - put @want into x0-x30 and NZCV, wait, and store what is there then in @got. @spins = 0: WFE, WFI;
 * else so many rounds of a loop that counts in x30, whose final value is 0, and leaves the others alone.
 */
void regs_x_round(const u64 want[REGS_X + 1], u64 got[REGS_X + 1], u64 spins);

struct regs_q {
	u64 q[32][2];
	u64 fpsr, fpcr;
} __attribute__((aligned(16)));
void regs_q_write(const struct regs_q *q);
void regs_q_read(struct regs_q *q);

/* Z0-Z31, P0-P15, FFR, as bytes: 32 * VL + 17 * VL / 8. FFR has to be a row of ones from bit 0 on. */
void regs_sve_write(const void *buf);
void regs_sve_read(void *buf);
u64 regs_sve_vl(void);

#endif
