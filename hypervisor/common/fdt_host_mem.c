/* SPDX-License-Identifier: BSD-3-Clause */
/* Host RAM: banks, reservations, and what is left of them for Hazel and its guests (design decision D15). */
#include <asm/page.h>
#include <boards/board.h>
#include <common/fdt_host.h>
#include <common/fdt_host_parse.h>
#include <common/fdt_scan.h>
#include <debug/logmsg.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <libfdt.h>

/* Output addresses of a 4 KiB granule without LPA2. */
#define PA_MAX BIT(48)

/* Entry @index of @prop of the current node, whose cells are those of its parent. -ENOENT at the end. */
static int mem_entry(struct host_walk *w, u32 index, struct mem_range *r)
{
	int node = w->chain.node[w->chain.depth], parent = w->chain.node[w->chain.depth - 1];
	u32 ca, cs, step;
	int len;
	const u8 *p = fdt_scan_prop(w->fdt, node, "reg", &len);

	if (!p)
		return -ENOENT;
	if (fdt_cells_get(w->fdt, parent, &ca, &cs) || !cs)
		return host_err(w, -EINVAL, "reg: its parent's #address-cells and #size-cells must be 1 or 2");
	step = (ca + cs) * FDT_CELL_BYTES;
	if (!len || (u32)len % step)
		return host_err(w, -EINVAL, "reg: %d bytes are no multiple of %u", len, step);
	if (index >= (u32)len / step)
		return -ENOENT;
	r->base = fdt_read_cells(p + index * step, ca);
	r->size = fdt_read_cells(p + index * step + ca * FDT_CELL_BYTES, cs);
	if (r->base > PA_MAX || r->size > PA_MAX - r->base)
		return host_err(w, -EINVAL, "reg: 0x%llx + 0x%llx is beyond 48 bits", (unsigned long long)r->base,
				(unsigned long long)r->size);
	return 0;
}

int host_parse_memory(struct host_walk *w)
{
	struct host_info *h = w->h;
	struct mem_range r;
	int err = 0;

	for (u32 i = 0; !err; i++) {
		u32 at = h->nr_mem;

		err = mem_entry(w, i, &r);
		if (err || !r.size)
			continue;
		if (h->nr_mem == HOST_MAX_MEM) {
			pr_warn("host memory: more than %d banks, 0x%llx + 0x%llx is not used", HOST_MAX_MEM,
				(unsigned long long)r.base, (unsigned long long)r.size);
			continue;
		}
		for (; at > 0 && h->mem[at - 1].base > r.base; at--)
			h->mem[at] = h->mem[at - 1];
		h->mem[at] = r;
		h->nr_mem++;
	}
	return err == -ENOENT ? 0 : err;
}

static int add_reserved(struct host_walk *w, const struct mem_range *r, bool no_map, const char *name)
{
	struct host_resv *v;

	if (!r->size)
		return 0;
	if (w->h->nr_resv == HOST_MAX_RESV)
		return host_err_at(w, -EINVAL, "/reserved-memory", "more than %d reserved ranges", HOST_MAX_RESV);
	v = &w->h->resv[w->h->nr_resv++];
	v->r = *r;
	v->no_map = no_map;
	snprintf(v->name, sizeof(v->name), "%s", name);
	return 0;
}

/* A node with size and no reg asks the operating system to choose; Hazel hands no such memory out, so it needs no hole.
 */
int host_parse_reserved(struct host_walk *w)
{
	int node = w->chain.node[w->chain.depth];
	bool no_map = fdt_scan_prop(w->fdt, node, "no-map", NULL);
	const char *name = fdt_get_name(w->fdt, node, NULL);
	struct mem_range r = { 0 };
	int err = 0;

	for (u32 i = 0; !err; i++) {
		err = mem_entry(w, i, &r);
		if (!err)
			err = add_reserved(w, &r, no_map, name ? name : "?");
	}
	return err == -ENOENT ? 0 : err;
}

static int add_memreserve(struct host_walk *w)
{
	int n = fdt_num_mem_rsv(w->fdt);

	if (n > HOST_MAX_RESV)
		return host_err_at(w, -EINVAL, "/memreserve/", "more than %d entries", HOST_MAX_RESV);
	for (int i = 0; i < n; i++) {
		uint64_t base, size;
		struct mem_range r;
		int err;

		if (fdt_get_mem_rsv(w->fdt, i, &base, &size))
			return host_err_at(w, -EINVAL, "/memreserve/", "entry %d is outside the tree", i);
		if (base > PA_MAX || size > PA_MAX - base)
			return host_err_at(w, -EINVAL, "/memreserve/", "entry %d is beyond 48 bits", i);
		r = (struct mem_range){ base, size };
		err = add_reserved(w, &r, false, "memreserve");
		if (err)
			return err;
	}
	return 0;
}

/* What the board's firmware keeps is no RAM, even if a boot loader, or a tree made by hand, says so. */
static int leave_out_firmware(struct host_walk *w)
{
	struct host_info *h = w->h;

	for (u32 i = 0; h->board && i < h->board->nr_firmware; i++) {
		const struct board_range *f = &h->board->firmware[i];
		const struct mem_range hole = { f->base, f->size };
		bool overlaps = false;

		for (u32 k = 0; k < h->nr_mem; k++)
			overlaps |= mem_overlap(&h->mem[k], &hole);
		if (!overlaps)
			continue;
		pr_warn("/memory: 0x%llx + 0x%llx belongs to the firmware of %s and is left out",
			(unsigned long long)f->base, (unsigned long long)f->size, h->board->name);
		if (mem_cut(h->mem, &h->nr_mem, HOST_MAX_MEM, &hole))
			return host_err_at(w, -EINVAL, "/memory", "more than %d banks", HOST_MAX_MEM);
	}
	return 0;
}

/* Sorted banks: refuse overlaps, join neighbours, round inwards to pages. */
int host_finish_memory(struct host_walk *w)
{
	struct host_info *h = w->h;
	u32 n = 0;

	for (u32 i = 1; i < h->nr_mem; i++) {
		if (mem_overlap(&h->mem[i - 1], &h->mem[i]))
			return host_err_at(w, -EINVAL, "/memory", "banks 0x%llx + 0x%llx and 0x%llx + 0x%llx overlap",
					   (unsigned long long)h->mem[i - 1].base,
					   (unsigned long long)h->mem[i - 1].size, (unsigned long long)h->mem[i].base,
					   (unsigned long long)h->mem[i].size);
	}
	if (leave_out_firmware(w))
		return -EINVAL;
	for (u32 i = 0; i < h->nr_mem; i++) {
		struct mem_range r = h->mem[i];

		while (i + 1 < h->nr_mem && h->mem[i + 1].base == r.base + r.size)
			r.size += h->mem[++i].size;
		if (ALIGN_UP(r.base, PAGE_SIZE) < ALIGN_DOWN(r.base + r.size, PAGE_SIZE)) {
			h->mem[n].base = ALIGN_UP(r.base, PAGE_SIZE);
			h->mem[n++].size = ALIGN_DOWN(r.base + r.size, PAGE_SIZE) - ALIGN_UP(r.base, PAGE_SIZE);
		}
	}
	h->nr_mem = n;
	if (!n)
		return host_err_at(w, -ENODEV, "/memory", "missing: the host device tree describes no RAM");
	return add_memreserve(w);
}

int mem_cut(struct mem_range *out, u32 *nr, u32 max, const struct mem_range *hole)
{
	for (u32 i = 0; i < *nr; i++) {
		u64 end = out[i].base + out[i].size, hole_end = hole->base + hole->size;

		if (!mem_overlap(&out[i], hole))
			continue;
		if (hole->base > out[i].base && hole_end < end) {
			if (*nr == max)
				return -ENOSPC;
			for (u32 k = (*nr)++; k > i + 1; k--)
				out[k] = out[k - 1];
			out[i + 1] = (struct mem_range){ hole_end, end - hole_end };
			out[i].size = hole->base - out[i].base;
		} else if (hole->base > out[i].base) {
			out[i].size = hole->base - out[i].base;
		} else {
			u64 from = MIN(hole_end, end);

			out[i] = (struct mem_range){ from, end - from };
		}
	}
	return 0;
}

/* @hole rounded out to pages, which never wraps: everything here is below 2^48 or was refused. */
static int plan_cut_pages(struct mem_range *out, u32 *nr, u32 max, const struct mem_range *hole)
{
	struct mem_range r;

	if (!hole->size)
		return 0;
	if (hole->base > PA_MAX)
		return 0;
	r.base = ALIGN_DOWN(hole->base, PAGE_SIZE);
	r.size = ALIGN_UP(hole->base + MIN(hole->size, PA_MAX), PAGE_SIZE) - r.base;
	return mem_cut(out, nr, max, &r);
}

int host_memory_plan(const struct host_info *h, const struct mem_range *busy, u32 nr_busy, struct mem_range *out,
		     u32 max)
{
	struct mem_range fdt = { (uintptr_t)h->fdt, h->fdt_size };
	u32 nr = h->nr_mem, n = 0;
	int err;

	if (nr > max)
		return -ENOSPC;
	for (u32 i = 0; i < nr; i++)
		out[i] = h->mem[i];
	err = plan_cut_pages(out, &nr, max, &fdt);
	if (!err)
		err = plan_cut_pages(out, &nr, max, &h->initrd);
	for (u32 i = 0; !err && i < h->nr_resv; i++)
		err = plan_cut_pages(out, &nr, max, &h->resv[i].r);
	for (u32 i = 0; !err && i < nr_busy; i++)
		err = plan_cut_pages(out, &nr, max, &busy[i]);
	if (err)
		return err;
	for (u32 i = 0; i < nr; i++) {
		if (out[i].size)
			out[n++] = out[i];
	}
	return (int)n;
}
