/* SPDX-License-Identifier: BSD-3-Clause */
#include <gic.h>
#include <smp.h>

#define FIRST_SPI 32U
#define ARE_GRP1_GRP0 0x13U
#define WAKER_SLEEP 2U
#define WAKER_ASLEEP 4U
#define WAIT_MS 2000U
#define CTLR_EOIMODE BIT(1)

static u64 frame_of(u32 intid)
{
	return intid < FIRST_SPI ? gicr_base(smp_self()) + 0x10000 : GICD;
}

bool gic_bit(u32 reg, u32 intid)
{
	return mmio_read32(frame_of(intid) + reg + intid / 32 * 4) & BIT(intid % 32);
}

void gic_set_bit(u32 reg, u32 intid)
{
	mmio_write32(frame_of(intid) + reg + intid / 32 * 4, (u32)BIT(intid % 32));
}

void gic_enable(u32 intid)
{
	gic_set_bit(GIC_ISENABLER, intid);
}

void gic_disable(u32 intid)
{
	gic_set_bit(GIC_ICENABLER, intid);
	dsb();
}

void gic_pend(u32 intid)
{
	gic_set_bit(GIC_ISPENDR, intid);
	dsb();
}

void gic_unpend(u32 intid)
{
	gic_set_bit(GIC_ICPENDR, intid);
	dsb();
}

bool gic_is_active(u32 intid)
{
	return gic_bit(GIC_ISACTIVER, intid);
}

bool gic_is_pending(u32 intid)
{
	return gic_bit(GIC_ISPENDR, intid);
}

void gic_priority(u32 intid, u8 prio)
{
	mmio_write8(frame_of(intid) + GIC_IPRIORITYR + intid, prio);
}

void gic_group(u32 intid, u32 group)
{
	u64 a = frame_of(intid) + GIC_IGROUPR + intid / 32 * 4;
	u32 bit = (u32)BIT(intid % 32);

	mmio_write32(a, group != 0 ? mmio_read32(a) | bit : mmio_read32(a) & ~bit);
}

void gic_edge(u32 intid, bool edge)
{
	u64 a = frame_of(intid) + GIC_ICFGR + intid / 16 * 4;
	u32 bit = (u32)BIT(intid % 16 * 2 + 1);

	mmio_write32(a, edge ? mmio_read32(a) | bit : mmio_read32(a) & ~bit);
}

void gic_eoimode(bool split)
{
	u64 v = sysreg_read(S3_0_C12_C12_4); /* ICC_CTLR_EL1 */

	sysreg_write(S3_0_C12_C12_4, split ? v | CTLR_EOIMODE : v & ~CTLR_EOIMODE);
	isb();
}

void gic_sgi(u32 intid)
{
	u64 mpidr = sysreg_read(mpidr_el1);
	u64 v = FIELD(mpidr, 39, 32) << 48 | FIELD(mpidr, 23, 16) << 32 | FIELD(mpidr, 15, 8) << 16 | (u64)intid << 24 |
		BIT(mpidr & 0xfU);

	dsb();
	sysreg_write(S3_0_C12_C11_5, v); /* ICC_SGI1R_EL1 */
	isb();
}

static void bank_init(u64 frame, u32 first)
{
	u32 word = first / 32 * 4;

	mmio_write32(frame + GIC_ICENABLER + word, ~0U);
	mmio_write32(frame + GIC_ICPENDR + word, ~0U);
	mmio_write32(frame + GIC_ICACTIVER + word, ~0U);
	mmio_write32(frame + GIC_IGROUPR + word, ~0U);
	for (u32 i = 0; i < 32; i += 4)
		mmio_write32(frame + GIC_IPRIORITYR + first + i, GIC_PRIO_DEFAULT * 0x01010101U);
}

/* Finish what a failed test left active in the CPU interface: its priorities are only known to the APRs. */
static void drop_priorities(void)
{
	sysreg_write(S3_0_C12_C8_4, 0); /* ICC_AP0R0_EL1 */
	sysreg_write(S3_0_C12_C9_0, 0); /* ICC_AP1R0_EL1 */
	isb();
}

void gic_sleep(bool on)
{
	u64 waker = gicr_base(smp_self()) + GICR_WAKER;

	mmio_write32(waker, on ? WAKER_SLEEP : 0);
	while (!!(mmio_read32(waker) & WAKER_ASLEEP) != on)
		;
}

void gic_init(void)
{
	u32 lines = 32 * ((mmio_read32(GICD + GICD_TYPER) & 0x1fU) + 1);
	u64 affinity = sysreg_read(mpidr_el1) & UINT64_C(0xff00ffffff);

	mmio_write32(GICD + GICD_CTLR, ARE_GRP1_GRP0 & ~3U);
	mmio_write32(GICR + GICR_WAKER, mmio_read32(GICR + GICR_WAKER) & ~WAKER_SLEEP);
	while (mmio_read32(GICR + GICR_WAKER) & WAKER_ASLEEP)
		;
	bank_init(GICR_SGI, 0);
	mmio_write32(GICR_SGI + GIC_ICFGR + 4, 0);
	for (u32 i = FIRST_SPI; i < lines && i < 1020; i += 32) {
		bank_init(GICD, i);
		mmio_write32(GICD + GIC_ICFGR + i / 4, 0);
		mmio_write32(GICD + GIC_ICFGR + i / 4 + 4, 0);
		for (u32 n = i; n < i + 32 && n < 1020; n++)
			mmio_write64(GICD + GICD_IROUTER + n * 8, affinity);
	}
	mmio_write32(GICD + GICD_CTLR, ARE_GRP1_GRP0);
	sysreg_write(S3_0_C12_C12_5, 1); /* ICC_SRE_EL1 */
	isb();
	drop_priorities();
	gic_eoimode(false);
	sysreg_write(S3_0_C12_C8_3, 0);  /* ICC_BPR0_EL1 */
	sysreg_write(S3_0_C12_C12_3, 0); /* ICC_BPR1_EL1 */
	sysreg_write(S3_0_C12_C12_6, 0); /* ICC_IGRPEN0_EL1 */
	sysreg_write(S3_0_C12_C12_7, 1); /* ICC_IGRPEN1_EL1 */
	gic_pmr(0xff);
}

void gic_cpu_init(void)
{
	u64 rd = gicr_base(smp_self());

	mmio_write32(rd + GICR_WAKER, mmio_read32(rd + GICR_WAKER) & ~WAKER_SLEEP);
	while (mmio_read32(rd + GICR_WAKER) & WAKER_ASLEEP)
		;
	bank_init(rd + 0x10000, 0);
	mmio_write32(rd + 0x10000 + GIC_ICFGR + 4, 0);
	sysreg_write(S3_0_C12_C12_5, 1); /* ICC_SRE_EL1 */
	isb();
	drop_priorities();
	gic_eoimode(false);
	sysreg_write(S3_0_C12_C8_3, 0);
	sysreg_write(S3_0_C12_C12_3, 0);
	sysreg_write(S3_0_C12_C12_6, 0);
	sysreg_write(S3_0_C12_C12_7, 1);
	gic_pmr(0xff);
}

u32 gic_wait(void)
{
	u64 start = now();
	u32 intid;

	do {
		intid = gic_ack();
	} while (intid == GIC_NONE && now() - start < ticks_ms(WAIT_MS));
	return intid;
}
