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

#ifndef HOST_TEST
u64 ich_read_lr(u32 n); /* 0 <= n < number of list registers */
void ich_write_lr(u32 n, u64 v);
u64 ich_read_ap0r(u32 n); /* 0..3; only those that prebits implies exist */
u64 ich_read_ap1r(u32 n);
void ich_write_ap0r(u32 n, u64 v);
void ich_write_ap1r(u32 n, u64 v);
u64 ich_read_hcr(void);
void ich_write_hcr(u64 v);
u64 ich_read_vmcr(void);
void ich_write_vmcr(u64 v);
u64 ich_read_misr(void);
u64 ich_read_eisr(void);
u64 ich_read_elrsr(void);
#endif

#endif
