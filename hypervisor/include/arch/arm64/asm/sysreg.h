/* SPDX-License-Identifier: BSD-3-Clause */
/* System register access. Names are those of the Arm ARM; registers the assembler may not know are given as S<op0>_...
 */
#ifndef ASM_SYSREG_H
#define ASM_SYSREG_H

#include <lib/bits.h>

#define SYSREG_STR_(r) #r
#define SYSREG_STR(r) SYSREG_STR_(r)

#define read_sysreg(r)                                                                                                 \
	({                                                                                                             \
		u64 v_;                                                                                                \
		__asm__ volatile("mrs %0, " SYSREG_STR(r) : "=r"(v_)::"memory");                                       \
		v_;                                                                                                    \
	})
#define write_sysreg(v, r) __asm__ volatile("msr " SYSREG_STR(r) ", %x0" ::"rZ"((u64)(v)) : "memory")

#define ZCR_EL1 S3_0_C1_C2_0
#define ZCR_EL2 S3_4_C1_C2_0

/* GICv3 CPU interface (IHI 0069H chapter 12.2 to 12.4), by encoding so that every assembler takes them. */
#define ICC_PMR_EL1 S3_0_C4_C6_0
#define ICC_DIR_EL1 S3_0_C12_C11_1
#define ICC_RPR_EL1 S3_0_C12_C11_3
#define ICC_SGI1R_EL1 S3_0_C12_C11_5
#define ICC_IAR1_EL1 S3_0_C12_C12_0
#define ICC_EOIR1_EL1 S3_0_C12_C12_1
#define ICC_HPPIR1_EL1 S3_0_C12_C12_2
#define ICC_BPR1_EL1 S3_0_C12_C12_3
#define ICC_CTLR_EL1 S3_0_C12_C12_4
#define ICC_SRE_EL1 S3_0_C12_C12_5
#define ICC_IGRPEN0_EL1 S3_0_C12_C12_6
#define ICC_IGRPEN1_EL1 S3_0_C12_C12_7
#define ICC_SRE_EL2 S3_4_C12_C9_5
#define ICC_SRE_EL2_ON UINT64_C(0xf)     /* Enable, DIB, DFB, SRE */
#define ICC_SRE_EL2_ENABLE UINT64_C(0x8) /* EL1 may access ICC_SRE_EL1 */
#define ICC_SRE_EL1_ON UINT64_C(0x7)     /* DIB, DFB, SRE */
#define ICH_HCR_EL2 S3_4_C12_C11_0
#define ICH_VTR_EL2 S3_4_C12_C11_1
#define ICH_MISR_EL2 S3_4_C12_C11_2
#define ICH_EISR_EL2 S3_4_C12_C11_3
#define ICH_ELRSR_EL2 S3_4_C12_C11_5
#define ICH_VMCR_EL2 S3_4_C12_C11_7

#endif
