/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/guest/idregs.c hypervisor/arch/arm64/guest/idview.c */
/* What a VM reads on a machine with unlike CPUs, and which CPUs may come later. Values of Cortex-A55 and Cortex-A76. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/guest/guest.h>

#define PFR0 4, 0
#define ISAR1 6, 1
#define PFR0_IDX IDREG_IDX(4, 0)
#define ISAR1_IDX IDREG_IDX(6, 1)
#define MMFR0_IDX IDREG_IDX(7, 0)
#define MIDR_A55 UINT64_C(0x412fd050)
#define MIDR_A76 UINT64_C(0x414fd0b1)
#define CTR_A55 UINT64_C(0x84448004)
#define CTR_A76 UINT64_C(0x8444c004)

struct pcpu pcpus[CONFIG_MAX_PCPUS];
static u32 common_vl;
static struct vm vm;

struct pcpu *mock_this_pcpu(void)
{
	return &pcpus[0];
}

u32 cpu_common_sve_vl(void)
{
	return common_vl;
}

static void cpu(u32 i, u32 class, u64 midr, u64 ctr)
{
	struct cpu_features *f = &pcpus[i].features;

	pcpus[i] = (struct pcpu){ .id = i, .class = class, .online = true };
	f->midr = midr;
	f->ctr = ctr;
	f->dczid = 4;
	f->idreg[PFR0_IDX] = class ? UINT64_C(0x1100000011112222) : UINT64_C(0x0000000010112222);
	f->idreg[ISAR1_IDX] = class ? 0x100021 : 0x100001;
	f->idreg[MMFR0_IDX] = 0x101122;
}

static void init(u64 affinity)
{
	memset(&vm, 0, sizeof(vm));
	vm.cfg.cpu_affinity = affinity;
	idregs_init(&vm);
}

/* The classes of the tests are different ones: what was promised for one stays. */
static void test_one_kind(void **state)
{
	(void)state;
	cpu(0, 0, MIDR_A55, CTR_A55);
	cpu(1, 0, MIDR_A55, CTR_A55);
	cpu(4, 1, MIDR_A76, CTR_A76);
	init(0x3);
	assert_int_equal(idreg_read(&vm, PFR0), 0x11110012);
	assert_int_equal(vm.arch.ctr, CTR_A55);
	assert_int_equal(vm.arch.hcr, 0);
	assert_int_equal(idview_midr(0), MIDR_A55);
	init(0x10);
	assert_int_equal(idreg_read(&vm, ISAR1), 0x100021);
	assert_int_equal(vm.arch.ctr, CTR_A76);
	assert_int_equal(vm.arch.hcr, 0);
	assert_int_equal(idview_midr(1), MIDR_A76);
}

static void test_both_kinds(void **state)
{
	(void)state;
	init(0x11);
	/* CSV2 and CSV3 only on one, half-precision FP on both; pointer authentication on one. */
	assert_int_equal(idreg_read(&vm, PFR0) >> 56, 0);
	assert_int_equal((idreg_read(&vm, PFR0) >> 16) & 0xff, 0x11);
	assert_int_equal(idreg_read(&vm, ISAR1), 0x100001);
	/* VIPT, because one of them is; and both kinds are told so. */
	assert_int_equal(vm.arch.ctr, CTR_A55);
	assert_int_equal(vm.arch.hcr, HCR_TID2);
	/* One that is off does not count. */
	pcpus[4].online = false;
	init(0x11);
	assert_int_equal(vm.arch.hcr, 0);
	pcpus[4].online = true;
}

static void test_dc_zva(void **state)
{
	(void)state;
	cpu(8, 2, MIDR_A76, CTR_A76);
	cpu(9, 3, MIDR_A76, CTR_A76);
	pcpus[9].features.dczid = 5;
	init(0x300);
	assert_int_equal(vm.arch.hcr, HCR_TDZ);
	init(0x200);
	assert_int_equal(vm.arch.hcr, 0);
}

static void test_ctr(void **state)
{
	(void)state;
	/* Smallest lines, largest granules, what holds for both of IDC and DIC. */
	assert_int_equal(ctr_merge(0xb444c004, 0x94558003), 0x94548003);
	assert_int_equal(ctr_merge(0x9444c004, 0xb433c005), 0x9443c004 | 0x00400000);
	/* A granule that one does not name is unknown. */
	assert_int_equal(ctr_merge(0x8044c004, 0x8444c004), 0x8044c004);
	assert_int_equal(ctr_merge(UINT64_C(0x38444c004) | 1UL << 31, UINT64_C(0x28444c004) | 1UL << 31),
			 UINT64_C(0x28444c004) | 1UL << 31);
}

/* A CPU that comes up later has to keep what VMs were told. */
static void test_late(void **state)
{
	(void)state;
	cpu(12, 5, MIDR_A76, CTR_A76);
	cpu(13, 5, MIDR_A76, CTR_A76);
	pcpus[13].online = false;
	pcpus[13].features.idreg[ISAR1_IDX] = 0x100020; /* no DPB */
	assert_true(idview_kept(&pcpus[13]));           /* nobody was told anything */
	init(1U << 12);
	assert_false(idview_kept(&pcpus[13]));
	pcpus[13].features.idreg[ISAR1_IDX] = 0x100022; /* more is no harm */
	assert_true(idview_kept(&pcpus[13]));
	pcpus[13].features.ctr = CTR_A55;
	assert_false(idview_kept(&pcpus[13]));
	pcpus[13].features.ctr = CTR_A76;
	pcpus[13].features.dczid = 5;
	assert_false(idview_kept(&pcpus[13]));
	pcpus[13].features.dczid = 4;
	/* An older stepping has errata of which guests do not know; a newer one has not. */
	pcpus[13].features.midr = UINT64_C(0x413fd0b0);
	assert_false(idview_kept(&pcpus[13]));
	pcpus[13].features.midr = UINT64_C(0x414fd0b2);
	assert_true(idview_kept(&pcpus[13]));
	assert_int_equal(idview_midr(5), MIDR_A76);
}

static void test_steppings(void **state)
{
	(void)state;
	cpu(14, 6, UINT64_C(0x414fd0b1), CTR_A76);
	cpu(15, 6, UINT64_C(0x413fd0b7), CTR_A76);
	assert_int_equal(idview_midr(6), 0x413fd0b7);
}

/* SVE: shown when this kind has it, with the length that all have. */
static void test_sve(void **state)
{
	(void)state;
	cpu(2, 8, MIDR_A76, CTR_A76);
	pcpus[2].features.idreg[PFR0_IDX] = UINT64_C(0x0000000100000011);
	pcpus[2].features.idreg[IDREG_IDX(4, 4)] = 0x21;
	common_vl = 32;
	init(1U << 2);
	assert_int_equal((idreg_read(&vm, PFR0) >> 32) & 15, 1);
	assert_int_equal(idreg_read(&vm, 4, 4), 0x21);
	assert_int_equal(vm.arch.sve_vl, 32);
	/* A CPU without it is up too. */
	common_vl = 0;
	init(1U << 2);
	assert_int_equal((idreg_read(&vm, PFR0) >> 32) & 15, 0);
	assert_int_equal(idreg_read(&vm, 4, 4), 0);
	assert_int_equal(vm.arch.sve_vl, 0);
	/* This kind has none, whatever the others say; nor has a VM on this one and another. */
	common_vl = 32;
	init(0x1);
	assert_int_equal(vm.arch.sve_vl, 0);
	init(0x5);
	assert_int_equal((idreg_read(&vm, PFR0) >> 32) & 15, 0);
	assert_int_equal(idreg_read(&vm, 4, 4), 0);
	assert_int_equal(vm.arch.sve_vl, 0);
}

/* Cortex-A72-like values with all that is hidden; nobody up in the affinity. */
static void test_sanitised(void **state)
{
	(void)state;
	cpu(3, 9, MIDR_A76, CTR_A76);
	pcpus[3].features.idreg[PFR0_IDX] = UINT64_C(0x1101011020111112); /* with EL3, EL2, SVE, AMU */
	pcpus[3].features.idreg[IDREG_IDX(7, 3)] = ~UINT64_C(0);
	pcpus[3].features.idreg[IDREG_IDX(2, 0)] = 0x02101110;
	common_vl = 0;
	init(1U << 3);
	assert_int_equal(idreg_read(&vm, PFR0), UINT64_C(0x1101000011110012));
	assert_int_equal(idreg_read(&vm, 7, 3), 0);
	assert_int_equal(idreg_read(&vm, 2, 0), 0x02101110);
	init(1U << 7);
	assert_int_equal(vm.arch.ctr, CTR_A55);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_kind), cmocka_unit_test(test_both_kinds), cmocka_unit_test(test_dc_zva),
		cmocka_unit_test(test_ctr),      cmocka_unit_test(test_late),       cmocka_unit_test(test_steppings),
		cmocka_unit_test(test_sve),      cmocka_unit_test(test_sanitised),
	};

	return cmocka_run_group_tests_name("idview", tests, NULL, NULL);
}
