/* SPDX-License-Identifier: BSD-3-Clause */
/* Trapped CPU-interface writes that reach other vCPUs: SGI generation and deactivation (IHI 0069H 12.2). */
#include <asm/vgic/vgic_state.h>

#define SGI_TARGETS GENMASK(15, 0)
#define SGI_AFF1 GENMASK(23, 16)
#define SGI_INTID GENMASK(27, 24)
#define SGI_AFF2 GENMASK(39, 32)
#define SGI_IRM BIT(40)
#define SGI_RS GENMASK(47, 44)
#define SGI_AFF3 GENMASK(55, 48)
#define TARGETS_PER_RS 16U

#define MPIDR_AFF1 GENMASK(15, 8)
#define MPIDR_AFF2 GENMASK(23, 16)
#define MPIDR_AFF3 GENMASK(39, 32)

/* With DS = 1, SGI1R reaches SGIs of either group; SGI0R, and ASGI1R which has no other state, those of Group 0 only.
 */
static void send(struct vgic *g, struct vgic_cpu *c, u32 intid, enum vgic_sgi_reg reg)
{
	if (c && (reg == VGIC_SGI1R || !c->priv[intid].group1))
		vgic_irq_apply(g, &c->priv[intid], VGIC_OP_SET_PENDING);
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

	vgic_lock(g);
	if (val & SGI_IRM) {
		for (id = 0; id < g->nr_cpus; id++) {
			if (id != vcpu->id)
				send(g, g->cpu[id], intid, reg);
		}
	} else {
		for (; targets; targets &= targets - 1) {
			u64 aff = cluster | (first + (u64)__builtin_ctzll(targets));

			send(g, vgic_cpu_by_affinity(g, aff), intid, reg);
		}
	}
	vgic_unlock(g);
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
