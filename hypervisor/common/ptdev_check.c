/* SPDX-License-Identifier: BSD-3-Clause */
#include <common/fdt_scan.h>
#include <common/fdt_util.h>
#include <common/host_ranges.h>
#include <common/ptdev.h>
#include <common/ptdev_check.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

struct pt_own {
	const char *key;
	const char *what;
};

/* Top-level nodes by name, up to the unit address. */
static const struct pt_own own_top[] = {
	{ "memory", "memory" }, { "reserved-memory", "reserved memory" },
	{ "cpus", "the CPUs" }, { "chosen", "boot settings" },
	{ "aliases", "names" }, { "firmware", "firmware" },
};

static const struct pt_own own_compatible[] = {
	{ "arm,gic-v3", "the interrupt controller" },
	{ "arm,gic-v3-its", "the interrupt controller" },
	{ "arm,smmu-v3", "an IOMMU" },
	{ "arm,armv8-timer", "the timer" },
	{ "arm,psci-1.0", "PSCI" },
	{ "arm,psci-0.2", "PSCI" },
	{ "arm,psci", "PSCI" },
	{ "arm,armv8-pmuv3", "the performance monitor" },
};

int pt_err(struct vm_config_err *err, int code, const char *path, const char *fmt, ...)
{
	int n = snprintf(err->text, sizeof(err->text), "passthrough: %s: ", path);
	va_list ap;

	va_start(ap, fmt);
	if (n > 0 && (size_t)n < sizeof(err->text))
		vsnprintf(err->text + n, sizeof(err->text) - (size_t)n, fmt, ap);
	va_end(ap);
	return code;
}

const char *pt_own_part(const struct fdt_chain *c)
{
	const char *name = fdt_get_name(host.fdt, c->node[1], NULL);

	for (u32 i = 0; name && i < ARRAY_SIZE(own_top); i++) {
		size_t n = strlen(own_top[i].key);

		if (!strncmp(name, own_top[i].key, n) && (name[n] == 0 || name[n] == '@'))
			return own_top[i].what;
	}
	for (int level = 1; level <= c->depth; level++) {
		for (u32 i = 0; i < ARRAY_SIZE(own_compatible); i++) {
			if (fdt_has_string(host.fdt, c->node[level], "compatible", own_compatible[i].key))
				return own_compatible[i].what;
		}
	}
	return NULL;
}

int pt_check_node(int node, const char *path, struct vm_config_err *err)
{
	struct fdt_chain c;
	const char *what;

	if (fdt_chain_get(host.fdt, node, &c))
		return pt_err(err, -EINVAL, path, "is nested too deep");
	if (c.depth == 0)
		return pt_err(err, -EPERM, path, "is the whole machine");
	what = pt_own_part(&c);
	if (what)
		return pt_err(err, -EPERM, path, "is Hazel's own: %s", what);
	if (!fdt_enabled(host.fdt, node))
		return pt_err(err, -EINVAL, path, "is not usable: its status is not \"okay\"");
	if (fdt_scan_prop(host.fdt, node, "ranges", NULL))
		return pt_err(err, -EINVAL, path, "is a bus: name the devices behind it");
	return 0;
}

static bool in_set(const struct pt_set *set, const struct fdt_chain *c)
{
	/* A device's children come with it. */
	for (int level = 1; level <= c->depth; level++) {
		for (u32 i = 0; i < set->nr; i++) {
			if (set->node[i] == c->node[level])
				return true;
		}
	}
	return false;
}

static bool chain_overlaps(const struct fdt_chain *c, const struct mem_range *r)
{
	struct mem_range other;

	for (u32 i = 0; !fdt_chain_reg(host.fdt, c, i, &other); i++) {
		if (mem_overlap(&other, r))
			return true;
	}
	return false;
}

static int overlaps(void *arg, const struct fdt_chain *c, const struct mem_range *r)
{
	(void)c;
	return mem_overlap(arg, r);
}

bool ptdev_is_described(const struct mem_range *r)
{
	struct mem_range want = *r;

	return host_ranges_walk(false, overlaps, &want);
}

/* Register layouts, by what the devices are compatible with, that have no way to write to memory. */
static const char *const no_dma[] = {
	"arm,pl011",
	"arm,sbsa-uart",
	"snps,dw-apb-uart",
	"ns16550a",
	"arm,pl031",
	"arm,pl061",
	"arm,sp805",
	"arm,sbsa-gwdt",
	"snps,dw-wdt",
	"snps,dw-apb-timer",
	"rockchip,rk3288-timer",
	"rockchip,gpio-bank",
	"rockchip,rk3328-pwm",
	"rockchip,rk3399-i2c",
	"rockchip,rk3588-saradc",
	"rockchip,rk3588-tsadc",
};

bool pt_may_dma(int node)
{
	for (u32 i = 0; i < ARRAY_SIZE(no_dma); i++) {
		if (fdt_has_string(host.fdt, node, "compatible", no_dma[i]))
			return false;
	}
	return true;
}

/* What a direct region brings in: is there a device that may do DMA, or nothing that is known? */
struct dma_scan {
	struct mem_range r;
	bool known, dma;
};

static int scan_dma(void *arg, const struct fdt_chain *c, const struct mem_range *r)
{
	struct dma_scan *s = arg;

	if (!mem_overlap(&s->r, r))
		return 0;
	s->known = true;
	s->dma |= pt_may_dma(c->node[c->depth]);
	return s->dma;
}

bool ptdev_may_dma(const struct mem_range *r)
{
	struct dma_scan s = { .r = *r };

	return host_ranges_walk(true, scan_dma, &s) || !s.known;
}

int pt_check_window(const struct pt_set *set, int node, const struct mem_range *r, const char *path,
		    struct vm_config_err *err)
{
	struct fdt_chain c = { 0 };
	char other[HOST_PATH_MAX];
	int depth = 0;

	for (u32 i = 0; i < host.nr_mem; i++) {
		if (mem_overlap(r, &host.mem[i]))
			return pt_err(err, -EPERM, path, "reg 0x%llx is in RAM", (unsigned long long)r->base);
	}
	for (int at = fdt_scan_next(host.fdt, 0, &depth); at >= 0 && depth > 0;
	     at = fdt_scan_next(host.fdt, at, &depth)) {
		if (fdt_chain_step(&c, at, depth) || at == node || in_set(set, &c))
			continue;
		if (!chain_overlaps(&c, r) || !fdt_enabled(host.fdt, at))
			continue;
		if (fdt_path_of(host.fdt, &c, other, sizeof(other)))
			snprintf(other, sizeof(other), "another device");
		return pt_err(err, -EPERM, path, "page 0x%llx also holds registers of %s, which this VM does not get",
			      (unsigned long long)r->base, other);
	}
	return 0;
}
