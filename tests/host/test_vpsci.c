/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/guest/vpsci.c hypervisor/arch/arm64/guest/vsmccc.c */
/* PSCI and SMCCC calls of guests: results, states, arguments in both widths, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <asm/cpu.h>
#include <asm/guest/guest.h>
#include <asm/psci.h>
#include <common/firmware.h>
#include <common/schedule.h>
#include <lib/errno.h>

#define RAM UINT64_C(0x40000000)
#define DEVICE UINT64_C(0x9000000)
#define NR_VCPUS 3U
#define SCMI_SMC 0x82000010U

static struct vm vm;
static struct vcpu vcpus[NR_VCPUS];
static struct vcpu *self = &vcpus[0];
static struct pcpu pcpu;
static u32 nr_reset, nr_stop, nr_wake, nr_wait, nr_sleep, nr_smc;
static enum vm_stop_reason stop_reason;
static struct smccc_regs smc_seen;
static u32 host_psci;
static s64 firmware_answer;
static u32 firmware_fn, firmware_arg;

struct pcpu *mock_this_pcpu(void)
{
	return &pcpu;
}

void vm_request_reset(struct vm *v)
{
	assert_ptr_equal(v, &vm);
	nr_reset++;
}

void vm_request_stop(struct vm *v, enum vm_stop_reason why)
{
	assert_ptr_equal(v, &vm);
	assert_int_equal(v->lock.owner, v->lock.next); /* not held */
	stop_reason = why;
	nr_stop++;
}

void sched_block(struct vcpu *v, enum vcpu_state state)
{
	v->state = state;
}

void sched_wake(struct vcpu *v)
{
	assert_int_equal(v->state, VCPU_BLOCKED);
	v->state = VCPU_RUNNABLE;
	nr_wake++;
}

void vcpu_wait(struct vcpu *v)
{
	assert_ptr_equal(v, self);
	nr_wait++;
}

void vcpu_sleep(struct vcpu *v)
{
	assert_ptr_equal(v, self);
	nr_sleep++;
}

int pgtable_lookup(struct pgtable *pt, u64 ia, u64 *pte, u32 *level)
{
	assert_ptr_equal(pt, &vm.arch.s2);
	*level = 2;
	*pte = PTE_VALID | (ia < RAM ? S2_XN_ALL : 0);
	return (ia >= RAM && ia < RAM + MIB(64)) || (ia >= DEVICE && ia < DEVICE + 0x1000) ? 0 : -EFAULT;
}

u32 psci_version(void)
{
	return host_psci;
}

s64 psci_call(u32 fn, u64 a1, u64 a2, u64 a3)
{
	(void)a2;
	(void)a3;
	firmware_fn = fn;
	firmware_arg = (u32)a1;
	return firmware_answer;
}

void smccc_smc(struct smccc_regs *r)
{
	u32 i;

	smc_seen = *r;
	for (i = 0; i < 18; i++)
		r->a[i] = 0x500 + i;
	nr_smc++;
}

bool firmware_may_call(const struct vm *v, u32 fn)
{
	for (u32 i = 0; i < v->cfg.nr_smc_forward; i++) {
		if (v->cfg.smc_forward[i] == fn)
			return true;
	}
	return false;
}

static int setup(void **state)
{
	u32 i;

	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(vcpus, 0, sizeof(vcpus));
	memset(&pcpu, 0, sizeof(pcpu));
	for (i = 0; i < NR_VCPUS; i++) {
		vcpus[i].vm = &vm;
		vcpus[i].id = i;
		vcpus[i].state = VCPU_OFF;
		vm.vcpu[i] = &vcpus[i];
	}
	vm.nr_vcpus = NR_VCPUS;
	self->state = VCPU_RUNNABLE;
	nr_reset = nr_stop = nr_wake = nr_wait = nr_sleep = nr_smc = 0;
	host_psci = 0x10001;
	firmware_answer = SMCCC_NOT_SUPPORTED;
	firmware_fn = 0;
	return 0;
}

/* The call with x1-x3 given and x4-x17 marked; everything but x0 has to come back unchanged. */
static s64 call(u64 fn, u64 a1, u64 a2, u64 a3)
{
	u64 *x = self->arch.regs.x;
	u32 i;

	for (i = 0; i < 31; i++)
		x[i] = 0xabc0000 + i;
	x[0] = fn;
	x[1] = a1;
	x[2] = a2;
	x[3] = a3;
	vsmccc_call(self);
	assert_int_equal(x[1], a1);
	assert_int_equal(x[2], a2);
	assert_int_equal(x[3], a3);
	for (i = 4; i < 31; i++)
		assert_int_equal(x[i], 0xabc0000 + i);
	return (s64)x[0];
}

static void test_versions(void **state)
{
	(void)state;
	assert_int_equal(call(PSCI_0_2_VERSION, 0, 0, 0), 0x10001);
	assert_int_equal(call(SMCCC_VERSION, 0, 0, 0), 0x10002);
	assert_int_equal(call(PSCI_0_2_MIGRATE_INFO_TYPE, 0, 0, 0), 2);
	/* The function id is w0: the upper half and the SVE hint do not count. */
	assert_int_equal(call(0xffffffff00000000 | PSCI_0_2_VERSION, 0, 0, 0), 0x10001);
	assert_int_equal(call(SMCCC_VERSION | 0x10000, 0, 0, 0), 0x10002);
}

static void test_features(void **state)
{
	static const u32 yes[] = { PSCI_0_2_VERSION,
				   PSCI_0_2_CPU_SUSPEND32,
				   PSCI_0_2_CPU_SUSPEND64,
				   PSCI_0_2_CPU_OFF,
				   PSCI_0_2_CPU_ON32,
				   PSCI_0_2_CPU_ON64,
				   PSCI_0_2_AFFINITY_INFO32,
				   PSCI_0_2_AFFINITY_INFO64,
				   PSCI_0_2_MIGRATE_INFO_TYPE,
				   PSCI_0_2_SYSTEM_OFF,
				   PSCI_0_2_SYSTEM_RESET,
				   PSCI_1_0_FEATURES,
				   SMCCC_VERSION };
	static const u32 no[] = {
		PSCI_1_1_SYSTEM_RESET2_32, PSCI_1_1_SYSTEM_RESET2_64, 0x84000005, 0xc4000003 + 2, 0, ~0U
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(yes); i++)
		assert_int_equal(call(PSCI_1_0_FEATURES, yes[i], 0, 0), PSCI_SUCCESS);
	for (i = 0; i < ARRAY_SIZE(no); i++)
		assert_int_equal(call(PSCI_1_0_FEATURES, no[i], 0, 0), PSCI_NOT_SUPPORTED);
}

static void test_unknown(void **state)
{
	/* Other PSCI numbers, other owners, yielding calls, 64-bit forms that do not exist, garbage */
	static const u32 fn[] = {
		0x84000005, 0x84000007, 0x8400001f, 0x84000020, 0x84000050, 0xc4000000,
		0x80000002, 0x82000010, 0x83000000, 0x85000000, 0x86000000, 0xbf00ff01,
		0x04000000, 0,          0xffffffff, 0xc4000008, 0xc4000009, PSCI_1_1_SYSTEM_RESET2_64
	};
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(fn); i++)
		assert_int_equal(call(fn[i], 1, 2, 3), -1);
	assert_int_equal(nr_smc + nr_stop + nr_reset, 0);
	assert_int_equal(firmware_fn, 0);
}

static void test_cpu_on(void **state)
{
	(void)state;
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 1, RAM + 0x80000, 0x1234567890), PSCI_SUCCESS);
	assert_int_equal(vcpus[1].arch.start.pc, RAM + 0x80000);
	assert_int_equal(vcpus[1].arch.start.x0, 0x1234567890);
	assert_int_equal(vcpus[1].state, VCPU_RUNNABLE);
	assert_int_equal(nr_wake, 1);
	/* Not started yet by its own CPU: the entry point of the first caller stays. */
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 1, RAM, 0), PSCI_ON_PENDING);
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO64, 1, 0, 0), 2);
	assert_int_equal(vcpus[1].arch.start.pc, RAM + 0x80000);
	vcpus[1].arch.start.pending = false;
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 1, RAM, 0), PSCI_ALREADY_ON);
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 0, RAM, 0), PSCI_ALREADY_ON);
	vcpus[1].state = VCPU_BLOCKED;
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 1, RAM, 0), PSCI_ALREADY_ON);
	assert_int_equal(nr_wake, 1);
	assert_int_equal(vm.lock.owner, vm.lock.next);
}

static void test_cpu_on_bad(void **state)
{
	(void)state;
	assert_int_equal(call(PSCI_0_2_CPU_ON64, NR_VCPUS, RAM, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 0x100, RAM, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_0_2_CPU_ON64, BIT(31) | 1, RAM, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_0_2_CPU_ON64, BIT(40) | 1, RAM, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 1, 0, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 1, RAM + MIB(64), 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 1, DEVICE, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 1, RAM + 2, 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(call(PSCI_0_2_CPU_ON64, 1, ~UINT64_C(3), 0), PSCI_INVALID_ADDRESS);
	assert_int_equal(nr_wake, 0);
	assert_int_equal(vcpus[1].state, VCPU_OFF);
	/* The 32-bit form looks at the lower halves only. */
	assert_int_equal(call(PSCI_0_2_CPU_ON32, BIT(32) | 2, BIT(40) | RAM, BIT(35) | 7), PSCI_SUCCESS);
	assert_int_equal(vcpus[2].arch.start.pc, RAM);
	assert_int_equal(vcpus[2].arch.start.x0, 7);
}

static void test_affinity_info(void **state)
{
	(void)state;
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO64, 0, 0, 0), 0);
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO64, 1, 0, 0), 1);
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO32, BIT(33) | 2, 0, 0), 1);
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO64, 3, 0, 0), PSCI_INVALID_PARAMETERS);
	/* Whole clusters: on when one of them is. */
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO64, 1, 1, 0), 0);
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO64, 0xffff, 2, 0), 0);
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO64, 1, 3, 0), 0);
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO64, 0x100, 1, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO64, 0, 4, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_0_2_AFFINITY_INFO64, BIT(24), 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(vm.lock.owner, vm.lock.next);
}

static void test_cpu_off(void **state)
{
	(void)state;
	vcpus[1].state = VCPU_BLOCKED;
	(void)call(PSCI_0_2_CPU_OFF, 0, 0, 0);
	assert_int_equal(self->state, VCPU_OFF);
	assert_int_equal(nr_stop, 0);
	vcpus[1].state = VCPU_OFF;
	self->state = VCPU_RUNNABLE;
	(void)call(PSCI_0_2_CPU_OFF, 0, 0, 0);
	assert_int_equal(nr_stop, 1);
	assert_int_equal(stop_reason, VM_STOP_ALL_OFF);
}

static void test_suspend(void **state)
{
	(void)state;
	assert_int_equal(call(PSCI_0_2_CPU_SUSPEND64, 0, 0, 0), PSCI_SUCCESS);
	assert_int_equal(call(PSCI_0_2_CPU_SUSPEND32, BIT(16) | BIT(24) | 0xffff, RAM, 0), PSCI_SUCCESS);
	assert_int_equal(nr_wait, 1);
	assert_int_equal(nr_sleep, 1);
	assert_int_equal(call(PSCI_0_2_CPU_SUSPEND64, BIT(17), 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_0_2_CPU_SUSPEND64, BIT(31), 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(call(PSCI_0_2_CPU_SUSPEND64, BIT(16) | BIT(31), 0, 0), PSCI_INVALID_PARAMETERS);
	assert_int_equal(nr_wait, 1);
	assert_int_equal(nr_sleep, 1);
}

static void test_system(void **state)
{
	(void)state;
	(void)call(PSCI_0_2_SYSTEM_OFF, 0, 0, 0);
	assert_int_equal(nr_stop, 1);
	assert_int_equal(stop_reason, VM_STOP_POWER_OFF);
	(void)call(PSCI_0_2_SYSTEM_RESET, 0, 0, 0);
	assert_int_equal(nr_reset, 1);
}

static void test_workarounds(void **state)
{
	(void)state;
	/* Firmware knows nothing, and the CPU does not say that it is safe. */
	pcpu.features.bhb = BHB_LOOP8;
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1, 0, 0), -1);
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_3, 0, 0), -1);
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0), 0);
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_SOC_ID, 0, 0), -1);
	/* Safe by its ID registers: firmware is not asked. */
	firmware_fn = 0;
	pcpu.features.csv2 = true;
	pcpu.features.bhb = BHB_NONE;
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1, 0, 0), 1);
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_3, 0, 0), 1);
	assert_int_equal(firmware_fn, 0);
	/* Firmware has it: told, and passed on when called. */
	pcpu.features.csv2 = false;
	firmware_answer = 0;
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_1, 0, 0), 0);
	(void)call(SMCCC_ARCH_WORKAROUND_1, 0, 0, 0);
	assert_int_equal(firmware_fn, SMCCC_ARCH_WORKAROUND_1);
	/* WORKAROUND_2 has state in firmware: only "not needed" is passed on. */
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_2, 0, 0), -1);
	firmware_answer = 1;
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_2, 0, 0), 1);
	/* Firmware older than PSCI 1.0 is not asked at all. */
	host_psci = 0x2;
	assert_int_equal(call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_2, 0, 0), -1);
}

static void test_forward(void **state)
{
	u32 i;

	(void)state;
	assert_int_equal(call(SCMI_SMC, 1, 2, 3), -1);
	vm.cfg.nr_smc_forward = 2;
	vm.cfg.smc_forward[1] = SCMI_SMC;
	for (i = 0; i < 31; i++)
		self->arch.regs.x[i] = i;
	self->arch.regs.x[0] = SCMI_SMC;
	vsmccc_call(self);
	assert_int_equal(nr_smc, 1);
	assert_int_equal(smc_seen.a[0], SCMI_SMC);
	assert_int_equal(smc_seen.a[17], 17);
	for (i = 0; i < 18; i++)
		assert_int_equal(self->arch.regs.x[i], 0x500 + i);
	assert_int_equal(self->arch.regs.x[18], 18);
	/* A function of Hazel's own cannot be given away. */
	vm.cfg.smc_forward[0] = PSCI_0_2_SYSTEM_OFF;
	(void)call(PSCI_0_2_SYSTEM_OFF, 0, 0, 0);
	assert_int_equal(nr_smc, 1);
	assert_int_equal(nr_stop, 1);
}

static void test_uid(void **state)
{
	(void)state;
	self->arch.regs.x[0] = 0x8600ff01;
	vsmccc_call(self);
	assert_int_equal(self->arch.regs.x[0], 0xbd165312);
	assert_int_equal(self->arch.regs.x[3], 0xf7cadccf);
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_versions),   T(test_features),      T(test_unknown), T(test_cpu_on),
		T(test_cpu_on_bad), T(test_affinity_info), T(test_cpu_off), T(test_suspend),
		T(test_system),     T(test_workarounds),   T(test_forward), T(test_uid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
