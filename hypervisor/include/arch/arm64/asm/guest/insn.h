/* SPDX-License-Identifier: BSD-3-Clause */
/* A64 load and store instructions, for device accesses whose syndrome does not describe them (ARM ARM C4.1, C6.2,
 * C7.2). */
#ifndef ASM_GUEST_INSN_H
#define ASM_GUEST_INSN_H

#include <lib/types.h>

enum insn_kind {
	INSN_OTHER,    /* no load or store that is emulated: structures, tags, pointer authentication, undefined */
	INSN_ATOMIC,   /* exclusive, compare and swap, atomic memory operation */
	INSN_PREFETCH, /* has no effect on a device */
	INSN_ACCESS,   /* described by the rest of struct insn_ls */
};

enum insn_addr {
	INSN_ADDR_BASE,    /* Rn + imm */
	INSN_ADDR_PRE,     /* Rn + imm, which Rn becomes */
	INSN_ADDR_POST,    /* Rn, which becomes Rn + imm */
	INSN_ADDR_REG,     /* Rn + extended or shifted Rm */
	INSN_ADDR_LITERAL, /* PC + imm */
};

struct insn_ls {
	enum insn_kind kind;
	enum insn_addr addr;
	bool load;
	bool fp;    /* SIMD and FP registers */
	bool sign;  /* loads: sign-extended to @reg64 ? 64 : 32 bits, else zero-extended */
	bool reg64; /* general registers: 64 bits of Rt are written */
	u8 nr;      /* registers: 1 or 2 */
	u8 size;    /* bytes of each: 1, 2, 4, 8, 16 */
	u8 rt, rt2; /* 31 = zero register, when not @fp */
	u8 rn;      /* 31 = SP */
	u8 rm;      /* 31 = zero register */
	u8 extend;  /* ARM ARM "option": 2 UXTW, 3 LSL, 6 SXTW, 7 SXTX */
	u8 shift;
	s64 imm;
};

/* insn_decode_ls() - what A64 instruction word @insn accesses. Pure. */
struct insn_ls insn_decode_ls(u32 insn);

/* insn_extend() - the offset that value @rm of Rm gives. Pure. */
u64 insn_extend(const struct insn_ls *i, u64 rm);

/* fpreg.S: SIMD and FP register @n (0..31) of the vCPU whose state is in the hardware, to and from memory. A write
 * clears what is above 128 bits, as every load of such a register does. */
void fp_read_reg(u64 v[2], u32 n);
void fp_write_reg(const u64 v[2], u32 n);

#endif
