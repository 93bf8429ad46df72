/* SPDX-License-Identifier: BSD-3-Clause */
/* What the virtual CPU interface makes of priorities (IHI 0069H 4.8): group enables, mask, running priority. */
#include <asm/vgic/vgic_state.h>

#define PRIO_IDLE 0x100U
#define PRIO_BITS 8U
#define APR_LEVELS 32U

/* Everything the CPU interface knows: hardware, or memory while the vCPU is put. */
struct cpu_if {
	u64 vmcr;
	u32 running; /* priority level of the highest active one */
};

static void read_cpu_if(const struct vgic_cpu *c, struct cpu_if *f)
{
	u32 prebits = this_pcpu()->features.gic_prebits;
	u32 i, n = BIT32(prebits - VGIC_PRIO_BITS);

	f->vmcr = c->on ? ich_read_vmcr() : c->vmcr;
	f->running = PRIO_IDLE;
	for (i = 0; i < n; i++) {
		u64 active = c->on ? ich_read_ap0r(i) | ich_read_ap1r(i) : c->ap0r[i] | c->ap1r[i];

		active &= GENMASK(31, 0);
		if (active) {
			f->running = (i * APR_LEVELS + (u32)__builtin_ctzll(active)) << (PRIO_BITS - prebits);
			return;
		}
	}
}

/* Group 0, and Group 1 under CBPR: the fields above bit BPR0; Group 1: those from bit BPR1 on. */
static u32 group_priority(u64 vmcr, bool group1, u32 prio)
{
	u32 low = (u32)FIELD_GET(ICH_VMCR_VBPR0, vmcr) + 1U;

	if (group1 && !(vmcr & ICH_VMCR_VCBPR))
		low = (u32)FIELD_GET(ICH_VMCR_VBPR1, vmcr);
	return prio & (~0U << low);
}

bool vgic_priority_active(const struct vgic_cpu *c, bool group1, u32 prio)
{
	u32 level = group_priority(ich_read_vmcr(), group1, prio) >> (PRIO_BITS - c->on->features.gic_prebits);
	u32 reg = level / APR_LEVELS;

	return ((group1 ? ich_read_ap1r(reg) : ich_read_ap0r(reg)) >> (level % APR_LEVELS)) & 1U;
}

static bool signalled(const struct cpu_if *f, bool group1, u32 prio)
{
	return prio < FIELD_GET(ICH_VMCR_VPMR, f->vmcr) && group_priority(f->vmcr, group1, prio) < f->running;
}

bool vgic_pending(struct vcpu *vcpu)
{
	struct vgic_cpu *c = vcpu->vgic;
	u32 best = PRIO_IDLE;
	bool group1 = false;
	struct cpu_if f;
	u32 used, id;

	vgic_lock(c->g);
	if (!vgic_reachable(c)) {
		vgic_unlock(c->g);
		return false;
	}
	/* What another pCPU left for this vCPU just before it decided to wait. */
	if (vgic_has_requests(c))
		vgic_irq_requests(c);
	read_cpu_if(c, &f);
	for (id = VGIC_READY_GRP0; id <= VGIC_READY_GRP1; id++) {
		struct vgic_irq *irq = vgic_queue_first(c, id);

		if (irq && irq->prio < best && (f.vmcr & (id == VGIC_READY_GRP1 ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0))) {
			best = irq->prio;
			group1 = id == VGIC_READY_GRP1;
		}
	}
	for (used = c->used; used; used &= used - 1) {
		u64 v = vgic_lr_read(c, (u32)__builtin_ctz(used));
		u32 prio = (u32)FIELD_GET(ICH_LR_PRIORITY, v);

		if ((v & ICH_LR_PENDING) && prio < best &&
		    (f.vmcr & (v & ICH_LR_GROUP ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0))) {
			best = prio;
			group1 = v & ICH_LR_GROUP;
		}
	}
	vgic_unlock(c->g);
	return best != PRIO_IDLE && signalled(&f, group1, best);
}

bool vgic_wakes(struct vcpu *vcpu)
{
	struct vgic_cpu *c = vcpu->vgic;
	bool found = false;
	u32 used;

	vgic_lock(c->g);
	if (vgic_reachable(c)) {
		if (vgic_has_requests(c))
			vgic_irq_requests(c);
		found = vgic_waiting(c);
		for (used = c->used; used && !found; used &= used - 1)
			found = vgic_lr_read(c, (u32)__builtin_ctz(used)) & ICH_LR_PENDING;
	}
	vgic_unlock(c->g);
	return found;
}
