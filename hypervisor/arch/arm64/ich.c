/* SPDX-License-Identifier: BSD-3-Clause */
/* Virtual CPU interface registers. System registers have no run-time index, hence the switches. */
#include <asm/ich.h>
#include <asm/sysreg.h>
#include <lib/assert.h>

#define ICH_AP0R0_EL2 S3_4_C12_C8_0
#define ICH_AP0R1_EL2 S3_4_C12_C8_1
#define ICH_AP0R2_EL2 S3_4_C12_C8_2
#define ICH_AP0R3_EL2 S3_4_C12_C8_3
#define ICH_AP1R0_EL2 S3_4_C12_C9_0
#define ICH_AP1R1_EL2 S3_4_C12_C9_1
#define ICH_AP1R2_EL2 S3_4_C12_C9_2
#define ICH_AP1R3_EL2 S3_4_C12_C9_3
#define ICH_LR4_EL2 S3_4_C12_C12_4
#define ICH_LR5_EL2 S3_4_C12_C12_5
#define ICH_LR6_EL2 S3_4_C12_C12_6
#define ICH_LR7_EL2 S3_4_C12_C12_7
#define ICH_LR8_EL2 S3_4_C12_C13_0
#define ICH_LR9_EL2 S3_4_C12_C13_1
#define ICH_LR10_EL2 S3_4_C12_C13_2
#define ICH_LR11_EL2 S3_4_C12_C13_3
#define ICH_LR12_EL2 S3_4_C12_C13_4
#define ICH_LR13_EL2 S3_4_C12_C13_5
#define ICH_LR14_EL2 S3_4_C12_C13_6
#define ICH_LR15_EL2 S3_4_C12_C13_7

#define FOR_EACH_LR(op)                                                                                                \
	op(0) op(1) op(2) op(3) op(4) op(5) op(6) op(7) op(8) op(9) op(10) op(11) op(12) op(13) op(14) op(15)
#define FOR_EACH_APR(op) op(0) op(1) op(2) op(3)

#define CASE_READ_LR(i)                                                                                                \
	case i:                                                                                                        \
		return read_sysreg(ICH_LR##i##_EL2);
#define CASE_WRITE_LR(i)                                                                                               \
	case i:                                                                                                        \
		write_sysreg(v, ICH_LR##i##_EL2);                                                                      \
		return;
#define CASE_READ_AP0R(i)                                                                                              \
	case i:                                                                                                        \
		return read_sysreg(ICH_AP0R##i##_EL2);
#define CASE_WRITE_AP0R(i)                                                                                             \
	case i:                                                                                                        \
		write_sysreg(v, ICH_AP0R##i##_EL2);                                                                    \
		return;
#define CASE_READ_AP1R(i)                                                                                              \
	case i:                                                                                                        \
		return read_sysreg(ICH_AP1R##i##_EL2);
#define CASE_WRITE_AP1R(i)                                                                                             \
	case i:                                                                                                        \
		write_sysreg(v, ICH_AP1R##i##_EL2);                                                                    \
		return;

u64 ich_read_lr_n(u32 n)
{
	switch (n) {
		FOR_EACH_LR(CASE_READ_LR)
	default:
		panic("list register %u", n);
	}
}

void ich_write_lr_n(u32 n, u64 v)
{
	switch (n) {
		FOR_EACH_LR(CASE_WRITE_LR)
	default:
		panic("list register %u", n);
	}
}

u64 ich_read_ap0r(u32 n)
{
	switch (n) {
		FOR_EACH_APR(CASE_READ_AP0R)
	default:
		panic("active priority register %u", n);
	}
}

void ich_write_ap0r(u32 n, u64 v)
{
	switch (n) {
		FOR_EACH_APR(CASE_WRITE_AP0R)
	default:
		panic("active priority register %u", n);
	}
}

u64 ich_read_ap1r(u32 n)
{
	switch (n) {
		FOR_EACH_APR(CASE_READ_AP1R)
	default:
		panic("active priority register %u", n);
	}
}

void ich_write_ap1r(u32 n, u64 v)
{
	switch (n) {
		FOR_EACH_APR(CASE_WRITE_AP1R)
	default:
		panic("active priority register %u", n);
	}
}
