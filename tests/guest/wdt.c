/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watchdog, as the SBSA describes it: off at first, fed it is quiet, unfed its first signal comes as an interrupt.
 * Then nobody feeds it any more.
 */
#include <gic.h>
#include <test.h>

#define REFRESH UINT64_C(0x0a100000)
#define CONTROL UINT64_C(0x0a101000)
#define WRR 0x000U
#define WCS 0x000U
#define WOR 0x008U
#define WCV 0x010U
#define W_IIDR 0xfccU
#define WCS_EN 1U
#define WCS_WS0 2U
#define WDT_INTID 48U

#define FEEDS 20U
#define PARTS 4U /* of a timeout between two feeds */

const bool want_mmu = true;

static u64 timeout;

static void wait(u64 ticks)
{
	u64 start = now();

	while (now() - start < ticks)
		cpu_relax();
}

static void off_at_first(void)
{
	EXPECT_EQ(mmio_read32(CONTROL + WCS), 0);
	EXPECT_EQ(mmio_read32(CONTROL + W_IIDR), mmio_read32(REFRESH + W_IIDR));
	EXPECT_EQ(FIELD(mmio_read32(CONTROL + W_IIDR), 19, 16), 1);
}

static void fed(void)
{
	timeout = sysreg_read(cntfrq_el0) * bootarg_num("ms", 500) / 1000;
	gic_init();
	gic_enable(WDT_INTID);
	mmio_write32(CONTROL + WOR, (u32)timeout);
	mmio_write32(CONTROL + WCS, WCS_EN);
	for (u32 i = 0; i < FEEDS; i++) {
		wait(timeout / PARTS);
		EXPECT_EQ(mmio_read32(CONTROL + WCS), WCS_EN);
		mmio_write32(REFRESH + WRR, i);
		EXPECT(mmio_read64(CONTROL + WCV) - now() <= timeout);
	}
	EXPECT(!gic_is_pending(WDT_INTID));
}

static void first_signal(void)
{
	EXPECT_EQ(gic_wait(), WDT_INTID);
	EXPECT_EQ(mmio_read32(CONTROL + WCS), WCS_EN | WCS_WS0);
	/* In time for the second: the interrupt goes. */
	mmio_write32(REFRESH + WRR, 0);
	EXPECT_EQ(mmio_read32(CONTROL + WCS), WCS_EN);
	gic_eoi(WDT_INTID);
	EXPECT(!gic_is_pending(WDT_INTID));
}

static void nobody_feeds(void)
{
	print("HUNGRY\n");
	for (;;)
		wfi();
}

const struct test tests[] = { TEST(off_at_first), TEST(fed), TEST(first_signal), TEST(nobody_feeds), { 0 } };
