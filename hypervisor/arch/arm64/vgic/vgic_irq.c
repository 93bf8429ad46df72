/* SPDX-License-Identifier: BSD-3-Clause */
/* The state machine of one INTID: changes, and where it belongs after them. Lock of the VM's vGIC held throughout. */
#include <asm/gicv3.h>
#include <asm/vgic/vgic_state.h>
#include <lib/string.h>

struct vgic_irq *vgic_irq_get(struct vgic *g, struct vgic_cpu *c, u32 intid)
{
	if (intid < VGIC_NR_PRIVATE)
		return c ? &c->priv[intid] : NULL;
	return intid < VGIC_NR_INTIDS ? &g->spi[intid - VGIC_NR_PRIVATE] : NULL;
}

void vgic_irq_init(struct vgic_irq *irq, u32 intid, struct vgic_cpu *own)
{
	/* The rest is zero: it is fresh from el2_alloc(). */
	list_init(&irq->node);
	irq->intid = (u16)intid;
	irq->own = own;
	irq->target = own;
	irq->edge_init = intid < VGIC_NR_SGIS;
	irq->edge = irq->edge_init;
}

void vgic_irq_reset(struct vgic *g, struct vgic_irq *irq)
{
	if (irq->place == VGIC_LISTED)
		vgic_lr_release(irq);
	else if (irq->place != VGIC_IDLE)
		vgic_dequeue(irq);
	if (irq->hw)
		vgic_phys_quiesce(irq);
	if (irq->hw && irq->edge != irq->edge_init)
		gic_set_edge(irq->pintid, irq->edge_init);
	vgic_irq_recall_sgi(irq);
	irq->req = 0;
	irq->enabled = false;
	irq->group1 = false;
	irq->latch = false;
	irq->lr_latch = false;
	irq->active = false;
	irq->acked = false;
	irq->prio = 0;
	irq->edge = irq->edge_init;
	if (!irq->own)
		vgic_irq_route(g, irq, 0);
}

struct vgic_cpu *vgic_cpu_by_affinity(const struct vgic *g, u64 aff)
{
	/* vcpu_arch_mpidr() backwards: 16 vCPUs a cluster. */
	u64 id = (aff & 0xfU) | ((aff >> 8) & 0xffU) << 4;

	return id < g->nr_cpus && vcpu_arch_mpidr((u32)id) == aff ? g->cpu[id] : NULL;
}

void vgic_irq_route(struct vgic *g, struct vgic_irq *irq, u64 route)
{
	irq->route = route;
	irq->target = vgic_cpu_by_affinity(g, route);
	if (irq->hw)
		vgic_phys_route(irq);
}

static bool deliverable(const struct vgic *g, const struct vgic_irq *irq)
{
	return !irq->active && vgic_irq_is_pending(irq) && vgic_forwarded(g, irq);
}

static void deliver(struct vgic_irq *irq)
{
	struct vgic_cpu *c = irq->target;
	u32 free = c->all & ~c->used;

	/* The short way, when nobody waits who might come first. */
	if (c->on == this_pcpu() && free && !vgic_waiting(c)) {
		vgic_lr_place(c, (u32)__builtin_ctz(free), irq);
		if (c->vcpu->state == VCPU_BLOCKED)
			vgic_kick(c);
		return;
	}
	vgic_enqueue(c, irq, irq->group1 ? VGIC_READY_GRP1 : VGIC_READY_GRP0, irq->prio);
	vgic_kick(c);
}

static void spill(struct vgic *g, struct vgic_irq *irq)
{
	struct vgic_cpu *c = irq->target ? irq->target : g->cpu[0];

	vgic_enqueue(c, irq, irq->acked ? VGIC_SPILL_ACKED : VGIC_SPILL_SET, irq->act_prio);
	vgic_kick(c);
}

void vgic_irq_settle(struct vgic *g, struct vgic_irq *irq)
{
	struct vgic_cpu *c = irq->holder;

	if (irq->hw)
		vgic_phys_refresh(g, irq);
	switch (irq->place) {
	case VGIC_LISTED:
		if (irq->active || (deliverable(g, irq) && irq->target == c)) {
			vgic_lr_update(g, irq);
			/* Its priority may have changed against those who wait, or it is what a put vCPU waits for. */
			if (vgic_waiting(c) || (!irq->active && c->vcpu->state == VCPU_BLOCKED))
				vgic_kick(c);
			return;
		}
		vgic_lr_release(irq);
		if (vgic_waiting(c) || vgic_spilled(c))
			vgic_kick(c);
		break;
	case VGIC_SPILLED:
		if (irq->active)
			return;
		vgic_dequeue(irq);
		vgic_kick(c);
		break;
	case VGIC_QUEUED:
		vgic_dequeue(irq);
		break;
	default:
		break;
	}
	if (irq->active)
		spill(g, irq);
	else if (deliverable(g, irq))
		deliver(irq);
}

static void soft_ops(struct vgic_irq *irq, u32 ops)
{
	if (ops & VGIC_OP_CLR_PENDING)
		irq->latch = false;
	if (ops & VGIC_OP_SET_PENDING)
		irq->latch = true;
	if (ops & VGIC_OP_CLR_ACTIVE)
		irq->active = false;
	if (ops & VGIC_OP_SET_ACTIVE)
		irq->active = true;
}

/* The vCPU whose pCPU has to carry out a change of @irq, or NULL when anybody can. */
static struct vgic_cpu *bound_to(const struct vgic_irq *irq)
{
	if (irq->place == VGIC_LISTED || irq->place == VGIC_SPILLED)
		return irq->holder;
	return irq->hw ? irq->own : NULL;
}

static void leave_request(struct vgic_cpu *c, struct vgic_irq *irq, u32 ops)
{
	if (ops & (VGIC_OP_SET_PENDING | VGIC_OP_CLR_PENDING))
		irq->req &= (u8) ~(VGIC_OP_SET_PENDING | VGIC_OP_CLR_PENDING);
	if (ops & (VGIC_OP_SET_ACTIVE | VGIC_OP_CLR_ACTIVE))
		irq->req &= (u8) ~(VGIC_OP_SET_ACTIVE | VGIC_OP_CLR_ACTIVE);
	irq->req |= (u8)ops;
	/* What is asked for comes first: without this, an SGI that is sent next would overtake it. */
	irq->armed = 0;
	bitmap_set(c->msg, irq->intid);
	c->msg_any = true;
	vgic_kick(c);
}

void vgic_irq_recall_sgi(struct vgic_irq *irq)
{
	u32 *req;

	if (irq->intid >= VGIC_NR_SGIS)
		return;
	req = &irq->own->sgi_req;
	/* Who is about to take it does not mistake the next one for it: see vgic_take_sgis(). */
	if (__atomic_fetch_and(req, ~BIT32(irq->intid), __ATOMIC_RELAXED) & BIT32(irq->intid))
		(void)__atomic_fetch_add(req, VGIC_SGI_RECALLS, __ATOMIC_RELAXED);
}

static void carry_out(struct vgic *g, struct vgic_irq *irq, u32 ops)
{
	bool was_active;

	if (irq->place == VGIC_LISTED)
		vgic_lr_fold(irq);
	was_active = irq->active;
	if (irq->hw)
		vgic_phys_ops(irq, ops);
	else
		soft_ops(irq, ops);
	if (irq->active && !was_active) {
		irq->acked = false;
		irq->act_prio = irq->prio;
		irq->act_group1 = irq->group1;
	} else if (!irq->active) {
		irq->acked = false;
	}
	vgic_irq_settle(g, irq);
}

void vgic_irq_apply(struct vgic *g, struct vgic_irq *irq, u32 ops)
{
	struct vgic_cpu *c = bound_to(irq);

	if (c && !vgic_reachable(c)) {
		leave_request(c, irq, ops);
		return;
	}
	/* What another pCPU has left comes first. */
	if (unlikely(irq->req)) {
		u32 first = irq->req;

		irq->req = 0;
		carry_out(g, irq, first);
	}
	carry_out(g, irq, ops);
}

void vgic_irq_regroup(struct vgic *g, struct vgic_irq *irq)
{
	bool on = vgic_forwarded(g, irq);

	if (irq->hw || irq->place == VGIC_LISTED || irq->place == VGIC_SPILLED) {
		vgic_irq_apply(g, irq, VGIC_OP_UPDATE);
	} else if (irq->place == VGIC_QUEUED) {
		if (!on)
			vgic_dequeue(irq);
	} else if (on && vgic_irq_is_pending(irq)) {
		vgic_enqueue(irq->target, irq, irq->group1 ? VGIC_READY_GRP1 : VGIC_READY_GRP0, irq->prio);
		vgic_kick(irq->target);
	}
}

void vgic_irq_sync(struct vgic *g, struct vgic_irq *irq)
{
	if (irq->place == VGIC_LISTED)
		vgic_irq_apply(g, irq, VGIC_OP_UPDATE);
}

void vgic_irq_messages(struct vgic_cpu *c)
{
	u32 w;

	if (!c->msg_any)
		return;
	c->msg_any = false;
	for (w = 0; w < ARRAY_SIZE(c->msg); w++) {
		u64 bits = c->msg[w];

		c->msg[w] = 0;
		for (; bits; bits &= bits - 1) {
			struct vgic_irq *irq = vgic_irq_get(c->g, c, w * 64U + (u32)__builtin_ctzll(bits));
			u32 ops = irq->req;

			irq->req = 0;
			vgic_irq_apply(c->g, irq, ops);
		}
	}
}

void vgic_irq_requests(struct vgic_cpu *c)
{
	/* In this order: a message that clears an SGI's pending state has recalled those that were sent before it. */
	u32 sgis = __atomic_exchange_n(&c->sgi_req, 0, __ATOMIC_ACQUIRE) & (u32)VGIC_SGIS;

	vgic_irq_messages(c);
	for (; sgis; sgis &= sgis - 1)
		vgic_irq_apply(c->g, &c->priv[__builtin_ctz(sgis)], VGIC_OP_SET_PENDING);
}

void vgic_irq_hw_fired(struct vgic *g, struct vgic_irq *irq)
{
	if (irq->place == VGIC_LISTED && !vgic_reachable(irq->holder)) {
		leave_request(irq->holder, irq, VGIC_OP_FIRED);
		return;
	}
	/* No look at its list register: it fired, so it was inactive, so the register is empty. */
	vgic_phys_ops(irq, VGIC_OP_FIRED);
	vgic_irq_settle(g, irq);
	if (irq->place == VGIC_LISTED && irq->holder->vcpu->state == VCPU_BLOCKED)
		vgic_kick(irq->holder);
}
