/* SPDX-License-Identifier: BSD-3-Clause */
/* Physical CPUs: per-CPU state behind TPIDR_EL2. */
#ifndef ASM_CPU_H
#define ASM_CPU_H

#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/offsets.h>
#include <asm/page.h>
#include <asm/spinlock.h>
#include <asm/sysreg.h>
#include <lib/types.h>

struct vcpu;
struct sched_cpu;
struct sched_work;

/* Reasons for the slow way out of an exit; set by this pCPU, or by another one followed by an IPI. */
#define PCPU_RESCHED BIT32(0) /* pick a vCPU again */
#define PCPU_VGIC BIT32(1)    /* the current vCPU has interrupts to bring into list registers */

/* Where a pCPU is on its way up; changed with compare-and-swap, because starter and started race at a time-out. */
enum pcpu_boot { PCPU_BOOT_OFF, PCPU_BOOT_STARTING, PCPU_BOOT_UP, PCPU_BOOT_GIVEN_UP };

struct pcpu {
	struct vcpu *vcpu; /* current, or NULL when idle */
	u64 stack_top;
	u32 flags;        /* PCPU_*, atomic */
	u32 id;           /* index into host.cpu and pcpus; not derived from MPIDR */
	u64 mpidr;        /* affinity fields */
	u32 class;        /* kind of core, 0 = the smallest (common/cpu_class.h) */
	paddr_t gicr;     /* this CPU's redistributor, RD_base */
	u64 kick;         /* ICC_SGI1R_EL1 that sends SGI_KICK here; nobody before the CPU interface is on */
	u32 vtimer_intid; /* the virtual timer of guests; 0, which no PPI is, before it was taken */
	bool online;
	u32 boot;   /* enum pcpu_boot */
	bool leave; /* power off as soon as nothing is scheduled here */
	struct cpu_features features;
	const void *vectors;                    /* variant chosen at boot (D6) */
	struct sched_cpu *sched;                /* common/schedule.c */
	struct sched_work *work;                /* whose stack this CPU is on */
	const void *last_vm;                    /* VM whose stage 2 this CPU has loaded, for last-vCPU-ran-here (D14) */
	struct vcpu *last_vcpu[CONFIG_MAX_VMS]; /* per VM id: the vCPU that ran here last */
	u64 *window_l2;                         /* EL2 per-CPU guest window table (asm/mmu.h) */
	paddr_t el2_root;                       /* this CPU's TTBR0_EL2 */
};

static_assert(offsetof(struct pcpu, vcpu) == PCPU_VCPU, "vectors.S");
static_assert(offsetof(struct pcpu, stack_top) == PCPU_STACK_TOP, "vectors.S");
static_assert(offsetof(struct pcpu, flags) == PCPU_FLAGS, "vectors.S");

extern struct pcpu pcpus[CONFIG_MAX_PCPUS];

static inline struct pcpu *this_pcpu(void)
{
	struct pcpu *p;

	__asm__("mrs %0, tpidr_el2" : "=r"(p));
	return p;
}

static inline void pcpu_set_flag(struct pcpu *p, u32 flag)
{
	__atomic_fetch_or(&p->flags, flag, __ATOMIC_RELEASE);
}

static inline u32 pcpu_take_flags(struct pcpu *p)
{
	return __atomic_exchange_n(&p->flags, 0, __ATOMIC_ACQUIRE);
}

/* MPIDR_EL1 fields that name a CPU: Aff3 | Aff2 | Aff1 | Aff0, without MT and U. */
#define MPIDR_AFF_MASK UINT64_C(0xff00ffffff)

/**
 * pcpu_kick() - make @p leave its guest, or its WFI, and look at its flags: SGI 0. What was written before is visible
 * to it then. pcpu_stop_others() - SGI 1 to all other CPUs: they park for good (crash, power-off). Any context.
 */
#ifdef HOST_TEST
void pcpu_kick(const struct pcpu *p);
#else
static inline void pcpu_kick(const struct pcpu *p)
{
	/* The reason is visible before the interrupt arrives. */
	dsb(ishst);
	write_sysreg(p->kick, ICC_SGI1R_EL1);
	isb();
}
#endif
void pcpu_stop_others(void);
#define SGI_KICK 0U
#define SGI_STOP 1U

/* pcpu_notify() - set @flag of @p, and kick it when it is another one. */
static inline void pcpu_notify(struct pcpu *p, u32 flag)
{
	pcpu_set_flag(p, flag);
	if (p != this_pcpu())
		pcpu_kick(p);
}

/* cpu_early_init() - a per-CPU area for the boot CPU, before the host is known: TPIDR_EL2, stack, no vector variant. */
void cpu_early_init(void);

/**
 * cpu_init_boot() - finish pCPU set-up of the boot CPU: its index in host.cpu by MPIDR, features, EL2 registers,
 * vectors.
 * @bhb_off: hv.bhb=off, no branch-history mitigation. Return: 0, -ENODEV when the device tree does not list this CPU.
 * Context: boot CPU, once, host filled.
 */
int __must_check cpu_init_boot(bool bhb_off);

/**
 * cpu_init_secondary() - the same for a secondary CPU, whose struct pcpu is in TPIDR_EL2 already. Context: that CPU.
 */
void cpu_init_secondary(void);

/**
 * cpu_start() - power host CPU @id on (PSCI CPU_ON, DEN0022 5.6) and wait until it is up, at most a second.
 * @err: receives why it is not. Return: 0, -EALREADY (it is up), -ENOMEM (stack or tables), -EIO (firmware refused),
 * -ETIMEDOUT (given up: should it still arrive, it powers itself off). Context: one caller at a time.
 */
int __must_check cpu_start(u32 id, char *err, size_t err_size);

/* cpu_stop_self() - this CPU leaves: PSCI CPU_OFF; parks when firmware refuses. Nothing is scheduled here. */
__noreturn void cpu_stop_self(void);

/**
 * cpu_mdcr() - MDCR_EL2 that traps debug, PMU, profiling and trace registers: what the ID view hides is UNDEF then.
 * cpu_cptr() - CPTR_EL2 with FP/SIMD native and SVE, SME, AMU and trace trapped. For EL2 itself and, but for SVE, every
 * vCPU.
 */
u64 cpu_mdcr(const struct cpu_features *f);
u64 cpu_cptr(const struct cpu_features *f);

/**
 * cpu_common_sve_vl() - the longest SVE vector, in bytes, that every pCPU which is up has; 0 when one of them has no
 * SVE. cpu_common_pa_bits() - the size of a physical address that all of them have. What was answered once is a promise
 * to VMs: cpu_broken_promise() - why the calling CPU, which comes up later, cannot run what the others run; or NULL.
 */
u32 cpu_common_sve_vl(void);
u32 cpu_common_pa_bits(void);
const char *cpu_broken_promise(void);

/* cpu_el2_setup() - every EL2 control register to a known value (HCR, HCRX, MDCR, CPTR, FGT, CNTHCTL, ...). Each pCPU.
 */
void cpu_el2_setup(struct pcpu *p);

#endif
