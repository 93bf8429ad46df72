/* SPDX-License-Identifier: BSD-3-Clause */
/* Random numbers that the boot loader left in /chosen: taken once, and not to be found there afterwards. */
#include <asm/mmu.h>
#include <asm/page.h>
#include <common/fdt_host.h>
#include <common/fdt_scan.h>
#include <debug/logmsg.h>
#include <lib/bits.h>
#include <lib/sha256.h>
#include <libfdt.h>

#define PROP_HEADER_BYTES 12U /* tag, length, name offset */

static bool in_ram(const struct host_info *h, paddr_t pa, u64 size)
{
	for (u32 i = 0; i < h->nr_mem; i++) {
		const struct mem_range *m = &h->mem[i];

		if (pa >= m->base && size <= m->size && pa - m->base <= m->size - size)
			return true;
	}
	return false;
}

/* No-operation tags over it all: to every reader the property is gone. EL2 maps the tree read-only, and keeps it so. */
static void erase(paddr_t pa, u64 size)
{
	while (size) {
		u64 n = MIN(size, BLOCK_2M_SIZE - (pa & (BLOCK_2M_SIZE - 1)));
		fdt32_t *p = window_map(WINDOW_DST, pa, false);

		for (u64 i = 0; i < n / sizeof(*p); i++)
			p[i] = cpu_to_fdt32(FDT_NOP);
		window_unmap(WINDOW_DST);
		pa += n;
		size -= n;
	}
}

/* Every property of that name: a reader sees the first one only. Return: their bytes. */
static u32 take(const struct host_info *h, const char *name, struct sha256 *s)
{
	u32 total = 0;
	const u8 *p;
	int len;

	while ((p = fdt_scan_prop(h->fdt, h->chosen, name, &len))) {
		paddr_t from = (paddr_t)p - PROP_HEADER_BYTES;
		u64 size = ALIGN_UP(PROP_HEADER_BYTES + (u64)len, FDT_TAGSIZE);

		sha256_update(s, p, (size_t)len);
		total += (u32)len;
		if (!in_ram(h, from, size)) {
			pr_warn("/chosen: %s: the device tree is not in RAM, so it stays there", name);
			break;
		}
		erase(from, size);
	}
	return total;
}

u32 fdt_host_take_seeds(const struct host_info *h, struct sha256 *s)
{
	u32 seed;

	if (h->chosen < 0)
		return 0;
	seed = take(h, "rng-seed", s);
	/* 8 bytes do not make a source, but may come from the same one: alone they are of no use, and nobody reads
	 * them. */
	if (seed)
		(void)take(h, "kaslr-seed", s);
	return seed;
}
