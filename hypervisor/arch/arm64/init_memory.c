/* SPDX-License-Identifier: BSD-3-Clause */
/* The boot CPU's first look at memory: is it there, and what of it is Hazel's and what the guests'. */
#include <asm/init.h>
#include <asm/mmu.h>
#include <asm/probe.h>
#include <common/audit.h>
#include <common/fdt_host.h>
#include <common/page_alloc.h>
#include <debug/logmsg.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/string.h>

static const struct mem_range *bank_of_image(void)
{
	paddr_t from = (paddr_t)__image_start, end = (paddr_t)__image_end;
	u32 i;

	for (i = 0; i < host.nr_mem; i++)
		if (from >= host.mem[i].base && end - host.mem[i].base <= host.mem[i].size)
			return &host.mem[i];
	return NULL;
}

/* Does anything answer where bank @m starts and ends? */
static bool bank_answers(const struct mem_range *m, paddr_t *where)
{
	const paddr_t at[] = { m->base, m->base + m->size - sizeof(u32) };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(at); i++) {
		int r = mmio_probe((paddr_t)window_map(WINDOW_SRC, at[i], true), sizeof(u32));

		window_unmap(WINDOW_SRC);
		*where = at[i];
		if (r)
			return false;
	}
	return true;
}

bool init_memory_check(void)
{
	const struct mem_range *own = bank_of_image();
	u32 i, n = 0;

	if (!own) {
		pr_err("device tree: /memory: 0x%llx, where Hazel runs, is not in it: is it another board's device "
		       "tree?",
		       (unsigned long long)(paddr_t)__image_start);
		return false;
	}
	for (i = 0; i < host.nr_mem; i++) {
		struct mem_range m = host.mem[i];
		paddr_t where;

		if (bank_answers(&m, &where)) {
			host.mem[n++] = m;
			continue;
		}
		if (&host.mem[i] == own) {
			pr_err("device tree: /memory: 0x%llx + 0x%llx: no memory answers at 0x%llx",
			       (unsigned long long)m.base, (unsigned long long)m.size, (unsigned long long)where);
			return false;
		}
		pr_warn("/memory: 0x%llx + 0x%llx is left out: no memory answers at 0x%llx", (unsigned long long)m.base,
			(unsigned long long)m.size, (unsigned long long)where);
	}
	host.nr_mem = n;
	return true;
}

/* The arena for all of EL2's own memory, with the pools' bitmaps in front. Taken from the lowest range that has room.
 */
static int carve_arena(struct mem_range *ram, u32 nr, struct mem_range *arena)
{
	u64 meta = page_pool_bitmap_bytes(MIB(CONFIG_EL2_ARENA_MB) / PAGE_SIZE) + BLOCK_2M_SIZE;
	u64 want;
	u32 i;

	for (i = 0; i < nr; i++)
		meta += page_pool_bitmap_bytes(ram[i].size / PAGE_SIZE);
	want = ALIGN_UP(meta + MIB(CONFIG_EL2_ARENA_MB), BLOCK_2M_SIZE) - BLOCK_2M_SIZE;
	for (i = 0; i < nr; i++) {
		u64 base = ALIGN_UP(ram[i].base, BLOCK_2M_SIZE);

		if (base - ram[i].base > ram[i].size || ram[i].size - (base - ram[i].base) < want)
			continue;
		*arena = (struct mem_range){ base, want };
		ram[i].size -= base + want - ram[i].base;
		ram[i].base = base + want;
		return 0;
	}
	return -ENOMEM;
}

static int add_to_pool(struct page_pool *pool, const struct mem_range *r, u8 **meta)
{
	u64 nr = r->size / PAGE_SIZE;
	u64 *map = (u64 *)(void *)*meta;

	if (nr == 0)
		return 0;
	*meta += page_pool_bitmap_bytes(nr);
	return page_pool_add(pool, r->base, nr, map);
}

int init_memory(void)
{
	static struct mem_range ram[PAGE_POOL_REGIONS];
	const struct mem_range busy[] = {
		{ (paddr_t)__image_start, (u64)(__image_end - __image_start) },
		{ (paddr_t)host.fdt, host.fdt_size },
		host.initrd,
	};
	struct mem_range arena, rest;
	u64 bitmaps = 0;
	u8 *meta;
	int r, n = host_memory_plan(&host, busy, ARRAY_SIZE(busy), ram, PAGE_POOL_REGIONS);
	u32 i;

	if (n < 0)
		return n;
	r = carve_arena(ram, (u32)n, &arena);
	if (!r)
		r = mmu_map(arena.base, arena.size, EL2_RW);
	if (r)
		return r;
	audit_own(arena.base, arena.size, "Hazel's memory");
	for (i = 0; i < (u32)n; i++)
		bitmaps += page_pool_bitmap_bytes(ram[i].size / PAGE_SIZE);
	bitmaps += page_pool_bitmap_bytes(arena.size / PAGE_SIZE);
	bitmaps = ALIGN_UP(bitmaps, PAGE_SIZE);
	meta = (u8 *)arena.base;
	(void)memset(meta, 0, bitmaps);
	rest = (struct mem_range){ arena.base + bitmaps, arena.size - bitmaps };
	r = add_to_pool(&el2_pool, &rest, &meta);
	for (i = 0; !r && i < (u32)n; i++)
		r = add_to_pool(&host_pool, &ram[i], &meta);
	if (!r)
		mmu_use_arena(el2_alloc, el2_free);
	return r;
}
