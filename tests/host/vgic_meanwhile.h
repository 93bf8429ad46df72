/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What another pCPU does while EL2 is in the middle of something: at each access to a list register or to ICH_HCR_EL2,
 * and before and after each time that the vGIC's lock is held. Included by one test file once.
 */
#ifndef VGIC_MEANWHILE_H
#define VGIC_MEANWHILE_H

#include "vgic_guest.h"

static u32 locks;           /* how often the vGIC's lock was taken: a fast way takes none */
static void (*other)(void); /* what happens meanwhile; NULL = it has happened */
static bool other_locks;    /* it needs the lock, so that it waits while the lock is held */
static u32 countdown;       /* events before it */

static void meanwhile_event(void)
{
	void (*fn)(void) = other;
	u32 save = hw_cur;

	if (!fn || (other_locks && spin_held(&hw_the_vm->vgic->lock)) || countdown--)
		return;
	other = NULL;
	fn();
	hw_cur = save;
}

void mock_spin_hook(struct spinlock *l, bool lock)
{
	(void)l; /* there is no other */
	locks += lock;
	meanwhile_event();
}

/**
 * meanwhile() - @here on pCPU @cpu, with @fn by another one at each moment of it, on a fresh machine each time that
 * @prepare makes; @check looks at the outcome, and hw_stop() follows. @fn_locks: @fn takes the vGIC's lock. Return: at
 * how many moments; once more, @fn came after @here was done.
 */
static u32 meanwhile(u32 cpu, void (*prepare)(void), void (*here)(void), void (*fn)(void), bool fn_locks,
		     void (*check)(void))
{
	bool during = true;
	u32 n;

	for (n = 0; during; n++) {
		prepare();
		hw_event = meanwhile_event;
		other_locks = fn_locks;
		countdown = n;
		other = fn;
		hw_cur = cpu;
		here();
		during = !other;
		if (other)
			fn();
		other = NULL;
		check();
		hw_stop();
	}
	return n - 1;
}

#endif
