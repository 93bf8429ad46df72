/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests whose work has no stack of its own. */
#ifndef TESTS_HOST_WORK_NONE_H
#define TESTS_HOST_WORK_NONE_H

#include <asm/work.h>

void work_switch(u64 *save_sp, u64 sp)
{
	(void)save_sp;
	(void)sp;
	fail();
}

u64 work_prepare(u64 top, void (*fn)(void *arg), void *arg)
{
	(void)top;
	(void)fn;
	(void)arg;
	return 1;
}

/* How often nothing is urgent from now on. */
static u32 work_quiet;

bool work_must_yield(void)
{
	if (!work_quiet)
		return true;
	work_quiet--;
	return false;
}

#endif
