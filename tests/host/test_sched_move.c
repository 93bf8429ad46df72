/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/schedule.c hypervisor/common/sched_place.c hypervisor/common/sched_noop.c
 * hypervisor/common/sched_bvt.c hypervisor/common/sched_rt.c */
/* Who goes where: wake-ups on idle pCPUs, stealing, moves, and what stays. */
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

/* Called where another pCPU may come in between: before a lock is taken, and after. Once. */
static void (*between)(void);
static bool between_lock;
static u32 between_skip;

void mock_spin_hook(struct spinlock *l, bool lock)
{
	void (*fn)(void) = between;

	(void)l;
	if (!fn || lock != between_lock || between_skip-- > 0)
		return;
	between = NULL;
	fn();
}

static int setup(void **s)
{
	(void)s;
	memset(v, 0, sizeof(v));
	between = NULL;
	env_cpus(4);
	return 0;
}

/* To an idle pCPU at wake-up, when its own is busy and the other takes guests. */
static void wake_to_idle(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0));
	env_vcpu(&v[1], "bvt", 0, BIT(1) | BIT(2));
	env_vcpu(&v[2], "bvt", 0, BIT(2));
	assert_ptr_equal(v[1].pcpu, &pcpus[1]);
	env_settle();
	for (u32 i = 1; i < 3; i++)
		sched_block(&v[i], VCPU_BLOCKED);
	env_settle();
	env_vcpu(&v[3], "bvt", 0, BIT(1)); /* v1's place is taken */
	env_settle();
	env_put(1);
	assert_ptr_equal(env.cur[1], &v[3].sched);
	env.kicked = 0;
	env.cpu = 0;
	sched_wake(&v[1]);
	assert_ptr_equal(v[1].pcpu, &pcpus[2]);
	assert_ptr_equal(v[1].sched.home, &pcpus[1]);
	assert_int_equal(v[1].sched.moves, 1);
	assert_int_equal(env.kicked, BIT(2));
	env_settle();
	assert_ptr_equal(env.cur[2], &v[1].sched);
	/* Home's weight, wherever it runs. */
	assert_int_equal(pcpus[1].sched->weight, 200);
	assert_int_equal(pcpus[2].sched->weight, 100);
	assert_int_equal(pcpus[2].sched->nr_units, 2);
	/* pCPU 3 is idle, but allowed to none; pCPU 0 is busy. */
	sched_wake(&v[2]);
	assert_ptr_equal(v[2].pcpu, &pcpus[2]);
}

/* An idle pCPU takes what waits elsewhere, if it may. */
static void steal(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0) | BIT(1));
	env_vcpu(&v[1], "bvt", 0, BIT(0) | BIT(1));
	env_vcpu(&v[2], "bvt", 0, BIT(0));
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	assert_ptr_equal(v[1].pcpu, &pcpus[1]);
	env_settle();
	env_run(env.now + GRANULE, NULL);
	assert_int_equal(pcpus[0].sched->nr_fair, 1);
	while (env.cur[0] != &v[2].sched)
		env_run(env.now + GRANULE, NULL);
	env_wait(&v[1]);
	env_settle(); /* finds nothing of its own */
	assert_ptr_equal(env.cur[1], &v[0].sched);
	assert_ptr_equal(v[0].pcpu, &pcpus[1]);
	assert_int_equal(pcpus[0].sched->nr_fair, 0);
	assert_false(v[1].sched.on_cpu);
	/* Two now want pCPU 1, which is busy, and so is 0. */
	sched_wake(&v[1]);
	assert_ptr_equal(v[1].pcpu, &pcpus[1]);
	env_settle();
	/* When pCPU 0 has nothing left, one of them comes. */
	env_wait(&v[2]);
	env_settle();
	assert_non_null(env.cur[0]);
	assert_non_null(env.cur[1]);
	assert_int_equal(pcpus[0].sched->nr_units, 2);
	assert_int_equal(pcpus[1].sched->nr_units, 1);
}

/* Nothing comes to a noop pCPU, or from one; real-time units and work stay; the affinity counts. */
static void not_stolen(void **s)
{
	static struct sched_work w;

	(void)s;
	env_vcpu(&v[0], "noop", 0, BIT(0));
	env_vcpu(&v[1], "bvt", 0, BIT(1));
	env_vcpu(&v[2], "bvt", 0, BIT(1) | BIT(0));
	env_rt(&v[3], 10, 100, 1000, BIT(2) | BIT(3));
	env_rt(&v[4], 10, 100, 1000, BIT(2));
	env_rt(&v[5], 0, 100, 1000, BIT(3));
	sched_work_init(&w, NULL, NULL, "work");
	assert_int_equal(sched_work_attach(&w, BIT(1) | BIT(3), &pcpus[1]), 0);
	sched_work_wake(&w);
	env_settle();
	for (u32 i = 0; i < 6; i++) {
		if (i == 1 || i == 2 || i == 4)
			continue;
		env_wait(&v[i]);
	}
	env_settle();
	sched_wake(&v[3]);
	env_settle();
	assert_null(env.cur[0]);
	assert_null(env.cur[3]);
	assert_int_equal(pcpus[1].sched->nr_fair, 2);
	assert_ptr_equal(v[2].pcpu, &pcpus[1]);
	assert_ptr_equal(w.unit.pcpu, &pcpus[1]);
	assert_ptr_equal(v[3].pcpu, &pcpus[2]);
	env_run(env.now + 10 * MS, NULL);
	for (u32 i = 0; i < 6; i++)
		assert_int_equal(v[i].sched.moves, 0);
}

static void park_v0(void)
{
	sched_park(&v[0]);
}

/* Parked while it is being taken over: it runs nowhere. */
static void park_while_stolen(void **s)
{
	u32 hits = 0;

	for (u32 n = 0; n < 2 * 8; n++) {
		setup(s);
		env_vcpu(&v[2], "bvt", 0, BIT(0));
		env_vcpu(&v[1], "bvt", 0, BIT(1));
		env_settle();
		env_vcpu(&v[0], "bvt", 0, BIT(0) | BIT(1));
		if (v[0].pcpu != &pcpus[0])
			assert_int_equal(sched_move(&v[0], &pcpus[0]), 0);
		env_look(0);
		if (env.cur[0] == &v[0].sched)
			env_run(env.now + 4 * GRANULE, NULL);
		while (env.cur[0] != &v[2].sched)
			env_run(env.now + GRANULE / 4, NULL);
		assert_true(v[0].sched.queued);
		env_wait(&v[1]);
		between = park_v0;
		between_lock = n & 1;
		between_skip = n / 2;
		env_look(1);
		hits += !between;
		if (between)
			sched_park(&v[0]);
		between = NULL;
		env_settle();
		assert_false(v[0].sched.queued);
		assert_false(v[0].sched.on_cpu);
		assert_ptr_not_equal(env.cur[0], &v[0].sched);
		assert_ptr_not_equal(env.cur[1], &v[0].sched);
		sched_unpark(&v[0]);
		env_settle();
		assert_ptr_equal(env.cur[1], &v[0].sched);
	}
	assert_true(hits >= 4);
}

/* Pushed out by one that may not move, a vCPU goes where nothing runs. */
static void goes_to_idle_when_put(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0) | BIT(1));
	env_vcpu(&v[1], "bvt", 0, BIT(1));
	env_rt(&v[2], 5, 500, 1000, BIT(0));
	env_settle();
	env_wait(&v[1]);
	env_wait(&v[2]);
	env_settle();
	assert_ptr_equal(env.cur[0], &v[0].sched);
	assert_null(env.cur[1]);
	env.now += MS;
	sched_wake(&v[2]);
	env_settle();
	assert_ptr_equal(env.cur[0], &v[2].sched);
	assert_ptr_equal(env.cur[1], &v[0].sched);
	assert_int_equal(pcpus[0].sched->nr_fair, 0);
}

static void move(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0) | BIT(1) | BIT(7));
	env_vcpu(&v[1], "bvt", 0, BIT(1));
	env_vcpu(&v[2], "noop", 0, BIT(2));
	env_settle();
	assert_int_equal(sched_move(&v[0], &pcpus[3]), -EPERM);
	assert_int_equal(sched_move(&v[0], &pcpus[7]), -ENODEV);
	assert_int_equal(sched_move(&v[2], &pcpus[3]), -EPERM);
	assert_int_equal(sched_move(&v[0], &pcpus[0]), 0);
	/* It runs: the pCPU lets it go when it next looks. */
	env.kicked = 0;
	env.cpu = 3;
	assert_int_equal(sched_move(&v[0], &pcpus[1]), 0);
	assert_int_equal(env.kicked, BIT(0));
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	env_look(0);
	assert_null(env.cur[0]);
	assert_ptr_equal(v[0].pcpu, &pcpus[1]);
	assert_false(v[0].sched.on_cpu);
	assert_null(v[0].sched.dest);
	env_settle();
	/* There and back before anybody looked: it stays. */
	while (env.cur[1] != &v[0].sched)
		env_run(env.now + GRANULE, NULL);
	assert_int_equal(sched_move(&v[0], &pcpus[0]), 0);
	assert_int_equal(sched_move(&v[0], &pcpus[1]), 0);
	env_settle();
	assert_ptr_equal(v[0].pcpu, &pcpus[1]);
	/* Waiting: at once. */
	env_vcpu(&v[3], "bvt", 0, BIT(0));
	env_settle();
	while (env.cur[1] != &v[1].sched)
		env_run(env.now + GRANULE, NULL);
	assert_true(v[0].sched.queued);
	assert_int_equal(sched_move(&v[0], &pcpus[0]), 0);
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	assert_int_equal(pcpus[1].sched->nr_fair, 0);
	assert_int_equal(pcpus[0].sched->nr_fair, 1);
	sched_park(&v[3]);
	env_settle();
	assert_ptr_equal(env.cur[0], &v[0].sched);
	/* Blocked: where it wakes up. Still loaded, it is put first. */
	env_wait(&v[0]);
	env_settle();
	assert_true(v[0].sched.on_cpu);
	assert_int_equal(sched_move(&v[0], &pcpus[1]), 0);
	env_settle();
	assert_ptr_equal(v[0].pcpu, &pcpus[1]);
	assert_false(v[0].sched.on_cpu);
	assert_false(v[0].sched.queued);
	/* Detached: nowhere. */
	sched_detach(&v[0]);
	assert_int_equal(sched_move(&v[0], &pcpus[1]), -ENODEV);
}

/* Called back after the pick that took it off for the move, and before the put. */
static void called_back(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0) | BIT(1));
	env_vcpu(&v[1], "bvt", 0, BIT(1));
	env_settle();
	for (u32 n = 0; n < 2; n++) {
		assert_ptr_equal(env.cur[0], &v[0].sched);
		assert_int_equal(sched_move(&v[0], &pcpus[1]), 0);
		env.cpu = 0;
		assert_null(sched_pick(&pcpus[0]));
		pcpu_take_flags(&pcpus[0]);
		assert_false(v[0].sched.queued);
		assert_int_equal(sched_move(&v[0], &pcpus[0]), 0);
		assert_true(v[0].sched.queued);
		assert_int_equal(pcpus[0].flags, PCPU_RESCHED);
		if (n) /* put already, or goes on as it was */
			env_put(0);
		env_settle();
		assert_ptr_equal(env.cur[0], &v[0].sched);
	}
}

/* Real-time budgets are admitted once; and what waits there keeps its policy. */
static void rt_is_not_moved(void **s)
{
	(void)s;
	env_rt(&v[0], 5, 100, 1000, BIT(0) | BIT(1));
	env_run(env.now + 200 * US, NULL);
	assert_int_equal(sched_move(&v[0], &pcpus[1]), -EPERM);
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	assert_ptr_equal(v[0].sched.home, &pcpus[0]);
	assert_ptr_equal(pcpus[0].sched->ops, &sched_rt);
	assert_int_equal(pcpus[0].sched->rt_share, 100000);
	assert_int_equal(pcpus[1].sched->nr_vcpus, 0);
}

/* A loan ends when the lender's own vCPU wants its pCPU back: with all busy, weights are right again. */
static void loan_ends(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0) | BIT(1));
	env_vcpu(&v[1], "bvt", 0, BIT(1));
	env_vcpu(&v[2], "bvt", 0, BIT(0));
	env_settle();
	sched_park(&v[1]);
	env_settle();
	lend(&v[0], &pcpus[1]);
	env_settle();
	assert_ptr_equal(v[0].pcpu, &pcpus[1]);
	sched_unpark(&v[1]);
	env_run(env.now + 5 * GRANULE, NULL);
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	assert_ptr_equal(env.cur[1], &v[1].sched);
	/* Moved for good, it stays there. */
	assert_int_equal(sched_move(&v[0], &pcpus[1]), 0);
	env_run(env.now + 20 * GRANULE, NULL);
	assert_ptr_equal(v[0].pcpu, &pcpus[1]);
	assert_ptr_equal(v[0].sched.home, &pcpus[1]);
	assert_int_equal(pcpus[1].sched->nr_vcpus, 2);
	assert_int_equal(pcpus[0].sched->nr_vcpus, 1);
}

/* A vCPU that was lent to a pCPU leaves it when that becomes somebody's alone. */
static void noop_after_lending(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0) | BIT(1));
	env_vcpu(&v[1], "bvt", 0, BIT(1));
	env_vcpu(&v[2], "bvt", 0, BIT(0));
	env_settle();
	sched_park(&v[1]);
	env_settle();
	lend(&v[0], &pcpus[1]);
	env_settle();
	sched_detach(&v[1]);
	env_run(env.now + MS, NULL);
	assert_ptr_equal(env.cur[1], &v[0].sched); /* it never waits */
	{
		struct vm_config cfg = env_cfg("noop", 0, BIT(1));

		assert_int_equal(sched_attach(&v[3], &cfg), 0);
	}
	env_look(1);
	v[3].sched.vtime = v[0].sched.vtime; /* no head start */
	v[3].state = VCPU_BLOCKED;
	sched_wake(&v[3]);
	env_settle();
	assert_ptr_equal(env.cur[1], &v[3].sched); /* at once */
	env_run(env.now + 3 * GRANULE, NULL);
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	assert_ptr_equal(env.cur[1], &v[3].sched);
	assert_int_equal(pcpus[1].sched->nr_fair, 0);
	env_run(env.now + 100 * MS, NULL);
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	assert_ptr_equal(env.cur[1], &v[3].sched);
	assert_false(pcpus[1].sched->tick.armed);
}

/* Two kinds of CPUs: a vCPU gets the kind that its number is dealt, and nothing brings it to the other. */
static void unlike_cpus(void **s)
{
	struct vm_config cfg = env_cfg("bvt", 100, ~UINT64_C(0));

	(void)s;
	pcpus[2].class = pcpus[3].class = 1;
	for (u32 i = 0; i < 5; i++) {
		v[i].id = i;
		v[i].state = VCPU_BLOCKED;
		assert_int_equal(sched_attach(&v[i], &cfg), 0);
		sched_wake(&v[i]);
	}
	/* As many vCPUs as CPUs: one on each. The next one begins anew. */
	for (u32 i = 0; i < 5; i++)
		assert_ptr_equal(v[i].pcpu, &pcpus[i % 4]);
	assert_int_equal(v[0].sched.affinity & 0xf, 0x3);
	assert_int_equal(v[2].sched.affinity & 0xf, 0xc);
	env_settle();
	/* Those of the other kind have nothing to do, then CPU 1 too: only that one takes what waits on CPU 0. */
	env_wait(&v[2]);
	env_wait(&v[3]);
	env_settle();
	env_run(env.now + 20 * MS, NULL);
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	assert_ptr_equal(v[4].pcpu, &pcpus[0]);
	env_wait(&v[1]);
	env_settle();
	env_run(env.now + 20 * MS, NULL);
	assert_int_equal(v[0].pcpu->class, 0);
	assert_int_equal(v[4].pcpu->class, 0);
	assert_ptr_not_equal(v[0].pcpu, v[4].pcpu);
	assert_null(env.cur[2]);
	assert_null(env.cur[3]);
	assert_int_equal(sched_move(&v[0], &pcpus[2]), -EPERM);
	assert_int_equal(sched_move(&v[2], &pcpus[0]), -EPERM);
}

/* The kind that is dealt does not take it: another one does, and then it is of that kind. */
static void unlike_and_taken(void **s)
{
	struct vm_config cfg = env_cfg("noop", 0, ~UINT64_C(0));

	(void)s;
	pcpus[0].class = pcpus[1].class = 1; /* whatever the order */
	for (u32 i = 0; i < 4; i++) {
		v[i].id = 0; /* of four VMs */
		assert_int_equal(sched_attach(&v[i], &cfg), 0);
		assert_ptr_equal(v[i].pcpu, &pcpus[i]);
		assert_int_equal(v[i].sched.affinity & 0xf, i < 2 ? 0x3 : 0xc);
	}
	assert_int_equal(sched_attach(&v[4], &cfg), -EBUSY);
	sched_detach(&v[2]);
	pcpus[2].online = false; /* not up: not dealt, but of its kind for later */
	cfg.cpu_affinity = BIT(2) | BIT(3);
	sched_detach(&v[3]);
	v[5].id = 1;
	assert_int_equal(sched_attach(&v[5], &cfg), 0);
	assert_ptr_equal(v[5].pcpu, &pcpus[3]);
	assert_int_equal(v[5].sched.affinity, 0xc);
	cfg.cpu_affinity = BIT(2);
	assert_int_equal(sched_attach(&v[6], &cfg), -EINVAL);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(wake_to_idle),          T(steal),     T(not_stolen),         T(park_while_stolen),
		T(goes_to_idle_when_put), T(move),      T(noop_after_lending), T(called_back),
		T(rt_is_not_moved),       T(loan_ends), T(unlike_cpus),        T(unlike_and_taken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
