/* SPDX-License-Identifier: BSD-3-Clause */
/* EL1 and EL0 system registers of a vCPU, to and from the hardware. Registers of optional features only where they
 * exist. */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>

#define APIAKEYLO_EL1 S3_0_C2_C1_0
#define APIAKEYHI_EL1 S3_0_C2_C1_1
#define APIBKEYLO_EL1 S3_0_C2_C1_2
#define APIBKEYHI_EL1 S3_0_C2_C1_3
#define APDAKEYLO_EL1 S3_0_C2_C2_0
#define APDAKEYHI_EL1 S3_0_C2_C2_1
#define APDBKEYLO_EL1 S3_0_C2_C2_2
#define APDBKEYHI_EL1 S3_0_C2_C2_3
#define APGAKEYLO_EL1 S3_0_C2_C3_0
#define APGAKEYHI_EL1 S3_0_C2_C3_1
#define TPIDR2_EL0 S3_3_C13_C0_5
#define VDISR_EL2 S3_4_C12_C1_1
#define VSESR_EL2 S3_4_C5_C2_3

static void pauth_save(struct vcpu_sysregs *s)
{
	s->apia[0] = read_sysreg(APIAKEYLO_EL1);
	s->apia[1] = read_sysreg(APIAKEYHI_EL1);
	s->apib[0] = read_sysreg(APIBKEYLO_EL1);
	s->apib[1] = read_sysreg(APIBKEYHI_EL1);
	s->apda[0] = read_sysreg(APDAKEYLO_EL1);
	s->apda[1] = read_sysreg(APDAKEYHI_EL1);
	s->apdb[0] = read_sysreg(APDBKEYLO_EL1);
	s->apdb[1] = read_sysreg(APDBKEYHI_EL1);
	s->apga[0] = read_sysreg(APGAKEYLO_EL1);
	s->apga[1] = read_sysreg(APGAKEYHI_EL1);
}

static void pauth_restore(const struct vcpu_sysregs *s)
{
	write_sysreg(s->apia[0], APIAKEYLO_EL1);
	write_sysreg(s->apia[1], APIAKEYHI_EL1);
	write_sysreg(s->apib[0], APIBKEYLO_EL1);
	write_sysreg(s->apib[1], APIBKEYHI_EL1);
	write_sysreg(s->apda[0], APDAKEYLO_EL1);
	write_sysreg(s->apda[1], APDAKEYHI_EL1);
	write_sysreg(s->apdb[0], APDBKEYLO_EL1);
	write_sysreg(s->apdb[1], APDBKEYHI_EL1);
	write_sysreg(s->apga[0], APGAKEYLO_EL1);
	write_sysreg(s->apga[1], APGAKEYHI_EL1);
}

/*
 * SME is hidden, but of its registers this one belongs to the base: only FEAT_FGT can trap it (HFGRTR_EL2.nTPIDR2_EL0).
 */
static bool has_tpidr2(const struct cpu_features *f)
{
	return f->sme && !f->fgt;
}

/*
 * On CPUs that walk speculatively for AT (errata 1165522, 1319367, 1530923), a walk with one vCPU's stage 1 and
 * another's stage 2 would leave a wrong TLB entry behind. So: walks off by EPD, then the MMU "on" so that EPD counts;
 * in this order.
 */
void sysregs_block_s1(void)
{
	write_sysreg(read_sysreg(tcr_el1) | TCR_EPD0 | TCR_EPD1, tcr_el1);
	isb();
	write_sysreg(read_sysreg(sctlr_el1) | SCTLR_M, sctlr_el1);
	isb();
}

void sysregs_save(struct vcpu_sysregs *s)
{
	const struct cpu_features *f = &this_pcpu()->features;

	s->sctlr_el1 = read_sysreg(sctlr_el1);
	s->tcr_el1 = read_sysreg(tcr_el1);
	s->cpacr_el1 = read_sysreg(cpacr_el1);
	s->ttbr0_el1 = read_sysreg(ttbr0_el1);
	s->ttbr1_el1 = read_sysreg(ttbr1_el1);
	s->esr_el1 = read_sysreg(esr_el1);
	s->afsr0_el1 = read_sysreg(afsr0_el1);
	s->afsr1_el1 = read_sysreg(afsr1_el1);
	s->far_el1 = read_sysreg(far_el1);
	s->mair_el1 = read_sysreg(mair_el1);
	s->amair_el1 = read_sysreg(amair_el1);
	s->vbar_el1 = read_sysreg(vbar_el1);
	s->contextidr_el1 = read_sysreg(contextidr_el1);
	s->tpidr_el1 = read_sysreg(tpidr_el1);
	s->tpidr_el0 = read_sysreg(tpidr_el0);
	s->tpidrro_el0 = read_sysreg(tpidrro_el0);
	s->sp_el0 = read_sysreg(sp_el0);
	s->sp_el1 = read_sysreg(sp_el1);
	s->elr_el1 = read_sysreg(elr_el1);
	s->spsr_el1 = read_sysreg(spsr_el1);
	s->cntkctl_el1 = read_sysreg(cntkctl_el1);
	s->par_el1 = read_sysreg(par_el1);
	s->mdscr_el1 = read_sysreg(mdscr_el1);
	s->csselr_el1 = read_sysreg(csselr_el1);
	if (f->pauth)
		pauth_save(s);
	if (f->ras) {
		s->vdisr_el2 = read_sysreg(VDISR_EL2);
		s->vsesr_el2 = read_sysreg(VSESR_EL2);
	}
	if (has_tpidr2(f))
		s->tpidr2_el0 = read_sysreg(TPIDR2_EL0);
}

void sysregs_restore(const struct vcpu_sysregs *s)
{
	const struct cpu_features *f = &this_pcpu()->features;

	write_sysreg(s->vmpidr_el2, vmpidr_el2);
	write_sysreg(s->vpidr_el2, vpidr_el2);
	write_sysreg(s->cpacr_el1, cpacr_el1);
	write_sysreg(s->ttbr0_el1, ttbr0_el1);
	write_sysreg(s->ttbr1_el1, ttbr1_el1);
	write_sysreg(s->esr_el1, esr_el1);
	write_sysreg(s->afsr0_el1, afsr0_el1);
	write_sysreg(s->afsr1_el1, afsr1_el1);
	write_sysreg(s->far_el1, far_el1);
	write_sysreg(s->mair_el1, mair_el1);
	write_sysreg(s->amair_el1, amair_el1);
	write_sysreg(s->vbar_el1, vbar_el1);
	write_sysreg(s->contextidr_el1, contextidr_el1);
	write_sysreg(s->tpidr_el1, tpidr_el1);
	write_sysreg(s->tpidr_el0, tpidr_el0);
	write_sysreg(s->tpidrro_el0, tpidrro_el0);
	write_sysreg(s->sp_el0, sp_el0);
	write_sysreg(s->sp_el1, sp_el1);
	write_sysreg(s->elr_el1, elr_el1);
	write_sysreg(s->spsr_el1, spsr_el1);
	write_sysreg(s->cntkctl_el1, cntkctl_el1);
	write_sysreg(s->par_el1, par_el1);
	write_sysreg(s->mdscr_el1, mdscr_el1);
	write_sysreg(s->csselr_el1, csselr_el1);
	if (f->pauth)
		pauth_restore(s);
	if (f->ras) {
		write_sysreg(s->vdisr_el2, VDISR_EL2);
		write_sysreg(s->vsesr_el2, VSESR_EL2);
	}
	if (has_tpidr2(f))
		write_sysreg(s->tpidr2_el0, TPIDR2_EL0);
	isb();
	write_sysreg(s->sctlr_el1, sctlr_el1);
	isb();
	write_sysreg(s->tcr_el1, tcr_el1);
	isb();
}
