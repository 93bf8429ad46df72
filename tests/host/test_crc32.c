/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/lib/crc32.c zlib */
/* Against zlib; on this machine both the table code and the code around the CRC32 instruction run (with tables inside).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <lib/crc32.h>
#include <zlib.h>

#define BUF 5000
#define ROUNDS 5000

static u8 a[BUF], b[BUF];

static u32 rnd(u32 n)
{
	return (u32)rand() % n;
}

static void fill(void)
{
	int i;

	for (i = 0; i < BUF; i++)
		a[i] = (u8)rnd(256);
}

static void test_vectors(void **state)
{
	(void)state;
	assert_int_equal(hazel_crc32(0, "", 0), 0);
	assert_int_equal(hazel_crc32(0, "123456789", 9), 0xcbf43926);
	assert_int_equal(hazel_crc32(0, "\0\0\0\0", 4), 0x2144df1c);
}

static void test_random(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		u32 off = rnd(20), n = rnd(BUF - 20), cut = rnd(n + 1);
		u32 want = (u32)crc32(0, a + off, n), d = rnd(20);

		if (i % 100 == 0)
			fill();
		want = (u32)crc32(0, a + off, n);
		assert_int_equal(hazel_crc32(0, a + off, n), want);
		assert_int_equal(hazel_crc32(hazel_crc32(0, a + off, cut), a + off + cut, n - cut), want);
		memset(b, 0x5a, sizeof(b));
		assert_int_equal(hazel_crc32_copy(0, b + d, a + off, n), want);
		assert_memory_equal(b + d, a + off, n);
		if (d)
			assert_int_equal(b[d - 1], 0x5a);
		if (d + n < BUF)
			assert_int_equal(b[d + n], 0x5a);
	}
}

static void test_hw_path(void **state)
{
	crc32_enable_hw(true);
	test_random(state);
	crc32_enable_hw(false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_vectors),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_hw_path),
	};

	srand(3);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
