/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtual GIC of a VM: life cycle, and the ways interrupts come in. */
#include <asm/gicv3.h>
#include <asm/page.h>
#include <asm/vgic/vgic_fast.h>
#include <asm/vgic/vgic_mmio.h>
#include <common/arch_hooks.h>
#include <common/irq.h>
#include <common/page_alloc.h>
#include <common/schedule.h>
#include <lib/errno.h>
#include <lib/string.h>

#define VGIC_PAGES (ALIGN_UP(sizeof(struct vgic), PAGE_SIZE) / PAGE_SIZE)
#define VGIC_CPU_PAGES (ALIGN_UP(sizeof(struct vgic_cpu), PAGE_SIZE) / PAGE_SIZE)

/* Interrupts that are reset before others have their turn. */
#define RESET_SLICE 64U

#define SGI_TARGETS 16U

struct vgic_irq *vgic_hw_spi[IRQ_MAX];

void vgic_kick_vcpus(struct vgic *g, u32 map)
{
	for (; map; map &= map - 1) {
		struct vgic_cpu *c = g->cpu[__builtin_ctz(map)];
		struct vcpu *v = c->vcpu;
		/* Should it be put or moved meanwhile: vgic_load() looks at everything. */
		struct pcpu *on = READ_ONCE(c->on);

		if (on) {
			pcpu_set_flag(on, PCPU_VGIC);
			if (on != this_pcpu())
				pcpu_kick(on);
		}
		if (v->state == VCPU_BLOCKED)
			sched_wake(v);
	}
}

int vgic_vm_create(struct vm *vm)
{
	struct io_region dist = {
		.base = vm->cfg.gicd_ipa, .size = VGIC_GICD_SIZE, .fn = vgicd_access, .word = vgicd_word, .name = "gicd"
	};
	struct io_region redist = { .base = vm->cfg.gicr_ipa,
				    .size = (u64)vm->cfg.vcpus * VGIC_GICR_STRIDE,
				    .fn = vgicr_access,
				    .word = vgicr_word,
				    .name = "gicr" };
	struct vgic *g;
	u32 i;
	int r;

	if (!vm->cfg.vcpus || vm->cfg.vcpus > CONFIG_MAX_VCPUS)
		return -EINVAL;
	g = el2_alloc(VGIC_PAGES);
	if (!g)
		return -ENOMEM;
	spin_init(&g->lock);
	g->vm = vm;
	g->nr_cpus = vm->cfg.vcpus;
	vgicd_init(g);
	for (i = 0; i < VGIC_NR_SPIS; i++)
		vgic_irq_init(&g->spi[i], VGIC_NR_PRIVATE + i, NULL);
	vm->vgic = g;
	dist.dev = g;
	redist.dev = g;
	r = io_register(&vm->io, &dist);
	if (!r)
		r = io_register(&vm->io, &redist);
	if (r)
		vgic_vm_destroy(vm);
	return r;
}

void vgic_vm_destroy(struct vm *vm)
{
	u32 i;

	if (!vm->vgic)
		return;
	/* What was passed through has been taken back by now; a pointer to freed memory must not be left all the same.
	 */
	for (i = 0; i < VGIC_NR_SPIS; i++)
		if (vm->vgic->spi[i].hw)
			vgic_hw_spi[vm->vgic->spi[i].pintid] = NULL;
	el2_free(vm->vgic, VGIC_PAGES);
	vm->vgic = NULL;
}

int vgic_vcpu_create(struct vcpu *vcpu)
{
	struct vgic *g = vcpu->vm->vgic;
	struct vgic_cpu *c;
	u32 i;

	if (!g || vcpu->id >= g->nr_cpus)
		return -EINVAL;
	c = el2_alloc(VGIC_CPU_PAGES);
	if (!c)
		return -ENOMEM;
	c->vcpu = vcpu;
	c->g = g;
	c->id = vcpu->id;
	c->sleeping = true;
	/* The target list has 16 of a cluster. Who is not in the first one takes the long way to itself. */
	c->sgi_self = c->id < SGI_TARGETS ? BIT(c->id) : ~UINT64_C(0);
	vgicr_init(c);
	vgic_queue_init(c);
	for (i = 0; i < VGIC_NR_PRIVATE; i++)
		vgic_irq_init(&c->priv[i], i, c);
	vcpu->vgic = c;
	vgic_lock(g);
	g->cpu[c->id] = c;
	/* SPIs are routed to affinity 0.0.0.0 until the guest says otherwise. */
	for (i = 0; i < VGIC_NR_SPIS && c->id == 0; i++)
		vgic_irq_route(g, &g->spi[i], g->spi[i].route);
	vgic_unlock(g);
	return 0;
}

void vgic_vcpu_destroy(struct vcpu *vcpu)
{
	struct vgic_cpu *c = vcpu->vgic;
	struct vgic *g;
	u32 i;

	if (!c)
		return;
	g = c->g;
	vgic_lock(g);
	for (i = 0; i < VGIC_NR_SPIS; i++) {
		if (g->spi[i].holder == c || g->spi[i].target == c)
			vgic_irq_reset(g, &g->spi[i]);
		if (g->spi[i].target == c)
			g->spi[i].target = NULL;
	}
	g->cpu[c->id] = NULL;
	vgic_unlock(g);
	vcpu->vgic = NULL;
	el2_free(c, VGIC_CPU_PAGES);
}

void vgic_vcpu_reset(struct vcpu *vcpu)
{
	struct vgic_cpu *c = vcpu->vgic;

	c->vmcr = 0;
	memset(c->ap0r, 0, sizeof(c->ap0r));
	memset(c->ap1r, 0, sizeof(c->ap1r));
}

void vgic_vm_reset(struct vm *vm)
{
	struct vgic *g = vm->vgic;
	u32 i, n;

	vgic_lock(g);
	g->ctlr = 0;
	/* No vCPU runs, so that it may be seen half-way; and it takes some ten thousand instructions. */
	for (i = 0; i < VGIC_NR_SPIS; i++) {
		if (i % RESET_SLICE == 0) {
			vgic_unlock(g);
			work_yield();
			vgic_lock(g);
		}
		vgic_irq_reset(g, &g->spi[i]);
	}
	for (n = 0; n < g->nr_cpus; n++) {
		struct vgic_cpu *c = g->cpu[n];

		if (!c)
			continue;
		for (i = 0; i < VGIC_NR_PRIVATE; i++)
			vgic_irq_reset(g, &c->priv[i]);
		memset(c->msg, 0, sizeof(c->msg));
		c->msg_any = false;
		__atomic_store_n(&c->sgi_req, 0, __ATOMIC_RELAXED);
		c->sleeping = true;
		vgic_vcpu_reset(c->vcpu);
	}
	vgic_unlock(g);
}

static int inject(struct vgic *g, struct vgic_cpu *c, u32 intid, bool level)
{
	struct vgic_irq *irq = vgic_irq_get(g, c, intid);
	bool rise;

	if (!irq || irq->hw || intid < VGIC_NR_SGIS)
		return -EINVAL;
	vgic_lock(g);
	rise = level && !irq->line;
	if (irq->line != level) {
		irq->line = level;
		if (!irq->edge)
			vgic_irq_apply(g, irq, VGIC_OP_UPDATE);
		else if (rise)
			vgic_irq_apply(g, irq, VGIC_OP_SET_PENDING);
	}
	vgic_unlock(g);
	return 0;
}

int vgic_inject(struct vm *vm, u32 intid, bool level)
{
	return inject(vm->vgic, NULL, intid, level);
}

void vm_irq(struct vm *vm, u32 intid, bool level)
{
	/* A device may outlive the GIC for a moment while its VM is taken down. */
	if (vm->vgic)
		(void)!vgic_inject(vm, intid, level);
}

int vgic_inject_ppi(struct vcpu *vcpu, u32 intid, bool level)
{
	if (intid >= VGIC_NR_PRIVATE)
		return -EINVAL;
	return inject(vcpu->vm->vgic, vcpu->vgic, intid, level);
}

int vgic_map_ppi(struct vcpu *vcpu, u32 vintid, u32 pintid)
{
	struct vgic_cpu *c = vcpu->vgic;
	struct vgic_irq *irq;

	if (vintid < VGIC_NR_SGIS || vintid >= VGIC_NR_PRIVATE || pintid < VGIC_NR_SGIS || pintid >= VGIC_NR_PRIVATE)
		return -EINVAL;
	irq = &c->priv[vintid];
	vgic_lock(c->g);
	irq->hw = true;
	irq->pintid = (u16)pintid;
	c->hw_ppis |= BIT32(vintid);
	vgic_unlock(c->g);
	return 0;
}

void vgic_unmap_ppi(struct vcpu *vcpu, u32 vintid)
{
	struct vgic_cpu *c = vcpu->vgic;
	struct vgic_irq *irq = &c->priv[vintid];

	if (vintid < VGIC_NR_SGIS || vintid >= VGIC_NR_PRIVATE || !irq->hw)
		return;
	vgic_lock(c->g);
	if (irq->place == VGIC_LISTED)
		vgic_lr_fold(irq);
	irq->hw = false;
	irq->owned = false;
	irq->phys_on = false;
	c->hw_ppis &= ~BIT32(vintid);
	vgic_irq_settle(c->g, irq);
	vgic_unlock(c->g);
}

void vgic_hw_ppi(struct vcpu *vcpu, u32 vintid)
{
	struct vgic_cpu *c = vcpu->vgic;
	struct vgic_irq *irq = &c->priv[vintid];

	/* The timer tick. A vCPU that is blocked, and still in the hardware, has to be told. */
	if (vcpu->state == VCPU_RUNNABLE && vgic_fast_hw(c, irq))
		return;
	vgic_lock(c->g);
	vgic_irq_hw_fired(c->g, irq);
	vgic_unlock(c->g);
}

void vgic_hw_irq(struct vcpu *vcpu, struct vgic_irq *irq)
{
	if (irq->holder == vcpu->vgic && vcpu->state == VCPU_RUNNABLE && vgic_fast_hw(vcpu->vgic, irq))
		return;
	vgic_lock(vcpu->vgic->g);
	vgic_irq_hw_fired(vcpu->vgic->g, irq);
	vgic_unlock(vcpu->vgic->g);
}

void vgic_arch_hw_irq(struct vm *vm, u32 vintid)
{
	struct vgic *g = vm->vgic;
	struct vgic_irq *irq = vgic_irq_get(g, NULL, vintid);

	if (!irq || !irq->hw)
		return;
	vgic_lock(g);
	vgic_irq_hw_fired(g, irq);
	vgic_unlock(g);
}

int vgic_arch_assign(struct vm *vm, u32 vintid, u32 pintid, bool edge)
{
	struct vgic *g = vm->vgic;
	struct vgic_irq *irq = g ? vgic_irq_get(g, NULL, vintid) : NULL;

	if (!irq || (pintid && pintid < VGIC_NR_PRIVATE) || pintid >= IRQ_MAX)
		return -EINVAL;
	if (pintid && irq->hw)
		return -EBUSY;
	vgic_lock(g);
	if (irq->hw)
		vgic_hw_spi[irq->pintid] = NULL;
	irq->edge_init = pintid && edge;
	vgic_irq_reset(g, irq);
	irq->hw = pintid != 0;
	irq->pintid = (u16)pintid;
	if (irq->hw)
		vgic_hw_spi[pintid] = irq;
	vgic_unlock(g);
	return 0;
}
