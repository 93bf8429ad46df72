/* SPDX-License-Identifier: BSD-3-Clause */
#include <common/fdt_scan.h>
#include <lib/bits.h>
#include <lib/string.h>
#include <libfdt.h>

#define TAG_BYTES 4U
#define ONES 0x01010101U /* of each byte: the lowest bit, the highest bit */
#define TOPS 0x80808080U
#define PROP_HEADER_BYTES 12U /* tag, length, name offset */

/* The structure block, checked by fdt_open() to lie inside the tree and to be 4-byte aligned. */
struct block {
	const u8 *at;
	u32 size;
};

/* A field of the header, which is aligned, unlike what libfdt has to expect. */
static u32 header(const fdt32_t *field)
{
	return fdt32_to_cpu(*field);
}

static struct block struct_block(const void *fdt)
{
	const struct fdt_header *h = fdt;

	return (struct block){ (const u8 *)fdt + header(&h->off_dt_struct), header(&h->size_dt_struct) };
}

static u32 word_at(const struct block *b, u32 off)
{
	return fdt32_to_cpu(*(const fdt32_t *)(const void *)(b->at + off));
}

/* The word at @off, or FDT_END beyond the block: both end every walk. */
static inline u32 word(const struct block *b, u32 off)
{
	return b->size < TAG_BYTES || off > b->size - TAG_BYTES ? FDT_END : word_at(b, off);
}

/* Offset of the first token behind the name at @off, or 0 when it does not end. */
static inline u32 name_end(const struct block *b, u32 off)
{
	/* It ends in the word that has a zero byte, whatever the order of bytes is. */
	for (; off + TAG_BYTES <= b->size; off += TAG_BYTES) {
		u32 w = *(const u32 *)(const void *)(b->at + off);

		if ((w - ONES) & ~w & TOPS)
			return off + TAG_BYTES;
	}
	return 0;
}

/* Offset of the first token inside the node at @node, or 0 when there is no node. */
static u32 node_body(const struct block *b, int node)
{
	if (node < 0 || !IS_ALIGNED((u32)node, TAG_BYTES) || word(b, (u32)node) != FDT_BEGIN_NODE)
		return 0;
	return name_end(b, (u32)node + TAG_BYTES);
}

/* Offset behind the property at @off, or 0 when it reaches over the end of the block. */
static inline u32 prop_end(const struct block *b, u32 off)
{
	u32 len;

	if (b->size - off < PROP_HEADER_BYTES)
		return 0;
	len = word_at(b, off + TAG_BYTES);
	if (len > b->size - off - PROP_HEADER_BYTES)
		return 0;
	return ALIGN_UP(off + PROP_HEADER_BYTES + len, TAG_BYTES);
}

int fdt_scan_next(const void *fdt, int node, int *depth)
{
	struct block b = struct_block(fdt);
	u32 off = node_body(&b, node);

	while (off) {
		u32 tag = word(&b, off);

		if (tag == FDT_PROP) {
			off = prop_end(&b, off);
		} else if (tag == FDT_BEGIN_NODE) {
			++*depth;
			return name_end(&b, off + TAG_BYTES) ? (int)off : -FDT_ERR_BADSTRUCTURE;
		} else if (tag == FDT_END_NODE) {
			off += TAG_BYTES;
			if (--*depth < 0)
				return word(&b, off) == FDT_END && off <= b.size - TAG_BYTES ? -FDT_ERR_NOTFOUND
											     : -FDT_ERR_BADSTRUCTURE;
		} else {
			off = tag == FDT_NOP ? off + TAG_BYTES : 0;
		}
	}
	return -FDT_ERR_BADSTRUCTURE;
}

int fdt_scan_child_after(const void *fdt, int node, int child)
{
	int depth = child ? 1 : 0;
	int at = fdt_scan_next(fdt, child ? child : node, &depth);

	while (at >= 0 && depth > 1)
		at = fdt_scan_next(fdt, at, &depth);
	return at >= 0 && depth < 1 ? -FDT_ERR_NOTFOUND : at;
}

/* Is the string at @off of the strings block @name? */
static bool name_is(const void *fdt, u32 off, const char *name)
{
	const struct fdt_header *h = fdt;
	const char *s = (const char *)fdt + header(&h->off_dt_strings);
	u32 size = header(&h->size_dt_strings);

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
		if (next && name_is(fdt, word_at(&b, off + 2 * TAG_BYTES), name)) {
			if (len)
				*len = (int)word_at(&b, off + TAG_BYTES);
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

	fdt_scan_for_each_child (at, fdt, node) {
		const char *s = fdt_scan_name(fdt, at);

		if (!strncmp(s, name, len) && (!s[len] || (any_address && s[len] == '@')))
			return at;
	}
	return -FDT_ERR_NOTFOUND;
}

const char *fdt_scan_name(const void *fdt, int node)
{
	const struct fdt_header *h = fdt;

	return (const char *)fdt + header(&h->off_dt_struct) + node + TAG_BYTES;
}
