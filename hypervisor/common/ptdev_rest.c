/* SPDX-License-Identifier: BSD-3-Clause */
/* passthrough = "rest". Windows are whole pages, sorted and joined; what others have is cut out of them. */
#include <asm/page.h>
#include <common/arch_hooks.h>
#include <common/host_ranges.h>
#include <common/irq.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/ptdev_check.h>
#include <common/ptdev_rest.h>
#include <common/vm.h>
#include <debug/logmsg.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

#define REST_PAGES 4U
#define REST_WINDOWS (REST_PAGES * PAGE_SIZE / sizeof(struct mem_range))
#define REST_WORDS ((IRQ_MAX + 63U) / 64U)

typedef unsigned long long ull;

static struct {
	struct vm *vm; /* NULL = nobody has it */
	u32 nr;
	u32 mapped; /* of window[], how many are in stage 2 */
	struct mem_range *window;
	u32 nr_its; /* of the host, which the VM does not get */
	u64 spi[REST_WORDS];
} rest;

const struct vm *rest_owner(void)
{
	return rest.vm;
}

bool rest_window(const struct vm *vm, const struct mem_range *r, bool all)
{
	if (!vm || rest.vm != vm)
		return false;
	for (u32 i = 0; i < rest.mapped; i++) {
		const struct mem_range *w = &rest.window[i];

		if (mem_overlap(w, r) && (!all || mem_inside(r, w)))
			return true;
	}
	return false;
}

/* Add the pages of @r, in order of addresses, joined with those that they touch. */
static int add_window(const struct mem_range *r)
{
	u64 base = ALIGN_DOWN(r->base, PAGE_SIZE), end = ALIGN_UP(r->base + r->size, PAGE_SIZE);
	u32 from = 0, to;

	while (from < rest.nr && rest.window[from].base + rest.window[from].size < base)
		from++;
	for (to = from; to < rest.nr && rest.window[to].base <= end; to++) {
		base = MIN(base, rest.window[to].base);
		end = MAX(end, rest.window[to].base + rest.window[to].size);
	}
	if (to == from && rest.nr == REST_WINDOWS)
		return -ENOSPC;
	memmove(&rest.window[from + 1], &rest.window[to], (rest.nr - to) * sizeof(rest.window[0]));
	rest.nr += from + 1 - to;
	rest.window[from] = (struct mem_range){ base, end - base };
	return 0;
}

static int collect(void *arg, const struct fdt_chain *c, const struct mem_range *r)
{
	(void)arg;
	rest.nr_its += fdt_has_string(host.fdt, c->node[c->depth], "compatible", "arm,gic-v3-its");
	for (u32 i = 0; i < host.nr_mem; i++) {
		if (mem_overlap(r, &host.mem[i]))
			return 0;
	}
	return pt_own_part(c) ? 0 : add_window(r);
}

static int cut(const struct mem_range *r)
{
	struct mem_range pages = { ALIGN_DOWN(r->base, PAGE_SIZE), 0 };

	if (!r->size)
		return 0;
	pages.size = ALIGN_UP(r->base + r->size, PAGE_SIZE) - pages.base;
	return mem_cut(rest.window, &rest.nr, REST_WINDOWS, &pages);
}

/* Hazel's own parts, which may share a page with others; and what is in a part of the VM, or of others, already. */
static int cut_taken(void *arg, const struct fdt_chain *c, const struct mem_range *r)
{
	struct vm *vm = arg;
	const struct mem_range pages = { ALIGN_DOWN(r->base, PAGE_SIZE),
					 ALIGN_UP(r->base + r->size, PAGE_SIZE) - ALIGN_DOWN(r->base, PAGE_SIZE) };

	if (pt_own_part(c) || ptdev_touches(vm, pages.base, pages.size) || ptdev_other_owner(vm, &pages) ||
	    pt_direct_owner(vm, &pages))
		return cut(r);
	return 0;
}

static int cut_fixed(struct vm *vm)
{
	int ret = cut(&host.gic.gicd);

	for (u32 i = 0; !ret && i < host.gic.nr_gicr; i++)
		ret = cut(&host.gic.gicr[i]);
	if (!ret && !ptdev_owns_console(vm))
		ret = cut(&host.uart.reg);
	for (u32 i = 0; !ret && i < vm->io.nr; i++)
		ret = cut(&(struct mem_range){ vm->io.region[i].base, vm->io.region[i].size });
	for (u32 i = 0; !ret && i < vm->cfg.nr_mem; i++) {
		if (vm->cfg.mem[i].type == VM_MEM_DIRECT)
			ret = cut(&(struct mem_range){ vm->cfg.mem[i].ipa, vm->cfg.mem[i].size });
	}
	return ret ? ret : host_ranges_walk(true, cut_taken, vm);
}

static int map_windows(struct vm *vm, struct vm_config_err *err)
{
	for (; rest.mapped < rest.nr; rest.mapped++) {
		const struct mem_range *w = &rest.window[rest.mapped];
		int ret = w->size ? vm_arch_map(vm, w->base, w->base, w->size, S2_DEVICE) : 0;

		work_yield();
		if (ret)
			return pt_err(err, ret, "rest", "0x%llx + 0x%llx: %s", (ull)w->base, (ull)w->size,
				      ret == -EEXIST           ? "that address is taken in this VM"
					      : ret == -ERANGE ? "beyond what this CPU's stage 2 can address"
							       : "no memory for stage-2 tables");
	}
	return 0;
}

/* A node's SPIs. Those that are somebody's, or whose line the VM's GIC does not have, stay with whoever has them. */
static int attach_irqs(void *arg, const struct fdt_chain *c)
{
	struct vm *vm = arg;
	u32 intid;
	bool edge;

	for (u32 i = 0; !pt_own_part(c) && !fdt_chain_irq(&host, c, i, &intid, &edge); i++) {
		if (intid < IRQ_PRIVATE || intid >= IRQ_MAX || irq_assign(intid, vm, intid, edge))
			continue;
		if (vgic_arch_assign(vm, intid, intid, edge))
			irq_unassign(intid);
		else
			rest.spi[intid / 64U] |= BIT(intid % 64U);
	}
	return 0;
}

int rest_attach(struct vm *vm, struct vm_config_err *err)
{
	int ret;

	if (rest.vm)
		return pt_err(err, -EBUSY, "rest", "belongs to VM %s", rest.vm->cfg.name);
	rest.window = el2_alloc(REST_PAGES);
	if (!rest.window)
		return pt_err(err, -ENOMEM, "rest", "no EL2 memory for a list of windows");
	ret = host_ranges_walk(true, collect, NULL);
	if (!ret)
		ret = cut_fixed(vm);
	rest.vm = vm;
	if (ret)
		return pt_err(err, ret, "rest", "the host has more than %u separate windows of registers",
			      (u32)REST_WINDOWS);
	ret = map_windows(vm, err);
	if (ret)
		return ret;
	if (rest.nr_its)
		pr_info("vm%u '%s': the host's ITS (%u) stay%s out: devices have no MSIs, PCI has INTx", vm->id,
			vm->cfg.name, rest.nr_its, rest.nr_its == 1 ? "s" : "");
	return host_nodes_walk(attach_irqs, vm);
}

void rest_detach(struct vm *vm)
{
	if (rest.vm != vm || !vm)
		return;
	for (u32 intid = IRQ_PRIVATE; intid < IRQ_MAX; intid++) {
		if (!(rest.spi[intid / 64U] & BIT(intid % 64U)))
			continue;
		/* Cannot fail: it takes away what was there. */
		if (vgic_arch_assign(vm, intid, 0, false))
			pr_debug("vm%u: virtual interrupt %u was not connected", vm->id, intid);
		irq_unassign(intid);
	}
	for (u32 i = 0; i < rest.mapped; i++) {
		const struct mem_range *w = &rest.window[i];

		if (w->size && vm_arch_unmap(vm, w->base, w->size))
			pr_warn("vm%u: 0x%llx stays mapped until the VM is gone", vm->id, (ull)w->base);
		work_yield();
	}
	el2_free(rest.window, REST_PAGES);
	memset(&rest, 0, sizeof(rest));
}
