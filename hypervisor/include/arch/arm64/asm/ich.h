/* SPDX-License-Identifier: BSD-3-Clause */
/* List registers and friends (IHI 0069H 12.4). Host tests put their model of the virtual CPU interface in its place. */
#ifndef ASM_ICH_H
#define ASM_ICH_H

#include <lib/bits.h>

#define ICH_LR_VINTID GENMASK(31, 0)
#define ICH_LR_PINTID GENMASK(44, 32)
#define ICH_LR_EOI BIT(41) /* when HW = 0 */
#define ICH_LR_PRIORITY GENMASK(55, 48)
#define ICH_LR_GROUP BIT(60)
#define ICH_LR_HW BIT(61)
#define ICH_LR_PENDING BIT(62)
#define ICH_LR_ACTIVE BIT(63)

#define ICH_HCR_EN BIT(0)
#define ICH_HCR_UIE BIT(1)
#define ICH_HCR_LRENPIE BIT(2)
#define ICH_HCR_NPIE BIT(3)
#define ICH_HCR_VGRP0EIE BIT(4)
#define ICH_HCR_VGRP0DIE BIT(5)
#define ICH_HCR_VGRP1EIE BIT(6)
#define ICH_HCR_VGRP1DIE BIT(7)
#define ICH_HCR_TC BIT(10)
#define ICH_HCR_TALL0 BIT(11)
#define ICH_HCR_TALL1 BIT(12)
#define ICH_HCR_TSEI BIT(13)
#define ICH_HCR_TDIR BIT(14)
#define ICH_HCR_EOICOUNT GENMASK(31, 27)

#define ICH_MISR_EOI BIT(0)
#define ICH_MISR_U BIT(1)
#define ICH_MISR_LRENP BIT(2)
#define ICH_MISR_NP BIT(3)
#define ICH_MISR_VGRP0E BIT(4)
#define ICH_MISR_VGRP0D BIT(5)
#define ICH_MISR_VGRP1E BIT(6)
#define ICH_MISR_VGRP1D BIT(7)

#define ICH_VMCR_VENG0 BIT(0)
#define ICH_VMCR_VENG1 BIT(1)
#define ICH_VMCR_VCBPR BIT(4)
#define ICH_VMCR_VEOIM BIT(9)
#define ICH_VMCR_VBPR1 GENMASK(20, 18)
#define ICH_VMCR_VBPR0 GENMASK(23, 21)
#define ICH_VMCR_VPMR GENMASK(31, 24)

#define ICH_MAX_LRS 16U
#define ICH_FAST_LRS 4U

#ifndef HOST_TEST
#include <asm/sysreg.h>

#define ICH_LR0_EL2 S3_4_C12_C12_0
#define ICH_LR1_EL2 S3_4_C12_C12_1
#define ICH_LR2_EL2 S3_4_C12_C12_2
#define ICH_LR3_EL2 S3_4_C12_C12_3

u64 ich_read_lr_n(u32 n); /* 0 <= n < number of list registers */
void ich_write_lr_n(u32 n, u64 v);

/* The first four, n < ICH_FAST_LRS, which most CPUs have and most exits use: no jump table, no call. */
static inline u64 ich_read_fast_lr(u32 n)
{
	if (n == 0)
		return read_sysreg(ICH_LR0_EL2);
	if (n == 1)
		return read_sysreg(ICH_LR1_EL2);
	return n == 2 ? read_sysreg(ICH_LR2_EL2) : read_sysreg(ICH_LR3_EL2);
}

static inline void ich_write_fast_lr(u32 n, u64 v)
{
	if (n == 0)
		write_sysreg(v, ICH_LR0_EL2);
	else if (n == 1)
		write_sysreg(v, ICH_LR1_EL2);
	else if (n == 2)
		write_sysreg(v, ICH_LR2_EL2);
	else
		write_sysreg(v, ICH_LR3_EL2);
}

static inline u64 ich_read_lr(u32 n)
{
	return n < ICH_FAST_LRS ? ich_read_fast_lr(n) : ich_read_lr_n(n);
}

static inline void ich_write_lr(u32 n, u64 v)
{
	if (n < ICH_FAST_LRS)
		ich_write_fast_lr(n, v);
	else
		ich_write_lr_n(n, v);
}

static inline u64 ich_read_hcr(void)
{
	return read_sysreg(ICH_HCR_EL2);
}

static inline void ich_write_hcr(u64 v)
{
	write_sysreg(v, ICH_HCR_EL2);
}

static inline u64 ich_read_vmcr(void)
{
	return read_sysreg(ICH_VMCR_EL2);
}

static inline void ich_write_vmcr(u64 v)
{
	write_sysreg(v, ICH_VMCR_EL2);
}

static inline u64 ich_read_misr(void)
{
	return read_sysreg(ICH_MISR_EL2);
}

static inline u64 ich_read_eisr(void)
{
	return read_sysreg(ICH_EISR_EL2);
}

static inline u64 ich_read_elrsr(void)
{
	return read_sysreg(ICH_ELRSR_EL2);
}

u64 ich_read_ap0r(u32 n); /* 0..3; only those that prebits implies exist */
u64 ich_read_ap1r(u32 n);
void ich_write_ap0r(u32 n, u64 v);
void ich_write_ap1r(u32 n, u64 v);
#endif

#endif
