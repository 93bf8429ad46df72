/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Ticket spinlock. EL2 runs with interrupts masked, so there is no irqsave form. Never held across guest time.
 * Lock order: docs/architecture.md.
 */
#ifndef ASM_SPINLOCK_H
#define ASM_SPINLOCK_H

#include <asm/barrier.h>
#include <lib/types.h>

struct spinlock {
	u16 owner;
	u16 next;
};

static inline void spin_init(struct spinlock *l)
{
	l->owner = 0;
	l->next = 0;
}

static inline void spin_lock(struct spinlock *l)
{
	u16 ticket = __atomic_fetch_add(&l->next, 1, __ATOMIC_RELAXED);

	while (__atomic_load_n(&l->owner, __ATOMIC_ACQUIRE) != ticket)
		cpu_relax();
}

static inline void spin_unlock(struct spinlock *l)
{
	__atomic_store_n(&l->owner, (u16)(l->owner + 1), __ATOMIC_RELEASE);
}

#endif
