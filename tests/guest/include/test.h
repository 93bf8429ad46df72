/* SPDX-License-Identifier: BSD-3-Clause */
/* The frame of a test guest: a table of tests, checks that end a test, the lines that the host side reads. */
#ifndef TEST_H
#define TEST_H

#include <guest.h>

/*
 * Output: "TEST name: ok", "TEST name: FAIL ...", "TEST name: skip"; the last line is "DONE n passed, m failed"; then
 * the machine is powered off. The word "plain" in bootargs skips what only a hypervisor gives (TEST_HV).
 */
struct test {
	const char *name;
	void (*fn)(void);
	bool hv_only;
};

#define TEST(f)                                                                                                        \
	{                                                                                                              \
#f, f, false                                                                                           \
	}
#define TEST_HV(f)                                                                                                     \
	{                                                                                                              \
#f, f, true                                                                                            \
	}

/* Each guest defines these; the table ends with an entry without a function. */
extern const struct test tests[];
extern const bool want_mmu; /* turn MMU and caches on before the first test */

void test_fail(u32 line, const char *what, u64 got, u64 want);

#define EXPECT_EQ(a, b)                                                                                                \
	do {                                                                                                           \
		u64 got_ = (u64)(a), want_ = (u64)(b);                                                                 \
		if (got_ != want_) {                                                                                   \
			test_fail(__LINE__, #a, got_, want_);                                                          \
			return;                                                                                        \
		}                                                                                                      \
	} while (0)
#define EXPECT(c) EXPECT_EQ(!!(c), true)

#endif
