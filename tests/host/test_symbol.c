/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/debug/symbol.c */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <debug/crash.h>

u32 hv_ksyms_count = 3;
const u32 hv_ksyms_off[] = { 0x40, 0x100, 0x104 };
const u32 hv_ksyms_name[] = { 0, 6, 10 };
const char hv_ksyms_names[] = "first\0two\0last";

static void check(u64 pc, const char *want, u64 want_offset)
{
	u64 offset = 0;
	const char *name = symbol_lookup(pc, &offset);

	if (!want) {
		assert_null(name);
		return;
	}
	assert_non_null(name);
	assert_string_equal(name, want);
	assert_int_equal(offset, want_offset);
}

static void test_lookup(void **state)
{
	(void)state;
	check(0, NULL, 0);
	check(0x3f, NULL, 0);
	check(0x40, "first", 0);
	check(0xff, "first", 0xbf);
	check(0x100, "two", 0);
	check(0x103, "two", 3);
	check(0x104, "last", 0);
	check(UINT64_C(1) << 40, "last", (UINT64_C(1) << 40) - 0x104);
	hv_ksyms_count = 0;
	check(0x100, NULL, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(test_lookup) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
