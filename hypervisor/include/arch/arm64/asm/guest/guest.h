/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Internal interface of arch/arm64/guest: trap handling of one vCPU. Context of all: exit path, pCPU stack, interrupts
 * masked.
 */
#ifndef ASM_GUEST_GUEST_H
#define ASM_GUEST_GUEST_H

#include <common/vcpu.h>
#include <common/vm.h>
#include <lib/types.h>

/* trap.c: called by vectors.S with the full frame saved ---------------------------------------- */
void trap_sync(struct vcpu *vcpu);   /* table by ESR_EL2.EC */
void trap_serror(struct vcpu *vcpu); /* SError while the guest ran: becomes the guest's (vSError), never EL2's end */
/* trap_light.c: with the partial frame (x0-x18, x29, x30) saved only */
/* @p: the calling pCPU. */
void trap_irq(struct vcpu *vcpu, const struct pcpu *p);
/* light_*() - the common synchronous exits: HVC #0, and what has bits of EC like a system register that is read or
 * written, or a data abort. Return: LIGHT_FULL = nothing was done, take the full path; LIGHT_DONE; or (n - 18) *
 * LIGHT_STUB = done, and xn, of x19-x28, is to be loaded from the frame. */
void light_hvc(struct vcpu *vcpu);
u32 light_mrs(struct vcpu *vcpu, u64 esr);
u32 light_msr(struct vcpu *vcpu, u64 esr);
u32 light_dabt(struct vcpu *vcpu, u64 esr);

/* inject.c ---------------------------------------- */
void inject_undef(struct vcpu *vcpu);
/* Synchronous external abort at guest address FAR_EL2, as the trapped instruction would have taken it. */
void inject_dabt(struct vcpu *vcpu, u64 far);
void inject_iabt(struct vcpu *vcpu, u64 far);
void inject_sync(struct vcpu *vcpu, u64 esr);
void inject_serror(struct vcpu *vcpu, u64 syndrome);
/* vcpu_skip() - advance the guest PC past the trapped 4-byte (2-byte when !IL) instruction. */
void vcpu_skip(struct vcpu *vcpu, u64 esr);

/* What an exception to EL1 does to PSTATE and PC (ARM ARM AArch64.TakeException). */
struct exc_entry {
	u64 pstate;
	u64 offset; /* from VBAR_EL1 */
};
/* exc_entry_sync() - a synchronous exception taken from @pstate with @sctlr. Pure. */
struct exc_entry exc_entry_sync(u64 pstate, u64 sctlr);
/* abort_esr() - ESR_EL1 of an external abort, for the stage-2 fault @esr_el2 taken from @pstate. Pure. */
u64 abort_esr(u64 pstate, u64 esr_el2, bool insn);
/* skip_pstate() - PSTATE after an emulated instruction: BTYPE and SS clear, the T32 IT block advanced. Pure. */
u64 skip_pstate(u64 pstate);

/* mmio_decode.c ---------------------------------------- */
struct mmio_insn {
	u32 size; /* bytes */
	bool write, sign_extend, reg64;
	u32 rt; /* 31 = XZR */
};
/* mmio_decode_iss() - from a valid syndrome. Return: 0, -EINVAL (ISV = 0). Pure. */
int __must_check mmio_decode_iss(u64 esr, struct mmio_insn *i);
/* mmio_finish_read() - what Rt receives for a read of @value (extension rules of the load). Pure. */
u64 mmio_extend(const struct mmio_insn *i, u64 value);
/* mmio_trap() - data abort at @ipa, not mapped by stage 2: emulated by vcpu->vm->io. Return: false = no device there.
 */
bool mmio_trap(struct vcpu *vcpu, u64 esr, u64 far, u64 ipa);
/* mmio_insn.c: the same for a data abort without a valid syndrome, on a region of vcpu->vm->io. */
void mmio_insn_trap(struct vcpu *vcpu, u64 esr, u64 far, u64 ipa);

/* abort.c ---------------------------------------- */
void trap_dabt(struct vcpu *vcpu, u64 esr);
void trap_iabt(struct vcpu *vcpu, u64 esr);

/* sysreg.c, idregs.c ---------------------------------------- */
/* sysreg_trap() - MSR/MRS by table; what is not in it is UNDEF. */
void sysreg_trap(struct vcpu *vcpu, u64 esr);
/* One access to a trapped register: @val in for writes, out for reads. Return: false = UNDEF. */
typedef bool (*sysreg_fn)(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
struct sysreg_desc {
	u32 enc; /* SYSREG_ISS() */
	sysreg_fn fn;
};
/* The table, ascending by enc. */
extern const struct sysreg_desc sysreg_table[];
extern const u32 sysreg_table_len;
/* sysreg_access() - what sysreg_trap() does with a decoded access. */
bool sysreg_access(struct vcpu *vcpu, u32 enc, bool write, u64 *val);

/* vicc.c: ICC_* under ICH_HCR_EL2.TC or TDIR
 * ------------------------------------------------------------------------------- */
bool vicc_sgi(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vicc_dir(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vicc_pmr(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vicc_rpr(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vicc_ctlr(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vicc_sre(struct vcpu *vcpu, u32 enc, bool write, u64 *val);

/* vdebug.c: self-hosted debug registers (MDCR_EL2.TDA, TDOSA, TDRA) ---------------------------------------- */
bool vdebug_regs(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vdebug_mdscr(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vdebug_oslar(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vdebug_oslsr(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
void vdebug_reset(struct vcpu *vcpu);
void vdebug_load(struct vcpu *vcpu);
void vdebug_put(struct vcpu *vcpu);
/* idreg_read() - by @iss encoding, RAZ for the reserved space. */
u64 idreg_read(const struct vm *vm, u32 crm, u32 op2);
/* idreg_sanitise() - pure: what of host value @v a guest may see. idreg_merge() - pure: what holds on two CPUs for
 * which that is @a and @b. */
u64 idreg_sanitise(u32 crm, u32 op2, u64 v);
/* idreg_sanitise_all() - the same for all IDREG_COUNT of them in place. */
void idreg_sanitise_all(u64 *regs);
u64 idreg_merge(u32 crm, u32 op2, u64 a, u64 b);

/* vcache.c: registers under HCR_EL2.TID2, for the table of sysreg.c */
bool vcache_ctr(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vcache_clidr(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vcache_ccsidr(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vcache_ccsidr2(struct vcpu *vcpu, u32 enc, bool write, u64 *val);
bool vcache_csselr(struct vcpu *vcpu, u32 enc, bool write, u64 *val);

/* idview.c ---------------------------------------- */
/**
 * idregs_init() - @vm's view of its CPUs: what holds on all of the kinds that its cpu-affinity has. Fills idreg, ctr,
 * hcr and sve_vl of vm->arch. idview_midr() - MIDR_EL1 for vCPUs on @class. ctr_merge() - pure: a CTR_EL0 that is true
 * for both. Context: VM create.
 */
void idregs_init(struct vm *vm);
u64 idview_midr(u32 class);
u64 ctr_merge(u64 a, u64 b);
/* idview_kept() - does @p, which comes up, have what VMs were told about CPUs of its class? */
bool idview_kept(const struct pcpu *p);

/* vtimer.c ---------------------------------------- */
/* The guest platform's timer interrupts; the physical ones are the host device tree's. */
#define VTIMER_PPI 27U
#define PTIMER_PPI 30U

/* vtimer_init_cpu() - take the virtual and physical timer PPIs for guests on this pCPU. Each pCPU, once. */
int __must_check vtimer_init_cpu(void);
/* vtimer_vcpu_create() - native or trapped physical timer (D11), and which PPIs are HW-bit interrupts. The vGIC is
 * there. */
int __must_check vtimer_vcpu_create(struct vcpu *vcpu);
void vtimer_vcpu_reset(struct vcpu *vcpu);
void vtimer_load(struct vcpu *vcpu);
void vtimer_put(struct vcpu *vcpu);
/* CNTP_*, CNTPCT when trapped (D11). Return: false = not one of them. */
bool vtimer_sysreg(struct vcpu *vcpu, u32 enc, bool write, u64 *val);

/* What guests are told (PSCI 1.1, SMCCC 1.2). */
#define VPSCI_VERSION 0x10001U
#define VSMCCC_VERSION 0x10002U

/* vpsci.c, vsmccc.c ---------------------------------------- */
/* vsmccc_call() - HVC or SMC with SMCCC function id in x0. */
void vsmccc_call(struct vcpu *vcpu);
/* vpsci_call() - @fn in the PSCI range (0x84000000-1f, 0xc4000000-1f), without PSCI_VERSION; x0 gets the result. */
void vpsci_call(struct vcpu *vcpu, u32 fn);
/* vpsci_features() - PSCI_FEATURES for function @fn. Pure. */
s64 vpsci_features(u32 fn);

/* switch.c ---------------------------------------- */
/* sysregs_block_s1() - no stage-1 walk can start under EL1&0 from here on: before VTTBR changes (D14, speculative AT).
 */
void sysregs_block_s1(void);
void sysregs_save(struct vcpu_sysregs *s);
/* sysregs_restore() - SCTLR_EL1 and then TCR_EL1 come last, so that walks start with everything in place. */
void sysregs_restore(const struct vcpu_sysregs *s);

/* vfp.c ---------------------------------------- */
/* FP, SIMD and SVE of a vCPU: storage, reset, and to and from the hardware. */
int __must_check vfp_create(struct vcpu *vcpu);
void vfp_destroy(struct vcpu *vcpu);
void vfp_reset(struct vcpu *vcpu);
/* CPTR_EL2 is the vCPU's, and has taken effect. */
void vfp_load(struct vcpu *vcpu);
void vfp_put(struct vcpu *vcpu);
/* fpsimd.S, sve.S. @regs: as struct vcpu_sve says; of @f only FPSR and FPCR. */
void fpsimd_save(struct vcpu_fpsimd *f);
void fpsimd_restore(const struct vcpu_fpsimd *f);
void sve_save(void *regs, struct vcpu_fpsimd *f);
void sve_restore(const void *regs, const struct vcpu_fpsimd *f);

/* stage2.c ---------------------------------------- */
/* s2_load() - VTTBR/VTCR of @vcpu's VM on this pCPU, with the errata order and the last-vCPU-ran-here rule (D14). */
void s2_load(struct vcpu *vcpu);

/* vcpu.c ---------------------------------------- */
/* vcpu_loaded() - the vCPU whose state this pCPU's hardware holds, running or blocked, or NULL. */
struct vcpu *vcpu_loaded(void);
/* vcpu_wait() - block the running vCPU until an interrupt is pending, as WFI does; not at all when one is. */
void vcpu_wait(struct vcpu *vcpu);
/* vcpu_sleep() - the same for a vCPU that has switched its CPU interface off: any enabled interrupt wakes it. */
void vcpu_sleep(struct vcpu *vcpu);

static inline u64 vcpu_reg(const struct vcpu *vcpu, u32 n)
{
	return n < 31 ? vcpu->arch.regs.x[n] : 0;
}

static inline void vcpu_set_reg(struct vcpu *vcpu, u32 n, u64 v)
{
	if (n < 31)
		vcpu->arch.regs.x[n] = v;
}

#endif
