/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The physical interrupt behind a HW-bit virtual one (D7). While the virtual one is pending or active, the physical one
 * is active and irq->owned is its owner record; the guest's deactivation ends both through the HW bit. In every other
 * state the physical GIC keeps the truth: enable follows the virtual enable, pending stays there.
 */
#include <asm/gicv3.h>
#include <asm/guest/guest.h>
#include <asm/vgic/vgic_state.h>
#include <common/arch_hooks.h>

bool vgic_phys_here(const struct vgic_irq *irq)
{
	return !irq->own || irq->own->on == this_pcpu();
}

static void release(struct vgic_irq *irq, bool here)
{
	irq->owned = false;
	if (here)
		gic_clear_active(irq->pintid);
}

void vgic_phys_ops(struct vgic_irq *irq, u32 ops)
{
	bool here = vgic_phys_here(irq);

	if (ops & VGIC_OP_FIRED) {
		irq->owned = true;
		irq->active = false;
		irq->acked = false;
		irq->latch |= irq->edge;
	}
	if (ops & VGIC_OP_CLR_PENDING) {
		irq->latch = false;
		if (here)
			gic_clear_pending(irq->pintid);
		if (irq->owned && !irq->active)
			release(irq, here);
	}
	/* Pending already: one more makes no difference. Else it comes back through the physical acknowledge. */
	if ((ops & VGIC_OP_SET_PENDING) && !(irq->owned && !irq->active)) {
		irq->latch = true;
		if (here)
			gic_set_pending(irq->pintid);
	}
	if ((ops & VGIC_OP_CLR_ACTIVE) && irq->active) {
		irq->active = false;
		release(irq, here);
	}
	if ((ops & VGIC_OP_SET_ACTIVE) && !irq->active) {
		if (!irq->owned && here)
			gic_set_active(irq->pintid);
		/* It was pending here, with the physical one active; from now on the pending state is the physical
		 * GIC's. */
		else if (irq->latch && here)
			gic_set_pending(irq->pintid);
		irq->owned = true;
		irq->active = true;
	}
}

void vgic_phys_route(struct vgic_irq *irq)
{
	if (!irq->own && irq->target && irq->target->vcpu->pcpu)
		gic_set_target(irq->pintid, irq->target->vcpu->pcpu->mpidr);
}

void vgic_phys_refresh(struct vgic *g, struct vgic_irq *irq)
{
	bool on = vgic_forwarded(g, irq);
	bool here = vgic_phys_here(irq);

	if (here && on != irq->phys_on) {
		irq->phys_on = on;
		if (on) {
			vgic_phys_route(irq);
			gic_enable(irq->pintid);
		} else {
			gic_disable(irq->pintid);
		}
	}
	if (!on && irq->owned && !irq->active) {
		if (irq->latch && here)
			gic_set_pending(irq->pintid);
		release(irq, here);
	}
}

void vgic_phys_quiesce(struct vgic_irq *irq)
{
	irq->owned = false;
	irq->phys_on = false;
	if (!vgic_phys_here(irq))
		return;
	gic_disable(irq->pintid);
	gic_clear_pending(irq->pintid);
	gic_clear_active(irq->pintid);
}

/* Is @irq, or will it be when its list register's pCPU gets to it, the record of active @pintid? */
static bool is_record(const struct vgic_irq *irq, u32 pintid)
{
	return irq->hw && irq->pintid == pintid && (irq->owned || (irq->req & VGIC_OP_FIRED));
}

u32 vgic_arch_spi_owners(struct vm *vm, u32 pintid)
{
	u32 i, n = 0;

	if (!vm->vgic)
		return 0;
	vgic_lock(vm->vgic);
	for (i = 0; i < VGIC_NR_SPIS; i++)
		n += is_record(&vm->vgic->spi[i], pintid);
	vgic_unlock(vm->vgic);
	return n;
}

bool vgic_arch_ppi_owned(u32 pintid)
{
	const struct vcpu *vcpu = vcpu_loaded();
	bool owned = false;
	u32 map;

	if (!vcpu)
		return false;
	vgic_lock(vcpu->vgic->g);
	for (map = vcpu->vgic->hw_ppis; map; map &= map - 1)
		owned |= is_record(&vcpu->vgic->priv[__builtin_ctz(map)], pintid);
	vgic_unlock(vcpu->vgic->g);
	return owned;
}

void vgic_phys_load(struct vgic_cpu *c)
{
	u32 map;

	for (map = c->hw_ppis; map; map &= map - 1) {
		struct vgic_irq *irq = &c->priv[__builtin_ctz(map)];

		irq->phys_on = vgic_forwarded(c->g, irq);
		if (irq->phys_on)
			gic_enable(irq->pintid);
		else
			gic_disable(irq->pintid);
		if (irq->owned)
			gic_set_active(irq->pintid);
		if (irq->latch && (irq->active || !irq->owned))
			gic_set_pending(irq->pintid);
	}
}

void vgic_phys_put(struct vgic_cpu *c)
{
	u32 map;

	for (map = c->hw_ppis; map; map &= map - 1) {
		struct vgic_irq *irq = &c->priv[__builtin_ctz(map)];

		vgic_irq_sync(c->g, irq);
		/* A pending state that ISPENDR made is the vCPU's, not this pCPU's. */
		if (irq->latch)
			gic_clear_pending(irq->pintid);
		if (irq->owned)
			gic_clear_active(irq->pintid);
	}
}
