/* SPDX-License-Identifier: BSD-3-Clause */
/* Client of the host's PSCI and SMCCC services (DEN0022, DEN0028). */
#ifndef ASM_PSCI_H
#define ASM_PSCI_H

#include <common/fdt_host.h>
#include <lib/types.h>

/* SMCCC 1.2 register file: x0-x17 in and out. */
struct smccc_regs {
	u64 a[18];
};

/* smccc_smc()/smccc_hvc() (smc.S) - one call with x0-x17 from @r, results back into @r. */
void smccc_smc(struct smccc_regs *r);
void smccc_hvc(struct smccc_regs *r);

#define PSCI_0_2_VERSION 0x84000000U
#define PSCI_0_2_CPU_SUSPEND32 0x84000001U
#define PSCI_0_2_CPU_SUSPEND64 0xc4000001U
#define PSCI_0_2_CPU_OFF 0x84000002U
#define PSCI_0_2_CPU_ON32 0x84000003U
#define PSCI_0_2_CPU_ON64 0xc4000003U
#define PSCI_0_2_AFFINITY_INFO32 0x84000004U
#define PSCI_0_2_AFFINITY_INFO64 0xc4000004U
#define PSCI_0_2_MIGRATE_INFO_TYPE 0x84000006U
#define PSCI_0_2_SYSTEM_OFF 0x84000008U
#define PSCI_0_2_SYSTEM_RESET 0x84000009U
#define PSCI_1_0_FEATURES 0x8400000aU
#define PSCI_1_1_SYSTEM_RESET2_32 0x84000012U
#define PSCI_1_1_SYSTEM_RESET2_64 0xc4000012U

#define PSCI_SUCCESS 0
#define PSCI_NOT_SUPPORTED (-1)
#define PSCI_INVALID_PARAMETERS (-2)
#define PSCI_DENIED (-3)
#define PSCI_ALREADY_ON (-4)
#define PSCI_ON_PENDING (-5)
#define PSCI_INTERNAL_FAILURE (-6)
#define PSCI_NOT_PRESENT (-7)
#define PSCI_DISABLED (-8)
#define PSCI_INVALID_ADDRESS (-9)

#define SMCCC_VERSION 0x80000000U
#define SMCCC_ARCH_FEATURES 0x80000001U
#define SMCCC_ARCH_SOC_ID 0x80000002U
#define SMCCC_ARCH_WORKAROUND_1 0x80008000U
#define SMCCC_ARCH_WORKAROUND_2 0x80007fffU
#define SMCCC_ARCH_WORKAROUND_3 0x80003fffU
#define SMCCC_NOT_SUPPORTED (-1)

/* psci_init() - remember the conduit, ask for the version. Return: 0, -ENODEV. */
int __must_check psci_init(enum psci_conduit conduit);
u32 psci_version(void);
/* psci_call() - raw call; Return: the PSCI status, sign-extended from 32 bits. */
s64 psci_call(u32 fn, u64 a1, u64 a2, u64 a3);
/* psci_system_off()/psci_system_reset() - return only when firmware refuses. */
void psci_system_off(void);
void psci_system_reset(void);

#endif
