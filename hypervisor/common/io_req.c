/* SPDX-License-Identifier: BSD-3-Clause */
#include <asm/page.h>
#include <common/io_req.h>
#include <common/page_alloc.h>
#include <lib/bits.h>
#include <lib/errno.h>

/* Far more devices than a VM can be given; keeps the size computation from wrapping. */
#define IO_REGIONS_MAX 4096U

const struct io_region io_nowhere;

static u64 table_pages(u32 max)
{
	return ALIGN_UP(max * sizeof(struct io_region), PAGE_SIZE) / PAGE_SIZE;
}

int io_table_init(struct io_table *t, u32 max)
{
	*t = (struct io_table){ 0 };
	if (!max || max > IO_REGIONS_MAX)
		return -ENOMEM;
	t->region = el2_alloc(table_pages(max));
	if (!t->region)
		return -ENOMEM;
	t->max = max;
	return 0;
}

void io_table_free(struct io_table *t)
{
	if (t->region)
		el2_free(t->region, table_pages(t->max));
	*t = (struct io_table){ 0 };
}

/* Number of regions whose base is at or below @ipa. */
static u32 upper_bound(const struct io_table *t, ipa_t ipa)
{
	u32 lo = 0, hi = t->nr;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (t->region[mid].base <= ipa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

int io_register(struct io_table *t, const struct io_region *r)
{
	u32 at;

	if (!r->size || !r->fn || r->size - 1 > ~r->base)
		return -EINVAL;
	if (t->nr == t->max)
		return -ENOSPC;
	at = upper_bound(t, r->base);
	/* Differences, so that a region may end at the top of the address space. */
	if (at > 0 && r->base - t->region[at - 1].base < t->region[at - 1].size)
		return -EEXIST;
	if (at < t->nr && t->region[at].base - r->base < r->size)
		return -EEXIST;
	for (u32 i = t->nr; i > at; i--)
		t->region[i] = t->region[i - 1];
	t->region[at] = *r;
	t->nr++;
	return 0;
}

const struct io_region *io_find(const struct io_table *t, ipa_t ipa, u32 size)
{
	u32 at = upper_bound(t, ipa);
	const struct io_region *r;
	u64 offset;

	if (!at)
		return NULL;
	r = &t->region[at - 1];
	offset = ipa - r->base;
	return offset < r->size && size <= r->size - offset ? r : NULL;
}
