/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting and stopping secondary CPUs through PSCI (DEN0022 5.5, 5.6). */
#include <asm/barrier.h>
#include <asm/cache.h>
#include <asm/cpu.h>
#include <asm/gicv3.h>
#include <asm/init.h>
#include <asm/mmu.h>
#include <asm/psci.h>
#include <asm/sysreg.h>
#include <asm/timer.h>
#include <common/fdt_host.h>
#include <debug/logmsg.h>
#include <lib/errno.h>
#include <lib/printf.h>

#define START_TIMEOUT_MS 1000U
#define AFFINITY_INFO_ON 0

/* What secondary.S reads; one cache line at least, so that nothing else is cleaned or lost with it. */
struct secondary_boot {
	u64 vbar, pcpu;
	u64 mair, tcr;
	u64 ttbr0, sctlr;
	u64 stack;
	u64 pad;
} __aligned(64);

static_assert(offsetof(struct secondary_boot, mair) == 16, "secondary.S");
static_assert(offsetof(struct secondary_boot, ttbr0) == 32, "secondary.S");
static_assert(offsetof(struct secondary_boot, stack) == 48, "secondary.S");

extern char secondary_entry[];

static struct secondary_boot boot_data[CONFIG_MAX_PCPUS];

static bool boot_step(struct pcpu *p, u32 from, u32 to)
{
	return __atomic_compare_exchange_n(&p->boot, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

static int fail(char *err, size_t size, int code, const char *what, s64 value)
{
	(void)snprintf(err, size, "%s (%lld)", what, (long long)value);
	return code;
}

/* The boot CPU's registers serve for all: one kind of translation, one layout. */
static void fill(struct secondary_boot *b, struct pcpu *p)
{
	*b = (struct secondary_boot){
		.vbar = read_sysreg(vbar_el2),
		.pcpu = (u64)p,
		.mair = read_sysreg(mair_el2),
		.tcr = read_sysreg(tcr_el2),
		.ttbr0 = p->el2_root,
		.sctlr = read_sysreg(sctlr_el2),
		.stack = p->stack_top,
	};
	cache_clean_poc(b, sizeof(*b));
}

static int wait_up(struct pcpu *p)
{
	u64 end = timer_now() + timer_ms_to_ticks(START_TIMEOUT_MS);

	while (__atomic_load_n(&p->boot, __ATOMIC_ACQUIRE) == PCPU_BOOT_STARTING) {
		if (timer_now() > end && boot_step(p, PCPU_BOOT_STARTING, PCPU_BOOT_GIVEN_UP))
			return -ETIMEDOUT;
		cpu_relax();
	}
	return 0;
}

/* One that switched itself off says so before firmware has done it: until then CPU_ON would be refused (DEN0022 5.7).
 */
static int wait_off(const struct pcpu *p)
{
	u64 end = timer_now() + timer_ms_to_ticks(START_TIMEOUT_MS);

	while (psci_call(PSCI_0_2_AFFINITY_INFO64, p->mpidr, 0, 0) == AFFINITY_INFO_ON) {
		if (timer_now() > end)
			return -ETIMEDOUT;
		cpu_relax();
	}
	return 0;
}

int cpu_start(u32 id, char *err, size_t err_size)
{
	struct pcpu *p = &pcpus[id];
	s64 r;

	if (p->boot == PCPU_BOOT_UP)
		return fail(err, err_size, -EALREADY, "it is up", id);
	if (p->boot == PCPU_BOOT_GIVEN_UP)
		return fail(err, err_size, -EIO, "it did not come up before", id);
	p->id = id;
	p->mpidr = host.cpu[id].mpidr;
	if (!host.cpu[id].psci) {
		(void)snprintf(err, err_size, "enable-method is not \"psci\"");
		return -ENODEV;
	}
	if (!p->el2_root && mmu_cpu_tables(p))
		return fail(err, err_size, -ENOMEM, "no EL2 memory for its stack and tables", -ENOMEM);
	if (p->sched && wait_off(p))
		return fail(err, err_size, -ETIMEDOUT, "it is still on after ms", START_TIMEOUT_MS);
	fill(&boot_data[id], p);
	p->boot = PCPU_BOOT_STARTING;
	r = psci_call(PSCI_0_2_CPU_ON64, p->mpidr, (u64)secondary_entry, (u64)&boot_data[id]);
	if (r != PSCI_SUCCESS) {
		p->boot = PCPU_BOOT_OFF;
		return fail(err, err_size, -EIO, "firmware refused PSCI CPU_ON", r);
	}
	if (wait_up(p))
		return fail(err, err_size, -ETIMEDOUT,
			    "firmware took PSCI CPU_ON, but the CPU did not arrive within ms", START_TIMEOUT_MS);
	return 0;
}

bool cpu_arrive(struct pcpu *p)
{
	return boot_step(p, PCPU_BOOT_STARTING, PCPU_BOOT_UP);
}

__noreturn void cpu_stop_self(void)
{
	struct pcpu *p = this_pcpu();

	gicv3_cpu_off();
	__atomic_store_n(&p->boot, PCPU_BOOT_OFF, __ATOMIC_RELEASE);
	(void)psci_call(PSCI_0_2_CPU_OFF, 0, 0, 0);
	for (;;)
		wfi();
}
