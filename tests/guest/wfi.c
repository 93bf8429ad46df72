/* SPDX-License-Identifier: BSD-3-Clause */
/* Waiting: ping-pong with WFI at both ends, timers, pending but masked, WFE and SEV. Whatever is lost here hangs. */
#include <gic.h>
#include <smp.h>
#include <test.h>

#define PINGS 10000U /* unless the bootarg pings= says otherwise */
#define TIMERS 200U
#define TIMER_US 200U
#define PING 3U
#define TIMER_ON 1U
#define SUCCESS 0

const bool want_mmu = true;

static volatile u64 ball, ready, spoiled;

static void take(void)
{
	u32 intid = gic_ack();

	if (intid != GIC_NONE)
		gic_eoi(intid);
}

/* WFI with the interrupt masked, so that none fits between the look and the wait. */
static bool wait_for_ball(u64 v)
{
	u64 start = now();

	irq_mask();
	while (load_acquire(&ball) != v && now() - start < ticks_ms(30000)) {
		wfi();
		irq_unmask();
		irq_mask();
	}
	irq_unmask();
	return load_acquire(&ball) == v;
}

static void throw(u32 to, u64 v)
{
	store_release(&ball, v);
	sgi_to(to, PING);
}

/* What is slower than a ping when vCPUs share a CPU is done less often. */
static u64 few(void)
{
	return bootarg_num("pings", PINGS) / 10;
}

static void pong(u64 rounds)
{
	gic_cpu_init();
	gic_enable(PING);
	irq_unmask();
	store_release(&ready, 1);
	for (u64 i = 0; i < rounds && wait_for_ball(2 * i + 1); i++)
		throw(0, 2 * i + 2);
	irq_mask();
}

static void ping_pong(void)
{
	u64 rounds = bootarg_num("pings", PINGS);

	EXPECT(smp_cpus() >= 2);
	gic_init();
	gic_enable(PING);
	irq_handler = take;
	ball = 0;
	ready = 0;
	EXPECT_EQ(smp_start(1, pong, rounds), SUCCESS);
	EXPECT(smp_wait_for(&ready, 1));
	irq_unmask();
	for (u64 i = 0; i < rounds; i++) {
		throw(1, 2 * i + 1);
		EXPECT(wait_for_ball(2 * i + 2));
	}
	EXPECT(smp_wait_off(1));
}

/* The ball goes round all CPUs. */
static volatile u64 ring_ready;

static void ring_member(u64 cpu)
{
	u64 rounds = few();
	u32 n = smp_cpus();

	gic_cpu_init();
	gic_enable(PING);
	irq_unmask();
	atomic_add(&ring_ready, 1);
	for (u64 i = 0; i < rounds && wait_for_ball(i * n + cpu); i++)
		throw((u32)(cpu + 1) % n, i * n + cpu + 1);
	irq_mask();
}

static void ring(void)
{
	u64 rounds = few();
	u32 n = smp_cpus();

	gic_init();
	gic_enable(PING);
	irq_handler = take;
	ball = 0;
	ring_ready = 0;
	for (u32 i = 1; i < n; i++)
		EXPECT_EQ(smp_start(i, ring_member, i), SUCCESS);
	EXPECT(smp_wait_for(&ring_ready, n - 1));
	irq_unmask();
	for (u64 i = 0; i < rounds; i++) {
		throw(1, i * n + 1);
		EXPECT(wait_for_ball(i * n + n));
	}
	for (u32 i = 1; i < n; i++)
		EXPECT(smp_wait_off(i));
}

/* --- timers, on all CPUs at once --- */
static volatile u64 timer_early, timer_done, timer_wrong;

static void arm(u64 when)
{
	sysreg_write(cntv_cval_el0, when);
	sysreg_write(cntv_ctl_el0, TIMER_ON);
	isb();
}

static void disarm(void)
{
	sysreg_write(cntv_ctl_el0, 0);
	isb();
}

static void timer_waits(u64 cpu)
{
	if (cpu != 0)
		gic_cpu_init();
	gic_enable(INTID_VTIMER);
	for (u32 i = 0; i < TIMERS; i++) {
		u64 when = now() + ticks_ms(1) * TIMER_US / 1000;
		u32 intid;

		arm(when);
		/* Masked: it ends the wait, and is taken by hand. */
		do {
			wfi();
			intid = gic_ack();
		} while (intid == GIC_NONE);
		if (now() < when)
			atomic_add(&timer_early, 1);
		if (intid != INTID_VTIMER)
			atomic_add(&timer_wrong, 1);
		disarm();
		gic_eoi(intid);
	}
	atomic_add(&timer_done, 1);
}

static void timer_ends_wfi(void)
{
	gic_init();
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT_EQ(smp_start(i, timer_waits, i), SUCCESS);
	timer_waits(0);
	EXPECT(smp_wait_for(&timer_done, smp_cpus()));
	EXPECT_EQ(timer_early, 0);
	EXPECT_EQ(timer_wrong, 0);
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT(smp_wait_off(i));
}

/* A timer whose interrupt only comes while the CPU waits with the interrupt masked: it must be taken after unmasking.
 */
static volatile u64 late;

static void take_timer(void)
{
	u32 intid = gic_ack();

	if (intid == GIC_NONE)
		return;
	if (intid == INTID_VTIMER) {
		disarm();
		late = late + 1;
	}
	gic_eoi(intid);
}

static void masked_then_taken(void)
{
	gic_init();
	gic_enable(INTID_VTIMER);
	irq_handler = take_timer;
	late = 0;
	for (u32 i = 1; i <= TIMERS; i++) {
		irq_mask();
		arm(now() + ticks_ms(1) / 10);
		while (!gic_is_pending(INTID_VTIMER))
			wfi();
		EXPECT_EQ(late, i - 1);
		/* It is pending: this returns at once, again and again. */
		for (u32 k = 0; k < 10; k++)
			wfi();
		irq_unmask();
		isb();
		EXPECT_EQ(late, i);
	}
	irq_mask();
}

/* Another CPU's SGI, sent at every possible moment of a WFI with masked interrupts. */
static volatile u64 slept, woke;

static void masked_sleeper(u64 rounds)
{
	gic_cpu_init();
	gic_enable(PING);
	for (u64 i = 1; i <= rounds; i++) {
		u32 intid;

		store_release(&slept, i);
		do {
			wfi();
			intid = gic_ack();
		} while (intid == GIC_NONE);
		gic_eoi(intid);
		if (intid != PING)
			atomic_add(&spoiled, 1);
		store_release(&woke, i);
	}
}

static void masked_woken_by_sgi(void)
{
	u64 rounds = few();

	gic_init();
	slept = 0;
	woke = 0;
	spoiled = 0;
	EXPECT_EQ(smp_start(1, masked_sleeper, rounds), SUCCESS);
	for (u64 i = 1; i <= rounds; i++) {
		EXPECT(smp_wait_for(&slept, i));
		for (u64 start = now(), n = i % 128 * 16; now() - start < n;)
			;
		sgi_to(1, PING);
		EXPECT(smp_wait_for(&woke, i));
	}
	EXPECT_EQ(spoiled, 0);
	EXPECT(smp_wait_off(1));
}

/* --- WFE --- */
static void send_event(void)
{
	__asm__ volatile("dsb sy\n\tsev" ::: "memory");
}

static void wait_event(void)
{
	__asm__ volatile("wfe" ::: "memory");
}

static void event_pong(u64 rounds)
{
	for (u64 i = 0; i < rounds; i++) {
		while (load_acquire(&ball) != 2 * i + 1)
			wait_event();
		store_release(&ball, 2 * i + 2);
		send_event();
	}
}

static void events(void)
{
	u64 rounds = few();

	ball = 0;
	EXPECT_EQ(smp_start(1, event_pong, rounds), SUCCESS);
	for (u64 i = 0; i < rounds; i++) {
		store_release(&ball, 2 * i + 1);
		send_event();
		while (load_acquire(&ball) != 2 * i + 2)
			wait_event();
	}
	EXPECT(smp_wait_off(1));
}

/* A lock whose waiters do WFE, and a counter that only the lock protects; two counters that need none. */
static struct lock lock;
static volatile u64 guarded, counted, counted_lse, lock_done;

static void locker(u64 arg)
{
	u64 rounds = 2 * few();

	(void)arg;
	for (u64 i = 0; i < rounds; i++) {
		lock_take(&lock);
		guarded = guarded + 1;
		lock_give(&lock);
		atomic_add(&counted, 1);
		atomic_add_lse(&counted_lse, 1);
	}
	atomic_add(&lock_done, 1);
}

static void locks(void)
{
	u64 rounds = 2 * few();
	u32 n = smp_cpus();

	for (u32 i = 1; i < n; i++)
		EXPECT_EQ(smp_start(i, locker, 0), SUCCESS);
	locker(0);
	EXPECT(smp_wait_for(&lock_done, n));
	EXPECT_EQ(guarded, (u64)n * rounds);
	EXPECT_EQ(counted, (u64)n * rounds);
	EXPECT_EQ(counted_lse, (u64)n * rounds);
	for (u32 i = 1; i < n; i++)
		EXPECT(smp_wait_off(i));
}

const struct test tests[] = {
	TEST(ping_pong),           TEST(ring),   TEST(timer_ends_wfi), TEST(masked_then_taken),
	TEST(masked_woken_by_sgi), TEST(events), TEST(locks),          { 0 },
};
