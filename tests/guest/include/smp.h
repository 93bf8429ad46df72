/* SPDX-License-Identifier: BSD-3-Clause */
/* More than one CPU: start them, wait for them. CPUs are numbered in the order of the device tree. */
#ifndef SMP_H
#define SMP_H

#include <guest.h>

#define SMP_MAX 16U

typedef void (*smp_fn)(u64 arg);

/* smp_cpus() - CPUs of the device tree. smp_mpidr() - of CPU @cpu. smp_self() - the caller's number. */
u32 smp_cpus(void);
u64 smp_mpidr(u32 cpu);
u32 smp_self(void);

/* smp_start() - CPU_ON: run @fn(@arg) on @cpu, then CPU_OFF. Return: what PSCI says. */
s32 smp_start(u32 cpu, smp_fn fn, u64 arg);
/* The two halves of it, for several callers: what @cpu will do, once; CPU_ON for it, as often as one likes. */
void smp_prepare(u32 cpu, smp_fn fn, u64 arg);
s32 smp_on(u32 cpu);
/* smp_wait_for() - until *@p is @v; false after 30 seconds. */
bool smp_wait_for(volatile u64 *p, u64 v);
/* smp_wait_off() - until PSCI says that @cpu is off; false after 5 seconds. */
bool smp_wait_off(u32 cpu);

/* What the CPU looked like at its entry, for tests. */
struct smp_entry_state {
	u64 sctlr, currentel, daif;
};
struct smp_entry_state smp_entered(u32 cpu);

extern char smp_entry[];
void smp_exit(void) __attribute__((noreturn));

/* Counters: the one works everywhere; the other is a single instruction where the CPU has LSE. Both may be mixed. */
u64 atomic_add_lse(volatile u64 *p, u64 n);
static inline u64 atomic_add(volatile u64 *p, u64 n)
{
	u64 v, t;
	u32 fail;

	do {
		__asm__ volatile("ldaxr %0, [%3]\n\tadd %1, %0, %4\n\tstlxr %w2, %1, [%3]"
				 : "=&r"(v), "=&r"(t), "=&r"(fail)
				 : "r"(p), "r"(n)
				 : "memory");
	} while (fail);
	return v;
}
#define load_acquire(p) __atomic_load_n(p, __ATOMIC_ACQUIRE)
#define store_release(p, v) __atomic_store_n(p, v, __ATOMIC_RELEASE)

/* A ticket lock: first come, first served; those who wait do so with WFE. */
struct lock {
	volatile u32 next, owner;
};
void lock_take(struct lock *l);
void lock_give(struct lock *l);

/* smp_barrier() - all @n callers arrive before any goes on. */
struct barrier {
	volatile u64 count, round;
};
void smp_barrier(struct barrier *b, u64 n);

/* gic_cpu_init() - redistributor and CPU interface of the calling CPU. gicr_base() - RD_base of @cpu; 0: it has none.
 */
void gic_cpu_init(void);
u64 gicr_base(u32 cpu);

/* Servers: all other CPUs wait for interrupts and count them
 * ------------------------------------------------------------------------------- */
#define SERVE_FENCE 15U  /* the SGI that servers keep for themselves */
#define SERVE_INTIDS 64U /* INTIDs that are counted */
#define SERVE_PRIO_LOW 0xc0U

/**
 * serve_start() - every CPU, the caller too, takes SGIs and what else is enabled, and counts them; the other CPUs do
 * nothing else. Return: false when one did not come. The caller takes them with irq_unmask(). serve_stop() - the others
 * go off.
 */
bool serve_start(void);
bool serve_stop(void);
/* serve_abandon() - serve_stop(), when a test failed before it came to that. */
void serve_abandon(void);
/* serve_count() - interrupts @intid that @cpu took since serve_start(). serve_total() - all CPUs together. */
u64 serve_count(u32 cpu, u32 intid);
u64 serve_total(u32 intid);
/* serve_wait() - until @cpu has taken @n of them. */
bool serve_wait(u32 cpu, u32 intid, u64 n);
/* serve_fence() - every CPU has taken all that was sent to it before. */
bool serve_fence(void);
/* Called by the CPU that took @intid, between acknowledge and end, when not NULL. */
extern void (*volatile serve_hook)(u32 cpu, u32 intid);

/* One SGI to @cpu, to all other CPUs, or any value of ICC_SGI1R_EL1. */
void sgi_to(u32 cpu, u32 intid);
void sgi_others(u32 intid);
void sgi1r(u64 v);
/* The value for @cpu. */
u64 sgi_value(u32 cpu, u32 intid);

#endif
