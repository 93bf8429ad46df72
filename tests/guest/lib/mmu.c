/* SPDX-License-Identifier: BSD-3-Clause */
#include <guest.h>

#define ENTRIES 512U
#define DEVICE_END 1U /* GiB */
#define NORMAL_END 8U
#define ATTR_DEVICE 0U
#define ATTR_NORMAL 1U
#define MAIR (UINT64_C(0x00) | (UINT64_C(0xff) << 8)) /* Device-nGnRnE, Normal write-back */
#define DESC_BLOCK 1U
#define DESC_AF BIT(10)
#define DESC_ISH (UINT64_C(3) << 8)
#define DESC_XN (BIT(53) | BIT(54))
#define TCR_T0SZ 25U /* 39 bits: the walk starts at level 1 */
#define TCR_WALK_WB_ISH ((UINT64_C(1) << 8) | (UINT64_C(1) << 10) | (UINT64_C(3) << 12))
#define TCR_EPD1 BIT(23)
#define TCR_IPS_40 (UINT64_C(2) << 32)
#define SCTLR_MMU_CACHES (BIT(0) | BIT(2) | BIT(12))

static u64 level1[ENTRIES] __attribute__((aligned(4096)));

void mmu_on(void)
{
	for (u64 i = 0; i < ENTRIES; i++) {
		bool normal = i >= DEVICE_END && i < NORMAL_END;

		level1[i] = GIB(i) | DESC_BLOCK | DESC_AF | DESC_ISH |
			(normal ? (u64)ATTR_NORMAL << 2 : ((u64)ATTR_DEVICE << 2) | DESC_XN);
	}
	dsb();
	sysreg_write(mair_el1, MAIR);
	sysreg_write(tcr_el1, TCR_T0SZ | TCR_WALK_WB_ISH | TCR_EPD1 | TCR_IPS_40);
	sysreg_write(ttbr0_el1, (u64)level1);
	isb();
	__asm__ volatile("tlbi vmalle1\n\tic iallu\n\tdsb sy\n\tisb" ::: "memory");
	sysreg_write(sctlr_el1, sysreg_read(sctlr_el1) | SCTLR_MMU_CACHES);
	isb();
}

void sync_code(const void *start, u64 size)
{
	u64 line = 4U << FIELD(sysreg_read(ctr_el0), 19, 16);
	u64 iline = 4U << FIELD(sysreg_read(ctr_el0), 3, 0);
	u64 from = (u64)start, end = from + size;

	for (u64 a = from & ~(line - 1); a < end; a += line)
		__asm__ volatile("dc cvau, %0" ::"r"(a) : "memory");
	dsb();
	for (u64 a = from & ~(iline - 1); a < end; a += iline)
		__asm__ volatile("ic ivau, %0" ::"r"(a) : "memory");
	dsb();
	isb();
}
