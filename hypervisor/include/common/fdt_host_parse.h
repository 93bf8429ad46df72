/* SPDX-License-Identifier: BSD-3-Clause */
/* Private to common/fdt_host*.c: the state of the one walk over the host DTB, and a parser for each kind of node. */
#ifndef COMMON_FDT_HOST_PARSE_H
#define COMMON_FDT_HOST_PARSE_H

#include <common/fdt_util.h>
#include <lib/types.h>

struct host_walk {
	const void *fdt;
	struct host_info *h;
	struct fdt_chain chain; /* the node being looked at */
	int cpus;               /* offsets of the nodes found so far, negative = none */
	int resv;
	int chosen;
	int gic;
	int timer;
	bool gic_v2_seen;
	bool psci_old_seen;
	char *err;
	size_t err_size;
};

/* host_err() - "path of the current node: text" into w->err. Return: @code, which is negative. */
int host_err(const struct host_walk *w, int code, const char *fmt, ...) __printf(3, 4);
/* host_err_at() - the same with a path of the caller's, for nodes that are missing. */
int host_err_at(const struct host_walk *w, int code, const char *path, const char *fmt, ...) __printf(4, 5);

/* One node each; the chain of @w is at it. Return: 0, -EINVAL with w->err set. */
int __must_check host_parse_memory(struct host_walk *w);
int __must_check host_parse_reserved(struct host_walk *w);
int __must_check host_parse_cpu(struct host_walk *w);
int __must_check host_parse_gic(struct host_walk *w);
int __must_check host_parse_psci(struct host_walk *w);

/* What needs all of the tree: sorted banks, /memreserve/, interrupts that refer to the GIC, chosen. */
int __must_check host_finish_memory(struct host_walk *w);
int __must_check host_finish_gic(struct host_walk *w);
int __must_check host_finish_timer(struct host_walk *w);
int __must_check host_finish_chosen(struct host_walk *w);

/**
 * host_gic_spec() - decode one GIC interrupt specifier of at least 3 cells at @p.
 * Return: 0 with *@intid and *@edge, -EINVAL (neither SPI nor PPI, or out of range).
 */
int __must_check host_gic_spec(const void *p, u32 *intid, bool *edge);

#endif
