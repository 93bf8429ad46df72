/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/schedule.c hypervisor/common/sched_noop.c */
/* Scheduling core and the noop policy: placement, states, reschedule flags. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <asm/cpu.h>
#include <common/schedule.h>
#include <lib/bits.h>
#include <lib/errno.h>

struct pcpu pcpus[CONFIG_MAX_PCPUS];
static struct vcpu v[4];

static int setup(void **s)
{
	(void)s;
	memset(pcpus, 0, sizeof(pcpus));
	memset(v, 0, sizeof(v));
	for (u32 i = 0; i < CONFIG_MAX_PCPUS; i++)
		pcpus[i].id = i;
	for (u32 i = 0; i < 2; i++) {
		pcpus[i].online = true;
		sched_init(&pcpus[i]);
	}
	return 0;
}

static void placement(void **s)
{
	(void)s;
	assert_ptr_not_equal(pcpus[0].sched, pcpus[1].sched);
	assert_ptr_equal(pcpus[0].sched->ops, &sched_noop);
	assert_int_equal(sched_attach(&v[0], 0), -EINVAL);
	assert_int_equal(sched_attach(&v[0], ~UINT64_C(3)), -EINVAL);
	assert_null(v[0].pcpu);
	assert_int_equal(sched_attach(&v[0], BIT(1)), 0);
	assert_ptr_equal(v[0].pcpu, &pcpus[1]);
	assert_int_equal(sched_attach(&v[1], BIT(1)), -EBUSY);
	assert_null(v[1].pcpu);
	assert_int_equal(sched_attach(&v[1], ~UINT64_C(0)), 0);
	assert_ptr_equal(v[1].pcpu, &pcpus[0]);
	assert_int_equal(sched_attach(&v[2], ~UINT64_C(0)), -EBUSY);
	sched_detach(&v[2]); /* nowhere */
	sched_detach(&v[0]);
	assert_null(v[0].pcpu);
	sched_detach(&v[0]);
	assert_int_equal(sched_attach(&v[2], ~UINT64_C(0)), 0);
	assert_ptr_equal(v[2].pcpu, &pcpus[1]);
	assert_ptr_equal(pcpus[0].sched->owner, &v[1]);
	/* A stranger cannot take the place away. */
	sched_noop.detach(&pcpus[0], &v[0]);
	assert_ptr_equal(pcpus[0].sched->owner, &v[1]);
}

static void pick(void **s)
{
	static const enum vcpu_state not [] = { VCPU_OFF, VCPU_BLOCKED, VCPU_IO_WAIT, VCPU_PAUSED };

	(void)s;
	assert_null(sched_pick(&pcpus[0]));
	assert_int_equal(sched_attach(&v[0], BIT(0)), 0);
	for (u32 i = 0; i < ARRAY_SIZE(not ); i++) {
		v[0].state = not [i];
		assert_null(sched_pick(&pcpus[0]));
	}
	v[0].state = VCPU_RUNNABLE;
	assert_ptr_equal(sched_pick(&pcpus[0]), &v[0]);
	assert_null(sched_pick(&pcpus[1]));
}

static void wake(void **s)
{
	static const enum vcpu_state other[] = { VCPU_OFF, VCPU_RUNNABLE, VCPU_IO_WAIT, VCPU_PAUSED };

	(void)s;
	assert_int_equal(sched_attach(&v[0], BIT(1)), 0);
	for (u32 i = 0; i < ARRAY_SIZE(other); i++) {
		v[0].state = other[i];
		sched_wake(&v[0]);
		assert_int_equal(v[0].state, other[i]);
		assert_int_equal(pcpus[1].flags, 0);
	}
	v[0].state = VCPU_BLOCKED;
	sched_wake(&v[0]);
	assert_int_equal(v[0].state, VCPU_RUNNABLE);
	assert_int_equal(pcpus[1].flags, PCPU_RESCHED);
	assert_int_equal(pcpus[0].flags, 0);
}

static void block(void **s)
{
	static const enum vcpu_state to[] = { VCPU_OFF, VCPU_BLOCKED, VCPU_IO_WAIT, VCPU_PAUSED };

	(void)s;
	assert_int_equal(sched_attach(&v[0], BIT(0)), 0);
	for (u32 i = 0; i < ARRAY_SIZE(to); i++) {
		v[0].state = VCPU_RUNNABLE;
		pcpus[0].flags = PCPU_VGIC;
		sched_block(&v[0], to[i]);
		assert_int_equal(v[0].state, to[i]);
		assert_int_equal(pcpus[0].flags, PCPU_VGIC | PCPU_RESCHED);
	}
}

/* The VM was parked by another pCPU while this vCPU was on its way to wait: no interrupt may bring it back. */
static void paused_stays_paused(void **s)
{
	static const enum vcpu_state wait[] = { VCPU_OFF, VCPU_BLOCKED, VCPU_IO_WAIT };

	(void)s;
	assert_int_equal(sched_attach(&v[0], BIT(0)), 0);
	for (u32 i = 0; i < ARRAY_SIZE(wait); i++) {
		v[0].state = wait[i];
		sched_block(&v[0], VCPU_PAUSED);
		assert_int_equal(v[0].state, VCPU_PAUSED);
		sched_block(&v[0], wait[i]);
		sched_wake(&v[0]);
		assert_int_equal(v[0].state, VCPU_PAUSED);
		assert_null(sched_pick(&pcpus[0]));
	}
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = { T(placement), T(pick), T(wake), T(block), T(paused_stays_paused) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
