/* SPDX-License-Identifier: BSD-3-Clause */
#include <common/fdt_scan.h>
#include <common/fdt_util.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <libfdt.h>

#define FDT_MEMRSV_ALIGN 8U
#define FDT_VERSION_NEEDED 17U
/* The PCI bus binding fixes these: phys.hi, mid, low; a size of two cells. */
#define PCI_ADDR_CELLS 3U
#define PCI_SIZE_CELLS 2U
#define FDT_ALIAS_MAX 32U /* the specification's limit for a property name, and a terminator */

int fdt_open(const void *fdt, u64 max, const char **why)
{
	*why = "not a device tree (bad magic)";
	if (!fdt || ((uintptr_t)fdt & (FDT_MEMRSV_ALIGN - 1)) || max < sizeof(struct fdt_header) ||
	    fdt_magic(fdt) != FDT_MAGIC)
		return -EINVAL;
	*why = "totalsize is larger than what is readable";
	if (fdt_totalsize(fdt) > max || fdt_totalsize(fdt) > HOST_FDT_MAX)
		return -EINVAL;
	*why = "version is not 17";
	if (fdt_version(fdt) < FDT_VERSION_NEEDED)
		return -EINVAL;
	*why = "header offsets are wrong";
	if (fdt_check_header(fdt) || !IS_ALIGNED(fdt_off_dt_struct(fdt), FDT_CELL_BYTES) ||
	    !IS_ALIGNED(fdt_off_mem_rsvmap(fdt), FDT_MEMRSV_ALIGN))
		return -EINVAL;
	*why = NULL;
	return 0;
}

int fdt_chain_step(struct fdt_chain *c, int node, int depth)
{
	if (depth < 0 || depth >= FDT_DEPTH_MAX)
		return -EINVAL;
	c->depth = depth;
	c->node[depth] = node;
	return 0;
}

int fdt_chain_get(const void *fdt, int node, struct fdt_chain *c)
{
	int at = 0, depth = 0;

	while (at >= 0 && at <= node && depth >= 0) {
		if (depth < FDT_DEPTH_MAX)
			c->node[depth] = at;
		if (at == node)
			return fdt_chain_step(c, node, depth);
		at = fdt_scan_next(fdt, at, &depth);
	}
	return -EINVAL;
}

u64 fdt_read_cells(const void *p, u32 n)
{
	const u8 *b = p;
	u64 v = 0;

	for (u32 i = 0; i < n * FDT_CELL_BYTES; i++)
		v = (v << 8) | b[i];
	return v;
}

u32 fdt_prop_u32(const void *fdt, int node, const char *name, u32 def)
{
	int len;
	const void *p = fdt_scan_prop(fdt, node, name, &len);

	return p && len == (int)FDT_CELL_BYTES ? (u32)fdt_read_cells(p, 1) : def;
}

const char *fdt_prop_string(const void *fdt, int node, const char *name)
{
	int len;
	const char *p = fdt_scan_prop(fdt, node, name, &len);

	return p && len > 0 && memchr(p, 0, (size_t)len) ? p : NULL;
}

bool fdt_has_string(const void *fdt, int node, const char *name, const char *s)
{
	int len;
	const char *p = fdt_scan_prop(fdt, node, name, &len);

	return p && len > 0 && fdt_stringlist_contains(p, len, s) > 0;
}

bool fdt_enabled(const void *fdt, int node)
{
	int len;
	const char *p = fdt_scan_prop(fdt, node, "status", &len);

	return !p || (len > 0 && (!strncmp(p, "okay", (size_t)len) || !strncmp(p, "ok", (size_t)len)));
}

/* A cell count that @node sets for its children; -EINVAL when it is no single cell. */
static int cell_count(const void *fdt, int node, const char *name, int def)
{
	int len;
	const void *p = fdt_scan_prop(fdt, node, name, &len);

	if (!p)
		return def;
	return len == (int)FDT_CELL_BYTES && fdt_read_cells(p, 1) <= FDT_CELLS_MAX ? (int)fdt_read_cells(p, 1)
										   : -EINVAL;
}

int fdt_cells_get(const void *fdt, int parent, u32 *addr, u32 *size)
{
	/* Defaults of the specification, 2.3.5. */
	int a = cell_count(fdt, parent, "#address-cells", 2);
	int s = cell_count(fdt, parent, "#size-cells", 1);

	if (a < 1 || s < 0)
		return -EINVAL;
	*addr = (u32)a;
	*size = (u32)s;
	return 0;
}

/* Translate @r from the bus @c->node[level] to the address space of that bus's parent. */
static int translate_up(const void *fdt, const struct fdt_chain *c, int level, struct mem_range *r)
{
	u32 ca, cs, pa, ps, step;
	int len;
	const u8 *p = fdt_scan_prop(fdt, c->node[level], "ranges", &len);

	if (!p)
		return -EINVAL;
	if (len == 0)
		return 0;
	if (fdt_cells_get(fdt, c->node[level], &ca, &cs) || fdt_cells_get(fdt, c->node[level - 1], &pa, &ps) || !cs)
		return -EINVAL;
	step = (ca + pa + cs) * FDT_CELL_BYTES;
	for (u32 off = 0; off + step <= (u32)len; off += step) {
		u64 child = fdt_read_cells(p + off, ca);
		u64 parent = fdt_read_cells(p + off + ca * FDT_CELL_BYTES, pa);
		u64 size = fdt_read_cells(p + off + (ca + pa) * FDT_CELL_BYTES, cs);

		if (r->base < child || r->base - child >= size || r->size > size - (r->base - child))
			continue;
		if (parent + (r->base - child) < parent)
			return -EINVAL;
		r->base = parent + (r->base - child);
		return 0;
	}
	return -EINVAL;
}

int fdt_chain_reg(const void *fdt, const struct fdt_chain *c, u32 index, struct mem_range *r)
{
	u32 ca, cs, step;
	int len;
	const u8 *p;

	if (c->depth < 1)
		return -ENOENT;
	p = fdt_scan_prop(fdt, c->node[c->depth], "reg", &len);
	if (!p)
		return -ENOENT;
	if (fdt_cells_get(fdt, c->node[c->depth - 1], &ca, &cs))
		return -EINVAL;
	step = (ca + cs) * FDT_CELL_BYTES;
	if (len == 0 || (u32)len % step)
		return -EINVAL;
	if (index >= (u32)len / step)
		return -ENOENT;
	r->base = fdt_read_cells(p + index * step, ca);
	r->size = fdt_read_cells(p + index * step + ca * FDT_CELL_BYTES, cs);
	for (int level = c->depth - 1; level > 0; level--) {
		if (translate_up(fdt, c, level, r))
			return -EINVAL;
	}
	return r->base + r->size < r->base ? -EINVAL : 0;
}

int fdt_chain_pci_window(const void *fdt, const struct fdt_chain *c, u32 index, struct mem_range *r)
{
	int node = c->node[c->depth], len;
	u32 ca, cs, step;
	const u8 *p;

	if (c->depth < 1 || !fdt_has_string(fdt, node, "device_type", "pci"))
		return -ENOENT;
	p = fdt_scan_prop(fdt, node, "ranges", &len);
	if (!p)
		return -ENOENT;
	if (fdt_cells_get(fdt, c->node[c->depth - 1], &ca, &cs))
		return -EINVAL;
	step = (PCI_ADDR_CELLS + ca + PCI_SIZE_CELLS) * FDT_CELL_BYTES;
	if ((u32)len % step)
		return -EINVAL;
	if (index >= (u32)len / step)
		return -ENOENT;
	p += index * step + PCI_ADDR_CELLS * FDT_CELL_BYTES;
	r->base = fdt_read_cells(p, ca);
	r->size = fdt_read_cells(p + ca * FDT_CELL_BYTES, PCI_SIZE_CELLS);
	for (int level = c->depth - 1; level > 0; level--) {
		if (translate_up(fdt, c, level, r))
			return -EINVAL;
	}
	return r->base + r->size < r->base ? -EINVAL : 0;
}

int fdt_host_reg(const void *fdt, int node, u32 index, struct mem_range *r)
{
	struct fdt_chain c;

	if (fdt_chain_get(fdt, node, &c))
		return -EINVAL;
	return fdt_chain_reg(fdt, &c, index, r);
}

/* The node that @path, of @len bytes, names below @node. */
static int find_below(const void *fdt, int node, const char *path, u32 len)
{
	const char *end = path + len;

	while (node >= 0 && path < end) {
		const char *slash = memchr(path, '/', (size_t)(end - path));

		slash = slash ? slash : end;
		if (slash > path)
			node = fdt_scan_child(fdt, node, path, (u32)(slash - path));
		path = slash + 1;
	}
	return node < 0 ? -ENOENT : node;
}

int fdt_find_path(const void *fdt, const char *path, u32 len)
{
	const char *slash, *target;
	char alias[FDT_ALIAS_MAX];
	u32 n;
	int node, plen;

	if (len == 0)
		return -ENOENT;
	if (path[0] == '/')
		return find_below(fdt, 0, path, len);
	slash = memchr(path, '/', len);
	n = slash ? (u32)(slash - path) : len;
	node = find_below(fdt, 0, "/aliases", (u32)strlen("/aliases"));
	if (node < 0 || n >= sizeof(alias))
		return -ENOENT;
	memcpy(alias, path, n);
	alias[n] = 0;
	target = fdt_scan_prop(fdt, node, alias, &plen);
	if (!target || plen < 2 || target[0] != '/' || target[plen - 1])
		return -ENOENT;
	node = find_below(fdt, 0, target, (u32)strlen(target));
	return node < 0 || !slash ? node : find_below(fdt, node, slash, len - n);
}

int fdt_find_phandle(const void *fdt, u32 phandle)
{
	int depth = 0;

	if (!phandle)
		return -ENOENT;
	for (int node = fdt_scan_next(fdt, 0, &depth); node >= 0; node = fdt_scan_next(fdt, node, &depth)) {
		if (fdt_prop_u32(fdt, node, "phandle", 0) == phandle)
			return node;
	}
	return -ENOENT;
}

int fdt_path_of(const void *fdt, const struct fdt_chain *c, char *buf, u32 size)
{
	u32 at = 0;

	if (size < 2)
		return -ENOSPC;
	buf[0] = '/';
	buf[1] = 0;
	for (int i = 1; i <= c->depth; i++) {
		int len;
		const char *name = fdt_get_name(fdt, c->node[i], &len);

		if (!name || len < 0 || (u32)len + 2 > size - at) {
			buf[0] = 0;
			return -ENOSPC;
		}
		buf[at++] = '/';
		memcpy(buf + at, name, (size_t)len);
		at += (u32)len;
		buf[at] = 0;
	}
	return 0;
}
