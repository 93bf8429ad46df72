/* SPDX-License-Identifier: BSD-3-Clause */
/* What a physical CPU can do, read once from its ID registers. */
#ifndef ASM_CPUFEATURE_H
#define ASM_CPUFEATURE_H

#include <lib/types.h>

enum bhb_variant { BHB_NONE, BHB_LOOP8, BHB_LOOP24, BHB_CLRBHB, BHB_FIRMWARE, BHB_VARIANTS };

/* Index of an ID register: op1 = 0, CRn = 0, CRm 1..7, op2 0..7 (TID3 space). */
#define IDREG_IDX(crm, op2) (((crm)-1U) * 8U + (op2))
#define IDREG_COUNT 56U

struct cpu_features {
	u64 midr;
	u64 ctr, dczid;         /* CTR_EL0, DCZID_EL0 */
	u64 idreg[IDREG_COUNT]; /* as the CPU has them; reserved ones are 0 */
	u32 pa_bits;            /* 32..52 */
	u32 vmid_bits;          /* 8 or 16 */
	bool vhe, hcx, fgt, fgt2, ecv, cntpoff, evt, sve, sme, mte, pauth, ras, pmu, spe, trbe, trf, brbe, amu, mpam,
		bti, crc32;
	bool csv2, csv2_2, csv3, dic, idc, xnx, ttcnp, wfxt, tidcp1, lpa2, tcr2, s1pie, lor, nv, sb, ssbs, e0pd,
		debugv8p9, doublelock;
	u32 nr_wrps, nr_brps; /* watchpoints, breakpoints */
	u32 pmu_counters;
	u32 sve_vl;                   /* bytes of the longest SVE vector, 0 without SVE */
	u32 gic_lrs;                  /* list registers, 1..16 */
	u32 gic_pribits, gic_prebits; /* virtual interface, 5..7 (ICH_VTR_EL2) */
	bool gic_tds, gic_a3v;        /* ICH_VTR_EL2.TDS, A3V */
	enum bhb_variant bhb;
};

/* cpufeature_init() - fill @f from this CPU's ID registers. */
void cpufeature_init(struct cpu_features *f);

/* cpufeature_bhb() - branch-history mitigation this CPU needs (MIDR table, ECBHB, CLRBHB, SMCCC WORKAROUND_3). */
enum bhb_variant cpufeature_bhb(const struct cpu_features *f);

#endif
