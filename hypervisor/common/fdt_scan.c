/* SPDX-License-Identifier: BSD-3-Clause */
#include <common/fdt_scan.h>
#include <lib/bits.h>
#include <lib/string.h>
#include <libfdt.h>

#define TAG_BYTES 4U
#define PROP_HEADER_BYTES 12U /* tag, length, name offset */

/* The structure block, checked by fdt_open() to lie inside the tree and to be 4-byte aligned. */
struct block {
	const u8 *at;
	u32 size;
};

static struct block struct_block(const void *fdt)
{
	return (struct block){ (const u8 *)fdt + fdt_off_dt_struct(fdt), fdt_size_dt_struct(fdt) };
}

/* The word at @off, or FDT_END beyond the block: both end every walk. */
static u32 word(const struct block *b, u32 off)
{
	if (b->size < TAG_BYTES || off > b->size - TAG_BYTES)
		return FDT_END;
	return fdt32_to_cpu(*(const fdt32_t *)(const void *)(b->at + off));
}

/* Offset of the first token inside the node at @node, or 0 when there is no node. */
static u32 node_body(const struct block *b, int node)
{
	u32 off;

	if (node < 0 || !IS_ALIGNED((u32)node, TAG_BYTES) || word(b, (u32)node) != FDT_BEGIN_NODE)
		return 0;
	for (off = (u32)node + TAG_BYTES; off < b->size; off++) {
		if (!b->at[off])
			return ALIGN_UP(off + 1, TAG_BYTES);
	}
	return 0;
}

/* Offset behind the property at @off, or 0 when it reaches over the end of the block. */
static u32 prop_end(const struct block *b, u32 off)
{
	u32 len;

	if (b->size - off < PROP_HEADER_BYTES)
		return 0;
	len = word(b, off + TAG_BYTES);
	if (len > b->size - off - PROP_HEADER_BYTES)
		return 0;
	return ALIGN_UP(off + PROP_HEADER_BYTES + len, TAG_BYTES);
}

int fdt_scan_next(const void *fdt, int node, int *depth)
{
	struct block b = struct_block(fdt);
	u32 off = node_body(&b, node);

	while (off) {
		switch (word(&b, off)) {
		case FDT_PROP:
			off = prop_end(&b, off);
			break;
		case FDT_NOP:
			off += TAG_BYTES;
			break;
		case FDT_END_NODE:
			off += TAG_BYTES;
			if (--*depth < 0)
				return off <= b.size - TAG_BYTES && word(&b, off) == FDT_END ? -FDT_ERR_NOTFOUND
											     : -FDT_ERR_BADSTRUCTURE;
			break;
		case FDT_BEGIN_NODE:
			++*depth;
			return node_body(&b, (int)off) ? (int)off : -FDT_ERR_BADSTRUCTURE;
		default:
			off = 0;
		}
	}
	return -FDT_ERR_BADSTRUCTURE;
}

/* Is the string at @off of the strings block @name? */
static bool name_is(const void *fdt, u32 off, const char *name)
{
	const char *s = (const char *)fdt + fdt_off_dt_strings(fdt);
	u32 size = fdt_size_dt_strings(fdt);

	for (; off < size && s[off] == *name; off++, name++) {
		if (!*name)
			return true;
	}
	return false;
}

const void *fdt_scan_prop(const void *fdt, int node, const char *name, int *len)
{
	struct block b = struct_block(fdt);
	u32 next = 0;

	for (u32 off = node_body(&b, node); off; off = next) {
		u32 tag = word(&b, off);

		next = off + TAG_BYTES;
		if (tag == FDT_NOP)
			continue;
		next = tag == FDT_PROP ? prop_end(&b, off) : 0;
		if (next && name_is(fdt, word(&b, off + 2 * TAG_BYTES), name)) {
			if (len)
				*len = (int)word(&b, off + TAG_BYTES);
			return b.at + off + PROP_HEADER_BYTES;
		}
	}
	if (len)
		*len = -FDT_ERR_NOTFOUND;
	return NULL;
}

int fdt_scan_child(const void *fdt, int node, const char *name, u32 len)
{
	bool any_address = !memchr(name, '@', len);
	int depth = 0;

	for (int at = fdt_scan_next(fdt, node, &depth); at >= 0 && depth > 0; at = fdt_scan_next(fdt, at, &depth)) {
		/* fdt_scan_next() has seen the name's end. */
		const char *s = (const char *)fdt + fdt_off_dt_struct(fdt) + at + TAG_BYTES;

		if (depth == 1 && !strncmp(s, name, len) && (!s[len] || (any_address && s[len] == '@')))
			return at;
	}
	return -FDT_ERR_NOTFOUND;
}
