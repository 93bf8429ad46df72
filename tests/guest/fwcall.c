/* SPDX-License-Identifier: BSD-3-Clause */
/* Services of the host's firmware that this VM was not given: SCMI, the chip's own, a trusted OS. */
#include <test.h>

#define NOT_SUPPORTED (-1)
#define SCMI_RK3588 0x82000010U
#define SCMI_PAGE_RK3588 UINT64_C(0x10f000)

const bool want_mmu = true;

static const u32 calls[] = { SCMI_RK3588, 0x82000001, 0x8200ff01, 0xb2000000, 0x32000004, 0xbf00ff01, 0xc2000001 };

static void by_hvc(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		EXPECT_EQ(RES32(hvc_call(calls[i], 0, 0, 0)), NOT_SUPPORTED);
}

static void by_smc(void)
{
	for (u32 i = 0; i < ARRAY_SIZE(calls); i++)
		EXPECT_EQ(RES32(smc_call(calls[i], 0, 0, 0)), NOT_SUPPORTED);
}

static void channel(void)
{
	struct exc e = TRY((void)*(volatile u32 *)SCMI_PAGE_RK3588);

	EXPECT_EQ(e.count, 1);
	EXPECT_EQ(EC(e.esr), EC_DABT_CUR);
	EXPECT_EQ(FSC(e.esr), FSC_EXTERNAL);
}

const struct test tests[] = { TEST_HV(by_hvc), TEST_HV(by_smc), TEST_HV(channel), { 0 } };
