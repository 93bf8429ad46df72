/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Which interrupts get the list registers. Rules that hold whenever the guest runs:
 * - the pending interrupt of the highest priority, among the groups that the guest's CPU interface enables, has one;
 * - when such interrupts wait outside, a register is pending, and NPIE tells when that is no longer so. An active
 *   interrupt makes room for the first pending one, so that NPIE cannot fire for ever;
 * - when an active interrupt is outside, LRENPIE counts the EOIs for it, and DIR traps;
 * - when anything waits, a change of a group enable is reported (VGrp<n>EIE, VGrp<n>DIE).
 */
#include <asm/vgic/vgic_state.h>

#define NO_LR ICH_MAX_LRS

/* Group enables of the guest's CPU interface as a mask of ready queues. */
static u32 enabled_queues(void)
{
	u64 vmcr = ich_read_vmcr();

	return (vmcr & ICH_VMCR_VENG0 ? BIT32(VGIC_READY_GRP0) : 0) |
		(vmcr & ICH_VMCR_VENG1 ? BIT32(VGIC_READY_GRP1) : 0);
}

/*
 * EOIs that matched no list register. Each was for an active interrupt outside of them, whose priority it dropped; one
 * whose priority is still active was not meant. With EOImode = 1 they deactivate nothing, and DIR traps.
 */
static void fold_eoi_count(struct vgic_cpu *c)
{
	u64 n = FIELD_GET(ICH_HCR_EOICOUNT, ich_read_hcr());
	u32 map = c->map[VGIC_SPILL_ACKED];

	if (!n)
		return;
	ich_write_hcr(c->hcr);
	if (ich_read_vmcr() & ICH_VMCR_VEOIM)
		return;
	for (; map; map &= map - 1) {
		struct list_head *head = &c->q[VGIC_SPILL_ACKED].head[__builtin_ctz(map)];
		struct list_head *p, *next;

		for (p = head->next; p != head && n; p = next) {
			struct vgic_irq *irq = list_entry(p, struct vgic_irq, node);

			next = p->next;
			if (vgic_priority_active(c, irq->act_group1, irq->act_prio))
				continue;
			n--;
			vgic_irq_apply(c->g, irq, VGIC_OP_CLR_ACTIVE);
		}
	}
}

/* Registers whose interrupt is over, or wants to be looked at again after its deactivation. */
static void reclaim(struct vgic_cpu *c)
{
	u32 n = (u32)(ich_read_elrsr() | ich_read_eisr()) & c->used;

	for (; n; n &= n - 1)
		vgic_irq_sync(c->g, c->lr_irq[__builtin_ctz(n)]);
}

/* The waiting interrupt of the highest priority in the ready queues of mask @queues. */
static struct vgic_irq *first_waiting(struct vgic_cpu *c, u32 queues)
{
	struct vgic_irq *a = queues & BIT32(VGIC_READY_GRP0) ? vgic_queue_first(c, VGIC_READY_GRP0) : NULL;
	struct vgic_irq *b = queues & BIT32(VGIC_READY_GRP1) ? vgic_queue_first(c, VGIC_READY_GRP1) : NULL;

	if (!a || (b && b->prio < a->prio))
		return b;
	return a;
}

/* The register that @irq, of an enabled group, may take over; NO_LR when those that are in come first. */
static u32 victim(const struct vgic_cpu *c, const struct vgic_irq *irq, u32 enabled)
{
	u32 pending = NO_LR, active = NO_LR, used;
	u64 pending_prio = irq->prio, active_prio = 0;
	bool any_pending = false;

	for (used = c->used; used; used &= used - 1) {
		u32 n = (u32)__builtin_ctz(used);
		u64 v = vgic_lr_read(c, n);
		u64 prio = FIELD_GET(ICH_LR_PRIORITY, v);

		if (v & ICH_LR_ACTIVE) {
			if (active == NO_LR || prio > active_prio) {
				active = n;
				active_prio = prio;
			}
			continue;
		}
		if (!(enabled & BIT32(v & ICH_LR_GROUP ? VGIC_READY_GRP1 : VGIC_READY_GRP0)))
			return n;
		any_pending = true;
		if (prio > pending_prio) {
			pending = n;
			pending_prio = prio;
		}
	}
	return any_pending ? pending : active;
}

/* @queues: where to take from; @enabled: the groups that may evict others. */
static void fill_from(struct vgic_cpu *c, u32 queues, u32 enabled)
{
	struct vgic_irq *irq;

	while ((irq = first_waiting(c, queues)) != NULL) {
		u32 free = c->all & ~c->used;
		u32 n = free ? (u32)__builtin_ctz(free) : NO_LR;

		if (n == NO_LR && (queues & enabled))
			n = victim(c, irq, enabled);
		if (n == NO_LR)
			return;
		if (c->used & BIT32(n)) {
			vgic_lr_evict(c, n);
			stat_inc(c->vcpu, STAT_VGIC_SPILL);
		}
		vgic_dequeue(irq);
		vgic_lr_place(c, n, irq);
	}
}

static void unspill(struct vgic_cpu *c)
{
	while (vgic_spilled(c) && (c->all & ~c->used)) {
		struct vgic_irq *irq = vgic_queue_first(c, VGIC_SPILL_ACKED);

		if (!irq)
			irq = vgic_queue_first(c, VGIC_SPILL_SET);
		vgic_dequeue(irq);
		vgic_lr_place(c, (u32)__builtin_ctz(c->all & ~c->used), irq);
	}
}

static u64 wanted_hcr(const struct vgic_cpu *c, u32 enabled)
{
	bool tds = c->on->features.gic_tds;
	bool trap_dir = vgic_spilled(c) != 0;
	u64 hcr = ICH_HCR_EN;

	/* DIR may be for an SPI that is active on another vCPU. Without TDIR the price is TC: only for guests that
	 * split EOI. */
	if (c->g->nr_cpus > 1)
		trap_dir |= tds || (ich_read_vmcr() & ICH_VMCR_VEOIM);
	if (trap_dir)
		hcr |= tds ? ICH_HCR_TDIR : ICH_HCR_TC;
	if (vgic_spilled(c))
		hcr |= ICH_HCR_LRENPIE;
	if (!vgic_waiting(c))
		return hcr;
	hcr |= enabled & BIT32(VGIC_READY_GRP0) ? ICH_HCR_VGRP0DIE : ICH_HCR_VGRP0EIE;
	hcr |= enabled & BIT32(VGIC_READY_GRP1) ? ICH_HCR_VGRP1DIE : ICH_HCR_VGRP1EIE;
	if (((enabled & BIT32(VGIC_READY_GRP0)) && c->map[VGIC_READY_GRP0]) ||
	    ((enabled & BIT32(VGIC_READY_GRP1)) && c->map[VGIC_READY_GRP1]))
		hcr |= ICH_HCR_NPIE;
	return hcr;
}

void vgic_fill(struct vgic_cpu *c)
{
	u32 enabled = 0;
	u64 hcr;

	if (vgic_spilled(c))
		fold_eoi_count(c);
	if (vgic_has_requests(c))
		vgic_irq_requests(c);
	if (vgic_waiting(c) | vgic_spilled(c)) {
		reclaim(c);
		enabled = enabled_queues();
		fill_from(c, enabled, enabled);
		fill_from(c, ~enabled, enabled);
		unspill(c);
	}
	hcr = wanted_hcr(c, enabled);
	if (hcr != c->hcr) {
		c->hcr = hcr;
		ich_write_hcr(hcr);
	}
	/* What went on here needs no second look. */
	if (c->vcpu->state != VCPU_BLOCKED)
		c->g->kick &= ~BIT32(c->id);
}
