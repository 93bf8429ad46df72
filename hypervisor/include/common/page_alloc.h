/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Page pools: host RAM for guests (host_pool, not mapped in EL2) and EL2's own arena (el2_pool, mapped at VA = PA).
 * Allocation happens at VM create and destroy only (D6).
 */
#ifndef COMMON_PAGE_ALLOC_H
#define COMMON_PAGE_ALLOC_H

#include <asm/spinlock.h>
#include <lib/types.h>

#define PAGE_ORDER_4K 0U
#define PAGE_ORDER_2M 9U
#define PAGE_ORDER_1G 18U
#define PAGE_COLOURS_ALL (~UINT64_C(0))
#define PAGE_POOL_REGIONS 64

struct page_region {
	paddr_t base;
	u64 nr_pages;
	u64 *used;   /* bitmap, bit set = taken; bit n is page (base page rounded down to 64) + n */
	u64 hint;    /* no free page below this index */
	u64 hint_2m; /* no free aligned 2 MiB below this index */
	u64 hint_1g; /* no free aligned 1 GiB below this index */
};

struct page_pool {
	struct spinlock lock; /* bitmaps, hints, nr_free; a leaf */
	u32 nr_regions;
	struct page_region region[PAGE_POOL_REGIONS];
	u64 nr_pages;
	u64 nr_free;
};

extern struct page_pool host_pool;
extern struct page_pool el2_pool;

/* page_pool_bitmap_bytes() - metadata that a region of @nr_pages needs. */
u64 page_pool_bitmap_bytes(u64 nr_pages);

/**
 * page_pool_add() - add [base, base + nr_pages * 4 KiB) to @pool. @bitmap: page_pool_bitmap_bytes(nr_pages) writable
 * bytes. Return: 0, -ENOSPC (too many regions), -EINVAL (unaligned or overlapping).
 */
int __must_check page_pool_add(struct page_pool *pool, paddr_t base, u64 nr_pages, u64 *bitmap);

/**
 * page_alloc() - one naturally aligned block of 2^order pages whose pages all have a colour in @colours (bit n = pages
 * with pfn % 64 == n; PAGE_COLOURS_ALL for no constraint). Lowest address first. Content is undefined. Return: 0 and
 * *@pa, or -ENOMEM. Context: boot CPU or with the VM-lifecycle lock; interrupts may be on.
 */
int __must_check page_alloc(struct page_pool *pool, u32 order, u64 colours, paddr_t *pa);

/* page_alloc_range() - @nr contiguous pages aligned to @align pages (power of two). */
int __must_check page_alloc_range(struct page_pool *pool, u64 nr, u64 align, paddr_t *pa);

/* page_reserve() - take exactly these pages. Return: 0, -EBUSY when one of them is taken or not in @pool. */
int __must_check page_reserve(struct page_pool *pool, paddr_t pa, u64 nr_pages);

/* page_free_blocks() - how many naturally aligned blocks of 2^order pages (order 6 or more) could be taken now. */
u64 page_free_blocks(const struct page_pool *pool, u32 order);

/* page_state() - TAKEN: all of the @nr_pages at @pa are; FREE: one of them is not; ELSEWHERE: not all are in @pool. */
enum page_state { PAGE_ELSEWHERE, PAGE_FREE, PAGE_TAKEN };
enum page_state page_state(struct page_pool *pool, paddr_t pa, u64 nr_pages);

/* page_free() - give back what page_alloc()/page_alloc_range() returned. ASSERTs on a double free. */
void page_free(struct page_pool *pool, paddr_t pa, u64 nr_pages);

/**
 * el2_alloc() - @nr zeroed contiguous pages of EL2's arena, aligned to @nr rounded up to a power of two.
 * Return: pointer (VA = PA), or NULL. el2_free() gives them back, scrubbed.
 */
void *el2_alloc(u64 nr);
void el2_free(void *p, u64 nr);

#endif
