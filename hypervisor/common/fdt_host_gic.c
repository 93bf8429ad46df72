/* SPDX-License-Identifier: BSD-3-Clause */
/* Host CPUs, PSCI, GICv3, timer, and interrupt specifiers. */
#include <common/fdt_host.h>
#include <common/fdt_host_parse.h>
#include <common/fdt_scan.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

/* Aff3 | Aff2 | Aff1 | Aff0 */
#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)

/* GIC interrupt specifier (arm,gic-v3 binding): type, number, flags, and in 4-cell trees a PPI partition. */
#define GIC_SPEC_CELLS_MIN 3U
#define GIC_SPEC_CELLS_MAX 4U
#define GIC_SPEC_SPI 0U
#define GIC_SPEC_PPI 1U
#define GIC_SPI_BASE 32U
#define GIC_PPI_BASE 16U
#define GIC_NR_SPI 988U
#define GIC_NR_PPI 16U
#define GIC_FLAGS_EDGE 0x3U

#define GICD_MIN_SIZE UINT64_C(0x10000)
#define GICR_MIN_SIZE UINT64_C(0x20000)
#define GICR_STRIDE_MAX UINT64_C(0x100000000)

static const char *const timer_name[TIMER_IRQS] = { "sec-phys", "phys", "virt", "hyp-phys", "hyp-virt" };

int host_parse_cpu(struct host_walk *w)
{
	struct host_info *h = w->h;
	int node = w->chain.node[w->chain.depth], len;
	u32 cells, size_cells;
	const void *reg = fdt_scan_prop(w->fdt, node, "reg", &len);
	const char *status = fdt_prop_string(w->fdt, node, "status"), *core;
	struct host_cpu *cpu;
	u64 mpidr;

	/* "disabled" means held in reset until PSCI starts it; only "fail..." is broken. */
	if (status && !strncmp(status, "fail", strlen("fail")))
		return 0;
	if (fdt_cells_get(w->fdt, w->cpus, &cells, &size_cells))
		return host_err_at(w, -EINVAL, "/cpus", "#address-cells must be 1 or 2");
	if (!reg || len < (int)(cells * FDT_CELL_BYTES))
		return host_err(w, -EINVAL, "reg: missing or too short");
	mpidr = fdt_read_cells(reg, cells);
	if (mpidr & ~MPIDR_AFFINITY)
		return host_err(w, -EINVAL, "reg: 0x%llx has bits outside the affinity fields of MPIDR",
				(unsigned long long)mpidr);
	for (u32 i = 0; i < h->nr_cpus; i++) {
		if (h->cpu[i].mpidr == mpidr)
			return host_err(w, -EINVAL, "reg: 0x%llx is also that of %s", (unsigned long long)mpidr,
					h->cpu[i].path);
	}
	if (h->nr_cpus == CONFIG_MAX_PCPUS) {
		h->nr_cpus_left_out++;
		return 0;
	}
	cpu = &h->cpu[h->nr_cpus];
	cpu->mpidr = mpidr;
	cpu->psci = fdt_has_string(w->fdt, node, "enable-method", "psci");
	cpu->capacity = fdt_prop_u32(w->fdt, node, "capacity-dmips-mhz", 0);
	cpu->phandle = fdt_get_phandle(w->fdt, node);
	core = fdt_prop_string(w->fdt, node, "compatible");
	snprintf(cpu->compatible, sizeof(cpu->compatible), "%s", core ? core : "arm,armv8");
	if (fdt_path_of(w->fdt, &w->chain, cpu->path, sizeof(cpu->path)))
		return host_err(w, -EINVAL, "path is longer than %d bytes", HOST_PATH_MAX - 1);
	h->nr_cpus++;
	return 0;
}

int host_parse_psci(struct host_walk *w)
{
	const char *method = fdt_prop_string(w->fdt, w->chain.node[w->chain.depth], "method");

	if (method && !strcmp(method, "smc"))
		w->h->psci = PSCI_CONDUIT_SMC;
	else if (method && !strcmp(method, "hvc"))
		w->h->psci = PSCI_CONDUIT_HVC;
	else
		return host_err(w, -EINVAL, "method: must be \"smc\" or \"hvc\"");
	return 0;
}

static int gic_regs(struct host_walk *w, struct host_gic *g, u32 regions)
{
	if (fdt_chain_reg(w->fdt, &w->chain, 0, &g->gicd) || g->gicd.size < GICD_MIN_SIZE)
		return host_err(w, -EINVAL, "reg: no usable distributor frame (64 KiB)");
	for (u32 i = 0; i < regions; i++) {
		struct mem_range *r = &g->gicr[i];

		if (fdt_chain_reg(w->fdt, &w->chain, i + 1, r) || r->size < GICR_MIN_SIZE)
			return host_err(w, -EINVAL, "reg: redistributor region %u of %u is missing or too small", i,
					regions);
		if (mem_overlap(r, &g->gicd))
			return host_err(w, -EINVAL, "reg: redistributor region %u overlaps the distributor", i);
		for (u32 k = 0; k < i; k++) {
			if (mem_overlap(r, &g->gicr[k]))
				return host_err(w, -EINVAL, "reg: redistributor regions %u and %u overlap", k, i);
		}
	}
	g->nr_gicr = regions;
	return 0;
}

int host_parse_gic(struct host_walk *w)
{
	struct host_gic *g = &w->h->gic;
	int node = w->chain.node[w->chain.depth], len;
	u32 regions = fdt_prop_u32(w->fdt, node, "#redistributor-regions", 1);
	const void *stride = fdt_scan_prop(w->fdt, node, "redistributor-stride", &len);
	const void *maint;
	bool edge;
	int err;

	g->interrupt_cells = fdt_prop_u32(w->fdt, node, "#interrupt-cells", 0);
	if (g->interrupt_cells < GIC_SPEC_CELLS_MIN || g->interrupt_cells > GIC_SPEC_CELLS_MAX)
		return host_err(w, -EINVAL, "#interrupt-cells: %u, must be 3 or 4", g->interrupt_cells);
	if (regions < 1 || regions > HOST_MAX_GICR)
		return host_err(w, -EINVAL, "#redistributor-regions: %u, must be 1 to %d", regions, HOST_MAX_GICR);
	err = gic_regs(w, g, regions);
	if (err)
		return err;
	if (stride) {
		g->gicr_stride = len == 4 || len == 8 ? fdt_read_cells(stride, (u32)len / FDT_CELL_BYTES) : 0;
		if (g->gicr_stride < GICR_MIN_SIZE || g->gicr_stride > GICR_STRIDE_MAX ||
		    !IS_ALIGNED(g->gicr_stride, GICD_MIN_SIZE))
			return host_err(w, -EINVAL,
					"redistributor-stride: must be a multiple of 64 KiB, 128 KiB to 4 GiB");
	}
	maint = fdt_scan_prop(w->fdt, node, "interrupts", &len);
	if (!maint || len < (int)(g->interrupt_cells * FDT_CELL_BYTES) ||
	    host_gic_spec(maint, &g->maint_intid, &edge) || g->maint_intid >= GIC_SPI_BASE)
		return host_err(w, -EINVAL, "interrupts: no maintenance interrupt (a PPI): EL2 needs it");
	g->phandle = fdt_get_phandle(w->fdt, node);
	if (fdt_path_of(w->fdt, &w->chain, g->path, sizeof(g->path)))
		return host_err(w, -EINVAL, "path is longer than %d bytes", HOST_PATH_MAX - 1);
	w->gic = node;
	return 0;
}

/* Registers over RAM would make the GIC's frames part of some guest's memory. */
int host_finish_gic(struct host_walk *w)
{
	const struct host_info *h = w->h;

	if (w->gic < 0)
		return host_err_at(w, -ENODEV, "/intc", "no interrupt controller compatible with \"arm,gic-v3\"%s",
				   w->gic_v2_seen ? ": this machine has a GICv2, which Hazel does not drive" : "");
	for (u32 i = 0; i < h->nr_mem; i++) {
		bool bad = mem_overlap(&h->mem[i], &h->gic.gicd);

		for (u32 k = 0; k < h->gic.nr_gicr; k++)
			bad |= mem_overlap(&h->mem[i], &h->gic.gicr[k]);
		if (bad)
			return host_err_at(w, -EINVAL, h->gic.path, "reg: overlaps the memory bank at 0x%llx",
					   (unsigned long long)h->mem[i].base);
	}
	return 0;
}

int host_gic_spec(const void *p, u32 *intid, bool *edge)
{
	const u8 *b = p;
	u32 type = (u32)fdt_read_cells(b, 1);
	u32 nr = (u32)fdt_read_cells(b + FDT_CELL_BYTES, 1);
	u32 flags = (u32)fdt_read_cells(b + 2 * FDT_CELL_BYTES, 1);

	*edge = flags & GIC_FLAGS_EDGE;
	if (type == GIC_SPEC_SPI && nr < GIC_NR_SPI) {
		*intid = GIC_SPI_BASE + nr;
		return 0;
	}
	if (type == GIC_SPEC_PPI && nr < GIC_NR_PPI) {
		*intid = GIC_PPI_BASE + nr;
		return 0;
	}
	return -EINVAL;
}

/* interrupts-extended: <phandle specifier> pairs, each as long as that controller's #interrupt-cells says. */
static int irq_extended(const struct host_info *h, const u8 *p, u32 len, u32 index, u32 *intid, bool *edge)
{
	for (u32 off = 0, i = 0; off + FDT_CELL_BYTES <= len; i++) {
		u32 phandle = (u32)fdt_read_cells(p + off, 1), cells = h->gic.interrupt_cells;

		if (phandle != h->gic.phandle) {
			int node = fdt_find_phandle(h->fdt, phandle);

			cells = node < 0 ? 0 : fdt_prop_u32(h->fdt, node, "#interrupt-cells", 0);
			if (!cells)
				return -EINVAL;
		}
		off += FDT_CELL_BYTES;
		if (cells > (len - off) / FDT_CELL_BYTES)
			return -EINVAL;
		if (i == index)
			return phandle == h->gic.phandle ? host_gic_spec(p + off, intid, edge) : -EINVAL;
		off += cells * FDT_CELL_BYTES;
	}
	return -ENOENT;
}

/* The interrupt-parent that is in force at @node must be the GIC. */
static int check_irq_parent(const struct host_info *h, const struct fdt_chain *c)
{
	for (int i = c->depth; i >= 0; i--) {
		u32 phandle = fdt_prop_u32(h->fdt, c->node[i], "interrupt-parent", 0);

		if (phandle)
			return phandle == h->gic.phandle ? 0 : -EINVAL;
	}
	return 0;
}

int fdt_chain_irq(const struct host_info *h, const struct fdt_chain *c, u32 index, u32 *intid, bool *edge)
{
	u32 step = h->gic.interrupt_cells * FDT_CELL_BYTES;
	int len, node = c->node[c->depth];
	const u8 *p = fdt_scan_prop(h->fdt, node, "interrupts-extended", &len);

	if (p)
		return irq_extended(h, p, (u32)len, index, intid, edge);
	p = fdt_scan_prop(h->fdt, node, "interrupts", &len);
	if (!p)
		return -ENOENT;
	if (!step || check_irq_parent(h, c) || (u32)len % step)
		return -EINVAL;
	if (index >= (u32)len / step)
		return -ENOENT;
	return host_gic_spec(p + index * step, intid, edge);
}

int fdt_host_irq(const struct host_info *h, int node, u32 index, u32 *intid, bool *edge)
{
	struct fdt_chain c;

	if (fdt_chain_get(h->fdt, node, &c))
		return -EINVAL;
	return fdt_chain_irq(h, &c, index, intid, edge);
}

int host_finish_timer(struct host_walk *w)
{
	struct host_info *h = w->h;
	bool edge, named;

	if (w->timer < 0)
		return host_err_at(w, -ENODEV, "/timer", "missing: no node compatible with \"arm,armv8-timer\"");
	if (fdt_chain_get(w->fdt, w->timer, &w->chain))
		return host_err_at(w, -EINVAL, "/timer", "nested too deep");
	named = fdt_scan_prop(w->fdt, w->timer, "interrupt-names", NULL);
	for (u32 i = 0; i < TIMER_IRQS; i++) {
		int at = named ? fdt_stringlist_search(w->fdt, w->timer, "interrupt-names", timer_name[i]) : (int)i;
		u32 intid;

		if (at < 0 || fdt_chain_irq(h, &w->chain, (u32)at, &intid, &edge))
			continue;
		if (intid >= GIC_SPI_BASE)
			return host_err(w, -EINVAL, "interrupts: %s is INTID %u, must be a PPI", timer_name[i], intid);
		h->timer_intid[i] = intid;
	}
	for (u32 i = TIMER_PHYS; i <= TIMER_HYP_PHYS; i++) {
		if (!h->timer_intid[i])
			return host_err(w, -ENODEV, "interrupts: no %s PPI", timer_name[i]);
	}
	return 0;
}
