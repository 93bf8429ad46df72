/* SPDX-License-Identifier: BSD-3-Clause */
/* lib/printf.c against the C library, on random formats. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define vsnprintf hz_vsnprintf
#define snprintf hz_snprintf
#include "../../hypervisor/lib/printf.c"
#undef vsnprintf
#undef snprintf

#define ROUNDS 50000
#define SIZE 200

static u32 rnd(u32 n)
{
	return (u32)rand() % n;
}

static u64 value(void)
{
	u64 v = ((u64)rand() << 42) ^ ((u64)rand() << 21) ^ (u64)rand();

	switch (rnd(5)) {
	case 0:
		return 0;
	case 1:
		return rnd(20);
	case 2:
		return 0 - (u64)rnd(20);
	case 3:
		return UINT64_C(1) << rnd(64);
	default:
		return v;
	}
}

/* One random conversion with @kinds to choose from; flags that C leaves undefined for the conversion are not made. */
static void conversion(char *f, const char *kinds, const char *flags)
{
	static const char *const lengths[] = { "", "h", "hh", "l", "ll", "z" };
	char kind = kinds[rnd((u32)strlen(kinds))];
	u32 i, n = *flags ? rnd(3) : 0;

	*f++ = '%';
	for (i = 0; i < n; i++) {
		char c = flags[rnd((u32)strlen(flags))];

		if (c == '#' && !strchr("xX", kind))
			continue;
		*f++ = c;
	}
	if (rnd(2))
		f += sprintf(f, "%u", rnd(30) + 1);
	if (kind != 'c' && rnd(3) == 0)
		f += sprintf(f, ".%u", rnd(25));
	if (strchr("diuxX", kind))
		f += sprintf(f, "%s", lengths[rnd(6)]);
	*f++ = kind;
	*f = '\0';
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
/* clang-format off */
#define COMPARE(fmt, ...)                                                                                              \
	do {                                                                                                           \
		char want_[SIZE], got_[SIZE];                                                                          \
		size_t size_ = rnd(4) ? SIZE : rnd(30);                                                                \
		int w_, g_;                                                                                            \
		memset(want_, '~', SIZE);                                                                              \
		memset(got_, '~', SIZE);                                                                               \
		w_ = snprintf(want_, size_, fmt, __VA_ARGS__);                                                         \
		g_ = hz_snprintf(got_, size_, fmt, __VA_ARGS__);                                                       \
		if (w_ != g_ || memcmp(want_, got_, size_ == SIZE ? strlen(want_) + 1 : SIZE) != 0)                    \
			fail_msg("format \"%s\": %d \"%.150s\", wanted %d \"%.150s\"", fmt, g_, got_, w_, want_);      \
	} while (0)
/* clang-format on */

static void test_integers(void **state)
{
	char f[40];
	int i;

	(void)state;
	for (i = 0; i < ROUNDS; i++) {
		u64 v = value();

		conversion(f, "diuxX", "0-#");
		/* glibc reads as many bits as the length modifier says, from a register here. */
		COMPARE(f, v);
	}
}

static void test_text(void **state)
{
	static const char *const words[] = { "", "a", "hello", "a longer piece of text" };
	char f[40];
	int i;

	(void)state;
	for (i = 0; i < ROUNDS / 5; i++) {
		const char *w = words[rnd(4)];
		int c = 'a' + (int)rnd(26);

		conversion(f, "s", "-");
		COMPARE(f, w);
		conversion(f, "c", "-");
		COMPARE(f, c);
	}
}

static void test_mixed(void **state)
{
	char f[200], *p;
	int i;

	(void)state;
	for (i = 0; i < ROUNDS / 5; i++) {
		u64 v = value(), w = value();

		p = f + sprintf(f, "[%%%%");
		conversion(p, "diuxX", "0-#");
		p += strlen(p);
		p += sprintf(p, "|");
		conversion(p, "s", "-");
		p += strlen(p);
		p += sprintf(p, "|");
		conversion(p, "xX", "0#");
		strcat(p, "]\n");
		COMPARE(f, v, "text", w);
	}
}

static void test_star(void **state)
{
	int i;

	(void)state;
	for (i = 0; i < ROUNDS / 5; i++) {
		int width = (int)rnd(60) - 30, prec = (int)rnd(12) - 3;
		u32 v = (u32)value();

		COMPARE("<%*d>", width, (int)v);
		COMPARE("<%-*.*s>", width, prec, "some words");
		COMPARE("<%0*x>", width & 31, v);
	}
}

/* Past the compiler's check of formats. */
static int call_bad(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = hz_vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}

static void test_own(void **state)
{
	char buf[40] = "~~~";

	(void)state;
	/* NULL pointers, unknown conversions and a lone % do no harm. */
	hz_snprintf(buf, sizeof(buf), "%p %s", NULL, (char *)NULL);
	assert_string_equal(buf, "0 (null)");
	hz_snprintf(buf, sizeof(buf), "%p", (void *)0x40080000UL);
	assert_string_equal(buf, "0x40080000");
	call_bad(buf, sizeof(buf), "%q end %");
	assert_string_equal(buf, "%q end ");
	hz_snprintf(buf, sizeof(buf), "%s", "0123456789012345678901234567890123456789012345");
	assert_string_equal(buf, "012345678901234567890123456789012345678");
	assert_int_equal(hz_snprintf(NULL, 0, "%u", 1234U), 4);
	assert_int_equal(hz_snprintf(buf, 1, "%u", 1234U), 4);
	assert_string_equal(buf, "");
	/* A width that is a mistake stays bounded. */
	assert_int_equal(call_bad(NULL, 0, "%99999999999d", 1), WIDTH_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_integers), cmocka_unit_test(test_text), cmocka_unit_test(test_mixed),
		cmocka_unit_test(test_star),     cmocka_unit_test(test_own),
	};

	srand(2);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
