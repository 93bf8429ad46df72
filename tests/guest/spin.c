/* SPDX-License-Identifier: BSD-3-Clause */
/* Every CPU counts for ever: for shares of time, and as a busy neighbour. */
#include <smp.h>
#include <test.h>

const bool want_mmu = true;

/* Seldom enough to be a busy neighbour; without it QEMU 7.2 under -icount may never come back to the other CPUs. */
#define YIELD_EVERY 4096U

static volatile u64 counts[SMP_MAX * 8];

static void spin(u64 cpu)
{
	for (;;) {
		counts[cpu * 8] = counts[cpu * 8] + 1;
		if (counts[cpu * 8] % YIELD_EVERY == 0)
			cpu_relax();
	}
}

static void all(void)
{
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT_EQ(smp_start(i, spin, i), 0);
	print("SPIN %u\n", smp_cpus());
	spin(0);
}

const struct test tests[] = {
	TEST(all),
	{ NULL, NULL, false },
};
