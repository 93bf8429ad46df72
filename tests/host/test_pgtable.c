/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/pgtable.c */
/* The table walker against a flat model: one entry per 4 KiB page of a small part of the input space. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <asm/pgtable.h>
#include <lib/errno.h>

#define MAX_TABLES 4096U
#define BASE (UINT64_C(3) << 30)
#define MODEL_PAGES (3U << 18) /* 3 GiB around BASE */

static void *tables[MAX_TABLES];
static u32 nr_tables, alloc_limit;
static u64 invalidated_start, invalidated_end;

struct model {
	u64 oa;
	u64 attrs;
	bool valid;
};

static struct model *model;

static paddr_t t_alloc(struct pgtable *pt)
{
	void *p;

	(void)pt;
	if (nr_tables >= alloc_limit)
		return 0;
	p = aligned_alloc(4096, 4096);
	memset(p, 0, 4096);
	tables[nr_tables++] = p;
	return (paddr_t)(uintptr_t)p;
}

static void t_free(struct pgtable *pt, paddr_t t)
{
	u32 i;

	(void)pt;
	for (i = 0; i < nr_tables; i++) {
		if ((uintptr_t)tables[i] == t) {
			tables[i] = tables[--nr_tables];
			free((void *)(uintptr_t)t);
			return;
		}
	}
	fail_msg("freed a table that was not allocated");
}

static u64 *t_va(struct pgtable *pt, paddr_t pa)
{
	(void)pt;
	return (u64 *)(uintptr_t)pa;
}

static void t_invalidate(struct pgtable *pt, u64 ia, u64 size)
{
	(void)pt;
	invalidated_start = ia;
	invalidated_end = ia + size;
}

static void t_sync(struct pgtable *pt)
{
	(void)pt;
}

static const struct pgtable_ops ops = { t_alloc, t_free, t_va, t_invalidate, t_sync };

/* Stage-2 shape: 40 bits from level 1, two concatenated root pages. */
static void setup(struct pgtable *pt)
{
	*pt = (struct pgtable){ .ops = &ops, .start_level = 1, .ia_bits = 40, .max_block_level = 1 };
	pt->root = (paddr_t)(uintptr_t)aligned_alloc(8192, 8192);
	memset((void *)(uintptr_t)pt->root, 0, 8192);
	nr_tables = 0;
	alloc_limit = MAX_TABLES;
	model = calloc(MODEL_PAGES, sizeof(*model));
}

static void teardown(struct pgtable *pt)
{
	pgtable_free_all(pt);
	assert_int_equal(nr_tables, 0);
	free((void *)(uintptr_t)pt->root);
	free(model);
}

static void check_page(struct pgtable *pt, u32 page)
{
	u64 ia = BASE + (u64)page * 4096;
	u64 pte;
	u32 level;
	int r = pgtable_lookup(pt, ia, &pte, &level);

	if (!model[page].valid) {
		assert_int_equal(r, -EFAULT);
		return;
	}
	assert_int_equal(r, 0);
	/* The CPU ignores address bits below the block size. */
	assert_true(IS_ALIGNED(pte & PTE_ADDR, pgtable_level_size(level)));
	assert_int_equal((pte & PTE_ADDR) + (ia & (pgtable_level_size(level) - 1)), model[page].oa);
	assert_int_equal(pte & (S2_R | S2_W), model[page].attrs);
}

/* Every page near the ends and a spread of the others. */
static void check_all(struct pgtable *pt, u32 a, u32 n)
{
	u32 i;

	for (i = 0; i < 4; i++) {
		check_page(pt, (a + i) % MODEL_PAGES);
		check_page(pt, (a + n + MODEL_PAGES - 2 + i) % MODEL_PAGES);
	}
	for (i = 0; i < 64; i++)
		check_page(pt, (u32)rand() % MODEL_PAGES);
}

static bool model_any(u32 a, u32 n)
{
	u32 i;

	for (i = a; i < a + n; i++)
		if (model[i].valid)
			return true;
	return false;
}

static u32 pick_size(u32 a)
{
	static const u32 sizes[] = { 1, 3, 511, 512, 513, 1024, 5000, 262144, 262144 + 512 };
	u32 n = sizes[(u32)rand() % 9];

	return n > MODEL_PAGES - a ? MODEL_PAGES - a : n;
}

static u32 pick_start(void)
{
	u32 a = (u32)rand() % MODEL_PAGES;

	switch (rand() % 4) {
	case 0:
		return a & ~511U;
	case 1:
		return a & ~262143U;
	case 2:
		return (a & ~511U) + 511U;
	default:
		return a;
	}
}

static void step(struct pgtable *pt)
{
	u32 a = pick_start(), n = pick_size(a), i;
	u64 ia = BASE + (u64)a * 4096, size = (u64)n * 4096;
	u64 oa = rand() % 2 ? ia + (UINT64_C(1) << 33) : (UINT64_C(1) << 36) + (u64)rand() % 512 * 4096;
	int r;

	switch (rand() % 3) {
	case 0:
		r = pgtable_map(pt, ia, oa, size, S2_R);
		if (model_any(a, n)) {
			assert_int_equal(r, -EEXIST);
			break;
		}
		assert_int_equal(r, 0);
		for (i = 0; i < n; i++)
			model[a + i] = (struct model){ oa + (u64)i * 4096, S2_R, true };
		break;
	case 1:
		assert_int_equal(pgtable_unmap(pt, ia, size), 0);
		assert_true(invalidated_end > invalidated_start);
		for (i = 0; i < n; i++)
			model[a + i].valid = false;
		break;
	default:
		assert_int_equal(pgtable_protect(pt, ia, size, S2_R, S2_W), 0);
		for (i = 0; i < n; i++)
			model[a + i].attrs = S2_W;
		break;
	}
	check_all(pt, a, n);
}

static void test_random(void **state)
{
	u32 seed, i;

	(void)state;
	for (seed = 1; seed <= 6; seed++) {
		struct pgtable pt;

		print_message("seed %u\n", seed);
		srand(seed);
		setup(&pt);
		for (i = 0; i < 150; i++)
			step(&pt);
		teardown(&pt);
	}
}

static int count_leaf(void *arg, u64 ia, u64 pte, u32 level)
{
	u32 *n = arg;

	(void)ia;
	(void)pte;
	n[level]++;
	return 0;
}

static void test_largest_blocks(void **state)
{
	struct pgtable pt;
	u32 n[4] = { 0 };

	(void)state;
	setup(&pt);
	/* 4 KiB short of 1 GiB + 2 MiB before, so that all three sizes are needed. */
	assert_int_equal(pgtable_map(&pt, BASE - MIB(2) - 4096, GIB(5) - MIB(2) - 4096, GIB(1) + MIB(2) + 4096, S2_R),
			 0);
	pgtable_walk(&pt, count_leaf, n);
	assert_int_equal(n[1], 1);
	assert_int_equal(n[2], 1);
	assert_int_equal(n[3], 1);
	/* A hole of one page in the gigabyte costs one level-2 and one level-3 table. */
	memset(n, 0, sizeof(n));
	assert_int_equal(pgtable_unmap(&pt, BASE + MIB(4), 4096), 0);
	pgtable_walk(&pt, count_leaf, n);
	assert_int_equal(n[1], 0);
	assert_int_equal(n[2], 1 + 511);
	assert_int_equal(n[3], 1 + 511);
	teardown(&pt);
}

static void test_limits(void **state)
{
	struct pgtable pt;
	u64 pte;
	u32 level;

	(void)state;
	setup(&pt);
	assert_int_equal(pgtable_map(&pt, BIT(40), 0, 4096, S2_R), -ERANGE);
	assert_int_equal(pgtable_map(&pt, BIT(40) - 4096, 0, 8192, S2_R), -ERANGE);
	assert_int_equal(pgtable_map(&pt, 0, BIT(48), 4096, S2_R), -ERANGE);
	assert_int_equal(pgtable_map(&pt, 0, 0, ~UINT64_C(4095), S2_R), -ERANGE);
	assert_int_equal(pgtable_map(&pt, 1, 0, 4096, S2_R), -EINVAL);
	assert_int_equal(pgtable_map(&pt, 0, 1, 4096, S2_R), -EINVAL);
	assert_int_equal(pgtable_map(&pt, 0, 0, 0, S2_R), -EINVAL);
	assert_int_equal(pgtable_lookup(&pt, BIT(40), &pte, &level), -ERANGE);
	/* The last page below 2^40 and the first one work and are told apart (concatenated root). */
	assert_int_equal(pgtable_map(&pt, BIT(40) - 4096, GIB(1), 4096, S2_R), 0);
	assert_int_equal(pgtable_map(&pt, 0, GIB(2), 4096, S2_R), 0);
	assert_int_equal(pgtable_lookup(&pt, BIT(40) - 1, &pte, &level), 0);
	assert_int_equal(pte & PTE_ADDR, GIB(1));
	assert_int_equal(pgtable_lookup(&pt, BIT(39), &pte, &level), -EFAULT);
	teardown(&pt);
}

static void test_no_memory(void **state)
{
	struct pgtable pt;
	u64 pte;
	u32 level, limit;

	(void)state;
	setup(&pt);
	/* Whatever the point of failure, nothing stays mapped and no table leaks. */
	for (limit = 0; limit < 4; limit++) {
		alloc_limit = limit;
		assert_int_equal(pgtable_map(&pt, BASE - MIB(2) - 4096, MIB(2) - 4096, GIB(1) + MIB(4), S2_R), -ENOMEM);
		assert_int_equal(pgtable_lookup(&pt, BASE - MIB(2) - 4096, &pte, &level), -EFAULT);
	}
	alloc_limit = MAX_TABLES;
	assert_int_equal(pgtable_map(&pt, BASE, GIB(4), GIB(1), S2_R), 0);
	alloc_limit = nr_tables;
	assert_int_equal(pgtable_unmap(&pt, BASE, 4096), -ENOMEM);
	assert_int_equal(pgtable_lookup(&pt, BASE, &pte, &level), 0);
	teardown(&pt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_largest_blocks),
		cmocka_unit_test(test_limits),
		cmocka_unit_test(test_no_memory),
	};

	return cmocka_run_group_tests_name("pgtable", tests, NULL, NULL);
}
