/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/timer.c */
/* Soft timers on a model of CNTHP, driven by random operations. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <asm/cpu.h>
#include <asm/sysreg.h>
#include <asm/timer.h>
#include <cmocka.h>
#include <common/irq.h>
#include <lib/assert.h>
#include <lib/errno.h>

#include "coro.h"

#define NR 12
#define CPUS 3
#define ROUNDS 200000

static struct pcpu cpu[CPUS];
static u32 this_cpu;
static u64 now, freq, cval[CPUS], ctl[CPUS];
static irq_handler_t handler;
static struct soft_timer timers[NR];
static u64 expected[NR]; /* 0 = not armed */
static u32 owner[NR], fired;
static u64 rearm;

struct pcpu *mock_this_pcpu(void)
{
	return &cpu[coro_cur == CORO_MAX ? this_cpu : coro_cur];
}

u64 mock_sysreg_read(const char *name)
{
	if (!strcmp(name, "cntfrq_el0"))
		return freq;
	assert_string_equal(name, "cntpct_el0");
	return now;
}

void mock_sysreg_write(const char *name, u64 v)
{
	if (!strcmp(name, "cnthp_cval_el2")) {
		cval[mock_this_pcpu()->id] = v;
	} else {
		assert_string_equal(name, "cnthp_ctl_el2");
		ctl[mock_this_pcpu()->id] = v;
	}
}

int irq_request(u32 intid, bool edge, irq_handler_t fn, void *arg)
{
	(void)arg;
	assert_int_equal(intid, 26);
	assert_false(edge);
	handler = fn;
	return 0;
}

__noreturn void panic(const char *fmt, ...)
{
	fail_msg("panic: %s", fmt);
	abort();
}

static void fn(struct soft_timer *t)
{
	u32 i = (u32)(t - timers);

	assert_false(t->armed);
	assert_true(expected[i] && expected[i] <= now);
	assert_int_equal(owner[i], this_cpu);
	expected[i] = 0;
	fired++;
	if (rearm) {
		expected[i] = rearm;
		timer_arm(t, rearm);
	}
}

static bool line(void)
{
	u32 i = mock_this_pcpu()->id;

	return (ctl[i] & 1) && now >= cval[i];
}

static void test_init(void **state)
{
	(void)state;
	assert_int_equal(timer_init(26), -ENODEV);
	freq = 62500000;
	assert_int_equal(timer_init(26), 0);
	assert_int_equal(timer_freq(), freq);
	assert_int_equal(timer_ms_to_ticks(1), 62500);
	assert_int_equal(timer_ms_to_ticks(1000000000), 62500000000000);
	assert_int_equal(timer_us_to_ticks(1), 62);
	assert_int_equal(timer_us_to_ticks(100), 6250);
	assert_int_equal(timer_us_to_ticks(1000000), 62500000);
	freq = 19200001;
	assert_int_equal(timer_init(26), 0);
	assert_int_equal(timer_ms_to_ticks(1000), 19200001);
	assert_int_equal(timer_ms_to_ticks(1), 19200);
}

static void take_interrupts(void)
{
	for (this_cpu = 0; this_cpu < CPUS; this_cpu++) {
		while (line())
			handler(26, NULL);
		for (u32 i = 0; i < NR; i++)
			assert_true(!expected[i] || owner[i] != this_cpu || expected[i] > now);
	}
	this_cpu = 0;
}

/*
 * Each fires on the CPU that armed it last, not early, and as soon as its interrupt is taken; none is forgotten or
 * fires twice. Any CPU arms and cancels.
 */
static void test_random(void **state)
{
	u32 i, n;

	(void)state;
	for (i = 0; i < NR; i++)
		timers[i].fn = fn;
	for (n = 0; n < ROUNDS; n++) {
		i = (u32)rand() % NR;
		this_cpu = (u32)rand() % CPUS;
		switch (rand() % 4) {
		case 0:
			owner[i] = this_cpu;
			expected[i] = now + (u64)(rand() % 50) - (now > 5 ? 5 : 0) + 1;
			timer_arm(&timers[i], expected[i]);
			assert_true(timers[i].armed);
			break;
		case 1:
			timer_cancel(&timers[i]);
			assert_false(timers[i].armed);
			expected[i] = 0;
			break;
		default:
			now += (u64)(rand() % 10);
			break;
		}
		take_interrupts();
	}
	assert_true(fired > ROUNDS / 20);
	for (i = 0; i < NR; i++) {
		timer_cancel(&timers[i]);
		expected[i] = 0;
	}
	now += 1000;
	take_interrupts(); /* what was cancelled elsewhere interrupts once for nothing */
	for (i = 0; i < CPUS; i++)
		assert_int_equal(ctl[i], 0);
}

/* The list of each CPU is its own, and so is what CNTHP is set to. */
static void test_lists(void **state)
{
	(void)state;
	now = 10000000;
	this_cpu = 0;
	timer_arm(&timers[0], now + 100);
	timer_arm(&timers[1], now + 50);
	timer_arm(&timers[2], now + 70);
	assert_int_equal(cval[0], now + 50);
	assert_int_equal(ctl[0], 1);
	assert_int_equal(ctl[1], 0);
	this_cpu = 1;
	/* From there to here. */
	timer_arm(&timers[1], now + 60);
	assert_int_equal(timers[1].cpu, 1);
	assert_int_equal(cval[1], now + 60);
	assert_int_equal(ctl[1], 1);
	assert_int_equal(cval[0], now + 50); /* CPU 0 alone can change that, and is interrupted for nothing */
	timer_cancel(&timers[2]);
	assert_int_equal(ctl[1], 1);
	this_cpu = 0;
	now += 50;
	handler(26, NULL);
	assert_int_equal(cval[0], 10000100);
	assert_int_equal(ctl[0], 1);
	timer_cancel(&timers[0]);
	assert_int_equal(ctl[0], 0);
	timer_cancel(&timers[0]);
	this_cpu = 1;
	timer_cancel(&timers[1]);
	assert_int_equal(ctl[1], 0);
}

/* Two for the same moment: in the order in which they were armed. */
static u32 order[4], nr_order;

static void note_order(struct soft_timer *t)
{
	order[nr_order++] = (u32)(t - timers);
}

static void test_order(void **state)
{
	(void)state;
	this_cpu = 0;
	nr_order = 0;
	for (u32 i = 0; i < 4; i++)
		timers[i].fn = note_order;
	timer_arm(&timers[2], now + 5);
	timer_arm(&timers[0], now + 5);
	timer_arm(&timers[3], now + 4);
	timer_arm(&timers[1], now + 6);
	now += 5;
	handler(26, NULL);
	assert_int_equal(nr_order, 3);
	assert_true(order[0] == 3 && order[1] == 2 && order[2] == 0);
	assert_int_equal(cval[0], now + 1);
	now++;
	handler(26, NULL);
	assert_int_equal(nr_order, 4);
	assert_int_equal(ctl[0], 0);
	for (u32 i = 0; i < 4; i++)
		timers[i].fn = fn;
}

/* timer_cancel() against a callback that runs on another CPU, and arms itself again before it returns. */
static struct soft_timer slow;
static bool in_callback, callback_done, cancelled, again;
static u32 waits;

static void slow_fn(struct soft_timer *t)
{
	in_callback = true;
	for (waits = 0; waits < 50 && !cancelled; waits++)
		coro_yield();
	assert_false(cancelled);
	if (again)
		timer_arm(t, now + 1000);
	callback_done = true;
}

static int no_cpus(void **state)
{
	(void)state;
	coro_end();
	return 0;
}

static void runs_callback(u32 c)
{
	(void)c;
	while (!line())
		coro_yield();
	handler(26, NULL);
}

static void cancels(u32 c)
{
	(void)c;
	while (!in_callback)
		coro_yield();
	timer_cancel(&slow);
	cancelled = true;
	assert_true(callback_done);
	assert_false(slow.armed);
}

static void test_cancel_waits(void **state)
{
	(void)state;
	for (u32 seed = 0; seed < 200; seed++) {
		again = seed & 1;
		in_callback = callback_done = cancelled = false;
		slow.fn = slow_fn;
		this_cpu = 0;
		timer_arm(&slow, now);
		coro_add(runs_callback);
		coro_add(cancels);
		assert_true(coro_run(seed, 100000));
		(void)no_cpus(state);
		assert_false(slow.armed);
		now += 2000;
		take_interrupts();
	}
}

/*
 * Several CPUs arm, cancel and fire at once. A timer has one user at a time, who may be on any CPU; some arm themselves
 * again.
 */
static struct busy {
	struct soft_timer t;
	bool used, rearms;
	u32 running, fired;
} busy[6];
static s32 busy_left;

static void busy_fn(struct soft_timer *t)
{
	struct busy *b = container_of(t, struct busy, t);

	assert_int_equal(b->running++, 0);
	assert_true(now >= t->when);
	coro_yield();
	if (b->rearms)
		timer_arm(t, now + coro_rand(20));
	b->running--;
	b->fired++;
}

static void busy_cpu(u32 c)
{
	(void)c;
	while (busy_left > 0) {
		struct busy *b = &busy[coro_rand(ARRAY_SIZE(busy))];

		now += coro_rand(3);
		while (line())
			handler(26, NULL);
		coro_yield();
		if (b->used)
			continue;
		b->used = true;
		timer_cancel(&b->t);
		assert_false(b->t.armed);
		assert_int_equal(b->running, 0);
		coro_yield();
		assert_int_equal(b->running, 0);
		timer_arm(&b->t, now + coro_rand(30));
		b->used = false;
		busy_left--;
	}
}

static void test_several_cpus(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(busy); i++)
		busy[i] = (struct busy){ .t.fn = busy_fn, .rearms = i & 1 };
	busy_left = 20000;
	for (u32 i = 0; i < CPUS; i++)
		coro_add(busy_cpu);
	assert_true(coro_run(7, 10000000));
	(void)no_cpus(state);
	for (u32 i = 0; i < ARRAY_SIZE(busy); i++) {
		assert_true(busy[i].fired > 100);
		timer_cancel(&busy[i].t);
	}
	now += 1000;
	take_interrupts();
}

/* A callback that arms itself for the past does not hold the handler. */
static void test_bounded(void **state)
{
	u32 before = fired;

	(void)state;
	this_cpu = 0;
	owner[0] = 0;
	rearm = 1;
	expected[0] = 1;
	timer_arm(&timers[0], 1);
	handler(26, NULL);
	assert_true(fired - before > 1 && fired - before < 100);
	assert_true(line());
	rearm = 0;
	handler(26, NULL);
	assert_false(line());
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_init),
		cmocka_unit_test(test_random),
		cmocka_unit_test(test_lists),
		cmocka_unit_test(test_order),
		cmocka_unit_test_teardown(test_cancel_waits, no_cpus),
		cmocka_unit_test_teardown(test_several_cpus, no_cpus),
		cmocka_unit_test(test_bounded),
	};

	srand(5);
	for (u32 i = 0; i < CPUS; i++)
		cpu[i].id = i;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
