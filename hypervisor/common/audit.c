/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The audit's way through all tables, in slices. It needs no memory of its own: whether a page is in two VMs is decided
 * by the records of who owns what. Each mapping has to have a record of its VM, and no two records may overlap. RAM
 * blocks are compared pair by pair for that, the rest when its mapping is met.
 */
#include <asm/cpu.h>
#include <asm/gicv3.h>
#include <asm/mmu.h>
#include <asm/page.h>
#include <asm/timer.h>
#include <common/audit.h>
#include <common/irq.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

#define SLICE 2048
#define ENTRIES_AT_ONCE 128U
/* What things cost in comparisons. */
#define COST_CHUNK 32
#define COST_CLAIMS 1024 /* all VMs are asked */
#define COST_IRQ 32
#define LINES_MAX 32U
/* An interrupt that is just being taken, on another pCPU, has its owner noted within this time. */
#define SUSPECT_MS 50U

typedef unsigned long long ull;

static bool after_stop;

static void flush(struct audit *a)
{
	struct audit_finding *f = &a->last;

	if (!f->size)
		return;
	if (++a->r.findings <= LINES_MAX && f->vm)
		pr_err("audit: vm%u '%s': IPA 0x%llx + 0x%llx: PA 0x%llx %s", f->vm->id, f->vm->cfg.name, (ull)f->ia,
		       (ull)f->size, (ull)f->pa, f->text);
	else if (a->r.findings <= LINES_MAX)
		pr_err("audit: EL2 of CPU %u: VA 0x%llx + 0x%llx: PA 0x%llx %s", a->cpu, (ull)f->ia, (ull)f->size,
		       (ull)f->pa, f->text);
	f->size = 0;
}

/* Pages that follow each other with the same fault are one finding. */
static void found(struct audit *a, const struct vm *vm, u64 ia, paddr_t pa, u64 size, const char *text)
{
	struct audit_finding *f = &a->last;

	if (f->size && f->vm == vm && f->ia + f->size == ia && f->pa + f->size == pa && !strcmp(f->text, text)) {
		f->size += size;
		return;
	}
	flush(a);
	f->vm = vm;
	f->ia = ia;
	f->pa = pa;
	f->size = size;
	(void)strlcpy(f->text, text, sizeof(f->text));
}

static bool audited(const struct vm *vm)
{
	return vm && vm->arch.s2.root;
}

static void next_phase(struct audit *a)
{
	flush(a);
	a->phase++;
	a->at = (struct pgtable_cursor){ 0 };
	a->left = 0;
}

/* A part of the current leaf: 2 MiB where that answers the question, else a page. */
static void one_chunk(struct audit *a, const struct vm *vm)
{
	u64 n = a->fine ? PAGE_SIZE : MIN(a->left, BLOCK_2M_SIZE);
	char text[sizeof(a->last.text)];

	a->budget -= a->ia == a->pa ? COST_CLAIMS : COST_CHUNK;
	audit_check_leaf(vm, a->ia, a->pa, n, a->at.pte, text, sizeof(text));
	if (text[0] && n > PAGE_SIZE) {
		a->fine = n;
		return;
	}
	if (text[0])
		found(a, vm, a->ia, a->pa, n, text);
	a->ia += n;
	a->pa += n;
	a->left -= n;
	a->fine -= MIN(a->fine, n);
}

static void next_vm(struct audit *a)
{
	flush(a);
	a->vm++;
	a->at = (struct pgtable_cursor){ 0 };
}

static void step_tables(struct audit *a)
{
	struct vm *vm = a->vm < nr_vms ? vms[a->vm] : NULL;

	if (a->vm >= nr_vms) {
		next_phase(a);
		return;
	}
	if (!audited(vm)) {
		next_vm(a);
		return;
	}
	if (a->left) {
		one_chunk(a, vm);
		return;
	}
	if (!a->at.table_hi) {
		a->r.vms++;
		a->at.table_lo = vm->arch.s2_pool_pa;
		a->at.table_hi = vm->arch.s2_pool_pa + vm->arch.s2_pool_pages * PAGE_SIZE;
	}
	a->budget -= (s32)ENTRIES_AT_ONCE;
	switch (pgtable_next(&vm->arch.s2, &a->at, ENTRIES_AT_ONCE)) {
	case 0:
		a->left = pgtable_level_size(a->at.level);
		a->ia = a->at.leaf_ia;
		a->pa = ALIGN_DOWN(a->at.pte & PTE_ADDR, a->left);
		a->r.pages += a->left >> PAGE_SHIFT;
		break;
	case -EFAULT:
		found(a, vm, a->at.leaf_ia, a->at.pte & PTE_ADDR, pgtable_level_size(a->at.level),
		      "is a table outside of the VM's own");
		break;
	case -ENOENT:
		next_vm(a);
		break;
	default:
		break;
	}
}

/* Bring @p to the next block that there is. Return: its VM and *@pa, or NULL. */
static const struct vm *block_at(struct audit_pos *p, paddr_t *pa)
{
	for (; p->vm < nr_vms; p->vm++, p->ram = 0, p->block = 0) {
		const struct vm *vm = vms[p->vm];

		for (; audited(vm) && p->ram < vm->nr_ram; p->ram++, p->block = 0) {
			const struct vm_ram *ram = &vm->ram[p->ram];

			if (ram->block && p->block < ram->nr_blocks) {
				*pa = ram->block[p->block];
				return vm;
			}
		}
	}
	return NULL;
}

static u64 block_ipa(const struct audit_pos *p)
{
	return vms[p->vm]->ram[p->ram].r.ipa + p->block * BLOCK_2M_SIZE;
}

static void first_look(struct audit *a, const struct vm *vm, paddr_t pa)
{
	char text[sizeof(a->last.text)];

	a->budget -= COST_CLAIMS;
	audit_check_block(vm, pa, text, sizeof(text));
	if (text[0])
		found(a, vm, block_ipa(&a->outer), pa, BLOCK_2M_SIZE, text);
	a->inner = a->outer;
	a->inner.block++;
}

/* Each block with all that come after it. */
static void step_blocks(struct audit *a)
{
	char text[sizeof(a->last.text)];
	const struct vm *vm, *other;
	paddr_t pa, with;

	vm = block_at(&a->outer, &pa);
	if (!vm) {
		next_phase(a);
		return;
	}
	if (a->inner.vm == ~0U)
		first_look(a, vm, pa);
	while (a->budget-- > 0) {
		other = block_at(&a->inner, &with);
		if (!other) {
			a->outer.block++;
			a->inner.vm = ~0U;
			return;
		}
		if (with == pa) {
			(void)snprintf(text, sizeof(text), "belongs to vm%u '%s' as well, at IPA 0x%llx", other->id,
				       other->cfg.name, (ull)block_ipa(&a->inner));
			found(a, vm, block_ipa(&a->outer), pa, BLOCK_2M_SIZE, text);
		}
		a->inner.block++;
	}
}

static void step_el2(struct audit *a)
{
	char text[sizeof(a->last.text)];
	int r;

	if (a->cpu == CONFIG_MAX_PCPUS) {
		next_phase(a);
		return;
	}
	a->budget -= (s32)ENTRIES_AT_ONCE;
	r = mmu_next(a->cpu, &a->at, ENTRIES_AT_ONCE);
	if (r == -EAGAIN)
		return;
	if (r) {
		flush(a);
		a->cpu++;
		a->at = (struct pgtable_cursor){ 0 };
		return;
	}
	a->ia = a->at.leaf_ia;
	a->left = pgtable_level_size(a->at.level);
	a->pa = ALIGN_DOWN(a->at.pte & PTE_ADDR, a->left);
	audit_check_el2(a->ia, a->pa, a->left, a->at.pte, text, sizeof(text));
	if (text[0])
		found(a, NULL, a->ia, a->pa, a->left, text);
}

static void step_irqs(struct audit *a)
{
	const char *what;

	if (a->intid >= MIN(gic_nr_intids(), IRQ_MAX)) {
		next_phase(a);
		return;
	}
	a->budget -= COST_IRQ;
	what = audit_check_irq(a->intid);
	if (what && !a->suspect)
		a->suspect = timer_now();
	if (what && timer_now() - a->suspect < timer_ms_to_ticks(SUSPECT_MS)) {
		a->budget = 0;
		return;
	}
	if (what && ++a->r.findings <= LINES_MAX)
		pr_err("audit: interrupt %u %s", a->intid, what);
	a->suspect = 0;
	a->intid++;
}

static void report(const struct audit *a)
{
	const struct audit_result *r = &a->r;

	if (!r->findings)
		pr_info("audit: %u VM%s, %llu pages, no finding", r->vms, r->vms == 1 ? "" : "s", (ull)r->pages);
	else
		pr_err("audit: %u VM%s, %llu pages, %u finding%s%s", r->vms, r->vms == 1 ? "" : "s", (ull)r->pages,
		       r->findings, r->findings == 1 ? "" : "s",
		       r->findings > LINES_MAX ? ", of which the first 32 are shown" : "");
	for (u32 i = 0; i < nr_vms; i++) {
		if (vms[i] && vms[i]->cfg.dma_unprotected)
			pr_info("audit: vm%u '%s' is trusted (dma-unprotected): what its devices write is not audited",
				vms[i]->id, vms[i]->cfg.name);
	}
}

void audit_begin(struct audit *a)
{
	*a = (struct audit){ .inner.vm = ~0U };
}

bool audit_step(struct audit *a)
{
	for (a->budget = SLICE; a->budget > 0 && a->phase != AUDIT_DONE;) {
		switch (a->phase) {
		case AUDIT_TABLES:
			step_tables(a);
			break;
		case AUDIT_BLOCKS:
			step_blocks(a);
			break;
		case AUDIT_EL2:
			step_el2(a);
			break;
		case AUDIT_IRQS:
		default:
			step_irqs(a);
			break;
		}
	}
	if (a->phase != AUDIT_DONE)
		return true;
	report(a);
	return false;
}

static void audit_locked(struct audit_result *r)
{
	struct audit a;

	audit_begin(&a);
	while (audit_step(&a))
		work_yield();
	*r = a.r;
}

void audit_set_after_stop(void)
{
	after_stop = true;
}

void audit_after_stop(void)
{
	struct audit_result r;

	if (after_stop)
		audit_locked(&r);
}

int audit_run(struct audit_result *r)
{
	if (!life_trylock())
		return -EBUSY;
	audit_locked(r);
	life_unlock();
	return 0;
}
