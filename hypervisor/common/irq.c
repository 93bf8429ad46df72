/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Owners of physical interrupts. The tables change under irq_lock at VM create and destroy and at boot; irq_dispatch()
 * reads them without it, which works because an owner is published last and an interrupt is disabled while it has none.
 */
#include <asm/cpu.h>
#include <asm/gicv3.h>
#include <asm/spinlock.h>
#include <common/arch_hooks.h>
#include <common/irq.h>
#include <debug/logmsg.h>
#include <lib/errno.h>

/* Interrupts taken in one go; what is left raises the exception again on the way back. */
#define IRQ_DISPATCH_MAX 64U
#define IRQ_PPI_FIRST 16U

struct irq_desc {
	enum irq_owner owner;
	irq_handler_t fn;
	void *arg;
	struct vm *vm;
	u32 vintid;
};

static struct irq_desc irq_spi[IRQ_MAX - IRQ_PRIVATE];
static struct irq_desc irq_private[CONFIG_MAX_PCPUS][IRQ_PRIVATE];
static struct spinlock irq_lock;
static struct log_limit irq_stray_limit;

static struct irq_desc *irq_desc(u32 intid)
{
	if (intid < IRQ_PRIVATE)
		return &irq_private[this_pcpu()->id][intid];
	return intid < IRQ_MAX ? &irq_spi[intid - IRQ_PRIVATE] : NULL;
}

static enum irq_owner desc_owner(const struct irq_desc *d)
{
	return __atomic_load_n(&d->owner, __ATOMIC_ACQUIRE);
}

/* Fill @d unless it is taken. Return: 0, -EBUSY. */
static int desc_take(struct irq_desc *d, const struct irq_desc *v)
{
	int err = -EBUSY;

	spin_lock(&irq_lock);
	if (d->owner == IRQ_NONE) {
		d->fn = v->fn;
		d->arg = v->arg;
		d->vm = v->vm;
		d->vintid = v->vintid;
		__atomic_store_n(&d->owner, v->owner, __ATOMIC_RELEASE);
		err = 0;
	}
	spin_unlock(&irq_lock);
	return err;
}

static void desc_drop(struct irq_desc *d)
{
	spin_lock(&irq_lock);
	__atomic_store_n(&d->owner, IRQ_NONE, __ATOMIC_RELEASE);
	spin_unlock(&irq_lock);
}

static bool irq_exists(u32 intid)
{
	return intid < IRQ_PRIVATE || (intid < IRQ_MAX && intid < gic_nr_intids());
}

/* Nothing else tells: writes are ignored, and it never comes. */
static void set_priority(u32 intid, u8 prio)
{
	gic_set_priority(intid, prio);
	if (!gic_is_ours(intid))
		pr_warn("interrupt %u belongs to the Secure world: it will not arrive", intid);
}

int irq_request(u32 intid, bool edge, irq_handler_t fn, void *arg)
{
	int err;

	if (!fn || !irq_exists(intid))
		return -EINVAL;
	err = desc_take(irq_desc(intid), &(struct irq_desc){ .owner = IRQ_EL2, .fn = fn, .arg = arg });
	if (err)
		return err;
	/* The configuration of an enabled interrupt must not change, and SGIs have none. */
	gic_disable(intid);
	if (intid >= IRQ_PPI_FIRST)
		gic_set_edge(intid, edge);
	set_priority(intid, GIC_PRIO_EL2);
	if (intid >= IRQ_PRIVATE)
		gic_set_target(intid, this_pcpu()->mpidr);
	gic_enable(intid);
	return 0;
}

void irq_release(u32 intid)
{
	if (!irq_exists(intid) || desc_owner(irq_desc(intid)) != IRQ_EL2)
		return;
	gic_disable(intid);
	desc_drop(irq_desc(intid));
}

void irq_release_private(void)
{
	for (u32 i = 0; i < IRQ_PRIVATE; i++) {
		if (desc_owner(irq_desc(i)) != IRQ_NONE)
			desc_drop(irq_desc(i));
	}
}

int irq_request_guest_ppi(u32 intid, irq_handler_t fn, void *arg)
{
	int err;

	if (!fn || intid < IRQ_PPI_FIRST || intid >= IRQ_PRIVATE)
		return -EINVAL;
	err = desc_take(irq_desc(intid), &(struct irq_desc){ .owner = IRQ_GUEST, .fn = fn, .arg = arg });
	if (err)
		return err;
	gic_disable(intid);
	gic_set_edge(intid, false);
	set_priority(intid, GIC_PRIO_GUEST);
	gic_clear_active(intid);
	return 0;
}

int irq_assign(u32 pintid, struct vm *vm, u32 vintid, bool edge)
{
	int err;

	if (!vm || pintid < IRQ_PRIVATE || !irq_exists(pintid))
		return -EINVAL;
	err = desc_take(irq_desc(pintid), &(struct irq_desc){ .owner = IRQ_GUEST, .vm = vm, .vintid = vintid });
	if (err)
		return err;
	gic_disable(pintid);
	gic_clear_pending(pintid);
	gic_clear_active(pintid);
	gic_set_edge(pintid, edge);
	set_priority(pintid, GIC_PRIO_GUEST);
	gic_set_target(pintid, this_pcpu()->mpidr);
	return 0;
}

static void spi_silence(u32 pintid)
{
	gic_disable(pintid);
	gic_clear_pending(pintid);
	gic_clear_active(pintid);
}

void irq_unassign(u32 pintid)
{
	if (!irq_owner_vm(pintid))
		return;
	spi_silence(pintid);
	desc_drop(irq_desc(pintid));
}

void irq_quiesce_vm(const struct vm *vm)
{
	u32 end = gic_nr_intids();

	for (u32 i = IRQ_PRIVATE; i < end && i < IRQ_MAX; i++) {
		if (irq_owner_vm(i) == vm)
			spi_silence(i);
	}
}

struct vm *irq_owner_vm(u32 pintid)
{
	const struct irq_desc *d;

	if (pintid < IRQ_PRIVATE || pintid >= IRQ_MAX)
		return NULL;
	d = irq_desc(pintid);
	return desc_owner(d) == IRQ_GUEST ? d->vm : NULL;
}

enum irq_owner irq_owner(u32 pintid)
{
	return pintid < IRQ_MAX ? desc_owner(irq_desc(pintid)) : IRQ_NONE;
}

/* Nobody's: firmware left it enabled, or it was on its way while its owner let go of it. It must not come again. */
static void irq_stray(u32 intid)
{
	gic_eoi(intid);
	gic_dir(intid);
	if (intid >= IRQ_MAX)
		return;
	gic_disable(intid);
	if (log_allowed(&irq_stray_limit))
		pr_warn("interrupt %u has no owner: disabled", intid);
}

void irq_handle(u32 intid)
{
	const struct irq_desc *d;
	enum irq_owner owner;

	/* 1020-1023 are special; LPIs begin at 8192. */
	if (intid >= IRQ_MAX && intid <= GIC_INTID_SPURIOUS)
		return;
	d = irq_desc(intid);
	owner = d ? desc_owner(d) : IRQ_NONE;

	if (owner == IRQ_EL2) {
		d->fn(intid, d->arg);
		gic_eoi(intid);
		gic_dir(intid);
	} else if (owner == IRQ_GUEST) {
		gic_eoi(intid);
		if (d->fn)
			d->fn(intid, d->arg);
		else
			vgic_arch_hw_irq(d->vm, d->vintid);
	} else {
		irq_stray(intid);
	}
}

void irq_dispatch(struct vcpu *cur)
{
	/* Handlers find the vCPU through this_pcpu(); it is part of the signature for tracing. */
	(void)cur;
	for (u32 i = 0; i < IRQ_DISPATCH_MAX; i++) {
		u32 intid = gic_ack();

		if (intid >= IRQ_MAX && intid <= GIC_INTID_SPURIOUS)
			return;
		irq_handle(intid);
	}
}
