/* SPDX-License-Identifier: BSD-3-Clause */
/* What a guest finds at its entry: boot protocol registers, EL1, everything masked and off. */
#include <test.h>

#define CURRENTEL_EL1 (1U << 2)
#define DAIF_ALL 0x3c0U
#define SCTLR_M_C_I (BIT(0) | BIT(2) | BIT(12))
#define SCTLR_EE_E0E (BIT(25) | BIT(24))
#define ELF_BSS_SIZE 100000U

const bool want_mmu = false;

static u8 big_bss[ELF_BSS_SIZE];
static volatile u64 initialised = 0x123456789abcdef0;

static void registers(void)
{
	for (u32 i = 1; i < 4; i++)
		EXPECT_EQ(entry_state.x[i], 0);
}

/* Nothing of Hazel's or of another VM's may be left in a register. */
static void registers_clean(void)
{
	for (u32 i = 4; i < 31; i++)
		EXPECT_EQ(entry_state.x[i], 0);
}

static void dtb(void)
{
	u64 base, size;

	EXPECT(fdt_size() > 0);
	EXPECT_EQ(entry_state.x[0] % 8, 0);
	ram_range(&base, &size);
	EXPECT(entry_state.x[0] >= base && entry_state.x[0] + fdt_size() <= base + size);
	EXPECT((u64)image_start >= base && (u64)image_end <= base + size);
}

static void exception_level(void)
{
	EXPECT_EQ(entry_state.currentel, CURRENTEL_EL1);
	EXPECT_EQ(entry_state.spsel, 1);
}

static void masked(void)
{
	EXPECT_EQ(entry_state.daif, DAIF_ALL);
}

static void mmu_off(void)
{
	EXPECT_EQ(entry_state.sctlr & SCTLR_M_C_I, 0);
	EXPECT_EQ(entry_state.sctlr & SCTLR_EE_E0E, 0);
}

static void timers_off(void)
{
	EXPECT_EQ(entry_state.cntv_ctl & 1, 0);
	EXPECT_EQ(entry_state.cntp_ctl & 1, 0);
}

static void image_data(void)
{
	EXPECT_EQ(initialised, 0x123456789abcdef0);
	for (u32 i = 0; i < sizeof(big_bss); i++)
		EXPECT_EQ(((volatile u8 *)big_bss)[i], 0);
}

const struct test tests[] = {
	TEST(registers),  TEST_HV(registers_clean), TEST(dtb), TEST(exception_level), TEST(masked), TEST(mmu_off),
	TEST(timers_off), TEST(image_data),         { 0 },
};
