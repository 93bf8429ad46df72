/* SPDX-License-Identifier: BSD-3-Clause */
/* The state of a VM's interrupts as it is, for the shell. Nothing is folded or asked for: a look changes nothing. */
#include <asm/gicv3.h>
#include <asm/vgic/vgic_state.h>
#include <lib/errno.h>

/* Interrupts that are looked at with the lock held. */
#define VIEW_SLICE 64U

static u64 lr_of(const struct vgic_irq *irq)
{
	if (irq->place != VGIC_LISTED)
		return 0;
	return vgic_reachable(irq->holder) ? vgic_lr_read(irq->holder, irq->lr) : irq->holder->lr[irq->lr];
}

static bool is_active(const struct vgic_irq *irq, u64 lr)
{
	if (irq->req & (VGIC_OP_SET_ACTIVE | VGIC_OP_CLR_ACTIVE))
		return irq->req & VGIC_OP_SET_ACTIVE;
	return irq->place == VGIC_LISTED ? (lr & ICH_LR_ACTIVE) != 0 : irq->active;
}

static bool is_pending(const struct vgic_irq *irq, u64 lr)
{
	bool high = !irq->hw && !irq->edge && irq->line;

	if (vgic_sgi_on_its_way(irq))
		return true;
	if (irq->req & VGIC_OP_CLR_PENDING)
		return high;
	if ((irq->req & VGIC_OP_SET_PENDING) || high || irq->latch || (lr & ICH_LR_PENDING))
		return true;
	if (irq->hw && vgic_phys_here(irq) && gic_is_pending(irq->pintid))
		return true;
	return irq->place != VGIC_LISTED && vgic_irq_is_pending(irq);
}

static void fill(const struct vgic_irq *irq, struct vgic_view *v)
{
	u64 lr = lr_of(irq);
	const struct pcpu *on = irq->place == VGIC_LISTED && !vgic_reachable(irq->holder) ? irq->holder->on : NULL;

	*v = (struct vgic_view){
		.intid = irq->intid,
		.pintid = irq->pintid,
		.vcpu = irq->target ? irq->target->id : VGIC_NO_VCPU,
		.priority = irq->prio,
		.hw = irq->hw,
		.is_private = irq->own,
		.is_group1 = irq->group1,
		.is_enabled = irq->enabled,
		.is_pending = is_pending(irq, lr),
		.is_active = is_active(irq, lr),
		.is_edge = irq->edge,
		.is_high = irq->line,
		.is_elsewhere = on,
	};
	if (on)
		v->cpu = on->id;
}

/* Number @at of all: the private ones of each vCPU, then the SPIs. */
static const struct vgic_irq *number(const struct vgic *g, u32 at)
{
	u32 cpu = at / VGIC_NR_PRIVATE;

	if (cpu < g->nr_cpus)
		return g->cpu[cpu] ? &g->cpu[cpu]->priv[at % VGIC_NR_PRIVATE] : NULL;
	return &g->spi[at - g->nr_cpus * VGIC_NR_PRIVATE];
}

int vgic_view_next(struct vm *vm, u32 *at, struct vgic_view *v)
{
	struct vgic *g = vm->vgic;
	u32 end, stop;
	int r;

	if (!g)
		return -ENODEV;
	end = g->nr_cpus * VGIC_NR_PRIVATE + VGIC_NR_SPIS;
	if (*at >= end)
		return -ENOENT;
	stop = MIN(end, *at + VIEW_SLICE);
	r = -EAGAIN;
	vgic_lock(g);
	while (r && *at < stop) {
		const struct vgic_irq *irq = number(g, (*at)++);

		if (!irq)
			continue;
		fill(irq, v);
		if (v->is_enabled || v->is_pending || v->is_active || v->is_high || v->hw)
			r = 0;
	}
	vgic_unlock(g);
	return r;
}
