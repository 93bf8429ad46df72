/* SPDX-License-Identifier: BSD-3-Clause */
/* From the bundle to VMs that load: the last step of boot. */
#include <asm/mmu.h>
#include <asm/page.h>
#include <common/fdt_host.h>
#include <common/guest_mem.h>
#include <common/hv_main.h>
#include <common/page_alloc.h>
#include <common/shmem.h>
#include <common/vm.h>
#include <debug/logmsg.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/string.h>

/* The FDT part of a bundle describes images, it does not hold them (mkimage -E), so it is small. */
#define BUNDLE_FDT_MAX KIB(256)

/* Copy the head of the bundle where libfdt can read it: guest RAM and the bundle are not mapped in EL2. */
static void copy_from_host(void *dst, paddr_t pa, u64 len)
{
	u8 *d = dst;

	while (len) {
		u64 n = MIN(len, BLOCK_2M_SIZE - (pa & (BLOCK_2M_SIZE - 1)));

		(void)memcpy(d, window_map(WINDOW_SRC, pa, true), n);
		window_unmap(WINDOW_SRC);
		d += n;
		pa += n;
		len -= n;
	}
}

/* What @cfg asks for with a size, and its regions without one. */
static u64 explicit_memory(const struct vm_config *cfg, u64 most, u32 *shares)
{
	u64 want = 0;
	u32 i;

	*shares = 0;
	for (i = 0; i < cfg->nr_mem; i++) {
		if (cfg->mem[i].type == VM_MEM_DIRECT)
			continue;
		*shares += cfg->mem[i].size == 0;
		want += MIN(cfg->mem[i].size, most);
	}
	return want;
}

/*
 * Regions without a size share what the others leave, whatever their order. A VM that asks for more than there is will
 * be refused, so nothing is kept for it. @cfg, @nr: the VMs still to be created.
 */
static void plan_memory(const struct vm_config *cfg, u32 nr)
{
	u64 promised = 0, free = page_free_blocks(&host_pool, PAGE_ORDER_2M) * BLOCK_2M_SIZE;
	u32 i, n, shares = 0;

	for (i = 0; i < nr; i++) {
		u64 want = explicit_memory(&cfg[i], free + 1, &n);

		if (want > free - promised)
			continue;
		promised += want;
		shares += n;
	}
	guest_mem_set_shares(shares);
	guest_mem_set_promise(promised);
}

/* Of two that want the same, the first one has it, unless it was refused. Return: what vm_create() does. */
static int create_one(const struct vm_config *cfg, u32 i, struct vm **vm, struct vm_config_err *err)
{
	int r = vm_config_check_against(cfg, i, err);

	if (r) {
		pr_err("bundle: %s", err->text);
		return r;
	}
	life_lock();
	r = vm_create(&cfg[i], vm, err);
	life_unlock();
	if (r)
		pr_err("%s", err->text);
	return r;
}

/* Return: VMs that load, or wait for the administrator. @cfg of those that are refused is cleared. */
static u32 create_and_start(struct vm_config *cfg, u32 nr)
{
	struct vm_config_err err = { "" };
	u32 i, started = 0, waiting = 0;

	for (i = 0; i < nr; i++) {
		struct vm *vm;

		/* Again for each: one that was refused needs nothing any more. */
		plan_memory(cfg + i, nr - i);
		if (create_one(cfg, i, &vm, &err)) {
			(void)memset(&cfg[i], 0, sizeof(cfg[i]));
			continue;
		}
		if (!vm->cfg.autostart) {
			waiting++;
			continue;
		}
		if (vm_start(vm, &err)) {
			pr_err("%s", err.text);
			vm_request_stop(vm, VM_STOP_LOAD);
			continue;
		}
		started++;
	}
	if (waiting && !started)
		pr_info("no VM starts by itself: %u with autostart = <0> wait for 'vm start NAME' at the shell",
			waiting);
	return started + waiting;
}

/* Parse every VM before the first is created: what all of them want is planned for. */
static u32 boot_from_fit(const void *fit, u64 fit_size)
{
	struct vm_config_err err = { "" };
	int n = vm_config_count(fit, &err);
	struct vm_config *cfg;
	u64 pages;
	u32 i, good = 0, ready;

	if (n < 0) {
		pr_err("%s", err.text);
		return 0;
	}
	pages = ALIGN_UP((u64)n * sizeof(*cfg), PAGE_SIZE) / PAGE_SIZE;
	cfg = el2_alloc(pages);
	if (!cfg) {
		pr_err("bundle: no EL2 memory for the manifests of %d VMs", n);
		return 0;
	}
	for (i = 0; i < (u32)n; i++) {
		if (vm_config_parse(fit, fit_size, i, &cfg[good], &err))
			pr_err("bundle: %s", err.text);
		else
			good++;
	}
	shmem_init(cfg, good);
	ready = create_and_start(cfg, good);
	el2_free(cfg, pages);
	return ready;
}

u32 hv_boot_vms(void)
{
	struct vm_config_err err = { "" };
	u64 size = host.initrd.size;
	u64 head = MIN(size, BUNDLE_FDT_MAX);
	u64 pages = ALIGN_UP(head, PAGE_SIZE) / PAGE_SIZE;
	const void *fit;
	u64 fit_size;
	void *copy;
	u32 ready = 0;

	if (size == 0) {
		pr_err("no VM bundle: /chosen has no linux,initrd-start; give one as initrd (QEMU: -initrd "
		       "bundle.img)");
		return 0;
	}
	copy = el2_alloc(pages);
	if (!copy) {
		pr_err("bundle: no EL2 memory for its head (%llu kB)", (unsigned long long)(head >> 10));
		return 0;
	}
	copy_from_host(copy, host.initrd.base, head);
	if (bundle_open(copy, head, size, &fit, &fit_size, &err)) {
		pr_err("%s", err.text);
	} else {
		bundle.pa = host.initrd.base + (u64)((const u8 *)fit - (const u8 *)copy);
		bundle.size = fit_size;
		ready = boot_from_fit(fit, fit_size);
	}
	el2_free(copy, pages);
	if (!ready)
		pr_err("no VM could be started");
	return ready;
}
