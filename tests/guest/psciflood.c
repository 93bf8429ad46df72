/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Calls with random function numbers and arguments, CPU_ON of CPUs that do not exist and to entries that cannot be,
 * SGIs with random fields, from all CPUs. Bootargs: rounds= on each CPU (0 = for ever), seed=.
 */
#include <gic.h>
#include <smp.h>
#include <test.h>

#define ROUNDS 20000U
#define SEED 88172645463325252U
#define KINDS 8U
#define FN_PSCI32 0x84000000U
#define FN_PSCI64 0xc4000000U
#define CPU_OFF_NR 2U
#define SYSTEM_OFF_NR 8U
#define SYSTEM_RESET_NR 9U
#define SYSTEM_RESET2_NR 18U
#define CPU_ON_NR 3U
#define SUSPEND_NR 1U

const bool want_mmu = true;

static volatile u64 started_cpus, done, running;

static u64 next(u64 *s)
{
	*s ^= *s << 13;
	*s ^= *s >> 7;
	*s ^= *s << 17;
	return *s;
}

/* Nothing that ends the VM or this CPU, by intention; and no sleep, because nothing would end it. */
static bool ends_something(u64 fn)
{
	u32 nr = fn & 0xffff;

	if ((fn & 0xbf000000) != FN_PSCI32)
		return false;
	return nr == CPU_OFF_NR || nr == SYSTEM_OFF_NR || nr == SYSTEM_RESET_NR || nr == SYSTEM_RESET2_NR ||
		nr == CPU_ON_NR || nr == SUSPEND_NR;
}

static u64 call_number(u64 r)
{
	switch (r % 4) {
	case 0:
		return FN_PSCI32 | (r >> 8 & 0x3f);
	case 1:
		return FN_PSCI64 | (r >> 8 & 0x3f);
	case 2:
		return 0x80000000 | (r >> 8 & 0x7fffffff);
	default:
		return r;
	}
}

static void one(u64 *s)
{
	u64 r = next(s), a = next(s), b = next(s), fn;

	switch (r % KINDS) {
	case 0: /* no such CPU */
		hvc_call(PSCI_CPU_ON, a | BIT(21), (u64)smp_entry, b);
		break;
	case 1: /* a CPU, and nothing to start at */
		hvc_call(PSCI_CPU_ON, smp_mpidr((u32)(a % smp_cpus())), b | BIT(45), a);
		break;
	case 2:
		hvc_call(PSCI_AFFINITY_INFO, a % 2 ? smp_mpidr((u32)(b % smp_cpus())) : a, b >> 60, r);
		break;
	case 3:
		sgi1r(a);
		break;
	case 4:
		sgi1r((a & 0xfffff) | BIT(24));
		break;
	default:
		fn = call_number(r >> 8);
		if (ends_something(fn))
			break;
		if (r & BIT(7))
			hvc_call(fn, a, b, r);
		else
			smc_call(fn, a, b, r);
		break;
	}
}

static void flood_cpu(u64 cpu)
{
	u64 s = bootarg_num("seed", SEED) + cpu * UINT64_C(0x9e3779b97f4a7c15), rounds = bootarg_num("rounds", ROUNDS);

	atomic_add(&running, 1);
	for (u64 i = 0; rounds == 0 || i < rounds; i++)
		one(&s);
	atomic_add(&done, 1);
}

static void flood(void)
{
	gic_init();
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT_EQ(smp_start(i, flood_cpu, i), 0);
	EXPECT(smp_wait_for(&running, smp_cpus() - 1));
	print("PSCIFLOOD %u\n", smp_cpus());
	flood_cpu(0);
	EXPECT(smp_wait_for(&done, smp_cpus()));
	/* None was started that should not be, and the calls still work. */
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT(smp_wait_off(i));
	EXPECT_EQ(RES32(hvc_call(PSCI_VERSION, 0, 0, 0)), 0x10001);
}

const struct test tests[] = { TEST(flood), { 0 } };
