/* SPDX-License-Identifier: BSD-3-Clause */
/* The physical GICv3 (IHI 0069H): distributor, redistributors, CPU interface at EL2 with EOImode = 1. Both DS views
 * work. */
#ifndef ASM_GICV3_H
#define ASM_GICV3_H

#include <asm/barrier.h>
#include <asm/sysreg.h>
#include <common/fdt_host.h>
#include <lib/types.h>

struct pcpu;

#define GIC_PRIO_EL2 0x40U      /* EL2's own interrupts */
#define GIC_PRIO_GUEST 0xa0U    /* forwarded ones */
#define GIC_INTID_SPECIAL 1020U /* from here to the next: no interrupt */
#define GIC_INTID_SPURIOUS 1023U

/* gicv3_init() - map and initialise the distributor: all SPIs Group 1, disabled, inactive. Return: 0, -ENODEV, -EIO
 * (nothing answers, or no GICv3; a line has said so). */
int __must_check gicv3_init(const struct host_gic *g);
/* gicv3_cpu_init() - find and wake this CPU's redistributor (fills p->gicr), set up PPIs, SGIs and the CPU interface.
 */
int __must_check gicv3_cpu_init(struct pcpu *p);
/* gicv3_cpu_off() - this CPU gets no interrupt any more, so that WFI waits. Harmless before gicv3_cpu_init(). */
void gicv3_cpu_off(void);
/* First INTID beyond the SPIs of this GIC. */
u32 gic_nr_intids(void);

/* Per-INTID operations; for INTID < 32 on this CPU's redistributor, which is the caller's. All complete before they
 * return. */
void gic_enable(u32 intid);
void gic_disable(u32 intid);
void gic_set_priority(u32 intid, u8 prio);
/* gic_is_ours() - can @intid, whose priority was set, be used at all? Those that the Secure world keeps for itself
 * (Group 0, Secure Group 1) read as zero and ignore writes in the Non-secure view (IHI 0069H 4.8.6). */
bool gic_is_ours(u32 intid);
void gic_set_edge(u32 intid, bool edge);
void gic_set_target(u32 intid, u64 mpidr); /* SPIs */
void gic_set_pending(u32 intid);
void gic_clear_pending(u32 intid);
void gic_set_active(u32 intid);
void gic_clear_active(u32 intid);
bool gic_is_active(u32 intid);
bool gic_is_pending(u32 intid);
bool gic_is_enabled(u32 intid);

/*
 * The CPU interface's part of every interrupt. gic_ack() - ICC_IAR1_EL1 with the barrier it needs; GIC_INTID_SPURIOUS
 * when there is none; gic_ack_raw() - all of 1020-1023 can come then. gic_eoi() - priority drop only (EOImode = 1).
 * gic_dir() - deactivate. gic_drop() - gic_eoi() for who returns to the guest soon: ERET is the context synchronization
 * event that the drop needs.
 */
#ifdef HOST_TEST
u32 gic_ack(void);
void gic_eoi(u32 intid);
void gic_drop(u32 intid);
void gic_dir(u32 intid);
#else
static inline u32 gic_ack_raw(void)
{
	u32 intid = (u32)read_sysreg(ICC_IAR1_EL1);

	/* The interrupt is active for everybody after this (IHI 0069H 12.1.2). */
	dsb(sy);
	return intid;
}

static inline u32 gic_ack(void)
{
	u32 intid = gic_ack_raw();

	return intid >= GIC_INTID_SPECIAL && intid < GIC_INTID_SPURIOUS ? GIC_INTID_SPURIOUS : intid;
}

static inline void gic_drop(u32 intid)
{
	write_sysreg(intid, ICC_EOIR1_EL1);
}

static inline void gic_eoi(u32 intid)
{
	gic_drop(intid);
	isb();
}

static inline void gic_dir(u32 intid)
{
	write_sysreg(intid, ICC_DIR_EL1);
	isb();
}
#endif

#endif
