/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtual distributor (IHI 0069H 12.9): one Security state (DS = 1), affinity routing only (ARE = 1). */
#include <asm/gicv3.h>
#include <asm/vgic/vgic_mmio.h>

#define CTLR_ARE BIT(4)
#define CTLR_DS BIT(6)
#define CTLR_RWP BIT(31)
#define CTLR_ENABLES (VGICD_CTLR_GRP0 | VGICD_CTLR_GRP1)

#define TYPER_ITLINES FIELD_PREP(GENMASK(4, 0), VGIC_NR_INTIDS / 32U - 1U)
#define TYPER_MBIS BIT(16)
#define TYPER_IDBITS FIELD_PREP(GENMASK(23, 19), 9U) /* 10 bits */
#define TYPER_A3V BIT(24)
#define TYPER_NO1N BIT(25)

#define SETSPI_INTID GENMASK(12, 0)
#define IROUTER_AFF GENMASK(23, 0)
#define IROUTER_AFF3 GENMASK(39, 32)

static u64 get_ctlr(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq __unused)
{
	u64 v = CTLR_ARE | CTLR_DS | g->ctlr;
	u32 i;

	/* Another pCPU has not yet taken back what it had in list registers. */
	for (i = 0; i < g->nr_cpus; i++) {
		if (g->cpu[i] && g->cpu[i]->msg_any)
			v |= CTLR_RWP;
	}
	return v;
}

static void set_ctlr(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq __unused, u64 v)
{
	u32 n, i;

	v &= CTLR_ENABLES;
	if (g->ctlr == v)
		return;
	g->ctlr = (u32)v;
	for (i = 0; i < VGIC_NR_SPIS; i++) {
		if (g->spi[i].enabled)
			vgic_irq_regroup(g, &g->spi[i]);
	}
	for (n = 0; n < g->nr_cpus; n++) {
		for (i = 0; g->cpu[n] && i < VGIC_NR_PRIVATE; i++) {
			if (g->cpu[n]->priv[i].enabled)
				vgic_irq_regroup(g, &g->cpu[n]->priv[i]);
		}
	}
}

static u64 get_typer(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq __unused)
{
	return g->fixed[VGIC_GICD_TYPER];
}

void vgicd_init(struct vgic *g)
{
	g->fixed[VGIC_GICD_TYPER] = (u32)(TYPER_ITLINES | TYPER_MBIS | TYPER_IDBITS | TYPER_NO1N |
					  (this_pcpu()->features.gic_a3v ? TYPER_A3V : 0));
	g->fixed[VGIC_GICD_IIDR] = (u32)vgic_get_iidr(g, NULL, NULL);
}

/* Message-based SPIs: SETSPI and CLRSPI are an edge, or the two ends of a level. */
static void message(struct vgic *g, u64 v, bool level)
{
	u32 intid = (u32)(v & SETSPI_INTID);
	struct vgic_irq *irq = vgic_irq_get(g, NULL, intid);

	if (!irq)
		return;
	if (!irq->hw && !irq->edge)
		irq->line = level;
	if (level)
		vgic_irq_apply(g, irq, irq->hw || irq->edge ? VGIC_OP_SET_PENDING : VGIC_OP_UPDATE);
	else
		vgic_irq_apply(g, irq, VGIC_OP_CLR_PENDING);
}

static void set_spi(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq __unused, u64 v)
{
	message(g, v, true);
}

static void clr_spi(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq __unused, u64 v)
{
	message(g, v, false);
}

static u64 get_route(struct vgic *g __unused, struct vgic_cpu *c __unused, struct vgic_irq *irq)
{
	return irq->route;
}

static void set_route(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq, u64 v)
{
	vgic_irq_route(g, irq, v & (IROUTER_AFF | (this_pcpu()->features.gic_a3v ? IROUTER_AFF3 : 0)));
	vgic_irq_apply(g, irq, VGIC_OP_UPDATE);
}

static const struct vgic_reg regs[] = {
	{ 0x0000, 0x0003, VGIC_SZ32, 0, false, get_ctlr, set_ctlr },
	{ 0x0004, 0x0007, VGIC_SZ32, 0, false, get_typer, NULL },
	{ 0x0008, 0x000b, VGIC_SZ32, 0, false, vgic_get_iidr, NULL },
	{ 0x0040, 0x0043, VGIC_SZ16 | VGIC_SZ32, 0, false, NULL, set_spi },
	{ 0x0048, 0x004b, VGIC_SZ16 | VGIC_SZ32, 0, false, NULL, clr_spi },
	{ 0x0080, 0x00ff, VGIC_SZ32, 1, false, vgic_get_group, vgic_set_group },
	{ 0x0100, 0x017f, VGIC_SZ32, 1, true, vgic_get_enable, vgic_set_enable },
	{ 0x0180, 0x01ff, VGIC_SZ32, 1, true, vgic_get_enable, vgic_clr_enable },
	{ 0x0200, 0x027f, VGIC_SZ32, 1, true, vgic_get_pending, vgic_set_pending },
	{ 0x0280, 0x02ff, VGIC_SZ32, 1, true, vgic_get_pending, vgic_clr_pending },
	{ 0x0300, 0x037f, VGIC_SZ32, 1, true, vgic_get_active, vgic_set_active },
	{ 0x0380, 0x03ff, VGIC_SZ32, 1, true, vgic_get_active, vgic_clr_active },
	{ 0x0400, 0x07fb, VGIC_SZ8 | VGIC_SZ32, 8, false, vgic_get_priority, vgic_set_priority },
	{ 0x0c00, 0x0cff, VGIC_SZ32, 2, false, vgic_get_config, vgic_set_config },
	{ 0x6000, 0x7fdf, VGIC_SZ32 | VGIC_SZ64, 64, false, get_route, set_route },
	{ 0xffe8, 0xffeb, VGIC_SZ32, 0, false, vgic_get_pidr2, NULL },
};

enum io_result vgicd_access(struct vcpu *vcpu __unused, void *dev, struct io_access *a)
{
	vgic_mmio(dev, NULL, regs, ARRAY_SIZE(regs), a->offset, a);
	return IO_DONE;
}

bool vgicd_word(struct vcpu *vcpu, void *dev, u32 offset, bool write, u64 *x)
{
	struct vgic *g = dev;

	if (write)
		return vgic_write_bits(vcpu->vgic, NULL, offset, (u32)*x);
	if (offset - sizeof(u32) >= sizeof(g->fixed) - sizeof(u32))
		return vgic_read_bits(g, NULL, offset, x);
	*x = g->fixed[offset / sizeof(u32)];
	return true;
}
