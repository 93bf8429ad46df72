/* SPDX-License-Identifier: BSD-3-Clause */
/* Trapped CPU-interface writes that reach other vCPUs: SGI generation and deactivation (IHI 0069H 12.2). */
#include <asm/barrier.h>
#include <asm/vgic/vgic_fast.h>
#include <common/schedule.h>

#define SGI_TARGETS GENMASK(15, 0)
#define SGI_AFF1 GENMASK(23, 16)
#define SGI_INTID GENMASK(27, 24)
#define SGI_AFF2 GENMASK(39, 32)
#define SGI_IRM BIT(40)
#define SGI_RS GENMASK(47, 44)
#define SGI_AFF3 GENMASK(55, 48)
#define TARGETS_PER_RS 16U
#define FIRST_TARGETS GENMASK(MIN(CONFIG_MAX_VCPUS, TARGETS_PER_RS) - 1, 0) /* indices of cpu[] */
#define NO_SGI BIT32(VGIC_NR_SGIS)

#define MPIDR_AFF1 GENMASK(15, 8)
#define MPIDR_AFF2 GENMASK(23, 16)
#define MPIDR_AFF3 GENMASK(39, 32)

/* With the lock; what others have asked for comes first. */
static __noinline void pend_locked(struct vgic_cpu *c, u32 sgis)
{
	vgic_lock(c->g);
	vgic_irq_messages(c);
	for (; sgis; sgis &= sgis - 1)
		vgic_irq_apply(c->g, &c->priv[__builtin_ctz(sgis)], VGIC_OP_SET_PENDING);
	vgic_unlock(c->g);
}

static inline void pend_here(struct vgic_cpu *c, u32 intid)
{
	if (!vgic_fast_latch(c, &c->priv[intid]))
		pend_locked(c, BIT32(intid));
}

static __noinline void take_locked(struct vgic_cpu *c)
{
	vgic_lock(c->g);
	vgic_irq_requests(c);
	vgic_unlock(c->g);
}

/*
 * Mostly one, that has been here before. The order: the SGI is seen, then what its sender did to the interrupt before
 * (@armed); and only then it is taken, if nobody has recalled it meanwhile. Who clears its pending state later finds it
 * in the list register. One that was sent after a recall is another one: it comes after the request that recalled.
 */
void vgic_take_sgis(struct vcpu *vcpu)
{
	struct vgic_cpu *c = vcpu->vgic;
	u32 req = __atomic_load_n(&c->sgi_req, __ATOMIC_ACQUIRE), sgis = req & (u32)VGIC_SGIS;
	u32 first = (u32)__builtin_ctz(sgis | NO_SGI);
	struct vgic_irq *irq = &c->priv[first];
	u64 v, lr;

	if (sgis != BIT32(first) || !vgic_fast_look(c, irq, &v, &lr) ||
	    !__atomic_compare_exchange_n(&c->sgi_req, &req, req & ~sgis, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED))
		take_locked(c);
	else if (!(lr & ICH_LR_PENDING))
		vgic_fast_write(c, irq->lr, v);
}

/*
 * A message: its own pCPU delivers it, with the rules of its list registers, so that the sender needs no lock. Whatever
 * @c does meanwhile, the bit is seen: who loads it looks at the bits after it has set @on, who blocks it after it has
 * set the state, each with a barrier in between, as here.
 */
static inline void post(struct vgic_cpu *c, u32 intid)
{
	struct pcpu *on;

	(void)__atomic_fetch_or(&c->sgi_req, BIT32(intid), __ATOMIC_RELEASE);
	dmb(ish);
	if (unlikely(READ_ONCE(c->vcpu->state) == VCPU_BLOCKED)) {
		sched_wake(c->vcpu);
		return;
	}
	on = READ_ONCE(c->on);
	if (on)
		pcpu_kick(on);
}

/* With DS = 1, SGI1R reaches SGIs of either group; SGI0R, and ASGI1R which has no other state, those of Group 0 only.
 */
static void send(struct vgic_cpu *from, struct vgic_cpu *c, u32 intid, enum vgic_sgi_reg reg)
{
	if (!c || (reg != VGIC_SGI1R && c->priv[intid].group1))
		return;
	if (c == from)
		pend_here(c, intid);
	else
		post(c, intid);
}

void vgic_sgi_write(struct vcpu *vcpu, enum vgic_sgi_reg reg, u64 val)
{
	struct vgic *g = vcpu->vm->vgic;
	u32 intid = (u32)FIELD_GET(SGI_INTID, val);
	u64 targets = FIELD_GET(SGI_TARGETS, val);
	u64 cluster = FIELD_PREP(MPIDR_AFF1, FIELD_GET(SGI_AFF1, val)) |
		FIELD_PREP(MPIDR_AFF2, FIELD_GET(SGI_AFF2, val)) | FIELD_PREP(MPIDR_AFF3, FIELD_GET(SGI_AFF3, val));
	u64 first = FIELD_GET(SGI_RS, val) * TARGETS_PER_RS;
	u32 id;

	if (val & SGI_IRM) {
		for (id = 0; id < g->nr_cpus; id++) {
			if (id != vcpu->id)
				send(vcpu->vgic, g->cpu[id], intid, reg);
		}
		return;
	}
	for (; targets; targets &= targets - 1) {
		u64 aff = cluster | (first + (u64)__builtin_ctzll(targets));

		send(vcpu->vgic, vgic_cpu_by_affinity(g, aff), intid, reg);
	}
}

static __noinline void sgi1r_many(struct vgic_cpu *from, u32 targets, u32 intid)
{
	for (; targets; targets &= targets - 1)
		send(from, from->g->cpu[__builtin_ctz(targets)], intid, VGIC_SGI1R);
}

/* vCPUs 0 to 15 are one cluster (vcpu_arch_mpidr()), so that the target list is all there is to most values, and mostly
 * there is one target. */
void vgic_sgi1r_write(struct vcpu *vcpu, u64 val)
{
	struct vgic_cpu *from = vcpu->vgic, *c;
	u32 targets = (u32)(val & FIRST_TARGETS);
	u32 intid = (u32)FIELD_GET(SGI_INTID, val);

	if (val & (SGI_AFF1 | SGI_AFF2 | SGI_AFF3 | SGI_RS | SGI_IRM)) {
		vgic_sgi_write(vcpu, VGIC_SGI1R, val);
		return;
	}
	if (!targets)
		return;
	c = from->g->cpu[__builtin_ctz(targets)];
	if ((targets & (targets - 1)) || !c || c == from)
		sgi1r_many(from, targets, intid);
	else
		post(c, intid);
}

void vgic_dir_write(struct vcpu *vcpu, u32 intid)
{
	struct vgic *g = vcpu->vm->vgic;
	struct vgic_irq *irq = vgic_irq_get(g, vcpu->vgic, intid);

	/* With EOImode = 0, EOI has deactivated it, and DIR does nothing. */
	if (!irq || !(ich_read_vmcr() & ICH_VMCR_VEOIM))
		return;
	vgic_lock(g);
	vgic_irq_apply(g, irq, VGIC_OP_CLR_ACTIVE);
	vgic_unlock(g);
}
