/* SPDX-License-Identifier: BSD-3-Clause */
/* This CPU's redistributor and CPU interface. EOImode = 1: a write of EOIR drops the priority, DIR deactivates. */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/sysreg.h>
#include <lib/errno.h>

#include "gicv3_internal.h"

#define ICC_AP1R0_EL1 S3_0_C12_C9_0
#define ICC_AP1R1_EL1 S3_0_C12_C9_1
#define ICC_AP1R2_EL1 S3_0_C12_C9_2
#define ICC_AP1R3_EL1 S3_0_C12_C9_3

#define PFR0_GIC GENMASK(27, 24)
#define CTLR_EOIMODE BIT(1)
#define CTLR_PRIBITS GENMASK(10, 8)
#define PMR_ALL 0xffU
#define SRE BIT(0)

static int init_redist(struct pcpu *p)
{
	paddr_t rd = gicr_find(p->mpidr);

	if (!rd)
		return -ENODEV;
	p->gicr = rd;
	/* Reads as zero where only the secure side may wake it, and then firmware has. */
	mmio_write32(rd + GICR_WAKER, mmio_read32(rd + GICR_WAKER) & ~GICR_WAKER_SLEEP);
	if (gic_wait(rd + GICR_WAKER, GICR_WAKER_CHILDREN))
		return -EIO;
	gic_reset_block(rd + GICR_SGI_FRAME, 0);
	return gic_wait(rd + GICR_CTLR, GICR_CTLR_RWP);
}

/* Priorities that somebody before us left active would block ours for good. */
static void clear_active_priorities(void)
{
	u64 bits = FIELD_GET(CTLR_PRIBITS, read_sysreg(ICC_CTLR_EL1)) + 1;

	write_sysreg(0, ICC_AP1R0_EL1);
	if (bits > 5)
		write_sysreg(0, ICC_AP1R1_EL1);
	if (bits > 6) {
		write_sysreg(0, ICC_AP1R2_EL1);
		write_sysreg(0, ICC_AP1R3_EL1);
	}
}

static int init_interface(void)
{
	if (!FIELD_GET(PFR0_GIC, read_sysreg(id_aa64pfr0_el1)))
		return -ENODEV;
	write_sysreg(ICC_SRE_EL2_ON, ICC_SRE_EL2);
	isb();
	if (!(read_sysreg(ICC_SRE_EL2) & SRE))
		return -ENODEV;
	/* Not virtualised: guests read back what EL2 leaves here. */
	write_sysreg(ICC_SRE_EL1_ON, ICC_SRE_EL1);
	/* Where the bit can be cleared at all, one guest could take the registers away from the next: EL1's access
	 * traps. */
	write_sysreg(ICC_SRE_EL2_ON & ~ICC_SRE_EL2_ENABLE, ICC_SRE_EL2);
	isb();
	write_sysreg(0, ICC_IGRPEN1_EL1);
	write_sysreg(PMR_ALL, ICC_PMR_EL1);
	write_sysreg(0, ICC_BPR1_EL1);
	write_sysreg(CTLR_EOIMODE, ICC_CTLR_EL1);
	isb();
	clear_active_priorities();
	isb();
	write_sysreg(1, ICC_IGRPEN1_EL1);
	isb();
	return 0;
}

/* ICC_SGI1R_EL1 (IHI 0069H 12.2.19): 16 CPUs of one cluster by range selector and target list. */
#define SGI_AFF3_SHIFT 48U
#define SGI_RS_SHIFT 44U
#define SGI_IRM BIT(40)
#define SGI_AFF2_SHIFT 32U
#define SGI_INTID_SHIFT 24U
#define SGI_AFF1_SHIFT 16U
#define SGI_PER_RANGE 16U
#define AFF(mpidr, shift) (((mpidr) >> (shift)) & 0xffU)

static u64 kick_value(u64 m)
{
	return AFF(m, 32) << SGI_AFF3_SHIFT | AFF(m, 0) / SGI_PER_RANGE << SGI_RS_SHIFT | AFF(m, 16) << SGI_AFF2_SHIFT |
		(u64)SGI_KICK << SGI_INTID_SHIFT | AFF(m, 8) << SGI_AFF1_SHIFT | BIT(AFF(m, 0) % SGI_PER_RANGE);
}

int gicv3_cpu_init(struct pcpu *p)
{
	int r = init_redist(p);

	p->kick = kick_value(p->mpidr);
	return r ? r : init_interface();
}

void gicv3_cpu_off(void)
{
	/* The registers are UNDEFINED before the interface was switched on. */
	if (!this_pcpu() || !this_pcpu()->gicr)
		return;
	write_sysreg(0, ICC_IGRPEN1_EL1);
	isb();
}

void pcpu_stop_others(void)
{
	dsb(ishst);
	write_sysreg(SGI_IRM | (u64)SGI_STOP << SGI_INTID_SHIFT, ICC_SGI1R_EL1);
	isb();
}
