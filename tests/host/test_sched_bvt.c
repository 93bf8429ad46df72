/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/schedule.c hypervisor/common/sched_place.c hypervisor/common/sched_noop.c
 * hypervisor/common/sched_bvt.c hypervisor/common/sched_rt.c */
/* Weighted-fair scheduling over long simulated runs: shares, latency, starvation, wrapping virtual time. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sched_env.h"
#include "work_none.h"

static struct vcpu v[8];

static int setup(void **s)
{
	(void)s;
	memset(v, 0, sizeof(v));
	env_cpus(2);
	srand(3);
	return 0;
}

/* @got is @permille of @total, within one percent of itself. */
static void share_is(u64 got, u64 total, u64 permille)
{
	u64 want = total * permille / 1000;

	assert_in_range(got, want * 99 / 100, want * 101 / 100);
}

static void equal_shares(void **s)
{
	u64 start = env.now;

	(void)s;
	for (u32 i = 0; i < 3; i++)
		env_vcpu(&v[i], "bvt", 0, BIT(0));
	for (u32 n = 1; n <= 300; n++) {
		env_run(start + n * 100 * MS, NULL);
		/* The queue's time is not ahead of anybody's. */
		for (u32 i = 0; i < 3; i++)
			assert_true((s64)(v[i].sched.vtime - pcpus[0].sched->vmin) >= 0);
	}
	for (u32 i = 0; i < 3; i++) {
		share_is(sched_run_ticks(&v[i].sched), 30 * SEC, 333);
		/* A switch each granule, at most. */
		assert_in_range(v[i].sched.switches, 9000, 30 * SEC / GRANULE / 3 + 1);
	}
}

static void weighted_shares(void **s)
{
	u64 start = env.now, sum = 0;

	(void)s;
	for (u32 i = 0; i < 4; i++)
		env_vcpu(&v[i], "bvt", 100 * (i + 1), BIT(0));
	env_run(start + 100 * SEC, NULL);
	for (u32 i = 0; i < 4; i++) {
		share_is(sched_run_ticks(&v[i].sched), 100 * SEC, 100 * (i + 1));
		sum += sched_run_ticks(&v[i].sched);
	}
	assert_int_equal(sum, 100 * SEC); /* the pCPU never idled */
}

/* As close after a tenth of a second as after a hundred. */
static void shares_hold_in_short_windows(void **s)
{
	u64 before[4] = { 0 };

	(void)s;
	for (u32 i = 0; i < 4; i++)
		env_vcpu(&v[i], "bvt", 100 * (i + 1), BIT(0));
	env_run(env.now + SEC, NULL);
	for (u32 n = 0; n < 50; n++) {
		for (u32 i = 0; i < 4; i++)
			before[i] = sched_run_ticks(&v[i].sched);
		env_run(env.now + 200 * MS, NULL);
		for (u32 i = 0; i < 4; i++)
			assert_in_range(sched_run_ticks(&v[i].sched) - before[i], (i + 1) * 20 * MS - 4 * MS,
					(i + 1) * 20 * MS + 4 * MS);
	}
}

static void extreme_weights(void **s)
{
	u64 start = env.now;

	(void)s;
	env_vcpu(&v[0], "bvt", 1, BIT(0));
	env_vcpu(&v[1], "bvt", 1000, BIT(0));
	env_run(start + 100 * SEC, NULL);
	share_is(sched_run_ticks(&v[1].sched), 100 * SEC, 999);
	assert_in_range(sched_run_ticks(&v[0].sched), SEC / 11, SEC / 9);
	/* The other one is asked once in each of its long slices, not once a granule. */
	assert_in_range(env.arms, 1, 4 * v[0].sched.switches);
	/* It is not switched to for a few microseconds. */
	assert_in_range(v[0].sched.switches, 1, SEC / 9 / (GRANULE / 8));
}

/* Placed by weight on two pCPUs, two vCPUs of each of four VMs. */
static void two_pcpus(void **s)
{
	u64 start = env.now;

	(void)s;
	for (u32 i = 0; i < 8; i++)
		env_vcpu(&v[i], "bvt", 100 * (i / 2 + 1), BIT(0) | BIT(1));
	env_run(start + 50 * SEC, NULL);
	for (u32 i = 0; i < 4; i++) {
		assert_ptr_not_equal(v[2 * i].pcpu, v[2 * i + 1].pcpu);
		share_is(sched_run_ticks(&v[2 * i].sched) + sched_run_ticks(&v[2 * i + 1].sched), 100 * SEC,
			 100 * (i + 1));
	}
}

/* One that sleeps often gets what it asks for as long as that is below its share, and soon after it wakes. */
static u64 wake_at, worst, at_once;

static u64 sleeper(void)
{
	static u64 woken, ran;

	if (env.cur[0] == &v[0].sched) {
		if (woken) {
			worst = MAX(worst, v[0].sched.since - woken);
			at_once += v[0].sched.since == woken;
			ran = v[0].sched.run_ticks;
			woken = 0;
		}
		if (sched_run_ticks(&v[0].sched) - ran < 100 * US)
			return env.now + 100 * US;
		env_wait(&v[0]);
		wake_at = env.now + MS + (u64)(rand() % 9000) * US;
		return wake_at;
	}
	if (v[0].state == VCPU_BLOCKED && env.now >= wake_at) {
		woken = env.now;
		sched_wake(&v[0]);
	}
	return env.now + 1 * US;
}

static void wake_up_latency(void **s)
{
	(void)s;
	worst = at_once = 0;
	env_vcpu(&v[0], "bvt", 100, BIT(0));
	for (u32 i = 1; i < 4; i++)
		env_vcpu(&v[i], "bvt", 400, BIT(0));
	env_run(env.now + 3 * SEC, sleeper);
	assert_true(v[0].sched.switches > 200);
	/* The one that runs may get a granule ahead of it, which takes as long as its weight says. It seldom has to
	 * wait. */
	assert_in_range(worst, 0, 4 * GRANULE);
	assert_true(at_once >= v[0].sched.switches * 9 / 10);
}

/* Sleeping earns two granules, not the time slept: the others go on soon. */
static void sleep_is_not_saved(void **s)
{
	u64 start, most;

	(void)s;
	env_vcpu(&v[0], "bvt", 100, BIT(0));
	env_vcpu(&v[1], "bvt", 100, BIT(0));
	env_settle();
	while (env.cur[0] != &v[0].sched)
		env_run(env.now + GRANULE, NULL);
	env_wait(&v[0]);
	env_run(env.now + 3600 * SEC, NULL);
	most = sched_run_ticks(&v[1].sched);
	assert_true(most >= 3600 * SEC);
	start = env.now;
	sched_wake(&v[0]);
	env_settle();
	assert_ptr_equal(env.cur[0], &v[0].sched); /* at once */
	env_run(start + 10 * MS, NULL);
	most = sched_run_ticks(&v[1].sched) - most;
	assert_in_range(most, 5 * MS - 4 * GRANULE, 5 * MS);
	/* And in the long run equal again. */
	env_run(start + 20 * SEC, NULL);
	assert_in_range(sched_run_ticks(&v[0].sched), 99 * SEC / 10, 103 * SEC / 10);
}

/* Nobody waits for longer than the others' granules, whatever they do: they block and wake all the time. */
static u64 last_seen[8], longest[8];
static u32 nr_busy;

static u64 churn(void)
{
	for (u32 i = 0; i < nr_busy; i++) {
		if (env.cur[0] == &v[i].sched) {
			last_seen[i] = env.now;
			if (i && rand() % 3 == 0)
				env_wait(&v[i]);
		} else if (v[i].state == VCPU_BLOCKED) {
			if (rand() % 2)
				sched_wake(&v[i]);
			last_seen[i] = env.now;
		}
		longest[i] = MAX(longest[i], env.now - last_seen[i]);
	}
	return env.now + 20 * US + (u64)(rand() % 100) * US;
}

static void no_starvation(void **s)
{
	u64 start = env.now;

	(void)s;
	nr_busy = 6;
	memset(longest, 0, sizeof(longest));
	for (u32 i = 0; i < nr_busy; i++) {
		env_vcpu(&v[i], "bvt", i ? 1000 : 100, BIT(0));
		last_seen[i] = env.now;
	}
	env_run(start + 20 * SEC, churn);
	/* v0 never sleeps and has a weight of 100 among five of 1000: at least a 51st. */
	assert_true(sched_run_ticks(&v[0].sched) >= 20 * SEC / 51 * 99 / 100);
	for (u32 i = 0; i < nr_busy; i++)
		assert_in_range(longest[i], 0, 80 * MS);
}

/* Virtual time goes over its end, and nobody notices. */
static void wrap(void **s)
{
	static const u64 at[] = { UINT64_MAX - 20 * MS, (UINT64_C(1) << 63) - 20 * MS };

	for (u32 n = 0; n < ARRAY_SIZE(at); n++) {
		u64 start;

		setup(s);
		pcpus[0].sched->vmin = at[n];
		for (u32 i = 0; i < 4; i++)
			env_vcpu(&v[i], "bvt", 100 * (i + 1), BIT(0));
		assert_true(v[0].sched.vtime >= at[n] - 2 * GRANULE);
		start = env.now;
		env_run(start + 100 * SEC, NULL);
		assert_true(pcpus[0].sched->vmin - at[n] > 9 * SEC);
		for (u32 i = 0; i < 4; i++)
			share_is(sched_run_ticks(&v[i].sched), 100 * SEC, 100 * (i + 1));
	}
}

/* The queue's virtual time never goes back, nor away from the units. */
static u64 last_vmin;

static u64 watch_vmin(void)
{
	u64 vmin = pcpus[0].sched->vmin;

	assert_true((s64)(vmin - last_vmin) >= 0);
	last_vmin = vmin;
	for (u32 i = 0; i < 4; i++) {
		s64 ahead = (s64)(v[i].sched.vtime - vmin);

		if (v[i].state == VCPU_RUNNABLE)
			assert_in_range(ahead + (s64)(4 * GRANULE), 0, 40 * GRANULE);
		if (v[i].state == VCPU_BLOCKED && rand() % 20 == 0)
			sched_wake(&v[i]);
		else if (env.cur[0] == &v[i].sched && rand() % 10 == 0)
			env_wait(&v[i]);
	}
	return env.now + (u64)(rand() % 1000) * US;
}

static void virtual_time(void **s)
{
	(void)s;
	for (u32 i = 0; i < 4; i++)
		env_vcpu(&v[i], "bvt", 10 + 100 * i, BIT(0));
	last_vmin = pcpus[0].sched->vmin;
	env_run(env.now + 20 * SEC, watch_vmin);
}

/* What a unit is ahead or behind goes with it to another queue, whatever the time there. */
static void moves_carry_the_lag(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 100, BIT(0) | BIT(1));
	env_vcpu(&v[1], "bvt", 100, BIT(1));
	env_vcpu(&v[2], "bvt", 100, BIT(0));
	env_run(env.now + 10 * SEC, NULL);
	pcpus[1].sched->vmin += 1000 * SEC; /* pCPU 1 was up for long */
	v[1].sched.vtime += 1000 * SEC;
	for (u32 n = 0; n < 1000; n++) {
		u64 to = v[0].pcpu == &pcpus[0] ? 1 : 0;
		u64 want = v[0].sched.vtime - v[0].pcpu->sched->vmin + pcpus[to].sched->vmin;

		if (v[0].sched.on_cpu) {
			env_run(env.now + GRANULE / 2, NULL);
			continue;
		}
		assert_int_equal(sched_move(&v[0], &pcpus[to]), 0);
		assert_int_equal(v[0].sched.vtime, MAX(want, pcpus[to].sched->vmin - 2 * GRANULE));
		env_run(env.now + 7 * MS, NULL);
	}
	assert_true(v[0].sched.moves > 20);
	/* Half of whichever pCPU it was on. */
	assert_in_range(sched_run_ticks(&v[0].sched) * 100 / (env.now - 1000 * MS), 46, 54);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(equal_shares), T(weighted_shares), T(shares_hold_in_short_windows), T(extreme_weights),
		T(two_pcpus),    T(wake_up_latency), T(sleep_is_not_saved),           T(no_starvation),
		T(wrap),         T(virtual_time),    T(moves_carry_the_lag),
	};

	(void)env_rt;
	(void)env_put;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
