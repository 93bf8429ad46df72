/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/vgic/vgic.c hypervisor/arch/arm64/vgic/vgic_cpuif.c
 * hypervisor/arch/arm64/vgic/vgic_fill.c hypervisor/arch/arm64/vgic/vgic_irq.c hypervisor/arch/arm64/vgic/vgic_load.c
 * hypervisor/arch/arm64/vgic/vgic_lr.c hypervisor/arch/arm64/vgic/vgic_mmio.c hypervisor/arch/arm64/vgic/vgic_phys.c
 * hypervisor/arch/arm64/vgic/vgic_queue.c hypervisor/arch/arm64/vgic/vgic_regs.c
 * hypervisor/arch/arm64/vgic/vgic_sgi.c hypervisor/arch/arm64/vgic/vgicd.c hypervisor/arch/arm64/vgic/vgicr.c
 * tests/host/vgic_hw.c tests/host/vgic_ref.c */
/*
 * The vGIC against a reference GIC, by random operations: what a guest reads, and what it is given to acknowledge, must
 * be what the reference says after every step. VGIC_SEED=n    one seed only, with its last operations printed
 *   VGIC_SEEDS=n   how many seeds     VGIC_STEPS=n   operations for each
 * "Burst" in what is printed: the operations from there on came before EL2 was at rest.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vgic_hw.h"
#include "vgic_ref.h"

#define SEEDS 150U
#define STEPS 1500U
#define LOG_LINES 40U
#define LOG_WIDTH 96U
#define TIMER_PPI 27U
#define HW_SPI_FIRST 40U
#define HW_SPI_LAST 46U
#define HW_SPI_EDGE 45U /* and above */

static const u32 universe[] = { 0,  1,  2,  3,  15, 17, 20, 27, 30, 31, 32, 33, 34,  35,  36,  37,  38,
				39, 40, 41, 42, 43, 44, 45, 46, 47, 63, 64, 65, 200, 201, 509, 510, 511 };

static struct ref ref;
static struct vm *vm;
static u64 rng;
static u32 seed, step, nr_pcpus;
static bool loaded[REF_CPUS];
static bool hot; /* this seed does the same few things over and over, and looks at registers seldom */
static char oplog[LOG_LINES][LOG_WIDTH];
static u32 oplog_pos;
static u64 seen_spill, seen_maint, seen_ipi, seen_acks;
static u64 seen_late; /* SGIs to vCPUs that had not carried out a request yet */

/* -- Reporting -- */
static void note(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static void note(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(oplog[oplog_pos++ % LOG_LINES], LOG_WIDTH, fmt, ap);
	va_end(ap);
}

static void broken(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
static void print_log(void)
{
	u32 i;

	for (i = oplog_pos > LOG_LINES ? oplog_pos - LOG_LINES : 0; i < oplog_pos; i++)
		print_error("  %s\n", oplog[i % LOG_LINES]);
	print_error("VGIC_SEED=%u step %u: ", seed, step);
}

static void broken(const char *fmt, ...)
{
	va_list ap;

	print_log();
	va_start(ap, fmt);
	vprint_error(fmt, ap);
	va_end(ap);
	print_error("\n");
	fail();
	abort();
}

static u32 rnd(u32 n)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return (u32)((rng >> 11) % n);
}

static bool chance(u32 one_in)
{
	return rnd(one_in) == 0;
}

static u32 any_intid(void)
{
	return universe[rnd(ARRAY_SIZE(universe))];
}

static bool is_hw(u32 intid)
{
	return intid == TIMER_PPI || (intid >= HW_SPI_FIRST && intid <= HW_SPI_LAST);
}

/* -- Register access by INTID -- */
static u32 read_bit(u32 cpu, u32 base, u32 intid)
{
	u64 v = intid < 32 ? gicr_read(cpu, 0x10000 + base, 4) : gicd_read(base + intid / 32 * 4, 4);

	return (v >> (intid % 32)) & 1;
}

static void write_word(u32 cpu, u32 base, u32 intid, u32 v)
{
	if (intid < 32)
		gicr_write(cpu, 0x10000 + base, 4, v);
	else
		gicd_write(base + intid / 32 * 4, 4, v);
}

/* -- Comparison -- */
static void expect(const char *what, u32 cpu, u32 intid, u64 got, u64 want)
{
	if (got != want)
		broken("%s of INTID %u of vCPU %u: got 0x%llx, want 0x%llx", what, intid, cpu, (unsigned long long)got,
		       (unsigned long long)want);
}

/* Pending and active are known where the list registers are. */
static void go_to_holder(u32 cpu, u32 intid)
{
	struct vgic *g = vm->vgic;
	struct vgic_irq *irq = vgic_irq_get(g, g->cpu[cpu], intid);

	if (irq->holder && irq->holder->on)
		hw_cur = irq->holder->on->id;
	else if (intid < 32 && loaded[cpu])
		hw_cur = vm->vcpu[cpu]->pcpu->id;
}

static void compare_irq(u32 cpu, u32 intid)
{
	struct ref_irq *i = ref_irq(&ref, cpu, intid);
	u64 v;

	go_to_holder(cpu, intid);
	expect("group", cpu, intid, read_bit(cpu, 0x80, intid), i->group1);
	expect("enable", cpu, intid, read_bit(cpu, chance(2) ? 0x100 : 0x180, intid), i->enabled);
	if (intid != TIMER_PPI || loaded[cpu])
		expect("pending", cpu, intid, read_bit(cpu, chance(2) ? 0x200 : 0x280, intid), ref_pending(i));
	expect("active", cpu, intid, read_bit(cpu, chance(2) ? 0x300 : 0x380, intid), i->active);
	v = intid < 32 ? gicr_read(cpu, 0x10400 + intid, 1) : gicd_read(0x400 + intid, 1);
	expect("priority", cpu, intid, v, i->prio);
	v = intid < 32 ? gicr_read(cpu, 0x10c00 + intid / 16 * 4, 4) : gicd_read(0xc00 + intid / 16 * 4, 4);
	expect("config", cpu, intid, (v >> (intid % 16 * 2)) & 3, i->edge ? 2 : 0);
	/* A physical interrupt is active exactly while the virtual one is, or waits for the guest to take it. */
	if (intid >= 32 && is_hw(intid))
		expect("physical active", cpu, intid, hw_spi[intid].active,
		       i->active || (ref_pending(i) && ref_forwarded(&ref, i)));
}

static void compare(void)
{
	u32 save = hw_cur, c, n;

	for (n = 0; n < ARRAY_SIZE(universe); n++) {
		for (c = 0; c < (universe[n] < 32 ? ref.nr_cpus : 1); c++)
			compare_irq(c, universe[n]);
	}
	hw_cur = save;
	if (!hw_rest())
		broken("no rest after reading registers");
}

static void compare_signals(void)
{
	u32 save = hw_cur, c;

	for (c = 0; c < ref.nr_cpus; c++) {
		unsigned groups, best = ref_best(&ref, c, &groups);
		bool want = best < 256 &&
			((groups & 1 && ref_signalled(&ref, c, best, false)) ||
			 (groups & 2 && ref_signalled(&ref, c, best, true)));
		bool sure = groups != 3; /* of two groups with the same priority, either may be first */

		if (!loaded[c])
			continue;
		hw_cur = vm->vcpu[c]->pcpu->id;
		if (sure && vgic_pending(vm->vcpu[c]) != want)
			broken("vgic_pending() of vCPU %u is not %d (priority 0x%x)", c, want, best);
	}
	hw_cur = save;
}

/* -- What the guest does at its CPU interface -- */
static void op_ack(u32 cpu)
{
	unsigned groups, best = ref_best(&ref, cpu, &groups);
	bool group1 = groups == 3 || !groups ? rnd(2) : groups == 2;
	u32 x;

	if (chance(16))
		group1 = !group1;
	if (ref.cpu[cpu].depth == REF_STACK)
		return;
	x = icv_iar(group1);
	note("vcpu%u iar%u -> %u", cpu, group1, x);
	if (x == HW_SPURIOUS) {
		if (best < 256 && groups == 1U << group1 && ref_signalled(&ref, cpu, best, group1))
			broken("spurious, but priority 0x%x of group %u is pending", best, group1);
		return;
	}
	if (x >= REF_INTIDS || !ref_candidate(&ref, cpu, x))
		broken("INTID %u is not deliverable to vCPU %u", x, cpu);
	if (ref_irq(&ref, cpu, x)->prio != best || !ref_signalled(&ref, cpu, best, group1))
		broken("INTID %u has priority 0x%x, pending is 0x%x", x, ref_irq(&ref, cpu, x)->prio, best);
	if (ref_irq(&ref, cpu, x)->group1 != group1)
		broken("INTID %u is not of group %u", x, group1);
	ref_ack(&ref, cpu, x);
	seen_acks++;
}

static void op_eoi(u32 cpu)
{
	struct ref_cpu *c = &ref.cpu[cpu];
	struct ref_ack a;

	if (!c->depth)
		return;
	a = c->stack[c->depth - 1];
	note("vcpu%u eoi%u %u", cpu, a.group1, a.intid);
	icv_eoi(a.group1, a.intid);
	ref_eoi(&ref, cpu);
}

static void op_dir(u32 cpu)
{
	u32 n, x = any_intid();

	if (!ref.cpu[cpu].eoimode)
		return;
	for (n = rnd(ARRAY_SIZE(universe)); n < ARRAY_SIZE(universe) && !ref_irq(&ref, cpu, x)->active; n++)
		x = universe[n];
	note("vcpu%u dir %u", cpu, x);
	icv_dir(x);
	ref_deactivate(&ref, cpu, x);
}

static void op_cpu_if(u32 cpu)
{
	struct ref_cpu *c = &ref.cpu[cpu];
	u32 g = rnd(2);

	switch (rnd(4)) {
	case 0:
		c->pmr = chance(3) ? rnd(32) << 3 : 0xf8;
		note("vcpu%u pmr 0x%x", cpu, c->pmr);
		icv_set_vmcr(ICH_VMCR_VPMR, FIELD_PREP(ICH_VMCR_VPMR, c->pmr));
		break;
	case 1:
		c->grpen[g] = !chance(3);
		note("vcpu%u igrpen%u %u", cpu, g, c->grpen[g]);
		icv_set_vmcr(g ? ICH_VMCR_VENG1 : ICH_VMCR_VENG0, c->grpen[g] ? ~UINT64_C(0) : 0);
		break;
	default:
		if (c->depth)
			break;
		c->bpr[g] = (g ? 3 : 2) + (chance(2) ? rnd(4) : 0);
		c->cbpr = chance(4);
		note("vcpu%u bpr%u %u cbpr %u", cpu, g, c->bpr[g], c->cbpr);
		icv_set_vmcr(ICH_VMCR_VCBPR, c->cbpr ? ICH_VMCR_VCBPR : 0);
		icv_set_vmcr(g ? ICH_VMCR_VBPR1 : ICH_VMCR_VBPR0,
			     g ? FIELD_PREP(ICH_VMCR_VBPR1, c->bpr[1]) : FIELD_PREP(ICH_VMCR_VBPR0, c->bpr[0]));
		break;
	}
}

static void op_sgi(u32 cpu)
{
	static const enum vgic_sgi_reg regs[] = { VGIC_SGI1R, VGIC_SGI1R, VGIC_ASGI1R, VGIC_SGI0R };
	static const u32 stray_bits[] = { 16, 32, 44, 48 }; /* Aff1, Aff2, RS, Aff3 */
	u32 reg = regs[rnd(ARRAY_SIZE(regs))], intid = rnd(4), targets = rnd(1U << ref.nr_cpus), c;
	bool irm = chance(4);
	u64 stray = chance(8) ? UINT64_C(1) << stray_bits[rnd(ARRAY_SIZE(stray_bits))] : 0;

	/* What guests do mostly: one target, often themselves. */
	if (hot && !chance(4)) {
		reg = VGIC_SGI1R;
		irm = false;
		stray = 0;
		targets = 1U << (chance(2) ? cpu : rnd(ref.nr_cpus));
	}
	note("vcpu%u sgi reg %u intid %u targets 0x%x irm %u stray 0x%llx", cpu, reg, intid, targets, irm,
	     (unsigned long long)stray);
	hw_sgi(vm->vcpu[cpu], reg, stray | targets | (u64)intid << 24 | (u64)irm << 40);
	for (c = 0; c < ref.nr_cpus; c++) {
		struct ref_irq *i = ref_irq(&ref, c, intid);

		if (irm ? c == cpu : stray || !(targets & (1U << c)))
			continue;
		seen_late += vm->vgic->cpu[c]->msg_any;
		if (reg == VGIC_SGI1R || !i->group1)
			i->latch = true;
	}
}

/* -- What it does to the distributor and redistributors -- */
enum word_op { W_ENABLE, W_DISABLE, W_SETPEND, W_CLRPEND, W_SETACT, W_CLRACT, W_OPS };
static const u32 word_base[] = { 0x100, 0x180, 0x200, 0x280, 0x300, 0x380 };
static const char *const word_name[] = { "enable", "disable", "setpend", "clrpend", "setact", "clract" };

static void word_effect(u32 cpu, enum word_op op, u32 intid)
{
	struct ref_irq *i = ref_irq(&ref, cpu, intid);

	switch (op) {
	case W_ENABLE:
		i->enabled = true;
		break;
	case W_DISABLE:
		i->enabled = false;
		break;
	case W_SETPEND:
		i->latch = true;
		break;
	case W_CLRPEND:
		i->latch = false;
		break;
	case W_SETACT:
		i->active = true;
		break;
	default:
		i->active = false;
		break;
	}
}

/* ISPENDR of a forwarded level interrupt whose line is high: on the physical side it is one pending state, not two. */
static bool word_allowed(u32 cpu, enum word_op op, u32 intid)
{
	struct ref_irq *i = ref_irq(&ref, cpu, intid);

	if (op == W_SETACT && ref_on_stack(&ref, cpu, intid))
		return false;
	if (op == W_SETPEND && is_hw(intid))
		return !ref_pending(i);
	/* The physical pending state of an acknowledged HW interrupt cannot be told from its line; real ones share it.
	 */
	return op != W_SETACT || !is_hw(intid) || i->edge || !i->latch;
}

static void op_word(u32 by, u32 cpu)
{
	enum word_op op = chance(2) ? W_ENABLE : rnd(W_OPS);
	u32 intid = any_intid(), n, mask = 0;
	bool single = chance(2);

	if (hot && chance(2))
		op = chance(4) ? W_CLRPEND : W_SETPEND;
	if (op == W_SETACT && !chance(4))
		return;
	for (n = 0; n < ARRAY_SIZE(universe); n++) {
		if (universe[n] / 32 == intid / 32 && (universe[n] == intid || (!single && chance(8))) &&
		    word_allowed(cpu, op, universe[n]))
			mask |= 1U << (universe[n] % 32);
	}
	note("vcpu%u %s of vcpu%u word %u 0x%x", by, word_name[op], cpu, intid / 32, mask);
	for (n = 0; n < 32; n++) {
		if (mask & (1U << n))
			word_effect(cpu, op, intid / 32 * 32 + n);
	}
	write_word(cpu, word_base[op], intid, mask);
}

/* The guest ends an active state behind the back of its own handler, whose EOI then only drops the priority. */
static void op_clear_acked(u32 cpu)
{
	struct ref_cpu *c = &ref.cpu[cpu];
	u32 intid;

	if (!c->depth)
		return;
	intid = c->stack[c->depth - 1].intid;
	note("vcpu%u clract of acknowledged %u", cpu, intid);
	write_word(cpu, 0x380, intid, BIT32(intid % 32));
	ref_deactivate(&ref, cpu, intid);
}

static void op_priority(u32 by, u32 cpu)
{
	u32 intid = any_intid(), v = chance(2) ? rnd(4) << 6 : rnd(256);

	note("vcpu%u priority of vcpu%u INTID %u 0x%x", by, cpu, intid, v);
	if (intid < 32)
		gicr_write(cpu, 0x10400 + intid, 1, v);
	else
		gicd_write(0x400 + intid, 1, v);
	ref_irq(&ref, cpu, intid)->prio = (uint8_t)(v & 0xf8);
}

static void op_group(u32 by, u32 cpu)
{
	u32 intid = any_intid(), first = intid / 32 * 32, n, v = 0;

	ref_irq(&ref, cpu, intid)->group1 = rnd(2);
	for (n = 0; n < 32; n++)
		v |= (u32)ref_irq(&ref, cpu, first + n)->group1 << n;
	note("vcpu%u group of vcpu%u INTID %u: 0x%x", by, cpu, intid, v);
	write_word(cpu, 0x80, intid, v);
}

/* Changing it while the interrupt is enabled, pending or active is UNPREDICTABLE. */
static void op_config(u32 by, u32 cpu)
{
	u32 intid = any_intid(), first = intid / 16 * 16, n, v = 0;
	struct ref_irq *i = ref_irq(&ref, cpu, intid);

	if (intid < 16 || intid == TIMER_PPI || i->enabled || i->active || ref_pending(i) || (is_hw(intid) && i->line))
		return;
	i->edge = rnd(2);
	for (n = 0; n < 16; n++)
		v |= (ref_irq(&ref, cpu, first + n)->edge ? 2U : 0U) << (n * 2);
	note("vcpu%u config of vcpu%u INTID %u: 0x%x", by, cpu, intid, v);
	if (intid < 32)
		gicr_write(cpu, 0x10c00 + intid / 16 * 4, 4, v);
	else
		gicd_write(0xc00 + intid / 16 * 4, 4, v);
}

static void op_route(u32 by)
{
	u32 intid = any_intid(), target = rnd(ref.nr_cpus);
	u64 v = target, stray = chance(8) ? UINT64_C(1) << (chance(2) ? 33 : chance(2) ? 17 : 9) : 0;

	if (intid < 32 || ref_on_stack(&ref, 0, intid))
		return;
	v |= stray;
	note("vcpu%u route INTID %u 0x%llx", by, intid, (unsigned long long)v);
	if (chance(2)) {
		gicd_write(0x6000 + intid * 8, 8, v | BIT(31));
	} else {
		gicd_write(0x6000 + intid * 8 + 4, 4, v >> 32);
		gicd_write(0x6000 + intid * 8, 4, (u32)v);
	}
	ref.spi[intid].target = stray ? -1 : (int)target;
	expect("route", by, intid, gicd_read(0x6000 + intid * 8, 8), v);
}

static void op_ctlr(u32 by)
{
	u32 g = rnd(2);

	ref.grpen[g] = !chance(3);
	note("vcpu%u GICD_CTLR %u%u", by, ref.grpen[1], ref.grpen[0]);
	gicd_write(0, 4, (ref.grpen[0] ? 1 : 0) | (ref.grpen[1] ? 2 : 0));
}

static void op_message(u32 by)
{
	u32 intid = any_intid();
	bool level = rnd(2);
	struct ref_irq *i = ref_irq(&ref, by, intid);

	if (intid < 32 || (is_hw(intid) && level && ref_pending(i)))
		return;
	note("vcpu%u %s %u", by, level ? "setspi" : "clrspi", intid);
	gicd_write(level ? 0x40 : 0x48, chance(2) ? 2 : 4, intid);
	if (!is_hw(intid) && !i->edge)
		i->line = level;
	else if (level)
		i->latch = true;
	if (!level)
		i->latch = false;
}

/* -- What devices and the world around do -- */
static void op_line(u32 cpu)
{
	u32 intid = any_intid();
	bool level = rnd(2);
	struct ref_irq *i = ref_irq(&ref, cpu, intid);

	if (intid < 16)
		return;
	if (is_hw(intid)) {
		/* EL2 has taken it: whether the device then thinks better of it, no hypervisor sees. */
		if (ref_pending(i) && !i->active && ref_forwarded(&ref, i))
			return;
		/* A request to clear what is pending, on its way to another pCPU, would clear this too. */
		if (vgic_irq_get(vm->vgic, vm->vgic->cpu[cpu], intid)->req)
			return;
		note("device line of vcpu%u INTID %u (HW) %u", cpu, intid, level);
		ref_set_line(i, level);
		if (intid >= 32)
			hw_spi_line(intid, level);
		else if (loaded[cpu])
			hw_ppi[vm->vcpu[cpu]->pcpu->id][intid].line = level;
		return;
	}
	note("device line of vcpu%u INTID %u %u", cpu, intid, level);
	ref_set_line(i, level);
	if (intid < 32 ? vgic_inject_ppi(vm->vcpu[cpu], intid, level) : vgic_inject(vm, intid, level))
		broken("inject INTID %u", intid);
}

static void load(u32 cpu)
{
	struct pcpu *p = vm->vcpu[cpu]->pcpu;

	if (chance(8))
		p->features.gic_lrs = chance(2) ? 4 : 1 + rnd(16);
	note("load vcpu%u, %u list registers", cpu, p->features.gic_lrs);
	hw_load(vm->vcpu[cpu], ref.cpu[cpu].priv[TIMER_PPI].line ? BIT32(TIMER_PPI) : 0);
	loaded[cpu] = true;
}

static void put(u32 cpu)
{
	note("put vcpu%u", cpu);
	hw_put(vm->vcpu[cpu]);
	loaded[cpu] = false;
}

static void op_switch(u32 cpu)
{
	u32 next = rnd(ref.nr_cpus);

	if (nr_pcpus == 1) {
		put(cpu);
		load(next);
	} else if (!loaded[next]) {
		load(next);
	} else {
		put(next);
		if (next == cpu || chance(2))
			load(next);
	}
}

enum op { ACK, EOI, DIR, LINE, WORD, PRIO, GROUP, ROUTE, SGI, SWITCH, CLEAR_ACKED, CPU_IF, MESSAGE, CTLR };
/* What is likely: as much as possible happens; interrupts come and go, with little in between that would take them out
 * of their list registers; and what can be done before EL2 is at rest. */
static const u8 mixed_ops[] = {
	ACK,  ACK,  ACK,   ACK,   ACK,  ACK,    ACK,         ACK,    ACK,     EOI,  EOI,  EOI,
	EOI,  EOI,  DIR,   LINE,  LINE, LINE,   LINE,        LINE,   LINE,    WORD, WORD, WORD,
	WORD, PRIO, GROUP, ROUTE, SGI,  SWITCH, CLEAR_ACKED, CPU_IF, MESSAGE, DIR,  DIR,  CTLR
};
static const u8 hot_ops[] = { ACK, ACK, ACK, ACK, ACK, EOI, EOI, EOI,  EOI, EOI,
			      DIR, DIR, DIR, SGI, SGI, SGI, SGI, LINE, WORD };
static const u8 burst_ops[] = {
	PRIO, GROUP, EOI, DIR, ROUTE, CTLR, SWITCH, LINE, WORD, WORD, WORD, SGI, SGI, SGI, SGI
};

static void do_op(enum op op, u32 cpu, u32 other)
{
	switch (op) {
	case ACK:
		return op_ack(cpu);
	case EOI:
		return op_eoi(cpu);
	case DIR:
		return op_dir(cpu);
	case LINE:
		return op_line(other);
	case WORD:
		return op_word(cpu, other);
	case PRIO:
		return op_priority(cpu, other);
	case GROUP:
		return chance(2) ? op_group(cpu, other) : op_config(cpu, other);
	case ROUTE:
		return op_route(cpu);
	case SGI:
		return op_sgi(cpu);
	case SWITCH:
		return op_switch(cpu);
	case CLEAR_ACKED:
		return op_clear_acked(cpu);
	case CPU_IF:
		return op_cpu_if(cpu);
	case MESSAGE:
		return op_message(cpu);
	default:
		return chance(4) ? op_ctlr(cpu) : op_dir(cpu);
	}
}

static void any_op(const u8 *ops, u32 nr, u32 foreign)
{
	u32 cpu;

	do
		cpu = rnd(ref.nr_cpus);
	while (!loaded[cpu]);
	hw_cur = vm->vcpu[cpu]->pcpu->id;
	do_op(ops[rnd(nr)], cpu, chance(foreign) ? rnd(ref.nr_cpus) : cpu);
}

/*
 * Several vCPUs do something before EL2 has come to rest: what the others are asked to do is still to be done, although
 * their kicks would mostly be faster than this.
 */
static void burst(void)
{
	u32 n = 2 + rnd(3);

	note("burst of %u", n);
	while (n--) {
		any_op(burst_ops, ARRAY_SIZE(burst_ops), 2);
		/* What this pCPU has to say to itself comes before its guest's next instruction. */
		if ((pcpu_take_flags(&pcpus[hw_cur]) & PCPU_VGIC) && pcpus[hw_cur].vcpu)
			vgic_flush(pcpus[hw_cur].vcpu);
		if (pcpus[hw_cur].vcpu && icv_misr())
			vgic_maintenance(pcpus[hw_cur].vcpu);
	}
}

static void one_step(void)
{
	if (chance(4))
		burst();
	else if (hot && !chance(32))
		any_op(hot_ops, ARRAY_SIZE(hot_ops), 4);
	else
		any_op(mixed_ops, ARRAY_SIZE(mixed_ops), 4);
	if (!hw_rest())
		broken("EL2 does not come to rest (maintenance 0x%llx)", (unsigned long long)icv_misr());
}

/* -- One seed -- */
static void guest_init(u32 cpu)
{
	struct ref_cpu *c = &ref.cpu[cpu];
	u32 n;

	hw_cur = vm->vcpu[cpu]->pcpu->id;
	c->pmr = 0xf8;
	c->grpen[0] = c->grpen[1] = true;
	icv_set_vmcr(~UINT64_C(0),
		     FIELD_PREP(ICH_VMCR_VPMR, c->pmr) | ICH_VMCR_VENG0 | ICH_VMCR_VENG1 |
			     (c->eoimode ? ICH_VMCR_VEOIM : 0));
	vgic_flush(vm->vcpu[cpu]);
	for (n = 0; n < ARRAY_SIZE(universe); n++) {
		struct ref_irq *i = ref_irq(&ref, cpu, universe[n]);

		if (universe[n] >= 32 && cpu)
			continue;
		if (hot || chance(2)) {
			write_word(cpu, 0x100, universe[n], BIT32(universe[n] % 32));
			i->enabled = true;
		}
	}
}

static void setup(void)
{
	static const u32 cpus[] = { 1, 1, 2, 4 }, lrs[] = { 1, 2, 4, 4, 4, 16 };
	u32 nr = cpus[rnd(ARRAY_SIZE(cpus))], c, n;
	bool eoimode = rnd(2);

	hot = rnd(2);
	nr_pcpus = !hot && chance(2) ? 1 : nr;
	rng ^= seed;
	vm = hw_start(nr, nr_pcpus, lrs[rnd(ARRAY_SIZE(lrs))], !chance(4));
	ref_init(&ref, nr);
	memset(loaded, 0, sizeof(loaded));
	oplog_pos = 0;
	for (n = HW_SPI_FIRST; n <= HW_SPI_LAST; n++) {
		ref.spi[n].edge = n >= HW_SPI_EDGE;
		hw_spi[n].edge = n >= HW_SPI_EDGE;
		assert_int_equal(vgic_arch_assign(vm, n, n, n >= HW_SPI_EDGE), 0);
	}
	for (c = 0; c < nr; c++) {
		assert_int_equal(vgic_map_ppi(vm->vcpu[c], TIMER_PPI, TIMER_PPI), 0);
		ref.cpu[c].eoimode = eoimode;
	}
	for (c = 0; c < nr; c++) {
		load(c);
		if (!c) {
			gicd_write(0, 4, 3);
			ref.grpen[0] = ref.grpen[1] = true;
		}
		guest_init(c);
		if (!hw_rest())
			broken("no rest at start");
		if (nr_pcpus == 1 && c < nr - 1)
			put(c);
	}
}

/* Everything enabled, every line low once it is served: at the end nothing may be left. */
static void drain(void)
{
	u32 c, n, rounds;

	hw_cur = nr_pcpus == 1 ? 0 : hw_cur;
	for (c = 0; c < ref.nr_cpus; c++) {
		if (!loaded[c] && nr_pcpus > 1)
			load(c);
	}
	for (c = 0; c < ref.nr_cpus; c++) {
		if (nr_pcpus == 1 && !loaded[c]) {
			for (n = 0; n < ref.nr_cpus; n++) {
				if (loaded[n])
					put(n);
			}
			load(c);
		}
		hw_cur = vm->vcpu[c]->pcpu->id;
		ref.cpu[c].grpen[0] = ref.cpu[c].grpen[1] = true;
		ref.cpu[c].pmr = 0xff;
		icv_set_vmcr(ICH_VMCR_VPMR | ICH_VMCR_VENG0 | ICH_VMCR_VENG1, ~UINT64_C(0));
		if (!hw_rest())
			broken("no rest while draining");
		for (rounds = 0; rounds < 500; rounds++) {
			chance(3) ? op_ack(c) : op_eoi(c);
			op_dir(c);
			if (!hw_rest())
				broken("no rest while draining");
		}
		while (ref.cpu[c].depth) {
			op_eoi(c);
			if (!hw_rest())
				broken("no rest while draining");
		}
		compare();
	}
}

static void count(void)
{
	u32 c;

	seen_ipi += hw_ipis;
	for (c = 0; c < ref.nr_cpus; c++) {
		seen_spill += vm->vcpu[c]->stats[STAT_VGIC_SPILL];
		seen_maint += vm->vcpu[c]->stats[STAT_VGIC_MAINT];
	}
}

static void run_seed(u32 steps)
{
	rng = UINT64_C(0x9e3779b97f4a7c15) * (seed + 1);
	step = 0;
	setup();
	for (step = 1; step <= steps; step++) {
		one_step();
		compare_signals();
		if (chance(hot ? 64 : 4))
			compare();
	}
	drain();
	count();
	hw_stop();
}

static u32 env(const char *name, u32 otherwise)
{
	const char *v = getenv(name);

	return v ? (u32)strtoul(v, NULL, 0) : otherwise;
}

static void random_operations(void **state)
{
	u32 steps = env("VGIC_STEPS", STEPS), seeds = env("VGIC_SEEDS", SEEDS);

	(void)state;
	hw_on_panic = print_log;
	if (getenv("VGIC_SEED")) {
		seed = env("VGIC_SEED", 0);
		run_seed(steps);
		return;
	}
	for (seed = 0; seed < seeds; seed++)
		run_seed(steps);
	print_message("%u seeds: %llu acknowledged, %llu spills, %llu maintenance, %llu IPIs\n", seeds,
		      (unsigned long long)seen_acks, (unsigned long long)seen_spill, (unsigned long long)seen_maint,
		      (unsigned long long)seen_ipi);
	print_message("without the lock: %llu SGIs to itself, %llu from others, %llu PPIs, %llu SPIs, %llu ISPENDR; "
		      "%llu SGIs after a request\n",
		      (unsigned long long)hw_fast.self, (unsigned long long)hw_fast.taken,
		      (unsigned long long)hw_fast.ppi, (unsigned long long)hw_fast.spi,
		      (unsigned long long)hw_fast.word, (unsigned long long)seen_late);
	/* The paths this test is for were really taken. */
	assert_true(seen_spill > 0 && seen_maint > 0 && seen_ipi > 0 && seen_late > 0);
	assert_true(hw_fast.self > 0 && hw_fast.taken > 0 && hw_fast.ppi > 0 && hw_fast.spi > 0 && hw_fast.word > 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = { cmocka_unit_test(random_operations) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
