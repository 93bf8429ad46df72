/* SPDX-License-Identifier: BSD-3-Clause */
/* Redistributors: where each CPU's is. */
#include <asm/cpu.h>
#include <asm/mmu.h>
#include <asm/probe.h>
#include <debug/logmsg.h>
#include <lib/errno.h>

#include "gicv3_internal.h"

/* RD_base by CPU, in the order found; those of CPUs that Hazel does not drive are left out. */
static struct {
	u64 mpidr;
	paddr_t rd;
} found[CONFIG_MAX_PCPUS];
static u32 nr_found;

u64 gicr_size(const struct host_gic *g, u64 typer)
{
	if (g->gicr_stride)
		return g->gicr_stride;
	return (u64)GIC_FRAME_SIZE * (typer & GICR_TYPER_VLPIS ? GICR_FRAMES_VLPI : GICR_FRAMES);
}

/* TYPER 63:32 is Aff3.Aff2.Aff1.Aff0; MPIDR has Aff3 at 39:32. */
static u64 typer_mpidr(u64 typer)
{
	u64 aff = FIELD_GET(GICR_TYPER_AFFINITY, typer);

	return (aff & GENMASK(23, 0)) | (aff & GENMASK(31, 24)) << 8;
}

static void note(u64 mpidr, paddr_t rd)
{
	u32 i;

	for (i = 0; i < host.nr_cpus; i++) {
		if (host.cpu[i].mpidr != mpidr || nr_found == ARRAY_SIZE(found))
			continue;
		found[nr_found].mpidr = mpidr;
		found[nr_found++].rd = rd;
		return;
	}
}

static int map_region(const struct host_gic *g, const struct mem_range *r)
{
	u64 off = 0, typer;

	/* Ends at TYPER.Last, or with the region. */
	do {
		int err = mmu_map_device(r->base + off, GICR_FRAMES * GIC_FRAME_SIZE);

		if (err)
			return err;
		if (mmio_probe(r->base + off + GIC_PIDR2, sizeof(u32))) {
			pr_err("GIC: nothing answers at 0x%llx, a redistributor of %s",
			       (unsigned long long)(r->base + off), g->path);
			return -EIO;
		}
		typer = mmio_read64(r->base + off + GICR_TYPER);
		note(typer_mpidr(typer), r->base + off);
		off += gicr_size(g, typer);
	} while (!(typer & GICR_TYPER_LAST) && off + GICR_FRAMES * GIC_FRAME_SIZE <= r->size);
	return 0;
}

int gicr_map_all(const struct host_gic *g)
{
	u32 i;
	int err;

	for (i = 0; i < g->nr_gicr; i++) {
		if (g->gicr[i].size < GICR_FRAMES * GIC_FRAME_SIZE)
			continue;
		err = map_region(g, &g->gicr[i]);
		if (err)
			return err;
	}
	return nr_found ? 0 : -ENODEV;
}

paddr_t gicr_find(u64 mpidr)
{
	u32 i;

	for (i = 0; i < nr_found; i++)
		if (found[i].mpidr == mpidr)
			return found[i].rd;
	return 0;
}
