/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/page_alloc.c */
/* The page allocator against a model with one byte a page and the most naive search. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stub_log.h"

#include <asm/page.h>
#include <common/page_alloc.h>
#include <lib/errno.h>

#define MODEL_PAGES (6U << 9)
#define HELD_MAX 512U

/* Three regions with ragged ends; page 0 of the model is MODEL_BASE. */
#define MODEL_BASE (UINT64_C(0x40000000) >> PAGE_SHIFT)
static const struct {
	u32 first, nr;
} regions[] = { { 1100, 700 }, { 3, 1030 }, { 1900, 1100 } };

static struct page_pool pool;
static void *bitmap[ARRAY_SIZE(regions)];
static u8 model[MODEL_PAGES]; /* 0 free, 1 taken or not in the pool */

static void setup_pool(void)
{
	memset(&pool, 0, sizeof(pool));
	memset(model, 1, sizeof(model));
	for (u32 i = 0; i < ARRAY_SIZE(regions); i++) {
		u64 bytes = page_pool_bitmap_bytes(regions[i].nr);

		free(bitmap[i]);
		bitmap[i] = malloc(bytes);
		assert_int_equal(
			page_pool_add(&pool, (MODEL_BASE + regions[i].first) << PAGE_SHIFT, regions[i].nr, bitmap[i]),
			0);
		memset(model + regions[i].first, 0, regions[i].nr);
	}
}

static bool model_free(u32 at, u32 nr)
{
	for (u32 i = at; i < at + nr; i++) {
		if (i >= MODEL_PAGES || model[i])
			return false;
	}
	return true;
}

static bool in_one_region(u32 at, u32 nr)
{
	for (u32 i = 0; i < ARRAY_SIZE(regions); i++) {
		if (at >= regions[i].first && at + nr <= regions[i].first + regions[i].nr)
			return true;
	}
	return false;
}

/* Lowest fitting page, or MODEL_PAGES. Blocks do not span regions: none of ours touch. */
static u32 model_find(u32 nr, u32 align, u64 colours)
{
	for (u32 at = 0; at < MODEL_PAGES; at++) {
		bool ok = (MODEL_BASE + at) % align == 0 && model_free(at, nr) && in_one_region(at, nr);

		for (u32 i = 0; ok && i < nr; i++)
			ok = (colours >> ((MODEL_BASE + at + i) % 64)) & 1;
		if (ok)
			return at;
	}
	return MODEL_PAGES;
}

static u64 model_count_free(void)
{
	u64 n = 0;

	for (u32 i = 0; i < MODEL_PAGES; i++)
		n += !model[i];
	return n;
}

static u64 model_blocks(u32 nr)
{
	u64 n = 0;

	for (u32 at = 0; at < MODEL_PAGES; at++)
		n += (MODEL_BASE + at) % nr == 0 && model_free(at, nr);
	return n;
}

struct held {
	u32 at, nr;
};
static struct held held[HELD_MAX];
static u32 nr_held;

static void hold(paddr_t pa, u32 nr, u32 want)
{
	u32 at = (u32)((pa >> PAGE_SHIFT) - MODEL_BASE);

	assert_int_equal(at, want);
	memset(model + at, 1, nr);
	held[nr_held++] = (struct held){ at, nr };
}

static void random_free(void)
{
	u32 i = (u32)rand() % nr_held, n = held[i].nr, part = (u32)rand() % 4 ? n : 1 + (u32)rand() % n;

	/* Parts may be given back, from the front. */
	page_free(&pool, (MODEL_BASE + held[i].at) << PAGE_SHIFT, part);
	memset(model + held[i].at, 0, part);
	held[i].at += part;
	held[i].nr -= part;
	if (!held[i].nr)
		held[i] = held[--nr_held];
}

static void random_alloc(void)
{
	static const u32 orders[] = { 0, 0, 0, 1, 2, 3, 5, 6, 7, 8, 9, 9, 10 };
	u32 order = orders[(u32)rand() % ARRAY_SIZE(orders)], want, nr = 1U << order;
	u64 colours = rand() % 3 ? PAGE_COLOURS_ALL : ((u64)rand() << 33) ^ ((u64)rand() << 10) ^ (u64)rand();
	paddr_t pa;
	int ret = page_alloc(&pool, order, colours, &pa);

	want = order >= 6 && colours != PAGE_COLOURS_ALL ? MODEL_PAGES : model_find(nr, nr, colours);
	assert_int_equal(ret, want == MODEL_PAGES ? -ENOMEM : 0);
	if (!ret)
		hold(pa, nr, want);
}

static void random_range(void)
{
	u32 nr = 1 + (u32)rand() % 200, align = 1U << rand() % 10, at;
	paddr_t pa;

	/* First fit in the order of the regions, not of addresses. */
	if (!page_alloc_range(&pool, nr, align, &pa)) {
		at = (u32)((pa >> PAGE_SHIFT) - MODEL_BASE);
		assert_true((MODEL_BASE + at) % align == 0 && model_free(at, nr) && in_one_region(at, nr));
		hold(pa, nr, at);
	} else {
		assert_int_equal(model_find(nr, align, PAGE_COLOURS_ALL), MODEL_PAGES);
	}
}

static void random_reserve(void)
{
	u32 at = (u32)rand() % MODEL_PAGES, nr = 1 + (u32)rand() % 64;
	bool ok = model_free(at, nr) && in_one_region(at, nr);

	assert_int_equal(page_reserve(&pool, (MODEL_BASE + at) << PAGE_SHIFT, nr), ok ? 0 : -EBUSY);
	if (ok)
		hold((MODEL_BASE + at) << PAGE_SHIFT, nr, at);
}

static void against_model(void **s)
{
	(void)s;
	for (unsigned int seed = 1; seed <= 12; seed++) {
		srand(seed);
		nr_held = 0;
		setup_pool();
		for (u32 step = 0; step < 1500; step++) {
			int op = rand() % 12;

			if ((op < 5 && nr_held) || nr_held == HELD_MAX)
				random_free();
			else if (op < 10)
				random_alloc();
			else if (op < 11)
				random_range();
			else
				random_reserve();
			assert_int_equal(pool.nr_free, model_count_free());
			if (step % 64 == 0) {
				assert_int_equal(page_free_blocks(&pool, 9), model_blocks(512));
				assert_int_equal(page_free_blocks(&pool, 6), model_blocks(64));
			}
		}
		while (nr_held)
			random_free();
		assert_int_equal(pool.nr_free, pool.nr_pages);
	}
}

static void add_errors(void **s)
{
	u64 *map = malloc(page_pool_bitmap_bytes(64));

	(void)s;
	memset(&pool, 0, sizeof(pool));
	assert_int_equal(page_pool_add(&pool, 0x1800, 4, map), -EINVAL);
	assert_int_equal(page_pool_add(&pool, 0x1000, 0, map), -EINVAL);
	assert_int_equal(page_pool_add(&pool, ~UINT64_C(0xfff), 2, map), -EINVAL);
	assert_int_equal(page_pool_add(&pool, 0x10000, 16, map), 0);
	assert_int_equal(page_pool_add(&pool, 0x1f000, 1, map), -EINVAL);
	assert_int_equal(page_pool_add(&pool, 0xf000, 2, map), -EINVAL);
	assert_int_equal(pool.nr_pages, 16);
	for (u32 i = 1; i < PAGE_POOL_REGIONS; i++)
		assert_int_equal(page_pool_add(&pool, 0x100000 * i, 1, malloc(page_pool_bitmap_bytes(1))), 0);
	assert_int_equal(page_pool_add(&pool, 0x90000000, 1, map), -ENOSPC);
	for (u32 i = 0; i < pool.nr_regions; i++)
		free(pool.region[i].used);
}

static void bad_requests(void **s)
{
	paddr_t pa;

	(void)s;
	setup_pool();
	assert_int_equal(page_alloc(&pool, 19, PAGE_COLOURS_ALL, &pa), -ENOMEM);
	assert_int_equal(page_alloc(&pool, PAGE_ORDER_1G, PAGE_COLOURS_ALL, &pa), -ENOMEM);
	assert_int_equal(page_alloc(&pool, 0, 0, &pa), -ENOMEM);
	assert_int_equal(page_alloc_range(&pool, 0, 1, &pa), -ENOMEM);
	assert_int_equal(page_alloc_range(&pool, 1, 3, &pa), -ENOMEM);
	assert_int_equal(page_alloc_range(&pool, ~UINT64_C(0), 1, &pa), -ENOMEM);
	assert_int_equal(page_reserve(&pool, (MODEL_BASE << PAGE_SHIFT) + 0x3001, 1), -EBUSY);
	assert_int_equal(pool.nr_free, pool.nr_pages);
}

static void double_free(void **s)
{
	paddr_t pa;

	(void)s;
	setup_pool();
	assert_int_equal(page_alloc(&pool, 3, PAGE_COLOURS_ALL, &pa), 0);
	page_free(&pool, pa + 0x1000, 1);
	expect_assert_failure(page_free(&pool, pa, 8));
	spin_init(&pool.lock); /* who asserts never unlocks */
	expect_assert_failure(page_free(&pool, pa + 0x1000, 1));
	spin_init(&pool.lock);
	expect_assert_failure(page_free(&pool, 0x1000, 1));
	expect_assert_failure(page_free(&pool, pa + 1, 1));
	page_free(&pool, pa, 1);
}

/* 64 GiB in 2 MiB blocks behind a hole-ridden start: with hints this is a few million steps, without them billions. */
static void many_blocks(void **s)
{
	u64 nr = UINT64_C(64) << 18;
	u64 *map = malloc(page_pool_bitmap_bytes(nr));
	paddr_t pa, last = 0;
	u32 blocks = 0;

	(void)s;
	memset(&pool, 0, sizeof(pool));
	assert_int_equal(page_pool_add(&pool, 0x40001000, nr, map), 0);
	assert_int_equal(page_alloc(&pool, PAGE_ORDER_1G, PAGE_COLOURS_ALL, &pa), 0);
	assert_int_equal(pa, 0x80000000);
	while (!page_alloc(&pool, PAGE_ORDER_2M, PAGE_COLOURS_ALL, &pa)) {
		assert_true(pa > last);
		last = pa;
		blocks++;
	}
	assert_int_equal(blocks, 63 * 512 - 1);
	assert_int_equal(pool.nr_free, 512); /* the ragged ends */
	page_free(&pool, 0x80000000, 512);
	assert_int_equal(page_alloc(&pool, PAGE_ORDER_1G, PAGE_COLOURS_ALL, &pa), -ENOMEM);
	assert_int_equal(page_alloc(&pool, PAGE_ORDER_2M, PAGE_COLOURS_ALL, &pa), 0);
	assert_int_equal(pa, 0x80000000);
	free(map);
}

static void el2_pages(void **s)
{
	u8 *arena = aligned_alloc(64 << 12, 64 << 12), *p, *q;
	u64 *map = malloc(page_pool_bitmap_bytes(64));

	(void)s;
	memset(arena, 0x5a, 64 << 12);
	assert_int_equal(page_pool_add(&el2_pool, (uintptr_t)arena, 64, map), 0);
	p = el2_alloc(1);
	q = el2_alloc(5);
	assert_ptr_equal(p, arena);
	assert_ptr_equal(q, arena + (8 << 12)); /* aligned to 8 pages */
	for (u32 i = 0; i < 5U << 12; i++)
		assert_int_equal(q[i], 0);
	assert_int_equal(q[5 << 12], 0x5a);
	memset(q, 0xff, 5 << 12);
	el2_free(q, 5);
	for (u32 i = 0; i < 5U << 12; i++)
		assert_int_equal(q[i], 0); /* scrubbed */
	assert_null(el2_alloc(65));
	assert_null(el2_alloc(64));
	assert_null(el2_alloc(~UINT64_C(0)));
	el2_free(NULL, 3);
	el2_free(p, 1);
	assert_int_equal(el2_pool.nr_free, 64);
	free(arena);
	free(map);
}

static int teardown(void **s)
{
	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(regions); i++)
		free(bitmap[i]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(against_model), cmocka_unit_test(add_errors),  cmocka_unit_test(bad_requests),
		cmocka_unit_test(double_free),   cmocka_unit_test(many_blocks), cmocka_unit_test(el2_pages),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
