/* SPDX-License-Identifier: BSD-3-Clause */
/* More than one CPU: start them, wait for them. CPU n has MPIDR (n % 16) | (n / 16) << 8. */
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
/* smp_wait_off() - until PSCI says that @cpu is off; false after 5 seconds. */
bool smp_wait_off(u32 cpu);

/* What the CPU looked like at its entry, for tests. */
struct smp_entry_state {
	u64 sctlr, currentel, daif;
};
struct smp_entry_state smp_entered(u32 cpu);

extern char smp_entry[];
void smp_exit(void) __attribute__((noreturn));

/* A lock and a counter that work without LSE. */
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

/* smp_barrier() - all @n callers arrive before any goes on. */
struct barrier {
	volatile u64 count, round;
};
void smp_barrier(struct barrier *b, u64 n);

/* gic_cpu_init() - redistributor and CPU interface of the calling CPU. gicr_base() - its RD_base. */
void gic_cpu_init(void);
u64 gicr_base(u32 cpu);

#endif
