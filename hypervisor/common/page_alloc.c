/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A bitmap per region. Bit n stands for the page (base page number rounded down to 64) + n, so that word boundaries are
 * natural alignment and a page's bit number modulo 64 is its colour. Bits outside the region are set for ever.
 */
#include <asm/cache.h>
#include <asm/page.h>
#include <common/page_alloc.h>
#include <lib/assert.h>
#include <lib/bitmap.h>
#include <lib/errno.h>
#include <lib/string.h>

#define WORD_PAGES 64U
#define WORD_ORDER 6U
#define NONE (~UINT64_C(0))

struct page_pool host_pool;
struct page_pool el2_pool;

/* Page number of bit 0. */
static u64 region_first(const struct page_region *r)
{
	return ALIGN_DOWN(r->base >> PAGE_SHIFT, WORD_PAGES);
}

/* First bit beyond the region. */
static u64 region_end(const struct page_region *r)
{
	return (r->base >> PAGE_SHIFT) - region_first(r) + r->nr_pages;
}

static void mark(struct page_region *r, u64 from, u64 nr, bool used)
{
	for (u64 n; nr; from += n, nr -= n) {
		u64 bit = from % WORD_PAGES, mask;

		if (!bit && nr >= WORD_PAGES) {
			n = ALIGN_DOWN(nr, WORD_PAGES);
			memset(&r->used[from / WORD_PAGES], used ? 0xff : 0, n / 8);
			continue;
		}
		n = MIN(nr, WORD_PAGES - bit);
		mask = (n == WORD_PAGES ? NONE : BIT(n) - 1) << bit;
		if (used)
			r->used[from / WORD_PAGES] |= mask;
		else
			r->used[from / WORD_PAGES] &= ~mask;
	}
}

/* Last taken bit of [from, from + nr), or NONE when all are free: the place to go on from. */
static u64 last_used(const struct page_region *r, u64 from, u64 nr)
{
	for (u64 end = from + nr; end > from;) {
		u64 word = (end - 1) / WORD_PAGES, low = MAX(from, word * WORD_PAGES);
		u64 n = end - low;
		u64 mask = (n == WORD_PAGES ? NONE : BIT(n) - 1) << (low % WORD_PAGES);
		u64 bits = r->used[word] & mask;

		if (bits)
			return word * WORD_PAGES + (63U - (u64)__builtin_clzll(bits));
		end = low;
	}
	return NONE;
}

static bool all_used(const struct page_region *r, u64 from, u64 nr)
{
	for (u64 n; nr; from += n, nr -= n) {
		u64 bit = from % WORD_PAGES, mask;

		n = MIN(nr, WORD_PAGES - bit);
		mask = (n == WORD_PAGES ? NONE : BIT(n) - 1) << bit;
		if ((r->used[from / WORD_PAGES] & mask) != mask)
			return false;
	}
	return true;
}

/* Is the aligned block of a power of two pages free? Blocks of a word and more are whole words. */
static bool all_free(const struct page_region *r, u64 from, u64 nr)
{
	const u64 *w = &r->used[from / WORD_PAGES];
	u64 any = 0;

	/* What guests get is counted more than once for each VM. */
	if (nr == BIT(PAGE_ORDER_2M))
		return !(w[0] | w[1] | w[2] | w[3] | w[4] | w[5] | w[6] | w[7]);
	if (nr < WORD_PAGES)
		return last_used(r, from, nr) == NONE;
	for (u64 i = 0; i < nr / WORD_PAGES; i++)
		any |= w[i];
	return !any;
}

u64 page_pool_bitmap_bytes(u64 nr_pages)
{
	/* The first bit may stand for a page up to 63 before the region. */
	return BITMAP_WORDS(nr_pages + WORD_PAGES - 1) * sizeof(u64);
}

int page_pool_add(struct page_pool *pool, paddr_t base, u64 nr_pages, u64 *bitmap)
{
	struct page_region *r = &pool->region[pool->nr_regions];

	if (pool->nr_regions == PAGE_POOL_REGIONS)
		return -ENOSPC;
	if (!IS_ALIGNED(base, PAGE_SIZE) || !nr_pages || nr_pages > (NONE >> PAGE_SHIFT) - (base >> PAGE_SHIFT))
		return -EINVAL;
	for (u32 i = 0; i < pool->nr_regions; i++) {
		const struct page_region *o = &pool->region[i];

		if (base < o->base + (o->nr_pages << PAGE_SHIFT) && o->base < base + (nr_pages << PAGE_SHIFT))
			return -EINVAL;
	}
	*r = (struct page_region){ .base = base, .nr_pages = nr_pages, .used = bitmap };
	memset(bitmap, 0xff, page_pool_bitmap_bytes(nr_pages));
	mark(r, region_end(r) - nr_pages, nr_pages, false);
	pool->nr_regions++;
	pool->nr_pages += nr_pages;
	pool->nr_free += nr_pages;
	return 0;
}

/* First fit of @nr bits aligned to @align page numbers, at or after @start. */
static u64 find_run(const struct page_region *r, u64 nr, u64 align, u64 start)
{
	u64 first = region_first(r), end = region_end(r);
	u64 at = ALIGN_UP(first + start, align) - first;

	while (at < end && nr <= end - at) {
		u64 used = last_used(r, at, nr);

		if (used == NONE)
			return at;
		at = ALIGN_UP(first + used + 1, align) - first;
	}
	return NONE;
}

/* A block below 64 pages lies within one word, where colour and position are the same thing. */
static u64 find_small(const struct page_region *r, u32 order, u64 colours, u64 start)
{
	u64 nr = BIT(order), end = region_end(r);

	for (u64 word = start / WORD_PAGES; word * WORD_PAGES < end; word++) {
		u64 free = ~r->used[word] & colours;

		for (u64 bit = 0; free && bit < WORD_PAGES; bit += nr) {
			u64 mask = (BIT(nr) - 1) << bit;

			if ((free & mask) == mask)
				return word * WORD_PAGES + bit;
		}
	}
	return NONE;
}

static void take(struct page_pool *pool, struct page_region *r, u64 from, u64 nr, paddr_t *pa)
{
	mark(r, from, nr, true);
	pool->nr_free -= nr;
	if (pa)
		*pa = (region_first(r) + from) << PAGE_SHIFT;
}

/* Where a search for blocks of @order may begin, and where its outcome is noted. */
static u64 *hint_for(struct page_region *r, u32 order)
{
	return order >= PAGE_ORDER_1G ? &r->hint_1g : order >= PAGE_ORDER_2M ? &r->hint_2m : &r->hint;
}

static bool hint_exact(u32 order)
{
	return order == 0 || order == PAGE_ORDER_2M || order == PAGE_ORDER_1G;
}

static int alloc_block(struct page_pool *pool, u32 order, u64 colours, paddr_t *pa)
{
	struct page_region *best = NULL;
	u64 best_at = NONE, best_page = NONE;

	if (order > PAGE_ORDER_1G || (order >= WORD_ORDER && colours != PAGE_COLOURS_ALL))
		return -ENOMEM;
	/* Regions need not be sorted, and the lowest address goes first. */
	for (u32 i = 0; i < pool->nr_regions; i++) {
		struct page_region *r = &pool->region[i];
		u64 *hint = hint_for(r, order);
		u64 at;

		if (region_first(r) >= best_page)
			continue;
		at = order < WORD_ORDER ? find_small(r, order, colours, *hint)
					: find_run(r, BIT(order), BIT(order), *hint);
		if (colours == PAGE_COLOURS_ALL && hint_exact(order))
			*hint = at == NONE ? region_end(r) : at;
		if (at != NONE && region_first(r) + at < best_page) {
			best = r;
			best_at = at;
			best_page = region_first(r) + at;
		}
	}
	if (!best)
		return -ENOMEM;
	take(pool, best, best_at, BIT(order), pa);
	return 0;
}

int page_alloc(struct page_pool *pool, u32 order, u64 colours, paddr_t *pa)
{
	int r;

	spin_lock(&pool->lock);
	r = alloc_block(pool, order, colours, pa);
	spin_unlock(&pool->lock);
	return r;
}

static int alloc_run(struct page_pool *pool, u64 nr, u64 align, paddr_t *pa)
{
	if (!nr || !align || (align & (align - 1)))
		return -ENOMEM;
	for (u32 i = 0; i < pool->nr_regions; i++) {
		struct page_region *r = &pool->region[i];
		u64 at = nr > r->nr_pages ? NONE : find_run(r, nr, align, r->hint);

		if (at != NONE) {
			take(pool, r, at, nr, pa);
			return 0;
		}
	}
	return -ENOMEM;
}

int page_alloc_range(struct page_pool *pool, u64 nr, u64 align, paddr_t *pa)
{
	int r;

	spin_lock(&pool->lock);
	r = alloc_run(pool, nr, align, pa);
	spin_unlock(&pool->lock);
	return r;
}

/* The region that holds all of @nr pages at @pa, or NULL; *@from is the first one's bit. */
static struct page_region *region_of(struct page_pool *pool, paddr_t pa, u64 nr, u64 *from)
{
	for (u32 i = 0; i < pool->nr_regions; i++) {
		struct page_region *r = &pool->region[i];
		u64 page = pa >> PAGE_SHIFT, base = r->base >> PAGE_SHIFT;

		if (page >= base && page - base < r->nr_pages && nr <= r->nr_pages - (page - base)) {
			*from = page - region_first(r);
			return r;
		}
	}
	return NULL;
}

int page_reserve(struct page_pool *pool, paddr_t pa, u64 nr_pages)
{
	u64 from;
	struct page_region *r = region_of(pool, pa, nr_pages, &from);
	int err = -EBUSY;

	spin_lock(&pool->lock);
	if (r && IS_ALIGNED(pa, PAGE_SIZE) && last_used(r, from, nr_pages) == NONE) {
		take(pool, r, from, nr_pages, NULL);
		err = 0;
	}
	spin_unlock(&pool->lock);
	return err;
}

enum page_state page_state(struct page_pool *pool, paddr_t pa, u64 nr_pages)
{
	u64 from;
	struct page_region *r = region_of(pool, pa, nr_pages, &from);
	bool taken;

	if (!r)
		return PAGE_ELSEWHERE;
	spin_lock(&pool->lock);
	taken = all_used(r, from, nr_pages);
	spin_unlock(&pool->lock);
	return taken ? PAGE_TAKEN : PAGE_FREE;
}

u64 page_free_blocks(const struct page_pool *pool, u32 order)
{
	u64 nr = BIT(order), count = 0;

	for (u32 i = 0; i < pool->nr_regions; i++) {
		const struct page_region *r = &pool->region[i];
		u64 first = region_first(r);

		for (u64 at = ALIGN_UP(first, nr) - first; nr <= region_end(r) - MIN(at, region_end(r)); at += nr)
			count += all_free(r, at, nr);
	}
	return count;
}

void page_free(struct page_pool *pool, paddr_t pa, u64 nr_pages)
{
	u64 from;
	struct page_region *r = region_of(pool, pa, nr_pages, &from);

	ASSERT(r && IS_ALIGNED(pa, PAGE_SIZE));
	spin_lock(&pool->lock);
	ASSERT(all_used(r, from, nr_pages));
	mark(r, from, nr_pages, false);
	pool->nr_free += nr_pages;
	r->hint = MIN(r->hint, from);
	/* The block that these pages may have completed begins below them. */
	r->hint_2m = MIN(r->hint_2m, from - MIN(from, BIT(PAGE_ORDER_2M)));
	r->hint_1g = MIN(r->hint_1g, from - MIN(from, BIT(PAGE_ORDER_1G)));
	spin_unlock(&pool->lock);
}

void *el2_alloc(u64 nr)
{
	u64 align = 1;
	paddr_t pa;

	while (align < nr && align < el2_pool.nr_pages)
		align <<= 1;
	if (page_alloc_range(&el2_pool, nr, align, &pa))
		return NULL;
	/* The arena is mapped at VA = PA. */
	zero_pages((void *)(uintptr_t)pa, nr << PAGE_SHIFT);
	return (void *)(uintptr_t)pa;
}

void el2_free(void *p, u64 nr)
{
	if (!p)
		return;
	zero_pages(p, nr << PAGE_SHIFT);
	page_free(&el2_pool, (uintptr_t)p, nr);
}
