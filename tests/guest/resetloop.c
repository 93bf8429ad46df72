/* SPDX-License-Identifier: BSD-3-Clause */
/* Asks for a reset as soon as it runs. */
#include <test.h>

const bool want_mmu = true;

static void again(void)
{
	hvc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	EXPECT(false);
}

const struct test tests[] = {
	TEST(again),
	{ NULL, NULL, false },
};
