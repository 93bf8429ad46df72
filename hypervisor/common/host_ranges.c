/* SPDX-License-Identifier: BSD-3-Clause */
#include <common/fdt_scan.h>
#include <common/host_ranges.h>
#include <common/schedule.h>
#include <lib/bits.h>

/* A pass raises the gap over at least one range, so this is more than a tree can need. */
#define GAP_PASSES 4096U

typedef int (*range_fn)(void *arg, const struct fdt_chain *c, const struct mem_range *r);

/* Nodes in tree order; what is below a disabled one is left out when @enabled. */
static int walk(bool enabled, int (*fn)(void *arg, const struct fdt_chain *c), void *arg)
{
	struct fdt_chain c = { 0 };
	int depth = 0, off = FDT_DEPTH_MAX, ret = 0;

	for (int at = fdt_scan_next(host.fdt, 0, &depth); !ret && at >= 0 && depth > 0;
	     at = fdt_scan_next(host.fdt, at, &depth)) {
		work_yield();
		if (depth > off || fdt_chain_step(&c, at, depth))
			continue;
		off = enabled && !fdt_enabled(host.fdt, at) ? depth : FDT_DEPTH_MAX;
		if (off == FDT_DEPTH_MAX)
			ret = fn(arg, &c);
	}
	return ret;
}

int host_nodes_walk(int (*fn)(void *arg, const struct fdt_chain *c), void *arg)
{
	return walk(true, fn, arg);
}

struct range_call {
	range_fn fn;
	void *arg;
};

static int ranges_of(void *arg, const struct fdt_chain *c)
{
	const struct range_call *call = arg;
	struct mem_range r;
	int ret = 0;

	for (u32 i = 0; !ret && !fdt_chain_reg(host.fdt, c, i, &r); i++)
		ret = r.size ? call->fn(call->arg, c, &r) : 0;
	for (u32 i = 0; !ret && !fdt_chain_pci_window(host.fdt, c, i, &r); i++)
		ret = r.size ? call->fn(call->arg, c, &r) : 0;
	return ret;
}

int host_ranges_walk(bool enabled, range_fn fn, void *arg)
{
	return walk(enabled, ranges_of, &(struct range_call){ fn, arg });
}

/* Raise the gap over @r when that is in its way. */
static int raise(void *arg, const struct fdt_chain *c, const struct mem_range *r)
{
	struct mem_range *gap = arg;

	(void)c;
	if (mem_overlap(gap, r))
		gap->base = ALIGN_UP(r->base + r->size, gap->size);
	return 0;
}

u64 host_gap(u64 from, u64 size)
{
	struct mem_range gap = { ALIGN_UP(from, size), size };
	u64 before = ~gap.base;

	for (u32 n = 0; n < GAP_PASSES && before != gap.base; n++) {
		before = gap.base;
		for (u32 i = 0; i < host.nr_mem; i++)
			(void)raise(&gap, NULL, &host.mem[i]);
		if (host_ranges_walk(false, raise, &gap))
			break;
	}
	return gap.base;
}
