/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The ID registers a VM reads (HCR_EL2.TID3): an allow list by field. A field that is not listed reads as "not
 * implemented", so a new CPU feature is hidden until somebody has looked at what it means under EL2 (D10). Field
 * positions and meanings are those of ARM ARM D19.2, ID_AA64*_EL1.
 */
#include <asm/cpu.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>
#include <common/arch_hooks.h>
#include <lib/string.h>

#define FIELD_MASK UINT64_C(15)
#define FIELD_NONE 15U /* signed fields: not implemented */

/* ID_AA64MMFR0_EL1 */
#define MMFR0_CRM 7U
#define MMFR0_OP2 0U
#define MMFR0_TGRAN16 GENMASK(23, 20)
#define MMFR0_TGRAN64 GENMASK(27, 24)
#define MMFR0_TGRAN4 GENMASK(31, 28)

enum kind {
	CAP,        /* unsigned: the host's value, at most .max */
	CAP_SIGNED, /* the same for 0 and up, while 15 (not implemented) stays */
	CAP_EXACT,  /* as CAP; where CPUs differ, none has it: what one makes the other would not understand */
	CAP_HIGHER, /* as CAP; where CPUs differ, the higher value is the careful one */
	FIXED,      /* .max whatever the host has */
};

struct id_field {
	u8 crm, op2, lsb;
	u8 kind;
	u8 max;
};

/* Sorted by register; the lookup only runs when a VM is created. */
static const struct id_field id_fields[] = {
	/* ID_AA64PFR0_EL1. EL2 and EL3: none. SEL2, MPAM, AMU, RME: hidden. */
	{ 4, 0, 0, CAP, 2 },         /* EL0, AArch32 where the host has it */
	{ 4, 0, 4, FIXED, 1 },       /* EL1: AArch64 only (HCR_EL2.RW) */
	{ 4, 0, 16, CAP_SIGNED, 1 }, /* FP */
	{ 4, 0, 20, CAP_SIGNED, 1 }, /* AdvSIMD */
	{ 4, 0, 24, FIXED, 1 },      /* GIC: system-register interface of the vGIC */
	{ 4, 0, 28, CAP, 1 },        /* RAS: ESB and virtual SErrors; error records are hidden (TERR) */
	{ 4, 0, 32, CAP, 1 },        /* SVE: see idview.c */
	{ 4, 0, 48, CAP, 1 },        /* DIT */
	{ 4, 0, 56, CAP, 1 },        /* CSV2: without SCXTNUM, which is not switched */
	{ 4, 0, 60, CAP, 1 },        /* CSV3 */
	/* ID_AA64PFR1_EL1. MTE, SME, NMI, GCS, THE, fractions: hidden. */
	{ 4, 1, 0, CAP, 1 }, /* BT */
	{ 4, 1, 4, CAP, 2 }, /* SSBS */
	/* ID_AA64ZFR0_EL1: instructions only, no state of their own. B16B16 and what comes after SVE2: hidden. */
	{ 4, 4, 0, CAP, 1 },  /* SVEver: SVE2 */
	{ 4, 4, 4, CAP, 2 },  /* AES, with 128-bit PMULL */
	{ 4, 4, 16, CAP, 1 }, /* BitPerm */
	{ 4, 4, 20, CAP, 1 }, /* BF16 */
	{ 4, 4, 32, CAP, 1 }, /* SHA3 */
	{ 4, 4, 40, CAP, 1 }, /* SM4 */
	{ 4, 4, 44, CAP, 1 }, /* I8MM */
	{ 4, 4, 52, CAP, 1 }, /* F32MM */
	{ 4, 4, 56, CAP, 1 }, /* F64MM */
	/* ID_AA64DFR0_EL1. Trace, PMU, SPE, TRBE, TRF, BRBE: hidden. */
	{ 5, 0, 0, CAP, 8 },         /* DebugVer */
	{ 5, 0, 12, CAP, 15 },       /* BRPs */
	{ 5, 0, 20, CAP, 15 },       /* WRPs */
	{ 5, 0, 28, CAP, 15 },       /* CTX_CMPs */
	{ 5, 0, 36, CAP_SIGNED, 0 }, /* DoubleLock */
	/* ID_AA64ISAR0_EL1. TME: hidden. */
	{ 6, 0, 4, CAP, 2 },  /* AES */
	{ 6, 0, 8, CAP, 1 },  /* SHA1 */
	{ 6, 0, 12, CAP, 2 }, /* SHA2 */
	{ 6, 0, 16, CAP, 1 }, /* CRC32 */
	{ 6, 0, 20, CAP, 2 }, /* Atomic */
	{ 6, 0, 28, CAP, 1 }, /* RDM */
	{ 6, 0, 32, CAP, 1 }, /* SHA3 */
	{ 6, 0, 36, CAP, 1 }, /* SM3 */
	{ 6, 0, 40, CAP, 1 }, /* SM4 */
	{ 6, 0, 44, CAP, 1 }, /* DP */
	{ 6, 0, 48, CAP, 1 }, /* FHM */
	{ 6, 0, 52, CAP, 2 }, /* TS */
	{ 6, 0, 56, CAP, 2 }, /* TLB */
	{ 6, 0, 60, CAP, 1 }, /* RNDR */
	/* ID_AA64ISAR1_EL1. LS64: hidden. */
	{ 6, 1, 0, CAP, 2 },        /* DPB */
	{ 6, 1, 4, CAP_EXACT, 5 },  /* APA: keys are switched with the vCPU */
	{ 6, 1, 8, CAP_EXACT, 5 },  /* API */
	{ 6, 1, 12, CAP, 1 },       /* JSCVT */
	{ 6, 1, 16, CAP, 1 },       /* FCMA */
	{ 6, 1, 20, CAP, 3 },       /* LRCPC */
	{ 6, 1, 24, CAP_EXACT, 1 }, /* GPA */
	{ 6, 1, 28, CAP_EXACT, 1 }, /* GPI */
	{ 6, 1, 32, CAP, 1 },       /* FRINTTS */
	{ 6, 1, 36, CAP, 1 },       /* SB */
	{ 6, 1, 40, CAP, 1 },       /* SPECRES */
	{ 6, 1, 44, CAP, 1 },       /* BF16 */
	{ 6, 1, 48, CAP, 1 },       /* DGH */
	{ 6, 1, 52, CAP, 1 },       /* I8MM */
	/* ID_AA64ISAR2_EL1. WFxT and MOPS need HCRX_EL2 or trap handling: hidden. */
	{ 6, 2, 8, CAP_EXACT, 1 },  /* GPA3 */
	{ 6, 2, 12, CAP_EXACT, 5 }, /* APA3 */
	{ 6, 2, 20, CAP, 1 },       /* BC */
	{ 6, 2, 24, CAP_EXACT, 1 }, /* PAC_frac */
	{ 6, 2, 28, CAP, 1 },       /* CLRBHB */
	{ 6, 2, 48, CAP, 1 },       /* RPRFM */
	{ 6, 2, 52, CAP, 1 },       /* CSSC */
	/* ID_AA64MMFR0_EL1. FGT, ExS, SNSMem and the stage-2 granules: hidden. */
	{ 7, 0, 0, CAP, 2 },         /* PARange: 40 bits, the largest IPA size (stage2.c) */
	{ 7, 0, 4, CAP, 2 },         /* ASIDBits */
	{ 7, 0, 8, CAP, 1 },         /* BigEnd */
	{ 7, 0, 16, CAP, 1 },        /* BigEndEL0 */
	{ 7, 0, 20, CAP, 1 },        /* TGran16, without 52-bit addresses */
	{ 7, 0, 24, CAP_SIGNED, 0 }, /* TGran64 */
	{ 7, 0, 28, CAP_SIGNED, 0 }, /* TGran4, without 52-bit addresses */
	{ 7, 0, 60, CAP, 1 },        /* ECV: self-synchronised counters, without CNTPOFF */
	/* ID_AA64MMFR1_EL1. VMIDBits, VH, LO, XNX, TWED, HCX, TIDCP1, CMOW: hidden. */
	{ 7, 1, 0, CAP, 2 },         /* HAFDBS */
	{ 7, 1, 12, CAP, 2 },        /* HPDS */
	{ 7, 1, 20, CAP, 3 },        /* PAN */
	{ 7, 1, 24, CAP_HIGHER, 1 }, /* SpecSEI */
	{ 7, 1, 36, CAP, 2 },        /* ETS */
	{ 7, 1, 44, CAP, 1 },        /* AFP */
	{ 7, 1, 48, CAP, 1 },        /* nTLBPA */
	{ 7, 1, 60, CAP, 1 },        /* ECBHB */
	/* ID_AA64MMFR2_EL1. NV, FWB, EVT: hidden. */
	{ 7, 2, 0, CAP, 1 },  /* CnP */
	{ 7, 2, 4, CAP, 1 },  /* UAO */
	{ 7, 2, 8, CAP, 1 },  /* LSM */
	{ 7, 2, 12, CAP, 1 }, /* IESB */
	{ 7, 2, 16, CAP, 1 }, /* VARange */
	{ 7, 2, 20, CAP, 1 }, /* CCIDX */
	{ 7, 2, 28, CAP, 1 }, /* ST */
	{ 7, 2, 32, CAP, 1 }, /* AT */
	{ 7, 2, 36, CAP, 1 }, /* IDS */
	{ 7, 2, 48, CAP, 1 }, /* TTL */
	{ 7, 2, 52, CAP, 2 }, /* BBM */
	{ 7, 2, 60, CAP, 1 }, /* E0PD */
	/* ID_AA64PFR2, SMFR0, FPFR0, DFR1, AFR0, AFR1, ISAR3, MMFR3 (TCR2, PIE) and MMFR4: all hidden. */
};

struct id_mask {
	u8 crm, op2;
	u32 mask;
};

/* The AArch32 registers describe what EL0 can use; they pass but for fields of what is hidden. */
static const struct id_mask id_masks[] = {
	{ 1, 0, 0xff0fffff }, /* ID_PFR0, without AMU */
	{ 1, 1, 0x000f0f0f }, /* ID_PFR1, without security, virtualization and GIC */
	{ 1, 2, 0x0000000f }, /* ID_DFR0: CopDbg */
	{ 1, 4, 0xffffffff }, /* ID_MMFR0..3 */
	{ 1, 5, 0xffffffff }, { 1, 6, 0xffffffff }, { 1, 7, 0xffffffff }, { 2, 0, 0xffffffff }, /* ID_ISAR0..5 */
	{ 2, 1, 0xffffffff }, { 2, 2, 0xffffffff }, { 2, 3, 0xffffffff }, { 2, 4, 0xffffffff },
	{ 2, 5, 0xffffffff }, { 2, 6, 0x0fffffff },                       /* ID_MMFR4, without EVT */
	{ 2, 7, 0xffffffff },                                             /* ID_ISAR6 */
	{ 3, 0, 0xffffffff },                                             /* MVFR0..2 */
	{ 3, 1, 0xffffffff }, { 3, 2, 0xffffffff }, { 3, 4, 0x000000ff }, /* ID_PFR2: CSV3, SSBS */
	{ 3, 6, 0x0000000f },                                             /* ID_MMFR5: ETS */
};

static u64 field_value(const struct id_field *f, u64 real)
{
	u64 v = (real >> f->lsb) & FIELD_MASK;

	switch (f->kind) {
	case FIXED:
		return f->max;
	case CAP_SIGNED:
		/* 8 to 15 are negative: below every value that means something is there. */
		return v > FIELD_NONE / 2 ? FIELD_NONE : MIN(v, f->max);
	case CAP:
	default:
		return MIN(v, f->max);
	}
}

u64 idreg_sanitise(u32 crm, u32 op2, u64 v)
{
	u64 r = 0;
	u32 i;

	for (i = 0; i < ARRAY_SIZE(id_masks); i++)
		if (id_masks[i].crm == crm && id_masks[i].op2 == op2)
			return v & id_masks[i].mask;
	for (i = 0; i < ARRAY_SIZE(id_fields); i++)
		if (id_fields[i].crm == crm && id_fields[i].op2 == op2)
			r |= field_value(&id_fields[i], v) << id_fields[i].lsb;
	return r;
}

/* All at once, each table walked once; what no table names is 0. */
void idreg_sanitise_all(u64 *regs)
{
	u64 out[IDREG_COUNT] = { 0 };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(id_fields); i++) {
		u32 at = IDREG_IDX(id_fields[i].crm, id_fields[i].op2);

		out[at] |= field_value(&id_fields[i], regs[at]) << id_fields[i].lsb;
	}
	for (i = 0; i < ARRAY_SIZE(id_masks); i++) {
		u32 at = IDREG_IDX(id_masks[i].crm, id_masks[i].op2);

		out[at] = regs[at] & id_masks[i].mask;
	}
	(void)memcpy(regs, out, sizeof(out));
}

static u64 merge_field(const struct id_field *f, u64 a, u64 b)
{
	a = (a >> f->lsb) & FIELD_MASK;
	b = (b >> f->lsb) & FIELD_MASK;
	switch (f->kind) {
	case CAP_SIGNED:
		return a == FIELD_NONE || b == FIELD_NONE ? FIELD_NONE : MIN(a, b);
	case CAP_EXACT:
		return a == b ? a : 0;
	case CAP_HIGHER:
		return MAX(a, b);
	default:
		return MIN(a, b);
	}
}

u64 idreg_merge(u32 crm, u32 op2, u64 a, u64 b)
{
	u64 r = 0;
	u32 i, lsb;

	for (i = 0; i < ARRAY_SIZE(id_masks); i++) {
		if (id_masks[i].crm != crm || id_masks[i].op2 != op2)
			continue;
		for (lsb = 0; lsb < 32; lsb += 4)
			r |= MIN((a >> lsb) & FIELD_MASK, (b >> lsb) & FIELD_MASK) << lsb;
		return r;
	}
	for (i = 0; i < ARRAY_SIZE(id_fields); i++)
		if (id_fields[i].crm == crm && id_fields[i].op2 == op2)
			r |= merge_field(&id_fields[i], a, b) << id_fields[i].lsb;
	return r;
}

/* TGran4 and TGran64 are signed with 15 for "none"; TGran16 is not. */
u32 vm_arch_page_sizes(const struct vm *vm)
{
	u64 m0 = idreg_read(vm, MMFR0_CRM, MMFR0_OP2);

	return (FIELD_GET(MMFR0_TGRAN4, m0) != FIELD_NONE ? 4U : 0) | (FIELD_GET(MMFR0_TGRAN16, m0) ? 16U : 0) |
		(FIELD_GET(MMFR0_TGRAN64, m0) != FIELD_NONE ? 64U : 0);
}

u64 idreg_read(const struct vm *vm, u32 crm, u32 op2)
{
	u32 i = IDREG_IDX(crm, op2);

	return i < IDREG_COUNT ? vm->arch.idreg[i] : 0;
}
