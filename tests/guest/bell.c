/* SPDX-License-Identifier: BSD-3-Clause */
/* Rings and reads a doorbell page in every way, for ever, from all CPUs (docs/reference/shared-memory.md). */
#include <doorbell.h>
#include <smp.h>
#include <test.h>

#define PAGE_WORDS 1024U

const bool want_mmu = true;

static void ring(u64 cpu)
{
	u64 r = 88172645463325252U + cpu;

	for (;;) {
		u64 a;

		r ^= r << 13;
		r ^= r >> 7;
		r ^= r << 17;
		a = BELL + (r >> 8) % PAGE_WORDS * 4;
		bell_ring((u32)(r % 40));
		switch (r >> 40 & 3U) {
		case 0:
			mmio_write32(a, (u32)r);
			break;
		case 1:
			(void)mmio_read32(a);
			break;
		case 2:
			mmio_write8(a + 1, (u8)r);
			break;
		default:
			(void)mmio_read64(a & ~UINT64_C(7));
			break;
		}
	}
}

static void all(void)
{
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT_EQ(smp_start(i, ring, i), 0);
	print("BELL %u\n", smp_cpus());
	ring(0);
}

const struct test tests[] = { TEST(all), { 0 } };
