/* SPDX-License-Identifier: BSD-3-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vgic_hw.h"

#include <asm/vgic/vgic_fast.h>

#include <common/io_req.h>
#include <common/page_alloc.h>
#include <common/schedule.h>
#include <lib/errno.h>

#define PREBITS 5U
#define MIN_BPR0 2U
#define MIN_BPR1 3U
#define IDLE_PRIO 0x100U
#define MAX_ROUNDS 200U
#define IO_REGIONS 4U
#define STATE (ICH_LR_PENDING | ICH_LR_ACTIVE)

struct hw_cpu_if hw_cif[HW_PCPUS];
struct hw_irq hw_ppi[HW_PCPUS][VGIC_NR_PRIVATE];
struct hw_irq hw_spi[VGIC_NR_INTIDS];
struct pcpu pcpus[CONFIG_MAX_PCPUS];
u32 hw_cur, hw_wakes, hw_ipis;
struct vm *hw_the_vm;
void (*hw_on_panic)(void);
void (*hw_event)(void);
struct hw_fast hw_fast;

static struct vcpu *on[HW_PCPUS];
static u32 nr_cpus;

/* -- What the vGIC calls -- */
struct pcpu *mock_this_pcpu(void)
{
	return &pcpus[hw_cur];
}

void panic(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	if (hw_on_panic)
		hw_on_panic();
	abort();
}

void *el2_alloc(u64 nr)
{
	return calloc(nr, PAGE_SIZE);
}

void el2_free(void *p, u64 nr)
{
	(void)nr;
	free(p);
}

int io_register(struct io_table *t, const struct io_region *r)
{
	if (t->nr == t->max)
		return -ENOSPC;
	t->region[t->nr++] = *r;
	return 0;
}

struct vcpu *vcpu_loaded(void)
{
	return on[hw_cur];
}

/* Nothing else is urgent here. */
void work_yield(void)
{
}

void sched_wake(struct vcpu *v)
{
	v->state = VCPU_RUNNABLE;
	hw_wakes++;
}

static u32 kicked; /* pCPUs */

void pcpu_kick(const struct pcpu *p)
{
	kicked |= BIT32(p->id);
	hw_ipis++;
}

/* -- ICH_*: EL2's side of the virtual CPU interface -- */
static struct hw_cpu_if *cif(void)
{
	return &hw_cif[hw_cur];
}

/* EL2 is about to access a list register or ICH_HCR_EL2: another pCPU may be at work just now. */
static void event(void)
{
	if (hw_event)
		hw_event();
}

static u32 nr_lrs(void)
{
	return pcpus[hw_cur].features.gic_lrs;
}

static u64 *lr(u32 n)
{
	if (n >= nr_lrs())
		panic("list register %u of %u\n", n, nr_lrs());
	return &cif()->lr[n];
}

u64 ich_read_lr(u32 n)
{
	event();
	return *lr(n);
}

void ich_write_lr(u32 n, u64 v)
{
	u32 i;

	event();
	if ((v & STATE) == STATE && (v & ICH_LR_HW))
		panic("HW list register pending and active\n");
	for (i = 0; i < nr_lrs() && (v & STATE) && (cif()->hcr & ICH_HCR_EN); i++) {
		if (i != n && (cif()->lr[i] & STATE) &&
		    FIELD_GET(ICH_LR_VINTID, cif()->lr[i]) == FIELD_GET(ICH_LR_VINTID, v))
			panic("INTID %u in two list registers\n", (u32)v);
	}
	*lr(n) = v;
}

static u32 *apr(u32 group, u32 n)
{
	if (n)
		panic("active priorities register %u\n", n);
	return &cif()->apr[group];
}

u64 ich_read_ap0r(u32 n)
{
	return *apr(0, n);
}

u64 ich_read_ap1r(u32 n)
{
	return *apr(1, n);
}

void ich_write_ap0r(u32 n, u64 v)
{
	*apr(0, n) = (u32)v;
}

void ich_write_ap1r(u32 n, u64 v)
{
	*apr(1, n) = (u32)v;
}

u64 ich_read_hcr(void)
{
	event();
	return cif()->hcr;
}

void ich_write_hcr(u64 v)
{
	event();
	if ((v & ICH_HCR_TDIR) && !pcpus[hw_cur].features.gic_tds)
		panic("TDIR without TDS\n");
	cif()->hcr = v;
}

u64 ich_read_vmcr(void)
{
	return cif()->vmcr;
}

void ich_write_vmcr(u64 v)
{
	u64 bpr0 = FIELD_GET(ICH_VMCR_VBPR0, v), bpr1 = FIELD_GET(ICH_VMCR_VBPR1, v);

	v &= ~(ICH_VMCR_VBPR0 | ICH_VMCR_VBPR1);
	cif()->vmcr = v | FIELD_PREP(ICH_VMCR_VBPR0, MAX(bpr0, MIN_BPR0)) |
		FIELD_PREP(ICH_VMCR_VBPR1, MAX(bpr1, MIN_BPR1));
}

u64 ich_read_eisr(void)
{
	u64 v = 0;
	u32 i;

	for (i = 0; i < nr_lrs(); i++) {
		if ((cif()->lr[i] & (STATE | ICH_LR_HW | ICH_LR_EOI)) == ICH_LR_EOI)
			v |= BIT(i);
	}
	return v;
}

u64 ich_read_elrsr(void)
{
	u64 v = 0;
	u32 i;

	for (i = 0; i < nr_lrs(); i++) {
		if (!(cif()->lr[i] & STATE) && ((cif()->lr[i] & ICH_LR_HW) || !(cif()->lr[i] & ICH_LR_EOI)))
			v |= BIT(i);
	}
	return v;
}

u64 icv_misr(void)
{
	u64 hcr = cif()->hcr, vmcr = cif()->vmcr, v = 0;
	u32 i, valid = 0, pending = 0;

	if (!(hcr & ICH_HCR_EN))
		return 0;
	for (i = 0; i < nr_lrs(); i++) {
		valid += (cif()->lr[i] & STATE) != 0;
		pending += (cif()->lr[i] & STATE) == ICH_LR_PENDING;
	}
	v |= ich_read_eisr() ? ICH_MISR_EOI : 0;
	v |= (hcr & ICH_HCR_UIE) && valid <= 1 ? ICH_MISR_U : 0;
	v |= (hcr & ICH_HCR_LRENPIE) && (hcr & ICH_HCR_EOICOUNT) ? ICH_MISR_LRENP : 0;
	v |= (hcr & ICH_HCR_NPIE) && !pending ? ICH_MISR_NP : 0;
	v |= (hcr & ICH_HCR_VGRP0EIE) && (vmcr & ICH_VMCR_VENG0) ? ICH_MISR_VGRP0E : 0;
	v |= (hcr & ICH_HCR_VGRP0DIE) && !(vmcr & ICH_VMCR_VENG0) ? ICH_MISR_VGRP0D : 0;
	v |= (hcr & ICH_HCR_VGRP1EIE) && (vmcr & ICH_VMCR_VENG1) ? ICH_MISR_VGRP1E : 0;
	v |= (hcr & ICH_HCR_VGRP1DIE) && !(vmcr & ICH_VMCR_VENG1) ? ICH_MISR_VGRP1D : 0;
	return v;
}

u64 ich_read_misr(void)
{
	return icv_misr();
}

/* -- The physical GIC -- */
static struct hw_irq *phys(u32 intid)
{
	if (intid >= VGIC_NR_INTIDS)
		panic("physical INTID %u\n", intid);
	return intid < VGIC_NR_PRIVATE ? &hw_ppi[hw_cur][intid] : &hw_spi[intid];
}

void gic_enable(u32 intid)
{
	phys(intid)->enabled = true;
}

void gic_disable(u32 intid)
{
	phys(intid)->enabled = false;
}

void gic_set_edge(u32 intid, bool edge)
{
	phys(intid)->edge = edge;
}

void gic_set_target(u32 intid, u64 mpidr)
{
	phys(intid)->target = (u32)mpidr;
}

void gic_set_pending(u32 intid)
{
	phys(intid)->pending = true;
}

void gic_clear_pending(u32 intid)
{
	phys(intid)->pending = false;
}

void gic_set_active(u32 intid)
{
	phys(intid)->active = true;
}

void gic_clear_active(u32 intid)
{
	phys(intid)->active = false;
}

bool gic_is_pending(u32 intid)
{
	return phys(intid)->pending || (!phys(intid)->edge && phys(intid)->line);
}

void hw_spi_line(u32 intid, bool level)
{
	if (level && !hw_spi[intid].line && hw_spi[intid].edge)
		hw_spi[intid].pending = true;
	hw_spi[intid].line = level;
}

/* A fast way was taken where this is the same before and after. */
static u32 times_locked(void)
{
	return hw_the_vm->vgic->lock.next;
}

/* EL2 acknowledges what the physical GIC signals to this pCPU, drops priority, and hands it to the vGIC. */
static bool forward(void)
{
	bool any = false;
	u32 id, before;

	for (id = VGIC_NR_SGIS; id < VGIC_NR_INTIDS; id++) {
		struct hw_irq *p = phys(id);

		if (!p->enabled || p->active || !gic_is_pending(id) || (id >= VGIC_NR_PRIVATE && p->target != hw_cur))
			continue;
		any = true;
		p->active = true;
		p->pending = false;
		before = times_locked();
		/* As trap_irq() does it. */
		if (id >= VGIC_NR_PRIVATE && on[hw_cur] && vgic_hw_spi[id] &&
		    vgic_hw_spi[id]->holder == on[hw_cur]->vgic)
			vgic_hw_irq(on[hw_cur], vgic_hw_spi[id]);
		else if (id >= VGIC_NR_PRIVATE)
			vgic_arch_hw_irq(hw_the_vm, id);
		else if (on[hw_cur])
			vgic_hw_ppi(on[hw_cur], id);
		else
			panic("PPI %u while no vCPU is loaded\n", id);
		if (before == times_locked())
			*(id >= VGIC_NR_PRIVATE ? &hw_fast.spi : &hw_fast.ppi) += 1;
	}
	return any;
}

bool hw_round(u32 pcpu)
{
	u32 save = hw_cur, before;
	bool any;

	hw_cur = pcpu;
	any = forward();
	if (kicked & BIT32(pcpu)) {
		kicked &= ~BIT32(pcpu);
		any = true;
		if (on[pcpu] && on[pcpu]->vgic->sgi_req) {
			before = times_locked();
			vgic_take_sgis(on[pcpu]);
			hw_fast.taken += before == times_locked();
		}
	}
	if (pcpu_take_flags(&pcpus[pcpu]) & PCPU_VGIC) {
		any = true;
		if (on[pcpu])
			vgic_flush(on[pcpu]);
	}
	if (on[pcpu] && icv_misr()) {
		any = true;
		vgic_maintenance(on[pcpu]);
	}
	hw_cur = save;
	return any;
}

bool hw_rest(void)
{
	u32 round, p;

	for (round = 0; round < MAX_ROUNDS; round++) {
		bool any = false;

		for (p = 0; p < nr_cpus; p++)
			any |= hw_round(p);
		if (!any)
			return true;
	}
	return false;
}

/* -- ICV_*: the guest's side -- */
static u32 mask_of(u32 group)
{
	u64 vmcr = cif()->vmcr;

	if (group && !(vmcr & ICH_VMCR_VCBPR))
		return ~0U << FIELD_GET(ICH_VMCR_VBPR1, vmcr);
	return ~0U << (FIELD_GET(ICH_VMCR_VBPR0, vmcr) + 1U);
}

static u32 running(void)
{
	u32 active = cif()->apr[0] | cif()->apr[1];

	return active ? (u32)__builtin_ctz(active) << (8U - PREBITS) : IDLE_PRIO;
}

static int hppi(void)
{
	u32 i, best = IDLE_PRIO;
	int found = -1;

	for (i = 0; i < nr_lrs(); i++) {
		u64 v = cif()->lr[i];
		u32 prio = (u32)FIELD_GET(ICH_LR_PRIORITY, v);

		if ((v & STATE) != ICH_LR_PENDING ||
		    !(cif()->vmcr & (v & ICH_LR_GROUP ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0)))
			continue;
		if (prio < best) {
			best = prio;
			found = (int)i;
		}
	}
	return found;
}

u32 icv_iar(bool group1)
{
	int i = hppi();
	u32 prio, group;
	u64 *v;

	if (i < 0 || !(cif()->hcr & ICH_HCR_EN))
		return HW_SPURIOUS;
	v = &cif()->lr[i];
	prio = (u32)FIELD_GET(ICH_LR_PRIORITY, *v);
	group = *v & ICH_LR_GROUP ? 1 : 0;
	if (prio >= FIELD_GET(ICH_VMCR_VPMR, cif()->vmcr) || (prio & mask_of(group)) >= running() || group != group1)
		return HW_SPURIOUS;
	*v = (*v & ~ICH_LR_PENDING) | ICH_LR_ACTIVE;
	cif()->apr[group] |= BIT32((prio & mask_of(group)) >> (8U - PREBITS));
	return (u32)FIELD_GET(ICH_LR_VINTID, *v);
}

static void deactivate(u64 *v)
{
	*v &= ~ICH_LR_ACTIVE;
	if (*v & ICH_LR_HW)
		phys((u32)FIELD_GET(ICH_LR_PINTID, *v))->active = false;
}

static u64 *find_active(u32 intid)
{
	u32 i;

	for (i = 0; i < nr_lrs(); i++) {
		if ((cif()->lr[i] & ICH_LR_ACTIVE) && FIELD_GET(ICH_LR_VINTID, cif()->lr[i]) == intid)
			return &cif()->lr[i];
	}
	return NULL;
}

static void count_eoi(void)
{
	if (FIELD_GET(ICH_HCR_EOICOUNT, cif()->hcr) != FIELD_GET(ICH_HCR_EOICOUNT, ICH_HCR_EOICOUNT))
		cif()->hcr += FIELD_PREP(ICH_HCR_EOICOUNT, 1);
}

void icv_eoi(bool group1, u32 intid)
{
	u32 dropped = running();
	u32 *a = cif()->apr;
	u64 *v;

	if (dropped == IDLE_PRIO)
		return;
	a = a[0] & BIT32(dropped >> (8U - PREBITS)) ? &a[0] : &a[1];
	*a &= *a - 1;
	v = find_active(intid);
	if (!v) {
		if (!(cif()->vmcr & ICH_VMCR_VEOIM))
			count_eoi();
		return;
	}
	if (!!(*v & ICH_LR_GROUP) == group1 && (FIELD_GET(ICH_LR_PRIORITY, *v) & mask_of(group1)) == dropped &&
	    !(cif()->vmcr & ICH_VMCR_VEOIM))
		deactivate(v);
}

void icv_dir(u32 intid)
{
	u64 *v;

	if (cif()->hcr & (ICH_HCR_TDIR | ICH_HCR_TC)) {
		vgic_dir_write(on[hw_cur], intid);
		return;
	}
	if (!(cif()->vmcr & ICH_VMCR_VEOIM))
		return;
	v = find_active(intid);
	if (v)
		deactivate(v);
	else
		count_eoi();
}

void icv_set_vmcr(u64 mask, u64 v)
{
	ich_write_vmcr((cif()->vmcr & ~mask) | (v & mask));
}

/* -- The machine -- */
struct vm *hw_start(u32 nr_vcpus, u32 nr_pcpus, u32 lrs, bool tds)
{
	struct vm *vm = calloc(1, sizeof(*vm));
	u32 i;

	memset(hw_cif, 0, sizeof(hw_cif));
	memset(hw_ppi, 0, sizeof(hw_ppi));
	memset(hw_spi, 0, sizeof(hw_spi));
	memset(pcpus, 0, sizeof(pcpus));
	memset(on, 0, sizeof(on));
	hw_cur = hw_wakes = hw_ipis = 0;
	nr_cpus = nr_pcpus;
	hw_the_vm = vm;
	kicked = 0;
	hw_event = NULL;
	for (i = 0; i < nr_pcpus; i++) {
		pcpus[i].id = i;
		pcpus[i].mpidr = i;
		pcpus[i].features.gic_lrs = lrs;
		pcpus[i].features.gic_prebits = PREBITS;
		pcpus[i].features.gic_pribits = PREBITS;
		pcpus[i].features.gic_tds = tds;
		pcpus[i].features.gic_a3v = true;
		memset(hw_cif[i].lr, 0xff, sizeof(hw_cif[i].lr)); /* reset leaves them UNKNOWN */
	}
	vm->io.region = calloc(IO_REGIONS, sizeof(struct io_region));
	vm->io.max = IO_REGIONS;
	vm->cfg.vcpus = nr_vcpus;
	vm->cfg.gicd_ipa = HW_GICD;
	vm->cfg.gicr_ipa = HW_GICR;
	vm->nr_vcpus = nr_vcpus;
	if (vgic_vm_create(vm))
		panic("vgic_vm_create\n");
	for (i = 0; i < nr_vcpus; i++) {
		struct vcpu *v = calloc(1, sizeof(*v));

		v->vm = vm;
		v->id = i;
		v->pcpu = &pcpus[i % nr_pcpus];
		v->state = VCPU_RUNNABLE;
		vm->vcpu[i] = v;
		if (vgic_vcpu_create(v))
			panic("vgic_vcpu_create\n");
	}
	return vm;
}

void hw_stop(void)
{
	struct vm *vm = hw_the_vm;
	u32 i;

	for (i = 0; i < nr_cpus; i++) {
		if (on[i])
			hw_put(on[i]);
	}
	for (i = 0; i < vm->nr_vcpus; i++) {
		vgic_vcpu_destroy(vm->vcpu[i]);
		free(vm->vcpu[i]);
	}
	vgic_vm_destroy(vm);
	free(vm->io.region);
	free(vm);
}

void hw_load(struct vcpu *v, u32 ppi_lines)
{
	u32 save = hw_cur, i;

	hw_cur = v->pcpu->id;
	if (on[hw_cur])
		panic("two vCPUs on a pCPU\n");
	on[hw_cur] = v;
	v->pcpu->vcpu = v;
	v->loaded = true;
	vgic_load(v);
	for (i = 0; i < VGIC_NR_PRIVATE; i++)
		hw_ppi[hw_cur][i].line = ppi_lines & BIT32(i);
	hw_cur = save;
}

void hw_put(struct vcpu *v)
{
	u32 save = hw_cur, i;

	hw_cur = v->pcpu->id;
	vgic_put(v);
	for (i = 0; i < VGIC_NR_PRIVATE; i++) {
		hw_ppi[hw_cur][i].line = false;
		if (hw_ppi[hw_cur][i].active || hw_ppi[hw_cur][i].pending)
			panic("PPI %u active or pending after put\n", i);
	}
	on[hw_cur] = NULL;
	v->pcpu->vcpu = NULL;
	v->loaded = false;
	hw_cur = save;
}

/* As the exits do it: the short ways first. */
void hw_sgi(struct vcpu *v, enum vgic_sgi_reg reg, u64 val)
{
	if (reg != VGIC_SGI1R)
		vgic_sgi_write(v, reg, val);
	else if (vgic_fast_sgi_self(v->vgic, val))
		hw_fast.self++;
	else
		vgic_sgi1r_write(v, val);
}

static u64 mmio(u32 region, u64 offset, u32 size, bool write, u64 v)
{
	struct io_region *r = &hw_the_vm->io.region[region];
	struct io_access a = { .ipa = r->base + offset, .offset = offset, .size = size, .write = write, .value = v };
	u32 before = times_locked();

	if (on[hw_cur] && size == 4 && offset % 4 == 0 && offset < r->size &&
	    r->word(on[hw_cur], r->dev, (u32)offset, write, &a.value)) {
		hw_fast.word += write && before == times_locked();
		return a.value;
	}
	if (offset + size > r->size || r->fn(on[hw_cur], r->dev, &a) != IO_DONE)
		panic("MMIO at %s + 0x%llx\n", r->name, (unsigned long long)offset);
	return a.value;
}

u64 gicd_read(u64 offset, u32 size)
{
	return mmio(0, offset, size, false, ~UINT64_C(0));
}

void gicd_write(u64 offset, u32 size, u64 v)
{
	(void)mmio(0, offset, size, true, v);
}

u64 gicr_read(u32 vcpu, u64 offset, u32 size)
{
	return mmio(1, (u64)vcpu * VGIC_GICR_STRIDE + offset, size, false, ~UINT64_C(0));
}

void gicr_write(u32 vcpu, u64 offset, u32 size, u64 v)
{
	(void)mmio(1, (u64)vcpu * VGIC_GICR_STRIDE + offset, size, true, v);
}
