/* SPDX-License-Identifier: BSD-3-Clause */
/* Audit: who owns a page, and what may be mapped how. */
#include <asm/mmu.h>
#include <asm/page.h>
#include <asm/pgtable.h>
#include <common/audit.h>
#include <common/fdt_host.h>
#include <common/fdt_util.h>
#include <common/firmware.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/shmem.h>
#include <common/vm.h>
#include <lib/bits.h>
#include <lib/printf.h>

#define OWN_MAX 4U

/* Stage-2 leaf fields (ARM ARM D8.3.2): MemAttr[3:2] = 0 is Device; XN[1:0] = 2 forbids execution at EL1 and EL0. */
#define S2_MEMATTR_TYPE GENMASK(5, 4)
#define S2_XN_FIELD GENMASK(54, 53)

enum kind { NOT_ITS, RAM, ROM, DIRECT, DIRECT_RAM, DEVICE, SHARED, SHARED_RO };

static struct {
	struct mem_range r;
	const char *what;
} own[OWN_MAX];
static u32 nr_own;

void audit_own(paddr_t base, u64 size, const char *what)
{
	if (nr_own == OWN_MAX)
		return;
	own[nr_own].r = (struct mem_range){ base, size };
	own[nr_own++].what = what;
}

/* Is @in wholly inside of @r? */
static bool inside(u64 base, u64 size, u64 r_base, u64 r_size)
{
	return base >= r_base && size <= r_size && base - r_base <= r_size - size;
}

/* What of Hazel's, or of the machine's that no VM may have, is in @r? */
static const char *hazels(const struct mem_range *r)
{
	const struct mem_range fdt = { (uintptr_t)host.fdt, host.fdt_size };
	const struct mem_range image = { (uintptr_t)__image_start, (u64)(__image_end - __image_start) };
	u32 i;

	if (mem_overlap(r, &image))
		return "Hazel's image";
	for (i = 0; i < nr_own; i++)
		if (mem_overlap(r, &own[i].r))
			return own[i].what;
	if (mem_overlap(r, &fdt))
		return "the host's device tree";
	if (mem_overlap(r, &host.initrd))
		return "the VM bundle";
	if (mem_overlap(r, &host.gic.gicd))
		return "the GIC distributor";
	for (i = 0; i < host.gic.nr_gicr; i++)
		if (mem_overlap(r, &host.gic.gicr[i]))
			return "a GIC redistributor";
	return NULL;
}

static bool has_stage2(const struct vm *vm)
{
	return vm && vm->arch.s2.root;
}

static bool is_block_of(const struct vm_ram *ram, u64 ia, paddr_t pa)
{
	u64 n = (ia - ram->r.ipa) / BLOCK_2M_SIZE;

	return n < ram->nr_blocks && ram->block[n] == ALIGN_DOWN(pa, BLOCK_2M_SIZE) &&
		((ia ^ pa) & (BLOCK_2M_SIZE - 1)) == 0;
}

static enum kind shared_kind(const struct vm *vm, u64 ia, paddr_t pa, u64 size)
{
	bool first = false, last = false;
	u32 i;

	for (i = 0; i < vm->cfg.nr_shm; i++) {
		const struct vm_shm *s = &vm->cfg.shm[i];

		/* A region is contiguous, and begins where a block does. */
		if (inside(ia, size, s->ipa, s->size) && shmem_owns(pa, vm->id, &first) &&
		    shmem_owns(pa + size - PAGE_SIZE, vm->id, &last))
			return first && last ? SHARED : SHARED_RO;
	}
	return NOT_ITS;
}

static enum kind kind_of(const struct vm *vm, u64 ia, paddr_t pa, u64 size)
{
	u32 i;

	for (i = 0; i < vm->nr_ram; i++) {
		const struct vm_ram *ram = &vm->ram[i];

		if (ram->block && inside(ia, size, ram->r.ipa, ram->r.size))
			return !is_block_of(ram, ia, pa) ? NOT_ITS : ram->r.type == VM_MEM_ROM ? ROM : RAM;
		if (ram->r.type == VM_MEM_DIRECT_RAM && ia == pa && inside(ia, size, ram->r.ipa, ram->r.size))
			return DIRECT_RAM;
	}
	if (ia == pa) {
		for (i = 0; i < vm->cfg.nr_mem; i++) {
			const struct vm_mem_region *m = &vm->cfg.mem[i];

			if (m->type == VM_MEM_DIRECT && inside(pa, size, m->ipa, m->size))
				return DIRECT;
		}
		if (ptdev_owns(vm, pa, size) || firmware_owns(vm, pa, size))
			return DEVICE;
	}
	return shared_kind(vm, ia, pa, size);
}

/* Has @vm a direct region, a device or a shared window at a part of @r? */
static bool claims_region(const struct vm *vm, const struct mem_range *r)
{
	bool w;
	u32 i;

	for (i = 0; i < vm->cfg.nr_mem; i++) {
		const struct vm_mem_region *m = &vm->cfg.mem[i];

		if (m->type == VM_MEM_DIRECT && mem_overlap(r, &(struct mem_range){ m->ipa, m->size }))
			return true;
	}
	for (i = 0; i < vm->nr_ram; i++) {
		const struct vm_mem_region *m = &vm->ram[i].r;

		if (m->type == VM_MEM_DIRECT_RAM && mem_overlap(r, &(struct mem_range){ m->ipa, m->size }))
			return true;
	}
	if (vm->scmi_fn && mem_overlap(r, &vm->scmi_page))
		return true;
	/* A region of shared memory begins where a block does. */
	return ptdev_touches(vm, r->base, r->size) || shmem_owns(r->base, vm->id, &w) ||
		shmem_owns(r->base + r->size - PAGE_SIZE, vm->id, &w);
}

static bool claims_block(const struct vm *vm, paddr_t pa)
{
	u64 k;
	u32 i;

	for (i = 0; i < vm->nr_ram; i++) {
		const struct vm_ram *ram = &vm->ram[i];

		for (k = 0; ram->block && k < ram->nr_blocks; k++)
			if (ram->block[k] == ALIGN_DOWN(pa, BLOCK_2M_SIZE))
				return true;
	}
	return false;
}

static const struct vm *claimed_by(const struct vm *but, const struct mem_range *r, bool blocks)
{
	u32 i;

	for (i = 0; i < nr_vms; i++)
		if (vms[i] != but && has_stage2(vms[i]) &&
		    (claims_region(vms[i], r) || (blocks && claims_block(vms[i], r->base))))
			return vms[i];
	return NULL;
}

const struct vm *audit_claimed(const struct vm *but, paddr_t pa, u64 size)
{
	return claimed_by(but, &(struct mem_range){ pa, size }, true);
}

/* @vm has no right to the range: say whose it is. */
static void name_owner(const struct vm *vm, const struct mem_range *r, char *text, size_t size)
{
	const struct vm *o = claimed_by(vm, r, true);
	enum page_state s = page_state(&host_pool, r->base, r->size >> PAGE_SHIFT);
	const char *what = hazels(r);

	if (o)
		(void)snprintf(text, size, "belongs to vm%u '%s'", o->id, o->cfg.name);
	else if (what)
		(void)snprintf(text, size, "is %s", what);
	else if (claimed_by(NULL, r, true))
		(void)snprintf(text, size, "is the VM's own, at another address");
	else
		(void)snprintf(text, size, "%s",
			       s == PAGE_FREE            ? "is free RAM"
				       : s == PAGE_TAKEN ? "is RAM of nobody"
							 : "is nothing that the manifest gives this VM");
}

/* Attributes that do not suit what is mapped. */
static const char *wrong_attrs(enum kind k, u64 pte)
{
	bool device = !(pte & S2_MEMATTR_TYPE);
	bool exec = FIELD_GET(S2_XN_FIELD, pte) != 2;

	if (device && exec)
		return "a device that can be executed";
	if (k == DEVICE && !device)
		return "a device mapped as memory";
	if (device && k != DEVICE && k != DIRECT)
		return "memory mapped as a device";
	if (k == ROM && (pte & S2_W))
		return "ROM that can be written";
	if (k == SHARED_RO && (pte & S2_W))
		return "shared memory that can be written, which the manifest forbids";
	if ((k == SHARED || k == SHARED_RO) && exec)
		return "shared memory that can be executed";
	return NULL;
}

void audit_check_leaf(const struct vm *vm, u64 ia, paddr_t pa, u64 size, u64 pte, char *text, size_t text_size)
{
	const struct mem_range r = { pa, size };
	enum kind k = kind_of(vm, ia, pa, size);
	const char *what = hazels(&r);
	const struct vm *other = NULL;

	text[0] = '\0';
	if (!what && mem_overlap(&r, &host.uart.reg) && !ptdev_owns_console(vm))
		what = "the console's UART";
	if (what) {
		(void)snprintf(text, text_size, "is %s", what);
		return;
	}
	if (k == NOT_ITS) {
		name_owner(vm, &r, text, text_size);
		return;
	}
	/* RAM blocks are compared with each other, and with regions, on their own. */
	if (k == DIRECT || k == DIRECT_RAM || k == DEVICE)
		other = claimed_by(vm, &r, false);
	if (other) {
		(void)snprintf(text, text_size, "belongs to vm%u '%s' as well", other->id, other->cfg.name);
		return;
	}
	what = wrong_attrs(k, pte);
	if (k == DIRECT_RAM && page_state(&host_pool, pa, size >> PAGE_SHIFT) != PAGE_TAKEN)
		what = "free RAM, and may be given to another";
	if (what)
		(void)snprintf(text, text_size, "is %s", what);
}

void audit_check_block(const struct vm *vm, paddr_t block, char *text, size_t text_size)
{
	const struct mem_range r = { block, BLOCK_2M_SIZE };
	enum page_state s = page_state(&host_pool, block, BLOCK_2M_SIZE >> PAGE_SHIFT);
	const struct vm *other = claimed_by(vm, &r, false);

	text[0] = '\0';
	if (other)
		(void)snprintf(text, text_size, "belongs to vm%u '%s' as well", other->id, other->cfg.name);
	else if (s != PAGE_TAKEN)
		(void)snprintf(text, text_size, "%s",
			       s == PAGE_FREE ? "is free RAM, and may be given to another"
					      : "is not RAM that Hazel may give away");
}

/* Is any of @r RAM that is the guests'? */
static bool is_guest_ram(const struct mem_range *r)
{
	u32 i, k;

	for (i = 0; i < host_pool.nr_regions; i++) {
		const struct page_region *p = &host_pool.region[i];

		if (mem_overlap(r, &(struct mem_range){ p->base, p->nr_pages << PAGE_SHIFT }))
			return true;
	}
	/* Reserved memory that a direct region gives to a VM. */
	for (i = 0; i < nr_vms; i++) {
		for (k = 0; has_stage2(vms[i]) && k < vms[i]->cfg.nr_mem; k++) {
			const struct vm_mem_region *m = &vms[i]->cfg.mem[k];

			if (m->type == VM_MEM_DIRECT && mem_overlap(r, &(struct mem_range){ m->ipa, m->size }))
				return true;
		}
	}
	return false;
}

void audit_check_el2(u64 va __unused, paddr_t pa, u64 size, u64 pte, char *text, size_t text_size)
{
	const char *what = NULL;

	if (!(pte & (S1_AP_RO | S1_XN)))
		what = "can be written and executed";
	else if (is_guest_ram(&(struct mem_range){ pa, size }))
		what = "is guests' memory, outside of the window";
	(void)snprintf(text, text_size, "%s", what ? what : "");
}
