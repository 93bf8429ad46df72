/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory of a guest: size, zero at start, and aborts (nothing worse) for everything that is not there. */
#include <gic.h>
#include <test.h>

#define PAGE 4096U
#define TEST_PATTERN 0x0123456789abcdef
#define UNMAPPED_DEVICE UINT64_C(0x0e000000)
#define FSC_TRANSLATION_L0 0x04U
#define FSC_EXTERNAL_WALK_L0 0x14U
#define FSC_EXTERNAL_WALK_L3 0x17U
#define FLOOD 1000U

/* The tests below turn it on half way. */
const bool want_mmu = false;

static u64 ram_base, ram_size;

/* What an abort on an address without anything behind it may look like: external, or what stage 1 says by itself. */
static void check_abort(const struct exc *e, u32 ec, u64 far)
{
	EXPECT_EQ(e->count, 1);
	EXPECT_EQ(EC(e->esr), ec);
	EXPECT_EQ(FSC(e->esr), FSC_EXTERNAL);
	EXPECT_EQ(e->far, far);
}

static void size(void)
{
	volatile u64 *last;

	ram_range(&ram_base, &ram_size);
	EXPECT(ram_size >= MIB(2));
	last = (volatile u64 *)(ram_base + ram_size - 8);
	*last = TEST_PATTERN;
	EXPECT_EQ(*last, TEST_PATTERN);
	*last = 0;
}

static void zero_at_start(void)
{
	u64 dtb = entry_state.x[0] & ~(u64)(PAGE - 1);
	u64 dtb_end = (entry_state.x[0] + fdt_size() + PAGE - 1) & ~(u64)(PAGE - 1);
	u64 image = (u64)image_start & ~(u64)(PAGE - 1);
	u64 dirty = 0;

	for (u64 a = ram_base; a < ram_base + ram_size; a += PAGE) {
		const volatile u64 *p = (const volatile u64 *)a;

		if ((a >= image && a < (u64)image_end) || (a >= dtb && a < dtb_end))
			continue;
		for (u32 i = 0; i < PAGE / 8; i++)
			dirty |= p[i];
	}
	EXPECT_EQ(dirty, 0);
}

static void end_of_ram(void)
{
	u64 end = ram_base + ram_size;
	struct exc e = TRY(mmio_read64(end));

	check_abort(&e, EC_DABT_CUR, end);
	e = TRY(mmio_write8(end, 1));
	check_abort(&e, EC_DABT_CUR, end);
}

static void unmapped_read(void)
{
	struct exc e = TRY(mmio_read32(UNMAPPED_DEVICE));

	check_abort(&e, EC_DABT_CUR, UNMAPPED_DEVICE);
	e = TRY(mmio_read8(UNMAPPED_DEVICE + 0xfff));
	check_abort(&e, EC_DABT_CUR, UNMAPPED_DEVICE + 0xfff);
	e = TRY(mmio_read32(0));
	EXPECT(e.count <= 1); /* a host may have flash there; a VM has nothing */
}

static void unmapped_write(void)
{
	struct exc e = TRY(mmio_write64(UNMAPPED_DEVICE, ~UINT64_C(0)));

	check_abort(&e, EC_DABT_CUR, UNMAPPED_DEVICE);
}

/* Hazel's own memory, the host's DTB and the bundle lie in host RAM; none of it is at any IPA of the guest. */
static void nothing_beyond_ram(void)
{
	for (u64 a = (ram_base + ram_size + GIB(1)) & ~(GIB(1) - 1); a < GIB(64); a += GIB(1)) {
		struct exc e = TRY(mmio_read64(a));

		check_abort(&e, EC_DABT_CUR, a);
	}
}

static void top_of_ipa(void)
{
	for (u32 bit = 36; bit <= 47; bit++) {
		u64 a = BIT(bit) - 8;
		struct exc e = TRY(mmio_read64(a));

		EXPECT_EQ(e.count, 1);
		EXPECT_EQ(EC(e.esr), EC_DABT_CUR);
		EXPECT(FSC(e.esr) == FSC_EXTERNAL || FSC(e.esr) <= FSC_TRANSLATION_L0);
		e = TRY(mmio_write64(a, 1));
		EXPECT_EQ(e.count, 1);
		EXPECT_EQ(EC(e.esr), EC_DABT_CUR);
	}
}

static void jump(u64 a)
{
	__asm__ volatile("blr %0" ::"r"(a) : "x30", "memory");
}

static void execute_device(void)
{
	struct exc e = TRY(jump(UART_BASE));

	EXPECT_EQ(e.count, 1);
	EXPECT_EQ(EC(e.esr), EC_IABT_CUR);
	e = TRY(jump(GICD));
	EXPECT_EQ(e.count, 1);
	EXPECT_EQ(EC(e.esr), EC_IABT_CUR);
}

static void execute_unmapped(void)
{
	struct exc e = TRY(jump(UNMAPPED_DEVICE));

	check_abort(&e, EC_IABT_CUR, UNMAPPED_DEVICE);
	EXPECT_EQ(e.elr, UNMAPPED_DEVICE);
	e = TRY(jump(ram_base + ram_size));
	check_abort(&e, EC_IABT_CUR, ram_base + ram_size);
}

static void execute_unmapped_normal(void)
{
	struct exc e = TRY(jump(ram_base + ram_size));

	check_abort(&e, EC_IABT_CUR, ram_base + ram_size);
}

static void mmu(void)
{
	mmu_on();
	EXPECT_EQ(sysreg_read(sctlr_el1) & 1, 1);
}

#define NO_SYNDROME(name, address, insn)                                                                               \
	static void name(void)                                                                                         \
	{                                                                                                              \
		u64 a = (address);                                                                                     \
		struct exc e = TRY(__asm__ volatile(insn : "+r"(a)::"x2", "x3", "memory"));                            \
		EXPECT_EQ(e.count, 1);                                                                                 \
		EXPECT_EQ(EC(e.esr), EC_DABT_CUR);                                                                     \
		EXPECT_EQ(FSC(e.esr), FSC_EXTERNAL);                                                                   \
		EXPECT_EQ(e.far & ~UINT64_C(15), (address) & ~UINT64_C(15));                                           \
	}

/* The syndrome does not describe these, and they mean nothing for a device (what does is in mmio.c): an abort. */
NO_SYNDROME(gic_exclusive, GICD, "ldxr w2, [%0]")
NO_SYNDROME(gic_structure, GICD, ".arch_extension simd\n\tld1 {v0.4s}, [%0]")
NO_SYNDROME(unmapped_ldp, UNMAPPED_DEVICE, "ldp x2, x3, [%0]")
NO_SYNDROME(unmapped_simd, UNMAPPED_DEVICE, ".arch_extension simd\n\tldr q0, [%0]")
NO_SYNDROME(unmapped_zero_line, PA_OF_UNMAPPED, "dc zva, %0")
NO_SYNDROME(unmapped_exclusive, PA_OF_UNMAPPED, "ldxr x2, [%0]")
NO_SYNDROME(unmapped_normal, PA_OF_UNMAPPED, "ldr x2, [%0]")

/* Cache maintenance by address where nothing is: an abort or nothing. */
static void maintenance(void)
{
	struct exc e = TRY(__asm__ volatile("dc civac, %0\n\tdc cvau, %0\n\tic ivau, %0" ::"r"(PA_OF_UNMAPPED)));

	EXPECT(e.count <= 3);
	e = TRY(__asm__ volatile("dc ivac, %0" ::"r"(PA_OF_UNMAPPED)));
	EXPECT(e.count <= 1);
	e = TRY(__asm__ volatile("prfm pldl1keep, [%0]" ::"r"(PA_OF_UNMAPPED)));
	EXPECT_EQ(e.count, 0);
}

/* A stage-1 table that is not in RAM: the walk itself aborts. */
static void table_walk(void)
{
	u64 ttbr = sysreg_read(ttbr0_el1);
	struct exc e;

	/* TTBR1 would be cleaner, but EPD1 is set; an AT instruction walks without needing the result. */
	e = TRY(sysreg_write(ttbr1_el1, PA_OF_UNMAPPED);
		sysreg_write(tcr_el1, (sysreg_read(tcr_el1) & ~BIT(23)) | (UINT64_C(25) << 16) | (UINT64_C(2) << 30));
		isb(); mmio_read64(~UINT64_C(0) - 4095));
	sysreg_write(tcr_el1, sysreg_read(tcr_el1) | BIT(23));
	sysreg_write(ttbr0_el1, ttbr);
	__asm__ volatile("isb\n\ttlbi vmalle1\n\tdsb sy\n\tisb" ::: "memory");
	EXPECT_EQ(e.count, 1);
	EXPECT_EQ(EC(e.esr), EC_DABT_CUR);
	/* "On a walk, level n" is the exact answer; a hypervisor that does not know the level may say external. */
	EXPECT(FSC(e.esr) == FSC_EXTERNAL ||
	       (FSC(e.esr) >= FSC_EXTERNAL_WALK_L0 && FSC(e.esr) <= FSC_EXTERNAL_WALK_L3));
}

static void abort_flood(void)
{
	struct exc e;

	exc_arm();
	for (u32 i = 0; i < FLOOD; i++)
		mmio_read32(UNMAPPED_DEVICE + i * 4);
	e = exc_take();
	EXPECT_EQ(e.count, FLOOD);
}

const struct test tests[] = {
	TEST(size),
	TEST_HV(zero_at_start),
	TEST(end_of_ram),
	TEST(unmapped_read),
	TEST(unmapped_write),
	TEST_HV(nothing_beyond_ram),
	TEST_HV(top_of_ipa),
	TEST_HV(execute_device),
	TEST_HV(execute_unmapped),
	TEST(mmu),
	TEST_HV(gic_exclusive),
	TEST_HV(gic_structure),
	TEST(unmapped_ldp),
	TEST(unmapped_simd),
	TEST_HV(unmapped_zero_line),
	TEST(unmapped_exclusive),
	TEST(unmapped_normal),
	TEST_HV(execute_unmapped_normal),
	TEST(maintenance),
	TEST(table_walk),
	TEST(abort_flood),
	{ 0 },
};
