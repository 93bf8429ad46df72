/* SPDX-License-Identifier: BSD-3-Clause */
/* Decoder for the "Loads and Stores" group of A64 (ARM ARM C4.1.94). One function for each of its rows that is
 * emulated. */
#include <asm/guest/insn.h>
#include <lib/bits.h>

#define SIZE(i) ((u32)FIELD_GET(GENMASK(31, 30), i))
#define OPC(i) ((u32)FIELD_GET(GENMASK(23, 22), i))
#define RT(i) ((u8)((i)&31U))
#define RN(i) ((u8)FIELD_GET(GENMASK(9, 5), i))
#define RT2(i) ((u8)FIELD_GET(GENMASK(14, 10), i))
#define RM(i) ((u8)FIELD_GET(GENMASK(20, 16), i))
#define V(i) (((i) >> 26) & 1U)

static s64 sext(u64 v, u32 bits)
{
	return (s64)(v << (64 - bits)) >> (64 - bits);
}

static const struct insn_ls other = { .kind = INSN_OTHER };
static const struct insn_ls atomic_op = { .kind = INSN_ATOMIC };
static const struct insn_ls prefetch = { .kind = INSN_PREFETCH };

static struct insn_ls plain(u32 i, bool load, u32 log_size)
{
	return (struct insn_ls){
		.kind = INSN_ACCESS,
		.load = load,
		.fp = V(i),
		.nr = 1,
		.size = (u8)(1U << log_size),
		.reg64 = log_size == 3,
		.rt = RT(i),
		.rn = RN(i),
	};
}

/* Exclusives, CAS, and the ordered LDAR, STLR, LDLAR, STLLR. */
static struct insn_ls exclusive(u32 i)
{
	bool o2 = i & BIT(23), o1 = i & BIT(21);

	if (!o2 || o1)
		return atomic_op;
	return plain(i, i & BIT(22), SIZE(i));
}

/* The register forms of size and opc that all single-register rows share. */
static struct insn_ls single(u32 i)
{
	u32 size = SIZE(i), opc = OPC(i);
	struct insn_ls r;

	if (V(i)) {
		if (opc & 2) {
			if (size)
				return other;
			size = 4;
		}
		return plain(i, opc & 1, size);
	}
	if (opc >= 2 && size == 3)
		return opc == 2 ? prefetch : other;
	if (opc == 3 && size == 2)
		return other;
	r = plain(i, opc != 0, size);
	if (opc >= 2) {
		r.sign = true;
		r.reg64 = opc == 2;
	}
	return r;
}

/* LDAPUR and STLUR. */
static struct insn_ls ordered_unscaled(u32 i)
{
	struct insn_ls r;

	if ((i & (BIT(21) | GENMASK(11, 10))) || V(i))
		return other; /* tags, memory copy */
	r = single(i);
	if (r.kind != INSN_ACCESS)
		return other;
	r.imm = sext(FIELD_GET(GENMASK(20, 12), i), 9);
	return r;
}

static struct insn_ls literal(u32 i)
{
	u32 opc = SIZE(i);
	struct insn_ls r;

	if (opc == 3)
		return V(i) ? other : prefetch;
	if (V(i)) {
		r = plain(i, true, 2 + opc);
	} else {
		r = plain(i, true, opc == 1 ? 3 : 2);
		r.sign = opc == 2;
		r.reg64 = opc != 0;
	}
	r.addr = INSN_ADDR_LITERAL;
	r.rn = 31;
	r.imm = sext(FIELD_GET(GENMASK(23, 5), i), 19) * 4;
	return r;
}

static struct insn_ls pair(u32 i)
{
	static const u8 addr[] = { INSN_ADDR_BASE, INSN_ADDR_POST, INSN_ADDR_BASE, INSN_ADDR_PRE };
	u32 opc = SIZE(i), type = (u32)FIELD_GET(GENMASK(24, 23), i);
	bool load = i & BIT(22);
	struct insn_ls r;

	if (opc == 3 || (!V(i) && opc == 1 && (!load || type == 0)))
		return other; /* undefined, STGP */
	if (V(i)) {
		r = plain(i, load, 2 + opc);
	} else {
		r = plain(i, load, opc == 2 ? 3 : 2);
		r.sign = opc == 1;
		r.reg64 = opc != 0;
	}
	r.nr = 2;
	r.rt2 = RT2(i);
	r.addr = (enum insn_addr)addr[type];
	r.imm = sext(FIELD_GET(GENMASK(21, 15), i), 7) * r.size;
	return r;
}

/* LDAPR is among the atomics, but only loads. */
static struct insn_ls atomic(u32 i)
{
	const u32 mask = BIT32(26) | (u32)GENMASK(23, 10),
		  ldapr = BIT32(23) | BIT32(21) | 0x1fU << 16 | BIT32(15) | 4U << 12;

	return (i & mask) == ldapr ? plain(i, true, SIZE(i)) : atomic_op;
}

static struct insn_ls by_register(u32 i)
{
	u32 option = (u32)FIELD_GET(GENMASK(15, 13), i);
	struct insn_ls r = single(i);

	if (!(option & 2))
		return other;
	if (r.kind != INSN_ACCESS)
		return r;
	r.addr = INSN_ADDR_REG;
	r.rm = RM(i);
	r.extend = (u8)option;
	r.shift = i & BIT(12) ? (u8)__builtin_ctz(r.size) : 0;
	return r;
}

/* Nine-bit offset: unscaled, post-indexed, unprivileged, pre-indexed. */
static struct insn_ls by_imm9(u32 i)
{
	static const u8 addr[] = { INSN_ADDR_BASE, INSN_ADDR_POST, INSN_ADDR_BASE, INSN_ADDR_PRE };
	u32 form = (u32)FIELD_GET(GENMASK(11, 10), i);
	struct insn_ls r = single(i);

	/* Prefetch has the unscaled form only, and SIMD no unprivileged one. */
	if ((r.kind == INSN_PREFETCH && form != 0) || (V(i) && form == 2))
		return other;
	if (r.kind != INSN_ACCESS)
		return r;
	r.addr = (enum insn_addr)addr[form];
	r.imm = sext(FIELD_GET(GENMASK(20, 12), i), 9);
	return r;
}

static struct insn_ls one_register(u32 i)
{
	struct insn_ls r;

	if (i & BIT(24)) {
		r = single(i);
		r.imm = (s64)FIELD_GET(GENMASK(21, 10), i) * r.size;
		return r;
	}
	if (!(i & BIT(21)))
		return by_imm9(i);
	switch (FIELD_GET(GENMASK(11, 10), i)) {
	case 0:
		return atomic(i);
	case 2:
		return by_register(i);
	default:
		return other; /* LDRAA, LDRAB */
	}
}

/*
 * CONSTRAINED UNPREDICTABLE: write-back into a register that is transferred, and loading one register twice (C6.2,
 * "LDR", "LDP"). UNDEFINED is among what is allowed.
 */
static bool unpredictable(const struct insn_ls *r)
{
	bool wback = r->addr == INSN_ADDR_PRE || r->addr == INSN_ADDR_POST;

	if (r->nr == 2 && r->load && r->rt == r->rt2)
		return true;
	return wback && !r->fp && r->rn != 31 && (r->rn == r->rt || (r->nr == 2 && r->rn == r->rt2));
}

static struct insn_ls decode(u32 i)
{
	switch (FIELD_GET(GENMASK(29, 27), i)) {
	case 1:
		/* Bit 26 set: structures of SIMD registers. */
		return !V(i) && !(i & GENMASK(25, 24)) ? exclusive(i) : other;
	case 3:
		if (!(i & GENMASK(25, 24)))
			return literal(i);
		return FIELD_GET(GENMASK(25, 24), i) == 1 ? ordered_unscaled(i) : other;
	case 5:
		return i & BIT(25) ? other : pair(i);
	case 7:
		return i & BIT(25) ? other : one_register(i);
	default:
		return other;
	}
}

struct insn_ls insn_decode_ls(u32 i)
{
	struct insn_ls r = decode(i);

	return r.kind == INSN_ACCESS && unpredictable(&r) ? other : r;
}

u64 insn_extend(const struct insn_ls *i, u64 rm)
{
	switch (i->extend) {
	case 2:
		rm &= GENMASK(31, 0);
		break;
	case 6:
		rm = (u64)sext(rm, 32);
		break;
	default:
		break;
	}
	return rm << i->shift;
}
