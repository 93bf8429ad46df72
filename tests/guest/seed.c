/* SPDX-License-Identifier: BSD-3-Clause */
/* Prints the random seeds in its device tree, and again after each character typed, but for 'r' (reset) and 'q'. */
#include <test.h>

const bool want_mmu = false;

static void print_seed(const char *name)
{
	u32 len = 0;
	const u8 *p = fdt_find("chosen", name, &len);

	print(" %s=", name);
	for (u32 i = 0; p && i < len; i++)
		print("%02x", p[i]);
	print("%s", p ? "" : "none");
}

static void seeds(void)
{
	for (int c = '0'; c != 'q'; c = uart_getc()) {
		if (c == 'r') {
			hvc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
			EXPECT(false);
		}
		print("seeds %c:", c);
		print_seed("rng-seed");
		print_seed("kaslr-seed");
		print(".\n");
	}
}

const struct test tests[] = { TEST(seeds), { 0 } };
