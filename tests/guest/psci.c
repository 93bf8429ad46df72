/* SPDX-License-Identifier: BSD-3-Clause */
/* PSCI 1.1 and SMCCC 1.2 as a guest sees them, over HVC and SMC. */
#include <gic.h>
#include <test.h>

#define VERSION_1_1 0x10001
#define SMCCC_1_2 0x10002
#define NOT_SUPPORTED (-1)
#define INVALID_PARAMETERS (-2)
#define ALREADY_ON (-4)
#define NO_SUCH_CPU 0x8000ff
#define ENTRY_OUTSIDE_RAM UINT64_C(0x08000000)
#define PSCI_SYSTEM_RESET2 0x84000012U
#define ARCH_WORKAROUND_1 0x80008000U
#define ARCH_WORKAROUND_2 0x80007fffU
#define ARCH_WORKAROUND_3 0x80003fffU
#define SUSPEND_POWERDOWN BIT(16)
#define TIMER_MS 5U

const bool want_mmu = true;

typedef u64 (*call_t)(u64 fn, u64 a1, u64 a2, u64 a3);

static u64 self(void)
{
	return sysreg_read(mpidr_el1) & UINT64_C(0xff00ffffff);
}

static void check_version(call_t call)
{
	EXPECT_EQ(RES32(call(PSCI_VERSION, 0, 0, 0)), VERSION_1_1);
}

static void version_hvc(void)
{
	check_version(hvc_call);
}

static void version_smc(void)
{
	check_version(smc_call);
}

static void features(void)
{
	static const u32 supported[] = { PSCI_VERSION,       PSCI_CPU_SUSPEND, PSCI_CPU_OFF,      PSCI_CPU_ON,
					 PSCI_AFFINITY_INFO, PSCI_SYSTEM_OFF,  PSCI_SYSTEM_RESET, PSCI_FEATURES };

	for (u32 i = 0; i < ARRAY_SIZE(supported); i++)
		EXPECT_EQ(RES32(hvc_call(PSCI_FEATURES, supported[i], 0, 0)), 0);
	EXPECT_EQ(RES32(hvc_call(PSCI_FEATURES, 0x8400001f, 0, 0)), NOT_SUPPORTED);
	EXPECT_EQ(RES32(hvc_call(PSCI_FEATURES, 0, 0, 0)), NOT_SUPPORTED);
	EXPECT_EQ(RES32(hvc_call(PSCI_FEATURES, 0xffffffff, 0, 0)), NOT_SUPPORTED);
}

static void affinity_info(void)
{
	EXPECT_EQ(RES32(hvc_call(PSCI_AFFINITY_INFO, self(), 0, 0)), 0);
	EXPECT_EQ(RES32(hvc_call(PSCI_AFFINITY_INFO, NO_SUCH_CPU, 0, 0)), INVALID_PARAMETERS);
	EXPECT_EQ(RES32(hvc_call(PSCI_AFFINITY_INFO, self() | BIT(40), 0, 0)), INVALID_PARAMETERS);
}

static void affinity_info_level(void)
{
	EXPECT_EQ(RES32(hvc_call(PSCI_AFFINITY_INFO, self(), 99, 0)), INVALID_PARAMETERS);
}

static void cpu_on_errors(void)
{
	u64 entry = (u64)image_start;

	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, self(), entry, 0)), ALREADY_ON);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, NO_SUCH_CPU, entry, 0)), INVALID_PARAMETERS);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_ON, BIT(63) | self(), entry, 0)), INVALID_PARAMETERS);
}

/* Whatever the order of the checks is, an entry outside RAM on a CPU that is on must not start or kill anything. */
static void cpu_on_bad_entry(void)
{
	s32 r = RES32(hvc_call(PSCI_CPU_ON, self(), ENTRY_OUTSIDE_RAM, 0));

	EXPECT(r == ALREADY_ON || r == -9);
	EXPECT_EQ(RES32(hvc_call(PSCI_AFFINITY_INFO, self(), 0, 0)), 0);
}

static void suspend_until_timer(u64 state, call_t call)
{
	u64 start;

	gic_init();
	gic_enable(INTID_VTIMER);
	start = now();
	sysreg_write(cntv_tval_el0, ticks_ms(TIMER_MS));
	sysreg_write(cntv_ctl_el0, 1);
	EXPECT_EQ(RES32(call(PSCI_CPU_SUSPEND, state, (u64)image_start, 0)), 0);
	EXPECT(now() - start >= ticks_ms(TIMER_MS));
	EXPECT_EQ(gic_wait(), INTID_VTIMER);
	sysreg_write(cntv_ctl_el0, 0);
	gic_eoi(INTID_VTIMER);
}

static void suspend_standby(void)
{
	suspend_until_timer(0, hvc_call);
}

static void suspend_standby_smc(void)
{
	suspend_until_timer(0, smc_call);
}

/* Power-down states may be answered as standby (DEN0022 5.4.2); what may not happen is a hang. */
static void suspend_powerdown(void)
{
	suspend_until_timer(SUSPEND_POWERDOWN, hvc_call);
}

/* As Linux does with a GIC of one Security state: group and redistributor off, and the timer is to wake it. */
static void suspend_asleep(u64 wait_ms)
{
	u64 start;

	gic_init();
	gic_enable(INTID_VTIMER);
	start = now();
	sysreg_write(cntv_tval_el0, ticks_ms(TIMER_MS));
	sysreg_write(cntv_ctl_el0, 1);
	while (now() - start < ticks_ms(wait_ms))
		;
	sysreg_write(S3_0_C12_C12_7, 0); /* ICC_IGRPEN1_EL1 */
	isb();
	gic_sleep(true);
	EXPECT_EQ(RES32(hvc_call(PSCI_CPU_SUSPEND, SUSPEND_POWERDOWN, (u64)image_start, 0)), 0);
	EXPECT(now() - start >= ticks_ms(TIMER_MS));
	gic_sleep(false);
	sysreg_write(S3_0_C12_C12_7, 1);
	isb();
	EXPECT_EQ(gic_wait(), INTID_VTIMER);
	sysreg_write(cntv_ctl_el0, 0);
	gic_eoi(INTID_VTIMER);
}

static void suspend_interface_off(void)
{
	suspend_asleep(0);
}

/* What has come while the interface was off is no reason to sleep on. */
static void suspend_interface_off_pending(void)
{
	suspend_asleep(2 * TIMER_MS);
}

static void migrate_info(void)
{
	EXPECT_EQ(RES32(hvc_call(PSCI_MIGRATE_INFO_TYPE, 0, 0, 0)), 2);
}

static void check_unknown(call_t call)
{
	static const u64 unknown[] = { 0x84000fff, 0xc4000fff, 0x8400001f,  0xc600ff01, 0x8600ff10,
				       0x82000000, 0xb2000000, 0xbf00ff01,  0x80001234, 0x12345678,
				       0x04000000, 0xffffffff, ~UINT64_C(0) };

	for (u32 i = 0; i < ARRAY_SIZE(unknown); i++)
		EXPECT_EQ(RES32(call(unknown[i], 1, 2, 3)), NOT_SUPPORTED);
}

static void unknown_hvc(void)
{
	check_unknown(hvc_call);
}

static void unknown_smc(void)
{
	check_unknown(smc_call);
}

/* A call by a 64-bit id of a function that exists in 32 bits only is unknown. */
static void smc64_of_smc32_only(void)
{
	EXPECT_EQ(RES32(hvc_call(PSCI_VERSION | BIT(30), 0, 0, 0)), NOT_SUPPORTED);
	EXPECT_EQ(RES32(hvc_call(PSCI_SYSTEM_OFF | BIT(30), 0, 0, 0)), NOT_SUPPORTED);
	EXPECT_EQ(RES32(hvc_call(PSCI_FEATURES | BIT(30), PSCI_VERSION, 0, 0)), NOT_SUPPORTED);
}

static void reset2_bad_type(void)
{
	s32 r = RES32(hvc_call(PSCI_SYSTEM_RESET2, 0x7fffffff, 0, 0));

	EXPECT(r == NOT_SUPPORTED || r == INVALID_PARAMETERS);
}

static void check_preserved(u64 fn, void (*insn)(struct smccc *))
{
	struct smccc s;

	for (u32 i = 0; i < ARRAY_SIZE(s.x); i++)
		s.x[i] = 0xa5a5000000000000 + i;
	s.x[0] = fn;
	insn(&s);
	for (u32 i = 4; i < 29; i++)
		EXPECT_EQ(s.x[i], 0xa5a5000000000000 + i);
}

static void registers_preserved(void)
{
	static const u32 calls[] = { PSCI_VERSION,        PSCI_FEATURES, SMCCC_VERSION,
				     SMCCC_ARCH_FEATURES, 0x8400001f,    0xc600ff01 };

	for (u32 i = 0; i < ARRAY_SIZE(calls); i++) {
		check_preserved(calls[i], smccc_hvc);
		check_preserved(calls[i], smccc_smc);
	}
}

static void smccc_version(void)
{
	EXPECT_EQ(RES32(hvc_call(SMCCC_VERSION, 0, 0, 0)), SMCCC_1_2);
	EXPECT_EQ(RES32(smc_call(SMCCC_VERSION, 0, 0, 0)), SMCCC_1_2);
	EXPECT_EQ(RES32(hvc_call(PSCI_FEATURES, SMCCC_VERSION, 0, 0)), 0);
}

static void arch_features(void)
{
	static const u32 workarounds[] = { ARCH_WORKAROUND_1, ARCH_WORKAROUND_2, ARCH_WORKAROUND_3 };

	EXPECT_EQ(RES32(hvc_call(SMCCC_ARCH_FEATURES, SMCCC_VERSION, 0, 0)), 0);
	EXPECT_EQ(RES32(hvc_call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_FEATURES, 0, 0)), 0);
	EXPECT_EQ(RES32(hvc_call(SMCCC_ARCH_FEATURES, 0x80001234, 0, 0)), NOT_SUPPORTED);
	for (u32 i = 0; i < ARRAY_SIZE(workarounds); i++) {
		s32 r = RES32(hvc_call(SMCCC_ARCH_FEATURES, workarounds[i], 0, 0));

		EXPECT(r >= -2 && r <= 1);
		if (r == 0) /* it says that the call exists: then it must return */
			hvc_call(workarounds[i], 0, 0, 0);
	}
}

/* HVC with another immediate is not SMCCC: an answer or an UNDEF are both fine, the VM goes on. */
static void hvc_immediate(void)
{
	struct exc e = TRY(__asm__ volatile("mov x0, #0\n\thvc #0x1234" ::
						    : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10",
						      "x11", "x12", "x13", "x14", "x15", "x16", "x17", "memory"));

	EXPECT(e.count <= 1);
	if (e.count == 1)
		EXPECT_EQ(EC(e.esr), EC_UNKNOWN);
	e = TRY(__asm__ volatile("mov x0, #0\n\tsmc #0x1234" ::
					 : "x0", "x1", "x2", "x3", "x4", "x5", "x6", "x7", "x8", "x9", "x10", "x11",
					   "x12", "x13", "x14", "x15", "x16", "x17", "memory"));
	EXPECT(e.count <= 1);
	if (e.count == 1)
		EXPECT_EQ(EC(e.esr), EC_UNKNOWN);
}

const struct test tests[] = {
	TEST(version_hvc),
	TEST_HV(version_smc),
	TEST(features),
	TEST(affinity_info),
	TEST_HV(affinity_info_level),
	TEST(cpu_on_errors),
	TEST_HV(cpu_on_bad_entry),
	TEST(suspend_standby),
	TEST_HV(suspend_standby_smc),
	TEST_HV(suspend_powerdown),
	TEST_HV(suspend_interface_off),
	TEST_HV(suspend_interface_off_pending),
	TEST(migrate_info),
	TEST(unknown_hvc),
	TEST_HV(unknown_smc),
	TEST_HV(smc64_of_smc32_only),
	TEST_HV(reset2_bad_type),
	TEST_HV(registers_preserved),
	TEST_HV(smccc_version),
	TEST_HV(arch_features),
	TEST_HV(hvc_immediate),
	{ 0 },
};
