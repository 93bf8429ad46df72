/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Pass-through devices in a generated DTB: host nodes copied under the root, with addresses and interrupts rewritten
 * for the guest's cells, and without references to things the guest does not have.
 */
#include <common/fdt_gen.h>
#include <common/fdt_host.h>
#include <common/fdt_scan.h>
#include <common/fdt_util.h>
#include <common/ptdev.h>
#include <common/vm.h>
#include <common/vm_platform.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

#define GEN_WINDOWS 8U
#define GEN_IRQS 32U
#define SPI_FIRST 32U
#define PPI_FIRST 16U
#define STDOUT_OPTS_MAX 32

/* Properties that point at other nodes, or say what Hazel decides. */
static const char *const drop_exact[] = {
	"interrupt-parent",
	"interrupts-extended",
	"dmas",
	"dma-names",
	"iommus",
	"iommu-map",
	"iommu-map-mask",
	"power-domains",
	"power-domain-names",
	"resets",
	"reset-names",
	"interconnects",
	"interconnect-names",
	"assigned-clocks",
	"assigned-clock-rates",
	"assigned-clock-parents",
	"operating-points-v2",
	"memory-region",
	"memory-region-names",
	"phys",
	"phy-names",
	"nvmem-cells",
	"nvmem-cell-names",
	"msi-parent",
	"msi-map",
	"mboxes",
	"mbox-names",
	"status",
	"linux,phandle",
	"interrupts",
	"clocks",
	"clock-names",
};
static const char *const drop_suffix[] = { "-supply", "-gpios", "-gpio" };

static bool ends_with(const char *s, const char *suffix)
{
	size_t n = strlen(s), m = strlen(suffix);

	return n >= m && !strcmp(s + n - m, suffix);
}

static bool dropped(const char *name)
{
	for (u32 i = 0; i < ARRAY_SIZE(drop_exact); i++) {
		if (!strcmp(name, drop_exact[i]))
			return true;
	}
	for (u32 i = 0; i < ARRAY_SIZE(drop_suffix); i++) {
		if (ends_with(name, drop_suffix[i]))
			return true;
	}
	return !strncmp(name, "pinctrl-", strlen("pinctrl-"));
}

/* All properties but the dropped ones and, when @reg is false, reg. */
static void copy_props(struct fdt_gen *g, int node, bool reg)
{
	int prop, len;

	fdt_for_each_property_offset (prop, host.fdt, node) {
		const char *name;
		const void *val = fdt_getprop_by_offset(host.fdt, prop, &name, &len);

		if (!val || dropped(name) || (!reg && !strcmp(name, "reg")))
			continue;
		gen_prop(g, name, val, (u32)len);
	}
}

static void copy_reg(struct fdt_gen *g, int node)
{
	u64 pairs[GEN_WINDOWS][2];
	struct mem_range r;
	u32 n = 0;

	while (n < GEN_WINDOWS && !fdt_host_reg(host.fdt, node, n, &r)) {
		pairs[n][0] = r.base;
		pairs[n++][1] = r.size;
	}
	gen_reg(g, "reg", &pairs[0][0], n);
}

/* Any specifier, 3 or 4 cells, becomes the guest's 3; the flags are rebuilt from edge or level. */
static void copy_irqs(struct fdt_gen *g, int node)
{
	u8 spec[GEN_IRQS * GUEST_SPEC_CELLS_MAX * FDT_CELL_BYTES];
	u32 len = 0, intid;
	bool edge;

	for (u32 n = 0; n < GEN_IRQS && !fdt_host_irq(&host, node, n, &intid, &edge); n++) {
		bool spi = intid >= SPI_FIRST;

		len += gen_spec(g, spec + len, spi ? GUEST_SPEC_SPI : GUEST_SPEC_PPI,
				intid - (spi ? SPI_FIRST : PPI_FIRST),
				edge ? GUEST_SPEC_EDGE_RISING : GUEST_SPEC_LEVEL_HIGH);
	}
	if (len)
		gen_prop(g, "interrupts", spec, len);
}

static bool note_clock(struct fdt_gen *g, int clock)
{
	for (u32 i = 0; i < g->nr_clocks; i++) {
		if (g->clock[i] == clock)
			return true;
	}
	if (g->nr_clocks == FDT_GEN_CLOCKS)
		return false;
	g->clock[g->nr_clocks++] = clock;
	return true;
}

/* clocks is kept when all of it are fixed clocks, which then come along; a clock controller stays with the host. */
static void copy_clocks(struct fdt_gen *g, int node)
{
	int len, names_len;
	const u8 *p = fdt_scan_prop(host.fdt, node, "clocks", &len);
	const void *names = fdt_scan_prop(host.fdt, node, "clock-names", &names_len);

	if (!p || len % (int)FDT_CELL_BYTES)
		return;
	for (int off = 0; off < len; off += (int)FDT_CELL_BYTES) {
		int clock = fdt_find_phandle(host.fdt, (u32)fdt_read_cells(p + off, 1));

		if (clock < 0 || !fdt_has_string(host.fdt, clock, "compatible", "fixed-clock") || !note_clock(g, clock))
			return;
	}
	gen_prop(g, "clocks", p, (u32)len);
	if (names)
		gen_prop(g, "clock-names", names, (u32)names_len);
}

/* Children as they are; @top's own cells were copied with it. Nodes are closed when the walk comes back up. */
static void copy_children(struct fdt_gen *g, int top)
{
	int depth = 0, open = 0;

	for (int node = fdt_next_node(host.fdt, top, &depth); node >= 0 && depth > 0;
	     node = fdt_next_node(host.fdt, node, &depth)) {
		const char *name = fdt_get_name(host.fdt, node, NULL);

		for (; open >= depth; open--)
			gen_end(g);
		gen_begin(g, "%s", name ? name : "?");
		copy_props(g, node, true);
		open++;
	}
	for (; open > 0; open--)
		gen_end(g);
}

static void gen_device(struct fdt_gen *g, int node)
{
	const char *name = fdt_get_name(host.fdt, node, NULL);

	gen_begin(g, "%s", name ? name : "?");
	copy_props(g, node, false);
	copy_reg(g, node);
	copy_irqs(g, node);
	copy_clocks(g, node);
	copy_children(g, node);
	gen_end(g);
}

void gen_find_nodes(struct fdt_gen *g)
{
	int console = host.uart.reg.size ? fdt_find_path(host.fdt, host.uart.path, (u32)strlen(host.uart.path)) : -1;

	g->console = -1;
	for (u32 i = 0; i < g->vm->cfg.nr_passthrough && i < VM_PASSTHROUGH_MAX; i++) {
		int node = ptdev_host_node(g->vm, i);

		if (node <= 0)
			continue;
		g->node[g->nr_nodes++] = node;
		if (node == console)
			g->console = node;
	}
}

void gen_devices(struct fdt_gen *g)
{
	if (gen_is_host_tree(g->vm)) {
		gen_host_tree(g);
		return;
	}
	for (u32 i = 0; i < g->nr_nodes; i++)
		gen_device(g, g->node[i]);
	for (u32 i = 0; i < g->nr_clocks; i++) {
		const char *name = fdt_get_name(host.fdt, g->clock[i], NULL);

		gen_begin(g, "%s", name ? name : "?");
		copy_props(g, g->clock[i], false);
		gen_end(g);
	}
}

static bool passed(const struct fdt_gen *g, int node)
{
	for (u32 i = 0; i < g->nr_nodes; i++) {
		if (g->node[i] == node)
			return true;
	}
	return false;
}

/* The host's names for the devices that are here, so that ttyS2 stays ttyS2; else the console is serial0. */
void gen_aliases(struct fdt_gen *g)
{
	int aliases = fdt_find_path(host.fdt, "/aliases", (u32)strlen("/aliases"));
	bool console_named = g->console < 0;
	bool vuart = vm_has_vuart(g->vm);
	char path[FDT_GEN_NAME_MAX + 1], vuart_path[VUART_PATH_MAX];
	int prop;

	gen_vuart_path(g, vuart_path);
	if (gen_is_host_tree(g->vm)) {
		gen_host_aliases(g, vuart ? vuart_path : NULL);
		return;
	}
	gen_begin(g, "aliases");
	fdt_for_each_property_offset (prop, host.fdt, aliases) {
		const char *name;
		int len, node;
		const char *target = fdt_getprop_by_offset(host.fdt, prop, &name, &len);

		if (!target || len < 2 || target[0] != '/' || target[len - 1])
			continue;
		node = fdt_find_path(host.fdt, target, (u32)strlen(target));
		if (node <= 0 || !passed(g, node) || (vuart && !strcmp(name, "serial0")))
			continue;
		snprintf(path, sizeof(path), "/%s", fdt_get_name(host.fdt, node, NULL));
		gen_string(g, name, path);
		console_named |= node == g->console && !strncmp(name, "serial", strlen("serial"));
	}
	/* Whatever else is passed through: the console is the first. */
	if (vuart)
		gen_string(g, "serial0", vuart_path);
	if (!console_named) {
		snprintf(path, sizeof(path), "/%s", fdt_get_name(host.fdt, g->console, NULL));
		gen_string(g, "serial0", path);
	}
	gen_end(g);
}

int gen_stdout_path(const struct fdt_gen *g, char *buf, u32 size)
{
	int chosen = fdt_find_path(host.fdt, "/chosen", (u32)strlen("/chosen"));
	const char *stdout_path, *options = NULL;

	if (g->console < 0 && vm_has_vuart(g->vm)) {
		char path[VUART_PATH_MAX];

		gen_vuart_path(g, path);
		snprintf(buf, size, "%s", path);
		return 0;
	}
	if (g->console < 0)
		return -ENOENT;
	stdout_path = chosen < 0 ? NULL : fdt_prop_string(host.fdt, chosen, "stdout-path");
	if (stdout_path)
		options = strchr(stdout_path, ':');
	if (gen_is_host_tree(g->vm))
		snprintf(buf, size, "%s%.*s", host.uart.path, STDOUT_OPTS_MAX, options ? options : "");
	else
		snprintf(buf, size, "/%s%.*s", fdt_get_name(host.fdt, g->console, NULL), STDOUT_OPTS_MAX,
			 options ? options : "");
	return 0;
}
