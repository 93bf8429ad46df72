/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest DTB from nothing: the platform every Hazel VM has, written in one pass. */
#include <asm/vcpu_arch.h>
#include <common/fdt_gen.h>
#include <common/fdt_guest.h>
#include <common/fdt_host.h>
#include <common/fdt_util.h>
#include <common/vm.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

#define GUEST_GICD_SIZE 0x10000U
#define GUEST_GICR_STRIDE 0x20000U
#define GUEST_CELLS 2U

static const char guest_compatible[] = "hazel,vm\0linux,dummy-virt";
static const char psci_compatible[] = "arm,psci-1.0\0arm,psci-0.2";
static const u32 timer_ppi[] = { GUEST_PPI_TIMER_SEC, GUEST_PPI_TIMER_PHYS, GUEST_PPI_TIMER_VIRT, GUEST_PPI_TIMER_HYP };

/* After each node and property: building a tree takes several hundred thousand instructions. */
static void note(struct fdt_gen *g, int ret)
{
	work_yield();
	if (!g->ret && ret < 0)
		g->ret = ret;
}

void gen_begin(struct fdt_gen *g, const char *fmt, ...)
{
	char name[FDT_GEN_NAME_MAX];
	va_list ap;

	if (g->ret)
		return;
	va_start(ap, fmt);
	vsnprintf(name, sizeof(name), fmt, ap);
	va_end(ap);
	note(g, fdt_begin_node(g->fdt, name));
}

void gen_end(struct fdt_gen *g)
{
	if (!g->ret)
		note(g, fdt_end_node(g->fdt));
}

void gen_prop(struct fdt_gen *g, const char *name, const void *val, u32 len)
{
	if (!g->ret)
		note(g, fdt_property(g->fdt, name, val, (int)len));
}

void gen_u32(struct fdt_gen *g, const char *name, u32 v)
{
	if (!g->ret)
		note(g, fdt_property_u32(g->fdt, name, v));
}

void gen_u64(struct fdt_gen *g, const char *name, u64 v)
{
	if (!g->ret)
		note(g, fdt_property_u64(g->fdt, name, v));
}

void gen_string(struct fdt_gen *g, const char *name, const char *s)
{
	gen_prop(g, name, s, (u32)strlen(s) + 1);
}

void gen_reg(struct fdt_gen *g, const char *name, const u64 *pairs, u32 n)
{
	void *p;

	if (g->ret)
		return;
	note(g, fdt_property_placeholder(g->fdt, name, (int)(n * 2 * sizeof(u64)), &p));
	for (u32 i = 0; !g->ret && i < n * 2; i++)
		fdt64_st((u8 *)p + i * sizeof(u64), pairs[i]);
}

static bool direct_mapped(const struct vm *vm)
{
	return vm_config_has(&vm->cfg, VM_MEM_DIRECT) || vm_config_has(&vm->cfg, VM_MEM_DIRECT_RAM);
}

static void gen_root(struct fdt_gen *g)
{
	int len = 0;
	const void *compat = direct_mapped(g->vm) ? fdt_getprop(host.fdt, 0, "compatible", &len) : NULL;
	const char *model = gen_is_host_tree(g->vm) ? fdt_prop_string(host.fdt, 0, "model") : NULL;

	gen_u32(g, "#address-cells", GUEST_CELLS);
	gen_u32(g, "#size-cells", GUEST_CELLS);
	gen_u32(g, "interrupt-parent", g->gic_phandle);
	gen_string(g, "model", model ? model : "Hazel virtual machine");
	/* Drivers of a machine's own devices look at its name for quirks. */
	if (compat)
		gen_prop(g, "compatible", compat, (u32)len);
	else
		gen_prop(g, "compatible", guest_compatible, sizeof(guest_compatible));
	if (gen_is_host_tree(g->vm))
		gen_host_root(g);
}

static void gen_chosen(struct fdt_gen *g)
{
	char path[HOST_PATH_MAX];

	gen_begin(g, "chosen");
	gen_string(g, "bootargs", g->vm->cfg.bootargs);
	if (!gen_stdout_path(g, path, sizeof(path)))
		gen_string(g, "stdout-path", path);
	if (g->initrd_size) {
		gen_u64(g, "linux,initrd-start", g->initrd_ipa);
		gen_u64(g, "linux,initrd-end", g->initrd_ipa + g->initrd_size);
	}
	gen_seeds(g);
	gen_end(g);
}

static void gen_memory(struct fdt_gen *g)
{
	for (u32 i = 0; i < g->vm->nr_ram; i++) {
		const struct vm_mem_region *r = &g->vm->ram[i].r;

		if (r->type == VM_MEM_ROM || r->type == VM_MEM_HIDDEN)
			continue;
		gen_begin(g, "memory@%llx", (unsigned long long)r->ipa);
		gen_string(g, "device_type", "memory");
		gen_reg(g, "reg", (const u64[]){ r->ipa, r->size }, 1);
		gen_end(g);
	}
}

static void gen_psci(struct fdt_gen *g)
{
	gen_begin(g, "psci");
	gen_prop(g, "compatible", psci_compatible, sizeof(psci_compatible));
	gen_string(g, "method", "hvc");
	gen_end(g);
}

static void gen_timer(struct fdt_gen *g)
{
	u8 spec[ARRAY_SIZE(timer_ppi) * GUEST_SPEC_CELLS_MAX * FDT_CELL_BYTES];
	u32 len = 0;

	for (u32 i = 0; i < ARRAY_SIZE(timer_ppi); i++)
		len += gen_spec(g, spec + len, GUEST_SPEC_PPI, timer_ppi[i], GUEST_SPEC_LEVEL_HIGH);
	gen_begin(g, "timer");
	gen_string(g, "compatible", "arm,armv8-timer");
	gen_prop(g, "interrupts", spec, len);
	gen_prop(g, "always-on", NULL, 0);
	gen_end(g);
}

static void gen_gic(struct fdt_gen *g)
{
	const struct vm_config *c = &g->vm->cfg;
	const u64 reg[] = { c->gicd_ipa, GUEST_GICD_SIZE, c->gicr_ipa, (u64)g->vm->nr_vcpus * GUEST_GICR_STRIDE };

	gen_begin(g, "intc@%llx", (unsigned long long)c->gicd_ipa);
	gen_string(g, "compatible", "arm,gic-v3");
	gen_prop(g, "interrupt-controller", NULL, 0);
	gen_u32(g, "#interrupt-cells", g->irq_cells);
	gen_reg(g, "reg", reg, 2);
	gen_u32(g, "phandle", g->gic_phandle);
	gen_end(g);
}

static int generate(struct fdt_gen *g, void *buf, u32 size)
{
	g->fdt = buf;
	/* Looking every name up would take longer than all the rest. */
	note(g, fdt_create_with_flags(buf, (int)size, FDT_CREATE_FLAG_NO_NAME_DEDUP));
	if (!g->ret)
		note(g, fdt_finish_reservemap(buf));
	gen_begin(g, "%s", "");
	gen_root(g);
	gen_chosen(g);
	gen_aliases(g);
	gen_memory(g);
	gen_cpus(g);
	gen_psci(g);
	gen_timer(g);
	gen_gic(g);
	gen_firmware(g);
	gen_reserved(g);
	gen_devices(g);
	gen_emulated(g);
	gen_end(g);
	if (!g->ret)
		note(g, fdt_finish(buf));
	return g->ret;
}

int fdt_guest_build(const struct vm *vm, const void *base_fdt, u64 base_size, u64 initrd_ipa, u64 initrd_size,
		    void *buf, u32 size, struct vm_config_err *err)
{
	struct fdt_gen g = {
		.vm = vm, .initrd_ipa = initrd_ipa, .initrd_size = initrd_size, .irq_cells = GUEST_SPEC_CELLS
	};
	int ret;

	if (base_fdt)
		return fdt_guest_patch(&g, base_fdt, base_size, buf, size, err);
	/* Copied nodes keep their host phandles, so the guest's GIC takes the host GIC's: unique, and what they refer
	 * to. */
	g.gic_phandle = host.gic.phandle;
	if (!g.gic_phandle && (fdt_find_max_phandle(host.fdt, &g.gic_phandle) || ++g.gic_phandle == (u32)-1))
		g.gic_phandle = 1;
	gen_find_nodes(&g);
	if (gen_is_host_tree(vm)) {
		/* Specifiers are copied as they are. */
		g.irq_cells = host.gic.interrupt_cells;
		if (fdt_address_cells(host.fdt, 0) != (int)GUEST_CELLS ||
		    fdt_size_cells(host.fdt, 0) != (int)GUEST_CELLS) {
			snprintf(err->text, sizeof(err->text),
				 "device tree: the host's root has not 2 address and 2 size cells; give the VM a tree: "
				 "fdt");
			return -EINVAL;
		}
	}
	ret = generate(&g, buf, size);
	if (!ret)
		return 0;
	snprintf(err->text, sizeof(err->text), "device tree: %s (limit %u bytes)",
		 ret == -FDT_ERR_NOSPACE ? "too large" : fdt_strerror(ret), size);
	return ret == -FDT_ERR_NOSPACE ? -ENOSPC : -EINVAL;
}
