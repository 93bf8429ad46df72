/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/debug/logmsg.c hypervisor/debug/log_ring.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <asm/timer.h>
#include <cmocka.h>
#include <debug/console.h>
#include <debug/logmsg.h>

#define FREQ 1000U

static char out[2000];
static size_t out_len;
static u64 now = 5;

u64 timer_now(void)
{
	return now;
}

u64 timer_freq(void)
{
	return FREQ;
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	return (size_t)snprintf(dst, size, "%s", src);
}

void console_write(const char *s, size_t n)
{
	assert_true(out_len + n < sizeof(out));
	memcpy(out + out_len, s, n);
	out_len += n;
	out[out_len] = '\0';
}

static int setup(void **state)
{
	(void)state;
	out_len = 0;
	out[0] = '\0';
	log_set_level(LOG_INFO);
	return 0;
}

static void test_levels(void **state)
{
	(void)state;
	pr_err("e %d", 1);
	pr_warn("w %s", "x");
	pr_info("i");
	pr_debug("d");
	assert_string_equal(out, "[hv] error: e 1\n[hv] warning: w x\n[hv] i\n");
	setup(NULL);
	log_set_level(LOG_ERR);
	pr_warn("w");
	pr_info("i");
	log_printf(LOG_CRASH, "c");
	assert_string_equal(out, "[hv] c\n");
	setup(NULL);
	log_set_level(LOG_DEBUG);
	pr_debug("d");
	assert_string_equal(out, "[hv] d\n");
}

/* Around the longest line: cut with "...", one LF, no more than 256 bytes. */
static void test_long_lines(void **state)
{
	char text[400];
	size_t n;

	(void)state;
	memset(text, 'y', sizeof(text));
	for (n = 200; n < 300; n++) {
		text[n] = '\0';
		setup(NULL);
		pr_info("%s", text);
		text[n] = 'y';
		assert_true(out_len <= 256);
		assert_int_equal(strcspn(out, "\n"), out_len - 1);
		if (5 + n + 1 <= 255)
			assert_int_equal(out_len, 5 + n + 1);
		else
			assert_string_equal(out + out_len - 5, "y...\n");
	}
}

static void test_limit(void **state)
{
	struct log_limit l = { 0 };
	u32 i, passed = 0;

	(void)state;
	for (i = 0; i < 100; i++)
		passed += log_allowed(&l);
	assert_int_equal(passed, 10);
	assert_int_equal(out_len, 0);
	now += FREQ - 1;
	assert_false(log_allowed(&l));
	now += 1;
	assert_true(log_allowed(&l));
	assert_string_equal(out, "[hv] warning: 91 lines like the next one were left out\n");
	setup(NULL);
	assert_true(log_allowed(&l));
	assert_int_equal(out_len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_levels, setup),
		cmocka_unit_test_setup(test_long_lines, setup),
		cmocka_unit_test_setup(test_limit, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
