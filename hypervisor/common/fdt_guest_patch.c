/* SPDX-License-Identifier: BSD-3-Clause */
/* The user's DTB, with memory, CPUs, PSCI, GIC and chosen as this VM has them. Offsets move with every write. */
#include <asm/vcpu_arch.h>
#include <common/fdt_gen.h>
#include <common/fdt_util.h>
#include <common/vm.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

#define GUEST_GICD_SIZE 0x10000U
#define GUEST_GICR_STRIDE 0x20000U
#define PATCH_NAME_MAX 32
/* Each pass of a delete loop removes a node, so this only bounds what a broken tree could do. */
#define PATCH_DELETE_MAX 4096U

static const char psci_compatible[] = "arm,psci-1.0\0arm,psci-0.2";

static int set_string(void *fdt, int node, const char *name, const char *s)
{
	return fdt_setprop(fdt, node, name, s, (int)strlen(s) + 1);
}

/* A property of @n numbers, each as many cells as @cells says (1 or 2). */
static int set_numbers(void *fdt, int node, const char *name, const u64 *v, const u32 *cells, u32 n)
{
	u8 buf[4 * sizeof(u64)];
	u32 len = 0;

	for (u32 i = 0; i < n; i++) {
		if (cells[i] == 1 && v[i] > UINT32_MAX)
			return -FDT_ERR_BADNCELLS;
		if (cells[i] == 1)
			fdt32_st(buf + len, (u32)v[i]);
		else
			fdt64_st(buf + len, v[i]);
		len += cells[i] * FDT_CELL_BYTES;
	}
	return fdt_setprop(fdt, node, name, buf, (int)len);
}

/* First child of the root whose device_type is "memory". */
static int memory_node(const void *fdt)
{
	int node;

	fdt_for_each_subnode (node, fdt, 0) {
		if (fdt_has_string(fdt, node, "device_type", "memory"))
			return node;
	}
	return -FDT_ERR_NOTFOUND;
}

static int patch_memory(const struct fdt_gen *g, void *fdt)
{
	u32 cells[2];
	int node, ret = 0;

	for (u32 i = 0; i < PATCH_DELETE_MAX && !ret && (node = memory_node(fdt)) >= 0; i++)
		ret = fdt_del_node(fdt, node);
	if (fdt_cells_get(fdt, 0, &cells[0], &cells[1]) || !cells[1])
		return -FDT_ERR_BADNCELLS;
	for (u32 i = 0; !ret && i < g->vm->nr_ram; i++) {
		const struct vm_mem_region *r = &g->vm->ram[i].r;
		char name[PATCH_NAME_MAX];

		if (r->type == VM_MEM_ROM || r->type == VM_MEM_HIDDEN)
			continue;
		snprintf(name, sizeof(name), "memory@%llx", (unsigned long long)r->ipa);
		node = fdt_add_subnode(fdt, 0, name);
		if (node < 0)
			return node;
		ret = set_numbers(fdt, node, "reg", (const u64[]){ r->ipa, r->size }, cells, 2);
		if (!ret)
			ret = set_string(fdt, node, "device_type", "memory");
	}
	return ret;
}

static int set_cpu(void *fdt, int node, u32 id, u32 cells)
{
	u64 mpidr = vcpu_arch_mpidr(id);
	int ret = set_numbers(fdt, node, "reg", &mpidr, &cells, 1);

	if (!ret)
		ret = set_string(fdt, node, "enable-method", "psci");
	if (ret)
		return ret;
	/* Idle states are the host firmware's; CPU_SUSPEND of a VM is a WFI. */
	ret = fdt_delprop(fdt, node, "cpu-idle-states");
	return ret == -FDT_ERR_NOTFOUND ? 0 : ret;
}

/* The @index-th cpu node, or what stands for "no more". */
static int cpu_node(const void *fdt, int cpus, u32 index)
{
	int node;

	fdt_for_each_subnode (node, fdt, cpus) {
		if (fdt_has_string(fdt, node, "device_type", "cpu") && index-- == 0)
			return node;
	}
	return -FDT_ERR_NOTFOUND;
}

static int add_cpu(void *fdt, int cpus, u32 id, u32 cells)
{
	char name[PATCH_NAME_MAX];
	int node, ret;

	snprintf(name, sizeof(name), "cpu@%llx", (unsigned long long)vcpu_arch_mpidr(id));
	node = fdt_add_subnode(fdt, cpus, name);
	if (node < 0)
		return node;
	ret = set_string(fdt, node, "device_type", "cpu");
	if (!ret)
		ret = set_string(fdt, node, "compatible", "arm,armv8");
	return ret ? ret : set_cpu(fdt, node, id, cells);
}

static int patch_cpus(const struct fdt_gen *g, void *fdt)
{
	int cpus = fdt_path_offset(fdt, "/cpus"), node, cells, ret = 0;
	u32 have = 0;

	if (cpus < 0)
		return cpus;
	/* It names CPUs by phandle, and some of them are about to go. */
	node = fdt_subnode_offset(fdt, cpus, "cpu-map");
	if (node >= 0)
		ret = fdt_del_node(fdt, node);
	cells = fdt_address_cells(fdt, cpus);
	if (cells < 1 || cells > (int)FDT_CELLS_MAX)
		return -FDT_ERR_BADNCELLS;
	for (u32 i = 0; i < PATCH_DELETE_MAX && !ret && (node = cpu_node(fdt, cpus, have)) >= 0; i++) {
		if (have < g->vm->nr_vcpus)
			ret = set_cpu(fdt, node, have++, (u32)cells);
		else
			ret = fdt_del_node(fdt, node);
	}
	for (; !ret && have < g->vm->nr_vcpus; have++)
		ret = add_cpu(fdt, cpus, have, (u32)cells);
	return ret;
}

static int patch_psci(void *fdt)
{
	static const char *const known[] = { "arm,psci-1.0", "arm,psci-0.2", "arm,psci" };
	int node = -FDT_ERR_NOTFOUND, ret;

	for (u32 i = 0; node < 0 && i < ARRAY_SIZE(known); i++)
		node = fdt_node_offset_by_compatible(fdt, -1, known[i]);
	if (node < 0)
		node = fdt_add_subnode(fdt, 0, "psci");
	if (node < 0)
		return node;
	ret = set_string(fdt, node, "method", "hvc");
	return ret ? ret : fdt_setprop(fdt, node, "compatible", psci_compatible, sizeof(psci_compatible));
}

static int del_prop(void *fdt, int node, const char *name)
{
	int ret = fdt_delprop(fdt, node, name);

	return ret == -FDT_ERR_NOTFOUND ? 0 : ret;
}

static int patch_gic(const struct fdt_gen *g, void *fdt)
{
	static const char *const gone[] = {
		"#redistributor-regions", "redistributor-stride", "interrupts", "mbi-ranges", "mbi-alias",
		"msi-controller"
	};
	const struct vm_config *c = &g->vm->cfg;
	const u64 reg[] = { c->gicd_ipa, GUEST_GICD_SIZE, c->gicr_ipa, (u64)g->vm->nr_vcpus * GUEST_GICR_STRIDE };
	int node = fdt_node_offset_by_compatible(fdt, -1, "arm,gic-v3"), parent, child, ret = 0;
	u32 cells[4];

	if (node < 0)
		return node;
	parent = fdt_parent_offset(fdt, node);
	if (parent < 0 || fdt_cells_get(fdt, parent, &cells[0], &cells[1]) || !cells[1])
		return -FDT_ERR_BADNCELLS;
	cells[2] = cells[0];
	cells[3] = cells[1];
	ret = set_numbers(fdt, node, "reg", reg, cells, ARRAY_SIZE(cells));
	for (u32 i = 0; !ret && i < ARRAY_SIZE(gone); i++)
		ret = del_prop(fdt, node, gone[i]);
	/* ITS frames and PPI partitions: a VM has neither. */
	for (u32 i = 0; i < PATCH_DELETE_MAX && !ret && (child = fdt_first_subnode(fdt, node)) >= 0; i++)
		ret = fdt_del_node(fdt, child);
	return ret;
}

static int patch_chosen(const struct fdt_gen *g, void *fdt)
{
	int node = fdt_path_offset(fdt, "/chosen"), ret = 0;

	if (node == -FDT_ERR_NOTFOUND)
		node = fdt_add_subnode(fdt, 0, "chosen");
	if (node < 0)
		return node;
	if (g->vm->cfg.bootargs[0])
		ret = set_string(fdt, node, "bootargs", g->vm->cfg.bootargs);
	if (!ret)
		ret = patch_seeds(g, fdt, node);
	if (ret)
		return ret;
	if (!g->initrd_size) {
		ret = del_prop(fdt, node, "linux,initrd-start");
		return ret ? ret : del_prop(fdt, node, "linux,initrd-end");
	}
	ret = fdt_setprop_u64(fdt, node, "linux,initrd-start", g->initrd_ipa);
	return ret ? ret : fdt_setprop_u64(fdt, node, "linux,initrd-end", g->initrd_ipa + g->initrd_size);
}

static int fail(struct vm_config_err *err, const char *node, int ret)
{
	snprintf(err->text, sizeof(err->text), "fdt: %s: %s", node,
		 ret == -FDT_ERR_NOSPACE            ? "the device tree grows beyond what Hazel keeps for it"
			 : ret == -FDT_ERR_NOTFOUND ? "missing in the VM's device tree"
			 : ret == -FDT_ERR_BADNCELLS
			 ? "its #address-cells or #size-cells cannot hold the VM's addresses"
			 : fdt_strerror(ret));
	return ret == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
}

int fdt_guest_patch(const struct fdt_gen *g, const void *base, u64 base_size, void *buf, u32 size,
		    struct vm_config_err *err)
{
	const char *why;
	int ret;

	if (fdt_open(base, base_size, &why)) {
		snprintf(err->text, sizeof(err->text), "fdt: %s", why);
		return -EINVAL;
	}
	ret = fdt_check_full(base, base_size);
	if (ret)
		return fail(err, "device tree", ret);
	ret = fdt_open_into(base, buf, (int)size);
	if (ret)
		return fail(err, "device tree", ret);
	ret = patch_memory(g, buf);
	if (ret)
		return fail(err, "/memory", ret);
	ret = patch_cpus(g, buf);
	if (ret)
		return fail(err, "/cpus", ret);
	ret = patch_psci(buf);
	if (ret)
		return fail(err, "/psci", ret);
	ret = patch_gic(g, buf);
	if (ret)
		return fail(err, "interrupt controller (arm,gic-v3)", ret);
	ret = fdt_node_offset_by_compatible(buf, -1, "arm,armv8-timer");
	if (ret < 0)
		return fail(err, "timer (arm,armv8-timer)", ret);
	ret = patch_chosen(g, buf);
	if (ret)
		return fail(err, "/chosen", ret);
	ret = fdt_pack(buf);
	return ret ? fail(err, "device tree", ret) : 0;
}
