/* SPDX-License-Identifier: BSD-3-Clause */
/* One walk over the host DTB: every node is looked at once and handed to the parser for its kind. */
#include <common/fdt_host.h>
#include <common/fdt_host_parse.h>
#include <common/fdt_scan.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

struct host_info host;

#define ERR_PATH_MAX 96

static int host_verr(const struct host_walk *w, int code, const char *path, const char *fmt, va_list ap)
{
	int n = snprintf(w->err, w->err_size, "%s: ", path);

	if (n > 0 && (size_t)n < w->err_size)
		vsnprintf(w->err + n, w->err_size - (size_t)n, fmt, ap);
	return code;
}

int host_err_at(const struct host_walk *w, int code, const char *path, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	host_verr(w, code, path, fmt, ap);
	va_end(ap);
	return code;
}

int host_err(const struct host_walk *w, int code, const char *fmt, ...)
{
	char path[ERR_PATH_MAX];
	va_list ap;

	if (fdt_path_of(w->fdt, &w->chain, path, sizeof(path)))
		snprintf(path, sizeof(path), "node at offset %d", w->chain.node[w->chain.depth]);
	va_start(ap, fmt);
	host_verr(w, code, path, fmt, ap);
	va_end(ap);
	return code;
}

/* Children of the root that are known by name, as the specification fixes it. */
static void note_top_node(struct host_walk *w, int node)
{
	const char *name = fdt_scan_name(w->fdt, node);

	if (!strcmp(name, "cpus"))
		w->cpus = node;
	else if (!strcmp(name, "reserved-memory"))
		w->resv = node;
	else if (!strcmp(name, "chosen"))
		w->chosen = node;
}

enum node_kind { NODE_OTHER, NODE_GIC, NODE_TIMER, NODE_PSCI, NODE_PSCI_OLD, NODE_GIC_V2 };

static const struct {
	const char *compatible;
	enum node_kind kind;
} node_kinds[] = {
	{ "arm,gic-v3", NODE_GIC },     { "arm,armv8-timer", NODE_TIMER }, { "arm,psci-1.0", NODE_PSCI },
	{ "arm,psci-0.2", NODE_PSCI },  { "arm,psci", NODE_PSCI_OLD },     { "arm,cortex-a15-gic", NODE_GIC_V2 },
	{ "arm,gic-400", NODE_GIC_V2 },
};

/* The first string that is known decides: lists go from special to general. */
static enum node_kind kind_of(const void *fdt, int node)
{
	int len;
	const char *s = fdt_scan_prop(fdt, node, "compatible", &len);
	const char *end = s ? s + len : NULL;

	while (s < end) {
		const char *nul = memchr(s, 0, (size_t)(end - s));

		if (!nul)
			return NODE_OTHER;
		for (u32 i = 0; i < ARRAY_SIZE(node_kinds); i++) {
			if (!strcmp(s, node_kinds[i].compatible))
				return node_kinds[i].kind;
		}
		s = nul + 1;
	}
	return NODE_OTHER;
}

static int parse_by_compatible(struct host_walk *w, int node)
{
	enum node_kind kind = kind_of(w->fdt, node);

	w->psci_old_seen |= kind == NODE_PSCI_OLD;
	w->gic_v2_seen |= kind == NODE_GIC_V2;
	if (kind == NODE_OTHER || !fdt_enabled(w->fdt, node))
		return 0;
	if (kind == NODE_GIC && w->gic < 0)
		return host_parse_gic(w);
	if (kind == NODE_TIMER && w->timer < 0)
		w->timer = node;
	return kind == NODE_PSCI ? host_parse_psci(w) : 0;
}

static int parse_node(struct host_walk *w, int node, int depth)
{
	int parent;

	/* Nothing Hazel needs lives this deep. */
	if (fdt_chain_step(&w->chain, node, depth))
		return 0;
	parent = w->chain.node[depth - 1];
	if (depth == 1) {
		note_top_node(w, node);
		if (fdt_has_string(w->fdt, node, "device_type", "memory"))
			return fdt_enabled(w->fdt, node) ? host_parse_memory(w) : 0;
	} else if (depth == 2 && parent == w->cpus) {
		return fdt_has_string(w->fdt, node, "device_type", "cpu") ? host_parse_cpu(w) : 0;
	} else if (depth == 2 && parent == w->resv) {
		return fdt_enabled(w->fdt, node) ? host_parse_reserved(w) : 0;
	}
	return parse_by_compatible(w, node);
}

static int finish(struct host_walk *w)
{
	struct host_info *h = w->h;
	int err = host_finish_memory(w);

	if (err)
		return err;
	if (!h->nr_cpus)
		return host_err_at(w, -ENODEV, "/cpus", "no cpu node with device_type \"cpu\" and a usable reg");
	err = host_finish_gic(w);
	if (err)
		return err;
	err = host_finish_timer(w);
	if (err)
		return err;
	if (h->psci == PSCI_CONDUIT_NONE)
		return host_err_at(w, -ENODEV, "/psci", "missing%s",
				   w->psci_old_seen ? ": only PSCI 0.1 is there, Hazel needs 0.2 or later"
						    : ": Hazel starts CPUs and powers off through PSCI 0.2 or later");
	return host_finish_chosen(w);
}

int fdt_host_init(const void *fdt, u64 max, struct host_info *h, char *err, size_t err_size)
{
	struct host_walk w = { .fdt = fdt, .h = h, .err = err, .err_size = err_size };
	const struct board *board = h->board;
	const char *why;
	int ret, node, depth = 0;

	w.cpus = w.resv = w.chosen = w.gic = w.timer = -1;
	if (err_size)
		err[0] = 0;
	memset(h, 0, sizeof(*h));
	h->board = board;
	if (fdt_open(fdt, max, &why))
		return host_err_at(&w, -EINVAL, "host device tree", "%s", why);
	h->fdt = fdt;
	h->fdt_size = fdt_totalsize(fdt);
	w.chain.depth = 0;
	w.chain.node[0] = 0;
	for (node = fdt_scan_next(fdt, 0, &depth); node >= 0; node = fdt_scan_next(fdt, node, &depth)) {
		ret = parse_node(&w, node, depth);
		if (ret)
			return ret;
	}
	if (node != -FDT_ERR_NOTFOUND)
		return host_err_at(&w, -EINVAL, "host device tree", "damaged: %s", fdt_strerror(node));
	return finish(&w);
}
