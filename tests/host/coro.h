/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CPUs that run side by side, on one thread: a coroutine each. Who goes on after coro_yield() is random by a seed, so a
 * failure repeats. Every lock that is taken or released, and every wait, is such a place.
 */
#ifndef TESTS_HOST_CORO_H
#define TESTS_HOST_CORO_H

#include <stdlib.h>
#include <string.h>
#include <ucontext.h>

#include <asm/barrier.h>
#include <asm/spinlock.h>
#include <lib/types.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/common_interface_defs.h>
#endif

#define CORO_MAX 8U
#define CORO_STACK (256U << 10)

struct coro {
	ucontext_t ctx;
	char *stack;
	void (*fn)(u32 cpu);
	bool done;
	void *fake;
};

static struct coro coros[CORO_MAX];
static u32 coro_nr, coro_cur = CORO_MAX; /* CORO_MAX: the test itself */
static ucontext_t coro_test;
static void *coro_test_fake;
static u64 coro_seed, coro_steps;

static inline u32 coro_rand(u32 n)
{
	coro_seed = coro_seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (u32)(coro_seed >> 33) % n;
}

#ifdef __SANITIZE_ADDRESS__
static const void *coro_test_stack;
static size_t coro_test_size;

static void coro_enter(struct coro *c)
{
	__sanitizer_start_switch_fiber(&coro_test_fake, c->stack, CORO_STACK);
	swapcontext(&coro_test, &c->ctx);
	__sanitizer_finish_switch_fiber(coro_test_fake, NULL, NULL);
}

static void coro_leave(struct coro *c, bool for_good)
{
	__sanitizer_start_switch_fiber(for_good ? NULL : &c->fake, coro_test_stack, coro_test_size);
	swapcontext(&c->ctx, &coro_test);
	__sanitizer_finish_switch_fiber(c->fake, &coro_test_stack, &coro_test_size);
}
#else
static void coro_enter(struct coro *c)
{
	swapcontext(&coro_test, &c->ctx);
}

static void coro_leave(struct coro *c, bool for_good)
{
	(void)for_good;
	swapcontext(&c->ctx, &coro_test);
}
#endif

static inline void coro_yield(void)
{
	u32 me = coro_cur;

	if (me == CORO_MAX)
		return;
	coro_leave(&coros[me], false);
}

static void coro_start(void)
{
	struct coro *c = &coros[coro_cur];

#ifdef __SANITIZE_ADDRESS__
	__sanitizer_finish_switch_fiber(NULL, &coro_test_stack, &coro_test_size);
#endif
	c->fn(coro_cur);
	c->done = true;
	coro_leave(c, true);
}

/* A CPU more; it begins with @fn. */
static inline void coro_add(void (*fn)(u32 cpu))
{
	struct coro *c = &coros[coro_nr++];

	memset(c, 0, sizeof(*c));
	c->stack = malloc(CORO_STACK);
	c->fn = fn;
	getcontext(&c->ctx);
	c->ctx.uc_stack.ss_sp = c->stack;
	c->ctx.uc_stack.ss_size = CORO_STACK;
	makecontext(&c->ctx, coro_start, 0);
}

/* Let all run until they are done. Return: false when @max steps were not enough. */
static inline bool coro_run(u64 seed, u64 max)
{
	u32 i, left;

	coro_seed = seed;
	for (coro_steps = 0; coro_steps < max; coro_steps++) {
		for (i = 0, left = 0; i < coro_nr; i++)
			left += !coros[i].done;
		if (!left)
			return true;
		left = coro_rand(left);
		for (i = 0; coros[i].done || left--; i++)
			;
		coro_cur = i;
		coro_enter(&coros[i]);
		coro_cur = CORO_MAX;
	}
	return false;
}

/* Also after a failure, to begin anew. */
static inline void coro_end(void)
{
	for (u32 i = 0; i < coro_nr; i++)
		free(coros[i].stack);
	coro_nr = 0;
	coro_cur = CORO_MAX;
}

void mock_spin_hook(struct spinlock *l, bool lock)
{
	if (coro_cur == CORO_MAX)
		return;
	do
		coro_yield();
	while (lock && spin_held(l));
}

void mock_relax(void)
{
	coro_yield();
}

#endif
