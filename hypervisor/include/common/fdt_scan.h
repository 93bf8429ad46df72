/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The two libfdt calls that a boot spends its time in, without their cost: libfdt checks the header again for every
 * token, which makes one walk over a large board's tree several million instructions. Node offsets are libfdt's, so
 * both mix freely.
 * @fdt went through fdt_open(); its structure and strings blocks are still untrusted, and every access is bounded by
 * them.
 */
#ifndef COMMON_FDT_SCAN_H
#define COMMON_FDT_SCAN_H

#include <lib/types.h>

/**
 * fdt_scan_next() - the node after @node in tree order. *@depth is the depth of @node, and then that of the next one.
 * Return: its offset; -FDT_ERR_NOTFOUND at the end of the tree, -FDT_ERR_BADSTRUCTURE when it is damaged.
 */
int fdt_scan_next(const void *fdt, int node, int *depth);

/* fdt_scan_prop() - value of property @name of @node, with *@len when @len is not NULL; NULL when it has none. */
const void *fdt_scan_prop(const void *fdt, int node, const char *name, int *len);

/**
 * fdt_scan_child_after() - the child of @node that comes after its child @child, or its first one (@child = 0).
 * Negative: there is none, or the tree is damaged.
 */
int fdt_scan_child_after(const void *fdt, int node, int child);
#define fdt_scan_for_each_child(at, fdt, node)                                                                         \
	for (int at = fdt_scan_child_after(fdt, node, 0); at >= 0; at = fdt_scan_child_after(fdt, node, at))

/* fdt_scan_name() - the name of @node, which one of these functions has returned. */
const char *fdt_scan_name(const void *fdt, int node);

/* fdt_scan_child() - child of @node called @name (@len bytes), which may leave out the unit address; negative = none.
 */
int fdt_scan_child(const void *fdt, int node, const char *name, u32 len);

#endif
