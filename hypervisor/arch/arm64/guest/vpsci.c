/* SPDX-License-Identifier: BSD-3-Clause */
/* PSCI 1.1 for guests (DEN0022): CPU power states are vCPU states, system calls are requests against the VM. */
#include <asm/guest/guest.h>
#include <asm/psci.h>
#include <common/schedule.h>

#define FN_SMC64 BIT32(30)
#define FN_COUNT 32U
#define FN_NR(fn) ((fn) % FN_COUNT)

/* MPIDR argument: affinity fields only (5.1.4). */
#define MPIDR_ARG_MASK UINT64_C(0xff00ffffff)
#define AFF_BITS 8U
#define AFF_LEVEL_MAX 3U
#define AFF3_SHIFT 32U

/* power_state, original format (5.4.2): StateType in bit 16, PowerLevel in 25:24, the rest but StateID is zero. */
#define POWER_STATE_DOWN BIT32(16)
#define POWER_STATE_MBZ (GENMASK(31, 26) | GENMASK(23, 17))

/* AFFINITY_INFO */
#define AFFINITY_ON 0
#define AFFINITY_OFF 1
#define AFFINITY_ON_PENDING 2

/* MIGRATE_INFO_TYPE: no Trusted OS, or one that does not need migration. */
#define MIGRATE_NOT_NEEDED 2

s64 vpsci_features(u32 fn)
{
	switch (fn) {
	case PSCI_0_2_VERSION:
	case PSCI_0_2_CPU_SUSPEND32:
	case PSCI_0_2_CPU_SUSPEND64:
	case PSCI_0_2_CPU_OFF:
	case PSCI_0_2_CPU_ON32:
	case PSCI_0_2_CPU_ON64:
	case PSCI_0_2_AFFINITY_INFO32:
	case PSCI_0_2_AFFINITY_INFO64:
	case PSCI_0_2_MIGRATE_INFO_TYPE:
	case PSCI_0_2_SYSTEM_OFF:
	case PSCI_0_2_SYSTEM_RESET:
	case PSCI_1_0_FEATURES:
	case SMCCC_VERSION:
		return PSCI_SUCCESS;
	default:
		return PSCI_NOT_SUPPORTED;
	}
}

/* Do the affinity fields of @a and @b agree from @level (0 to 3) up? */
static bool same_affinity(u64 a, u64 b, u32 level)
{
	u32 shift = level == AFF_LEVEL_MAX ? AFF3_SHIFT : level * AFF_BITS;

	return (a >> shift) == (b >> shift);
}

static struct vcpu *find_vcpu(struct vm *vm, u64 mpidr)
{
	u32 i;

	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpu[i] && vcpu_arch_mpidr(vm->vcpu[i]->id) == mpidr)
			return vm->vcpu[i];
	return NULL;
}

/* An instruction can be fetched from @ipa: mapped, and not a device. */
static bool entry_ok(struct vm *vm, u64 ipa)
{
	u64 pte;
	u32 level;

	return IS_ALIGNED(ipa, 4) && pgtable_lookup(&vm->arch.s2, ipa, &pte, &level) == 0 && !(pte & S2_XN);
}

/*
 * The target resets itself on its own pCPU (vcpu_arch_load() or vcpu_arch_before_enter()), where its state may still be
 * in the hardware. The VM's lock makes one of several callers win.
 */
static s64 cpu_on(struct vcpu *vcpu, u64 mpidr, u64 entry, u64 context)
{
	struct vm *vm = vcpu->vm;
	struct vcpu *t = find_vcpu(vm, mpidr);
	s64 r = PSCI_SUCCESS;

	if (!t)
		return PSCI_INVALID_PARAMETERS;
	if (!entry_ok(vm, entry))
		return PSCI_INVALID_ADDRESS;
	spin_lock(&vm->lock);
	if (t->arch.start.pending) {
		r = PSCI_ON_PENDING;
	} else if (t->state != VCPU_OFF) {
		r = PSCI_ALREADY_ON;
	} else {
		t->arch.start.pc = entry;
		t->arch.start.x0 = context;
		__atomic_store_n(&t->arch.start.pending, true, __ATOMIC_RELEASE);
		t->state = VCPU_BLOCKED;
	}
	spin_unlock(&vm->lock);
	if (r == PSCI_SUCCESS)
		sched_wake(t);
	return r;
}

static s64 affinity_info(struct vm *vm, u64 mpidr, u64 level)
{
	s64 r = PSCI_INVALID_PARAMETERS;
	u32 i;

	if (level > AFF_LEVEL_MAX || (mpidr & ~MPIDR_ARG_MASK))
		return PSCI_INVALID_PARAMETERS;
	spin_lock(&vm->lock);
	for (i = 0; i < vm->nr_vcpus; i++) {
		const struct vcpu *v = vm->vcpu[i];

		if (!v || !same_affinity(vcpu_arch_mpidr(v->id), mpidr, (u32)level))
			continue;
		if (v->arch.start.pending) {
			if (r != AFFINITY_ON)
				r = AFFINITY_ON_PENDING;
		} else if (v->state != VCPU_OFF) {
			r = AFFINITY_ON;
			break;
		} else if (r == PSCI_INVALID_PARAMETERS) {
			r = AFFINITY_OFF;
		}
	}
	spin_unlock(&vm->lock);
	return r;
}

/* Never returns to the caller's code; the last vCPU to leave takes the VM with it. */
static void cpu_off(struct vcpu *vcpu)
{
	struct vm *vm = vcpu->vm;
	bool last = true;
	u32 i;

	spin_lock(&vm->lock);
	for (i = 0; i < vm->nr_vcpus; i++)
		if (vm->vcpu[i] && vm->vcpu[i] != vcpu && vm->vcpu[i]->state != VCPU_OFF)
			last = false;
	if (!last)
		sched_block(vcpu, VCPU_OFF);
	spin_unlock(&vm->lock);
	if (last)
		vm_request_stop(vm, VM_STOP_ALL_OFF);
}

/*
 * Standby is a WFI. Power-down is downgraded to standby, and returns instead of losing state, as an implementation may
 * (5.4.4); but who asks for it may have closed its CPU interface and put its redistributor to sleep, as Linux does with
 * a GIC that has one Security state, and relies on WakeRequest.
 */
static s64 cpu_suspend(struct vcpu *vcpu, u64 power_state)
{
	if (power_state & POWER_STATE_MBZ)
		return PSCI_INVALID_PARAMETERS;
	if (power_state & POWER_STATE_DOWN)
		vcpu_sleep(vcpu);
	else
		vcpu_wait(vcpu);
	return PSCI_SUCCESS;
}

typedef s64 (*psci_fn)(struct vcpu *vcpu, u64 mask);

static s64 fn_cpu_suspend(struct vcpu *vcpu, u64 mask __unused)
{
	return cpu_suspend(vcpu, vcpu->arch.regs.x[1] & GENMASK(31, 0));
}

static s64 fn_cpu_off(struct vcpu *vcpu, u64 mask __unused)
{
	cpu_off(vcpu);
	return PSCI_SUCCESS;
}

static s64 fn_cpu_on(struct vcpu *vcpu, u64 mask)
{
	const u64 *x = vcpu->arch.regs.x;

	return cpu_on(vcpu, x[1] & mask, x[2] & mask, x[3] & mask);
}

static s64 fn_affinity_info(struct vcpu *vcpu, u64 mask)
{
	const u64 *x = vcpu->arch.regs.x;

	return affinity_info(vcpu->vm, x[1] & mask, x[2] & GENMASK(31, 0));
}

static s64 fn_migrate_info_type(struct vcpu *vcpu __unused, u64 mask __unused)
{
	return MIGRATE_NOT_NEEDED;
}

static s64 fn_system_off(struct vcpu *vcpu, u64 mask __unused)
{
	vm_request_stop(vcpu->vm, VM_STOP_POWER_OFF);
	return PSCI_SUCCESS;
}

static s64 fn_system_reset(struct vcpu *vcpu, u64 mask __unused)
{
	vm_request_reset(vcpu->vm);
	return PSCI_SUCCESS;
}

static s64 fn_features(struct vcpu *vcpu, u64 mask __unused)
{
	return vpsci_features((u32)vcpu->arch.regs.x[1]);
}

/* By number; PSCI_VERSION is answered before. Those with addresses or affinities have a 64-bit form too. */
static const psci_fn functions[FN_COUNT] = {
	[FN_NR(PSCI_0_2_CPU_SUSPEND32)] = fn_cpu_suspend,
	[FN_NR(PSCI_0_2_CPU_OFF)] = fn_cpu_off,
	[FN_NR(PSCI_0_2_CPU_ON32)] = fn_cpu_on,
	[FN_NR(PSCI_0_2_AFFINITY_INFO32)] = fn_affinity_info,
	[FN_NR(PSCI_0_2_MIGRATE_INFO_TYPE)] = fn_migrate_info_type,
	[FN_NR(PSCI_0_2_SYSTEM_OFF)] = fn_system_off,
	[FN_NR(PSCI_0_2_SYSTEM_RESET)] = fn_system_reset,
	[FN_NR(PSCI_1_0_FEATURES)] = fn_features,
};
#define FN_WITH_64                                                                                                     \
	(BIT32(FN_NR(PSCI_0_2_CPU_SUSPEND32)) | BIT32(FN_NR(PSCI_0_2_CPU_ON32)) |                                      \
	 BIT32(FN_NR(PSCI_0_2_AFFINITY_INFO32)))

static __noinline void call(struct vcpu *vcpu, u32 fn, psci_fn f)
{
	vcpu->arch.regs.x[0] = (u64)f(vcpu, fn & FN_SMC64 ? ~UINT64_C(0) : GENMASK(31, 0));
}

void vpsci_call(struct vcpu *vcpu, u32 fn)
{
	u32 n = FN_NR(fn);

	if (!functions[n] || ((fn & FN_SMC64) && !(FN_WITH_64 & BIT32(n))))
		vcpu->arch.regs.x[0] = (u64)PSCI_NOT_SUPPORTED;
	else
		call(vcpu, fn, functions[n]);
}
