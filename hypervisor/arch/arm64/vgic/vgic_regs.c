/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers with a field for each INTID that distributor and redistributors share (IHI 0069H 12.9, 12.11). */
#include <asm/gicv3.h>
#include <asm/vgic/vgic_mmio.h>

#define CFG_EDGE 2U

/* Product "Hz" of no registered implementer: no driver has a quirk for it. */
#define IIDR_VALUE UINT64_C(0x48000000)
#define PIDR2_GICV3 UINT64_C(0x3b)

u64 vgic_get_group(struct vgic *g __unused, struct vgic_cpu *c __unused, struct vgic_irq *irq)
{
	return irq->group1;
}

void vgic_set_group(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq, u64 v)
{
	if (irq->group1 == (v != 0))
		return;
	irq->group1 = v;
	vgic_irq_apply(g, irq, VGIC_OP_UPDATE);
}

u64 vgic_get_enable(struct vgic *g __unused, struct vgic_cpu *c __unused, struct vgic_irq *irq)
{
	return irq->enabled;
}

void vgic_set_enable(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq, u64 v __unused)
{
	if (irq->enabled)
		return;
	irq->enabled = true;
	vgic_irq_apply(g, irq, VGIC_OP_UPDATE);
}

void vgic_clr_enable(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq, u64 v __unused)
{
	if (!irq->enabled)
		return;
	irq->enabled = false;
	vgic_irq_apply(g, irq, VGIC_OP_UPDATE);
}

u64 vgic_get_pending(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq)
{
	vgic_irq_sync(g, irq);
	/* What was written last, although the pCPU that has it has not carried it out yet. */
	if ((irq->req & VGIC_OP_SET_PENDING) || vgic_sgi_on_its_way(irq))
		return 1;
	if (irq->req & VGIC_OP_CLR_PENDING)
		return !irq->hw && !irq->edge && irq->line;
	if (irq->place == VGIC_LISTED && (irq->holder->lr[irq->lr] & ICH_LR_PENDING))
		return 1;
	if (irq->hw && vgic_phys_here(irq) && gic_is_pending(irq->pintid))
		return 1;
	return irq->latch || vgic_irq_is_pending(irq);
}

void vgic_set_pending(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq, u64 v __unused)
{
	vgic_irq_apply(g, irq, VGIC_OP_SET_PENDING);
}

void vgic_clr_pending(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq, u64 v __unused)
{
	vgic_irq_recall_sgi(irq);
	vgic_irq_apply(g, irq, VGIC_OP_CLR_PENDING);
}

u64 vgic_get_active(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq)
{
	vgic_irq_sync(g, irq);
	if (irq->req & (VGIC_OP_SET_ACTIVE | VGIC_OP_CLR_ACTIVE))
		return (irq->req & VGIC_OP_SET_ACTIVE) != 0;
	return irq->active;
}

void vgic_set_active(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq, u64 v __unused)
{
	vgic_irq_apply(g, irq, VGIC_OP_SET_ACTIVE);
}

void vgic_clr_active(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq, u64 v __unused)
{
	vgic_irq_apply(g, irq, VGIC_OP_CLR_ACTIVE);
}

u64 vgic_get_priority(struct vgic *g __unused, struct vgic_cpu *c __unused, struct vgic_irq *irq)
{
	return irq->prio;
}

void vgic_set_priority(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq, u64 v)
{
	u8 prio = (u8)(v & VGIC_PRIO_MASK);

	if (irq->prio == prio)
		return;
	irq->prio = prio;
	vgic_irq_apply(g, irq, VGIC_OP_UPDATE);
}

u64 vgic_get_config(struct vgic *g __unused, struct vgic_cpu *c __unused, struct vgic_irq *irq)
{
	return irq->edge ? CFG_EDGE : 0;
}

void vgic_set_config(struct vgic *g, struct vgic_cpu *c __unused, struct vgic_irq *irq, u64 v)
{
	bool edge = v & CFG_EDGE;

	/* SGIs are edge-triggered; the mapped PPIs are timers, and level-sensitive. */
	if (irq->intid < VGIC_NR_SGIS || (irq->own && irq->hw) || irq->edge == edge)
		return;
	if (irq->hw)
		gic_set_edge(irq->pintid, edge);
	irq->edge = edge;
	vgic_irq_apply(g, irq, VGIC_OP_UPDATE);
}

u64 vgic_get_iidr(struct vgic *g __unused, struct vgic_cpu *c __unused, struct vgic_irq *irq __unused)
{
	return IIDR_VALUE;
}

u64 vgic_get_pidr2(struct vgic *g __unused, struct vgic_cpu *c __unused, struct vgic_irq *irq __unused)
{
	return PIDR2_GICV3;
}
