/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtual redistributors (IHI 0069H 12.11): RD_base and SGI_base frame of each vCPU, one after the other. No LPIs.
 */
#include <asm/vgic/vgic_mmio.h>

#define CTLR_RWP BIT(3)

#define TYPER_LAST BIT(4)
#define TYPER_NUMBER GENMASK(23, 8)
#define TYPER_AFFINITY GENMASK(63, 32)
#define MPIDR_AFF012 GENMASK(23, 0)
#define MPIDR_AFF3 GENMASK(39, 32)
#define AFFINITY_AFF3 GENMASK(31, 24)

#define SGI_FRAME 0x10000U

#define WAKER_PROCESSOR_SLEEP BIT(1)
#define WAKER_CHILDREN_ASLEEP BIT(2)

static u64 get_ctlr(struct vgic *g __unused, struct vgic_cpu *c, struct vgic_irq *irq __unused)
{
	return c->msg_any ? CTLR_RWP : 0;
}

static u64 get_typer(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq __unused)
{
	u64 mpidr = vcpu_arch_mpidr(c->id);
	u64 aff = (mpidr & MPIDR_AFF012) | FIELD_PREP(AFFINITY_AFF3, FIELD_GET(MPIDR_AFF3, mpidr));

	return FIELD_PREP(TYPER_AFFINITY, aff) | FIELD_PREP(TYPER_NUMBER, c->id) |
		(c->id == g->nr_cpus - 1U ? TYPER_LAST : 0);
}

/* The handshake answers at once. Delivery does not depend on it: a vCPU that sleeps is woken by what is pending. */
static u64 get_waker(struct vgic *g __unused, struct vgic_cpu *c, struct vgic_irq *irq __unused)
{
	return c->sleeping ? WAKER_PROCESSOR_SLEEP | WAKER_CHILDREN_ASLEEP : 0;
}

static void set_waker(struct vgic *g __unused, struct vgic_cpu *c, struct vgic_irq *irq __unused, u64 v)
{
	c->sleeping = v & WAKER_PROCESSOR_SLEEP;
}

void vgicr_init(struct vgic_cpu *c)
{
	u64 typer = get_typer(c->g, c, NULL);

	c->fixed[VGIC_GICR_IIDR] = (u32)vgic_get_iidr(c->g, c, NULL);
	c->fixed[VGIC_GICR_TYPER] = (u32)typer;
	c->fixed[VGIC_GICR_TYPER + 1] = (u32)(typer >> 32);
}

static const struct vgic_reg regs[] = {
	{ 0x00000, 0x00003, VGIC_SZ32, 0, false, get_ctlr, NULL },
	{ 0x00004, 0x00007, VGIC_SZ32, 0, false, vgic_get_iidr, NULL },
	{ 0x00008, 0x0000f, VGIC_SZ32 | VGIC_SZ64, 0, false, get_typer, NULL },
	{ 0x00014, 0x00017, VGIC_SZ32, 0, false, get_waker, set_waker },
	{ 0x0ffe8, 0x0ffeb, VGIC_SZ32, 0, false, vgic_get_pidr2, NULL },
	{ 0x10080, 0x10083, VGIC_SZ32, 1, false, vgic_get_group, vgic_set_group },
	{ 0x10100, 0x10103, VGIC_SZ32, 1, true, vgic_get_enable, vgic_set_enable },
	{ 0x10180, 0x10183, VGIC_SZ32, 1, true, vgic_get_enable, vgic_clr_enable },
	{ 0x10200, 0x10203, VGIC_SZ32, 1, true, vgic_get_pending, vgic_set_pending },
	{ 0x10280, 0x10283, VGIC_SZ32, 1, true, vgic_get_pending, vgic_clr_pending },
	{ 0x10300, 0x10303, VGIC_SZ32, 1, true, vgic_get_active, vgic_set_active },
	{ 0x10380, 0x10383, VGIC_SZ32, 1, true, vgic_get_active, vgic_clr_active },
	{ 0x10400, 0x1041f, VGIC_SZ8 | VGIC_SZ32, 8, false, vgic_get_priority, vgic_set_priority },
	{ 0x10c00, 0x10c07, VGIC_SZ32, 2, false, vgic_get_config, vgic_set_config },
};

enum io_result vgicr_access(struct vcpu *vcpu __unused, void *dev, struct io_access *a)
{
	struct vgic *g = dev;
	u64 id = a->offset / VGIC_GICR_STRIDE;
	struct vgic_cpu *c = id < g->nr_cpus ? g->cpu[id] : NULL;

	if (c)
		vgic_mmio(g, c, regs, ARRAY_SIZE(regs), a->offset % VGIC_GICR_STRIDE, a);
	else if (!a->write)
		a->value = 0;
	return IO_DONE;
}

bool vgicr_word(struct vcpu *vcpu, void *dev, u32 offset, bool write, u64 *x)
{
	struct vgic *g = dev;
	u32 id = offset / VGIC_GICR_STRIDE;
	struct vgic_cpu *c = id < g->nr_cpus ? g->cpu[id] : NULL;

	offset %= VGIC_GICR_STRIDE;
	if (!c)
		return false;
	if (write)
		return offset >= SGI_FRAME && vgic_write_bits(vcpu->vgic, c, offset - SGI_FRAME, (u32)*x);
	if (offset - sizeof(u32) >= sizeof(c->fixed) - sizeof(u32))
		return offset >= SGI_FRAME && vgic_read_bits(g, c, offset - SGI_FRAME, x);
	*x = c->fixed[offset / sizeof(u32)];
	return true;
}
