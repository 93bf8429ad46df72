/* SPDX-License-Identifier: BSD-3-Clause */
/* Turns its GIC off in every way there is, in turns with using it, and spins on all CPUs. */
#include <gic.h>
#include <smp.h>
#include <test.h>

#define WAKER_SLEEP 2U
#define NO_SUCH_AFFINITY UINT64_C(0xff00ffff00)
#define SPIS_END 256U
#define SPIN 20000U

const bool want_mmu = true;

/* Active, pending and disabled at once, at the lowest priority, routed to nobody. */
static void bury_spis(void)
{
	for (u32 i = 32; i < SPIS_END; i++)
		mmio_write64(GICD + GICD_IROUTER + i * 8, NO_SUCH_AFFINITY);
	for (u32 i = 32; i < SPIS_END; i += 32) {
		mmio_write32(GICD + GIC_ISPENDR + i / 8, ~0U);
		mmio_write32(GICD + GIC_ISACTIVER + i / 8, ~0U);
		mmio_write32(GICD + GIC_ICENABLER + i / 8, ~0U);
		mmio_write32(GICD + GIC_IGROUPR + i / 8, 0);
	}
	for (u32 i = 32; i < SPIS_END; i += 4)
		mmio_write32(GICD + GIC_IPRIORITYR + i, ~0U);
}

static void off(void)
{
	u64 rd = gicr_base(smp_self()), sgi = rd + 0x10000;

	gic_pmr(0);
	sysreg_write(S3_0_C12_C12_7, 0); /* ICC_IGRPEN1_EL1 */
	sysreg_write(S3_0_C12_C12_6, 0); /* ICC_IGRPEN0_EL1 */
	sysreg_write(S3_0_C12_C12_5, 0); /* ICC_SRE_EL1 */
	isb();
	mmio_write32(sgi + GIC_ISACTIVER, ~0U);
	mmio_write32(sgi + GIC_ISPENDR, ~0U);
	mmio_write32(sgi + GIC_ICENABLER, ~0U);
	mmio_write32(sgi + GIC_IGROUPR, 0);
	mmio_write32(rd + GICR_WAKER, WAKER_SLEEP);
	mmio_write32(GICD + GICD_CTLR, 0);
	dsb();
}

/* A little use in between, so that there is always something to turn off. */
static void on(void)
{
	gic_cpu_init();
	mmio_write32(GICD + GICD_CTLR, 3);
	mmio_write32(gicr_base(smp_self()) + 0x10000 + GIC_ISENABLER, ~0U);
	sgi_others(2);
	sgi_to(smp_self(), 3);
	(void)gic_ack(); /* and no end */
}

static void spoil(u64 cpu)
{
	volatile u64 n;

	(void)cpu;
	for (;;) {
		irq_mask();
		on();
		off();
		if (smp_self() == 0)
			bury_spis();
		for (n = 0; n < SPIN; n = n + 1)
			;
	}
}

static void all(void)
{
	gic_init();
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT_EQ(smp_start(i, spoil, i), 0);
	print("GICOFF %u\n", smp_cpus());
	spoil(0);
}

const struct test tests[] = { TEST(all), { 0 } };
