/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/debug/log_ring.c */
/* The ring of log lines against a list of what should be in it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <asm/spinlock.h>
#include <debug/log_ring.h>

#define SIZE 16384U /* CONFIG_LOG_RING_KB = 16 */

static u32 made, locks;

void mock_spin_hook(struct spinlock *l, bool lock)
{
	(void)l;
	locks += lock;
}

/* Line @n: its length follows from the number. */
static u32 line_of(u32 n, char *buf)
{
	u32 want = 10 + n * 37 % 247;
	u32 at = (u32)snprintf(buf, 257, "%u ", n);

	memset(buf + at, 'a' + n % 26, want - at - 1);
	buf[want - 1] = '\n';
	return want;
}

static void put(u32 nr)
{
	char buf[257];

	for (; nr; nr--, made++)
		log_ring_put(buf, line_of(made, buf));
}

/* All that can be read is whole lines, the last ones, in order. Return: how many; *@gone. */
static u32 read_all(u64 *gone)
{
	u64 pos = log_ring_first(), end = log_ring_end();
	char buf[256], want[257];
	u32 n, len, first = 0, bytes = 0;

	*gone = 0;
	for (n = 0; (len = log_ring_read(&pos, end, buf, gone)) != 0; n++) {
		if (n == 0)
			first = (u32)atoi(buf);
		assert_int_equal(len, line_of(first + n, want));
		assert_memory_equal(buf, want, len);
		bytes += len;
	}
	assert_int_equal(pos, end);
	assert_true(bytes <= SIZE);
	if (n)
		assert_int_equal(first + n, made);
	if (*gone)
		assert_true(bytes > SIZE - 512);
	return n;
}

static void lines(void **s)
{
	u64 gone;

	(void)s;
	/* Before other CPUs run the lock is not touched: exclusives may not work yet. */
	put(3);
	assert_int_equal(locks, 0);
	log_ring_share();
	assert_int_equal(read_all(&gone), 3);
	assert_int_equal(gone, 0);
	assert_true(locks > 0);
	for (u32 i = 0; i < 3000; i++) {
		put(1);
		read_all(&gone);
		assert_true(i < 300 || gone > 0);
	}
	log_ring_clear();
	assert_int_equal(read_all(&gone), 0);
	assert_int_equal(gone, 0);
	put(2);
	assert_int_equal(read_all(&gone), 2);
}

/* Lines that come while somebody reads are not waited for; those that go are counted and skipped. */
static void while_reading(void **s)
{
	u64 pos, end, gone = 0;
	char buf[256];
	u32 n, last;

	(void)s;
	log_ring_clear();
	put(100);
	last = made;
	pos = log_ring_first();
	end = log_ring_end();
	for (n = 0; log_ring_read(&pos, end, buf, &gone); n++)
		put(1);
	assert_int_equal(gone, 0);
	assert_true(n == 100 || made - last == n);
	/* Overtaken in the middle. */
	log_ring_clear();
	put(50);
	pos = log_ring_first();
	end = log_ring_end();
	assert_true(log_ring_read(&pos, end, buf, &gone) > 0);
	put(500);
	assert_int_equal(log_ring_read(&pos, end, buf, &gone), 0);
	assert_true(gone > 5000);
	/* Cleared in the middle. */
	gone = 0;
	log_ring_clear();
	put(5);
	pos = log_ring_first();
	end = log_ring_end();
	assert_true(log_ring_read(&pos, end, buf, &gone) > 0);
	log_ring_clear();
	assert_int_equal(log_ring_read(&pos, end, buf, &gone), 0);
}

/* A full ring of the longest and of the shortest lines. */
static void extremes(void **s)
{
	u64 pos, end, gone = 0;
	char buf[256];
	u32 n;

	(void)s;
	memset(buf, 'x', sizeof(buf));
	buf[255] = '\n';
	for (n = 0; n < 200; n++)
		log_ring_put(buf, 256);
	pos = 0;
	end = log_ring_end();
	for (n = 0; log_ring_read(&pos, end, buf, &gone) == 256; n++)
		;
	assert_int_equal(n, SIZE / 256);
	for (n = 0; n < 2 * SIZE; n++)
		log_ring_put("\n", 1);
	pos = 0;
	end = log_ring_end();
	for (n = 0; log_ring_read(&pos, end, buf, &gone) == 1; n++)
		;
	assert_int_equal(n, SIZE);
	log_ring_crash();
	locks = 0;
	log_ring_put("x\n", 2);
	assert_int_equal(locks, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(while_reading),
		cmocka_unit_test(extremes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
