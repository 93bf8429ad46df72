/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/schedule.c hypervisor/common/sched_place.c hypervisor/common/sched_noop.c
 * hypervisor/common/sched_bvt.c hypervisor/common/sched_rt.c */
/* Scheduling core: who may be where, states, wake-ups that come in between, moves, work. */
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

static int attach(u32 i, const char *scheduler, u32 weight, u64 affinity)
{
	struct vm_config cfg = env_cfg(scheduler, weight, affinity);

	return sched_attach(&v[i], &cfg);
}

static int attach_rt(u32 i, u32 prio, u32 budget, u32 period, u64 affinity)
{
	struct vm_config cfg = env_cfg("rt", 100, affinity);

	cfg.rt_priority = prio;
	cfg.rt_budget_us = budget;
	cfg.rt_period_us = period;
	return sched_attach(&v[i], &cfg);
}

static void home_is(u32 i, u32 cpu)
{
	assert_ptr_equal(v[i].pcpu, &pcpus[cpu]);
	assert_ptr_equal(v[i].sched.pcpu, &pcpus[cpu]);
	assert_ptr_equal(v[i].sched.home, &pcpus[cpu]);
}

/* noop: a pCPU for each vCPU, and none for anybody else. */
static void noop_rules(void **s)
{
	(void)s;
	assert_int_equal(attach(0, "noop", 0, 0), -EINVAL);
	assert_int_equal(attach(0, "noop", 0, BIT(4) | BIT(63)), -EINVAL); /* not up */
	assert_null(v[0].pcpu);
	assert_int_equal(attach(0, "noop", 0, BIT(1)), 0);
	home_is(0, 1);
	assert_int_equal(v[0].sched.weight, 100);
	assert_int_equal(attach(1, "noop", 0, BIT(1)), -EBUSY);
	assert_int_equal(attach(1, "bvt", 0, BIT(1)), -EBUSY);
	assert_int_equal(attach(1, "rt", 0, BIT(1)), -EBUSY);
	assert_null(v[1].pcpu);
	assert_int_equal(attach(1, "bvt", 0, BIT(2)), 0);
	assert_int_equal(attach(2, "noop", 0, BIT(1) | BIT(2)), -EBUSY);
	/* The next free one. */
	assert_int_equal(attach(2, "noop", 0, ~UINT64_C(0)), 0);
	home_is(2, 0);
	assert_int_equal(attach(3, "noop", 0, ~UINT64_C(0)), 0);
	home_is(3, 3);
	assert_int_equal(attach(4, "noop", 0, ~UINT64_C(0)), -EBUSY);
	sched_detach(&v[4]); /* nowhere */
	sched_detach(&v[0]);
	assert_null(v[0].pcpu);
	assert_null(v[0].sched.home);
	sched_detach(&v[0]);
	assert_int_equal(attach(4, "noop", 0, ~UINT64_C(0)), 0);
	home_is(4, 1);
	/* The policy goes with the last. */
	sched_detach(&v[4]);
	assert_int_equal(attach(5, "bvt", 0, BIT(1)), 0);
}

/* bvt and rt go together, and then the pCPU has rt's rules; the least weight decides where. */
static void shared_rules(void **s)
{
	(void)s;
	assert_int_equal(attach(0, "bvt", 300, BIT(0) | BIT(1)), 0);
	home_is(0, 0);
	assert_int_equal(attach(1, "bvt", 100, BIT(0) | BIT(1)), 0);
	home_is(1, 1);
	assert_int_equal(attach(2, "bvt", 100, BIT(0) | BIT(1)), 0);
	home_is(2, 1);
	assert_int_equal(attach(3, "bvt", 150, BIT(0) | BIT(1)), 0);
	home_is(3, 1);
	assert_int_equal(attach(4, "bvt", 1, BIT(0) | BIT(1)), 0);
	home_is(4, 0); /* 300 there, 350 here */
	assert_ptr_equal(pcpus[0].sched->ops, &sched_bvt);
	sched_detach(&v[0]);
	assert_int_equal(attach_rt(0, 10, 100, 1000, BIT(0) | BIT(1)), 0);
	home_is(0, 0);
	assert_ptr_equal(pcpus[0].sched->ops, &sched_rt);
	assert_ptr_equal(pcpus[1].sched->ops, &sched_bvt);
	assert_int_equal(attach(5, "bvt", 100, BIT(0)), 0);
	assert_ptr_equal(pcpus[0].sched->ops, &sched_rt);
	assert_int_equal(pcpus[0].sched->nr_vcpus, 3);
	assert_int_equal(pcpus[0].sched->weight, 1 + 100 + 100);
	for (u32 i = 0; i < 6; i++)
		sched_detach(&v[i]);
	for (u32 i = 0; i < 2; i++) {
		assert_int_equal(pcpus[i].sched->weight, 0);
		assert_int_equal(pcpus[i].sched->nr_vcpus, 0);
		assert_int_equal(pcpus[i].sched->nr_units, 0);
		assert_int_equal(pcpus[i].sched->rt_share, 0);
	}
}

/* Budgets of a pCPU are at most all of it. */
static void rt_admission(void **s)
{
	(void)s;
	assert_int_equal(attach_rt(0, 10, 600, 1000, BIT(0)), 0);
	assert_int_equal(attach_rt(1, 11, 5000, 10000, BIT(0)), -EBUSY);
	assert_int_equal(attach_rt(1, 11, 5000, 10000, BIT(0) | BIT(1)), 0);
	home_is(1, 1);
	assert_int_equal(attach_rt(2, 11, 400, 1000, BIT(0)), 0);
	assert_int_equal(attach_rt(3, 11, 20, 1000000, BIT(0)), -EBUSY);
	/* Without a priority, or one that is not theirs, they have no budget to admit. */
	assert_int_equal(attach_rt(3, 0, 500, 1000, BIT(0)), 0);
	assert_int_equal(v[3].sched.rt_prio, 0);
	sched_detach(&v[0]);
	assert_int_equal(attach_rt(0, 11, 500, 1000, BIT(0)), 0);
	assert_int_equal(attach_rt(4, 11, 101, 1000, BIT(0)), -EBUSY);
	assert_int_equal(attach_rt(4, 11, 100, 1000, BIT(0)), 0);
	/* Parameters of rt say nothing under bvt. */
	{
		struct vm_config cfg = env_cfg("bvt", 100, BIT(2));

		cfg.rt_priority = 10;
		cfg.rt_budget_us = cfg.rt_period_us = 1000;
		assert_int_equal(sched_attach(&v[5], &cfg), 0);
		assert_int_equal(v[5].sched.rt_prio, 0);
		assert_int_equal(pcpus[2].sched->rt_share, 0);
	}
}

/* A pCPU that is to leave takes nothing, and goes only when nothing has its home there. */
static void leaving(void **s)
{
	static struct vcpu lent;

	(void)s;
	pcpus[1].leave = true;
	assert_int_equal(attach(0, "noop", 0, BIT(1)), -EINVAL);
	assert_int_equal(attach(0, "noop", 0, BIT(1) | BIT(2)), 0);
	home_is(0, 2);
	assert_true(sched_may_leave(&pcpus[1]));
	assert_false(sched_may_leave(&pcpus[2]));
	sched_detach(&v[0]);
	assert_true(sched_may_leave(&pcpus[2]));
	/* Lent to another, it comes back. */
	pcpus[1].leave = false;
	env_vcpu(&lent, "bvt", 100, BIT(0) | BIT(1));
	env_vcpu(&v[1], "bvt", 100, BIT(1));
	env_settle();
	env_wait(&v[1]);
	env_settle();
	assert_ptr_equal(lent.pcpu, &pcpus[0]);
	lend(&lent, &pcpus[1]);
	env_settle();
	assert_ptr_equal(lent.pcpu, &pcpus[1]);
	assert_ptr_equal(lent.sched.home, &pcpus[0]);
	assert_int_equal(pcpus[0].sched->nr_units, 0);
	assert_false(sched_may_leave(&pcpus[0]));
	pcpus[0].leave = true;
	assert_int_equal(sched_move(&lent, &pcpus[0]), -ENODEV);
}

static void pick_by_state(void **s)
{
	static const enum vcpu_state not [] = { VCPU_OFF, VCPU_BLOCKED, VCPU_IO_WAIT };

	(void)s;
	assert_null(sched_pick(&pcpus[0]));
	assert_int_equal(attach(0, "noop", 0, BIT(0)), 0);
	for (u32 i = 0; i < ARRAY_SIZE(not ); i++) {
		v[0].state = not [i];
		sched_requeue(&v[0].sched);
		assert_null(env_look(0));
		v[0].parked = true;
		assert_null(env_look(0));
		v[0].parked = false;
	}
	v[0].state = VCPU_RUNNABLE;
	v[0].parked = true;
	sched_requeue(&v[0].sched);
	assert_null(env_look(0));
	sched_unpark(&v[0]);
	assert_int_equal(pcpus[0].flags, PCPU_RESCHED);
	assert_ptr_equal(env_look(0), &v[0].sched);
	assert_ptr_equal(env_look(0), &v[0].sched);
	assert_int_equal(v[0].sched.switches, 1);
	assert_null(sched_pick(&pcpus[1]));
}

static void wake_by_state(void **s)
{
	static const enum vcpu_state other[] = { VCPU_OFF, VCPU_RUNNABLE, VCPU_IO_WAIT };

	(void)s;
	assert_int_equal(attach(0, "noop", 0, BIT(1)), 0);
	for (u32 i = 0; i < ARRAY_SIZE(other); i++) {
		v[0].state = other[i];
		sched_wake(&v[0]);
		assert_int_equal(v[0].state, other[i]);
		assert_int_equal(pcpus[1].flags, 0);
		assert_false(v[0].sched.queued);
	}
	v[0].state = VCPU_BLOCKED;
	sched_wake_io(&v[0]);
	assert_int_equal(v[0].state, VCPU_BLOCKED);
	sched_wake(&v[0]);
	assert_int_equal(v[0].state, VCPU_RUNNABLE);
	assert_true(v[0].sched.queued);
	assert_int_equal(pcpus[1].flags, PCPU_RESCHED);
	assert_int_equal(pcpus[0].flags, 0);
	assert_int_equal(env.kicked, BIT(1));
	env_settle();
	sched_block(&v[0], VCPU_IO_WAIT);
	assert_int_equal(pcpus[1].flags, PCPU_RESCHED);
	env_settle();
	sched_wake(&v[0]);
	assert_int_equal(v[0].state, VCPU_IO_WAIT);
	sched_wake_io(&v[0]);
	assert_int_equal(v[0].state, VCPU_RUNNABLE);
	/* On the pCPU itself, no IPI is needed. */
	env_settle();
	env.cpu = 1;
	env.kicked = 0;
	sched_block(&v[0], VCPU_BLOCKED);
	env_settle();
	env.cpu = 1;
	sched_wake(&v[0]);
	assert_int_equal(env.kicked, 0);
	assert_int_equal(pcpus[1].flags, PCPU_RESCHED);
}

static void block_by_state(void **s)
{
	static const enum vcpu_state to[] = { VCPU_OFF, VCPU_BLOCKED, VCPU_IO_WAIT };

	(void)s;
	env_vcpu(&v[0], "noop", 0, BIT(0));
	env_settle();
	for (u32 i = 0; i < ARRAY_SIZE(to); i++) {
		v[0].state = VCPU_RUNNABLE;
		pcpus[0].flags = PCPU_VGIC;
		sched_block(&v[0], to[i]);
		assert_int_equal(v[0].state, to[i]);
		assert_int_equal(pcpus[0].flags, PCPU_VGIC | PCPU_RESCHED);
		/* The first to say so counts. */
		pcpus[0].flags = 0;
		sched_block(&v[0], to[(i + 1) % 3]);
		assert_int_equal(v[0].state, to[i]);
		assert_int_equal(pcpus[0].flags, 0);
	}
}

/* Whatever wakes a vCPU, parked it stays; what happened meanwhile counts afterwards. */
static void parked_stays_parked(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0));
	env_settle();
	assert_ptr_equal(env.cur[0], &v[0].sched);
	env.cpu = 2;
	env.kicked = 0;
	sched_park(&v[0]);
	assert_int_equal(env.kicked, BIT(0)); /* leave the guest */
	assert_int_equal(pcpus[0].flags, PCPU_RESCHED);
	env_settle();
	assert_null(env.cur[0]);
	assert_false(v[0].sched.on_cpu);
	sched_block(&v[0], VCPU_BLOCKED);
	sched_wake(&v[0]);
	assert_int_equal(v[0].state, VCPU_RUNNABLE);
	assert_false(v[0].sched.queued);
	env_look(0);
	assert_null(env.cur[0]);
	sched_unpark(&v[0]);
	env_settle();
	assert_ptr_equal(env.cur[0], &v[0].sched);
	/* Waiting in the queue, it is taken out. */
	env_vcpu(&v[1], "bvt", 0, BIT(0));
	assert_true(v[1].sched.queued);
	sched_park(&v[1]);
	assert_false(v[1].sched.queued);
	assert_int_equal(pcpus[0].sched->nr_fair, 0);
	/* Blocked when it is released, it stays blocked. */
	v[1].state = VCPU_BLOCKED;
	sched_unpark(&v[1]);
	assert_false(v[1].sched.queued);
	/* Twice is once. */
	sched_wake(&v[1]);
	sched_unpark(&v[1]);
	assert_int_equal(pcpus[0].sched->nr_fair, 1);
}

static void wake_v0(void)
{
	sched_wake(&v[0]);
}

/* An interrupt for a vCPU on its way to sleep, at every place where a lock is taken or released meanwhile. */
static void wake_while_it_blocks(void **s)
{
	u32 hits = 0;

	for (u32 n = 0; n < 2 * 8; n++) {
		setup(s);
		env_vcpu(&v[0], "bvt", 0, BIT(0));
		env_vcpu(&v[1], "bvt", 0, BIT(0));
		env_settle();
		env_run(env.now + (n & 1 ? 3 * GRANULE : 10), NULL);
		if (env.cur[0] != &v[0].sched)
			env_run(env.now + GRANULE, NULL);
		if (env.cur[0] != &v[0].sched)
			continue;
		between = wake_v0;
		between_lock = n & 1;
		between_skip = n / 2;
		env_wait(&v[0]);
		env_look(0);
		hits += !between;
		if (between)
			sched_wake(&v[0]);
		between = NULL;
		assert_int_equal(v[0].state, VCPU_RUNNABLE);
		assert_true(v[0].sched.queued || pcpus[0].sched->cur == &v[0].sched);
		env_run(env.now + 4 * GRANULE, NULL);
		assert_true(v[0].sched.run_ticks > 0);
		/* It is in one place. */
		assert_int_equal(pcpus[0].sched->nr_fair, 1);
	}
	assert_true(hits >= 4);
}

static void wake_on_cpu_1(void)
{
	u32 here = env.cpu;

	env.cpu = 1;
	sched_wake(&v[0]);
	env.cpu = here;
}

/* Between the pick that took it off and the put: it belongs to this pCPU until it is out of the hardware. */
static void wake_before_put(void **s)
{
	struct sched_unit *u;

	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0) | BIT(1));
	env_vcpu(&v[1], "bvt", 0, BIT(1)); /* else pCPU 1 takes no guests */
	env_vcpu(&v[2], "bvt", 0, BIT(0));
	env_settle();
	sched_block(&v[1], VCPU_BLOCKED);
	env_settle();
	assert_null(env.cur[1]);
	while (env.cur[0] != &v[0].sched)
		env_run(env.now + GRANULE, NULL);
	env_wait(&v[0]);
	env.cpu = 0;
	pcpu_take_flags(&pcpus[0]);
	u = sched_pick(&pcpus[0]);
	assert_ptr_equal(u, &v[2].sched);
	wake_on_cpu_1();
	assert_true(v[0].sched.queued);
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	/* pCPU 1 is idle but cannot have it. */
	env.cpu = 1;
	assert_null(sched_pick(&pcpus[1]));
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	env.cpu = 0;
	sched_put_done(&v[0]);
	env.loaded[0] = &v[2];
	env.cur[0] = u;
	assert_false(v[0].sched.on_cpu);
	env.cpu = 1;
	assert_ptr_equal(sched_pick(&pcpus[1]), &v[0].sched);
	assert_ptr_equal(v[0].pcpu, &pcpus[1]);
}

/* Blocked but still loaded on an idle pCPU: it goes on there, and counts as the same. */
static void wake_of_a_lingering_one(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0) | BIT(1));
	env_vcpu(&v[1], "bvt", 0, BIT(1));
	env_settle();
	sched_block(&v[1], VCPU_BLOCKED);
	env_settle();
	env_wait(&v[0]);
	env_settle();
	assert_null(env.cur[0]);
	assert_ptr_equal(env.loaded[0], &v[0]);
	assert_true(v[0].sched.on_cpu);
	wake_on_cpu_1();
	assert_ptr_equal(v[0].pcpu, &pcpus[0]);
	env_settle();
	assert_ptr_equal(env.cur[0], &v[0].sched);
	assert_int_equal(v[0].sched.moves, 0);
}

static void contended(void **s)
{
	static struct sched_work w;

	(void)s;
	sched_work_init(&w, NULL, NULL, "work");
	assert_int_equal(sched_work_attach(&w, BIT(0), NULL), 0);
	env_vcpu(&v[0], "noop", 0, BIT(0));
	env_settle();
	assert_false(sched_contended(&pcpus[0]));
	assert_false(pcpus[0].sched->tick.armed);
	sched_work_wake(&w);
	assert_true(sched_contended(&pcpus[0]));
	env_rt(&v[1], 5, 100, 1000, BIT(1));
	env_settle();
	assert_false(sched_contended(&pcpus[1]));
	env_rt(&v[2], 4, 100, 1000, BIT(1));
	env_settle();
	assert_true(sched_contended(&pcpus[1]));
}

/* Slices are cut only while somebody waits. */
static void no_tick_alone(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0));
	env_settle();
	assert_false(pcpus[0].sched->tick.armed);
	env_vcpu(&v[1], "bvt", 0, BIT(0));
	env_settle();
	assert_true(pcpus[0].sched->tick.armed);
	env_wait(env.loaded[0]);
	env_settle();
	assert_false(pcpus[0].sched->tick.armed);
}

/* Work ---------------------------------------- */

static u32 slices, left;
static bool wake_inside;

static bool work_fn(struct sched_work *w)
{
	assert_ptr_equal(w->arg, &slices);
	slices++;
	if (wake_inside) {
		wake_inside = false;
		sched_work_wake(w);
	}
	if (left)
		left--;
	return left > 0;
}

static void work(void **s)
{
	static struct sched_work w;

	(void)s;
	slices = left = 0;
	sched_work_init(&w, work_fn, &slices, "shell");
	assert_string_equal(w.unit.name, "shell");
	sched_work_wake(&w); /* belongs nowhere yet */
	assert_int_equal(sched_work_attach(&w, BIT(9), NULL), -EINVAL);
	assert_int_equal(sched_work_attach(&w, BIT(1) | BIT(2), &pcpus[2]), 0);
	assert_ptr_equal(w.unit.pcpu, &pcpus[2]);
	assert_int_equal(env_look(2) == &w.unit, 1); /* the wake-up was not forgotten */
	env.cpu = 2;
	sched_work_run(&w.unit);
	assert_int_equal(slices, 1);
	assert_int_equal(pcpus[2].flags, PCPU_RESCHED);
	assert_null(env_look(2));
	assert_false(w.unit.on_cpu);
	/* As often as it asks for, and once more for a wake-up inside of a slice. */
	left = 3;
	wake_inside = true;
	sched_work_wake(&w);
	sched_work_wake(&w);
	assert_int_equal(pcpus[2].sched->nr_fair, 1);
	while (env_look(2)) {
		env.cpu = 2;
		sched_work_run(&w.unit);
	}
	assert_int_equal(slices, 4);
	wake_inside = true;
	left = 1;
	sched_work_wake(&w);
	while (env_look(2)) {
		env.cpu = 2;
		sched_work_run(&w.unit);
	}
	assert_int_equal(slices, 6);
	/* Somewhere else, while it rests. */
	assert_int_equal(sched_work_attach(&w, BIT(1), NULL), 0);
	assert_ptr_equal(w.unit.pcpu, &pcpus[1]);
	assert_int_equal(pcpus[2].sched->nr_units, 0);
	assert_int_equal(pcpus[1].sched->nr_units, 1);
	/* "near" only where it may be. */
	assert_int_equal(sched_work_attach(&w, BIT(3), &pcpus[1]), 0);
	assert_ptr_equal(w.unit.pcpu, &pcpus[3]);
}

/* Its pCPU may leave while it has nothing to do, and not in the middle of something. */
static void work_rests(void **s)
{
	static struct sched_work w;

	(void)s;
	slices = left = 0;
	sched_work_init(&w, work_fn, &slices, "w");
	assert_true(sched_work_rest(&w)); /* belongs nowhere yet */
	assert_int_equal(sched_work_attach(&w, BIT(2), NULL), 0);
	sched_work_wake(&w);
	assert_false(sched_work_rest(&w)); /* waits */
	assert_int_equal(env_look(2) == &w.unit, 1);
	assert_false(sched_work_rest(&w)); /* runs */
	env.cpu = 2;
	sched_work_run(&w.unit);
	assert_null(env_look(2));
	assert_false(sched_may_leave(&pcpus[2]));
	assert_true(sched_work_rest(&w));
	assert_null(w.unit.pcpu);
	assert_true(sched_may_leave(&pcpus[2]));
	/* Who wakes it meanwhile is heard when it has a pCPU again. */
	sched_work_wake(&w);
	assert_int_equal(sched_work_attach(&w, BIT(1), NULL), 0);
	assert_int_equal(env_look(1) == &w.unit, 1);
	assert_int_equal(slices, 1);
}

/* Beside a noop vCPU, by weight; and a waking vCPU interrupts it. */
static void work_beside_noop(void **s)
{
	static struct sched_work w;
	u64 start;

	(void)s;
	env_vcpu(&v[0], "noop", 0, BIT(0));
	sched_work_init(&w, work_fn, &slices, "w");
	sched_work_set_weight(&w, 300);
	assert_int_equal(sched_work_attach(&w, BIT(0), NULL), 0);
	env_settle();
	sched_work_wake(&w);
	start = env.now;
	env_run(start + 4 * SEC, NULL);
	env_look(0);
	assert_in_range(v[0].sched.run_ticks, 99 * SEC / 100, 101 * SEC / 100);
	assert_in_range(w.unit.run_ticks, 297 * SEC / 100, 303 * SEC / 100);
	while (env.cur[0] != &v[0].sched)
		env_run(env.now + GRANULE, NULL);
	env_wait(&v[0]);
	env_run(env.now + 100 * MS, NULL);
	assert_ptr_equal(env.cur[0], &w.unit);
	assert_ptr_equal(env.loaded[0], &v[0]); /* lingers */
	sched_wake(&v[0]);
	env_settle();
	assert_ptr_equal(env.cur[0], &v[0].sched);
	assert_true(w.unit.queued);
	assert_false(w.unit.on_cpu);
}

/* What a unit ran, also while it runs. */
static void run_ticks(void **s)
{
	(void)s;
	env_vcpu(&v[0], "bvt", 0, BIT(0));
	env_settle();
	env.now += 1234;
	assert_int_equal(sched_run_ticks(&v[0].sched), 1234);
	assert_int_equal(v[0].sched.run_ticks, 0);
	env_look(0);
	assert_int_equal(v[0].sched.run_ticks, 1234);
	env_wait(&v[0]);
	env.now += 6;
	env_settle();
	env.now += 1000000;
	assert_int_equal(sched_run_ticks(&v[0].sched), 1240);
}

/* Last, because it cannot be switched off. One that ran its time moves; with nowhere to go there is no tick for it. */
static void storm(void **s)
{
	struct sched_cpu *q = pcpus[0].sched;

	(void)s;
	sched_set_storm();
	assert_int_equal(attach(0, "bvt", 100, BIT(0) | BIT(1)), 0);
	v[0].state = VCPU_RUNNABLE;
	sched_requeue(&v[0].sched);
	assert_ptr_equal(env_look(0), &v[0].sched);
	assert_false(q->tick.armed);
	env.now += 10 * MS;
	assert_ptr_equal(env_look(0), &v[0].sched);
	assert_false(q->tick.armed);
	/* Somebody comes to the other pCPU: from now on the two change places. */
	assert_int_equal(attach(1, "bvt", 100, BIT(1)), 0);
	assert_ptr_not_equal(env_look(0), &v[0].sched);
	assert_ptr_equal(v[0].pcpu, &pcpus[1]);
	assert_ptr_equal(env_look(1), &v[0].sched);
	assert_true(pcpus[1].sched->tick.armed);
	assert_true(pcpus[1].sched->tick.when > env.now);
	/* Not before it ran. */
	assert_ptr_equal(env_look(1), &v[0].sched);
	assert_null(v[0].sched.dest);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(noop_rules),
		T(shared_rules),
		T(rt_admission),
		T(leaving),
		T(pick_by_state),
		T(wake_by_state),
		T(block_by_state),
		T(parked_stays_parked),
		T(wake_while_it_blocks),
		T(wake_before_put),
		T(wake_of_a_lingering_one),
		T(contended),
		T(no_tick_alone),
		T(work),
		T(work_rests),
		T(work_beside_noop),
		T(run_ticks),
		T(storm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
