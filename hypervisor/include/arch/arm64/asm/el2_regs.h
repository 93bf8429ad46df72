/* SPDX-License-Identifier: BSD-3-Clause */
/* Fields of the EL2 control registers, and of EL1 ones that EL2 sets for a guest (ARM ARM D19.2). */
#ifndef ASM_EL2_REGS_H
#define ASM_EL2_REGS_H

#include <lib/bits.h>

#define HCR_VM BIT(0)
#define HCR_SWIO BIT(1)
#define HCR_PTW BIT(2)
#define HCR_FMO BIT(3)
#define HCR_IMO BIT(4)
#define HCR_AMO BIT(5)
#define HCR_VSE BIT(8)
#define HCR_FB BIT(9)
#define HCR_BSU_IS FIELD_PREP(GENMASK(11, 10), 1)
#define HCR_TWI BIT(13)
#define HCR_TWE BIT(14)
#define HCR_TID2 BIT(17)
#define HCR_TID3 BIT(18)
#define HCR_TSC BIT(19)
#define HCR_TIDCP BIT(20)
#define HCR_TACR BIT(21)
#define HCR_TDZ BIT(28)
#define HCR_RW BIT(31)
#define HCR_TLOR BIT(35)
#define HCR_TERR BIT(36)
#define HCR_APK BIT(40)
#define HCR_API BIT(41)
#define HCR_TID5 BIT(58)

/* CPTR_EL2, nVHE layout */
#define CPTR_RES1 UINT64_C(0x32ff)
#define CPTR_TZ BIT(8)
#define CPTR_TSM BIT(12)
#define CPTR_TTA BIT(20)
#define CPTR_TAM BIT(30)

/* SVE: LEN = quadwords - 1; the effective length is the longest that exists up to it. */
#define ZCR_LEN GENMASK(8, 0)

#define MDCR_HPMN GENMASK(4, 0)
#define MDCR_TPMCR BIT(5)
#define MDCR_TPM BIT(6)
#define MDCR_TDA BIT(9)
#define MDCR_TDOSA BIT(10)
#define MDCR_TDRA BIT(11)
#define MDCR_TPMS BIT(14)
#define MDCR_HPMD BIT(17)
#define MDCR_TTRF BIT(19)

#define CNTHCTL_EL1PCTEN BIT(0)
#define CNTHCTL_EL1PCEN BIT(1)

#define CNT_CTL_ENABLE BIT(0)
#define CNT_CTL_IMASK BIT(1)
#define CNT_CTL_ISTATUS BIT(2)

#define SCTLR_M BIT(0)
#define SCTLR_SPAN BIT(23)
#define SCTLR_DSSBS BIT(44)
#define SCTLR_EL1_RESET UINT64_C(0x30d00800) /* RES1 bits; MMU and caches off, little-endian */
#define TCR_EPD0 BIT(7)
#define TCR_EPD1 BIT(23)

#define PSTATE_SP BIT(0)
#define PSTATE_EL GENMASK(3, 2)
#define PSTATE_AARCH32 BIT(4)
#define PSTATE_T32 BIT(5)
#define PSTATE_DAIF GENMASK(9, 6)
#define PSTATE_BTYPE GENMASK(11, 10)
#define PSTATE_SSBS BIT(12)
#define PSTATE_IT_HI GENMASK(15, 10) /* AArch32: IT[7:2] */
#define PSTATE_IL BIT(20)
#define PSTATE_SS BIT(21)
#define PSTATE_PAN BIT(22)
#define PSTATE_DIT BIT(24)
#define PSTATE_IT_LO GENMASK(26, 25) /* AArch32: IT[1:0] */
#define PSTATE_NZCV GENMASK(31, 28)
#define PSTATE_EL1H UINT64_C(5)

#endif
