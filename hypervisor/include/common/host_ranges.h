/* SPDX-License-Identifier: BSD-3-Clause */
/* The address space of the host as its device tree describes it: all register windows, in one walk. */
#ifndef COMMON_HOST_RANGES_H
#define COMMON_HOST_RANGES_H

#include <common/fdt_host.h>
#include <common/fdt_util.h>
#include <lib/types.h>

/**
 * host_ranges_walk() - call @fn for each entry of reg, and each window of a PCI host bridge, that is an address of the
 * CPU; sizes are not 0. @enabled: only of nodes that are enabled, with all their ancestors. Ends early when @fn returns
 * something else than 0.
 * Return: what @fn returned last, or 0. Context: may yield.
 */
int __must_check
host_ranges_walk(bool enabled, int (*fn)(void *arg, const struct fdt_chain *c, const struct mem_range *r), void *arg);

/**
 * host_nodes_walk() - call @fn for each node that is enabled, with all its ancestors, but the root. Else as above.
 */
int __must_check host_nodes_walk(int (*fn)(void *arg, const struct fdt_chain *c), void *arg);

/**
 * host_gap() - the lowest address from @from on, aligned to @size (a power of two), where the host has neither memory
 * nor a device in @size bytes. Context: may yield.
 */
u64 host_gap(u64 from, u64 size);

#endif
