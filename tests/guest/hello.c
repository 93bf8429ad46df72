/* SPDX-License-Identifier: BSD-3-Clause */
/* The smallest guest: it prints a line and powers off. */
#include <test.h>

const bool want_mmu = false;

static void hello(void)
{
	print("hello from a guest\n");
}

const struct test tests[] = { TEST(hello), { 0 } };
