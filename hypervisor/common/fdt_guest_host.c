/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The tree of a VM that has the rest of the machine: the host's, copied in one pass. What Hazel is or emulates was
 * written before; what others have is there, but disabled, so that references to it resolve.
 */
#include <common/fdt_gen.h>
#include <common/fdt_scan.h>
#include <common/fdt_util.h>
#include <common/firmware.h>
#include <common/ptdev.h>
#include <common/ptdev_check.h>
#include <common/vm.h>
#include <lib/string.h>
#include <libfdt.h>

/* Children of the root that are written anew, by name up to the unit address. */
static const char *const own_top[] = {
	"memory", "chosen", "aliases", "cpus", "reserved-memory", "firmware", "psci", "timer",
};

bool gen_is_host_tree(const struct vm *vm)
{
	return vm->cfg.rest && !vm->cfg.fdt.name[0];
}

static bool name_is(const char *name, const char *key)
{
	size_t n = strlen(key);

	return !strncmp(name, key, n) && (name[n] == '\0' || name[n] == '@');
}

/* Performance counters belong to the machine's CPUs, and are not virtualised. */
static bool is_pmu(int node)
{
	int len;
	const char *s = fdt_scan_prop(host.fdt, node, "compatible", &len);

	if (!s || len < 1 || s[len - 1] || strncmp(s, "arm,", strlen("arm,")))
		return false;
	return strstr(s, "-pmu") != NULL;
}

static bool is_own(const struct fdt_chain *c)
{
	int node = c->node[c->depth];
	const char *name = fdt_get_name(host.fdt, node, NULL);

	for (u32 i = 0; c->depth == 1 && name && i < ARRAY_SIZE(own_top); i++) {
		if (name_is(name, own_top[i]))
			return true;
	}
	return is_pmu(node) || pt_own_part(c);
}

/* Has the VM all the registers of the node that are addresses of the CPU? */
static bool has_registers(const struct vm *vm, const struct fdt_chain *c)
{
	struct mem_range r;

	for (u32 i = 0; !fdt_chain_reg(host.fdt, c, i, &r); i++) {
		if (r.size && !ptdev_owns(vm, r.base, r.size))
			return false;
	}
	return true;
}

/* A node's properties; @off: it is not the VM's. */
static void copy_props(struct fdt_gen *g, int node, bool off)
{
	int prop, len;

	fdt_for_each_property_offset (prop, host.fdt, node) {
		const char *name;
		const void *val = fdt_getprop_by_offset(host.fdt, prop, &name, &len);

		if (val && !(off && !strcmp(name, "status")))
			gen_prop(g, name, val, (u32)len);
	}
	if (off)
		gen_string(g, "status", "disabled");
}

void gen_copy_node(struct fdt_gen *g, int top)
{
	int depth = 0, open = 0;

	for (int node = top; node >= 0 && depth >= 0; node = fdt_scan_next(host.fdt, node, &depth)) {
		const char *name = fdt_get_name(host.fdt, node, NULL);

		if (node != top && depth == 0)
			break;
		for (; open > depth; open--)
			gen_end(g);
		gen_begin(g, "%s", name ? name : "?");
		copy_props(g, node, false);
		open++;
	}
	for (; open > 0; open--)
		gen_end(g);
}

void gen_host_tree(struct fdt_gen *g)
{
	struct fdt_chain c = { 0 };
	int depth = 0, open = 0, skip = FDT_DEPTH_MAX;

	for (int node = fdt_scan_next(host.fdt, 0, &depth); node >= 0 && depth > 0;
	     node = fdt_scan_next(host.fdt, node, &depth)) {
		const char *name = fdt_get_name(host.fdt, node, NULL);

		if (depth > skip || fdt_chain_step(&c, node, depth))
			continue;
		skip = is_own(&c) ? depth : FDT_DEPTH_MAX;
		if (skip == depth)
			continue;
		for (; open >= depth; open--)
			gen_end(g);
		gen_begin(g, "%s", name ? name : "?");
		copy_props(g, node, fdt_enabled(host.fdt, node) && !has_registers(g->vm, &c));
		open = depth;
	}
	for (; open > 0; open--)
		gen_end(g);
}

/* Properties of a node but those called as one of @but. */
static void copy_other_props(struct fdt_gen *g, int node, const char *const *but, u32 nr)
{
	int prop, len;
	u32 i;

	fdt_for_each_property_offset (prop, host.fdt, node) {
		const char *name;
		const void *val = fdt_getprop_by_offset(host.fdt, prop, &name, &len);

		for (i = 0; val && i < nr && strcmp(name, but[i]); i++)
			;
		if (val && i == nr)
			gen_prop(g, name, val, (u32)len);
	}
}

/* What the root says about the machine, but for what was written. */
void gen_host_root(struct fdt_gen *g)
{
	static const char *const written[] = { "#address-cells", "#size-cells", "interrupt-parent", "compatible",
					       "model" };

	copy_other_props(g, 0, written, ARRAY_SIZE(written));
}

/* Clocks, caches, supplies, cooling: all that was not written. Idle states are the host firmware's. */
void gen_host_cpu(struct fdt_gen *g, const struct host_cpu *h)
{
	static const char *const written[] = { "device_type",   "compatible",      "reg",    "phandle",
					       "enable-method", "cpu-idle-states", "status", "capacity-dmips-mhz" };
	int node = fdt_find_path(host.fdt, h->path, (u32)strlen(h->path));

	if (node >= 0)
		copy_other_props(g, node, written, ARRAY_SIZE(written));
}

/* A CPU that is not the VM's, for those that refer to it: no CPU by name or type. */
void gen_absent_cpu(struct fdt_gen *g, const struct host_cpu *h)
{
	gen_begin(g, "absent-cpu@%llx", (unsigned long long)h->mpidr);
	gen_u32(g, "reg", (u32)h->mpidr);
	if (h->phandle)
		gen_u32(g, "phandle", h->phandle);
	gen_host_cpu(g, h);
	gen_string(g, "status", "disabled");
	gen_end(g);
}

/* Children of /cpus that are no CPUs: caches. */
void gen_host_caches(struct fdt_gen *g)
{
	int cpus = fdt_find_path(host.fdt, "/cpus", (u32)strlen("/cpus")), depth = 0;

	for (int node = fdt_scan_next(host.fdt, cpus, &depth); node >= 0 && depth > 0;
	     node = fdt_scan_next(host.fdt, node, &depth)) {
		if (depth == 1 && fdt_has_string(host.fdt, node, "compatible", "cache"))
			gen_copy_node(g, node);
	}
}

void gen_host_aliases(struct fdt_gen *g, const char *vuart)
{
	int aliases = fdt_find_path(host.fdt, "/aliases", (u32)strlen("/aliases")), prop, len;

	gen_begin(g, "aliases");
	fdt_for_each_property_offset (prop, host.fdt, aliases) {
		const char *name;
		const void *val = fdt_getprop_by_offset(host.fdt, prop, &name, &len);

		if (val && !(vuart && !strcmp(name, "serial0")))
			gen_prop(g, name, val, (u32)len);
	}
	if (vuart)
		gen_string(g, "serial0", vuart);
	gen_end(g);
}

void gen_firmware(struct fdt_gen *g)
{
	struct fw_scmi s = { .node = -1 };
	int optee = g->vm->cfg.firmware & VM_FW_OPTEE ? fw_optee_node() : -1;

	if (!g->vm->scmi_fn || fw_scmi_find(&s))
		s.node = -1;
	if (s.node < 0 && optee < 0)
		return;
	gen_begin(g, "firmware");
	if (s.node >= 0)
		gen_copy_node(g, s.node);
	if (optee >= 0)
		gen_copy_node(g, optee);
	gen_end(g);
}

static void gen_scmi_memory(struct fdt_gen *g)
{
	struct fw_scmi s;

	if (g->vm->scmi_fn && !fw_scmi_find(&s))
		gen_copy_node(g, s.shmem);
}

/* Memory that the guest is to set aside itself: nodes that ask for a size and name no place. */
static void gen_dynamic(struct fdt_gen *g)
{
	int resv = fdt_find_path(host.fdt, "/reserved-memory", (u32)strlen("/reserved-memory")), depth = 0;

	if (resv < 0 || !gen_is_host_tree(g->vm))
		return;
	for (int node = fdt_scan_next(host.fdt, resv, &depth); node >= 0 && depth > 0;
	     node = fdt_scan_next(host.fdt, node, &depth)) {
		if (depth == 1 && fdt_enabled(host.fdt, node) && !fdt_scan_prop(host.fdt, node, "reg", NULL))
			gen_copy_node(g, node);
	}
}

void gen_reserved(struct fdt_gen *g)
{
	if (!g->vm->cfg.nr_shm && !g->vm->scmi_fn && !gen_is_host_tree(g->vm))
		return;
	gen_begin(g, "reserved-memory");
	gen_u32(g, "#address-cells", 2);
	gen_u32(g, "#size-cells", 2);
	gen_prop(g, "ranges", NULL, 0);
	gen_shm_windows(g);
	gen_scmi_memory(g);
	gen_dynamic(g);
	gen_end(g);
}
