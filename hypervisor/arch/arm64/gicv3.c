/* SPDX-License-Identifier: BSD-3-Clause */
/* The distributor, and the operations on single INTIDs. */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/mmu.h>
#include <asm/probe.h>
#include <asm/spinlock.h>
#include <debug/logmsg.h>
#include <lib/errno.h>

#include "gicv3_internal.h"

#define WAIT_POLLS (1U << 20)
#define PIDR2_ARCHREV GENMASK(7, 4)
#define ARCHREV_GICV3 3U
#define ARCHREV_GICV4 4U
#define INTID_LIMIT 1020U
#define BLOCK 32U
#define CFG_EDGE 2U
#define CFG_PER_REG 16U

static paddr_t gicd;
static u32 nr_intids;
static struct spinlock icfgr_lock; /* ICFGR is the one register that takes a read-modify-write */

int gic_wait(paddr_t reg, u32 bits)
{
	u32 i;

	for (i = 0; i < WAIT_POLLS; i++)
		if (!(mmio_read32(reg) & bits))
			return 0;
	pr_err("GIC: register 0x%lx still has 0x%x", (unsigned long)reg, bits);
	return -EIO;
}

void gic_reset_block(paddr_t frame, u32 base)
{
	const u32 bit_reg = base / 8, all = ~0U;
	u32 i;

	mmio_write32(frame + GIC_ICENABLER + bit_reg, all);
	/* Ignored by a GIC with two Security states, where the secure side has assigned the groups. */
	mmio_write32(frame + GIC_IGROUPR + bit_reg, all);
	mmio_write32(frame + GIC_IGRPMODR + bit_reg, 0);
	mmio_write32(frame + GIC_ICPENDR + bit_reg, all);
	mmio_write32(frame + GIC_ICACTIVER + bit_reg, all);
	for (i = 0; i < BLOCK; i += sizeof(u32))
		mmio_write32(frame + GIC_IPRIORITYR + base + i, GIC_PRIO_GUEST_X4);
}

/* IROUTER: Aff3 at 39:32, the others at 23:0, as in MPIDR; bit 31 (any CPU) stays 0. */
static void route(u32 intid, u64 mpidr)
{
	mmio_write64(gicd + GICD_IROUTER + 8UL * intid, mpidr & MPIDR_AFF_MASK);
}

static int reset_distributor(void)
{
	u64 here = this_pcpu()->mpidr;
	u32 i;

	/* Groups off, then affinity routing on: the order of IHI 0069H 12.9.4. */
	mmio_write32(gicd + GICD_CTLR, mmio_read32(gicd + GICD_CTLR) & GICD_CTLR_ARE);
	if (gic_wait(gicd + GICD_CTLR, GICD_CTLR_RWP))
		return -EIO;
	mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ARE);
	if (gic_wait(gicd + GICD_CTLR, GICD_CTLR_RWP))
		return -EIO;
	for (i = GIC_PRIVATE; i < nr_intids; i += BLOCK)
		gic_reset_block(gicd, i);
	for (i = GIC_PRIVATE; i < nr_intids; i++)
		route(i, here);
	if (gic_wait(gicd + GICD_CTLR, GICD_CTLR_RWP))
		return -EIO;
	mmio_write32(gicd + GICD_CTLR, GICD_CTLR_ARE | GICD_CTLR_GRP1);
	if (gic_wait(gicd + GICD_CTLR, GICD_CTLR_RWP))
		return -EIO;
	return mmio_read32(gicd + GICD_CTLR) & GICD_CTLR_ARE ? 0 : -EINVAL;
}

int gicv3_init(const struct host_gic *g)
{
	u64 rev;
	int r;

	if (g->gicd.size < GIC_FRAME_SIZE || g->nr_gicr == 0)
		return -ENODEV;
	r = mmu_map_device(g->gicd.base, GIC_FRAME_SIZE);
	if (r)
		return r;
	gicd = g->gicd.base;
	if (mmio_probe(gicd + GIC_PIDR2, sizeof(u32))) {
		pr_err("GIC: nothing answers at 0x%llx (%s): is it another board's device tree?",
		       (unsigned long long)gicd, g->path);
		return -EIO;
	}
	rev = FIELD_GET(PIDR2_ARCHREV, mmio_read32(gicd + GIC_PIDR2));
	if (rev != ARCHREV_GICV3 && rev != ARCHREV_GICV4) {
		pr_err("GIC: architecture revision %lu at 0x%llx (%s), wanted 3 or 4: is it another board's device "
		       "tree?",
		       (unsigned long)rev, (unsigned long long)gicd, g->path);
		return -EIO;
	}
	nr_intids = (u32)MIN(BLOCK * (FIELD_GET(GICD_TYPER_LINES, mmio_read32(gicd + GICD_TYPER)) + 1), INTID_LIMIT);
	r = gicr_map_all(g);
	return r ? r : reset_distributor();
}

u32 gic_nr_intids(void)
{
	return nr_intids;
}

static paddr_t frame_of(u32 intid)
{
	return intid < GIC_PRIVATE ? this_pcpu()->gicr + GICR_SGI_FRAME : gicd;
}

/* Write @intid's bit at @reg; the read that follows returns after the GIC took the write. */
static void write_bit(u32 intid, u32 reg)
{
	paddr_t a = frame_of(intid) + reg + intid / 32 * 4;

	mmio_write32(a, BIT32(intid % 32));
	(void)mmio_read32(a);
	dsb(sy);
}

static bool read_bit(u32 intid, u32 reg)
{
	return mmio_read32(frame_of(intid) + reg + intid / 32 * 4) & BIT32(intid % 32);
}

void gic_enable(u32 intid)
{
	write_bit(intid, GIC_ISENABLER);
}

void gic_disable(u32 intid)
{
	int r;

	write_bit(intid, GIC_ICENABLER);
	/* Disabling takes effect when RWP clears. A GIC that never does has been reported. */
	if (intid < GIC_PRIVATE)
		r = gic_wait(this_pcpu()->gicr + GICR_CTLR, GICR_CTLR_RWP);
	else
		r = gic_wait(gicd + GICD_CTLR, GICD_CTLR_RWP);
	(void)r;
}

void gic_set_priority(u32 intid, u8 prio)
{
	mmio_write8(frame_of(intid) + GIC_IPRIORITYR + intid, prio);
	dsb(sy);
}

bool gic_is_ours(u32 intid)
{
	return mmio_read8(frame_of(intid) + GIC_IPRIORITYR + intid);
}

void gic_set_edge(u32 intid, bool edge)
{
	paddr_t a = frame_of(intid) + GIC_ICFGR + intid / CFG_PER_REG * 4;
	u32 bit = CFG_EDGE << (intid % CFG_PER_REG * 2);
	u32 v;

	spin_lock(&icfgr_lock);
	v = mmio_read32(a);
	mmio_write32(a, edge ? v | bit : v & ~bit);
	dsb(sy);
	spin_unlock(&icfgr_lock);
}

void gic_set_target(u32 intid, u64 mpidr)
{
	route(intid, mpidr);
	dsb(sy);
}

void gic_set_pending(u32 intid)
{
	write_bit(intid, GIC_ISPENDR);
}

void gic_clear_pending(u32 intid)
{
	write_bit(intid, GIC_ICPENDR);
}

void gic_set_active(u32 intid)
{
	write_bit(intid, GIC_ISACTIVER);
}

void gic_clear_active(u32 intid)
{
	write_bit(intid, GIC_ICACTIVER);
}

bool gic_is_active(u32 intid)
{
	return read_bit(intid, GIC_ISACTIVER);
}

bool gic_is_pending(u32 intid)
{
	return read_bit(intid, GIC_ISPENDR);
}

bool gic_is_enabled(u32 intid)
{
	return read_bit(intid, GIC_ISENABLER);
}
