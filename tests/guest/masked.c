/* SPDX-License-Identifier: BSD-3-Clause */
/* All CPUs count for ever with every exception masked, and an interrupt pending that nobody will take. */
#include <gic.h>
#include <smp.h>
#include <test.h>

const bool want_mmu = true;

static void spin(u64 cpu)
{
	volatile u64 n = 0;

	__asm__ volatile("msr daifset, #15\n\tisb" ::: "memory");
	if (cpu != 0)
		gic_cpu_init();
	gic_enable(INTID_VTIMER);
	gic_enable(1);
	gic_sgi(1);
	sysreg_write(cntv_tval_el0, 0);
	sysreg_write(cntv_ctl_el0, 1);
	isb();
	for (;;)
		n = n + 1;
}

static void all(void)
{
	gic_init();
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT_EQ(smp_start(i, spin, i), 0);
	print("MASKED %u\n", smp_cpus());
	spin(0);
}

const struct test tests[] = { TEST(all), { 0 } };
