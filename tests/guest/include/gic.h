/* SPDX-License-Identifier: BSD-3-Clause */
/* A GICv3 driver for tests: every operation is one visible register access, nothing is cached. */
#ifndef GIC_H
#define GIC_H

#include <guest.h>

#ifndef GICD
#define GICD UINT64_C(0x08000000)
#define GICR UINT64_C(0x080a0000)
#endif
#define GICR_SGI (GICR + 0x10000)
#define GICD_SIZE 0x10000U
#define GICR_SIZE 0x20000U

#define GICD_CTLR 0x0000U
#define GICD_TYPER 0x0004U
#define GIC_IGROUPR 0x0080U
#define GIC_ISENABLER 0x0100U
#define GIC_ICENABLER 0x0180U
#define GIC_ISPENDR 0x0200U
#define GIC_ICPENDR 0x0280U
#define GIC_ISACTIVER 0x0300U
#define GIC_ICACTIVER 0x0380U
#define GIC_IPRIORITYR 0x0400U
#define GIC_ICFGR 0x0c00U
#define GICD_IROUTER 0x6000U
#define GIC_PIDR2 0xffe8U
#define GICR_TYPER 0x0008U
#define GICR_WAKER 0x0014U

#define GIC_NONE 1023U
#define INTID_VTIMER 27U
#define INTID_PTIMER 30U
#define GIC_PRIO_DEFAULT 0xa0U

/* gic_init() - everything disabled, inactive, not pending, Group 1, GIC_PRIO_DEFAULT, routed here; EOImode 0, PMR open.
 */
void gic_init(void);
/* gic_sleep() - put this CPU's redistributor to sleep (GICR_WAKER), or wake it. */
void gic_sleep(bool on);
/* Bit @intid of the set/clear register bank at @reg, of the distributor or this CPU's redistributor. */
bool gic_bit(u32 reg, u32 intid);
void gic_set_bit(u32 reg, u32 intid);
void gic_enable(u32 intid);
void gic_disable(u32 intid);
void gic_pend(u32 intid);
void gic_unpend(u32 intid);
bool gic_is_active(u32 intid);
bool gic_is_pending(u32 intid);
void gic_priority(u32 intid, u8 prio);
void gic_group(u32 intid, u32 group);
void gic_edge(u32 intid, bool edge);
void gic_eoimode(bool split);
void gic_sgi(u32 intid); /* to this CPU */

static inline u32 gic_ack(void)
{
	u64 v;

	dsb();
	v = sysreg_read(S3_0_C12_C12_0); /* ICC_IAR1_EL1 */
	dsb();
	return (u32)v;
}

static inline void gic_eoi(u32 intid)
{
	sysreg_write(S3_0_C12_C12_1, intid); /* ICC_EOIR1_EL1 */
	isb();
}

static inline void gic_dir(u32 intid)
{
	sysreg_write(S3_0_C12_C11_1, intid); /* ICC_DIR_EL1 */
	isb();
}

static inline void gic_pmr(u8 v)
{
	sysreg_write(S3_0_C4_C6_0, v); /* ICC_PMR_EL1 */
	isb();
}

static inline u32 gic_rpr(void)
{
	isb();
	return (u32)sysreg_read(S3_0_C12_C11_3); /* ICC_RPR_EL1 */
}

/* gic_wait() - acknowledge the next interrupt, for at most 2 seconds. Return: INTID or GIC_NONE. */
u32 gic_wait(void);

#endif
