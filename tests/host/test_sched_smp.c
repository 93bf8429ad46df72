/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/hv_main.c hypervisor/common/schedule.c hypervisor/common/sched_place.c
 * hypervisor/common/sched_noop.c hypervisor/common/sched_bvt.c hypervisor/common/sched_rt.c */
/*
 * Scheduler and exit loop on several pCPUs at once: each is a coroutine that may be interrupted at every lock, load and
 * put. Guests block, are woken, parked and moved from everywhere. Nobody is lost, runs twice, or is in two places.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <asm/cpu.h>
#include <asm/exception.h>
#include <common/arch_hooks.h>
#include <common/hv_main.h>
#include <common/irq.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <lib/bits.h>
#include <lib/errno.h>

#include "coro.h"
#include "work_none.h"

#define CPUS 3U
#define VCPUS 6U
#define EXITS 2000U

struct pcpu pcpus[CONFIG_MAX_PCPUS];
static u64 now;
static struct vcpu v[VCPUS];
static struct vm vm[VCPUS];
static struct sched_work work[2];
static struct soft_timer *timer[CPUS]; /* one tick each */
static u32 in_hw[VCPUS], running[VCPUS], slices, exits, parks, moves;
static bool moving;
static bool quiet; /* nothing new happens any more */

struct pcpu *mock_this_pcpu(void)
{
	return &pcpus[coro_cur == CORO_MAX ? 0 : coro_cur];
}

u64 timer_now(void)
{
	coro_yield();
	return now;
}

u64 timer_us_to_ticks(u64 us)
{
	return us * 10;
}

void timer_arm(struct soft_timer *t, u64 when)
{
	t->when = when;
	t->armed = true;
	timer[mock_this_pcpu()->id] = t;
}

void timer_cancel(struct soft_timer *t)
{
	t->armed = false;
}

/* The other one takes it when it is out of its guest or WFI; here it looks at its flags itself. */
void pcpu_kick(const struct pcpu *p)
{
	(void)p;
}

void vcpu_arch_load(struct vcpu *x)
{
	u32 i = (u32)(x - v);

	assert_ptr_equal(x->pcpu, mock_this_pcpu());
	assert_int_equal(in_hw[i]++, 0);
	coro_yield();
}

void vcpu_arch_put(struct vcpu *x)
{
	u32 i = (u32)(x - v);

	coro_yield();
	assert_int_equal(in_hw[i]--, 1);
}

void vcpu_arch_before_enter(struct vcpu *x)
{
	assert_int_equal(in_hw[x - v], 1);
	coro_yield();
}

void vm_work_wake(struct vm *of)
{
	/* What waits for the put looks whether it is over. */
	of->resets++;
}

void guest_enter(struct vcpu *x)
{
	(void)x;
	abort();
}

static void take_tick(void)
{
	struct soft_timer *t = timer[mock_this_pcpu()->id];

	if (!t || !t->armed || t->when > now)
		return;
	t->armed = false;
	t->fn(t);
}

void irq_dispatch(struct vcpu *cur)
{
	assert_ptr_equal(cur, mock_this_pcpu()->vcpu);
	take_tick();
	coro_yield();
}

static jmp_buf *out[CPUS];

/* An interrupt, a doorbell, the administrator: anything, to anybody, from any pCPU. */
static void something(void)
{
	u32 i = coro_rand(VCPUS);

	if (quiet)
		return;
	switch (coro_rand(8)) {
	case 0:
		sched_work_wake(&work[coro_rand(ARRAY_SIZE(work))]);
		break;
	case 1:
		vm[i].request = VM_REQ_PAUSE;
		sched_park(&v[i]);
		parks++;
		break;
	case 2:
		vm[i].request = VM_REQ_NONE;
		sched_unpark(&v[i]);
		break;
	case 3:
		/* One at a time: there is one shell. */
		if (moving)
			break;
		moving = true;
		moves += sched_move(&v[i], &pcpus[coro_rand(CPUS)]) == 0;
		moving = false;
		break;
	case 4:
		sched_wake_io(&v[i]);
		break;
	default:
		sched_wake(&v[i]);
		break;
	}
}

/* Has everybody who can run been seen for the last time? A unit that was lost keeps this from coming true. */
static bool all_over(void)
{
	bool over = quiet;

	for (u32 i = 0; i < VCPUS; i++)
		over = over && (v[i].parked || v[i].state != VCPU_RUNNABLE) && !v[i].sched.queued && !running[i];
	for (u32 i = 0; i < ARRAY_SIZE(work); i++)
		over = over && !work[i].unit.want && !work[i].unit.on_cpu;
	for (u32 i = 0; i < CPUS; i++)
		over = over && !pcpus[i].flags && !pcpus[i].sched->cur;
	return over;
}

/* Sleeps until there is a flag or a tick; for good when all is over. */
void mock_wfi(void)
{
	struct pcpu *p = mock_this_pcpu();
	const struct soft_timer *t = timer[p->id];

	while (!READ_ONCE(p->flags) && !(t && t->armed && t->when <= now)) {
		if (all_over())
			longjmp(*out[p->id], 1);
		now++;
		coro_yield();
		if (coro_rand(50) == 0)
			something();
	}
}

static void idle_hook(void)
{
}

static bool work_fn(struct sched_work *w)
{
	(void)w;
	now += coro_rand(500);
	coro_yield();
	slices++;
	return !quiet && coro_rand(3) != 0;
}

/* The guest runs for a while, and exits for some reason. */
static void guest(struct vcpu *x)
{
	u32 i = (u32)(x - v);

	assert_ptr_equal(mock_this_pcpu()->vcpu, x);
	assert_int_equal(in_hw[i], 1);
	assert_int_equal(running[i]++, 0);
	for (u32 n = coro_rand(4); n && !READ_ONCE(mock_this_pcpu()->flags); n--) {
		now += coro_rand(2000);
		take_tick();
		coro_yield();
	}
	running[i]--;
	exits++;
	if (quiet)
		now += 100000;
	something();
	if (!quiet && coro_rand(3) == 0)
		sched_block(x, coro_rand(4) ? VCPU_BLOCKED : VCPU_IO_WAIT);
}

static void cpu_main(u32 cpu)
{
	struct pcpu *p = &pcpus[cpu];
	jmp_buf end;

	out[cpu] = &end;
	if (setjmp(end))
		return;
	for (;;) {
		struct vcpu *x = hv_exit_work(p);

		/* When all is quiet each needs to come by once more, and then leaves for good. */
		if (quiet && x->state == VCPU_RUNNABLE && exits > EXITS + 200) {
			sched_block(x, VCPU_OFF);
			continue;
		}
		take_tick();
		guest(x);
		if (exits >= EXITS)
			quiet = true;
	}
}

static void check_lists(void)
{
	u32 units = 0, homes[CPUS] = { 0 };
	u64 weight[CPUS] = { 0 };

	for (u32 i = 0; i < VCPUS; i++) {
		homes[v[i].sched.home->id]++;
		weight[v[i].sched.home->id] += v[i].sched.weight;
	}
	for (u32 c = 0; c < CPUS; c++) {
		struct sched_cpu *s = pcpus[c].sched;
		struct list_head *l;
		u32 n = 0;

		list_for_each (l, &s->fair)
			n++;
		assert_int_equal(n, s->nr_fair);
		assert_int_equal(n, 0);
		assert_true(list_empty(&s->rt));
		assert_null(s->cur);
		units += s->nr_units;
		assert_int_equal(s->nr_vcpus, homes[c]);
		assert_int_equal(s->weight, weight[c]);
	}
	assert_int_equal(units, VCPUS + ARRAY_SIZE(work));
}

static void setup_machine(const char *const *scheduler)
{
	memset(pcpus, 0, sizeof(pcpus));
	memset(v, 0, sizeof(v));
	memset(vm, 0, sizeof(vm));
	memset(timer, 0, sizeof(timer));
	memset(in_hw, 0, sizeof(in_hw));
	memset(running, 0, sizeof(running));
	slices = exits = parks = moves = 0;
	quiet = moving = false;
	hv_hooks.idle = idle_hook;
	now = 1000;
	for (u32 i = 0; i < CPUS; i++) {
		pcpus[i].id = i;
		pcpus[i].online = true;
		sched_init(&pcpus[i]);
	}
	for (u32 i = 0; i < ARRAY_SIZE(work); i++) {
		sched_work_init(&work[i], work_fn, NULL, "work");
		assert_int_equal(sched_work_attach(&work[i], BIT(i), NULL), 0);
	}
	for (u32 i = 0; i < VCPUS; i++) {
		struct vm_config cfg = { .weight = 100 * (i + 1), .cpu_affinity = i == 5 ? 6 : 7, .name = "vm" };

		strcpy(cfg.scheduler, scheduler[i]);
		if (!strcmp(scheduler[i], "rt")) {
			cfg.rt_priority = i + 1;
			cfg.rt_budget_us = 200;
			cfg.rt_period_us = 1000;
		}
		v[i].vm = &vm[i];
		v[i].id = i;
		v[i].state = VCPU_BLOCKED;
		if (sched_attach(&v[i], &cfg))
			v[i].state = VCPU_OFF;
		sched_wake(&v[i]);
	}
}

/* Nobody that can run is left behind; nothing runs that may not. */
static void check_end(void)
{
	for (u32 i = 0; i < VCPUS; i++) {
		assert_int_equal(running[i], 0);
		if (v[i].parked)
			assert_int_equal(in_hw[i], 0);
		assert_int_equal(v[i].sched.on_cpu, in_hw[i]);
		if (!v[i].parked)
			assert_int_not_equal(v[i].state, VCPU_RUNNABLE);
		assert_false(v[i].sched.queued);
		assert_true(v[i].sched.switches > 10);
	}
	for (u32 i = 0; i < ARRAY_SIZE(work); i++)
		assert_false(work[i].unit.want || work[i].unit.on_cpu);
	check_lists();
	assert_true(slices > 100);
	assert_true(parks > 100 && moves > 10);
}

static void show(void)
{
	for (u32 i = 0; i < VCPUS; i++)
		print_message("v%u: state %d parked %d queued %d on_cpu %d pcpu %u home %u dest %d running %u\n", i,
			      v[i].state, v[i].parked, v[i].sched.queued, v[i].sched.on_cpu, v[i].pcpu->id,
			      v[i].sched.home->id, v[i].sched.dest ? (int)v[i].sched.dest->id : -1, running[i]);
	for (u32 i = 0; i < ARRAY_SIZE(work); i++)
		print_message("work%u: want %d queued %d on_cpu %d\n", i, work[i].unit.want, work[i].unit.queued,
			      work[i].unit.on_cpu);
	for (u32 i = 0; i < CPUS; i++)
		print_message("cpu%u: flags %u cur %s fair %u vcpu %d tick %d %llu\n", i, pcpus[i].flags,
			      pcpus[i].sched->cur ? pcpus[i].sched->cur->name : "-", pcpus[i].sched->nr_fair,
			      pcpus[i].vcpu ? (int)pcpus[i].vcpu->id : -1, pcpus[i].sched->tick.armed,
			      (unsigned long long)pcpus[i].sched->tick.when);
	print_message("now %llu exits %u quiet %d\n", (unsigned long long)now, exits, quiet);
}

static int end(void **s)
{
	(void)s;
	coro_end();
	return 0;
}

static void run(const char *const *scheduler, u32 seeds)
{
	for (u32 seed = 1; seed <= seeds; seed++) {
		setup_machine(scheduler);
		for (u32 i = 0; i < CPUS; i++)
			coro_add(cpu_main);
		if (!coro_run(seed, 5000000)) {
			show();
			fail_msg("seed %u: it does not come to an end", seed);
		}
		coro_end();
		check_end();
	}
}

static void bvt(void **s)
{
	static const char *const all[] = { "bvt", "bvt", "bvt", "bvt", "bvt", "bvt" };

	(void)s;
	run(all, 4);
}

static void rt_and_bvt(void **s)
{
	static const char *const all[] = { "rt", "bvt", "rt", "bvt", "bvt", "bvt" };

	(void)s;
	run(all, 4);
}

/* Last, because it cannot be switched off: each vCPU moves all the time. */
static void storm(void **s)
{
	static const char *const all[] = { "bvt", "bvt", "bvt", "bvt", "bvt", "bvt" };

	(void)s;
	sched_set_storm();
	run(all, 4);
	for (u32 i = 0; i < VCPUS; i++)
		assert_true(v[i].sched.moves > 20);
}

#define T(f) cmocka_unit_test_teardown(f, end)

int main(void)
{
	const struct CMUnitTest tests[] = { T(bvt), T(rt_and_bvt), T(storm) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
