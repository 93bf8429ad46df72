/* SPDX-License-Identifier: BSD-3-Clause */
/* Host memory for a VM's regions: 2 MiB blocks from anywhere, 1 GiB ones where alignment and supply allow. */
#include <asm/mmu.h>
#include <asm/page.h>
#include <common/arch_hooks.h>
#include <common/fdt_host.h>
#include <common/fdt_util.h>
#include <common/guest_mem.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/vm.h>
#include <debug/logmsg.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>

/* 2 MiB blocks that regions of size 0 leave for what is created later (shared memory, another VM's tables). */
#define RESERVE_BLOCKS 2U
#define BLOCKS_PER_1G (BLOCK_1G_SIZE / BLOCK_2M_SIZE)
#define BLOCK_2M_PAGES BIT(PAGE_ORDER_2M)

typedef unsigned long long ull;

static u32 shares;
static u64 promised_blocks;

void guest_mem_set_shares(u32 nr)
{
	shares = nr;
}

void guest_mem_set_promise(u64 bytes)
{
	promised_blocks = ALIGN_UP(bytes, BLOCK_2M_SIZE) / BLOCK_2M_SIZE;
}

/* @own: blocks of explicit sizes that the VM being created has still to take, which are part of the promise or not. */
static u64 share_blocks(u64 own)
{
	u64 free = page_free_blocks(&host_pool, PAGE_ORDER_2M);
	u64 keep = RESERVE_BLOCKS + MAX(promised_blocks, own);

	return free > keep ? (free - keep) / MAX(shares, 1U) : 0;
}

u64 guest_mem_share(void)
{
	return share_blocks(0) * BLOCK_2M_SIZE;
}

/* Lower *@end to @base when an obstacle there stands in the way of a region that begins at @ipa. */
static void stop_at(ipa_t ipa, ipa_t base, u64 size, ipa_t *end)
{
	if (size && base + size > ipa)
		*end = MIN(*end, MAX(base, ipa));
}

/* Where a region that may grow from @ipa has to end: the next region, GIC frame or device, or the end of the IPA space.
 */
static ipa_t room_end(const struct vm *vm, u32 self)
{
	ipa_t ipa = vm->cfg.mem[self].ipa, end = vm_arch_ipa_size();
	struct mem_range r;

	for (u32 i = 0; i < vm->cfg.nr_mem; i++) {
		const struct vm_mem_region *m = &vm->cfg.mem[i];

		if (i != self && m->ipa >= ipa)
			stop_at(ipa, m->ipa, MAX(m->size, 1U), &end);
	}
	stop_at(ipa, vm->cfg.gicd_ipa, 1, &end);
	stop_at(ipa, vm->cfg.gicr_ipa, 1, &end);
	for (u32 i = 0; i < vm->cfg.nr_passthrough; i++) {
		int node = ptdev_host_node(vm, i);

		for (u32 k = 0; node >= 0 && !fdt_host_reg(host.fdt, node, k, &r); k++)
			stop_at(ipa, r.base, r.size, &end);
	}
	return end;
}

static u64 resolve_size(const struct vm *vm, u32 index)
{
	ipa_t ipa = vm->cfg.mem[index].ipa, end = room_end(vm, index);
	u64 own = 0;

	for (u32 i = index + 1; i < vm->cfg.nr_mem; i++) {
		if (vm->cfg.mem[i].type != VM_MEM_DIRECT)
			own += vm->cfg.mem[i].size / BLOCK_2M_SIZE;
	}
	return end > ipa ? MIN(share_blocks(own) * BLOCK_2M_SIZE, ALIGN_DOWN(end - ipa, BLOCK_2M_SIZE)) : 0;
}

/* Take blocks for all of @ram; what was taken stays noted in nr_blocks, also on failure. */
static int take_blocks(struct vm_ram *ram)
{
	u64 total = ram->r.size / BLOCK_2M_SIZE;

	while (ram->nr_blocks < total) {
		ipa_t ipa = ram->r.ipa + ram->nr_blocks * BLOCK_2M_SIZE;
		u64 nr = 1;
		paddr_t pa;

		if (IS_ALIGNED(ipa, BLOCK_1G_SIZE) && total - ram->nr_blocks >= BLOCKS_PER_1G &&
		    !page_alloc(&host_pool, PAGE_ORDER_1G, PAGE_COLOURS_ALL, &pa))
			nr = BLOCKS_PER_1G;
		else if (page_alloc(&host_pool, PAGE_ORDER_2M, PAGE_COLOURS_ALL, &pa))
			return -ENOMEM;
		for (u64 i = 0; i < nr; i++)
			ram->block[ram->nr_blocks++] = pa + i * BLOCK_2M_SIZE;
	}
	return 0;
}

/* Blocks from @first on that are adjacent in host memory. */
static u64 run_length(const struct vm_ram *ram, u64 first)
{
	u64 n = 1;

	while (first + n < ram->nr_blocks && ram->block[first + n] == ram->block[first] + n * BLOCK_2M_SIZE)
		n++;
	return n;
}

static int map_blocks(struct vm *vm, const struct vm_ram *ram)
{
	enum s2_prot prot = ram->r.type == VM_MEM_ROM ? S2_ROM : S2_RAM;
	int err = 0;

	for (u64 i = 0, n; !err && i < ram->nr_blocks; i += n) {
		n = run_length(ram, i);
		err = vm_arch_map(vm, ram->r.ipa + i * BLOCK_2M_SIZE, ram->block[i], n * BLOCK_2M_SIZE, prot);
	}
	return err;
}

static int alloc_ram(struct vm *vm, u32 index, struct vm_config_err *err)
{
	struct vm_ram *ram = &vm->ram[vm->nr_ram];
	bool share = !vm->cfg.mem[index].size;
	u64 free = page_free_blocks(&host_pool, PAGE_ORDER_2M) * BLOCK_2M_SIZE;
	int ret;

	*ram = (struct vm_ram){ .r = vm->cfg.mem[index] };
	if (share)
		ram->r.size = resolve_size(vm, index);
	if (!ram->r.size || ram->r.size > free) {
		snprintf(err->text, sizeof(err->text),
			 "memory: region at 0x%llx needs %llu MiB of RAM, %llu MiB are free in 2 MiB blocks",
			 (ull)ram->r.ipa, (ull)MAX(ram->r.size, BLOCK_2M_SIZE) >> 20, (ull)free >> 20);
		return -ENOMEM;
	}
	ram->block_pages = ALIGN_UP(ram->r.size / BLOCK_2M_SIZE * sizeof(paddr_t), PAGE_SIZE) / PAGE_SIZE;
	ram->block = el2_alloc(ram->block_pages);
	if (!ram->block) {
		snprintf(err->text, sizeof(err->text),
			 "memory: region at 0x%llx: no EL2 memory for its block list (%llu kB)", (ull)ram->r.ipa,
			 (ull)ram->block_pages * PAGE_SIZE >> 10);
		return -ENOMEM;
	}
	vm->nr_ram++;
	ret = take_blocks(ram);
	if (!ret)
		ret = map_blocks(vm, ram);
	if (ret) {
		snprintf(err->text, sizeof(err->text), "memory: region at 0x%llx, %llu MiB: %s", (ull)ram->r.ipa,
			 (ull)ram->r.size >> 20,
			 ret == -EEXIST           ? "overlaps something else at that address"
				 : ret == -ERANGE ? "ends beyond what this CPU's stage 2 can address"
						  : "out of memory for stage-2 tables");
		return ret;
	}
	if (share && shares)
		shares--;
	if (!share)
		promised_blocks -= MIN(promised_blocks, ram->nr_blocks);
	return 0;
}

static bool in_reserved_memory(const struct mem_range *r)
{
	for (u32 i = 0; i < host.nr_resv; i++) {
		const struct mem_range *v = &host.resv[i].r;

		if (r->base >= v->base && r->size <= v->size && r->base - v->base <= v->size - r->size)
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
static int alloc_direct(struct vm *vm, u32 index, struct vm_config_err *err)
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

int guest_mem_alloc(struct vm *vm, struct vm_config_err *err)
{
	int ret = 0;

	/* Direct regions name their pages, so they come before anything that takes the lowest free ones. */
	for (u32 i = 0; !ret && i < vm->cfg.nr_mem; i++) {
		if (vm->cfg.mem[i].type == VM_MEM_DIRECT)
			ret = alloc_direct(vm, i, err);
	}
	for (u32 i = 0; !ret && i < vm->cfg.nr_mem; i++) {
		if (vm->cfg.mem[i].type != VM_MEM_DIRECT)
			ret = alloc_ram(vm, i, err);
	}
	if (ret)
		guest_mem_free(vm);
	return ret;
}

void guest_mem_free(struct vm *vm)
{
	for (u32 i = 0; i < vm->nr_ram; i++) {
		struct vm_ram *ram = &vm->ram[i];
		u64 size = ram->block ? ram->nr_blocks * BLOCK_2M_SIZE : ram->r.size;

		/* Without a table for a split the mapping stays, and so must the memory behind it. */
		if (size && vm_arch_unmap(vm, ram->r.ipa, size))
			continue;
		if (!ram->block)
			page_free(&host_pool, ram->r.ipa, ram->r.size >> PAGE_SHIFT);
		for (u64 k = 0; ram->block && k < ram->nr_blocks; k++)
			page_free(&host_pool, ram->block[k], BLOCK_2M_PAGES);
		el2_free(ram->block, ram->block_pages);
		*ram = (struct vm_ram){ 0 };
	}
	vm->nr_ram = 0;
}
