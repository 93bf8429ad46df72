/* SPDX-License-Identifier: BSD-3-Clause */
/* Register frames of the physical GICv3 (IHI 0069H chapter 12), shared by gicv3*.c. */
#ifndef GICV3_INTERNAL_H
#define GICV3_INTERNAL_H

#include <asm/gicv3.h>
#include <asm/io.h>
#include <asm/page.h>
#include <lib/bits.h>

#define GIC_FRAME_SIZE 0x10000U
#define GIC_PRIVATE 32U /* SGIs and PPIs */

/* The same offsets in the distributor and in a redistributor's SGI frame */
#define GIC_IGROUPR 0x0080U
#define GIC_ISENABLER 0x0100U
#define GIC_ICENABLER 0x0180U
#define GIC_ISPENDR 0x0200U
#define GIC_ICPENDR 0x0280U
#define GIC_ISACTIVER 0x0300U
#define GIC_ICACTIVER 0x0380U
#define GIC_IPRIORITYR 0x0400U
#define GIC_ICFGR 0x0c00U
#define GIC_IGRPMODR 0x0d00U

#define GICD_CTLR 0x0000U
#define GICD_TYPER 0x0004U
#define GICD_IROUTER 0x6000U
#define GIC_PIDR2 0xffe8U /* GICD and GICR */

/* Group 1 enable and affinity routing sit at the same bits in the one-state view and in the Non-secure view (12.9.4).
 */
#define GICD_CTLR_GRP1 BIT32(1)
#define GICD_CTLR_ARE BIT32(4)
#define GICD_CTLR_RWP BIT32(31)
#define GICD_TYPER_LINES GENMASK(4, 0)

#define GICR_CTLR 0x0000U
#define GICR_TYPER 0x0008U
#define GICR_WAKER 0x0014U
#define GICR_SGI_FRAME GIC_FRAME_SIZE
#define GICR_CTLR_RWP BIT32(3)
#define GICR_TYPER_VLPIS BIT(1)
#define GICR_TYPER_LAST BIT(4)
#define GICR_TYPER_AFFINITY GENMASK(63, 32)
#define GICR_WAKER_SLEEP BIT32(1)
#define GICR_WAKER_CHILDREN BIT32(2)
#define GICR_FRAMES 2U
#define GICR_FRAMES_VLPI 4U

/* Four byte-sized priorities */
#define GIC_PRIO_GUEST_X4 (GIC_PRIO_GUEST * 0x01010101U)

/* gic_wait() - until @bits of the register at @reg are clear. Return: 0, -EIO after a bound that no working GIC
 * reaches. */
int __must_check gic_wait(paddr_t reg, u32 bits);

/* gic_reset_block() - registers of INTIDs @base..@base+31 in @frame: Group 1, disabled, inactive, not pending, one
 * priority. */
void gic_reset_block(paddr_t frame, u32 base);

/* gicr_size() - bytes of the redistributor at @rd, from @g or its TYPER. */
u64 gicr_size(const struct host_gic *g, u64 typer);

/* gicr_find() - RD_base of the CPU with affinity @mpidr, or 0. The frames were mapped by gicr_map_all(). */
paddr_t gicr_find(u64 mpidr);
int __must_check gicr_map_all(const struct host_gic *g);

#endif
