/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What common/ needs on top of libfdt to read a device tree that nobody has checked: bounded depth and cell counts, no
 * recursion, no unaligned access (the first caller runs with the MMU off).
 */
#ifndef COMMON_FDT_UTIL_H
#define COMMON_FDT_UTIL_H

#include <common/fdt_host.h>
#include <lib/types.h>

/* Deepest node that is looked at; real trees end at 8. */
#define FDT_DEPTH_MAX 16
/* Most cells in an address or size that fit a u64. */
#define FDT_CELLS_MAX 2U
#define FDT_CELL_BYTES 4U

/* A node and its ancestors: node[0] is the root, node[depth] the node itself. */
struct fdt_chain {
	int depth;
	int node[FDT_DEPTH_MAX];
};

/* fdt_open() - is @fdt, of at most @max bytes, a device tree libfdt can walk safely? Return: 0, -EINVAL with *@why set.
 */
int __must_check fdt_open(const void *fdt, u64 max, const char **why);

/* fdt_chain_get() - ancestors of @node by one walk from the root. Return: 0, -EINVAL (no such node, too deep). */
int __must_check fdt_chain_get(const void *fdt, int node, struct fdt_chain *c);

/* fdt_chain_step() - replace the entry at @depth; for callers that walk with fdt_next_node(). Return: 0, -EINVAL (too
 * deep). */
int __must_check fdt_chain_step(struct fdt_chain *c, int node, int depth);

/* fdt_chain_reg() - fdt_host_reg() for a node whose ancestors are known. */
int __must_check fdt_chain_reg(const void *fdt, const struct fdt_chain *c, u32 index, struct mem_range *r);

/**
 * fdt_chain_pci_window() - entry @index of the ranges of a PCI host bridge: the CPU addresses of its I/O or memory
 * window. Return: 0, -ENOENT (no such entry, or no PCI host bridge), -EINVAL.
 */
int __must_check fdt_chain_pci_window(const void *fdt, const struct fdt_chain *c, u32 index, struct mem_range *r);

/* fdt_chain_irq() - fdt_host_irq() for a node whose ancestors are known. */
int __must_check fdt_chain_irq(const struct host_info *h, const struct fdt_chain *c, u32 index, u32 *intid, bool *edge);

/* fdt_cells_get() - #address-cells and #size-cells that @parent sets. Return: 0, -EINVAL unless 1..2 and 0..2. */
int __must_check fdt_cells_get(const void *fdt, int parent, u32 *addr, u32 *size);

/* fdt_read_cells() - a number of @n <= 2 cells. */
u64 fdt_read_cells(const void *p, u32 n);

/* fdt_prop_u32() - a one-cell property, or @def when it is missing or of another length. */
u32 fdt_prop_u32(const void *fdt, int node, const char *name, u32 def);

/* fdt_prop_string() - the property's first string, NUL inside its bounds, or NULL. */
const char *fdt_prop_string(const void *fdt, int node, const char *name);

/* fdt_has_string() - is @s one of the strings of property @name? */
bool fdt_has_string(const void *fdt, int node, const char *name, const char *s);

/* fdt_enabled() - status is missing, "okay" or "ok". */
bool fdt_enabled(const void *fdt, int node);

/**
 * fdt_find_path() - node at @path (@len bytes), which starts with '/' or with an alias. An alias must hold an absolute
 * path, so that aliases of aliases cannot recurse. Return: offset or -ENOENT.
 */
int fdt_find_path(const void *fdt, const char *path, u32 len);

/* fdt_find_phandle() - the node with @phandle, or -ENOENT. */
int fdt_find_phandle(const void *fdt, u32 phandle);

/* fdt_path_of() - full path of @c's node. Return: 0, -ENOSPC. */
int __must_check fdt_path_of(const void *fdt, const struct fdt_chain *c, char *buf, u32 size);

/* mem_overlap() - do two ranges share a byte? Sizes may be 0. */
static inline bool mem_overlap(const struct mem_range *a, const struct mem_range *b)
{
	return a->size && b->size && a->base < b->base + b->size && b->base < a->base + a->size;
}

/* mem_inside() - is all of @in within @out? */
static inline bool mem_inside(const struct mem_range *in, const struct mem_range *out)
{
	return in->base >= out->base && in->size <= out->size && in->base - out->base <= out->size - in->size;
}

#endif
