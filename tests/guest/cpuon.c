/* SPDX-License-Identifier: BSD-3-Clause */
/* PSCI of several CPUs (DEN0022D 5.4 to 5.7): on, off, suspend, their errors, and races between callers. */
#include <gic.h>
#include <smp.h>
#include <test.h>

#define SUCCESS 0
#define INVALID_PARAMETERS (-2)
#define ALREADY_ON (-4)
#define ON_PENDING (-5)
#define INVALID_ADDRESS (-9)
#define AFF_ON 0
#define AFF_OFF 1
#define AFF_ON_PENDING 2
#define PSCI_CPU_ON32 0x84000003U
#define PSCI_AFFINITY_INFO32 0x84000004U

#define CYCLES 20U
#define RACE_ROUNDS 200U /* unless the bootarg rounds= says otherwise */
#define SUSPENDS 1000U
#define RESTARTS 500U
#define DAIF_ALL 0x3c0U
#define EL1 4U
#define SCTLR_M_C_I (BIT(0) | BIT(2) | BIT(12))
#define CONTEXT 0xfedcba9876543210
#define SGI 3U

const bool want_mmu = true;

static volatile u64 seen, go;

static s32 affinity(u64 mpidr, u64 level)
{
	return RES32(hvc_call(PSCI_AFFINITY_INFO, mpidr, level, 0));
}

static s32 on(u64 mpidr, u64 entry, u64 context)
{
	return RES32(hvc_call(PSCI_CPU_ON, mpidr, entry, context));
}

/* --- the first instruction of a started CPU --- */
struct first {
	u64 x0, currentel, daif, sctlr, spsel, mpidr;
	u64 pad[10];
};
extern struct first first;
extern char first_entry[];
__asm__(".pushsection .text\n"
	"	.balign 4\n"
	"	.global first_entry\n"
	"first_entry:\n"
	"	adrp	x9, first\n"
	"	add	x9, x9, :lo12:first\n"
	"	mrs	x1, CurrentEL\n"
	"	stp	x0, x1, [x9]\n"
	"	mrs	x1, daif\n"
	"	mrs	x2, sctlr_el1\n"
	"	stp	x1, x2, [x9, #16]\n"
	"	mrs	x1, spsel\n"
	"	mrs	x2, mpidr_el1\n"
	"	stp	x1, x2, [x9, #32]\n"
	"	dsb	sy\n"
	"	movz	w0, #0x8400, lsl #16\n"
	"	movk	w0, #2\n"
	"	hvc	#0\n"
	"	b	.\n"
	"	.popsection\n"
	"	.pushsection .data\n"
	"	.balign 128\n"
	"	.global first\n"
	"first:	.zero 128\n"
	"	.popsection\n");

/* Its stores went past the caches. */
static void forget_cached(void)
{
	for (u64 i = 0; i < sizeof(first); i += 16)
		__asm__ volatile("dc civac, %0" ::"r"((u64)&first + i) : "memory");
	dsb();
}

/* Start @cpu there, and wait until it was there and is off again. */
static bool first_run(u32 cpu, u64 fn, u64 context)
{
	u64 start = now();

	first.mpidr = 0;
	forget_cached();
	if (RES32(hvc_call(fn, smp_mpidr(cpu), (u64)first_entry, context)) != SUCCESS)
		return false;
	do {
		cpu_relax();
		forget_cached();
	} while (!load_acquire(&first.mpidr) && now() - start < ticks_ms(10000));
	return smp_wait_off(cpu);
}

static void entry_state_of_a_started_cpu(void)
{
	EXPECT(smp_cpus() >= 2);
	for (u32 i = 1; i < smp_cpus(); i++) {
		EXPECT(first_run(i, PSCI_CPU_ON, CONTEXT + i));
		EXPECT_EQ(first.x0, CONTEXT + i);
		EXPECT_EQ(first.currentel, EL1);
		EXPECT_EQ(first.daif, DAIF_ALL);
		EXPECT_EQ(first.sctlr & SCTLR_M_C_I, 0);
		EXPECT_EQ(first.spsel, 1);
		EXPECT_EQ(first.mpidr & UINT64_C(0xff00ffffff), smp_mpidr(i));
	}
}

/* The 32-bit call takes the low halves only. */
static void smc32_call(void)
{
	EXPECT(first_run(1, PSCI_CPU_ON32, 0x89abcdef));
	EXPECT_EQ(first.x0, 0x89abcdef);
	EXPECT_EQ(RES32(hvc_call(PSCI_AFFINITY_INFO32, smp_mpidr(1), 0, 0)), AFF_OFF);
	EXPECT_EQ(RES32(hvc_call(PSCI_AFFINITY_INFO32, smp_mpidr(0), 0, 0)), AFF_ON);
}

static void wait_for_go(u64 arg)
{
	store_release(&seen, arg);
	while (!load_acquire(&go))
		cpu_relax();
}

static void cycles(void)
{
	for (u32 n = 0; n < CYCLES; n++)
		for (u32 i = 1; i < smp_cpus(); i++) {
			seen = 0;
			go = 0;
			EXPECT_EQ(affinity(smp_mpidr(i), 0), AFF_OFF);
			EXPECT_EQ(smp_start(i, wait_for_go, n + i), SUCCESS);
			EXPECT(smp_wait_for(&seen, n + i));
			EXPECT_EQ(affinity(smp_mpidr(i), 0), AFF_ON);
			EXPECT_EQ(smp_on(i), ALREADY_ON);
			store_release(&go, 1);
			EXPECT(smp_wait_off(i));
		}
}

/* From the successful call on it is not off any more. QEMU's own PSCI only knows when it runs. */
static void on_pending(void)
{
	for (u32 n = 0; n < CYCLES; n++) {
		s32 r, a;

		seen = 0;
		go = 0;
		EXPECT_EQ(smp_start(1, wait_for_go, 1), SUCCESS);
		r = smp_on(1);
		a = affinity(smp_mpidr(1), 0);
		EXPECT(r == ALREADY_ON || r == ON_PENDING);
		EXPECT(a == AFF_ON || a == AFF_ON_PENDING);
		EXPECT(smp_wait_for(&seen, 1));
		store_release(&go, 1);
		EXPECT(smp_wait_off(1));
	}
}

static void errors(void)
{
	u64 entry = (u64)smp_entry, one = smp_mpidr(1);

	EXPECT_EQ(on(smp_mpidr(0), entry, 0), ALREADY_ON);
	EXPECT_EQ(on(0xffff01, entry, 0), INVALID_PARAMETERS);
	EXPECT_EQ(on(one | UINT64_C(1) << 32, entry, 0), INVALID_PARAMETERS);
	EXPECT_EQ(on(one | UINT64_C(1) << 16, entry, 0), INVALID_PARAMETERS);
	EXPECT_EQ(on(one | UINT64_C(0x7f) << 8, entry, 0), INVALID_PARAMETERS);
	EXPECT_EQ(on(0xff, entry, 0), INVALID_PARAMETERS);
	EXPECT_EQ(on(one | BIT(63), entry, 0), INVALID_PARAMETERS);
	EXPECT_EQ(affinity(0xffff01, 0), INVALID_PARAMETERS);
	EXPECT_EQ(affinity(one, 0), AFF_OFF);
}

/* Bits that are not affinity fields; entries where nothing can be fetched. QEMU's own PSCI does not look at them. */
static void errors_strict(void)
{
	static const u64 bad[] = { GICD,        UART_BASE, UINT64_C(0x0e000000), GIB(200), UINT64_C(0xffff000000000000),
				   ~UINT64_C(3) };
	u64 entry = (u64)smp_entry, one = smp_mpidr(1), base, size;

	EXPECT_EQ(on(one | BIT(31), entry, 0), INVALID_PARAMETERS);
	EXPECT_EQ(on(one | BIT(24), entry, 0), INVALID_PARAMETERS);
	EXPECT_EQ(on(one | BIT(40), entry, 0), INVALID_PARAMETERS);
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++)
		EXPECT_EQ(on(one, bad[i], 0), INVALID_ADDRESS);
	ram_range(&base, &size);
	EXPECT_EQ(on(one, base + size, 0), INVALID_ADDRESS);
	EXPECT_EQ(on(one, base - 4, 0), INVALID_ADDRESS);
	EXPECT_EQ(on(one, entry + 2, 0), INVALID_ADDRESS);
	EXPECT_EQ(affinity(one | BIT(24), 0), INVALID_PARAMETERS);
	EXPECT_EQ(affinity(one, 0), AFF_OFF);
}

/* A level covers all CPUs that agree in the fields above it: on when one is on. */
static void affinity_levels(void)
{
	u32 last = smp_cpus() - 1;

	for (u64 level = 1; level <= 3; level++) {
		EXPECT_EQ(affinity(smp_mpidr(0), level), AFF_ON);
		EXPECT_EQ(affinity(smp_mpidr(last) & ~UINT64_C(0xff), level), AFF_ON);
	}
	EXPECT_EQ(affinity(UINT64_C(0x7f00), 1), INVALID_PARAMETERS);
	EXPECT_EQ(affinity(UINT64_C(0x7f0000), 1), INVALID_PARAMETERS);
	EXPECT_EQ(affinity(UINT64_C(0x7f0000), 2), INVALID_PARAMETERS);
	EXPECT_EQ(affinity(UINT64_C(1) << 32, 3), INVALID_PARAMETERS);
	EXPECT_EQ(affinity(smp_mpidr(0), 4), INVALID_PARAMETERS);
	EXPECT_EQ(affinity(smp_mpidr(0), ~UINT64_C(0) >> 32), INVALID_PARAMETERS);
	/* CPU 1 off, the others of its cluster on or off: this one is on. */
	EXPECT_EQ(affinity(smp_mpidr(1), 0), AFF_OFF);
	EXPECT_EQ(affinity(smp_mpidr(1), 1), AFF_ON);
}

/* --- several CPUs start the same one at the same moment --- */
static u64 race_rounds;
static volatile u64 successes, refused, odd, started, released, bad_round;
static struct barrier bar;

/* Stays on until every caller has its answer, so that none of them may start it a second time. */
static void victim(u64 arg)
{
	u64 round = atomic_add(&started, 1) + 1;

	(void)arg;
	while (load_acquire(&released) < round)
		cpu_relax();
}

static void end_of_round(u32 last, u64 round)
{
	u64 start = now();

	while (load_acquire(&started) != round && now() - start < ticks_ms(20000))
		cpu_relax();
	store_release(&released, round);
	if (!smp_wait_off(last) || successes != round || started != round)
		bad_round = round;
}

static void racer(u64 cpu)
{
	u32 last = smp_cpus() - 1;

	for (u64 round = 1; round <= race_rounds && !load_acquire(&bad_round); round++) {
		s32 r;

		smp_barrier(&bar, last);
		r = smp_on(last);
		if (r == SUCCESS)
			atomic_add(&successes, 1);
		else
			atomic_add(r == ALREADY_ON || r == ON_PENDING ? &refused : &odd, 1);
		smp_barrier(&bar, last);
		if (cpu == 0)
			end_of_round(last, round);
		smp_barrier(&bar, last);
	}
}

static void race_of_callers(void)
{
	u32 last = smp_cpus() - 1;

	if (last < 2)
		return;
	race_rounds = bootarg_num("rounds", RACE_ROUNDS);
	smp_prepare(last, victim, 0);
	for (u32 i = 1; i < last; i++)
		EXPECT_EQ(smp_start(i, racer, i), SUCCESS);
	racer(0);
	EXPECT_EQ(bad_round, 0);
	EXPECT_EQ(successes, race_rounds);
	EXPECT_EQ(refused, race_rounds * (last - 1));
	EXPECT_EQ(odd, 0);
	for (u32 i = 1; i < last; i++)
		EXPECT(smp_wait_off(i));
}

/* --- CPU_ON while the target is on its way out: refused until it is off, never lost --- */
static volatile u64 runs;

static void short_life(u64 arg)
{
	(void)arg;
	runs = runs + 1;
}

static void on_races_with_off(void)
{
	smp_prepare(1, short_life, 0);
	for (u64 n = 1; n <= RESTARTS; n++) {
		u64 ran, start = now();
		s32 r;

		do {
			r = smp_on(1);
			EXPECT(r == SUCCESS || r == ALREADY_ON || r == ON_PENDING);
			cpu_relax();
		} while (r != SUCCESS && now() - start < ticks_ms(10000));
		EXPECT_EQ(r, SUCCESS);
		/* Each success is one more run; the next one may only come after it. */
		ran = load_acquire(&runs);
		EXPECT(ran == n || ran == n - 1);
	}
	EXPECT(smp_wait_off(1));
	EXPECT_EQ(load_acquire(&runs), RESTARTS);
}

/* --- the boot CPU goes off and comes back --- */
struct context {
	u64 x19_x30[12], sp;
};
u64 context_save(struct context *c);
void context_jump(const struct context *c) __attribute__((noreturn));
__asm__(".pushsection .text\n"
	"	.global context_save, context_jump\n"
	"context_save:\n"
	"	stp	x19, x20, [x0]\n"
	"	stp	x21, x22, [x0, #16]\n"
	"	stp	x23, x24, [x0, #32]\n"
	"	stp	x25, x26, [x0, #48]\n"
	"	stp	x27, x28, [x0, #64]\n"
	"	stp	x29, x30, [x0, #80]\n"
	"	mov	x1, sp\n"
	"	str	x1, [x0, #96]\n"
	"	mov	x0, #0\n"
	"	ret\n"
	"context_jump:\n"
	"	ldp	x19, x20, [x0]\n"
	"	ldp	x21, x22, [x0, #16]\n"
	"	ldp	x23, x24, [x0, #32]\n"
	"	ldp	x25, x26, [x0, #48]\n"
	"	ldp	x27, x28, [x0, #64]\n"
	"	ldp	x29, x30, [x0, #80]\n"
	"	ldr	x1, [x0, #96]\n"
	"	mov	sp, x1\n"
	"	mov	x0, #1\n"
	"	ret\n"
	"	.popsection\n");

static struct context boot_cpu;
static volatile s64 reviver_saw;

static void revived(u64 arg)
{
	(void)arg;
	context_jump(&boot_cpu);
}

static void reviver(u64 arg)
{
	(void)arg;
	reviver_saw = -100;
	if (!smp_wait_off(0))
		return;
	reviver_saw = smp_start(0, revived, 0);
}

static void boot_cpu_off_and_on(void)
{
	for (u32 n = 0; n < CYCLES; n++) {
		EXPECT_EQ(smp_start(1, reviver, 0), SUCCESS);
		if (context_save(&boot_cpu) == 0)
			smp_exit();
		EXPECT(smp_wait_off(1));
		EXPECT_EQ(reviver_saw, SUCCESS);
		EXPECT_EQ(affinity(smp_mpidr(0), 0), AFF_ON);
	}
}

/* --- CPU_SUSPEND --- */
static void one_sgi(void)
{
	u32 intid = gic_ack();

	if (intid == SGI)
		seen = seen + 1;
	if (intid != GIC_NONE)
		gic_eoi(intid);
}

static void suspend_pending(void)
{
	irq_handler = one_sgi;
	gic_init();
	gic_enable(SGI);
	seen = 0;
	gic_sgi(SGI);
	/* Masked, and pending already: it returns at once. */
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_SUSPEND, 0, 0, 0)), SUCCESS);
	irq_unmask();
	EXPECT(smp_wait_for(&seen, 1));
	irq_mask();
}

static void suspend_bad_state(void)
{
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_SUSPEND, BIT(20), 0, 0)), INVALID_PARAMETERS);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_SUSPEND, BIT(31), 0, 0)), INVALID_PARAMETERS);
}

static volatile u64 suspended;

static void sleeper(u64 rounds)
{
	gic_cpu_init();
	gic_enable(SGI);
	for (u64 i = 0; i < rounds; i++) {
		u64 n = seen;

		store_release(&suspended, i + 1);
		while (load_acquire(&seen) == n) {
			if (RES32(hvc_call(PSCI_CPU_SUSPEND, 0, 0, 0)) != SUCCESS)
				return;
			irq_unmask();
			irq_mask();
		}
	}
	store_release(&go, 1);
}

static void suspend_woken_by_sgi(void)
{
	irq_handler = one_sgi;
	gic_init();
	seen = 0;
	suspended = 0;
	go = 0;
	EXPECT_EQ(smp_start(1, sleeper, SUSPENDS), SUCCESS);
	for (u64 i = 1; i <= SUSPENDS; i++) {
		EXPECT(smp_wait_for(&suspended, i));
		/* Sometimes it sleeps by now, sometimes not. */
		for (u64 start = now(), n = i % 64 * 32; now() - start < n;)
			;
		sgi_to(1, SGI);
	}
	EXPECT(smp_wait_for(&go, 1));
	EXPECT_EQ(seen, SUSPENDS);
	EXPECT(smp_wait_off(1));
}

const struct test tests[] = {
	TEST(entry_state_of_a_started_cpu),
	TEST(smc32_call),
	TEST(cycles),
	TEST_HV(on_pending),
	TEST(errors),
	TEST_HV(errors_strict),
	TEST_HV(affinity_levels),
	TEST_HV(race_of_callers),
	TEST_HV(on_races_with_off),
	TEST(boot_cpu_off_and_on),
	TEST(suspend_pending),
	TEST(suspend_bad_state),
	TEST(suspend_woken_by_sgi),
	{ 0 },
};
