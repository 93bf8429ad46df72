/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An interrupt that becomes pending again where it was last time: one write to its list register, without the lock.
 *
 * Why that is correct (struct vgic_irq.armed): the caller is the pCPU that has the vCPU, so it owns the list registers
 * and the state of what is in them. Nothing in that state differs from what it was when the same value was written
 * last, or @armed would be 0. Another pCPU may be changing the interrupt's configuration right now; it leaves a
 * request, clears @armed, and kicks, which is served before the guest's next instruction, as if this interrupt had come
 * a moment earlier. Where somebody waits for a list register, priorities decide, and that is vgic_fill()'s.
 */
#ifndef ASM_VGIC_VGIC_FAST_H
#define ASM_VGIC_VGIC_FAST_H

#include <asm/vgic/vgic_state.h>

/* Both ready queues in one load. */
static inline bool vgic_nobody_waits(const struct vgic_cpu *c)
{
	static_assert(VGIC_READY_GRP0 == 0 && VGIC_READY_GRP1 == 1, "vgic_nobody_waits()");
	return READ_ONCE(c->ready) == 0;
}

static inline void vgic_fast_write(struct vgic_cpu *c, u32 n, u64 v)
{
	c->lr[n] = v;
	ich_write_fast_lr(n, v);
}

/**
 * vgic_fast_hw() - the physical interrupt of @irq was acknowledged here, while the vCPU of @c ran: into the register it
 * had, which is empty, or the physical interrupt would still be active. Return: false = nothing was done.
 */
static inline bool vgic_fast_hw(struct vgic_cpu *c, struct vgic_irq *irq)
{
	u64 v = READ_ONCE(irq->armed);

	if (unlikely(!v || !vgic_nobody_waits(c)))
		return false;
	vgic_fast_write(c, irq->lr, v);
	return true;
}

/*
 * What software interrupt @irq, private to or LISTED on @c, which runs here, needs to become pending: value @v in its
 * list register, which has @lr now, and is not written when it says "pending" already: one edge more makes no
 * difference. Active: it has to wait for its end, the long way. Return: false = the long way.
 */
static inline bool vgic_fast_look(const struct vgic_cpu *c, const struct vgic_irq *irq, u64 *v, u64 *lr)
{
	*v = READ_ONCE(irq->armed);
	if (unlikely(!*v || !vgic_nobody_waits(c)))
		return false;
	*lr = ich_read_fast_lr(irq->lr);
	return !(*lr & ICH_LR_ACTIVE);
}

/* vgic_fast_latch() - @irq, as above, is made pending by an edge. Return: false = nothing was done. */
static inline bool vgic_fast_latch(struct vgic_cpu *c, struct vgic_irq *irq)
{
	u64 v, lr;

	if (!vgic_fast_look(c, irq, &v, &lr))
		return false;
	if (!(lr & ICH_LR_PENDING))
		vgic_fast_write(c, irq->lr, v);
	return true;
}

/* ICC_SGI1R_EL1: what a guest writes to interrupt itself. vCPUs 0 to 15 are one cluster (vcpu_arch_mpidr()). */
#define VGIC_SGI1R_INTID GENMASK(27, 24)
#define VGIC_SGI1R_IGNORED (GENMASK(63, 56) | GENMASK(43, 41) | GENMASK(31, 28))

/* vgic_fast_sgi_self() - value @val of SGI1R, written by the vCPU of @c. Return: false = nothing was done. */
static inline bool vgic_fast_sgi_self(struct vgic_cpu *c, u64 val)
{
	u64 n = FIELD_GET(VGIC_SGI1R_INTID, val);

	return (val & ~(VGIC_SGI1R_INTID | VGIC_SGI1R_IGNORED)) == c->sgi_self && vgic_fast_latch(c, &c->priv[n]);
}

#endif
