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

#define NR 12
#define ROUNDS 200000

static struct pcpu cpu[2];
static u32 this_cpu;
static u64 now, freq, cval[2], ctl[2];
static irq_handler_t handler;
static struct soft_timer timers[NR];
static u64 expected[NR]; /* 0 = not armed */
static u32 owner[NR], fired;
static u64 rearm;

struct pcpu *mock_this_pcpu(void)
{
	return &cpu[this_cpu];
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
		cval[this_cpu] = v;
	} else {
		assert_string_equal(name, "cnthp_ctl_el2");
		ctl[this_cpu] = v;
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
	return (ctl[this_cpu] & 1) && now >= cval[this_cpu];
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
	freq = 19200001;
	assert_int_equal(timer_init(26), 0);
	assert_int_equal(timer_ms_to_ticks(1000), 19200001);
	assert_int_equal(timer_ms_to_ticks(1), 19200);
}

/* Each fires on its CPU, not early, and as soon as its interrupt is taken; none is forgotten or fires twice. */
static void test_random(void **state)
{
	u32 i, n;

	(void)state;
	cpu[1].id = 1;
	for (i = 0; i < NR; i++)
		timers[i].fn = fn;
	for (n = 0; n < ROUNDS; n++) {
		i = (u32)rand() % NR;
		this_cpu = (u32)rand() % 2;
		switch (rand() % 4) {
		case 0:
			if (expected[i] && owner[i] != this_cpu)
				break;
			owner[i] = this_cpu;
			expected[i] = now + (u64)(rand() % 50) - (now > 5 ? 5 : 0) + 1;
			timer_arm(&timers[i], expected[i]);
			break;
		case 1:
			if (expected[i] && owner[i] != this_cpu)
				break;
			timer_cancel(&timers[i]);
			expected[i] = 0;
			break;
		default:
			now += (u64)(rand() % 10);
			break;
		}
		for (this_cpu = 0; this_cpu < 2; this_cpu++) {
			while (line())
				handler(26, NULL);
			for (i = 0; i < NR; i++)
				assert_true(!expected[i] || owner[i] != this_cpu || expected[i] > now);
		}
	}
	assert_true(fired > ROUNDS / 20);
	for (i = 0; i < NR; i++) {
		this_cpu = owner[i];
		timer_cancel(&timers[i]);
		expected[i] = 0;
	}
	assert_false(ctl[0] || ctl[1]);
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
		cmocka_unit_test(test_bounded),
	};

	srand(5);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
