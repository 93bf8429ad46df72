/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Every general register, with a pattern in all of them: an emulated read changes the one that it names, to what it
 * should be, and no other; an emulated write and a call change what they may. Each is done several times, because who
 * came first to a device may be answered in another way than who comes again.
 */
#include <gic.h>
#include <test.h>

#define REGS 31U
#define ROUNDS 3U
#define INSN_NOP 0xd503201fU
#define INSN_MRS_ISAR0 0xd5380600U /* mrs x0, id_aa64isar0_el1 */
#define INSN_HVC 0xd4000002U
#define INSN_LDR(rt, rn) (0xb9400000U | (rn) << 5 | (rt)) /* ldr wT, [xN] */
#define INSN_STR(rt, rn) (0xb9000000U | (rn) << 5 | (rt))
#define RT_ZERO 31U
#define PATTERN(i) (UINT64_C(0x5a5a000000000000) | (u64)(i) << 32 | (0xa5a50000U + (i)))

const bool want_mmu = true;

/* x0-x30 from in, the instruction at allregs_insn, x0-x30 to out. */
void allregs_round(const u64 in[REGS], u64 out[REGS]);
extern u32 allregs_insn[];

#define PAIRS(op, base)                                                                                                \
	op " x0, x1, [" base ", #0]\n" op " x2, x3, [" base ", #16]\n" op " x4, x5, [" base ", #32]\n" op              \
	   " x6, x7, [" base ", #48]\n" op " x8, x9, [" base ", #64]\n" op " x10, x11, [" base ", #80]\n" op           \
	   " x12, x13, [" base ", #96]\n" op " x14, x15, [" base ", #112]\n" op " x16, x17, [" base ", #128]\n" op     \
	   " x18, x19, [" base ", #144]\n" op " x20, x21, [" base ", #160]\n" op " x22, x23, [" base ", #176]\n" op    \
	   " x24, x25, [" base ", #192]\n" op " x26, x27, [" base ", #208]\n" op " x28, x29, [" base ", #224]\n"

__asm__(".globl allregs_round, allregs_insn\n"
	"allregs_round:\n"
	"	stp	x29, x30, [sp, #-112]!\n"
	"	stp	x19, x20, [sp, #16]\n"
	"	stp	x21, x22, [sp, #32]\n"
	"	stp	x23, x24, [sp, #48]\n"
	"	stp	x25, x26, [sp, #64]\n"
	"	stp	x27, x28, [sp, #80]\n"
	"	str	x1, [sp, #96]\n"
	"	sub	sp, sp, #256\n"
	"	mov	x30, x0\n" PAIRS("ldp", "x30") "	ldr	x30, [x30, #240]\n"
						       "allregs_insn:\n"
						       "	nop\n" PAIRS("stp",
									     "sp") "	str	x30, [sp, #240]\n"
										   "	ldr	x1, [sp, #(256 + 96)]\n"
										   "	mov	x2, #0\n"
										   "1:	ldr	x0, [sp, x2]\n"
										   "	str	x0, [x1, x2]\n"
										   "	add	x2, x2, #8\n"
										   "	cmp	x2, #248\n"
										   "	b.ne	1b\n"
										   "	add	sp, sp, #256\n"
										   "	ldp	x19, x20, [sp, #16]\n"
										   "	ldp	x21, x22, [sp, #32]\n"
										   "	ldp	x23, x24, [sp, #48]\n"
										   "	ldp	x25, x26, [sp, #64]\n"
										   "	ldp	x27, x28, [sp, #80]\n"
										   "	ldp	x29, x30, [sp], #112\n"
										   "	ret\n");

static u64 in[REGS], out[REGS];

static void execute(u32 insn)
{
	allregs_insn[0] = insn;
	sync_code(allregs_insn, sizeof(u32));
	allregs_round(in, out);
}

static void fill(void)
{
	for (u32 i = 0; i < REGS; i++)
		in[i] = PATTERN(i);
}

/* No register but @but, and those from @first to @last, is other than it was. */
static bool same(u32 but, u32 first, u32 last)
{
	for (u32 i = 0; i < REGS; i++)
		if (out[i] != in[i] && i != but && (i < first || i > last)) {
			test_fail(__LINE__, "a register that was not named", out[i], in[i]);
			return false;
		}
	return true;
}

static void nothing(void)
{
	fill();
	execute(INSN_NOP);
	(void)same(RT_ZERO, 1, 0);
}

static void id_registers(void)
{
	u64 want;

	__asm__("mrs %0, id_aa64isar0_el1" : "=r"(want));
	for (u32 rt = 0; rt <= RT_ZERO; rt++) {
		fill();
		execute(INSN_MRS_ISAR0 | rt);
		if (!same(rt, 1, 0))
			return;
		if (rt != RT_ZERO)
			EXPECT_EQ(out[rt], want);
	}
}

static void device_reads(void)
{
	u64 want = mmio_read32(GICD + GICD_TYPER);

	for (u32 n = 0; n < ROUNDS * (RT_ZERO + 1); n++) {
		u32 rt = n % (RT_ZERO + 1), rn = rt == 1 ? 2 : (rt + n / (RT_ZERO + 1) * 7) % REGS;

		fill();
		in[rn] = GICD + GICD_TYPER;
		execute(INSN_LDR(rt, rn));
		if (!same(rt, 1, 0))
			return;
		if (rt != RT_ZERO)
			EXPECT_EQ(out[rt], want);
	}
}

/* The priorities of four SPIs: what is written is there. */
static void device_writes(void)
{
	u64 reg = GICD + GIC_IPRIORITYR + 32;

	for (u32 n = 0; n < ROUNDS * (RT_ZERO + 1); n++) {
		u32 rt = n % (RT_ZERO + 1), rn = rt == 1 ? 2 : 1;
		u32 value = rt == RT_ZERO ? 0 : 0x10203040 + rt * 0x08080808U;

		fill();
		if (rt != RT_ZERO)
			in[rt] = value;
		in[rn] = reg;
		execute(INSN_STR(rt, rn));
		if (!same(RT_ZERO, 1, 0))
			return;
		EXPECT_EQ((mmio_read32(reg) ^ value) & 0xf8f8f8f8U, 0); /* five bits, at least */
	}
}

/* SMCCC: results are in x0-x3, x4-x17 may not change in version 1.1 and later, and what is above never may. */
static void calls(void)
{
	static const u64 ids[] = { 0x84000000, 0x80000000, 0x8400000a, 0xc4000004, 0x12345678 };

	for (u32 i = 0; i < ARRAY_SIZE(ids); i++) {
		fill();
		in[0] = ids[i];
		execute(INSN_HVC);
		if (!same(RT_ZERO, 0, 3))
			return;
	}
}

const struct test tests[] = {
	TEST(nothing), TEST(id_registers), TEST(device_reads), TEST(device_writes), TEST_HV(calls), { 0 },
};
