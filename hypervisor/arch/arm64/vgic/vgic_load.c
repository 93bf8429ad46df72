/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtual CPU interface of a vCPU, between memory and hardware. */
#include <asm/barrier.h>
#include <asm/vgic/vgic_state.h>

/* Active-priorities registers of each group: 32 preemption levels in each (IHI 0069H 12.4.1). */
static u32 nr_aprs(const struct pcpu *p)
{
	return BIT32(p->features.gic_prebits - VGIC_PRIO_BITS);
}

/* This pCPU has fewer list registers than the last one: their interrupts go back to the queues. */
static void fit(struct vgic_cpu *c)
{
	u32 over;

	for (over = c->used & ~c->all; over; over &= over - 1)
		vgic_lr_evict(c, (u32)__builtin_ctz(over));
}

void vgic_load(struct vcpu *vcpu)
{
	struct vgic_cpu *c = vcpu->vgic;
	struct pcpu *p = this_pcpu();
	u32 n, aprs = nr_aprs(p);

	vgic_lock(c->g);
	c->all = (u32)GENMASK(p->features.gic_lrs - 1, 0);
	fit(c);
	c->on = p;
	/* Who sends an SGI sees that it is here, or vgic_fill() below sees the SGI: see post(). */
	dmb(ish);
	for (n = 0; n < p->features.gic_lrs; n++)
		ich_write_lr(n, c->lr[n]);
	for (n = 0; n < aprs; n++) {
		ich_write_ap0r(n, c->ap0r[n]);
		ich_write_ap1r(n, c->ap1r[n]);
	}
	ich_write_vmcr(c->vmcr);
	vgic_phys_load(c);
	c->hcr = 0;
	vgic_fill(c);
	vgic_unlock(c->g);
}

void vgic_put(struct vcpu *vcpu)
{
	struct vgic_cpu *c = vcpu->vgic;
	u32 used, n, aprs = nr_aprs(c->on);

	vgic_lock(c->g);
	/* Counted EOIs and requests of others first: after this, anybody may change the state. */
	vgic_fill(c);
	vgic_phys_put(c);
	for (used = c->used; used; used &= used - 1) {
		n = (u32)__builtin_ctz(used);
		c->lr[n] = ich_read_lr(n);
	}
	c->vmcr = ich_read_vmcr();
	for (n = 0; n < aprs; n++) {
		c->ap0r[n] = ich_read_ap0r(n);
		c->ap1r[n] = ich_read_ap1r(n);
	}
	ich_write_hcr(0);
	isb();
	c->on = NULL;
	vgic_unlock(c->g);
}

void vgic_flush(struct vcpu *vcpu)
{
	struct vgic_cpu *c = vcpu->vgic;

	if (c->on != this_pcpu())
		return;
	vgic_lock(c->g);
	vgic_fill(c);
	vgic_unlock(c->g);
}

void vgic_maintenance(struct vcpu *vcpu)
{
	struct vgic_cpu *c = vcpu->vgic;
	u32 n;

	stat_inc(vcpu, STAT_VGIC_MAINT);
	if (c->on != this_pcpu())
		return;
	vgic_lock(c->g);
	/* A register that asked for this is not free before it is rewritten. */
	for (n = (u32)ich_read_eisr() & c->used; n; n &= n - 1)
		vgic_irq_sync(c->g, c->lr_irq[__builtin_ctz(n)]);
	vgic_fill(c);
	vgic_unlock(c->g);
	/* The interrupt's level falls before it is deactivated. */
	isb();
}
