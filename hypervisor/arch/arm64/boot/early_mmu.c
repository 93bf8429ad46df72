/* SPDX-License-Identifier: BSD-3-Clause */
/* The first EL2 tables and the switch to MMU and caches on, W^X from the first instruction that runs translated (D5).
 */
#include <asm/barrier.h>
#include <asm/cache.h>
#include <asm/mmu.h>
#include <asm/page.h>
#include <asm/sysreg.h>
#include <lib/assert.h>

#include "../mmu_internal.h"

#define MAIR_VALUE                                                                                                     \
	((UINT64_C(0xff) << (8 * MAIR_NORMAL_WB)) | (UINT64_C(0x04) << (8 * MAIR_DEVICE_nGnRE)) |                      \
	 (UINT64_C(0x00) << (8 * MAIR_DEVICE_nGnRnE)))

/* TCR_EL2, nVHE layout */
#define TCR_RES1 (BIT(31) | BIT(23))
#define TCR_T0SZ FIELD_PREP(GENMASK(5, 0), 64 - EL2_VA_BITS)
#define TCR_WALK_WB_IS (FIELD_PREP(GENMASK(9, 8), 1) | FIELD_PREP(GENMASK(11, 10), 1) | FIELD_PREP(GENMASK(13, 12), 3))
#define TCR_PS(ps) FIELD_PREP(GENMASK(18, 16), ps)
#define PS_48BIT 5U

/* SCTLR_EL2 */
#define SCTLR_RES1 UINT64_C(0x30c50830)
#define SCTLR_M BIT(0)
#define SCTLR_C BIT(2)
#define SCTLR_SA BIT(3)
#define SCTLR_I BIT(12)
#define SCTLR_WXN BIT(19)
#define SCTLR_BT BIT(36)
#define SCTLR_ON (SCTLR_RES1 | SCTLR_M | SCTLR_C | SCTLR_SA | SCTLR_I | SCTLR_WXN | SCTLR_BT)

static void map_part(const char *from, const char *to, enum el2_map type)
{
	ASSERT(mmu_map((paddr_t)from, (u64)(to - from), type) == 0);
}

static void enable(u64 root)
{
	u64 parange = read_sysreg(id_aa64mmfr0_el1) & 0xfU;

	write_sysreg(MAIR_VALUE, mair_el2);
	write_sysreg(TCR_RES1 | TCR_T0SZ | TCR_WALK_WB_IS | TCR_PS(MIN(parange, PS_48BIT)), tcr_el2);
	write_sysreg(root, ttbr0_el2);
	isb();
	__asm__ volatile("tlbi alle2\n\tdsb nsh\n\tic iallu\n\tdsb nsh\n\tisb" ::: "memory");
	write_sysreg(SCTLR_ON, sctlr_el2);
	isb();
}

void mmu_early_init(paddr_t fdt, u64 fdt_size)
{
	paddr_t root = mmu_boot_tables();

	map_part(__image_start, __text_end, EL2_CODE);
	map_part(__text_end, __rodata_end, EL2_RO);
	/* The two guard pages stay holes. */
	map_part(__data_start, __stack_guard, EL2_RW);
	map_part(__stack_bottom, __crash_guard, EL2_RW);
	map_part(__crash_guard + PAGE_SIZE, __image_end, EL2_RW);
	if (fdt_size) {
		paddr_t from = ALIGN_DOWN(fdt, PAGE_SIZE);

		ASSERT(mmu_map(from, ALIGN_UP(fdt + fdt_size, PAGE_SIZE) - from, EL2_RO) == 0);
	}
	/*
	 * What was written so far went past the caches; stale lines from before the image was loaded must not hide it
	 * (booting.rst guarantees that none of them is dirty, and head.S has seen to the bss).
	 */
	cache_inval_poc(__image_start, (size_t)(__image_end - __image_start));
	enable(root);
}
