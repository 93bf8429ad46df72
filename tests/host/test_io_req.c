/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/io_req.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <common/io_req.h>
#include <common/page_alloc.h>
#include <lib/errno.h>

static u64 el2_pages;
static bool el2_empty;

void *el2_alloc(u64 nr)
{
	if (el2_empty)
		return NULL;
	el2_pages += nr;
	return calloc(nr, 4096);
}

void el2_free(void *p, u64 nr)
{
	el2_pages -= nr;
	free(p);
}

static enum io_result handler(struct vcpu *v, void *dev, struct io_access *a)
{
	(void)v;
	(void)dev;
	(void)a;
	return IO_DONE;
}

static int add(struct io_table *t, ipa_t base, u64 size)
{
	const struct io_region r = { .base = base, .size = size, .fn = handler };

	return io_register(t, &r);
}

static void table(void **s)
{
	struct io_table t;

	(void)s;
	assert_int_equal(io_table_init(&t, 0), -ENOMEM);
	assert_int_equal(io_table_init(&t, 0x80000000), -ENOMEM);
	el2_empty = true;
	assert_int_equal(io_table_init(&t, 4), -ENOMEM);
	el2_empty = false;
	assert_int_equal(io_table_init(&t, 4), 0);
	assert_null(io_find(&t, 0, 1));
	assert_int_equal(add(&t, 0x2000, 0x1000), 0);
	assert_int_equal(add(&t, 0x8000, 0x1000), 0);
	assert_int_equal(add(&t, 0x1000, 0x1000), 0); /* touching is no overlap */
	assert_int_equal(add(&t, 0x2800, 0x10), -EEXIST);
	assert_int_equal(add(&t, 0x7fff, 2), -EEXIST);
	assert_int_equal(add(&t, 0, 0x10000), -EEXIST);
	assert_int_equal(add(&t, 0x2000, 1), -EEXIST);
	assert_int_equal(add(&t, 0x5000, 0), -EINVAL);
	assert_int_equal(add(&t, ~UINT64_C(0), 2), -EINVAL);
	assert_int_equal(io_register(&t, &(struct io_region){ .base = 0x5000, .size = 8 }), -EINVAL);
	assert_int_equal(add(&t, ~UINT64_C(0xf), 16), 0); /* the very end */
	assert_int_equal(add(&t, 0x5000, 1), -ENOSPC);
	assert_int_equal(io_find(&t, ~UINT64_C(0), 1)->base, ~UINT64_C(0xf));
	assert_null(io_find(&t, ~UINT64_C(3), 8));
	assert_int_equal(io_find(&t, 0x2ff8, 8)->base, 0x2000);
	assert_null(io_find(&t, 0x2ffc, 8)); /* over the end */
	assert_int_equal(io_find(&t, 0x1ff8, 8)->base, 0x1000);
	assert_null(io_find(&t, 0x1ffc, 8)); /* over two regions */
	assert_null(io_find(&t, 0xfff, 1));
	assert_null(io_find(&t, 0x3000, 1));
	io_table_free(&t);
	io_table_free(&t);
	assert_int_equal(el2_pages, 0);
}

static void against_map(void **s)
{
	static u8 owner[4096];

	(void)s;
	for (unsigned int seed = 0; seed < 50; seed++) {
		struct io_table t;

		srand(seed);
		for (u32 i = 0; i < 4096; i++)
			owner[i] = 0xff;
		assert_int_equal(io_table_init(&t, 200), 0);
		for (u32 k = 0; k < 200; k++) {
			u32 base = (u32)rand() % 4000, size = 1 + (u32)rand() % 64;
			bool taken = false;

			for (u32 i = base; i < base + size; i++)
				taken |= owner[i] != 0xff;
			assert_int_equal(add(&t, base, size), taken ? -EEXIST : 0);
			for (u32 i = base; !taken && i < base + size; i++)
				owner[i] = (u8)k;
		}
		for (u32 at = 0; at < 4000; at++) {
			u32 size = 1U << rand() % 4;
			const struct io_region *r = io_find(&t, at, size);
			bool whole = owner[at] != 0xff;

			for (u32 i = at; i < at + size; i++)
				whole &= owner[i] == owner[at];
			assert_int_equal(r != NULL, whole);
		}
		io_table_free(&t);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(table), cmocka_unit_test(against_map) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
