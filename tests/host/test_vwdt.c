/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/dm/vwdt.c hypervisor/common/io_req.c */
/* The watchdog through its frames, with a clock and a timer of the test's: stages, refreshes, pause, hostile accesses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <asm/timer.h>
#include <common/arch_hooks.h>
#include <common/page_alloc.h>
#include <dm/vwdt.h>
#include <lib/errno.h>

/* Arm Base System Architecture, Generic Watchdog */
#define WRR 0x0a100000
#define REFRESH_IIDR 0x0a100fcc
#define WCS 0x0a101000
#define WOR 0x0a101008
#define WOR_HIGH 0x0a10100c
#define WCV 0x0a101010
#define WCV_HIGH 0x0a101014
#define IIDR 0x0a101fcc
#define EN 1
#define WS0 2
#define WS1 4

static struct vm vm;
static struct io_region table[4];
static struct vm_config_err err;
static u64 now, shift;
static struct soft_timer *armed;
static u32 arms, crashes, pages;
static bool line, pages_end;

u64 timer_now(void)
{
	return now;
}

u64 vm_arch_clock_offset(const struct vm *v)
{
	assert_ptr_equal(v, &vm);
	return shift;
}

void timer_arm(struct soft_timer *t, u64 when)
{
	t->when = when;
	t->armed = true;
	armed = t;
	arms++;
}

void timer_cancel(struct soft_timer *t)
{
	t->armed = false;
	armed = NULL;
}

void vm_irq(struct vm *v, u32 intid, bool level)
{
	assert_ptr_equal(v, &vm);
	assert_int_equal(intid, 48);
	assert_int_not_equal(line, level);
	line = level;
}

void vm_crash(struct vm *v, const char *text)
{
	assert_ptr_equal(v, &vm);
	assert_string_equal(text, "watchdog expired");
	crashes++;
}

void *el2_alloc(u64 nr)
{
	assert_int_equal(nr, 1);
	if (pages_end)
		return NULL;
	pages++;
	return calloc(1, 4096);
}

void el2_free(void *p, u64 nr)
{
	assert_int_equal(nr, 1);
	assert_null(armed);
	pages -= p ? 1 : 0;
	free(p);
}

/* Time goes to @when; the timer fires as often as it is due. */
static void run_to(u64 when)
{
	for (u32 i = 0; armed && armed->when <= when; i++) {
		struct soft_timer *t = armed;

		assert_true(i < 10);
		now = MAX(now, t->when);
		t->armed = false;
		armed = NULL;
		t->fn(t);
	}
	now = when;
}

static u64 access(u64 ipa, u32 size, bool write, u64 value)
{
	const struct io_region *r = io_find(&vm.io, ipa, size);
	struct io_access a = { ipa, 0, size, write, value };

	assert_non_null(r);
	a.offset = ipa - r->base;
	assert_int_equal(r->fn(NULL, r->dev, &a), IO_DONE);
	return a.value;
}

static u64 rd(u64 ipa)
{
	return access(ipa, 4, false, ~UINT64_C(0));
}

static void wr(u64 ipa, u32 value)
{
	access(ipa, 4, true, value);
}

static int setup(void **s)
{
	(void)s;
	memset(&vm, 0, sizeof(vm));
	vm.io = (struct io_table){ table, 0, 4 };
	vm.cfg.watchdog = true;
	vm.state = VM_RUNNING;
	now = 1000000;
	shift = 400000;
	armed = NULL;
	arms = crashes = 0;
	line = pages_end = false;
	return vwdt_device.create(&vm, &err);
}

static int teardown(void **s)
{
	(void)s;
	vwdt_device.destroy(&vm);
	vwdt_device.destroy(&vm);
	assert_null(vm.dev[VM_DEV_WATCHDOG]);
	assert_null(armed);
	assert_int_equal(pages, 0);
	return 0;
}

static void at_reset(void **s)
{
	(void)s;
	assert_int_equal(vm.io.nr, 2);
	assert_int_equal(rd(WCS), 0);
	assert_int_equal(rd(WOR), 0);
	assert_int_equal((rd(IIDR) >> 16) & 0xf, 1);
	assert_int_equal(rd(REFRESH_IIDR), rd(IIDR));
	assert_int_equal(rd(WRR), 0);
	assert_null(armed);
}

/* What Linux' sbsa_gwdt does, and then nothing any more. */
static void two_stages(void **s)
{
	(void)s;
	wr(WOR, 5000);
	wr(WOR_HIGH, 0);
	assert_null(armed);
	wr(WCS, EN);
	assert_int_equal(rd(WCS), EN);
	/* The VM's clock says 600000. */
	assert_int_equal(rd(WCV), 605000);
	assert_int_equal(access(WCV, 8, false, 0), 605000);
	run_to(1005000); /* the compare value itself is not beyond it */
	assert_int_equal(rd(WCS), EN);
	assert_false(line);
	run_to(1005001);
	assert_int_equal(rd(WCS), EN | WS0);
	assert_true(line);
	assert_int_equal(rd(WCV), 610001);
	assert_int_equal(crashes, 0);
	run_to(1010001);
	assert_int_equal(crashes, 0);
	run_to(1010002);
	assert_int_equal(crashes, 1);
	assert_int_equal(rd(WCS), EN | WS0 | WS1);
	/* Once. */
	run_to(9000000);
	assert_int_equal(crashes, 1);
	assert_null(armed);
}

static void refreshed(void **s)
{
	(void)s;
	wr(WOR, 5000);
	wr(WCS, EN);
	arms = 0;
	/* Often: the timer is not touched, and is late when it comes. */
	for (u32 i = 0; i < 1000; i++) {
		now += 4;
		wr(WRR, i);
	}
	assert_int_equal(arms, 0);
	assert_int_equal(rd(WCV), 609000);
	run_to(1008999);
	assert_int_equal(rd(WCS), EN);
	assert_int_equal(arms, 1);
	run_to(1009001);
	assert_true(line);
	/* In the second stage a refresh starts over. */
	wr(WRR, 0);
	assert_false(line);
	assert_int_equal(rd(WCS), EN);
	assert_int_equal(rd(WCV), 614001);
	run_to(1014002);
	assert_true(line);
	/* So do WOR and WCS. */
	wr(WOR, 100);
	assert_false(line);
	assert_int_equal(rd(WCV), 614102);
	run_to(1014103);
	assert_true(line);
	wr(WCS, EN);
	assert_false(line);
	run_to(1014204);
	assert_true(line);
	wr(WCS, 0);
	assert_false(line);
	assert_int_equal(rd(WCS), 0);
	run_to(9000000);
	assert_int_equal(crashes, 0);
	assert_int_equal(rd(WCS), 0);
}

/* A shorter timeout has to move the timer. */
static void shortened(void **s)
{
	(void)s;
	wr(WOR, 0xffffffff);
	wr(WOR_HIGH, 0xffffffff);
	assert_int_equal(access(WOR, 8, false, 0), 0xffffffffffff);
	assert_int_equal(rd(WOR_HIGH), 0xffff);
	wr(WOR, 7); /* a half leaves the other alone */
	assert_int_equal(access(WOR, 8, false, 0), 0xffff00000007);
	wr(WCS, EN);
	access(WOR, 8, true, 50);
	assert_int_equal(rd(WOR), 50);
	run_to(1000051);
	assert_true(line);
	/* WCV: no refresh, but the next timeout is there; halves and whole. */
	wr(WCV, 600060);
	assert_true(line);
	assert_int_equal(rd(WCS), EN | WS0);
	run_to(1000060);
	assert_int_equal(crashes, 0);
	run_to(1000061);
	assert_int_equal(crashes, 1);
	wr(WRR, 0);
	access(WCV, 8, true, 0x100000000);
	assert_int_equal(rd(WCV_HIGH), 1);
	assert_int_equal(rd(WCV), 0);
	wr(WCV_HIGH, 0);
	wr(WCV, 7);
	run_to(1000062);
	assert_true(line); /* long ago */
	wr(WCS, EN);
	access(WCV, 8, true, ~UINT64_C(0));
	run_to(~UINT64_C(0) - 1);
	assert_int_equal(rd(WCS), EN);
}

static void time_stands_still(void **s)
{
	(void)s;
	wr(WOR, 5000);
	wr(WCS, EN);
	run_to(1004000);
	vwdt_device.pause(&vm);
	vm.state = VM_PAUSED;
	assert_null(armed);
	run_to(3004000);
	shift += 2000000;
	vwdt_device.resume(&vm);
	vm.state = VM_RUNNING;
	assert_int_equal(rd(WCV), 605000);
	run_to(3005000);
	assert_int_equal(rd(WCS), EN);
	run_to(3005001);
	assert_int_equal(rd(WCS), EN | WS0);
	/* Switched on before a pause that a reset ends. */
	vwdt_device.pause(&vm);
	vwdt_device.reset(&vm);
	assert_false(line);
	assert_int_equal(rd(WCS), 0);
	assert_int_equal(rd(WOR), 0);
	wr(WOR, 10);
	wr(WCS, EN);
	run_to(3005012);
	assert_true(line);
}

/* A timeout while the VM is taken down is not a crash. */
static void not_running(void **s)
{
	static const enum vm_state down[] = { VM_PAUSED, VM_RESETTING, VM_STOPPED, VM_LOADING };

	(void)s;
	for (u32 i = 0; i < 4; i++) {
		wr(WOR, 10);
		wr(WCS, EN);
		vm.state = down[i];
		run_to(now + 1000);
		assert_int_equal(crashes, 0);
		assert_false(line);
		vwdt_device.reset(&vm);
		vm.state = VM_RUNNING;
	}
}

/* Offset 0: both stages at once, and nothing worse. */
static void no_offset(void **s)
{
	(void)s;
	wr(WCS, EN);
	run_to(1000000);
	assert_int_equal(crashes, 0);
	run_to(1000001);
	assert_true(line);
	run_to(1000002);
	assert_int_equal(crashes, 1);
}

static void hostile(void **s)
{
	static const u32 sizes[] = { 1, 2, 4, 8 };

	(void)s;
	for (u32 k = 0; k < 4; k++) {
		for (u64 ipa = 0x0a100000; ipa + sizes[k] <= 0x0a102000; ipa++) {
			u64 off = ipa & 0xfff, v;

			if (off + sizes[k] > 0x1000 || (sizes[k] == 8 && (ipa == WOR || ipa == WCV)) ||
			    (sizes[k] == 4 &&
			     (ipa == WCS || ipa == WRR || (ipa >= WOR && ipa <= WCV_HIGH && off % 4 == 0))))
				continue;
			access(ipa, sizes[k], true, ~UINT64_C(0));
			v = access(ipa, sizes[k], false, ~UINT64_C(0));
			assert_int_equal(v, off == 0xfcc && sizes[k] == 4 ? 0x10000 : 0);
		}
	}
	assert_int_equal(rd(WCS), 0);
	assert_int_equal(access(WOR, 8, false, 0), 0);
	assert_int_equal(access(WCV, 8, false, 0), 0);
	assert_int_equal(arms, 0);
	wr(WCS, ~0U);
	assert_int_equal(rd(WCS), EN);
}

static void created(void **s)
{
	(void)s;
	vwdt_device.destroy(&vm);
	vm.cfg.watchdog = false;
	vm.io.nr = 0;
	assert_int_equal(vwdt_device.create(&vm, &err), 0);
	assert_int_equal(vm.io.nr, 0);
	assert_null(vm.dev[VM_DEV_WATCHDOG]);
	vwdt_device.reset(&vm);
	vwdt_device.pause(&vm);
	vwdt_device.resume(&vm);
	vwdt_device.destroy(&vm);
	vm.cfg.watchdog = true;
	pages_end = true;
	assert_int_equal(vwdt_device.create(&vm, &err), -ENOMEM);
	pages_end = false;
	vm.io.max = 1;
	assert_int_equal(vwdt_device.create(&vm, &err), -ENOSPC);
	assert_string_equal(err.text, "watchdog: its frames cannot be set up (error 28)");
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(at_reset),    T(two_stages), T(refreshed), T(shortened), T(time_stands_still),
		T(not_running), T(no_offset),  T(hostile),   T(created),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
