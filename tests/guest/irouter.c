/* SPDX-License-Identifier: BSD-3-Clause */
/* SPIs between CPUs: routed, moved while pending and while active, looked at and changed by others (IHI 0069H 12.9). */
#include <gic.h>
#include <smp.h>
#include <test.h>

#define SPI 50U
#define ROUNDS 200U
#define MOVES 3000U
#define SUCCESS 0
#define NO_SUCH_AFFINITY UINT64_C(0xff00ffff00)

const bool want_mmu = true;

/* What another CPU has in its list registers may be seen a moment late, as a read may be that is on its way. */
static bool becomes_active(bool want)
{
	u64 start = now();

	while (gic_is_active(SPI) != want) {
		if (now() - start > ticks_ms(10000))
			return false;
		cpu_relax();
	}
	return true;
}

static volatile u64 holding, holder, let_go[SMP_MAX];

static void route(u64 affinity)
{
	mmio_write64(GICD + GICD_IROUTER + SPI * 8, affinity);
	dsb();
}

static void setup_spi(void)
{
	gic_edge(SPI, true);
	gic_enable(SPI);
}

static void arrives_where_routed(void)
{
	u32 n = smp_cpus();

	EXPECT(n >= 2);
	EXPECT(serve_start());
	setup_spi();
	irq_unmask();
	for (u32 r = 0; r < ROUNDS; r++) {
		u64 before = serve_count(r % n, SPI);

		route(smp_mpidr(r % n));
		EXPECT_EQ(mmio_read64(GICD + GICD_IROUTER + SPI * 8), smp_mpidr(r % n));
		gic_pend(SPI);
		EXPECT(serve_wait(r % n, SPI, before + 1));
	}
	EXPECT(serve_fence());
	EXPECT_EQ(serve_total(SPI), ROUNDS);
	EXPECT(serve_stop());
}

/* Pending and disabled: the route at the moment of the enable counts. */
static void moved_while_disabled(void)
{
	u32 n = smp_cpus();

	EXPECT(serve_start());
	setup_spi();
	irq_unmask();
	for (u32 r = 0; r < ROUNDS; r++) {
		u32 to = (r + 1) % n;
		u64 before = serve_count(to, SPI);

		gic_disable(SPI);
		route(smp_mpidr(r % n));
		gic_pend(SPI);
		route(smp_mpidr(to));
		gic_enable(SPI);
		EXPECT(serve_wait(to, SPI, before + 1));
	}
	EXPECT_EQ(serve_total(SPI), ROUNDS);
	EXPECT(serve_stop());
}

/* Pending and routed to nobody, then to somebody. */
static void from_nobody(void)
{
	u32 n = smp_cpus();

	EXPECT(serve_start());
	setup_spi();
	irq_unmask();
	for (u32 r = 0; r < ROUNDS; r++) {
		u64 before = serve_count(r % n, SPI);

		route(NO_SUCH_AFFINITY);
		gic_pend(SPI);
		EXPECT(gic_is_pending(SPI));
		route(smp_mpidr(r % n));
		EXPECT(serve_wait(r % n, SPI, before + 1));
	}
	EXPECT_EQ(serve_total(SPI), ROUNDS);
	EXPECT(serve_stop());
}

/* Moved between the pend and the acknowledge, once or twice: it is taken once, wherever that is. */
static volatile u64 all_taken;

static void count_taken(u32 cpu, u32 intid)
{
	(void)cpu;
	if (intid == SPI)
		atomic_add(&all_taken, 1);
}

static void moved_live(void)
{
	u32 n = smp_cpus();

	EXPECT(serve_start());
	serve_hook = count_taken;
	all_taken = 0;
	setup_spi();
	irq_unmask();
	for (u64 r = 1; r <= MOVES; r++) {
		gic_pend(SPI);
		route(smp_mpidr((u32)(r % n)));
		if (r % 2)
			route(smp_mpidr((u32)(r / 2 % n)));
		EXPECT(smp_wait_for(&all_taken, r));
	}
	EXPECT(serve_fence());
	EXPECT_EQ(serve_total(SPI), MOVES);
	EXPECT(!gic_is_pending(SPI));
	EXPECT(!gic_is_active(SPI));
	EXPECT(serve_stop());
}

/* The same, and the one that moves it is another CPU that does nothing else. */
static volatile u64 mover_stop, moves;

static void mover(u64 arg)
{
	u32 n = smp_cpus();

	(void)arg;
	while (!load_acquire(&mover_stop)) {
		route(smp_mpidr((u32)(moves % n)));
		store_release(&moves, moves + 1);
	}
}

static volatile u64 pends_done;

static void pender(u64 arg)
{
	(void)arg;
	for (u64 r = 1; r <= MOVES; r++) {
		gic_pend(SPI);
		if (!smp_wait_for(&all_taken, r))
			break;
	}
	store_release(&pends_done, 1);
}

static void take_spi(void)
{
	u32 intid = gic_ack();

	if (intid == GIC_NONE)
		return;
	if (intid == SPI)
		atomic_add(&all_taken, 1);
	gic_eoi(intid);
}

static volatile u64 takers;

static void taker(u64 arg)
{
	gic_cpu_init();
	irq_unmask();
	atomic_add(&takers, 1);
	if (arg)
		mover(0);
	else
		while (!load_acquire(&mover_stop))
			cpu_relax();
	irq_mask();
}

static void moved_by_another_cpu(void)
{
	gic_init();
	irq_handler = take_spi;
	all_taken = 0;
	mover_stop = 0;
	moves = 0;
	takers = 0;
	pends_done = 0;
	setup_spi();
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT_EQ(smp_start(i, taker, i == 1), SUCCESS);
	EXPECT(smp_wait_for(&takers, smp_cpus() - 1));
	irq_unmask();
	pender(0);
	store_release(&mover_stop, 1);
	irq_mask();
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT(smp_wait_off(i));
	EXPECT_EQ(all_taken, MOVES);
	EXPECT(moves > 0);
	EXPECT(!gic_is_active(SPI));
	EXPECT(!gic_is_pending(SPI));
}

/* --- held active by one CPU, and others look and touch --- */
static void hold(u32 cpu, u32 intid)
{
	if (intid != SPI)
		return;
	store_release(&holder, cpu);
	store_release(&holding, holding + 1);
	while (!load_acquire(&let_go[cpu]))
		cpu_relax();
	store_release(&let_go[cpu], 0);
}

static bool start_holding(u32 cpu, u64 nth)
{
	route(smp_mpidr(cpu));
	gic_pend(SPI);
	return smp_wait_for(&holding, nth) && holder == cpu;
}

static void active_seen_by_others(void)
{
	u64 want[SMP_MAX] = { 0 };

	EXPECT(serve_start());
	serve_hook = hold;
	holding = 0;
	setup_spi();
	irq_unmask();
	for (u64 r = 1; r <= ROUNDS; r++) {
		u32 cpu = 1 + (u32)r % (smp_cpus() - 1);

		EXPECT(start_holding(cpu, r));
		EXPECT(becomes_active(true));
		EXPECT(!gic_is_pending(SPI));
		EXPECT(gic_bit(GIC_ISENABLER, SPI));
		/* Disabling does not change what is active. */
		gic_disable(SPI);
		EXPECT(becomes_active(true));
		EXPECT(!gic_bit(GIC_ISENABLER, SPI));
		gic_enable(SPI);
		store_release(&let_go[cpu], 1);
		want[cpu]++;
		EXPECT(serve_wait(cpu, SPI, want[cpu]));
		EXPECT(becomes_active(false));
	}
	EXPECT(serve_fence());
	EXPECT_EQ(serve_total(SPI), ROUNDS);
	EXPECT(serve_stop());
}

/* Pending again and moved while active: it waits for the end of the first, and then comes to the new CPU. */
static void moved_while_active(void)
{
	u32 n = smp_cpus();

	if (n < 3)
		return;
	EXPECT(serve_start());
	serve_hook = hold;
	holding = 0;
	setup_spi();
	irq_unmask();
	for (u64 r = 0; r < ROUNDS; r++) {
		u32 a = 1 + (u32)r % (n - 1), b = 1 + (u32)(r + 1) % (n - 1);

		EXPECT(start_holding(a, 2 * r + 1));
		route(smp_mpidr(b));
		gic_pend(SPI);
		EXPECT(gic_is_pending(SPI));
		EXPECT(becomes_active(true));
		for (u64 start = now(); now() - start < ticks_ms(1);)
			;
		EXPECT_EQ(holding, 2 * r + 1);
		store_release(&let_go[a], 1);
		EXPECT(smp_wait_for(&holding, 2 * r + 2));
		EXPECT_EQ(holder, b);
		store_release(&let_go[b], 1);
		EXPECT(serve_fence());
	}
	EXPECT_EQ(serve_total(SPI), 2 * ROUNDS);
	EXPECT(serve_stop());
}

/* Made inactive by another CPU's ICACTIVER while the handler runs: it may come again at once, elsewhere. */
static void deactivated_by_another(void)
{
	u32 n = smp_cpus();

	if (n < 3)
		return;
	EXPECT(serve_start());
	serve_hook = hold;
	holding = 0;
	setup_spi();
	irq_unmask();
	for (u64 r = 0; r < ROUNDS; r++) {
		EXPECT(start_holding(1, 2 * r + 1));
		gic_set_bit(GIC_ICACTIVER, SPI);
		EXPECT(becomes_active(false));
		EXPECT(start_holding(2, 2 * r + 2));
		store_release(&let_go[1], 1);
		store_release(&let_go[2], 1);
		EXPECT(serve_fence());
		/* The late end of the first was for nothing, or ended the second: it is over in any case. */
		gic_set_bit(GIC_ICACTIVER, SPI);
	}
	EXPECT_EQ(serve_total(SPI), 2 * ROUNDS);
	EXPECT(serve_stop());
}

/* --- EOImode = 1: the one drops the priority, another one deactivates --- */
static volatile u64 split_taken, split_ready, split_stop;

static void take_split(void)
{
	u32 intid = gic_ack();

	if (intid == GIC_NONE)
		return;
	gic_eoi(intid);
	if (intid == SPI)
		store_release(&split_taken, split_taken + 1);
	else
		gic_dir(intid);
}

static void split_server(u64 arg)
{
	(void)arg;
	gic_cpu_init();
	gic_eoimode(true);
	irq_unmask();
	store_release(&split_ready, 1);
	while (!load_acquire(&split_stop))
		cpu_relax();
	irq_mask();
	gic_eoimode(false);
}

static void dir_from_another_cpu(void)
{
	gic_init();
	gic_eoimode(true);
	irq_handler = take_split;
	split_taken = 0;
	split_ready = 0;
	split_stop = 0;
	setup_spi();
	route(smp_mpidr(1));
	EXPECT_EQ(smp_start(1, split_server, 0), SUCCESS);
	EXPECT(smp_wait_for(&split_ready, 1));
	for (u64 r = 1; r <= ROUNDS; r++) {
		gic_pend(SPI);
		EXPECT(smp_wait_for(&split_taken, r));
		EXPECT(becomes_active(true));
		/* Still active: the next one waits. */
		gic_pend(SPI);
		EXPECT(gic_is_pending(SPI));
		EXPECT_EQ(split_taken, r);
		gic_unpend(SPI);
		gic_dir(SPI);
		EXPECT(becomes_active(false));
		EXPECT(!gic_is_pending(SPI));
	}
	store_release(&split_stop, 1);
	EXPECT(smp_wait_off(1));
	EXPECT_EQ(split_taken, ROUNDS);
	gic_eoimode(false);
}

const struct test tests[] = {
	TEST(arrives_where_routed), TEST(moved_while_disabled),
	TEST(from_nobody),          TEST(moved_live),
	TEST(moved_by_another_cpu), TEST(active_seen_by_others),
	TEST(moved_while_active),   TEST(deactivated_by_another),
	TEST(dir_from_another_cpu), { 0 },
};
