/* SPDX-License-Identifier: BSD-3-Clause */
/* SGIs between CPUs (IHI 0069H 12.11): every field of ICC_SGI1R, groups, CPUs that are off, storms with exact counts.
 */
#include <gic.h>
#include <smp.h>
#include <test.h>

#define SGI1R_IRM BIT(40)
#define SGI1R_RS(n) ((u64)(n) << 44)
#define SGI1R_AFF1(n) ((u64)(n) << 16)
#define SGI1R_AFF2(n) ((u64)(n) << 32)
#define SGI1R_AFF3(n) ((u64)(n) << 48)
#define SGI1R_INTID(n) ((u64)(n) << 24)
#define LISTS_MAX 64U
#define IRM_ROUNDS 100U
#define STORM_SENDS 400U /* of each CPU to all others, with a wait after each */
#define BLIND_ROUNDS 1000U
#define SUCCESS 0
#define AFF_OFF 1

const bool want_mmu = true;

static u64 sgi_frame(u32 cpu)
{
	return gicr_base(cpu) + 0x10000;
}

/* From each CPU's point of view: its own list entry, with each INTID, arrives once, as that INTID, nowhere else. */
static void one_target(void)
{
	u32 n = smp_cpus();

	EXPECT(n >= 2);
	EXPECT(serve_start());
	irq_unmask();
	for (u32 i = 0; i < n; i++)
		for (u32 intid = 0; intid < SERVE_FENCE; intid++) {
			sgi_to(i, intid);
			EXPECT(serve_wait(i, intid, 1));
		}
	EXPECT(serve_fence());
	for (u32 intid = 0; intid < SERVE_FENCE; intid++)
		EXPECT_EQ(serve_total(intid), n);
	EXPECT(serve_stop());
}

/* Lists of targets among the first eight CPUs: all of them, or every few; the caller is one of the targets. */
static void target_lists(void)
{
	u64 want[SMP_MAX] = { 0 };
	u32 n = smp_cpus() < 8 ? smp_cpus() : 8;

	EXPECT(serve_start());
	irq_unmask();
	/* The step is odd, so that every bit changes. */
	for (u32 list = 0, step = BIT(n) > LISTS_MAX ? (u32)BIT(n) / LISTS_MAX | 1 : 1; list < BIT(n); list += step) {
		/* Bits of CPUs that do not exist mean nothing. */
		u64 others = n == smp_cpus() ? UINT64_C(0xffff) & ~(BIT(n) - 1) : 0;

		sgi1r(SGI1R_INTID(5) | list | (list % 2 ? others : 0));
		for (u32 i = 0; i < n; i++)
			if (list & BIT(i)) {
				want[i]++;
				EXPECT(serve_wait(i, 5, want[i]));
			}
		if (list % 16 == 0)
			EXPECT(serve_fence());
		for (u32 i = 0; i < n; i++)
			EXPECT_EQ(serve_count(i, 5), want[i]);
	}
	EXPECT(serve_stop());
}

/* IRM: all but the sender, and the list does not count. */
static void all_but_self(void)
{
	EXPECT(serve_start());
	irq_unmask();
	for (u32 r = 1; r <= IRM_ROUNDS; r++) {
		sgi1r(SGI1R_IRM | SGI1R_INTID(6) | (r % 2 ? 1 : 0));
		for (u32 i = 1; i < smp_cpus(); i++)
			EXPECT(serve_wait(i, 6, r));
	}
	EXPECT(serve_fence());
	EXPECT_EQ(serve_count(0, 6), 0);
	EXPECT_EQ(serve_total(6), IRM_ROUNDS * (u64)(smp_cpus() - 1));
	EXPECT(serve_stop());
}

/* Nobody has these affinities. */
static void no_such_cpu(void)
{
	static const u64 values[] = {
		SGI1R_AFF1(1) | 0xffff,
		SGI1R_AFF1(0xff) | 0xffff,
		SGI1R_AFF2(1) | 0xffff,
		SGI1R_AFF2(0xff) | 0xffff,
		SGI1R_AFF3(1) | 0xffff,
		SGI1R_AFF3(0xff) | 0xffff,
		0,
	};

	EXPECT(serve_start());
	irq_unmask();
	for (u32 i = 0; i < ARRAY_SIZE(values); i++)
		sgi1r(SGI1R_INTID(7) | values[i]);
	EXPECT(serve_fence());
	EXPECT_EQ(serve_total(7), 0);
	EXPECT(serve_stop());
}

/* Aff0 16 and up, which QEMU's own GIC takes for 0 and up. */
static void range_selector(void)
{
	EXPECT(serve_start());
	irq_unmask();
	for (u64 rs = 1; rs < 16; rs++)
		sgi1r(SGI1R_INTID(7) | SGI1R_RS(rs) | 0xffff);
	EXPECT(serve_fence());
	EXPECT_EQ(serve_total(7), 0);
	EXPECT(serve_stop());
}

/* --- groups, with one security state --- */
static volatile u64 fiqs;

static void take_fiq(void)
{
	u64 intid;

	dsb();
	intid = sysreg_read(S3_0_C12_C8_0); /* ICC_IAR0_EL1 */
	dsb();
	sysreg_write(S3_0_C12_C8_1, intid); /* ICC_EOIR0_EL1 */
	isb();
	atomic_add(&fiqs, 1);
}

static void sgi0r(u64 v)
{
	dsb();
	sysreg_write(S3_0_C12_C11_7, v); /* ICC_SGI0R_EL1 */
	isb();
}

static volatile u64 group_ready, group_stop;

static void group_server(u64 cpu)
{
	(void)cpu;
	gic_cpu_init();
	gic_group(2, 0);
	gic_enable(2);
	gic_enable(3);
	sysreg_write(S3_0_C12_C12_6, 1); /* ICC_IGRPEN0_EL1 */
	isb();
	irq_unmask();
	store_release(&group_ready, 1);
	while (!load_acquire(&group_stop))
		cpu_relax();
	irq_mask();
	sysreg_write(S3_0_C12_C12_6, 0);
	isb();
}

/* SGI 2 is Group 0 at its target, SGI 3 Group 1. SGI0R reaches Group 0 only, as FIQ. */
static void groups(void)
{
	fiqs = 0;
	group_ready = 0;
	group_stop = 0;
	gic_init();
	fiq_handler = take_fiq;
	EXPECT_EQ(smp_start(1, group_server, 1), SUCCESS);
	EXPECT(smp_wait_for(&group_ready, 1));
	sgi0r(sgi_value(1, 2));
	EXPECT(smp_wait_for(&fiqs, 1));
	sgi0r(sgi_value(1, 3));
	sgi0r(sgi_value(1, 2));
	EXPECT(smp_wait_for(&fiqs, 2));
	EXPECT(!(mmio_read32(sgi_frame(1) + GIC_ISPENDR) & BIT(3)));
	EXPECT(!(mmio_read32(sgi_frame(1) + GIC_ISACTIVER) & BIT(3)));
	store_release(&group_stop, 1);
	EXPECT(smp_wait_off(1));
	EXPECT_EQ(fiqs, 2);
	gic_init();
}

/* --- CPUs that are off --- */
static volatile u64 woke_pending, woke_taken, woke_done;

static void take_one(void)
{
	u32 intid = gic_ack();

	if (intid == 4)
		woke_taken = woke_taken + 1;
	if (intid != GIC_NONE)
		gic_eoi(intid);
}

/* Looks before it touches its redistributor, and then takes what is there. */
static void woken(u64 cpu)
{
	u64 rd = gicr_base((u32)cpu);

	woke_pending = mmio_read32(rd + 0x10000 + GIC_ISPENDR) & BIT(4);
	mmio_write32(rd + GICR_WAKER, 0);
	gic_group(4, 1);
	gic_priority(4, GIC_PRIO_DEFAULT);
	gic_enable(4);
	sysreg_write(S3_0_C12_C12_5, 1); /* ICC_SRE_EL1 */
	isb();
	sysreg_write(S3_0_C12_C12_7, 1);
	gic_pmr(0xff);
	irq_unmask();
	for (u64 start = now(); now() - start < ticks_ms(20);)
		;
	irq_mask();
	store_release(&woke_done, 1);
}

/* An SGI to a CPU that is off is remembered by its redistributor, and cannot start it. */
static void to_a_cpu_that_is_off(void)
{
	u32 last = smp_cpus() - 1;

	gic_init();
	irq_handler = take_one;
	woke_taken = 0;
	woke_done = 0;
	mmio_write32(sgi_frame(last) + GIC_ICPENDR, ~0U);
	sgi_to(last, 4);
	sgi_to(last, 4);
	sgi_others(4);
	EXPECT_EQ(RES32(hvc_call(PSCI_AFFINITY_INFO, smp_mpidr(last), 0, 0)), AFF_OFF);
	EXPECT_EQ(mmio_read32(sgi_frame(last) + GIC_ISPENDR) & BIT(4), BIT(4));
	EXPECT_EQ(smp_start(last, woken, last), SUCCESS);
	EXPECT(smp_wait_for(&woke_done, 1));
	EXPECT_EQ(woke_pending, BIT(4));
	EXPECT_EQ(woke_taken, 1);
	EXPECT(smp_wait_off(last));
	for (u32 i = 1; i < smp_cpus(); i++)
		mmio_write32(sgi_frame(i) + GIC_ICPENDR, ~0U);
}

/* --- another CPU's redistributor --- */
static void remote_registers(void)
{
	u64 f = sgi_frame(1);

	EXPECT(serve_start());
	irq_unmask();
	for (u64 r = 1; r <= IRM_ROUNDS; r++) {
		/* Disabled over there, by us: it waits. */
		mmio_write32(f + GIC_ICENABLER, BIT(8));
		while (mmio_read32(gicr_base(1)) & BIT(3)) /* GICR_CTLR.RWP */
			cpu_relax();
		EXPECT_EQ(mmio_read32(f + GIC_ISENABLER) & BIT(8), 0);
		sgi_to(1, 8);
		EXPECT(serve_fence());
		EXPECT_EQ(mmio_read32(f + GIC_ISPENDR) & BIT(8), BIT(8));
		EXPECT_EQ(serve_count(1, 8), 2 * (r - 1));
		mmio_write32(f + GIC_ISENABLER, BIT(8));
		EXPECT(serve_wait(1, 8, 2 * r - 1));
		/* Made pending by its register. */
		mmio_write32(f + GIC_ISPENDR, BIT(8));
		EXPECT(serve_wait(1, 8, 2 * r));
		/* Taken back before it is enabled. */
		mmio_write32(f + GIC_ICENABLER, BIT(8));
		sgi_to(1, 8);
		mmio_write32(f + GIC_ICPENDR, BIT(8));
		mmio_write32(f + GIC_ISENABLER, BIT(8));
		EXPECT(serve_fence());
		EXPECT_EQ(serve_count(1, 8), 2 * r);
		EXPECT_EQ(mmio_read32(f + GIC_ISPENDR) & BIT(8), 0);
	}
	EXPECT(serve_stop());
}

/* --- storms: sender s uses INTID s --- */
static volatile u64 taken[SMP_MAX][SMP_MAX]; /* [target][sender] */
static volatile u64 storm_lost, storm_on, storm_blind, storm_quit;
static struct barrier storm_bar;
static u64 storm_rounds;

static void take_storm(void)
{
	u32 cpu = smp_self(), intid = gic_ack();

	if (intid == GIC_NONE)
		return;
	taken[cpu][intid % SMP_MAX] = taken[cpu][intid % SMP_MAX] + 1;
	gic_eoi(intid);
}

/* Each waits until its SGI was taken before it sends the next to the same target: every one counts. */
static void exact_storm(u32 self)
{
	u32 n = smp_cpus();

	for (u64 r = 1; r <= storm_rounds; r++)
		for (u32 i = 1; i < n; i++) {
			u32 to = (self + i) % n;

			sgi_to(to, self);
			if (!smp_wait_for(&taken[to][self], r)) {
				atomic_add(&storm_lost, 1);
				return;
			}
		}
}

static void storm(u64 cpu)
{
	u32 n = smp_cpus(), self = (u32)cpu;

	if (self != 0)
		gic_cpu_init();
	for (u32 i = 0; i < n; i++)
		gic_enable(i);
	irq_unmask();
	smp_barrier(&storm_bar, n);
	exact_storm(self);
	smp_barrier(&storm_bar, n);
	/* As fast as they can: they merge, but the last one arrives. */
	for (u32 r = 0; r < BLIND_ROUNDS; r++)
		sgi_others(self);
	smp_barrier(&storm_bar, n);
	for (u32 i = 1; i < n; i++)
		if (taken[(self + i) % n][self] == storm_rounds)
			for (u64 start = now(); now() - start < ticks_ms(2000) &&
			     load_acquire(&taken[(self + i) % n][self]) == storm_rounds;)
				cpu_relax();
	smp_barrier(&storm_bar, n);
	irq_mask();
}

static void storm_all_to_all(void)
{
	u32 n = smp_cpus();

	storm_rounds = STORM_SENDS / n;
	gic_init();
	irq_handler = take_storm;
	for (u32 i = 1; i < n; i++)
		EXPECT_EQ(smp_start(i, storm, i), SUCCESS);
	storm(0);
	EXPECT_EQ(storm_lost, 0);
	for (u32 i = 1; i < n; i++)
		EXPECT(smp_wait_off(i));
	for (u32 to = 0; to < n; to++)
		for (u32 from = 0; from < n; from++)
			if (to != from) {
				EXPECT(taken[to][from] > storm_rounds);
				EXPECT(taken[to][from] <= storm_rounds + BLIND_ROUNDS);
			} else {
				EXPECT_EQ(taken[to][from], 0);
			}
}

const struct test tests[] = {
	TEST(one_target),           TEST(target_lists),
	TEST(all_but_self),         TEST(no_such_cpu),
	TEST_HV(range_selector),    TEST(groups),
	TEST(to_a_cpu_that_is_off), TEST(remote_registers),
	TEST(storm_all_to_all),     { 0 },
};
