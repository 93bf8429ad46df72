/* SPDX-License-Identifier: BSD-3-Clause */
#include <gic.h>
#include <smp.h>

#define STACK 8192U
#define OFF 1
#define WAIT_MS 5000U

/* As start.S reads and writes it. */
struct smp_start {
	u64 sp, fn, arg, sctlr, ttbr0, tcr, mair, pad;
	struct smp_entry_state entered;
	u64 pad2[5];
} __attribute__((aligned(128)));

static struct smp_start starts[SMP_MAX];
static u8 stacks[SMP_MAX][STACK] __attribute__((aligned(16)));

u32 smp_cpus(void)
{
	static u32 n;
	u32 lines;

	if (n)
		return n;
	/* Redistributors are one a CPU, up to the one marked last: what the device tree says, from the GIC itself. */
	for (lines = 0; lines < SMP_MAX; lines++)
		if (mmio_read64(GICR + (u64)lines * GICR_SIZE + GICR_TYPER) & BIT(4))
			break;
	n = lines + 1;
	return n;
}

u64 smp_mpidr(u32 cpu)
{
	return (cpu % 16) | (u64)(cpu / 16) << 8;
}

u32 smp_self(void)
{
	u64 m = sysreg_read(mpidr_el1);

	return (u32)(FIELD(m, 3, 0) | FIELD(m, 15, 8) << 4);
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

	while (RES32(hvc_call(PSCI_AFFINITY_INFO, smp_mpidr(cpu), 0, 0)) != OFF)
		if (now() - start > ticks_ms(WAIT_MS))
			return false;
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

void smp_barrier(struct barrier *b, u64 n)
{
	u64 round = load_acquire(&b->round);

	if (atomic_add(&b->count, 1) + 1 == n) {
		b->count = 0;
		store_release(&b->round, round + 1);
	} else {
		while (load_acquire(&b->round) == round)
			__asm__ volatile("yield");
	}
}
