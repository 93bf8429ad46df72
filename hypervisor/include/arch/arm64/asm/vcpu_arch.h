/* SPDX-License-Identifier: BSD-3-Clause */
/* Architecture state of a vCPU. Plain data, so that it can be saved and loaded (D16). */
#ifndef ASM_VCPU_ARCH_H
#define ASM_VCPU_ARCH_H

#include <asm/offsets.h>
#include <asm/timer.h>
#include <lib/types.h>

/* General registers at an exit. SP_EL2 points here while the guest runs; vectors.S stores straight into it. */
struct vcpu_regs {
	u64 x[31];
	u64 pc;     /* ELR_EL2 */
	u64 pstate; /* SPSR_EL2 */
	u64 zero;   /* stays 0: where stores of XZR take their value from */
} __aligned(16);

static_assert(offsetof(struct vcpu_regs, pc) == VCPU_PC, "vectors.S");
static_assert(offsetof(struct vcpu_regs, pstate) == VCPU_PSTATE, "vectors.S");

/* EL1 and EL0 system registers that move with the vCPU. */
struct vcpu_sysregs {
	u64 sctlr_el1, cpacr_el1, ttbr0_el1, ttbr1_el1, tcr_el1;
	u64 esr_el1, afsr0_el1, afsr1_el1, far_el1, mair_el1, amair_el1, vbar_el1;
	u64 contextidr_el1, tpidr_el1, tpidr_el0, tpidrro_el0, sp_el0, sp_el1, elr_el1, spsr_el1;
	u64 cntkctl_el1, par_el1, mdscr_el1, csselr_el1;
	u64 vmpidr_el2, vpidr_el2;
	u64 apia[2], apib[2], apda[2], apdb[2], apga[2]; /* PAC keys, lo and hi */
	u64 vdisr_el2, vsesr_el2;                        /* FEAT_RAS */
	u64 tpidr2_el0;                                  /* FEAT_SME, where it does not trap */
};

struct vcpu_fpsimd {
	u64 v[32][2]; /* not with SVE: they are the low halves of the Z registers */
	u64 fpsr, fpcr;
} __aligned(16);

/*
 * SVE state of a vCPU whose VM has it: Z0-Z31 of @vl bytes, P0-P15 and FFR of @vl / 8, in this order. In el2_pool,
 * because most CPUs need none and the longest vectors need 9 kB.
 */
struct vcpu_sve {
	void *regs; /* NULL without SVE */
	u64 pages;
	u32 vl;
	u64 zcr_el1;
};

struct vcpu_timer {
	u64 cntv_ctl, cntv_cval;
	u64 cntp_ctl, cntp_cval;
	bool cntp_trapped; /* D11: emulated on CNTHP instead of native */
	bool cntp_line;    /* emulated: level of the virtual PPI */
	/* Loaded: expiry of the emulated CNTP. Put: the earliest timer that has to wake the vCPU. */
	struct soft_timer soft;
};

#define VCPU_DBG_MAX 16U /* breakpoints and watchpoints that the architecture can have */

/* Self-hosted debug registers; every guest access traps (vdebug.c). */
struct vcpu_debug {
	u64 bvr[VCPU_DBG_MAX], bcr[VCPU_DBG_MAX];
	u64 wvr[VCPU_DBG_MAX], wcr[VCPU_DBG_MAX];
	bool os_lock; /* OSLSR_EL1.OSLK */
	bool used;    /* a breakpoint or watchpoint was enabled: the registers move with the vCPU */
};

/* A load or store whose handler answered IO_PENDING (D16). */
struct vcpu_mmio {
	u64 esr;
	bool pending;
};

/* PSCI CPU_ON: the target resets itself on its own pCPU. */
struct vcpu_start {
	u64 pc, x0;
	bool pending; /* set by the caller, cleared by the target's pCPU: ON_PENDING in between */
};

struct vcpu_arch {
	struct vcpu_regs regs; /* must stay first */
	struct vcpu_sysregs sys;
	struct vcpu_fpsimd fp;
	struct vcpu_sve sve;
	struct vcpu_timer timer;
	struct vcpu_debug debug;
	struct vcpu_mmio mmio;
	struct vcpu_start start;
	u64 hcr_el2;
	u64 mdcr_el2;
	u64 cptr_el2;
};

/* MPIDR_EL1 affinity of vCPU @id: 16 a cluster, so that one SGI target list reaches a cluster. */
static inline u64 vcpu_arch_mpidr(u32 id)
{
	return (u64)(id & 15U) | ((u64)(id >> 4) << 8);
}

#endif
