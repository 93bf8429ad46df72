/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One walker for every VMSAv8-64 table with a 4 KiB granule: EL2 stage 1, stage 2, later the SMMU (ARM ARM D8.3).
 * Pure C over table memory; what differs is in struct pgtable_ops.
 */
#ifndef ASM_PGTABLE_H
#define ASM_PGTABLE_H

#include <asm/page.h>
#include <lib/bits.h>

#define PTE_VALID BIT(0)
#define PTE_TABLE BIT(1) /* table at levels 0-2, page at level 3 */
#define PTE_ADDR GENMASK(47, 12)
#define PTE_AF BIT(10)
#define PTE_SH_INNER FIELD_PREP(GENMASK(9, 8), 3)
#define PTE_SW GENMASK(58, 55) /* free for software: dirty log, snapshot */

/* Stage 1, EL2 translation regime (ARM ARM D8.3.1.2) */
#define S1_ATTR(i) FIELD_PREP(GENMASK(4, 2), (i))
#define S1_AP_RES1 BIT(6) /* AP[1] is RES1 at EL2 */
#define S1_AP_RO BIT(7)
#define S1_XN BIT(54)
#define S1_GP BIT(50) /* BTI guarded */

/* Stage 2 */
#define S2_MEMATTR(a) FIELD_PREP(GENMASK(5, 2), (a))
#define S2_MEMATTR_NORMAL_WB 0xfU
#define S2_MEMATTR_DEVICE_nGnRE 0x1U
#define S2_R BIT(6)
#define S2_W BIT(7)
#define S2_XN BIT(54)
#define S2_XN_ALL FIELD_PREP(GENMASK(54, 53), 2)

struct pgtable;

struct pgtable_ops {
	/* A zeroed 4 KiB table, or 0. */
	paddr_t (*alloc)(struct pgtable *pt);
	void (*free)(struct pgtable *pt, paddr_t table);
	/* Table at @pa as EL2 reads and writes it. */
	u64 *(*va)(struct pgtable *pt, paddr_t pa);
	/* Invalidate translations of [ia, ia + size) after an entry was made invalid; complete on return (DSB). */
	void (*invalidate)(struct pgtable *pt, u64 ia, u64 size);
	/* Make table writes visible to the walker (DSB, ISB where stage 1 needs it). */
	void (*sync)(struct pgtable *pt);
};

struct pgtable {
	const struct pgtable_ops *ops;
	void *cookie;
	paddr_t root;        /* root_entries * 8 bytes, naturally aligned */
	u32 start_level;     /* 0..2 */
	u32 ia_bits;         /* input address size */
	u32 max_block_level; /* lowest level that may hold a block: 1 (1 GiB) normally */
};

/**
 * pgtable_map() - map [ia, ia+size) to [oa, ..) with leaf attributes @attrs (everything but address, VALID and type
 * bits), largest blocks first. All 4 KiB aligned. On failure nothing of the range stays mapped. Return: 0, -EINVAL
 * (alignment), -ERANGE (beyond ia_bits or 48-bit oa), -EEXIST (already mapped), -ENOMEM (no table).
 */
int __must_check pgtable_map(struct pgtable *pt, u64 ia, paddr_t oa, u64 size, u64 attrs);

/**
 * pgtable_unmap() - remove [ia, ia+size), splitting blocks with break-before-make, freeing empty tables. Unmapped parts
 * are skipped. Return: 0, -EINVAL, -ERANGE, -ENOMEM (a split found no table; the range before it is gone).
 */
int __must_check pgtable_unmap(struct pgtable *pt, u64 ia, u64 size);

/* pgtable_protect() - attrs = (attrs & ~clear) | set on every mapping in the range, split and break-before-make as
 * needed. */
int __must_check pgtable_protect(struct pgtable *pt, u64 ia, u64 size, u64 clear, u64 set);

/* pgtable_lookup() - leaf for @ia. Return: 0 with *@pte and *@level, -EFAULT when not mapped, -ERANGE. */
int __must_check pgtable_lookup(struct pgtable *pt, u64 ia, u64 *pte, u32 *level);

/* pgtable_walk() - call @fn for every leaf in ascending order until it returns non-zero; that value is returned. */
typedef int (*pgtable_leaf_fn)(void *arg, u64 ia, u64 pte, u32 level);
int pgtable_walk(struct pgtable *pt, pgtable_leaf_fn fn, void *arg);

/**
 * pgtable_next() - the same in bounded pieces, for a walk that lets others run in between: the first leaf at or after
 * @c->ia, after at most @max entries were looked at. Tables may only change between calls, and only by adding to or
 * taking from them. Return: 0 with the leaf in *@c; -EAGAIN: not yet, call again; -ENOENT: there is none any more;
 * -EFAULT: a table lies outside [table_lo, table_hi), in @c->pte, and was not followed.
 */
struct pgtable_cursor {
	u64 ia;                     /* where to go on; start with 0 */
	u64 end;                    /* where to stop; 0 = at the end of the input addresses */
	paddr_t table_lo, table_hi; /* where tables may lie; table_hi 0 = anywhere */
	u64 leaf_ia, pte;
	u32 level;
};
int __must_check pgtable_next(struct pgtable *pt, struct pgtable_cursor *c, u32 max);

/* pgtable_free_all() - free every table but the root; entries of the root become invalid. No TLB maintenance. */
void pgtable_free_all(struct pgtable *pt);

/* Bytes that one entry of @level, 0..3, covers. */
static inline u64 pgtable_level_size(u32 level)
{
	return UINT64_C(1) << (12 + 9 * (3 - (level & 3)));
}

#endif
