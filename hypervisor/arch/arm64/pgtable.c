/* SPDX-License-Identifier: BSD-3-Clause */
/* VMSAv8-64 tables, 4 KiB granule: map, unmap, protect, look up, walk. Pure C; the owner of the table serialises
 * callers. */
#include <asm/pgtable.h>
#include <lib/errno.h>

#define LAST_LEVEL 3U
#define ENTRIES 512U
#define OA_LIMIT BIT(48)

static u32 level_shift(u32 level)
{
	return 12U + 9U * (LAST_LEVEL - level);
}

static u64 root_entries(const struct pgtable *pt)
{
	return UINT64_C(1) << (pt->ia_bits - level_shift(pt->start_level));
}

static u64 table_index(const struct pgtable *pt, u32 level, u64 ia)
{
	u64 n = level == pt->start_level ? root_entries(pt) : ENTRIES;

	return (ia >> level_shift(level)) & (n - 1);
}

static bool is_table(u64 pte, u32 level)
{
	return level < LAST_LEVEL && (pte & (PTE_VALID | PTE_TABLE)) == (PTE_VALID | PTE_TABLE);
}

static u64 leaf_pte(paddr_t oa, u64 attrs, u32 level)
{
	return oa | attrs | PTE_VALID | (level == LAST_LEVEL ? PTE_TABLE : 0);
}

static bool may_be_leaf(const struct pgtable *pt, u32 level)
{
	return level == LAST_LEVEL || level >= pt->max_block_level;
}

static int check_range(const struct pgtable *pt, u64 ia, u64 size)
{
	if (size == 0 || !IS_ALIGNED(ia, PAGE_SIZE) || !IS_ALIGNED(size, PAGE_SIZE))
		return -EINVAL;
	if (ia >= BIT(pt->ia_bits) || size > BIT(pt->ia_bits) - ia)
		return -ERANGE;
	return 0;
}

/* The entry to write a leaf for [ia, end) into, as high as alignment allows; tables are added on the way. */
static int leaf_slot(struct pgtable *pt, u64 ia, paddr_t oa, u64 left, u64 **slot, u32 *level)
{
	u64 *table = pt->ops->va(pt, pt->root);
	u32 l;

	for (l = pt->start_level;; l++) {
		u64 *e = &table[table_index(pt, l, ia)];
		u64 size = pgtable_level_size(l);

		if (is_table(*e, l)) {
			table = pt->ops->va(pt, *e & PTE_ADDR);
			continue;
		}
		if (*e & PTE_VALID)
			return -EEXIST;
		if (may_be_leaf(pt, l) && left >= size && IS_ALIGNED(ia | oa, size)) {
			*slot = e;
			*level = l;
			return 0;
		}
		paddr_t new = pt->ops->alloc(pt);

		if (!new)
			return -ENOMEM;
		WRITE_ONCE(*e, new | PTE_VALID | PTE_TABLE);
		table = pt->ops->va(pt, new);
	}
}

int pgtable_map(struct pgtable *pt, u64 ia, paddr_t oa, u64 size, u64 attrs)
{
	u64 start = ia;
	u64 end = ia + size;
	int r = check_range(pt, ia, size);

	if (r)
		return r;
	if (!IS_ALIGNED(oa, PAGE_SIZE))
		return -EINVAL;
	if (oa >= OA_LIMIT || size > OA_LIMIT - oa)
		return -ERANGE;
	while (ia < end) {
		u64 *slot, leaf;
		u32 level;

		r = leaf_slot(pt, ia, oa, end - ia, &slot, &level);
		if (r)
			break;
		leaf = pgtable_level_size(level);
		/* As far as the same table goes, and the same size of leaves fits; at its end a larger one may. */
		do {
			WRITE_ONCE(*slot, leaf_pte(oa, attrs, level));
			slot++;
			ia += leaf;
			oa += leaf;
		} while (end - ia >= leaf && table_index(pt, level, ia) && !(*slot & PTE_VALID));
	}
	pt->ops->sync(pt);
	if (r && ia > start) {
		int undo = pgtable_unmap(pt, start, ia - start);

		/* Only whole leaves of this call are in there, so that no split can run out of tables. */
		return undo ? undo : r;
	}
	return r;
}

/* Replace the block at @e by a table of the next level with the same translation, break before make. */
static int split_block(struct pgtable *pt, u64 *e, u32 level, u64 ia)
{
	u64 old = *e;
	u64 size = pgtable_level_size(level);
	u64 child_size = pgtable_level_size(level + 1);
	u64 attrs = old & ~(PTE_ADDR | PTE_VALID | PTE_TABLE);
	paddr_t new = pt->ops->alloc(pt);
	u64 *t;
	u32 i;

	if (!new)
		return -ENOMEM;
	t = pt->ops->va(pt, new);
	for (i = 0; i < ENTRIES; i++)
		WRITE_ONCE(t[i], leaf_pte((old & PTE_ADDR) + i * child_size, attrs, level + 1));
	WRITE_ONCE(*e, 0);
	pt->ops->sync(pt);
	pt->ops->invalidate(pt, ALIGN_DOWN(ia, size), size);
	WRITE_ONCE(*e, new | PTE_VALID | PTE_TABLE);
	pt->ops->sync(pt);
	return 0;
}

struct change {
	u64 clear;
	u64 set;
	bool unmap;
};

/* Apply @c to the leaf @e that lies wholly inside the range. */
static void change_leaf(struct pgtable *pt, u64 *e, u32 level, u64 ia, const struct change *c)
{
	u64 old = *e;

	WRITE_ONCE(*e, 0);
	/* For an unmap the caller invalidates the whole range once; a change needs the break here. */
	if (c->unmap)
		return;
	pt->ops->sync(pt);
	pt->ops->invalidate(pt, ia, pgtable_level_size(level));
	WRITE_ONCE(*e, (old & ~c->clear) | c->set);
}

static int change_range(struct pgtable *pt, u64 *table, u32 level, u64 ia, u64 end, const struct change *c)
{
	u64 size = pgtable_level_size(level);

	while (ia < end) {
		u64 base = ALIGN_DOWN(ia, size);
		u64 stop = MIN(base + size, end);
		u64 *e = &table[table_index(pt, level, ia)];
		int r = 0;

		if (is_table(*e, level)) {
			r = change_range(pt, pt->ops->va(pt, *e & PTE_ADDR), level + 1, ia, stop, c);
		} else if (*e & PTE_VALID) {
			if (ia == base && stop == base + size) {
				change_leaf(pt, e, level, ia, c);
			} else {
				r = split_block(pt, e, level, ia);
				if (!r)
					r = change_range(pt, pt->ops->va(pt, *e & PTE_ADDR), level + 1, ia, stop, c);
			}
		}
		if (r)
			return r;
		ia = stop;
	}
	return 0;
}

static bool table_empty(const u64 *t)
{
	u32 i;

	for (i = 0; i < ENTRIES; i++)
		if (t[i] & PTE_VALID)
			return false;
	return true;
}

/* Free tables below @table that have become empty inside [ia, end). */
static void prune(struct pgtable *pt, u64 *table, u32 level, u64 ia, u64 end)
{
	u64 size = pgtable_level_size(level);

	while (ia < end) {
		u64 base = ALIGN_DOWN(ia, size);
		u64 stop = MIN(base + size, end);
		u64 *e = &table[table_index(pt, level, ia)];

		if (is_table(*e, level)) {
			paddr_t child = *e & PTE_ADDR;

			prune(pt, pt->ops->va(pt, child), level + 1, ia, stop);
			if (table_empty(pt->ops->va(pt, child))) {
				WRITE_ONCE(*e, 0);
				pt->ops->sync(pt);
				pt->ops->invalidate(pt, base, size);
				pt->ops->free(pt, child);
			}
		}
		ia = stop;
	}
}

int pgtable_unmap(struct pgtable *pt, u64 ia, u64 size)
{
	const struct change c = { .unmap = true };
	int r = check_range(pt, ia, size);

	if (r)
		return r;
	r = change_range(pt, pt->ops->va(pt, pt->root), pt->start_level, ia, ia + size, &c);
	pt->ops->sync(pt);
	pt->ops->invalidate(pt, ia, size);
	prune(pt, pt->ops->va(pt, pt->root), pt->start_level, ia, ia + size);
	return r;
}

int pgtable_protect(struct pgtable *pt, u64 ia, u64 size, u64 clear, u64 set)
{
	const u64 fixed = PTE_ADDR | PTE_VALID | PTE_TABLE;
	const struct change c = { .clear = clear & ~fixed, .set = set & ~fixed };
	int r = check_range(pt, ia, size);

	if (r)
		return r;
	r = change_range(pt, pt->ops->va(pt, pt->root), pt->start_level, ia, ia + size, &c);
	pt->ops->sync(pt);
	return r;
}

int pgtable_lookup(struct pgtable *pt, u64 ia, u64 *pte, u32 *level)
{
	u64 *table = pt->ops->va(pt, pt->root);
	u32 l;

	if (ia >= BIT(pt->ia_bits))
		return -ERANGE;
	for (l = pt->start_level; l <= LAST_LEVEL; l++) {
		u64 e = READ_ONCE(table[table_index(pt, l, ia)]);

		if (!(e & PTE_VALID))
			return -EFAULT;
		if (!is_table(e, l)) {
			*pte = e;
			*level = l;
			return 0;
		}
		table = pt->ops->va(pt, e & PTE_ADDR);
	}
	return -EFAULT;
}

static int walk_table(struct pgtable *pt, const u64 *table, u32 level, u64 ia, pgtable_leaf_fn fn, void *arg)
{
	u64 n = level == pt->start_level ? root_entries(pt) : ENTRIES;
	u64 i;

	for (i = 0; i < n; i++, ia += pgtable_level_size(level)) {
		int r = 0;

		if (is_table(table[i], level))
			r = walk_table(pt, pt->ops->va(pt, table[i] & PTE_ADDR), level + 1, ia, fn, arg);
		else if (table[i] & PTE_VALID)
			r = fn(arg, ia, table[i], level);
		if (r)
			return r;
	}
	return 0;
}

int pgtable_walk(struct pgtable *pt, pgtable_leaf_fn fn, void *arg)
{
	return walk_table(pt, pt->ops->va(pt, pt->root), pt->start_level, 0, fn, arg);
}

static bool table_elsewhere(const struct pgtable_cursor *c, paddr_t table)
{
	return c->table_hi && (table < c->table_lo || table >= c->table_hi);
}

/* The entry that decides about @c->ia. */
static int next_entry(struct pgtable *pt, struct pgtable_cursor *c)
{
	const u64 *table = pt->ops->va(pt, pt->root);
	u32 l;

	for (l = pt->start_level;; l++) {
		u64 e = READ_ONCE(table[table_index(pt, l, c->ia)]);

		if (is_table(e, l) && !table_elsewhere(c, e & PTE_ADDR)) {
			table = pt->ops->va(pt, e & PTE_ADDR);
			continue;
		}
		c->leaf_ia = ALIGN_DOWN(c->ia, pgtable_level_size(l));
		c->pte = e;
		c->level = l;
		c->ia = c->leaf_ia + pgtable_level_size(l);
		if (is_table(e, l))
			return -EFAULT;
		return e & PTE_VALID ? 0 : -EAGAIN;
	}
}

int pgtable_next(struct pgtable *pt, struct pgtable_cursor *c, u32 max)
{
	u64 end = c->end ? c->end : BIT(pt->ia_bits);
	int r = -EAGAIN;

	for (; max && r == -EAGAIN; max--)
		r = c->ia < end ? next_entry(pt, c) : -ENOENT;
	return r;
}

static void free_below(struct pgtable *pt, u64 *table, u32 level)
{
	u64 n = level == pt->start_level ? root_entries(pt) : ENTRIES;
	u64 i;

	for (i = 0; i < n; i++) {
		if (is_table(table[i], level)) {
			paddr_t child = table[i] & PTE_ADDR;

			free_below(pt, pt->ops->va(pt, child), level + 1);
			WRITE_ONCE(table[i], 0);
			pt->ops->free(pt, child);
		} else {
			WRITE_ONCE(table[i], 0);
		}
	}
}

void pgtable_free_all(struct pgtable *pt)
{
	free_below(pt, pt->ops->va(pt, pt->root), pt->start_level);
}
