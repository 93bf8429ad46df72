/* SPDX-License-Identifier: BSD-3-Clause */
/* ESR_ELx fields (ARM ARM D19.2.37). */
#ifndef ASM_ESR_H
#define ASM_ESR_H

#include <lib/bits.h>

#define ESR_EC GENMASK(31, 26)
#define ESR_IL BIT(25)
#define ESR_ISS GENMASK(24, 0)

#define EC_UNKNOWN 0x00U
#define EC_WFX 0x01U
#define EC_FP 0x07U
#define EC_PAC 0x09U
#define EC_LS64 0x0aU
#define EC_BTI 0x0dU
#define EC_ILLEGAL 0x0eU
#define EC_HVC32 0x12U
#define EC_SMC32 0x13U
#define EC_SVC64 0x15U
#define EC_HVC64 0x16U
#define EC_SMC64 0x17U
#define EC_SYSREG 0x18U
#define EC_SVE 0x19U
#define EC_ERET 0x1aU
#define EC_SME 0x1dU
#define EC_IABT_LOW 0x20U
#define EC_IABT_CUR 0x21U
#define EC_PC_ALIGN 0x22U
#define EC_DABT_LOW 0x24U
#define EC_DABT_CUR 0x25U
#define EC_SP_ALIGN 0x26U
#define EC_SERROR 0x2fU
#define EC_BRK 0x3cU

/* Data/instruction abort ISS */
#define ISS_DFSC GENMASK(5, 0)
#define ISS_WNR BIT(6)
#define ISS_S1PTW BIT(7)
#define ISS_CM BIT(8)
#define ISS_EA BIT(9)
#define ISS_FNV BIT(10)
#define ISS_AR BIT(14)
#define ISS_SF BIT(15)
#define ISS_SRT GENMASK(20, 16)
#define ISS_SSE BIT(21)
#define ISS_SAS GENMASK(23, 22)
#define ISS_ISV BIT(24)

/* MSR/MRS/system-instruction trap ISS: an encoding without direction and Rt, comparable with SYSREG_ISS(). */
#define ISS_SYS_READ BIT(0)
#define ISS_SYS_RT GENMASK(9, 5)
#define SYSREG_ISS(op0, op1, crn, crm, op2)                                                                            \
	(((u32)(op0) << 20) | ((u32)(op2) << 17) | ((u32)(op1) << 14) | ((u32)(crn) << 10) | ((u32)(crm) << 1))
#define SYSREG_ISS_MASK SYSREG_ISS(3, 7, 15, 15, 7)

#endif
