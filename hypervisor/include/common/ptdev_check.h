/* SPDX-License-Identifier: BSD-3-Clause */
/* Private to common/ptdev*.c: what may not be passed through, and why. */
#ifndef COMMON_PTDEV_CHECK_H
#define COMMON_PTDEV_CHECK_H

#include <common/fdt_host.h>
#include <common/vm_config.h>
#include <lib/types.h>

struct vm;

/* The nodes one VM asks for, resolved; negative = no such node. */
struct pt_set {
	u32 nr;
	int node[VM_PASSTHROUGH_MAX];
};

/* pt_err() - "passthrough: @path: text" into @err. Return: @code. */
int pt_err(struct vm_config_err *err, int code, const char *path, const char *fmt, ...) __printf(4, 5);

/* pt_own_part() - what of Hazel's the node or one of its ancestors is ("the timer"), or NULL. */
struct fdt_chain;
const char *pt_own_part(const struct fdt_chain *c);

/* pt_may_dma() - may the device at @node write to memory? All may, but those that are known to be no bus masters. */
bool pt_may_dma(int node);

/* pt_direct_owner() - a VM other than @vm that has a part of @r as a direct region, and is not stopped; or NULL. */
const struct vm *pt_direct_owner(const struct vm *vm, const struct mem_range *r);

/* pt_check_node() - is host node @node a device at all, and not Hazel's own? Return: 0, -EPERM, -EINVAL with @err set.
 */
int __must_check pt_check_node(int node, const char *path, struct vm_config_err *err);

/**
 * pt_check_window() - may the pages of @r be mapped for @node? Not when they hold RAM, the GIC, or registers of a node
 * that is not in @set. Return: 0, -EPERM with @err naming the other one.
 */
int __must_check pt_check_window(const struct pt_set *set, int node, const struct mem_range *r, const char *path,
				 struct vm_config_err *err);

#endif
