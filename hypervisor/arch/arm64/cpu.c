/* SPDX-License-Identifier: BSD-3-Clause */
/* Physical CPUs: identity, per-CPU area, EL2 control registers. */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/exception.h>
#include <asm/mmu.h>
#include <asm/sysreg.h>
#include <common/fdt_host.h>
#include <lib/crc32.h>
#include <lib/errno.h>

/* Registers newer than the oldest supported assembler. */
#define HCRX_EL2 S3_4_C1_C2_2
#define HFGRTR_EL2 S3_4_C1_C1_4
#define HFGWTR_EL2 S3_4_C1_C1_5
#define HFGITR_EL2 S3_4_C1_C1_6
#define HDFGRTR_EL2 S3_4_C3_C1_4
#define HDFGWTR_EL2 S3_4_C3_C1_5
#define HAFGRTR_EL2 S3_4_C3_C1_6
#define HDFGRTR2_EL2 S3_4_C3_C1_0
#define HDFGWTR2_EL2 S3_4_C3_C1_1
#define HFGRTR2_EL2 S3_4_C3_C1_2
#define HFGWTR2_EL2 S3_4_C3_C1_3
#define HFGITR2_EL2 S3_4_C3_C1_7
#define CNTPOFF_EL2 S3_4_C14_C0_6
#define MPAM2_EL2 S3_4_C10_C5_0

#define MPAM2_TRAPMPAM0EL1 BIT(49)
#define MPAM2_TRAPMPAM1EL1 BIT(48)

struct pcpu pcpus[CONFIG_MAX_PCPUS];

/* Fine-grained traps off, except that the "n" bits (0 = trap) keep newer state trapped. */
static void reset_fgt(const struct cpu_features *f)
{
	if (f->fgt) {
		write_sysreg(0, HFGRTR_EL2);
		write_sysreg(0, HFGWTR_EL2);
		write_sysreg(0, HFGITR_EL2);
		write_sysreg(0, HDFGRTR_EL2);
		write_sysreg(0, HDFGWTR_EL2);
		if (f->amu)
			write_sysreg(0, HAFGRTR_EL2);
	}
	if (f->fgt2) {
		write_sysreg(0, HDFGRTR2_EL2);
		write_sysreg(0, HDFGWTR2_EL2);
		write_sysreg(0, HFGRTR2_EL2);
		write_sysreg(0, HFGWTR2_EL2);
		write_sysreg(0, HFGITR2_EL2);
	}
}

u64 cpu_mdcr(const struct cpu_features *f)
{
	return FIELD_PREP(MDCR_HPMN, f->pmu_counters) | MDCR_TPMCR | MDCR_TPM | MDCR_TDA | MDCR_TDOSA | MDCR_TDRA |
		(f->spe ? MDCR_TPMS : 0) | (f->pmu ? MDCR_HPMD : 0) | (f->trf ? MDCR_TTRF : 0);
}

u64 cpu_cptr(const struct cpu_features *f)
{
	return CPTR_RES1 | CPTR_TZ | CPTR_TSM | CPTR_TTA | (f->amu ? CPTR_TAM : 0);
}

static u32 promised_vl; /* the longest that cpu_common_sve_vl() has answered */

u32 cpu_common_sve_vl(void)
{
	u32 i, vl = ~0U;

	for (i = 0; i < CONFIG_MAX_PCPUS; i++)
		if (pcpus[i].online)
			vl = MIN(vl, pcpus[i].features.sve_vl);
	vl = vl == ~0U ? 0 : vl;
	promised_vl = MAX(promised_vl, vl);
	return vl;
}

static u32 promised_pa; /* likewise */

u32 cpu_common_pa_bits(void)
{
	u32 i, bits = ~0U;

	for (i = 0; i < CONFIG_MAX_PCPUS; i++)
		if (pcpus[i].online)
			bits = MIN(bits, pcpus[i].features.pa_bits);
	promised_pa = MAX(promised_pa, bits);
	return bits;
}

const char *cpu_broken_promise(void)
{
	const struct cpu_features *f = &this_pcpu()->features;

	if (f->sve_vl < promised_vl)
		return "its SVE vectors are shorter than what VMs were given";
	if (f->pa_bits < promised_pa)
		return "its physical addresses are shorter than what VMs were given";
	if (!f->crc32 && crc32_is_hw())
		return "it has no CRC32 instructions, as the CPU that booted has";
	return NULL;
}

void cpu_el2_setup(struct pcpu *p)
{
	const struct cpu_features *f = &p->features;

	/* Interrupts and SErrors come here. */
	write_sysreg(HCR_RW | HCR_AMO | HCR_IMO | HCR_FMO, hcr_el2);
	if (f->hcx)
		write_sysreg(0, HCRX_EL2);
	write_sysreg(cpu_cptr(f), cptr_el2);
	write_sysreg(cpu_mdcr(f), mdcr_el2);
	write_sysreg(0, hstr_el2);
	reset_fgt(f);
	write_sysreg(CNTHCTL_EL1PCTEN | CNTHCTL_EL1PCEN, cnthctl_el2);
	write_sysreg(0, cntvoff_el2);
	if (f->cntpoff)
		write_sysreg(0, CNTPOFF_EL2);
	write_sysreg(0, cnthp_ctl_el2);
	write_sysreg(0, vttbr_el2);
	write_sysreg(0, vtcr_el2);
	if (f->mpam)
		write_sysreg(MPAM2_TRAPMPAM0EL1 | MPAM2_TRAPMPAM1EL1, MPAM2_EL2);
	write_sysreg(p->vectors, vbar_el2);
	isb();
}

static const void *vectors_of(enum bhb_variant v)
{
	switch (v) {
	case BHB_LOOP8:
		return vectors_bhb_loop8;
	case BHB_LOOP24:
		return vectors_bhb_loop24;
	case BHB_CLRBHB:
		return vectors_bhb_clrbhb;
	case BHB_FIRMWARE:
		return vectors_bhb_firmware;
	case BHB_NONE:
	case BHB_VARIANTS:
		break;
	}
	return vectors_bhb_none;
}

void cpu_early_init(void)
{
	struct pcpu *p = &pcpus[0];

	p->stack_top = (u64)__stack_top;
	p->mpidr = read_sysreg(mpidr_el1) & MPIDR_AFF_MASK;
	p->vectors = vectors_bhb_none;
	write_sysreg(p, tpidr_el2);
	isb();
}

static bool no_bhb;

static void init_self(struct pcpu *p)
{
	cpufeature_init(&p->features);
	p->features.bhb = no_bhb ? BHB_NONE : cpufeature_bhb(&p->features);
	p->vectors = vectors_of(p->features.bhb);
	cpu_el2_setup(p);
}

int cpu_init_boot(bool bhb_off)
{
	struct pcpu *p = this_pcpu();
	u32 i;

	for (i = 0; i < host.nr_cpus; i++)
		if (host.cpu[i].mpidr == p->mpidr)
			break;
	if (i == host.nr_cpus)
		return -ENODEV;
	if (i != 0) {
		/* The table is indexed as the device tree lists the CPUs, and this one is not the first. */
		pcpus[i] = *p;
		pcpus[0] = (struct pcpu){ 0 };
		p = &pcpus[i];
		write_sysreg(p, tpidr_el2);
		isb();
	}
	p->id = i;
	no_bhb = bhb_off;
	init_self(p);
	crc32_enable_hw(p->features.crc32);
	p->boot = PCPU_BOOT_UP;
	p->online = true;
	return 0;
}

void cpu_init_secondary(void)
{
	init_self(this_pcpu());
}
