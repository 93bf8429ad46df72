/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/dm/vconsole.c */
/* A VM's console: ring of output, losses, focus, queue of input. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <dm/vconsole.h>

#define SIZE 65536U /* CONFIG_VCONSOLE_KB = 64 */

static struct vconsole c;
static u32 hooks;

static void hook(void)
{
	/* The console's interrupt may take the lock. */
	assert_false(spin_held(&c.lock));
	hooks++;
}

static int setup(void **s)
{
	(void)s;
	memset(&c, 0, sizeof(c));
	hooks = 0;
	vconsole_output_hook = hook;
	return 0;
}

static char byte(u64 n)
{
	return (char)(n * 7 + n / 256);
}

static void put_n(u64 from, u64 n)
{
	for (u64 i = from; i < from + n; i++)
		assert_true(vconsole_put(&c, byte(i)));
}

static void expect_n(u64 from, u64 n)
{
	bool full;

	for (u64 i = from; i < from + n; i++)
		assert_int_equal(vconsole_next(&c, &full), (u8)byte(i));
}

static void expect_end(void)
{
	bool full = true;

	assert_int_equal(vconsole_next(&c, &full), -1);
	assert_false(full);
}

/* All that fits is shown later, to the last byte. */
static void replay(void **s)
{
	(void)s;
	put_n(0, SIZE);
	expect_end();
	assert_int_equal(hooks, 0);
	assert_false(vconsole_focus(&c, true));
	assert_int_equal(vconsole_take_lost(&c), 0);
	expect_n(0, SIZE);
	expect_end();
}

/* More than fits: the newest, and how many are missing, once. */
static void losses(void **s)
{
	(void)s;
	put_n(0, 5 * SIZE + 123);
	assert_int_equal(vconsole_take_lost(&c), 4 * SIZE + 123);
	assert_int_equal(vconsole_take_lost(&c), 0);
	vconsole_focus(&c, true);
	expect_n(4 * SIZE + 123, SIZE);
	expect_end();
}

/* Shown: no byte is overwritten, and who waits hears of room at one half. */
static void shown(void **s)
{
	bool full;

	(void)s;
	assert_int_equal(vconsole_room(&c), SIZE);
	vconsole_focus(&c, true);
	put_n(0, SIZE);
	assert_int_equal(hooks, SIZE);
	assert_int_equal(vconsole_room(&c), 0);
	assert_false(vconsole_put(&c, 'x'));
	for (u64 i = 0; i < SIZE / 2 - 1; i++) {
		assert_int_equal(vconsole_next(&c, &full), (u8)byte(i));
		assert_false(full);
	}
	assert_int_equal(vconsole_next(&c, &full), (u8)byte(SIZE / 2 - 1));
	assert_true(full);
	assert_int_equal(vconsole_room(&c), SIZE / 2);
	expect_n(SIZE / 2, SIZE / 2);
	expect_end();
	assert_int_equal(vconsole_take_lost(&c), 1);
	/* Below the mark nobody waits. */
	put_n(0, SIZE - 32);
	for (u64 i = 0; i < SIZE - 32; i++) {
		assert_int_equal(vconsole_next(&c, &full), (u8)byte(i));
		assert_false(full);
	}
}

static void focus(void **s)
{
	bool full;

	(void)s;
	vconsole_focus(&c, true);
	put_n(0, SIZE - 31);
	assert_true(vconsole_focus(&c, false));
	assert_int_equal(vconsole_room(&c), SIZE);
	assert_false(vconsole_focus(&c, false));
	put_n(SIZE - 31, 131);
	assert_int_equal(vconsole_take_lost(&c), 100);
	/* Shown again, and full from the start. */
	assert_false(vconsole_focus(&c, true));
	assert_int_equal(vconsole_room(&c), 0);
	for (u64 i = 0; i < SIZE / 2; i++) {
		assert_int_equal(vconsole_next(&c, &full), (u8)byte(100 + i));
		assert_int_equal(full, i == SIZE / 2 - 1);
	}
}

/* A byte that could not be shown comes again, unless it was overwritten meanwhile: then it counts as lost. */
static void back(void **s)
{
	bool full;

	(void)s;
	vconsole_focus(&c, true);
	put_n(0, 3);
	expect_n(0, 1);
	vconsole_back(&c);
	expect_n(0, 2);
	vconsole_back(&c);
	vconsole_focus(&c, false);
	put_n(3, SIZE - 2);
	assert_int_equal(vconsole_take_lost(&c), 0);
	vconsole_focus(&c, true);
	expect_n(1, 1);
	vconsole_focus(&c, false);
	put_n(SIZE + 1, 1);
	vconsole_back(&c);
	assert_int_equal(vconsole_take_lost(&c), 1);
	vconsole_focus(&c, true);
	expect_n(2, SIZE);
	assert_int_equal(vconsole_next(&c, &full), -1);
}

static void input(void **s)
{
	(void)s;
	assert_int_equal(vconsole_typed(&c), -1);
	for (u32 round = 0; round < 3; round++) {
		for (u32 i = 0; i < 256; i++) {
			assert_int_equal(vconsole_typed_count(&c), i);
			assert_true(vconsole_type(&c, (u16)(i | 0x800)));
		}
		assert_false(vconsole_type(&c, 'x'));
		assert_int_equal(vconsole_typed_count(&c), 256);
		for (u32 i = 0; i < 256; i++)
			assert_int_equal(vconsole_typed(&c), i | 0x800);
		assert_int_equal(vconsole_typed(&c), -1);
	}
	/* The counters wrap. */
	c.in_wr = c.in_rd = ~0U - 3;
	for (u32 i = 0; i < 8; i++)
		assert_true(vconsole_type(&c, (u16)i));
	assert_int_equal(vconsole_typed_count(&c), 8);
	for (u32 i = 0; i < 8; i++)
		assert_int_equal(vconsole_typed(&c), i);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(replay), T(losses), T(shown), T(focus), T(back), T(input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
