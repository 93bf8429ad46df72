/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/string.c and lib/cstring.c against the C library, on random input. They come in under other names. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define memcpy hz_memcpy
#define memmove hz_memmove
#define memset hz_memset
#define memcmp hz_memcmp
#define memchr hz_memchr
#define strlen hz_strlen
#define strnlen hz_strnlen
#define strchr hz_strchr
#define strrchr hz_strrchr
#define strcmp hz_strcmp
#define strncmp hz_strncmp
#define strstr hz_strstr
#define strtoul hz_strtoul
#define strlcpy hz_strlcpy
#include "../../hypervisor/lib/string.c"
#undef KEEP_LOOP
#include "../../hypervisor/lib/cstring.c"
#undef memcpy
#undef memmove
#undef memset
#undef memcmp
#undef memchr
#undef strlen
#undef strnlen
#undef strchr
#undef strrchr
#undef strcmp
#undef strncmp
#undef strstr
#undef strtoul
#undef strlcpy

#define ROUNDS 20000
#define BUF 700

static u8 a[BUF], b[BUF], c[BUF];

static u32 rnd(u32 n)
{
	return (u32)rand() % n;
}

static void fill(u8 *p)
{
	int i;

	for (i = 0; i < BUF; i++)
		p[i] = (u8)rnd(256);
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static void test_memcpy(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		u32 d = rnd(40), s = rnd(40), n = rnd(4) ? rnd(90) : rnd(BUF - 40);

		fill(a);
		fill(b);
		memcpy(c, b, BUF);
		memcpy(c + d, a + s, n);
		assert_ptr_equal(hz_memcpy(b + d, a + s, n), b + d);
		assert_memory_equal(b, c, BUF);
	}
}

static void test_memmove(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		u32 d = rnd(100), s = rnd(100), n = rnd(BUF - 100);

		fill(a);
		memcpy(b, a, BUF);
		memmove(b + d, b + s, n);
		assert_ptr_equal(hz_memmove(a + d, a + s, n), a + d);
		assert_memory_equal(a, b, BUF);
	}
}

static void test_memset(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		u32 d = rnd(40), n = rnd(BUF - 40);
		int v = (int)rnd(1000) - 500;

		fill(a);
		memcpy(b, a, BUF);
		memset(b + d, v, n);
		assert_ptr_equal(hz_memset(a + d, v, n), a + d);
		assert_memory_equal(a, b, BUF);
	}
}

/* Exactly sized heap blocks, so that the sanitizer sees a read beyond the end. */
static void test_no_overrun(void **state)
{
	u32 n;

	(void)state;
	for (n = 1; n < 200; n++) {
		u8 *p = malloc(n), *q = malloc(n);

		hz_memset(p, 7, n);
		hz_memcpy(q, p, n);
		assert_int_equal(hz_memcmp(p, q, n), 0);
		hz_memmove(q + n / 2, q, n - n / 2);
		p[n - 1] = '\0';
		assert_int_equal(hz_strlen((char *)p), n - 1);
		free(p);
		free(q);
	}
}

static void test_memcmp(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		u32 d = rnd(10), s = rnd(10), n = rnd(100);

		fill(a);
		memmove(b + d, a + s, n);
		if (n && rnd(2))
			b[d + rnd(n)] ^= 1U << rnd(8);
		assert_int_equal(sign(hz_memcmp(a + s, b + d, n)), sign(memcmp(a + s, b + d, n)));
		assert_ptr_equal(hz_memchr(a + s, b[d], n), memchr(a + s, b[d], n));
	}
}

/* Short strings over a small alphabet meet often. */
static void word(char *s, u32 max)
{
	u32 i, n = rnd(max);

	for (i = 0; i < n; i++)
		s[i] = "ab\xe4"[rnd(3)];
	s[n] = '\0';
}

static void test_strings(void **state)
{
	char s[32], t[8], d[16], e[16];
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		u32 n = rnd(20);

		word(s, sizeof(s));
		word(t, sizeof(t));
		assert_int_equal(hz_strlen(s), strlen(s));
		assert_int_equal(hz_strnlen(s, n), strnlen(s, n));
		assert_int_equal(sign(hz_strcmp(s, t)), sign(strcmp(s, t)));
		assert_int_equal(sign(hz_strncmp(s, t, n)), sign(strncmp(s, t, n)));
		assert_ptr_equal(hz_strchr(s, t[0]), strchr(s, t[0]));
		assert_ptr_equal(hz_strrchr(s, t[0]), strrchr(s, t[0]));
		assert_ptr_equal(hz_strstr(s, t), strstr(s, t));
		memset(d, 'x', sizeof(d));
		memset(e, 'x', sizeof(e));
		n = rnd(sizeof(d) + 1);
		if (n) {
			strncpy(e, s, n);
			e[n - 1] = '\0';
			/* strncpy() fills up with zeros, strlcpy() does not. */
			if (strlen(s) + 1 < n)
				memset(e + strlen(s) + 1, 'x', n - strlen(s) - 1);
		}
		assert_int_equal(hz_strlcpy(d, s, n), strlen(s));
		assert_memory_equal(d, e, sizeof(d));
	}
}

static void test_strtoul(void **state)
{
	static const char *const fixed[] = { "",
					     "0",
					     "0x",
					     "0xg",
					     "0x1f",
					     "0XFF ",
					     " \t42z",
					     "-1",
					     "+7",
					     "-0x10",
					     "08",
					     "0755",
					     "18446744073709551615",
					     "18446744073709551616",
					     "-18446744073709551616",
					     "0xffffffffffffffff",
					     "0x10000000000000000",
					     "zz",
					     "- 1",
					     "99999999999999999999999" };
	static const int bases[] = { 0, 2, 8, 10, 16, 36 };
	char text[24], *e1, *e2;
	size_t i, j, k;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(fixed) + ROUNDS; i++) {
		const char *s = text;

		if (i < ARRAY_SIZE(fixed)) {
			s = fixed[i];
		} else {
			for (k = 0; k < sizeof(text) - 1; k++)
				text[k] = " +-0x19afgZ"[rnd(11)];
			text[k] = '\0';
		}
		for (j = 0; j < ARRAY_SIZE(bases); j++) {
			unsigned long want = strtoul(s, &e1, bases[j]);

			assert_true(hz_strtoul(s, &e2, bases[j]) == want);
			assert_ptr_equal(e2, e1);
		}
	}
	assert_int_equal(hz_strtoul("12", NULL, 10), 12);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memcpy),     cmocka_unit_test(test_memmove), cmocka_unit_test(test_memset),
		cmocka_unit_test(test_no_overrun), cmocka_unit_test(test_memcmp),  cmocka_unit_test(test_strings),
		cmocka_unit_test(test_strtoul),
	};

	srand(1);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
