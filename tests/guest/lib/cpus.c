/* SPDX-License-Identifier: BSD-3-Clause */
#include <gic.h>
#include <smp.h>

#define STACK 8192U
#define OFF 1
#define WAIT_MS 5000U
#define WAIT_LONG_MS 30000U
#define MPIDR_AFFINITY UINT64_C(0xff00ffffff)
#define TYPER_LAST BIT(4)
#define ISAR0_ATOMIC_SHIFT 20

/* As start.S reads and writes it. */
struct smp_start {
	u64 sp, fn, arg, sctlr, ttbr0, tcr, mair, pad;
	struct smp_entry_state entered;
	u64 pad2[5];
} __attribute__((aligned(128)));

static struct smp_start starts[SMP_MAX];
static u8 stacks[SMP_MAX][STACK] __attribute__((aligned(16)));

static u64 mpidrs[SMP_MAX];
static u64 frames[SMP_MAX];
static u32 nr_cpus;

u32 smp_cpus(void)
{
	/* The caller of a guest without a device tree is alone. */
	if (nr_cpus == 0) {
		mpidrs[0] = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
		nr_cpus = fdt_cpus(mpidrs, SMP_MAX);
		if (nr_cpus == 0)
			nr_cpus = 1;
	}
	return nr_cpus;
}

u64 smp_mpidr(u32 cpu)
{
	/* One past the last is a CPU that does not exist, not CPU 0. */
	return cpu < smp_cpus() ? mpidrs[cpu] : mpidrs[nr_cpus - 1] + 1;
}

u32 smp_self(void)
{
	u64 m = sysreg_read(mpidr_el1) & MPIDR_AFFINITY;
	u32 i;

	for (i = smp_cpus() - 1; i > 0 && mpidrs[i] != m; i--)
		;
	return i;
}

/* Found by its affinity, as the architecture says; the frames are next to each other, up to the one marked last. */
u64 gicr_base(u32 cpu)
{
	u64 m, a = GICR;

	if (frames[cpu] != 0)
		return frames[cpu];
	(void)smp_cpus();
	m = smp_mpidr(cpu);
	for (;;) {
		u64 typer = mmio_read64(a + GICR_TYPER);

		if (typer >> 32 == (FIELD(m, 39, 32) << 24 | FIELD(m, 23, 0)))
			break;
		if (typer & TYPER_LAST)
			return 0;
		a += GICR_SIZE;
	}
	frames[cpu] = a;
	return a;
}

/* What a CPU with its caches off reads. */
static void clean(const void *p, u64 n)
{
	for (u64 a = (u64)p; a < (u64)p + n; a += 16)
		__asm__ volatile("dc civac, %0" ::"r"(a) : "memory");
	dsb();
}

s32 smp_on(u32 cpu)
{
	return RES32(hvc_call(PSCI_CPU_ON, smp_mpidr(cpu), (u64)smp_entry, (u64)&starts[cpu]));
}

s32 smp_start(u32 cpu, smp_fn fn, u64 arg)
{
	smp_prepare(cpu, fn, arg);
	return smp_on(cpu);
}

void smp_prepare(u32 cpu, smp_fn fn, u64 arg)
{
	struct smp_start *s = &starts[cpu];

	*s = (struct smp_start){
		.sp = (u64)&stacks[cpu][STACK],
		.fn = (u64)fn,
		.arg = arg,
		.sctlr = sysreg_read(sctlr_el1),
		.ttbr0 = sysreg_read(ttbr0_el1),
		.tcr = sysreg_read(tcr_el1),
		.mair = sysreg_read(mair_el1),
	};
	clean(s, sizeof(*s));
}

bool smp_wait_off(u32 cpu)
{
	u64 start = now();

	while (RES32(hvc_call(PSCI_AFFINITY_INFO, smp_mpidr(cpu), 0, 0)) != OFF) {
		if (now() - start > ticks_ms(WAIT_MS))
			return false;
		cpu_relax();
	}
	return true;
}

struct smp_entry_state smp_entered(u32 cpu)
{
	clean(&starts[cpu].entered, sizeof(starts[cpu].entered));
	return starts[cpu].entered;
}

void smp_exit(void)
{
	for (;;)
		hvc_call(PSCI_CPU_OFF, 0, 0, 0);
}

bool smp_wait_for(volatile u64 *p, u64 v)
{
	u64 start = now();

	while (load_acquire(p) != v) {
		if (now() - start > ticks_ms(WAIT_LONG_MS))
			return false;
		cpu_relax();
	}
	return true;
}

static bool lse(void)
{
	return FIELD(sysreg_read(id_aa64isar0_el1), ISAR0_ATOMIC_SHIFT + 3, ISAR0_ATOMIC_SHIFT) >= 2;
}

u64 atomic_add_lse(volatile u64 *p, u64 n)
{
	u64 v;

	if (!lse())
		return atomic_add(p, n);
	__asm__ volatile(".arch_extension lse\n\tldaddal %2, %0, [%1]" : "=&r"(v) : "r"(p), "r"(n) : "memory");
	return v;
}

void lock_take(struct lock *l)
{
	u32 ticket, t, fail;

	do {
		__asm__ volatile("ldaxr %w0, [%3]\n\tadd %w1, %w0, #1\n\tstxr %w2, %w1, [%3]"
				 : "=&r"(ticket), "=&r"(t), "=&r"(fail)
				 : "r"(&l->next)
				 : "memory");
	} while (fail);
	/* A store to @owner ends the wait: the exclusive monitor watches it. */
	__asm__ volatile("sevl\n1:\twfe\n\tldaxr %w0, [%1]\n\tcmp %w0, %w2\n\tb.ne 1b"
			 : "=&r"(t)
			 : "r"(&l->owner), "r"(ticket)
			 : "cc", "memory");
}

void lock_give(struct lock *l)
{
	store_release(&l->owner, l->owner + 1);
}

void smp_barrier(struct barrier *b, u64 n)
{
	u64 round = load_acquire(&b->round);

	if (atomic_add(&b->count, 1) + 1 == n) {
		b->count = 0;
		store_release(&b->round, round + 1);
	} else {
		while (load_acquire(&b->round) == round)
			cpu_relax();
	}
}
