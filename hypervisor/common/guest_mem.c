/* SPDX-License-Identifier: BSD-3-Clause */
/* Host memory for a VM's regions: 2 MiB blocks from anywhere, 1 GiB ones where alignment and supply allow. */
#include <asm/mmu.h>
#include <asm/page.h>
#include <common/arch_hooks.h>
#include <common/fdt_host.h>
#include <common/fdt_util.h>
#include <common/guest_mem.h>
#include <common/guest_mem_direct.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/vm.h>
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

static void count_down(bool share, u64 blocks)
{
	if (share && shares)
		shares--;
	if (!share)
		promised_blocks -= MIN(promised_blocks, blocks);
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
	count_down(share, ram->nr_blocks);
	return 0;
}

/* Blocks from anywhere, lowest first, each at its own address: neighbours become one bank. Undone by the caller. */
static int alloc_direct_ram(struct vm *vm, u32 index, struct vm_config_err *err)
{
	u64 size = vm->cfg.mem[index].size, total = size ? size / BLOCK_2M_SIZE : share_blocks(0), n;
	u64 free = page_free_blocks(&host_pool, PAGE_ORDER_2M);
	int ret = total && total <= free ? 0 : -ENOMEM;

	for (n = 0; !ret && n < total; n++)
		ret = guest_mem_direct_block(vm);
	for (u32 i = 0; !ret && i < vm->nr_ram; i++) {
		const struct vm_mem_region *r = &vm->ram[i].r;

		if (r->type == VM_MEM_DIRECT_RAM)
			ret = vm_arch_map(vm, r->ipa, r->ipa, r->size, S2_RAM);
	}
	if (ret) {
		(void)snprintf(err->text, sizeof(err->text), "memory: direct-ram of %llu MiB, %llu MiB are free: %s",
			       (ull)MAX(total, 1U) * 2, (ull)free * 2,
			       ret == -ENOSPC           ? "in more pieces than a VM can have"
				       : ret == -EEXIST ? "overlaps something else at that address"
				       : ret == -ERANGE ? "beyond what this CPU's stage 2 can address"
							: "out of memory");
		return ret;
	}
	count_down(!size, total);
	return 0;
}

int guest_mem_alloc(struct vm *vm, struct vm_config_err *err)
{
	int ret = 0;

	/* Direct regions name their pages, so they come before anything that takes the lowest free ones. */
	for (u32 i = 0; !ret && i < vm->cfg.nr_mem; i++) {
		if (vm->cfg.mem[i].type == VM_MEM_DIRECT)
			ret = guest_mem_direct(vm, i, err);
	}
	for (u32 i = 0; !ret && i < vm->cfg.nr_mem; i++) {
		if (vm->cfg.mem[i].type == VM_MEM_DIRECT_RAM)
			ret = alloc_direct_ram(vm, i, err);
		else if (vm->cfg.mem[i].type != VM_MEM_DIRECT)
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
