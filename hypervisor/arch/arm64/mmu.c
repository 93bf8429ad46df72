/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * EL2 stage 1 (ARM ARM D8): 48-bit VA, 4 KiB granule. VA = PA; the top slot of each CPU's level-0 table holds its
 * window on guest RAM, so no other CPU can reach, or speculate through, what one CPU has open.
 * Tables change at boot and VM create only, on one CPU at a time.
 */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/mmu.h>
#include <asm/pgtable.h>
#include <asm/sysreg.h>
#include <lib/assert.h>
#include <lib/errno.h>

#include "mmu_internal.h"

/* Enough for the image, DTB, console and arena before the arena itself can supply tables. */
#define RESERVE_TABLES 24U
#define TLBI_MAX_PAGES 64U

#define L0_WINDOW 511U
/* Stacks of secondary CPUs: a slot each, its lower half never mapped, so that an overflow faults. */
#define STACK_BASE (UINT64_C(510) << 39)
#define STACK_SLOT (2UL * EL2_STACK_SIZE)
#define STACK_SLOTS (STACK_SLOT_WORK + CONFIG_MAX_VMS + STACK_SLOTS_OTHER)
#define WINDOW_BASE ((u64)L0_WINDOW << 39)

static u64 boot_l0[512] __aligned(4096) __section(".bss_pages");
static u64 boot_window_l1[512] __aligned(4096) __section(".bss_pages");
static u64 boot_window_l2[512] __aligned(4096) __section(".bss_pages");
static u64 reserve[RESERVE_TABLES][512] __aligned(4096) __section(".bss_pages");
static u32 reserve_used;
/* EL2's page allocator, a layer above; NULL until it is up. */
static void *(*arena_alloc)(u64 nr);
static void (*arena_free)(void *p, u64 nr);

static paddr_t el2_table_alloc(struct pgtable *pt)
{
	(void)pt;
	if (!arena_alloc)
		return reserve_used < RESERVE_TABLES ? (paddr_t)reserve[reserve_used++] : 0;
	return (paddr_t)arena_alloc(1);
}

static void el2_table_free(struct pgtable *pt, paddr_t table)
{
	(void)pt;
	/* Tables of the reserve stay with the image. */
	if (table < (paddr_t)reserve || table >= (paddr_t)reserve + sizeof(reserve))
		arena_free((void *)table, 1);
}

static u64 *el2_table_va(struct pgtable *pt, paddr_t pa)
{
	(void)pt;
	return (u64 *)pa;
}

static void tlbi_range(u64 ia, u64 n)
{
	if (n > TLBI_MAX_PAGES) {
		__asm__ volatile("tlbi alle2is" ::: "memory");
	} else {
		for (; n; n--, ia += PAGE_SIZE)
			__asm__ volatile("tlbi vae2is, %0" ::"r"(ia >> PAGE_SHIFT) : "memory");
	}
	dsb(ish);
}

static void el2_invalidate(struct pgtable *pt, u64 ia, u64 size)
{
	(void)pt;
	dsb(ishst);
	/* Twice, as for stage 2: Cortex-A76 may miss an entry in use (errata 1286807 and kin). */
	tlbi_range(ia, size >> PAGE_SHIFT);
	tlbi_range(ia, size >> PAGE_SHIFT);
	isb();
}

static void el2_sync(struct pgtable *pt)
{
	(void)pt;
	dsb(ishst);
	isb();
}

static const struct pgtable_ops el2_ops = {
	.alloc = el2_table_alloc,
	.free = el2_table_free,
	.va = el2_table_va,
	.invalidate = el2_invalidate,
	.sync = el2_sync,
};

/* The boot CPU's root. Level-1 tables hang under every CPU's root and are shared. */
static struct pgtable el2_pt = {
	.start_level = 0,
	.ia_bits = EL2_VA_BITS,
	.max_block_level = 1,
};

static u64 map_attrs(enum el2_map type)
{
	const u64 normal = S1_ATTR(MAIR_NORMAL_WB) | PTE_SH_INNER | PTE_AF | S1_AP_RES1;

	switch (type) {
	case EL2_CODE:
		return normal | S1_AP_RO | S1_GP;
	case EL2_RO:
		return normal | S1_AP_RO | S1_XN;
	case EL2_RW:
		return normal | S1_XN;
	case EL2_DEVICE:
		break;
	}
	return S1_ATTR(MAIR_DEVICE_nGnRE) | PTE_AF | S1_AP_RES1 | S1_XN;
}

paddr_t mmu_boot_tables(void)
{
	/* Addresses as integers are no constant expressions, and .data has no relocations (scripts/relocs.awk). */
	el2_pt.ops = &el2_ops;
	el2_pt.root = (paddr_t)boot_l0;
	boot_l0[L0_WINDOW] = (paddr_t)boot_window_l1 | PTE_VALID | PTE_TABLE;
	boot_window_l1[0] = (paddr_t)boot_window_l2 | PTE_VALID | PTE_TABLE;
	pcpus[0].el2_root = (paddr_t)boot_l0;
	pcpus[0].window_l2 = boot_window_l2;
	return el2_pt.root;
}

void mmu_use_arena(void *(*alloc)(u64 nr), void (*release)(void *p, u64 nr))
{
	arena_free = release;
	arena_alloc = alloc;
}

/* Level-0 tables are per CPU, because of the window; everything below them is shared. */
static void sync_roots(void)
{
	u32 i, n;

	for (i = 0; i < CONFIG_MAX_PCPUS; i++) {
		u64 *l0 = (u64 *)pcpus[i].el2_root;

		for (n = 0; l0 && l0 != boot_l0 && n < L0_WINDOW; n++)
			if (l0[n] != boot_l0[n])
				WRITE_ONCE(l0[n], boot_l0[n]);
	}
	dsb(ishst);
}

static int map_at(u64 va, paddr_t pa, u64 size, enum el2_map type)
{
	int r = pgtable_map(&el2_pt, va, pa, size, map_attrs(type));

	sync_roots();
	return r;
}

int mmu_map(paddr_t pa, u64 size, enum el2_map type)
{
	if (pa >= STACK_BASE || size > STACK_BASE - pa)
		return -ERANGE;
	return map_at(pa, pa, size, type);
}

u64 mmu_new_stack(u32 slot)
{
	static bool made[STACK_SLOTS];
	u64 va = STACK_BASE + slot * STACK_SLOT + EL2_STACK_SIZE;
	void *stack;

	if (slot >= STACK_SLOTS)
		return 0;
	if (made[slot])
		return va + EL2_STACK_SIZE;
	stack = arena_alloc(EL2_STACK_SIZE / PAGE_SIZE);
	if (!stack)
		return 0;
	if (map_at(va, (paddr_t)stack, EL2_STACK_SIZE, EL2_RW)) {
		arena_free(stack, EL2_STACK_SIZE / PAGE_SIZE);
		return 0;
	}
	made[slot] = true;
	return va + EL2_STACK_SIZE;
}

int mmu_cpu_tables(struct pcpu *p)
{
	u64 *l0 = arena_alloc(1), *l1 = arena_alloc(1), *l2 = arena_alloc(1);
	u64 top = l0 && l1 && l2 ? mmu_new_stack(p->id) : 0;

	if (!top) {
		arena_free(l0, 1);
		arena_free(l1, 1);
		arena_free(l2, 1);
		return -ENOMEM;
	}
	l1[0] = (paddr_t)l2 | PTE_VALID | PTE_TABLE;
	l0[L0_WINDOW] = (paddr_t)l1 | PTE_VALID | PTE_TABLE;
	p->window_l2 = l2;
	p->stack_top = top;
	p->el2_root = (paddr_t)l0;
	sync_roots();
	return 0;
}

u64 mmu_stack_top(u64 va)
{
	if (va < STACK_BASE || va - STACK_BASE >= STACK_SLOTS * STACK_SLOT)
		return 0;
	return ALIGN_DOWN(va - STACK_BASE, STACK_SLOT) + STACK_BASE + STACK_SLOT;
}

bool mmu_is_stack_guard(u64 va)
{
	return mmu_stack_top(va) && (va - STACK_BASE) % STACK_SLOT < EL2_STACK_SIZE;
}

int mmu_unmap(paddr_t pa, u64 size)
{
	if (pa >= STACK_BASE || size > STACK_BASE - pa)
		return -ERANGE;
	return pgtable_unmap(&el2_pt, pa, size);
}

/* Pages of a device window that overlaps one mapped before (a UART in a syscon, two GIC frames): add what is missing.
 */
static int map_missing_pages(paddr_t page, paddr_t end)
{
	const u64 attr_mask = GENMASK(4, 2);
	u64 pte;
	u32 level;

	for (; page < end; page += PAGE_SIZE) {
		int r = pgtable_lookup(&el2_pt, page, &pte, &level);

		if (!r && (pte & attr_mask) != S1_ATTR(MAIR_DEVICE_nGnRE))
			return -EEXIST;
		if (r)
			r = mmu_map(page, PAGE_SIZE, EL2_DEVICE);
		if (r)
			return r;
	}
	return 0;
}

int mmu_map_device(paddr_t pa, u64 size)
{
	paddr_t page = ALIGN_DOWN(pa, PAGE_SIZE);
	paddr_t end;
	int r;

	if (size == 0 || pa + size < pa || pa + size > STACK_BASE)
		return -EINVAL;
	end = ALIGN_UP(pa + size, PAGE_SIZE);
	r = mmu_map(page, end - page, EL2_DEVICE);
	return r == -EEXIST ? map_missing_pages(page, end) : r;
}

int mmu_next(u32 cpu, struct pgtable_cursor *c, u32 max)
{
	struct pgtable pt = el2_pt;

	pt.root = pcpus[cpu].el2_root;
	if (!pt.root)
		return -ENODEV;
	c->end = WINDOW_BASE;
	return pgtable_next(&pt, c, max);
}

void *window_map(u32 slot, paddr_t pa, bool ro)
{
	u64 *e = &this_pcpu()->window_l2[slot];

	ASSERT(slot < WINDOW_SLOTS && *e == 0);
	WRITE_ONCE(*e, ALIGN_DOWN(pa, BLOCK_2M_SIZE) | map_attrs(ro ? EL2_RO : EL2_RW) | PTE_VALID);
	dsb(nshst);
	isb();
	return (void *)(WINDOW_BASE + slot * BLOCK_2M_SIZE + (pa & (BLOCK_2M_SIZE - 1)));
}

void window_unmap(u32 slot)
{
	u64 *e = &this_pcpu()->window_l2[slot];

	ASSERT(slot < WINDOW_SLOTS && *e != 0);
	WRITE_ONCE(*e, 0);
	/* Only this CPU ever walks this table, so a local invalidate is enough. */
	dsb(nshst);
	__asm__ volatile("tlbi vae2, %0\n\tdsb nsh\n\ttlbi vae2, %0\n\tdsb nsh" ::"r"(
				 (WINDOW_BASE + slot * BLOCK_2M_SIZE) >> PAGE_SHIFT)
			 : "memory");
	isb();
}
