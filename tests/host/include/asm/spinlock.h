/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Spinlocks as they are, but a test may interleave something: mock_spin_hook() is called before a lock is taken and
 * after it is released. On one thread a lock that is taken twice never becomes free, so it ends the program instead.
 */
#ifndef HOST_ASM_SPINLOCK_H
#define HOST_ASM_SPINLOCK_H

#define spin_lock hw_spin_lock
#define spin_unlock hw_spin_unlock
#include_next <asm/spinlock.h>
#undef spin_lock
#undef spin_unlock

void mock_spin_hook(struct spinlock *l, bool lock) __attribute__((weak));
int puts(const char *s);
void abort(void);

static inline bool spin_held(const struct spinlock *l)
{
	return l->owner != l->next;
}

static inline void spin_lock(struct spinlock *l)
{
	if (mock_spin_hook)
		mock_spin_hook(l, true);
	if (spin_held(l)) {
		(void)puts("spin_lock: it is held: a deadlock");
		abort();
	}
	hw_spin_lock(l);
}

static inline void spin_unlock(struct spinlock *l)
{
	if (!spin_held(l)) {
		(void)puts("spin_unlock: it is not held");
		abort();
	}
	hw_spin_unlock(l);
	if (mock_spin_hook)
		mock_spin_hook(l, false);
}

#endif
