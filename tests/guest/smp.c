/* SPDX-License-Identifier: BSD-3-Clause */
/* PSCI with several CPUs (DEN0022), SGIs with every field, SPIs routed and moved between CPUs. */
#include <gic.h>
#include <smp.h>
#include <test.h>

#define PSCI_SUCCESS 0
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_ALREADY_ON (-4)
#define PSCI_ON_PENDING (-5)
#define PSCI_INVALID_ADDRESS (-9)
#define AFF_ON 0
#define AFF_OFF 1

#define RACE_ROUNDS 1000U
#define PING_ROUNDS 10000U
#define SGI_ROUNDS 200U
#define ROUTE_ROUNDS 300U
#define SPI 50U
#define WAIT_MS 20000U
#define DAIF_ALL 0x3c0U
#define EL1 4U

const bool want_mmu = true;

static volatile u64 flag[SMP_MAX * 8];
static volatile u64 total;
static struct barrier bar;

static bool wait_for(volatile u64 *p, u64 v)
{
	u64 start = now();

	while (load_acquire(p) != v) {
		if (now() - start > ticks_ms(WAIT_MS))
			return false;
		cpu_relax();
	}
	return true;
}

static s32 affinity(u64 mpidr, u64 level)
{
	return RES32(hvc_call(PSCI_AFFINITY_INFO, mpidr, level, 0));
}

static void note(u64 arg)
{
	flag[smp_self() * 8] = arg;
	while (load_acquire(&total) == 0)
		cpu_relax();
}

static void on_and_off(void)
{
	u32 n = smp_cpus();

	EXPECT(n >= 2);
	for (u32 i = 1; i < n; i++) {
		struct smp_entry_state e;

		total = 0;
		EXPECT_EQ(affinity(smp_mpidr(i), 0), AFF_OFF);
		EXPECT_EQ(smp_start(i, note, 0x1000 + i), PSCI_SUCCESS);
		EXPECT(wait_for(&flag[i * 8], 0x1000 + i));
		EXPECT_EQ(affinity(smp_mpidr(i), 0), AFF_ON);
		EXPECT_EQ(smp_on(i), PSCI_ALREADY_ON);
		e = smp_entered(i);
		EXPECT_EQ(e.currentel, EL1);
		EXPECT_EQ(e.daif, DAIF_ALL);
		EXPECT_EQ(e.sctlr & (BIT(0) | BIT(2) | BIT(12)), 0);
		store_release(&total, 1);
		EXPECT(smp_wait_off(i));
	}
	/* The whole cluster has one that is on: this one. */
	EXPECT_EQ(affinity(smp_mpidr(0), 0), AFF_ON);
	EXPECT_EQ(affinity(0, 1), AFF_ON);
	EXPECT_EQ(affinity(0, 3), AFF_ON);
}

static void errors(void)
{
	u64 entry = (u64)smp_entry;

	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, smp_mpidr(smp_cpus()), entry, 0)), PSCI_INVALID_PARAMETERS);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, BIT(31) | 1, entry, 0)), PSCI_INVALID_PARAMETERS);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, UINT64_C(0x100000001), entry, 0)), PSCI_INVALID_PARAMETERS);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, 0xffff01, entry, 0)), PSCI_INVALID_PARAMETERS);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, smp_mpidr(1), UINT64_C(0xffff000000000000), 0)), PSCI_INVALID_ADDRESS);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, smp_mpidr(1), GIB(200), 0)), PSCI_INVALID_ADDRESS);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, smp_mpidr(1), GICD, 0)), PSCI_INVALID_ADDRESS);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, smp_mpidr(0), entry, 0)), PSCI_ALREADY_ON);
	EXPECT_EQ(affinity(smp_mpidr(smp_cpus()), 0), PSCI_INVALID_PARAMETERS);
	EXPECT_EQ(affinity(smp_mpidr(0), 4), PSCI_INVALID_PARAMETERS);
	EXPECT_EQ(affinity(BIT(30), 0), PSCI_INVALID_PARAMETERS);
	EXPECT_EQ(affinity(smp_mpidr(1), 0), AFF_OFF);
}

static volatile u64 successes, refused, odd, started, released, stop_race;

static void target(u64 arg)
{
	(void)arg;
	u64 me = atomic_add(&started, 1) + 1;

	/* On until the round is over: else a late caller would be right to succeed too. */
	while (load_acquire(&released) < me)
		cpu_relax();
}

/* All but the target ask for it at the same moment. */
static void racer(u64 cpu)
{
	u32 victim = smp_cpus() - 1;

	for (u32 i = 0; i < RACE_ROUNDS; i++) {
		s32 r;

		smp_barrier(&bar, victim);
		r = smp_on(victim);
		if (r == PSCI_SUCCESS)
			atomic_add(&successes, 1);
		else if (r == PSCI_ALREADY_ON || r == PSCI_ON_PENDING)
			atomic_add(&refused, 1);
		else
			atomic_add(&odd, 1);
		smp_barrier(&bar, victim);
		if (cpu == 0) {
			u64 start = now();

			store_release(&released, i + 1);
			while ((load_acquire(&started) != i + 1 || affinity(smp_mpidr(victim), 0) != AFF_OFF) &&
			       now() - start < ticks_ms(WAIT_MS))
				cpu_relax();
			if (successes != i + 1 || started != i + 1)
				stop_race = i + 1;
		}
		smp_barrier(&bar, victim);
		if (load_acquire(&stop_race))
			return;
	}
}

static void race(void)
{
	u32 victim = smp_cpus() - 1;

	if (victim < 2)
		return;
	smp_prepare(victim, target, 0);
	for (u32 i = 1; i < victim; i++)
		EXPECT_EQ(smp_start(i, racer, i), PSCI_SUCCESS);
	racer(0);
	EXPECT_EQ(stop_race, 0);
	EXPECT_EQ(successes, RACE_ROUNDS);
	EXPECT_EQ(refused, (u64)RACE_ROUNDS * (victim - 1));
	EXPECT_EQ(odd, 0);
	for (u32 i = 1; i < victim; i++)
		EXPECT(smp_wait_off(i));
}

/* --- SGIs --- */
#define SGI1R S3_0_C12_C11_5
#define IRM BIT(40)

static volatile u64 got[SMP_MAX * 8];

static void count_sgi(void)
{
	u32 intid = gic_ack();

	if (intid == GIC_NONE)
		return;
	gic_eoi(intid);
	atomic_add(&got[smp_self() * 8], 1);
}

static void sgi_server(u64 cpu)
{
	gic_cpu_init();
	gic_enable(3);
	irq_unmask();
	atomic_add(&total, 1);
	while (load_acquire(&flag[0]) == 0)
		wfi();
	irq_mask();
	(void)cpu;
}

static void send(u64 v)
{
	dsb();
	sysreg_write(S3_0_C12_C11_5, v | UINT64_C(3) << 24);
	isb();
}

/* To one by target list, to all others by IRM, to nobody by affinities that do not exist. */
static void sgis(void)
{
	u32 n = smp_cpus();

	total = 0;
	flag[0] = 0;
	irq_handler = count_sgi;
	gic_init();
	gic_enable(3);
	for (u32 i = 1; i < n; i++)
		EXPECT_EQ(smp_start(i, sgi_server, i), PSCI_SUCCESS);
	EXPECT(wait_for(&total, n - 1));
	irq_unmask();
	for (u32 r = 0; r < SGI_ROUNDS; r++) {
		for (u32 i = 0; i < n; i++) {
			u64 before = got[i * 8];

			send(BIT(i % 16) | (u64)(i / 16) << 16);
			EXPECT(wait_for(&got[i * 8], before + 1));
		}
		send(BIT(1) << 32);          /* Aff2 = 2 */
		send(UINT64_C(1) << 48 | 1); /* Aff3 = 1 */
		send(UINT64_C(1) << 44 | 1); /* range 1: Aff0 16 */
		send(UINT64_C(0xff) << 16 | 0xffff);
		send(IRM);
		for (u32 i = 1; i < n; i++)
			EXPECT(wait_for(&got[i * 8], 2 * (u64)(r + 1)));
	}
	EXPECT_EQ(got[0], SGI_ROUNDS);
	store_release(&flag[0], 1);
	for (u32 i = 1; i < n; i++) {
		send(BIT(i % 16) | (u64)(i / 16) << 16);
		EXPECT(smp_wait_off(i));
	}
	/* To CPUs that are off: remembered, harmless. */
	send(IRM);
	send(BIT(1));
	EXPECT_EQ(affinity(smp_mpidr(1), 0), AFF_OFF);
}

/* Ping-pong with WFI at both ends. */
static volatile u64 ball;

static void pong(u64 arg)
{
	(void)arg;
	gic_cpu_init();
	gic_enable(3);
	irq_unmask();
	store_release(&flag[8], 1);
	for (u64 i = 0; i < PING_ROUNDS; i++) {
		irq_mask();
		while (load_acquire(&ball) != 2 * i + 1) {
			wfi();
			irq_unmask();
			irq_mask();
		}
		irq_unmask();
		store_release(&ball, 2 * i + 2);
		send(BIT(0));
	}
	irq_mask();
}

static void ping(void)
{
	u64 start = now();

	flag[8] = 0;
	ball = 0;
	irq_handler = count_sgi;
	gic_init();
	gic_enable(3);
	EXPECT_EQ(smp_start(1, pong, 0), PSCI_SUCCESS);
	EXPECT(wait_for(&flag[8], 1));
	for (u64 i = 0; i < PING_ROUNDS; i++) {
		store_release(&ball, 2 * i + 1);
		send(BIT(1));
		irq_mask();
		while (load_acquire(&ball) != 2 * i + 2 && now() - start < ticks_ms(60000)) {
			wfi();
			irq_unmask();
			irq_mask();
		}
		irq_unmask();
	}
	EXPECT_EQ(ball, 2 * PING_ROUNDS);
	EXPECT(smp_wait_off(1));
}

/* --- SPIs --- */
static volatile u64 taken_by[SMP_MAX * 8];

static void take_spi(void)
{
	u32 intid = gic_ack();

	if (intid == GIC_NONE)
		return;
	if (intid == SPI)
		atomic_add(&taken_by[smp_self() * 8], 1);
	gic_eoi(intid);
}

static void spi_server(u64 cpu)
{
	gic_cpu_init();
	gic_enable(3);
	irq_unmask();
	atomic_add(&total, 1);
	while (load_acquire(&flag[0]) == 0)
		wfi();
	irq_mask();
	(void)cpu;
}

static void move_spi(void)
{
	u32 n = smp_cpus();
	u64 sum = 0;

	total = 0;
	flag[0] = 0;
	irq_handler = take_spi;
	gic_init();
	gic_edge(SPI, true);
	gic_enable(SPI);
	gic_enable(3);
	for (u32 i = 1; i < n; i++)
		EXPECT_EQ(smp_start(i, spi_server, i), PSCI_SUCCESS);
	EXPECT(wait_for(&total, n - 1));
	irq_unmask();
	for (u32 r = 0; r < ROUTE_ROUNDS; r++) {
		u32 to = r % n;
		u64 before = taken_by[to * 8];

		mmio_write64(GICD + GICD_IROUTER + SPI * 8, smp_mpidr(to));
		gic_pend(SPI);
		EXPECT(wait_for(&taken_by[to * 8], before + 1));
	}
	/* Pending while disabled, routed somewhere else, enabled: it goes there. */
	for (u32 r = 0; r < ROUTE_ROUNDS; r++) {
		u32 to = (r + 1) % n;
		u64 before = taken_by[to * 8];

		gic_disable(SPI);
		mmio_write64(GICD + GICD_IROUTER + SPI * 8, smp_mpidr(r % n));
		gic_pend(SPI);
		mmio_write64(GICD + GICD_IROUTER + SPI * 8, smp_mpidr(to));
		gic_enable(SPI);
		EXPECT(wait_for(&taken_by[to * 8], before + 1));
	}
	for (u32 i = 0; i < n; i++)
		sum += taken_by[i * 8];
	EXPECT_EQ(sum, 2 * ROUTE_ROUNDS);
	EXPECT(!gic_is_active(SPI));
	EXPECT(!gic_is_pending(SPI));
	store_release(&flag[0], 1);
	for (u32 i = 1; i < n; i++) {
		send(BIT(i % 16) | (u64)(i / 16) << 16);
		EXPECT(smp_wait_off(i));
	}
}

/* CPU_SUSPEND is left by an interrupt, with the CPU's state as it was. */
static void suspend(void)
{
	irq_handler = count_sgi;
	gic_init();
	gic_enable(3);
	got[0] = 0;
	send(BIT(0));
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_SUSPEND, 0, 0, 0)), PSCI_SUCCESS);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_SUSPEND, BIT(20), 0, 0)), PSCI_INVALID_PARAMETERS);
	irq_unmask();
	EXPECT_EQ(got[0], 1);
}

const struct test tests[] = {
	TEST(on_and_off), TEST(errors),   TEST(race),       TEST(sgis),
	TEST(ping),       TEST(move_spi), TEST_HV(suspend), { NULL, NULL, false },
};
