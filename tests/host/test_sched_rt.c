/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/schedule.c hypervisor/common/sched_place.c hypervisor/common/sched_noop.c
 * hypervisor/common/sched_bvt.c hypervisor/common/sched_rt.c */
/* Fixed priorities with budgets: what a unit gets in each period, when it gets it back, and what is left for others. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sched_env.h"
#include "work_none.h"

static struct vcpu v[6];
static u64 t0;

static int setup(void **s)
{
	(void)s;
	memset(v, 0, sizeof(v));
	env_cpus(2);
	t0 = env.now;
	srand(4);
	return 0;
}

static u64 ran(u32 i)
{
	return sched_run_ticks(&v[i].sched);
}

static bool runs(u32 i)
{
	return env.cur[0] == &v[i].sched;
}

/* One that never waits gets its budget at the start of each period, to the tick; the background has the rest. */
static void budget_and_period(void **s)
{
	(void)s;
	env_rt(&v[0], 10, 200, 1000, BIT(0));
	env_vcpu(&v[1], "bvt", 100, BIT(0));
	for (u32 n = 0; n < 10000; n++) {
		u64 start = t0 + n * MS;

		env_run(start + 1, NULL);
		assert_true(runs(0));
		env_run(start + 200 * US - 1, NULL);
		assert_true(runs(0));
		env_run(start + 200 * US + 1, NULL);
		assert_true(runs(1));
		env_run(start + MS - 1, NULL);
		assert_true(runs(1));
		assert_int_equal(ran(0), (n + 1) * 200 * US);
	}
	assert_int_equal(ran(0), 2 * SEC);
	assert_int_equal(ran(1), 8 * SEC - 1);
}

/* Alone it is throttled just the same: the pCPU idles. */
static void throttled_when_alone(void **s)
{
	(void)s;
	env_rt(&v[0], 10, 300, 1000, BIT(0));
	env_run(t0 + 300 * US + 1, NULL);
	assert_null(env.cur[0]);
	assert_true(pcpus[0].sched->tick.armed);
	assert_int_equal(pcpus[0].sched->tick.when, t0 + MS);
	env_run(t0 + SEC, NULL);
	assert_int_equal(ran(0), 300 * MS);
}

/* All of a pCPU, and a period that is no multiple of anything. */
static void odd_numbers(void **s)
{
	(void)s;
	env_rt(&v[0], 10, 1000, 1000, BIT(0));
	env_vcpu(&v[1], "bvt", 100, BIT(0));
	env_run(t0 + SEC, NULL);
	assert_int_equal(ran(0), SEC);
	assert_int_equal(ran(1), 0);
	setup(s);
	env_rt(&v[0], 10, 77, 1013, BIT(0));
	env_vcpu(&v[1], "bvt", 100, BIT(0));
	env_run(t0 + 1000 * 1013 * US, NULL);
	assert_int_equal(ran(0), 77000 * US);
}

/* The higher number first, at once; each within its own budget. */
static void priorities(void **s)
{
	(void)s;
	env_rt(&v[0], 5, 400, 1000, BIT(0));
	env_rt(&v[1], 50, 200, 2000, BIT(0));
	env_rt(&v[2], 50, 300, 3000, BIT(0));
	env_vcpu(&v[3], "bvt", 1, BIT(0));
	env_settle();
	assert_true(runs(1)); /* 1 and 2 are equal: first come */
	env_run(t0 + 100 * US, NULL);
	env_look(0);
	assert_true(runs(1)); /* and goes on */
	env_run(t0 + 200 * US + 1, NULL);
	assert_true(runs(2));
	env_run(t0 + 500 * US + 1, NULL);
	assert_true(runs(0));
	env_run(t0 + 900 * US + 1, NULL);
	assert_true(runs(3));
	/* Periods begin with the first start: that of 0 was at 500 us. */
	env_run(t0 + 1500 * US - 1, NULL);
	assert_true(runs(3));
	env_run(t0 + 1500 * US + 1, NULL);
	assert_true(runs(0));
	env_run(t0 + 1900 * US + 1, NULL);
	assert_true(runs(3));
	env_run(t0 + 2000 * US + 1, NULL);
	assert_true(runs(1));
	env_run(t0 + 2200 * US + 1, NULL);
	assert_true(runs(3));
	env_run(t0 + 3500 * US - 1, NULL);
	assert_true(runs(2)); /* from 3200 us on; 0 has a new budget at 3500 us and is not as important */
	env_run(t0 + 3500 * US + 1, NULL);
	assert_true(runs(0));
	env_run(t0 + 6 * SEC, NULL);
	assert_in_range(ran(0), 2399 * MS, 2400 * MS);
	assert_int_equal(ran(1), 600 * MS);
	assert_int_equal(ran(2), 600 * MS);
	assert_int_equal(ran(0) + ran(3), 4800 * MS);
}

/* A wake-up does not wait for anybody of a lower priority, budget permitting. */
static void wakes_at_once(void **s)
{
	(void)s;
	env_rt(&v[0], 10, 200, 1000, BIT(0));
	env_rt(&v[1], 9, 300, 1000, BIT(0));
	env_vcpu(&v[2], "bvt", 1000, BIT(0));
	env_settle();
	env_wait(&v[0]);
	env_settle();
	assert_true(runs(1));
	env.now = t0 + 77 * US;
	sched_wake(&v[0]);
	env_settle();
	assert_true(runs(0));
	env.now = t0 + 100 * US;
	env_wait(&v[0]);
	env_settle();
	assert_true(runs(1)); /* goes on with what it has left */
	env_run(t0 + 323 * US - 1, NULL);
	assert_true(runs(1));
	env_run(t0 + 323 * US + 1, NULL);
	assert_true(runs(2));
	/* 177 us of its budget are left until the period ends. */
	sched_wake(&v[0]);
	env_settle();
	assert_true(runs(0));
	env_run(t0 + 500 * US, NULL);
	assert_true(runs(0));
	env_run(t0 + 500 * US + 3, NULL);
	assert_true(runs(2));
	/* Without budget it waits for the next period, whatever wakes it. */
	env_settle();
	v[0].state = VCPU_BLOCKED;
	sched_wake(&v[0]);
	env_run(t0 + MS - 1, NULL);
	assert_true(runs(2));
	env_run(t0 + MS + 1, NULL);
	assert_true(runs(0));
}

/* Deferrable: what was not used by the end of the period is lost, and the new budget is whole, no more. */
static void replenished_not_saved(void **s)
{
	(void)s;
	env_rt(&v[0], 10, 200, 1000, BIT(0));
	env_vcpu(&v[1], "bvt", 100, BIT(0));
	env_settle();
	env_wait(&v[0]);
	env_run(t0 + 10 * MS + 300 * US, NULL);
	sched_wake(&v[0]);
	env_run(t0 + 10 * MS + 500 * US, NULL);
	assert_true(runs(1));
	env_run(t0 + 11 * MS, NULL);
	assert_int_equal(ran(0), 200 * US);
	env_run(t0 + 11 * MS + 1, NULL);
	assert_true(runs(0)); /* periods are counted from the first start, not from the wake-up */
}

/* Across a boundary: what is left of the old budget, then the new one, which ends when it is used and not later. */
static void across_a_boundary(void **s)
{
	(void)s;
	env_rt(&v[0], 10, 200, 1000, BIT(0));
	env_vcpu(&v[1], "bvt", 100, BIT(0));
	env_settle();
	env_wait(&v[0]);
	env_run(t0 + 900 * US, NULL);
	sched_wake(&v[0]);
	env_run(t0 + 1200 * US - 1, NULL);
	assert_true(runs(0));
	env_run(t0 + 1200 * US + 1, NULL);
	assert_true(runs(1));
	assert_int_equal(ran(0), 300 * US);
	env_run(t0 + 2000 * US - 1, NULL);
	assert_true(runs(1));
	env_run(t0 + 2000 * US + 1, NULL);
	assert_true(runs(0));
}

/* Whatever it does, no period sees more than its budget. */
static u64 period_start, ran_before, most_in_period;

static u64 cheat(void)
{
	u64 next = env.now + (u64)(rand() % 300) * US + 1;

	if (env.now - period_start >= MS) {
		most_in_period = MAX(most_in_period, ran(0) - ran_before);
		ran_before = ran(0);
		period_start += MS;
	}
	if (v[0].state == VCPU_BLOCKED)
		sched_wake(&v[0]);
	else if (runs(0) && rand() % 2)
		env_wait(&v[0]);
	return MIN(next, period_start + MS);
}

static void never_more_than_the_budget(void **s)
{
	(void)s;
	most_in_period = ran_before = 0;
	env_rt(&v[0], 10, 300, 1000, BIT(0));
	env_vcpu(&v[1], "bvt", 100, BIT(0));
	env_settle();
	period_start = t0;
	env_run(t0 + 20 * SEC, cheat);
	assert_in_range(most_in_period, 290 * US, 300 * US);
	assert_true(ran(1) >= 14 * SEC);
}

/* In the background, weights count as under bvt, and work is there as well. */
static void background(void **s)
{
	static struct sched_work w;

	(void)s;
	sched_work_init(&w, NULL, NULL, "work");
	assert_int_equal(sched_work_attach(&w, BIT(0), NULL), 0);
	sched_work_set_weight(&w, 300);
	env_rt(&v[0], 10, 500, 1000, BIT(0));
	env_rt(&v[1], 0, 500, 1000, BIT(0)); /* no priority */
	env_vcpu(&v[2], "bvt", 400, BIT(0));
	sched_work_wake(&w);
	env_run(t0 + 16 * SEC, NULL);
	assert_int_equal(ran(0), 8 * SEC);
	assert_in_range(ran(1), 99 * SEC / 100, 101 * SEC / 100);
	assert_in_range(ran(2), 396 * SEC / 100, 404 * SEC / 100);
	assert_in_range(sched_run_ticks(&w.unit), 297 * SEC / 100, 303 * SEC / 100);
}

/* Parked, it leaves the list; back, it has what its period leaves it. */
static void parked(void **s)
{
	(void)s;
	env_rt(&v[0], 10, 200, 1000, BIT(0));
	env_rt(&v[1], 9, 200, 1000, BIT(0));
	env_run(t0 + 100 * US, NULL);
	sched_park(&v[1]);
	assert_true(list_empty(&pcpus[0].sched->rt));
	sched_park(&v[0]);
	env_settle();
	assert_null(env.cur[0]);
	env_run(t0 + 5 * MS + 300 * US, NULL);
	assert_int_equal(ran(0), 100 * US);
	sched_unpark(&v[0]);
	sched_unpark(&v[1]);
	env_run(t0 + 6 * MS, NULL);
	assert_int_equal(ran(0), 300 * US);
	assert_int_equal(ran(1), 200 * US);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(budget_and_period), T(throttled_when_alone),
		T(odd_numbers),       T(priorities),
		T(wakes_at_once),     T(replenished_not_saved),
		T(across_a_boundary), T(never_more_than_the_budget),
		T(background),        T(parked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
