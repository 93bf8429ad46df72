/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Stage 2 of a VM: tables from a pool of its own that is sized when it is created, VMID, TLB maintenance, and the
 * switch. Changes are serialised by the VM's life cycle: they happen at creation, destruction and while its vCPUs are
 * parked.
 */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>
#include <asm/vgic/vgic.h>
#include <common/arch_hooks.h>
#include <common/page_alloc.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

/* VTCR_EL2 (ARM ARM D19.2.167), 4 KiB granule */
#define VTCR_T0SZ GENMASK(5, 0)
#define VTCR_SL0 GENMASK(7, 6)
#define VTCR_SL0_LEVEL1 1U
#define VTCR_IRGN0_WB FIELD_PREP(GENMASK(9, 8), 1)
#define VTCR_ORGN0_WB FIELD_PREP(GENMASK(11, 10), 1)
#define VTCR_SH0_INNER FIELD_PREP(GENMASK(13, 12), 3)
#define VTCR_PS GENMASK(18, 16)
#define VTCR_VS_16BIT BIT(19)
#define VTCR_RES1 BIT(31)

#define VTTBR_VMID GENMASK(63, 48)

#define IPA_BITS_MAX 40U
#define START_LEVEL 1U
#define ROOT_TABLE_BITS 39U /* input bits of one level-1 table; more are concatenated */
#define IPAS2_SHIFT 12U     /* TLBI IPAS2E1IS takes IPA[47:12] */
#define TLBI_PAGES_MAX 64U  /* beyond, one TLBI of the whole VM is cheaper */

/* VMID 0 is nobody's. */
static_assert(CONFIG_MAX_VMS < 255, "VMID = VM id + 1 has to fit 8 bits");

/* Tables for a VM beside those for its RAM: per pass-through device up to 4 windows of a level-2 and two level-3
 * tables. */
#define TABLES_PER_DEVICE 12U
#define TABLES_PER_REGION_ENDS 4U
#define TABLES_PER_WINDOW 3U /* shared memory, at most 256 MiB: a level-3 table, and two level-2 ones around a GiB */
#define TABLES_RESERVE 16U
/* All of a board's devices: level-3 tables for 256 MiB of registers in pages, and level-2 ones for some GiB. */
#define TABLES_REST 192U

struct s1_saved {
	u64 vttbr, tcr, sctlr;
};

static u32 ipa_bits(void)
{
	return MIN(cpu_common_pa_bits(), IPA_BITS_MAX);
}

u64 vm_arch_ipa_size(void)
{
	return BIT(ipa_bits());
}

/* TLB maintenance by VMID acts on the current one. Walks are off while VTTBR_EL2 does not match EL1's registers (D14).
 */
static void vmid_enter(const struct vm_arch *a, struct s1_saved *s)
{
	s->vttbr = read_sysreg(vttbr_el2);
	if (s->vttbr == a->vttbr_el2)
		return;
	s->tcr = read_sysreg(tcr_el1);
	s->sctlr = read_sysreg(sctlr_el1);
	sysregs_block_s1();
	write_sysreg(a->vttbr_el2, vttbr_el2);
	isb();
}

static void vmid_leave(const struct vm_arch *a, const struct s1_saved *s)
{
	if (s->vttbr == a->vttbr_el2)
		return;
	write_sysreg(s->vttbr, vttbr_el2);
	isb();
	write_sysreg(s->sctlr, sctlr_el1);
	isb();
	write_sysreg(s->tcr, tcr_el1);
	isb();
}

static void tlbi_range(u64 ia, u64 size)
{
	u64 end = ia + size;

	if (size / PAGE_SIZE > TLBI_PAGES_MAX) {
		__asm__ volatile("tlbi vmalls12e1is" ::: "memory");
		dsb(ish);
		return;
	}
	for (; ia < end; ia += PAGE_SIZE)
		__asm__ volatile("tlbi ipas2e1is, %0" ::"r"(ia >> IPAS2_SHIFT) : "memory");
	dsb(ish);
	/* Entries that combine both stages are not found by IPA. */
	__asm__ volatile("tlbi vmalle1is" ::: "memory");
	dsb(ish);
}

static void s2_invalidate(struct pgtable *pt, u64 ia, u64 size)
{
	const struct vm *vm = pt->cookie;
	struct s1_saved s = { 0 };

	dsb(ishst);
	vmid_enter(&vm->arch, &s);
	/* Twice: on Cortex-A76 and others the first may miss an entry in use (errata 1286807 and kin; CVE-2025-10263).
	 */
	tlbi_range(ia, size);
	tlbi_range(ia, size);
	isb();
	vmid_leave(&vm->arch, &s);
}

static void s2_sync(struct pgtable *pt __unused)
{
	dsb(ishst);
}

static u64 *s2_va(struct pgtable *pt __unused, paddr_t pa)
{
	return (u64 *)pa;
}

/* A returned page holds the address of the next one in its first word. */
static paddr_t s2_alloc(struct pgtable *pt)
{
	struct vm *vm = pt->cookie;
	paddr_t pa = vm->arch.s2_free_list;

	if (!pa)
		return 0;
	vm->arch.s2_free_list = *s2_va(pt, pa);
	vm->arch.s2_pool_used++;
	(void)memset(s2_va(pt, pa), 0, PAGE_SIZE);
	return pa;
}

static void s2_free(struct pgtable *pt, paddr_t table)
{
	struct vm *vm = pt->cookie;

	*s2_va(pt, table) = vm->arch.s2_free_list;
	vm->arch.s2_free_list = table;
	vm->arch.s2_pool_used--;
}

static const struct pgtable_ops s2_ops = {
	.alloc = s2_alloc,
	.free = s2_free,
	.va = s2_va,
	.invalidate = s2_invalidate,
	.sync = s2_sync,
};

/* Level-2 tables for the RAM, which comes in 2 MiB blocks; level-3 ones only at the ends of direct regions and for
 * devices. */
static u64 pool_pages(const struct vm_config *cfg)
{
	u64 n = TABLES_RESERVE + (u64)cfg->nr_passthrough * TABLES_PER_DEVICE + (cfg->rest ? TABLES_REST : 0);
	u32 i;

	for (i = 0; i < cfg->nr_mem; i++) {
		/* Size 0 is what is left of host RAM, which is not more than all of it. */
		u64 size = cfg->mem[i].size ? cfg->mem[i].size : host_pool.nr_pages * PAGE_SIZE;

		n += size / BLOCK_1G_SIZE + TABLES_PER_REGION_ENDS;
		/* In up to VM_MEM_MAX banks. */
		if (cfg->mem[i].type == VM_MEM_DIRECT_RAM)
			n += VM_MEM_MAX;
	}
	/* A window starts at a block, of IPA and of host memory. */
	return n + (u64)cfg->nr_shm * TABLES_PER_WINDOW;
}

static u64 root_pages(void)
{
	u32 bits = ipa_bits();

	return bits > ROOT_TABLE_BITS ? BIT(bits - ROOT_TABLE_BITS) : 1;
}

static u64 vtcr_value(const struct cpu_features *f)
{
	static const u8 ps_bits[] = { 32, 36, 40, 42, 44, 48 };
	u32 ps = 0;

	while (ps + 1 < ARRAY_SIZE(ps_bits) && ps_bits[ps + 1] <= f->pa_bits)
		ps++;
	return VTCR_RES1 | FIELD_PREP(VTCR_T0SZ, 64 - ipa_bits()) | FIELD_PREP(VTCR_SL0, VTCR_SL0_LEVEL1) |
		VTCR_IRGN0_WB | VTCR_ORGN0_WB | VTCR_SH0_INNER | FIELD_PREP(VTCR_PS, ps) |
		(f->vmid_bits > 8 ? VTCR_VS_16BIT : 0);
}

static int create_tables(struct vm *vm)
{
	struct vm_arch *a = &vm->arch;
	void *root = el2_alloc(root_pages());
	void *pool;
	u64 i;

	if (!root)
		return -ENOMEM;
	a->s2 = (struct pgtable){
		.ops = &s2_ops,
		.cookie = vm,
		.root = (paddr_t)root,
		.start_level = START_LEVEL,
		.ia_bits = ipa_bits(),
		.max_block_level = 1,
	};
	a->s2_pool_pages = pool_pages(&vm->cfg);
	pool = el2_alloc(a->s2_pool_pages);
	if (!pool)
		return -ENOMEM;
	a->s2_pool_pa = (paddr_t)pool;
	a->s2_pool_used = a->s2_pool_pages;
	for (i = a->s2_pool_pages; i-- > 0;)
		s2_free(&a->s2, a->s2_pool_pa + i * PAGE_SIZE);
	a->vmid = (u16)(vm->id + 1);
	a->vttbr_el2 = FIELD_PREP(VTTBR_VMID, a->vmid) | a->s2.root;
	a->vtcr_el2 = vtcr_value(&this_pcpu()->features);
	/* Whatever a VM that had this VMID left behind. */
	s2_invalidate(&a->s2, 0, vm_arch_ipa_size());
	return 0;
}

int vm_arch_create(struct vm *vm, struct vm_config_err *err)
{
	const unsigned long long tables = root_pages() + pool_pages(&vm->cfg);
	int r = create_tables(vm);

	if (r) {
		(void)snprintf(err->text, sizeof(err->text), "no EL2 memory for %llu stage-2 tables", tables);
		return r;
	}
	vm->arch.cntvoff = 0;
	idregs_init(vm);
	r = vgic_vm_create(vm);
	if (r)
		(void)snprintf(err->text, sizeof(err->text), "the virtual GIC could not be created (error %d)", -r);
	return r;
}

/* No pCPU may walk tables that are given back. With stage 1 blocked by vcpu_arch_put() nothing walks now either. */
static void forget(struct vm *vm)
{
	u32 i;

	for (i = 0; i < CONFIG_MAX_PCPUS; i++) {
		if (pcpus[i].last_vm == vm)
			pcpus[i].last_vm = NULL;
		pcpus[i].last_vcpu[vm->id] = NULL;
	}
	if (read_sysreg(vttbr_el2) == vm->arch.vttbr_el2) {
		write_sysreg(read_sysreg(hcr_el2) & ~HCR_VM, hcr_el2);
		write_sysreg(0, vttbr_el2);
		isb();
	}
}

void vm_arch_destroy(struct vm *vm)
{
	struct vm_arch *a = &vm->arch;

	if (vm->vgic)
		vgic_vm_destroy(vm);
	if (a->s2_pool_pa) {
		pgtable_free_all(&a->s2);
		s2_invalidate(&a->s2, 0, vm_arch_ipa_size());
		forget(vm);
		el2_free((void *)a->s2_pool_pa, a->s2_pool_pages);
	}
	if (a->s2.root)
		el2_free((void *)a->s2.root, root_pages());
	(void)memset(a, 0, sizeof(*a));
}

void vm_arch_reset(struct vm *vm)
{
	u32 i;

	vgic_vm_reset(vm);
	/* What the guest before the reset left in TLBs and instruction caches is not the next one's. */
	for (i = 0; i < CONFIG_MAX_PCPUS; i++)
		pcpus[i].last_vcpu[vm->id] = NULL;
	for (i = 0; i < vm->nr_vcpus; i++) {
		vtimer_vcpu_reset(vm->vcpu[i]);
		vdebug_reset(vm->vcpu[i]);
		/* For PSCI every vCPU is off until the boot vCPU, or CPU_ON, starts it. */
		vm->vcpu[i]->arch.start.pending = false;
		vm->vcpu[i]->state = VCPU_OFF;
	}
}

int vm_arch_map(struct vm *vm, ipa_t ipa, paddr_t pa, u64 size, enum s2_prot prot)
{
	u64 attrs = PTE_AF;

	switch (prot) {
	case S2_RAM:
		attrs |= S2_MEMATTR(S2_MEMATTR_NORMAL_WB) | PTE_SH_INNER | S2_R | S2_W;
		break;
	case S2_ROM:
		attrs |= S2_MEMATTR(S2_MEMATTR_NORMAL_WB) | PTE_SH_INNER | S2_R;
		break;
	case S2_SHARED:
	case S2_SHARED_RO:
		attrs |= S2_MEMATTR(S2_MEMATTR_NORMAL_WB) | PTE_SH_INNER | S2_R | S2_XN_ALL;
		attrs |= prot == S2_SHARED ? S2_W : 0;
		break;
	case S2_DEVICE:
	default:
		attrs |= S2_MEMATTR(S2_MEMATTR_DEVICE_nGnRE) | S2_R | S2_W | S2_XN_ALL;
		break;
	}
	return pgtable_map(&vm->arch.s2, ipa, pa, size, attrs);
}

int vm_arch_unmap(struct vm *vm, ipa_t ipa, u64 size)
{
	return pgtable_unmap(&vm->arch.s2, ipa, size);
}

/* Stage 1 is blocked. A VMID is per VM, so what another vCPU of it cached on this pCPU would be seen by this one. */
void s2_load(struct vcpu *vcpu)
{
	const struct vm_arch *a = &vcpu->vm->arch;
	struct pcpu *p = this_pcpu();
	u32 id = vcpu->vm->id;

	write_sysreg(a->vtcr_el2, vtcr_el2);
	write_sysreg(a->vttbr_el2, vttbr_el2);
	isb();
	p->last_vm = vcpu->vm;
	if (p->last_vcpu[id] == vcpu)
		return;
	__asm__ volatile("tlbi vmalle1\n\tic iallu" ::: "memory");
	dsb(nsh);
	isb();
	p->last_vcpu[id] = vcpu;
}
