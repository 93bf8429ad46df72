/* SPDX-License-Identifier: BSD-3-Clause */
/* One list register and the interrupt in it (IHI 0069H 12.4.8). */
#include <asm/vgic/vgic_state.h>

u64 vgic_lr_read(const struct vgic_cpu *c, u32 n)
{
	return c->on ? ich_read_lr(n) : c->lr[n];
}

static void lr_write(struct vgic_cpu *c, u32 n, u64 v)
{
	c->lr[n] = v;
	if (c->on)
		ich_write_lr(n, v);
}

void vgic_lr_fold(struct vgic_irq *irq)
{
	u64 v = vgic_lr_read(irq->holder, irq->lr);

	irq->armed = 0;
	if (v & ICH_LR_PENDING)
		irq->latch |= irq->lr_latch;
	irq->lr_latch = false;
	if (v & ICH_LR_ACTIVE) {
		irq->acked |= !irq->active;
		irq->act_prio = (u8)FIELD_GET(ICH_LR_PRIORITY, v);
		irq->act_group1 = v & ICH_LR_GROUP;
	} else {
		irq->acked = false;
		/* Empty: the guest's deactivation went through to the physical interrupt. */
		irq->owned &= (v & ICH_LR_PENDING) != 0;
	}
	irq->active = v & ICH_LR_ACTIVE;
}

/* The register for @irq, which is active or pending; the latch moves into it, and @irq is armed if it can be. */
static u64 compose(struct vgic *g, struct vgic_irq *irq)
{
	u64 v = irq->intid | (irq->hw ? ICH_LR_HW | FIELD_PREP(ICH_LR_PINTID, irq->pintid) : 0);
	bool eoi;

	irq->armed = 0;
	if (irq->active) {
		v |= ICH_LR_ACTIVE | FIELD_PREP(ICH_LR_PRIORITY, irq->act_prio) | (irq->act_group1 ? ICH_LR_GROUP : 0);
		eoi = !irq->hw && vgic_irq_is_pending(irq) && vgic_forwarded(g, irq);
	} else {
		v |= ICH_LR_PENDING | FIELD_PREP(ICH_LR_PRIORITY, irq->prio) | (irq->group1 ? ICH_LR_GROUP : 0);
		irq->lr_latch = irq->latch;
		irq->latch = false;
		/* A level that is still high when the guest deactivates makes it pending again. */
		eoi = !irq->hw && !irq->edge && irq->line;
		if (!eoi && irq->lr < ICH_FAST_LRS && (irq->hw ? irq->lr_latch == irq->edge : irq->lr_latch))
			irq->armed = v;
	}
	return eoi ? v | ICH_LR_EOI : v;
}

void vgic_lr_update(struct vgic *g, struct vgic_irq *irq)
{
	lr_write(irq->holder, irq->lr, compose(g, irq));
}

void vgic_lr_release(struct vgic_irq *irq)
{
	struct vgic_cpu *c = irq->holder;

	irq->armed = 0;
	lr_write(c, irq->lr, 0);
	c->used &= ~BIT32(irq->lr);
	c->lr_irq[irq->lr] = NULL;
	irq->holder = NULL;
	irq->place = VGIC_IDLE;
}

void vgic_lr_place(struct vgic_cpu *c, u32 n, struct vgic_irq *irq)
{
	c->used |= BIT32(n);
	c->lr_irq[n] = irq;
	irq->holder = c;
	irq->place = VGIC_LISTED;
	irq->lr = (u8)n;
	lr_write(c, n, compose(c->g, irq));
}

void vgic_lr_evict(struct vgic_cpu *c, u32 n)
{
	struct vgic_irq *irq = c->lr_irq[n];

	vgic_lr_fold(irq);
	vgic_lr_release(irq);
	if (irq->active)
		vgic_enqueue(c, irq, irq->acked ? VGIC_SPILL_ACKED : VGIC_SPILL_SET, irq->act_prio);
	else
		vgic_irq_settle(c->g, irq);
}
