/* SPDX-License-Identifier: BSD-3-Clause */
/* Features of a physical CPU from its ID registers (ARM ARM D19.2; encodings, because assemblers lag behind). */
#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/el2_regs.h>
#include <asm/sysreg.h>

#define ID_AA64PFR0 S3_0_C0_C4_0
#define ID_AA64PFR1 S3_0_C0_C4_1
#define ID_AA64DFR0 S3_0_C0_C5_0
#define ID_AA64ISAR0 S3_0_C0_C6_0
#define ID_AA64ISAR1 S3_0_C0_C6_1
#define ID_AA64ISAR2 S3_0_C0_C6_2
#define ID_AA64MMFR0 S3_0_C0_C7_0
#define ID_AA64MMFR1 S3_0_C0_C7_1
#define ID_AA64MMFR2 S3_0_C0_C7_2
#define ID_AA64MMFR3 S3_0_C0_C7_3

#define CTR_IDC BIT(28)
#define CTR_DIC BIT(29)
#define PMCR_N GENMASK(15, 11)

#define VTR_LISTREGS GENMASK(4, 0)
#define VTR_TDS BIT(19)
#define VTR_A3V BIT(21)
#define VTR_PREBITS GENMASK(28, 26)
#define VTR_PRIBITS GENMASK(31, 29)

/* Values of fields */
#define PMUVER_IMPDEF 0xfU
#define MTE_FULL 2U
#define CSV2_2 2U
#define CSV2_FRAC_1P2 2U /* SCXTNUM_ELx as with CSV2_2 */
#define VMID16 2U
#define ECV_CNTPOFF 2U
#define FGT2 2U
#define TGRAN4_LPA2 1U
#define DEBUG_V8P9 0xbU

/* The four-bit field whose lowest bit is @lo. */
static u32 field(u64 reg, u32 lo)
{
	return (u32)(reg >> lo) & 0xfU;
}

/* Bytes of a vector, as long as EL3 permits. CPTR_EL2 is still as firmware left it. */
static u32 read_sve_vl(void)
{
	u64 cptr = read_sysreg(cptr_el2);
	register u64 vl __asm__("x0");

	write_sysreg(CPTR_RES1, cptr_el2);
	isb();
	write_sysreg(ZCR_LEN, ZCR_EL2);
	isb();
	__asm__ volatile(".inst 0x04bf5020" : "=r"(vl)); /* rdvl x0, #1 */
	write_sysreg(cptr, cptr_el2);
	isb();
	return (u32)vl;
}

static void read_pfr(struct cpu_features *f)
{
	u64 p0 = read_sysreg(ID_AA64PFR0), p1 = read_sysreg(ID_AA64PFR1);
	u32 csv2 = field(p0, 56);

	f->ras = field(p0, 28);
	f->sve = field(p0, 32);
	f->sve_vl = f->sve ? read_sve_vl() : 0;
	f->amu = field(p0, 44);
	f->mpam = field(p0, 40) || field(p1, 16);
	f->csv2 = csv2;
	f->csv2_2 = csv2 >= CSV2_2 || (csv2 && field(p1, 32) >= CSV2_FRAC_1P2);
	f->csv3 = field(p0, 60);
	f->bti = field(p1, 0);
	f->ssbs = field(p1, 4);
	f->mte = field(p1, 8) >= MTE_FULL;
	f->sme = field(p1, 24);
}

static void read_mmfr(struct cpu_features *f)
{
	static const u8 pa_bits[16] = { 32, 36, 40, 42, 44, 48, 52, 52, 52, 52, 52, 52, 52, 52, 52, 52 };
	u64 m0 = read_sysreg(ID_AA64MMFR0), m1 = read_sysreg(ID_AA64MMFR1);
	u64 m2 = read_sysreg(ID_AA64MMFR2), m3 = read_sysreg(ID_AA64MMFR3);

	f->pa_bits = pa_bits[field(m0, 0)];
	f->lpa2 = field(m0, 28) == TGRAN4_LPA2;
	f->fgt = field(m0, 56);
	f->fgt2 = field(m0, 56) >= FGT2;
	f->ecv = field(m0, 60);
	f->cntpoff = field(m0, 60) >= ECV_CNTPOFF;
	f->vmid_bits = field(m1, 4) == VMID16 ? 16 : 8;
	f->vhe = field(m1, 8);
	f->lor = field(m1, 16);
	f->xnx = field(m1, 28);
	f->hcx = field(m1, 40);
	f->tidcp1 = field(m1, 52);
	f->ttcnp = field(m2, 0);
	f->nv = field(m2, 24);
	f->evt = field(m2, 56);
	f->e0pd = field(m2, 60);
	f->tcr2 = field(m3, 0);
	f->s1pie = field(m3, 8);
}

static void read_isar(struct cpu_features *f)
{
	u64 i0 = read_sysreg(ID_AA64ISAR0), i1 = read_sysreg(ID_AA64ISAR1), i2 = read_sysreg(ID_AA64ISAR2);

	f->crc32 = field(i0, 16);
	/* APA, API, GPA, GPI; APA3, GPA3 */
	f->pauth = field(i1, 4) || field(i1, 8) || field(i1, 24) || field(i1, 28) || field(i2, 12) || field(i2, 8);
	f->sb = field(i1, 36);
	f->wfxt = field(i2, 0);
}

static void read_dfr(struct cpu_features *f)
{
	u64 d0 = read_sysreg(ID_AA64DFR0);
	u32 pmuver = field(d0, 8);

	f->pmu = pmuver && pmuver != PMUVER_IMPDEF;
	f->pmu_counters = f->pmu ? (u32)FIELD_GET(PMCR_N, read_sysreg(pmcr_el0)) : 0;
	f->nr_brps = field(d0, 12) + 1;
	f->nr_wrps = field(d0, 20) + 1;
	f->spe = field(d0, 32);
	/* 0 is "implemented", 15 is "not". */
	f->doublelock = field(d0, 36) == 0;
	f->trf = field(d0, 40);
	f->trbe = field(d0, 44);
	f->brbe = field(d0, 52);
	f->debugv8p9 = field(d0, 0) >= DEBUG_V8P9;
}

/* ICH_VTR_EL2 is there once the system-register interface is on (IHI 0069H 12.4.9). */
static void read_gic(struct cpu_features *f)
{
	u64 vtr;

	if (field(read_sysreg(ID_AA64PFR0), 24) == 0)
		return;
	write_sysreg(ICC_SRE_EL2_ON, ICC_SRE_EL2);
	isb();
	vtr = read_sysreg(ICH_VTR_EL2);
	f->gic_lrs = (u32)FIELD_GET(VTR_LISTREGS, vtr) + 1;
	f->gic_prebits = (u32)FIELD_GET(VTR_PREBITS, vtr) + 1;
	f->gic_pribits = (u32)FIELD_GET(VTR_PRIBITS, vtr) + 1;
	f->gic_tds = vtr & VTR_TDS;
	f->gic_a3v = vtr & VTR_A3V;
}

/* Reserved encodings of the space read as zero on every CPU. */
#define READ_ID(crm, op2) f->idreg[IDREG_IDX(crm, op2)] = read_sysreg(S3_0_C0_C##crm##_##op2)
#define READ_CRM(crm)                                                                                                  \
	do {                                                                                                           \
		READ_ID(crm, 0);                                                                                       \
		READ_ID(crm, 1);                                                                                       \
		READ_ID(crm, 2);                                                                                       \
		READ_ID(crm, 3);                                                                                       \
		READ_ID(crm, 4);                                                                                       \
		READ_ID(crm, 5);                                                                                       \
		READ_ID(crm, 6);                                                                                       \
		READ_ID(crm, 7);                                                                                       \
	} while (0)

static void read_idregs(struct cpu_features *f)
{
	READ_CRM(1);
	READ_CRM(2);
	READ_CRM(3);
	READ_CRM(4);
	READ_CRM(5);
	READ_CRM(6);
	READ_CRM(7);
}

void cpufeature_init(struct cpu_features *f)
{
	*f = (struct cpu_features){
		.midr = read_sysreg(midr_el1),
		.ctr = read_sysreg(ctr_el0),
		.dczid = read_sysreg(dczid_el0),
	};
	f->idc = f->ctr & CTR_IDC;
	f->dic = f->ctr & CTR_DIC;
	read_idregs(f);
	read_pfr(f);
	read_mmfr(f);
	read_isar(f);
	read_dfr(f);
	read_gic(f);
}
