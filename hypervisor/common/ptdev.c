/* SPDX-License-Identifier: BSD-3-Clause */
/* Pass-through: who owns which node of the host's device tree. A record is complete or gone; detach takes any part of
 * one. */
#include <asm/page.h>
#include <common/arch_hooks.h>
#include <common/fdt_host.h>
#include <common/fdt_util.h>
#include <common/irq.h>
#include <common/ptdev.h>
#include <common/ptdev_check.h>
#include <common/ptdev_rest.h>
#include <common/vm.h>
#include <common/vm_platform.h>
#include <debug/logmsg.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

#define PT_DEVICES 64U
#define PT_WINDOWS 8U
#define PT_IRQS 32U
#define PT_CONSOLE "console"

struct pt_dev {
	struct vm *vm; /* NULL = free */
	int node;
	bool console;
	u32 nr_windows;
	struct mem_range window[PT_WINDOWS]; /* whole pages, IPA = PA */
	u32 nr_irqs;
	u32 irq[PT_IRQS];
};

void (*ptdev_console_hook)(bool given);

static struct pt_dev pt_devs[PT_DEVICES];

int ptdev_host_node(const struct vm *vm, u32 i)
{
	const char *path;

	if (i >= vm->cfg.nr_passthrough)
		return -ENOENT;
	path = vm->cfg.passthrough[i];
	if (!strcmp(path, PT_CONSOLE))
		path = host.uart.reg.size ? host.uart.path : "";
	return fdt_find_path(host.fdt, path, (u32)strlen(path));
}

bool ptdev_is_console(const struct vm *vm, u32 i)
{
	int node = ptdev_host_node(vm, i);

	return node >= 0 && host.uart.reg.size &&
		node == fdt_find_path(host.fdt, host.uart.path, (u32)strlen(host.uart.path));
}

/* By what the manifest asks for, so that it is known before anything is attached. */
bool vm_has_vuart(const struct vm *vm)
{
	for (u32 i = 0; i < vm->cfg.nr_passthrough; i++) {
		if (ptdev_is_console(vm, i))
			return false;
	}
	return !vm->cfg.no_vuart;
}

bool ptdev_owns_console(const struct vm *vm)
{
	for (u32 i = 0; i < PT_DEVICES; i++) {
		if (pt_devs[i].vm && pt_devs[i].vm == vm && pt_devs[i].console)
			return true;
	}
	return false;
}

/* A window of a device of @vm that holds all of @r, or any of it. */
static bool find_window(const struct vm *vm, const struct mem_range *r, bool all)
{
	for (u32 i = 0; i < PT_DEVICES; i++) {
		const struct pt_dev *d = &pt_devs[i];

		for (u32 k = 0; d->vm && d->vm == vm && k < d->nr_windows; k++) {
			const struct mem_range *w = &d->window[k];

			if (mem_overlap(w, r) && (!all || mem_inside(r, w)))
				return true;
		}
	}
	return rest_window(vm, r, all);
}

bool ptdev_owns(const struct vm *vm, paddr_t pa, u64 size)
{
	return find_window(vm, &(struct mem_range){ pa, size }, true);
}

bool ptdev_touches(const struct vm *vm, paddr_t pa, u64 size)
{
	return find_window(vm, &(struct mem_range){ pa, size }, false);
}

const struct vm *ptdev_other_owner(const struct vm *vm, const struct mem_range *r)
{
	for (u32 i = 0; i < PT_DEVICES; i++) {
		const struct vm *other = pt_devs[i].vm;

		if (other && other != vm && find_window(other, r, false))
			return other;
	}
	return rest_owner() != vm && rest_window(rest_owner(), r, false) ? rest_owner() : NULL;
}

/* Another VM that has a part of @r as a direct region. One that is stopped has given it back. */
const struct vm *pt_direct_owner(const struct vm *vm, const struct mem_range *r)
{
	for (u32 i = 0; i < nr_vms; i++) {
		const struct vm *other = vms[i];

		for (u32 k = 0; other && other != vm && other->state != VM_STOPPED && k < other->cfg.nr_mem; k++) {
			const struct vm_mem_region *m = &other->cfg.mem[k];

			if (m->type == VM_MEM_DIRECT && mem_overlap(&(struct mem_range){ m->ipa, m->size }, r))
				return other;
		}
	}
	return NULL;
}

static const struct pt_dev *find_node(int node)
{
	for (u32 i = 0; i < PT_DEVICES; i++) {
		if (pt_devs[i].vm && pt_devs[i].node == node)
			return &pt_devs[i];
	}
	return NULL;
}

/* Does another device of the same VM already map a part of @r? */
static bool mapped_before(const struct pt_dev *self, const struct mem_range *r)
{
	for (u32 i = 0; i < PT_DEVICES; i++) {
		const struct pt_dev *d = &pt_devs[i];

		for (u32 k = 0; d->vm == self->vm && k < d->nr_windows; k++) {
			if (mem_overlap(&d->window[k], r))
				return true;
		}
	}
	return false;
}

/* Is a part of @r the VM's emulated GIC? Stage 2 has nothing there, so that mapping it would succeed. */
static bool emulated(const struct io_table *t, const struct mem_range *r)
{
	for (u32 i = 0; i < t->nr; i++) {
		if (mem_overlap(&(struct mem_range){ t->region[i].base, t->region[i].size }, r))
			return true;
	}
	return false;
}

/* Map whole pages, leaving out those that a neighbour of the same VM brought in. */
static int map_window(const struct pt_dev *d, const struct mem_range *r)
{
	int ret = 0;

	if (emulated(&d->vm->io, r))
		return -EEXIST;
	if (!mapped_before(d, r))
		return vm_arch_map(d->vm, r->base, r->base, r->size, S2_DEVICE);
	for (u64 off = 0; !ret && off < r->size; off += PAGE_SIZE) {
		struct mem_range page = { r->base + off, PAGE_SIZE };

		if (!mapped_before(d, &page))
			ret = vm_arch_map(d->vm, page.base, page.base, page.size, S2_DEVICE);
	}
	return ret;
}

static int attach_windows(struct pt_dev *d, const struct pt_set *set, const char *path, struct vm_config_err *err)
{
	const struct vm *direct;
	struct mem_range r;
	u32 i;
	int ret;

	for (i = 0; (ret = fdt_host_reg(host.fdt, d->node, i, &r)) == 0; i++) {
		if (!r.size)
			continue;
		if (d->nr_windows == PT_WINDOWS)
			return pt_err(err, -EINVAL, path, "has more than %u reg entries", PT_WINDOWS);
		r.size = ALIGN_UP(r.base + r.size, PAGE_SIZE) - ALIGN_DOWN(r.base, PAGE_SIZE);
		r.base = ALIGN_DOWN(r.base, PAGE_SIZE);
		ret = pt_check_window(set, d->node, &r, path, err);
		if (ret)
			return ret;
		direct = pt_direct_owner(d->vm, &r);
		if (direct)
			return pt_err(err, -EBUSY, path, "reg 0x%llx is in a direct memory region of VM %s",
				      (unsigned long long)r.base, direct->cfg.name);
		ret = map_window(d, &r);
		if (ret)
			return pt_err(err, ret == -EEXIST ? -EBUSY : ret, path, "reg 0x%llx + 0x%llx: %s",
				      (unsigned long long)r.base, (unsigned long long)r.size,
				      ret == -EEXIST ? "that address is taken in this VM (memory or GIC)"
						     : "cannot be mapped in stage 2");
		d->window[d->nr_windows++] = r;
	}
	if (ret != -ENOENT)
		return pt_err(err, -EINVAL, path, "reg entry %u is malformed or not an address of the CPU", i);
	if (!d->nr_windows)
		return pt_err(err, -EINVAL, path, "has no reg: there is nothing to pass through");
	return 0;
}

static int attach_irq(struct pt_dev *d, u32 intid, bool edge, const char *path, struct vm_config_err *err)
{
	const struct vm *owner;
	int ret;

	if (intid < IRQ_PRIVATE)
		return pt_err(err, -EPERM, path, "interrupt %u is private to each CPU", intid);
	/* Two devices of one VM may share a line. */
	owner = irq_owner_vm(intid);
	if (owner == d->vm)
		return 0;
	if (d->nr_irqs == PT_IRQS)
		return pt_err(err, -EINVAL, path, "has more than %u interrupts", PT_IRQS);
	ret = irq_assign(intid, d->vm, intid, edge);
	if (ret == -EBUSY)
		return pt_err(err, -EBUSY, path, "interrupt %u belongs to %s%s", intid, owner ? "VM " : "",
			      owner ? owner->cfg.name : "Hazel");
	if (ret)
		return pt_err(err, -EINVAL, path, "interrupt %u: the GIC has no such line", intid);
	d->irq[d->nr_irqs++] = intid;
	ret = vgic_arch_assign(d->vm, intid, intid, edge);
	return ret ? pt_err(err, -EINVAL, path, "interrupt %u is beyond what a VM's GIC has", intid) : 0;
}

static int attach_irqs(struct pt_dev *d, const char *path, struct vm_config_err *err)
{
	for (u32 i = 0;; i++) {
		bool edge;
		u32 intid;
		int ret = fdt_host_irq(&host, d->node, i, &intid, &edge);

		if (ret == -ENOENT)
			return 0;
		if (ret)
			return pt_err(err, -EINVAL, path, "interrupt entry %u does not go to the GIC", i);
		ret = attach_irq(d, intid, edge, path, err);
		if (ret)
			return ret;
	}
}

static struct pt_dev *new_dev(struct vm *vm, int node)
{
	for (u32 i = 0; i < PT_DEVICES; i++) {
		if (!pt_devs[i].vm) {
			pt_devs[i] = (struct pt_dev){ .vm = vm, .node = node };
			return &pt_devs[i];
		}
	}
	return NULL;
}

static int attach_one(struct vm *vm, u32 index, const struct pt_set *set, struct vm_config_err *err)
{
	const char *path = vm->cfg.passthrough[index];
	int node = set->node[index], ret;
	const struct pt_dev *taken;
	struct pt_dev *d;

	if (node < 0 && !strcmp(path, PT_CONSOLE))
		return pt_err(err, -ENOENT, path, "the host has no stdout-path UART");
	if (node < 0)
		return pt_err(err, -ENOENT, path, "no such node in the host's device tree");
	ret = pt_check_node(node, path, err);
	if (!ret && !vm->cfg.dma_unprotected && pt_may_dma(node))
		ret = pt_err(err, -EPERM, path,
			     "may do DMA, and no IOMMU is in front of it: the VM has to say dma-unprotected");
	if (ret)
		return ret;
	taken = find_node(node);
	if (taken && taken->vm == vm)
		return pt_err(err, -EINVAL, path, "is listed twice");
	if (taken)
		return pt_err(err, -EBUSY, path, "belongs to VM %s", taken->vm->cfg.name);
	d = new_dev(vm, node);
	if (!d)
		return pt_err(err, -EBUSY, path, "more than %u devices are passed through", PT_DEVICES);
	ret = attach_windows(d, set, path, err);
	if (ret)
		return ret;
	if (ptdev_is_console(vm, index)) {
		d->console = true;
		if (ptdev_console_hook)
			ptdev_console_hook(true);
		irq_release(host.uart.intid);
	}
	return attach_irqs(d, path, err);
}

int ptdev_attach(struct vm *vm, struct vm_config_err *err)
{
	struct pt_set set = { .nr = MIN(vm->cfg.nr_passthrough, (u32)VM_PASSTHROUGH_MAX) };
	int ret = 0;

	for (u32 i = 0; i < set.nr; i++)
		set.node[i] = ptdev_host_node(vm, i);
	for (u32 i = 0; !ret && i < set.nr; i++)
		ret = attach_one(vm, i, &set, err);
	if (!ret && vm->cfg.rest)
		ret = rest_attach(vm, err);
	if (ret)
		ptdev_detach(vm);
	return ret;
}

void ptdev_quiesce(struct vm *vm)
{
	irq_quiesce_vm(vm);
}

static void detach_one(struct pt_dev *d)
{
	bool console = d->console;

	for (u32 i = 0; i < d->nr_irqs; i++) {
		/* Cannot fail: it takes away what was there. */
		if (vgic_arch_assign(d->vm, d->irq[i], 0, false))
			pr_debug("vm%u: virtual interrupt %u was not connected", d->vm->id, d->irq[i]);
		irq_unassign(d->irq[i]);
	}
	for (u32 i = 0; i < d->nr_windows; i++) {
		if (vm_arch_unmap(d->vm, d->window[i].base, d->window[i].size))
			pr_warn("vm%u: 0x%llx stays mapped until the VM is gone", d->vm->id,
				(unsigned long long)d->window[i].base);
	}
	*d = (struct pt_dev){ 0 };
	if (console && ptdev_console_hook)
		ptdev_console_hook(false);
}

void ptdev_detach(struct vm *vm)
{
	for (u32 i = 0; i < PT_DEVICES; i++) {
		if (pt_devs[i].vm && pt_devs[i].vm == vm)
			detach_one(&pt_devs[i]);
	}
	rest_detach(vm);
}
