/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SOURCES: hypervisor/arch/arm64/guest/idregs.c hypervisor/arch/arm64/guest/inject.c
 * hypervisor/arch/arm64/guest/mmio_decode.c hypervisor/arch/arm64/guest/sysreg.c hypervisor/arch/arm64/guest/trap.c
 * hypervisor/arch/arm64/guest/vcache.c hypervisor/arch/arm64/guest/vdebug.c hypervisor/arch/arm64/guest/vicc.c
 * hypervisor/arch/arm64/guest/vsmccc.c hypervisor/common/io_req.c
 */
/*
 * Short exits against full ones. The same exit on two equal machines: where trap_light.c answers "true", all that the
 * guest, its devices and the statistics can see is what trap_sync() makes of it; where it answers "false", nothing has
 * changed. TRAP_SEED=n another sequence.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mock_sysreg.h"
#include "stub_log.h"
#include "trap_light_unit.h"

#include <common/arch_hooks.h>
#include <common/firmware.h>
#include <common/page_alloc.h>
#include <common/schedule.h>

/* Neither AT nor TLBI is reached by what is compared here. */
static void no_such_instruction(u64 operand)
{
	(void)operand;
	fail();
}

#define __asm__
#define volatile(...) no_such_instruction(far)
#include "../../hypervisor/arch/arm64/guest/abort.c"
#undef volatile
#undef __asm__

#define ROUNDS 60000U
#define LOG_MAX 8U
#define NR_REGIONS 5U
#define GARBAGE UINT64_C(0xdead0000beef)
#define SYSREG_EC UINT64_C(0x60000000)
#define SGI1R UINT64_C(0x3a3016)   /* op0 3, op2 5, op1 0, CRn 12, CRm 11 */
#define ID_AA64 UINT64_C(0x300000) /* op0 3, the rest 0 */
#define IL BIT(25)

/* What reached a device, the vGIC or PSCI. */
struct call {
	enum { NONE, WORD, ACCESS, SGI, PSCI, SMC } kind;
	u64 what, value;
};

/* Everything that an exit can change; the guest's memory is not among it. */
static struct world {
	struct vcpu vcpu;
	struct vgic_cpu gic;
	struct call log[LOG_MAX];
	u32 logged;
	u64 lr[ICH_FAST_LRS];
	u8 regs[sizeof(mock_sysregs)];
} w, start, light;
static struct vm vm;
static struct vgic vgic;
static struct pcpu pcpu;
static struct io_region regions[NR_REGIONS];
static u64 rng;
static u32 fast_sgis;

/* -- Around it -- */
struct pcpu *mock_this_pcpu(void)
{
	return &pcpu;
}

static void record(u32 kind, u64 what, u64 value)
{
	assert_true(w.logged < LOG_MAX);
	w.log[w.logged].kind = kind;
	w.log[w.logged].what = what;
	w.log[w.logged++].value = value;
}

void vgic_sgi_write(struct vcpu *v, enum vgic_sgi_reg reg, u64 val)
{
	assert_ptr_equal(v, &w.vcpu);
	record(SGI, reg, val);
}

void vgic_sgi1r_write(struct vcpu *v, u64 val)
{
	vgic_sgi_write(v, VGIC_SGI1R, val);
}

void vpsci_call(struct vcpu *v, u32 fn)
{
	record(PSCI, fn, v->arch.regs.x[1]);
	v->arch.regs.x[0] = fn * 3;
}

void smccc_smc(struct smccc_regs *r)
{
	u32 i;

	record(SMC, r->a[0], r->a[17]);
	for (i = 0; i < 18; i++)
		r->a[i] ^= 0x5a5a;
}

bool firmware_may_call(const struct vm *v, u32 fn)
{
	assert_ptr_equal(v, &vm);
	return fn & 1;
}

u32 psci_version(void)
{
	return 0x10001;
}

s64 psci_call(u32 fn, u64 a1, u64 a2, u64 a3)
{
	record(PSCI, fn, a1 + a2 + a3);
	return 0;
}

u64 ich_read_lr(u32 n)
{
	assert_in_range(n, 0, ICH_FAST_LRS - 1);
	return w.lr[n];
}

void ich_write_lr(u32 n, u64 v)
{
	assert_in_range(n, 0, ICH_FAST_LRS - 1);
	w.lr[n] = v;
}

int pgtable_lookup(struct pgtable *pt, u64 ia, u64 *pte, u32 *level)
{
	(void)pt;
	(void)ia;
	(void)pte;
	(void)level;
	return -14;
}

/* A device that does some words the short way: whatever its offset says, the same each time. */
static u32 device_value(u64 offset)
{
	return (u32)(offset * 0x9e3779b1 + 0x12345);
}

static bool word(struct vcpu *v, void *dev, u32 offset, bool write, u64 *x)
{
	assert_ptr_equal(v, &w.vcpu);
	if (offset & 0x20)
		return false;
	record(WORD, (u64)(size_t)dev ^ offset ^ (write ? BIT(63) : 0), write ? (u32)*x : 0);
	if (!write)
		*x = device_value(offset);
	return true;
}

static enum io_result access(struct vcpu *v, void *dev, struct io_access *a)
{
	assert_ptr_equal(v, &w.vcpu);
	record(ACCESS, (u64)(size_t)dev ^ a->offset ^ (a->write ? BIT(63) : 0), a->value);
	if (!a->write)
		a->value = device_value(a->offset);
	return IO_DONE;
}

/* What no short exit leads to, and no full one that follows a short one. */
#define MUST_NOT(ret, name, ...)                                                                                       \
	ret name(__VA_ARGS__)                                                                                          \
	{                                                                                                              \
		no_such_instruction(0);                                                                                \
		abort();                                                                                               \
	}
MUST_NOT(void, vgic_take_sgis, struct vcpu *v __unused)
MUST_NOT(void, vgic_hw_ppi, struct vcpu *v __unused, u32 n __unused)
MUST_NOT(void, vgic_hw_irq, struct vcpu *v __unused, struct vgic_irq *i __unused)
MUST_NOT(void, vgic_dir_write, struct vcpu *v __unused, u32 n __unused)
MUST_NOT(void, irq_handle, u32 n __unused)
MUST_NOT(u32, gic_ack_raw, void)
MUST_NOT(void, gic_drop, u32 n __unused)
MUST_NOT(void, gic_dir, u32 n __unused)
MUST_NOT(void, vcpu_wait, struct vcpu *v __unused)
MUST_NOT(bool, vtimer_sysreg, struct vcpu *v __unused, u32 e __unused, bool b __unused, u64 *x __unused)
MUST_NOT(u64, ich_read_vmcr, void)
MUST_NOT(void, ich_write_vmcr, u64 v __unused)
MUST_NOT(u64, ich_read_ap0r, u32 n __unused)
MUST_NOT(u64, ich_read_ap1r, u32 n __unused)
MUST_NOT(void, mmio_insn_trap, struct vcpu *v __unused, u64 e __unused, u64 f __unused, u64 i __unused)
MUST_NOT(void, sched_block, struct vcpu *v __unused, enum vcpu_state s __unused)
MUST_NOT(void, sched_wake_io, struct vcpu *v __unused)
MUST_NOT(void *, el2_alloc, u64 n __unused)
MUST_NOT(void, el2_free, void *p __unused, u64 n __unused)
struct vgic_irq *vgic_hw_spi[IRQ_MAX];

/* -- The two ways -- */
static u64 rnd64(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng * UINT64_C(0x2545f4914f6cdd1d);
}

static u32 rnd(u32 n)
{
	return (u32)((rnd64() >> 32) % n);
}

static bool chance(u32 one_in)
{
	return rnd(one_in) == 0;
}

static void snapshot(struct world *to)
{
	memcpy(w.regs, mock_sysregs, sizeof(w.regs));
	*to = w;
}

static void restore(const struct world *from)
{
	w = *from;
	memcpy(mock_sysregs, w.regs, sizeof(w.regs));
}

/* x19-x28, PC and PSTATE are in the frame only when it is full. */
static u32 high; /* the one register of these that the short way loads from there, or 0 */

static void set_rest(struct vcpu_regs *r, bool full, const u64 *x, u64 pc, u64 pstate)
{
	u32 i;

	for (i = 19; i < 29; i++)
		r->x[i] = full ? x[i] : GARBAGE + i;
	r->pc = full ? pc : GARBAGE;
	r->pstate = full ? pstate : GARBAGE;
}

/* SGI1R the fast way: it wrote one list register. The record is what a write of the register would have left. */
static void explain_sgi(u64 val)
{
	struct vgic_irq *irq = &w.gic.priv[(val >> 24) & 15];

	if (w.logged)
		return;
	fast_sgis++;
	/* RS, IRM and the affinities are 0, and the one target is the writer. */
	assert_int_equal(val & UINT64_C(0x00fff1ff00ffffff), BIT(w.gic.id));
	assert_int_equal(start.gic.ready, 0);
	assert_int_not_equal(irq->armed, 0);
	assert_int_equal(start.lr[irq->lr] & BIT(63), 0);
	if (start.lr[irq->lr] & BIT(62)) {
		assert_int_equal(w.lr[irq->lr], start.lr[irq->lr]);
	} else {
		assert_int_equal(w.lr[irq->lr], irq->armed);
		assert_int_equal(w.gic.lr[irq->lr], irq->armed);
	}
	memcpy(w.lr, start.lr, sizeof(w.lr));
	memcpy(w.gic.lr, start.gic.lr, sizeof(w.gic.lr));
	record(SGI, VGIC_SGI1R, val);
}

/* Is @w, after the full way, what @light was? The place of PC, PSTATE and x19-x28 apart. */
static void compare(const u64 *x)
{
	u64 pc = w.vcpu.arch.regs.pc, pstate = w.vcpu.arch.regs.pstate;
	u32 i;

	for (i = 19; i < 29; i++)
		assert_int_equal(w.vcpu.arch.regs.x[i], i == high ? light.vcpu.arch.regs.x[i] : x[i]);
	set_rest(&w.vcpu.arch.regs, false, x, 0, 0);
	if (high)
		w.vcpu.arch.regs.x[high] = light.vcpu.arch.regs.x[high];
	/* The short way has them in the registers, where nothing else may differ. */
	mock_sysreg_write("elr_el2", pc);
	mock_sysreg_write("spsr_el2", pstate);
	snapshot(&w);
	assert_int_equal(w.vcpu.arch.regs.zero, 0);
	assert_memory_equal(&light.vcpu, &w.vcpu, sizeof(w.vcpu));
	assert_memory_equal(&light.gic, &w.gic, sizeof(w.gic));
	assert_int_equal(light.logged, w.logged);
	assert_memory_equal(light.log, w.log, sizeof(w.log));
	assert_memory_equal(light.lr, w.lr, sizeof(w.lr));
	assert_memory_equal(light.regs, w.regs, sizeof(w.regs));
	assert_int_equal(w.vcpu.stats[STAT_UNDEF] + w.vcpu.stats[STAT_S2_FAULT],
			 start.vcpu.stats[STAT_UNDEF] + start.vcpu.stats[STAT_S2_FAULT]);
}

/* What vectors.S loads from the frame into a register, by what the short way answered. */
static void load_high(u32 answer, u64 esr)
{
	u32 n = 18 + answer / LIGHT_STUB;
	bool abort = esr & BIT(31);

	high = 0;
	if (answer <= LIGHT_DONE)
		return;
	assert_int_equal(answer % LIGHT_STUB, 0);
	assert_true(n >= 19 && n <= 28);
	/* Of a read, and no other register than that which the instruction names. */
	assert_int_equal(n, abort ? (esr >> 16) & 31 : (esr >> 5) & 31);
	assert_true(abort ? !(esr & BIT(6)) : esr & 1);
	high = n;
}

/* The exit with @esr, from the machine that @w is now. Return: did the short way do it? */
static bool exit_both(u64 esr)
{
	u64 x[31], pc = mock_sysreg_read("elr_el2"), pstate = mock_sysreg_read("spsr_el2");
	u32 done;

	memcpy(x, w.vcpu.arch.regs.x, sizeof(x));
	mock_sysreg_write("esr_el2", esr);
	set_rest(&w.vcpu.arch.regs, false, x, 0, 0);
	snapshot(&start);
	/* As guest_sync of vectors.S tells them apart. */
	if (esr & BIT(31)) {
		done = light_dabt(&w.vcpu, esr);
	} else if (esr & BIT(29)) {
		done = esr & 1 ? light_mrs(&w.vcpu, esr) : light_msr(&w.vcpu, esr);
	} else {
		done = (u32)esr == 0x5a000000;
		if (done)
			light_hvc(&w.vcpu);
	}
	load_high(done, esr);
	if (done && (esr & 0x3ffc1e) == SGI1R && (esr >> 26 & 63) == 0x18)
		explain_sgi(w.vcpu.arch.regs.x[(esr >> 5) & 31]);
	snapshot(&light);
	if (!done) {
		assert_memory_equal(&start, &light, sizeof(start));
		return false;
	}
	restore(&start);
	set_rest(&w.vcpu.arch.regs, true, x, pc, pstate);
	trap_sync(&w.vcpu);
	compare(x);
	return true;
}

/* -- Machines -- */
static void region(u32 i, u64 base, u64 size, bool has_word)
{
	regions[i] = (struct io_region){ .base = base,
					 .size = size,
					 .dev = &regions[i],
					 .word = has_word ? word : NULL,
					 .fn = access,
					 .name = "dev" };
}

static int setup(void **state)
{
	const char *s = getenv("TRAP_SEED");
	u32 i;

	(void)state;
	rng = UINT64_C(0x9e3779b97f4a7c15) + (s ? strtoul(s, NULL, 0) : 0);
	memset(&vm, 0, sizeof(vm));
	memset(&pcpu, 0, sizeof(pcpu));
	mock_sysreg_clear();
	region(0, 0x08000000, 0x10000, true);
	region(1, 0x080a0000, 0x40000, true);
	region(2, 0x09000000, 0x1000, false);
	region(3, 0x0a000204, 0x10, true);
	region(4, UINT64_C(0xfffffffff000), 0x1000, true);
	vm.io = (struct io_table){ .region = regions, .nr = NR_REGIONS, .max = NR_REGIONS };
	vm.vgic = &vgic;
	for (i = 0; i < IDREG_COUNT; i++)
		vm.arch.idreg[i] = rnd64();
	return 0;
}

static const char *const registers[] = { "esr_el1",   "far_el1", "elr_el1",   "spsr_el1", "vbar_el1",
					 "sctlr_el1", "far_el2", "hpfar_el2", "elr_el2",  "spsr_el2" };

/* PSTATE of a guest in AArch64, or in AArch32 at EL0. */
static u64 any_pstate(bool aarch32)
{
	u64 v = rnd64() & 0xf1f03fc0;

	if (aarch32)
		return v | (rnd64() & 0x0600fc20) | 0x10;
	return v | (chance(2) ? 5 : chance(2) ? 4 : 0);
}

static void any_machine(bool aarch32)
{
	u32 i;

	memset(&w, 0, sizeof(w));
	w.vcpu.vm = &vm;
	w.vcpu.vgic = &w.gic;
	w.vcpu.state = VCPU_RUNNABLE;
	w.vcpu.loaded = true;
	w.vcpu.io_last = &io_nowhere;
	w.gic.vcpu = &w.vcpu;
	w.gic.g = &vgic;
	w.gic.id = rnd(16);
	w.gic.sgi_self = BIT(w.gic.id);
	for (i = 0; i < 31; i++)
		w.vcpu.arch.regs.x[i] = rnd64();
	for (i = 0; i < STAT_COUNT; i++)
		w.vcpu.stats[i] = rnd(1000);
	for (i = 0; i < ARRAY_SIZE(registers); i++)
		mock_sysreg_write(registers[i], rnd64());
	mock_sysreg_write("spsr_el2", any_pstate(aarch32));
	for (i = 0; i < 16; i++) {
		w.gic.priv[i].intid = (u16)i;
		w.gic.priv[i].lr = (u8)rnd(ICH_FAST_LRS);
		w.gic.priv[i].armed = chance(4) ? 0 : BIT(62) | i;
	}
	for (i = 0; i < ICH_FAST_LRS; i++)
		w.lr[i] = chance(3) ? rnd64() & (BIT(63) | BIT(62) | 15) : 0;
	if (chance(4))
		w.gic.map[rnd(VGIC_NR_QUEUES)] = 1U << rnd(32);
}

/* An address of a device, or near one; @ipa into HPFAR and FAR. */
static u64 any_ipa(void)
{
	const struct io_region *r = &regions[rnd(NR_REGIONS)];
	u64 ipa;

	switch (rnd(4)) {
	case 0:
		ipa = r->base + rnd(16) - 8;
		break;
	case 1:
		ipa = r->base + r->size + rnd(16) - 8;
		break;
	default:
		ipa = r->base + rnd((u32)r->size) / 4 * 4 + (chance(8) ? rnd(4) : 0);
		break;
	}
	ipa &= GENMASK(47, 0);
	mock_sysreg_write("hpfar_el2", ipa >> 12 << 4);
	mock_sysreg_write("far_el2", (rnd64() & ~UINT64_C(0xfff)) | (ipa & 0xfff));
	return ipa;
}

/* The region that holds @ipa, which was accessed last. */
static void access_last(u64 ipa)
{
	u32 i;

	for (i = 0; i < NR_REGIONS; i++) {
		if (ipa - regions[i].base < regions[i].size && regions[i].word)
			w.vcpu.io_last = &regions[i];
	}
	if (chance(8))
		w.vcpu.io_last = &regions[chance(2) ? 0 : 3];
}

/* -- Data aborts -- */
/* A load or store of a word, which is described, of what stage 2 does not map: ISV, SAS 2, translation, level 0 to 3.
 */
static u64 word_abort(u32 rt)
{
	return 0x92000000 | 0x01000000 | 0x00800000 | (u64)rt << 16 | (chance(2) ? 0x40 : 0) |
		(chance(2) ? 0x8000 : 0) | (chance(2) ? 0x4000 : 0) | 4 | rnd(4);
}

/* What the short way is for, from the words of the architecture. */
static bool is_light_dabt(u64 esr, u64 ipa, u64 pstate)
{
	const struct io_region *r = w.vcpu.io_last;
	u32 rt = (esr >> 16) & 31;

	return ((esr >> 26) & 63) == 0x24 && (esr & BIT(25)) && (esr & BIT(24)) && ((esr >> 22) & 3) == 2 &&
		!(esr & BIT(21)) && !(esr & BIT(8)) && !(esr & BIT(7)) && ((esr >> 2) & 15) == 1 && !(pstate & 16) &&
		(rt <= 18 || (rt == 31) == !!(esr & BIT(6))) && ipa - r->base < r->size && (ipa - r->base) % 4 == 0 &&
		!((ipa - r->base) & 0x20);
}

static void data_aborts(void **state)
{
	u32 round, rt, taken[2][32] = { 0 }, refused = 0;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		bool aarch32 = chance(16), want;
		u64 esr, ipa;

		any_machine(aarch32);
		ipa = any_ipa();
		access_last(ipa);
		rt = rnd(32);
		esr = word_abort(rt) | rnd64() << 32;
		/* Anything else, one bit at a time or all of it. */
		if (chance(3))
			esr ^= BIT(rnd(26));
		else if (chance(8))
			esr = (esr & ~UINT64_C(0x3ffffff)) | (rnd64() & 0x3ffffff);
		want = is_light_dabt(esr, ipa, mock_sysreg_read("spsr_el2"));
		assert_int_equal(exit_both(esr), want);
		taken[(esr >> 6) & 1][(esr >> 16) & 31] += want;
		refused += !want;
	}
	/* Reads and writes. */
	for (rt = 0; rt < 32; rt++) {
		assert_true(rt < 31 ? taken[0][rt] > 50 : !taken[0][rt]);
		assert_true(rt <= 18 || rt == 31 ? taken[1][rt] > 50 : !taken[1][rt]);
	}
	assert_true(refused > 1000);
}

/* Every combination of the syndrome's fields, of each exception class, at one address. */
static void data_abort_syndromes(void **state)
{
	u32 iss, ec, n = 0;

	(void)state;
	any_machine(false);
	mock_sysreg_write("hpfar_el2", 0x08000000 >> 8);
	mock_sysreg_write("far_el2", UINT64_C(0xffff800000001100));
	for (iss = 0; iss < BIT(14); iss++) {
		/* IL, ISV, SAS, SSE; CM, S1PTW, WnR, DFSC */
		u64 esr = 0x90000000 | (u64)(iss & 0x1f) << 21 | iss >> 5;
		struct world before;

		w.vcpu.io_last = &regions[0];
		snapshot(&before);
		n += exit_both(esr);
		restore(&before);
	}
	/* WnR, and the level of the fault. */
	assert_int_equal(n, 2 * 4);
	for (ec = 0; ec < 64; ec++) {
		struct world before;

		w.vcpu.io_last = &regions[0];
		snapshot(&before);
		if (ec != 0x24)
			assert_false(light_dabt(&w.vcpu, (word_abort(0) & 0x3ffffff) | (u64)ec << 26));
		snapshot(&w);
		assert_memory_equal(&before, &w, sizeof(w));
	}
}

/* XZR: a store writes 0, whatever is where a register 31 would be; a load is not for the short way. */
static void zero_register(void **state)
{
	(void)state;
	any_machine(false);
	w.vcpu.io_last = &regions[0];
	mock_sysreg_write("hpfar_el2", 0x08000000 >> 8);
	mock_sysreg_write("far_el2", 0x1100);
	assert_true(exit_both(0x93800044 | 31 << 16));
	assert_int_equal(light.logged, 1);
	assert_int_equal(light.log[0].value, 0);
	assert_false(exit_both(0x93800004 | 31 << 16));
}

/* -- System registers -- */
/* Every encoding, in both directions; those that are for the short way, from and to every register. */
static void system_registers(void **state)
{
	u64 enc, n_id = 0, n_sgi = 0;
	u32 rt, read;

	(void)state;
	any_machine(false);
	for (enc = 0; enc < BIT(22); enc += 2) {
		u32 crm = (u32)(enc >> 1) & 15;
		bool id, sgi;

		if (enc & 0x3e0)
			continue; /* Rt */
		id = (enc & ~UINT64_C(0xe001e)) == ID_AA64 && crm >= 1 && crm <= 7;
		sgi = enc == SGI1R;
		for (read = 0; read < 2; read++) {
			for (rt = 0; rt < 32; rt += id || sgi ? 1 : 32) {
				u64 esr = SYSREG_EC | IL | enc | (u64)rt << 5 | read;
				bool want = (id && read && rt < 31) || (sgi && !read && rt <= 18);
				struct world before;

				snapshot(&before);
				assert_int_equal(exit_both(esr), want);
				n_id += want && id;
				n_sgi += want && sgi;
				if (want && id)
					assert_int_equal(w.vcpu.arch.regs.x[rt],
							 vm.arch.idreg[(crm - 1) * 8 + (enc >> 17 & 7)]);
				restore(&before);
			}
		}
	}
	assert_int_equal(n_id, 56 * 31);
	assert_int_equal(n_sgi, 19);
}

/* The other exception classes have other bits where these have theirs; and neither does what is the other's. */
static void other_classes(void **state)
{
	u32 ec;

	(void)state;
	any_machine(false);
	assert_false(light_mrs(&w.vcpu, SYSREG_EC | IL | ID_AA64 | 2));
	assert_false(light_msr(&w.vcpu, SYSREG_EC | IL | SGI1R | 1));
	for (ec = 0; ec < 64; ec++) {
		u64 top = (u64)ec << 26 | IL;
		struct world before;

		if (ec == 0x18)
			continue;
		snapshot(&before);
		assert_false(light_mrs(&w.vcpu, top | ID_AA64 | 2 | 1));
		assert_false(light_msr(&w.vcpu, top | SGI1R));
		snapshot(&w);
		assert_memory_equal(&before, &w, sizeof(w));
	}
}

static void random_system_registers(void **state)
{
	u32 round, sgis = 0;

	(void)state;
	for (round = 0; round < ROUNDS; round++) {
		u32 rt = rnd(32);
		u64 v = rnd64();

		any_machine(false);
		if (chance(2)) {
			(void)exit_both(SYSREG_EC | IL | ID_AA64 | rnd(8) << 17 | rnd(16) << 1 | (u64)rt << 5 | 1 |
					rnd64() << 32);
			continue;
		}
		/* To itself, to others too, with and without the fields that do not mean anything. */
		v = (v & 0x0f000000) | (chance(2) ? BIT(w.gic.id) : v & 0xffff);
		if (chance(4))
			v |= BIT(rnd(64));
		if (chance(4))
			v |= rnd64() & UINT64_C(0xff000e00f0000000);
		if (rt < 31)
			w.vcpu.arch.regs.x[rt] = v;
		sgis += exit_both(SYSREG_EC | IL | SGI1R | (u64)rt << 5 | rnd64() << 32);
	}
	assert_true(fast_sgis > ROUNDS / 64 && sgis > 2 * fast_sgis);
}

/* -- HVC -- */
static void hypercalls(void **state)
{
	static const u32 known[] = { 0x80000000, 0x80000001, 0x80000002, 0x80003fff, 0x80007fff, 0x80008000, 0x84000000,
				     0xc4000000, 0x84000001, 0xc4000001, 0x8400000a, 0x8400001f, 0x84000020, 0x8600ff00,
				     0x8600ff01, 0x8600ff03, 0xc3000001, 0,          1,          ~0U };
	u32 round;

	(void)state;
	for (round = 0; round < ROUNDS / 4; round++) {
		any_machine(false);
		if (!chance(4))
			w.vcpu.arch.regs.x[0] = known[rnd(ARRAY_SIZE(known))];
		/* The upper half does not count, nor does the SVE hint. */
		if (chance(4))
			w.vcpu.arch.regs.x[0] |= rnd64() << 32;
		if (chance(4))
			w.vcpu.arch.regs.x[0] |= BIT(16);
		if (chance(2))
			w.vcpu.arch.regs.x[1] = known[rnd(ARRAY_SIZE(known))];
		assert_true(exit_both(0x5a000000));
		assert_int_equal(light.vcpu.stats[STAT_EXIT_HVC], start.vcpu.stats[STAT_EXIT_HVC] + 1);
	}
	any_machine(false);
	w.vcpu.arch.regs.x[0] = 0x84000000;
	assert_true(exit_both(0x5a000000));
	assert_int_equal(light.vcpu.arch.regs.x[0], 0x10001);
	w.vcpu.arch.regs.x[0] = 0x80000000;
	assert_true(exit_both(0x5a000000));
	assert_int_equal(light.vcpu.arch.regs.x[0], 0x10002);
}

/* -- Which device was last -- */
static void last_device(void **state)
{
	static const struct {
		u64 ipa;
		u32 last;
	} t[] = { { 0x08000010, 0 }, { 0x080a0044, 1 }, { 0x09000000, 5 }, { 0x08000000, 0 }, { 0x0a000208, 3 } };
	u32 i;

	(void)state;
	any_machine(false);
	for (i = 0; i < ARRAY_SIZE(t); i++) {
		set_rest(&w.vcpu.arch.regs, true, w.vcpu.arch.regs.x, 0x1000, 5);
		w.logged = 0;
		mock_sysreg_write("hpfar_el2", t[i].ipa >> 12 << 4);
		mock_sysreg_write("far_el2", t[i].ipa & 0xfff);
		mock_sysreg_write("esr_el2", 0x93800044);
		trap_sync(&w.vcpu);
		assert_int_equal(w.logged, 1);
		assert_ptr_equal(w.vcpu.io_last, t[i].last == 5 ? &io_nowhere : &regions[t[i].last]);
	}
	/* Nothing is at the address of nothing, not even at 0. */
	w.vcpu.io_last = &io_nowhere;
	mock_sysreg_write("hpfar_el2", 0);
	mock_sysreg_write("far_el2", 0);
	assert_false(light_dabt(&w.vcpu, 0x93800044));
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(data_aborts),   T(data_abort_syndromes),    T(zero_register), T(system_registers),
		T(other_classes), T(random_system_registers), T(hypercalls),    T(last_device),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
