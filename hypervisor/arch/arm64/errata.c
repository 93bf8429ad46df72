/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a CPU needs by its MIDR. So far: branch-history injection (Spectre-BHB, CVE-2022-23960), with the counts that
 * Arm and the other vendors published; k is the number of loop iterations that overwrite the history.
 */
#include <asm/cpufeature.h>
#include <asm/psci.h>
#include <asm/sysreg.h>
#include <debug/logmsg.h>
#include <lib/bits.h>

#define MIDR_IMPLEMENTER GENMASK(31, 24)
#define MIDR_PARTNUM GENMASK(15, 4)

#define IMP_SOFTWARE 0x00U /* reserved for software models, such as QEMU's -cpu max */
#define IMP_ARM 0x41U
#define IMP_QUALCOMM 0x51U
#define IMP_AMPERE 0xc0U
#define IMP_HISILICON 0x48U
#define IMP_BROADCOM 0x42U

#define ID_AA64PFR0 S3_0_C0_C4_0
#define ID_AA64ISAR2 S3_0_C0_C6_2
#define ID_AA64MMFR1 S3_0_C0_C7_1
#define PFR0_CSV2 GENMASK(59, 56)
#define CSV2_3 3U
#define MMFR1_ECBHB GENMASK(63, 60)
#define ISAR2_CLRBHB GENMASK(31, 28)

#define SMCCC_1_1 0x10001
#define PSCI_1_0 0x10000U

/* Pseudo loop counts */
#define K_SAFE 0U
#define K_FIRMWARE 255U /* only WORKAROUND_3 helps */

struct bhb_cpu {
	u8 implementer;
	u8 k;
	u16 part;
};

static const struct bhb_cpu bhb_cpus[] = {
	{ IMP_ARM, K_SAFE, 0xd02 },          /* Cortex-A34 */
	{ IMP_ARM, K_SAFE, 0xd03 },          /* Cortex-A53 */
	{ IMP_ARM, K_SAFE, 0xd04 },          /* Cortex-A35 */
	{ IMP_ARM, K_SAFE, 0xd05 },          /* Cortex-A55 */
	{ IMP_ARM, K_SAFE, 0xd46 },          /* Cortex-A510 */
	{ IMP_ARM, K_SAFE, 0xd80 },          /* Cortex-A520 */
	{ IMP_BROADCOM, K_SAFE, 0x100 },     /* Brahma-B53 */
	{ IMP_QUALCOMM, K_SAFE, 0x801 },     /* Kryo 2xx silver */
	{ IMP_QUALCOMM, K_SAFE, 0x803 },     /* Kryo 3xx silver */
	{ IMP_QUALCOMM, K_SAFE, 0x805 },     /* Kryo 4xx silver */
	{ IMP_ARM, 8, 0xd07 },               /* Cortex-A57 */
	{ IMP_ARM, 8, 0xd08 },               /* Cortex-A72 */
	{ IMP_AMPERE, 11, 0xac3 },           /* Ampere-1 */
	{ IMP_ARM, 24, 0xd0b },              /* Cortex-A76 */
	{ IMP_ARM, 24, 0xd0e },              /* Cortex-A76AE */
	{ IMP_ARM, 24, 0xd0d },              /* Cortex-A77 */
	{ IMP_ARM, 24, 0xd0c },              /* Neoverse N1 */
	{ IMP_QUALCOMM, 24, 0x804 },         /* Kryo 4xx gold */
	{ IMP_ARM, 32, 0xd41 },              /* Cortex-A78 */
	{ IMP_ARM, 32, 0xd42 },              /* Cortex-A78AE */
	{ IMP_ARM, 32, 0xd4b },              /* Cortex-A78C */
	{ IMP_ARM, 32, 0xd44 },              /* Cortex-X1 */
	{ IMP_ARM, 32, 0xd4c },              /* Cortex-X1C */
	{ IMP_ARM, 32, 0xd47 },              /* Cortex-A710 */
	{ IMP_ARM, 32, 0xd48 },              /* Cortex-X2 */
	{ IMP_ARM, 32, 0xd49 },              /* Neoverse N2 */
	{ IMP_ARM, 32, 0xd40 },              /* Neoverse V1 */
	{ IMP_HISILICON, 32, 0xd01 },        /* TSV110 */
	{ IMP_HISILICON, 32, 0xd02 },        /* HIP09 */
	{ IMP_ARM, 38, 0xd4d },              /* Cortex-A715 */
	{ IMP_ARM, 38, 0xd81 },              /* Cortex-A720 */
	{ IMP_ARM, 38, 0xd89 },              /* Cortex-A720AE */
	{ IMP_ARM, 132, 0xd4e },             /* Cortex-X3 */
	{ IMP_ARM, 132, 0xd4f },             /* Neoverse V2 */
	{ IMP_ARM, K_FIRMWARE, 0xd09 },      /* Cortex-A73 */
	{ IMP_ARM, K_FIRMWARE, 0xd0a },      /* Cortex-A75 */
	{ IMP_QUALCOMM, K_FIRMWARE, 0x800 }, /* Kryo 2xx gold */
	{ IMP_QUALCOMM, K_FIRMWARE, 0x802 }, /* Kryo 3xx gold */
};

#define LOOP8_MAX 8U
#define LOOP24_MAX 24U

/* Loop count for @midr. Unknown CPUs are taken for affected, with whatever firmware offers. */
static u32 bhb_k(u64 midr)
{
	u32 i;

	if (FIELD_GET(MIDR_IMPLEMENTER, midr) == IMP_SOFTWARE)
		return K_SAFE;
	for (i = 0; i < ARRAY_SIZE(bhb_cpus); i++)
		if (FIELD_GET(MIDR_IMPLEMENTER, midr) == bhb_cpus[i].implementer &&
		    FIELD_GET(MIDR_PARTNUM, midr) == bhb_cpus[i].part)
			return bhb_cpus[i].k;
	return K_FIRMWARE;
}

enum fw_answer { FW_ABSENT, FW_OFFERS, FW_NOT_NEEDED };

/* SMCCC_ARCH_FEATURES answers for the CPU that asks. */
static enum fw_answer firmware_workaround_3(void)
{
	s64 r;

	if (psci_version() < PSCI_1_0 || psci_call(PSCI_1_0_FEATURES, SMCCC_VERSION, 0, 0) < 0 ||
	    psci_call(SMCCC_VERSION, 0, 0, 0) < SMCCC_1_1)
		return FW_ABSENT;
	r = psci_call(SMCCC_ARCH_FEATURES, SMCCC_ARCH_WORKAROUND_3, 0, 0);
	if (r == 1)
		return FW_NOT_NEEDED;
	return r == 0 ? FW_OFFERS : FW_ABSENT;
}

enum bhb_variant cpufeature_bhb(const struct cpu_features *f)
{
	u32 k = bhb_k(f->midr);
	enum fw_answer fw;

	if (k == K_SAFE || FIELD_GET(PFR0_CSV2, read_sysreg(ID_AA64PFR0)) >= CSV2_3 ||
	    FIELD_GET(MMFR1_ECBHB, read_sysreg(ID_AA64MMFR1)))
		return BHB_NONE;
	/* Without CSV2 other branch predictors can be trained across exception levels as well: that is for firmware. */
	if (!f->csv2 && firmware_workaround_3() == FW_OFFERS)
		return BHB_FIRMWARE;
	if (FIELD_GET(ISAR2_CLRBHB, read_sysreg(ID_AA64ISAR2)))
		return BHB_CLRBHB;
	if (k <= LOOP8_MAX)
		return BHB_LOOP8;
	if (k <= LOOP24_MAX)
		return BHB_LOOP24;
	fw = firmware_workaround_3();
	if (fw == FW_OFFERS)
		return BHB_FIRMWARE;
	if (fw == FW_NOT_NEEDED)
		return BHB_NONE;
	pr_warn("branch-history injection: MIDR 0x%08lx needs firmware that offers SMCCC_ARCH_WORKAROUND_3; the best "
		"loop is used, and it may not be enough",
		(unsigned long)f->midr);
	return BHB_LOOP24;
}
