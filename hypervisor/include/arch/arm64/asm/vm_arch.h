/* SPDX-License-Identifier: BSD-3-Clause */
/* Architecture state of a VM. */
#ifndef ASM_VM_ARCH_H
#define ASM_VM_ARCH_H

#include <asm/cpufeature.h>
#include <asm/pgtable.h>
#include <lib/types.h>

struct vm_arch {
	struct pgtable s2;
	u64 vttbr_el2; /* VMID and root table */
	u64 vtcr_el2;
	u16 vmid;
	u64 s2_pool_pa; /* per-VM table pool in el2_pool */
	u64 s2_pool_pages;
	u64 s2_pool_used; /* pages handed out and not returned */
	u64 s2_free_list; /* PA of the first returned table page, 0 = none */
	u64 cntvoff;
	u32 sve_vl;             /* bytes, 0 = its vCPUs have no SVE */
	u64 idreg[IDREG_COUNT]; /* what the VM's vCPUs read */
	u64 ctr;                /* CTR_EL0 that holds on all of them */
	u64 hcr;                /* HCR_EL2.TID2, TDZ: its CPUs' own CTR_EL0, DCZID_EL0 would not */
};

#endif
