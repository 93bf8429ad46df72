/* SPDX-License-Identifier: BSD-3-Clause */
/* Guest memory at the address that it has in the host: regions that the manifest names, and RAM from where it is free.
 */
#include <asm/mmu.h>
#include <asm/page.h>
#include <common/arch_hooks.h>
#include <common/fdt_host.h>
#include <common/fdt_util.h>
#include <common/guest_mem_direct.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/vm.h>
#include <debug/logmsg.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>

typedef unsigned long long ull;

static bool in_reserved_memory(const struct mem_range *r)
{
	for (u32 i = 0; i < host.nr_resv; i++) {
		if (mem_inside(r, &host.resv[i].r))
			return true;
	}
	return false;
}

/* What no VM may be given by a direct mapping. */
static const char *direct_refused(const struct vm *vm, const struct mem_range *r)
{
	const struct mem_range fdt = { (uintptr_t)host.fdt, host.fdt_size };
	const struct mem_range image = { (uintptr_t)__image_start, (u64)(__image_end - __image_start) };

	/* All three may be listed as reserved memory, by a loader or by who wrote the device tree. */
	if (mem_overlap(r, &image))
		return "Hazel itself";
	if (mem_overlap(r, &fdt))
		return "the host's device tree";
	if (mem_overlap(r, &host.initrd))
		return "the VM bundle";
	if (mem_overlap(r, &host.gic.gicd))
		return "the GIC distributor";
	for (u32 i = 0; i < host.gic.nr_gicr; i++) {
		if (mem_overlap(r, &host.gic.gicr[i]))
			return "the GIC redistributors";
	}
	for (u32 i = 0; i < vm->cfg.nr_passthrough; i++) {
		if (ptdev_is_console(vm, i))
			return NULL;
	}
	return mem_overlap(r, &host.uart.reg) ? "the console UART, which is not in passthrough" : NULL;
}

/* Why RAM that is not free, not all of it RAM, or somebody's else, cannot be had. */
static void direct_err(const struct vm_mem_region *m, const char *who, struct vm_config_err *err)
{
	const struct mem_range r = { m->ipa, m->size };

	(void)snprintf(err->text, sizeof(err->text), "memory: direct region 0x%llx + 0x%llx covers %s", (ull)m->ipa,
		       (ull)m->size, who ? who : "RAM that is not free");
	for (u32 i = 0; !who && i < host.nr_mem; i++) {
		const struct mem_range *h = &host.mem[i];

		if (mem_overlap(&r, h) && (r.base < h->base || r.base + r.size > h->base + h->size))
			(void)snprintf(err->text, sizeof(err->text),
				       "memory: direct region 0x%llx + 0x%llx is not all in the host's RAM, 0x%llx + "
				       "0x%llx there",
				       (ull)m->ipa, (ull)m->size, (ull)h->base, (ull)h->size);
	}
}

static void direct_err_device(const struct vm_mem_region *m, const struct vm *owner, struct vm_config_err *err)
{
	(void)snprintf(err->text, sizeof(err->text),
		       "memory: direct region 0x%llx + 0x%llx covers a device that is passed through to VM %s",
		       (ull)m->ipa, (ull)m->size, owner->cfg.name);
}

/* IPA = PA. RAM must be free in the pool (and is taken from it) or lie in one /reserved-memory range; the rest is
 * devices. */
int guest_mem_direct(struct vm *vm, u32 index, struct vm_config_err *err)
{
	const struct vm_mem_region *m = &vm->cfg.mem[index];
	struct mem_range r = { m->ipa, m->size };
	const char *who = direct_refused(vm, &r);
	const struct vm *owner = ptdev_other_owner(vm, &r);
	enum s2_prot prot = S2_DEVICE;
	bool taken = who != NULL;
	int ret;

	if (owner) {
		direct_err_device(m, owner, err);
		return -EBUSY;
	}
	for (u32 i = 0; !who && i < host.nr_mem; i++) {
		if (mem_overlap(&r, &host.mem[i]))
			prot = S2_RAM;
	}
	if (prot == S2_RAM && page_reserve(&host_pool, m->ipa, m->size >> PAGE_SHIFT) == 0)
		vm->ram[vm->nr_ram++] = (struct vm_ram){ .r = *m };
	else if (prot == S2_RAM && !in_reserved_memory(&r))
		taken = true;
	if (taken) {
		direct_err(m, who, err);
		return -EPERM;
	}
	if (prot == S2_DEVICE && !vm->cfg.dma_unprotected && ptdev_may_dma(&r)) {
		(void)snprintf(err->text, sizeof(err->text),
			       "memory: direct region 0x%llx + 0x%llx covers devices that may do DMA, and no IOMMU is "
			       "in front of "
			       "them: the VM has to say dma-unprotected",
			       (ull)m->ipa, (ull)m->size);
		return -EPERM;
	}
	if (prot == S2_DEVICE && !ptdev_is_described(&r))
		pr_warn("vm%u '%s': memory: direct region 0x%llx + 0x%llx: the host's device tree has neither RAM nor "
			"a device there",
			vm->id, vm->cfg.name, (ull)m->ipa, (ull)m->size);
	ret = vm_arch_map(vm, m->ipa, m->ipa, m->size, prot);
	if (ret)
		snprintf(err->text, sizeof(err->text), "memory: direct region 0x%llx + 0x%llx could not be mapped (%d)",
			 (ull)m->ipa, (ull)m->size, ret);
	return ret;
}

/* The lowest free block, which nearly always follows the last one. */
int guest_mem_direct_block(struct vm *vm)
{
	struct vm_ram *last = vm->nr_ram ? &vm->ram[vm->nr_ram - 1] : NULL;
	paddr_t pa;

	if (page_alloc(&host_pool, PAGE_ORDER_2M, PAGE_COLOURS_ALL, &pa))
		return -ENOMEM;
	if (last && last->r.type == VM_MEM_DIRECT_RAM && last->r.ipa + last->r.size == pa) {
		last->r.size += BLOCK_2M_SIZE;
		return 0;
	}
	if (vm->nr_ram == VM_MEM_MAX) {
		page_free(&host_pool, pa, BIT(PAGE_ORDER_2M));
		return -ENOSPC;
	}
	vm->ram[vm->nr_ram++] = (struct vm_ram){ .r = { pa, BLOCK_2M_SIZE, VM_MEM_DIRECT_RAM } };
	return 0;
}
