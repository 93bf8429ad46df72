/* SPDX-License-Identifier: BSD-3-Clause */
/* PSCI 1.1 for guests (DEN0022): CPU power states are vCPU states, system calls are requests against the VM. */
#include <asm/guest/guest.h>
#include <asm/psci.h>
#include <common/schedule.h>

#define FN_SMC64 BIT32(30)
#define FN_NUMBER GENMASK(15, 0)
#define FN_BASE32 0x84000000U
#define FN_PSCI_LAST 0x1fU

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

static bool is_psci(u32 fn)
{
	return (fn & ~(FN_SMC64 | FN_NUMBER)) == FN_BASE32 && FIELD_GET(FN_NUMBER, fn) <= FN_PSCI_LAST;
}

bool vpsci_call(struct vcpu *vcpu, u32 fn)
{
	const u64 mask = fn & FN_SMC64 ? ~UINT64_C(0) : GENMASK(31, 0);
	u64 *x = vcpu->arch.regs.x;
	s64 r = PSCI_NOT_SUPPORTED;

	if (!is_psci(fn))
		return false;
	switch (fn) {
	case PSCI_0_2_CPU_SUSPEND32:
	case PSCI_0_2_CPU_SUSPEND64:
		r = cpu_suspend(vcpu, x[1] & GENMASK(31, 0));
		break;
	case PSCI_0_2_CPU_OFF:
		r = PSCI_SUCCESS;
		cpu_off(vcpu);
		break;
	case PSCI_0_2_CPU_ON32:
	case PSCI_0_2_CPU_ON64:
		r = cpu_on(vcpu, x[1] & mask, x[2] & mask, x[3] & mask);
		break;
	case PSCI_0_2_AFFINITY_INFO32:
	case PSCI_0_2_AFFINITY_INFO64:
		r = affinity_info(vcpu->vm, x[1] & mask, x[2] & GENMASK(31, 0));
		break;
	case PSCI_0_2_MIGRATE_INFO_TYPE:
		r = MIGRATE_NOT_NEEDED;
		break;
	case PSCI_0_2_SYSTEM_OFF:
		r = PSCI_SUCCESS;
		vm_request_stop(vcpu->vm, VM_STOP_POWER_OFF);
		break;
	case PSCI_0_2_SYSTEM_RESET:
		r = PSCI_SUCCESS;
		vm_request_reset(vcpu->vm);
		break;
	case PSCI_1_0_FEATURES:
		r = vpsci_features((u32)x[1]);
		break;
	default:
		break;
	}
	x[0] = (u64)r;
	return true;
}
