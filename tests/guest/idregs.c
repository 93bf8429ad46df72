/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System registers: the ID space reads without trapping into the guest and tells the truth about what is there; what it
 * hides is UNDEFINED; a sweep over every encoding neither hangs nor kills anything.
 */
#include <gic.h>
#include <test.h>

#define INSN_SYSTEM 0xd5000000U
#define INSN_READ BIT(21)
#define INSN_RET 0xd65f03c0U
#define ENCODINGS 16384U /* op1, CRn, CRm, op2 of one op0 */
#define RT_X0 0U
#define QEMU_IMPDEF_CONSTANTS 3U
#define EC_SYSREG 0x18U /* what FEAT_IDST makes of an UNDEFINED ID register */
#define EC_SME 0x1dU
#define WORDS 2U

const bool want_mmu = true;

static u32 code[ENCODINGS * WORDS] __attribute__((aligned(4096)));
static u8 scratch[4096] __attribute__((aligned(4096)));

struct encoding {
	u32 op0, op1, crn, crm, op2;
};

static u32 insn(const struct encoding *e, bool read)
{
	return (u32)(INSN_SYSTEM | (read ? INSN_READ : 0) | e->op0 << 19 | e->op1 << 16 | e->crn << 12 | e->crm << 8 |
		     e->op2 << 5 | RT_X0);
}

static struct encoding decode(u32 op0, u32 n)
{
	return (struct encoding){ op0, n >> 11 & 7, n >> 7 & 15, n >> 3 & 15, n & 7 };
}

/* One stub each: the instruction with x0, then ret. */
static void make_stubs(u32 op0, bool read)
{
	for (u32 n = 0; n < ENCODINGS; n++) {
		struct encoding e = decode(op0, n);

		code[n * WORDS] = insn(&e, read);
		code[n * WORDS + 1] = INSN_RET;
	}
	sync_code(code, sizeof(code));
}

static u64 call_stub(u32 n, u64 x0)
{
	register u64 r __asm__("x0") = x0;

	__asm__ volatile("blr %1" : "+r"(r) : "r"(&code[n * WORDS]) : "x30", "memory", "cc");
	return r;
}

static u64 read_encoding(u32 op0, u32 op1, u32 crn, u32 crm, u32 op2, u32 *undefs)
{
	struct encoding e = { op0, op1, crn, crm, op2 };
	struct exc x;
	u64 v;

	code[0] = insn(&e, true);
	code[1] = INSN_RET;
	sync_code(code, 8);
	x = TRY(v = call_stub(0, 0));
	*undefs = x.count;
	return x.count != 0 ? 0 : v;
}

/* The whole feature ID space reads; what is not allocated reads as zero. */
static void id_space_reads(void)
{
	for (u32 crm = 1; crm < 8; crm++) {
		for (u32 op2 = 0; op2 < 8; op2++) {
			u32 undefs;
			u64 v = read_encoding(3, 0, 0, crm, op2, &undefs);

			EXPECT_EQ(undefs, 0);
			if (v != 0)
				print("ID crm %u op2 %u 0x%016lx\n", crm, op2, v);
		}
	}
}

static void identity(void)
{
	u64 mpidr = sysreg_read(mpidr_el1);

	EXPECT(sysreg_read(midr_el1) != 0);
	EXPECT_EQ(mpidr & BIT(31), BIT(31));
	EXPECT_EQ(mpidr & 0xff, 0);
}

/* No EL2, no EL3, AArch64 at EL1, a GIC with system registers. */
static void pfr0(void)
{
	u64 v = sysreg_read(id_aa64pfr0_el1);

	EXPECT(FIELD(v, 3, 0) >= 1);
	EXPECT_EQ(FIELD(v, 7, 4), 1);
	EXPECT_EQ(FIELD(v, 11, 8), 0);
	EXPECT(FIELD(v, 27, 24) >= 1);
}

/* A feature that the ID registers do not show is UNDEFINED; registers of its own prove it. */
struct hidden {
	const char *name;
	u32 id_crm, id_op2, shift;
	struct encoding reg;
};

static const struct hidden hidden[] = {
	{ "PMU", 5, 0, 8, { 3, 3, 9, 12, 0 } },      { "PMU counter", 5, 0, 8, { 3, 3, 9, 13, 0 } },
	{ "SVE", 4, 0, 32, { 3, 0, 1, 2, 0 } },      { "SME", 4, 1, 24, { 3, 0, 1, 2, 6 } },
	{ "SPE", 5, 0, 32, { 3, 0, 9, 9, 0 } },      { "TRBE", 5, 0, 44, { 3, 0, 9, 11, 0 } },
	{ "MTE", 4, 1, 8, { 3, 0, 1, 0, 6 } },       { "AMU", 4, 0, 44, { 3, 3, 13, 2, 0 } },
	{ "MPAM", 4, 0, 40, { 3, 0, 10, 5, 0 } },    { "BRBE", 5, 0, 52, { 2, 1, 9, 0, 0 } },
	{ "TRF", 5, 0, 40, { 3, 0, 1, 2, 1 } },      { "PAuth", 6, 1, 4, { 3, 0, 2, 1, 0 } },
	{ "LOR", 7, 1, 16, { 3, 0, 10, 4, 3 } },     { "RNG", 6, 0, 60, { 3, 3, 2, 4, 0 } },
	{ "TCR2", 7, 3, 0, { 3, 0, 2, 0, 3 } },      { "S1PIE", 7, 3, 8, { 3, 0, 10, 2, 3 } },
	{ "SCXTNUM", 4, 0, 56, { 3, 0, 13, 0, 7 } }, { "RAS", 4, 0, 28, { 3, 0, 5, 3, 0 } },
};

static void hidden_is_undefined(void)
{
	u32 wrong = 0;

	sysreg_write(cpacr_el1, ~UINT64_C(0));
	isb();
	for (u32 i = 0; i < ARRAY_SIZE(hidden); i++) {
		const struct hidden *h = &hidden[i];
		u32 undefs;
		u64 id = read_encoding(3, 0, 0, h->id_crm, h->id_op2, &undefs);

		read_encoding(h->reg.op0, h->reg.op1, h->reg.crn, h->reg.crm, h->reg.op2, &undefs);
		/* PAuth is in either of two fields; zero means hidden everywhere. */
		if ((id >> h->shift & 0xf) == 0 && undefs == 0 &&
		    !(h->id_crm == 6 && h->id_op2 == 1 && (id >> 8 & 0xf) != 0)) {
			print("%s is hidden but its register reads\n", h->name);
			wrong++;
		}
	}
	EXPECT_EQ(wrong, 0);
}

/* CSV2 == 1 does not promise SCXTNUM; this list has what may never be seen, whatever the ID registers say. */
static void el2_el3_undefined(void)
{
	static const struct encoding regs[] = {
		{ 3, 4, 1, 1, 0 },   { 3, 4, 2, 1, 0 },   { 3, 4, 12, 0, 0 }, { 3, 4, 4, 0, 1 },  { 3, 4, 5, 2, 0 },
		{ 3, 4, 12, 11, 0 }, { 3, 4, 12, 12, 0 }, { 3, 4, 14, 0, 3 }, { 3, 4, 13, 0, 2 }, { 3, 4, 0, 0, 5 },
		{ 3, 6, 1, 1, 0 },   { 3, 6, 1, 0, 0 },   { 3, 6, 12, 0, 0 }, { 3, 5, 1, 0, 0 },  { 3, 5, 14, 3, 1 },
	};

	for (u32 i = 0; i < ARRAY_SIZE(regs); i++) {
		u32 undefs;

		read_encoding(regs[i].op0, regs[i].op1, regs[i].crn, regs[i].crm, regs[i].op2, &undefs);
		EXPECT_EQ(undefs, 1);
	}
}

/* TIDCP makes all of these UNDEFINED; QEMU 7.2 does not look at it and lets a few constants of a core through. */
static void implementation_defined(void)
{
	u32 undefs, hits = 0;

	for (u32 op1 = 0; op1 < 8; op1++) {
		for (u32 crm = 0; crm < 16; crm++) {
			read_encoding(3, op1, 11, crm, 0, &undefs);
			hits += undefs == 0;
			read_encoding(3, op1, 15, crm, 0, &undefs);
			hits += undefs == 0;
		}
	}
	EXPECT(hits <= QEMU_IMPDEF_CONSTANTS);
}

static void sweep_reads(u32 op0)
{
	u32 readable = 0;
	struct exc e;

	make_stubs(op0, true);
	for (u32 n = 0; n < ENCODINGS; n++) {
		e = TRY(call_stub(n, (u64)scratch));
		if (e.count == 0)
			readable++;
		else
			EXPECT(EC(e.esr) == EC_UNKNOWN || (EC(e.esr) >= EC_SYSREG && EC(e.esr) <= EC_SME));
	}
	print("op0 %u: %u encodings read\n", op0, readable);
}

static void sweep_debug(void)
{
	sweep_reads(2);
}

static void sweep_system(void)
{
	sweep_reads(3);
}

static void sweep_sysl(void)
{
	sweep_reads(1);
}

/* Writes that would take this program's own ground away. */
static bool own_ground(const struct encoding *e)
{
	if (e->op0 != 3)
		return false;
	if (e->op1 == 0)
		return e->crn == 1 || e->crn == 2 || e->crn == 4 || (e->crn == 10 && e->crm == 2) ||
			(e->crn == 12 && e->crm == 0);
	return false;
}

static void sweep_writes(u32 op0, u64 value)
{
	make_stubs(op0, false);
	for (u32 n = 0; n < ENCODINGS; n++) {
		struct encoding w = decode(op0, n);

		if (own_ground(&w))
			continue;
		TRY(call_stub(n, value));
	}
	irq_mask();
}

static void sweep_write_debug(void)
{
	sweep_writes(2, 0);
}

static void sweep_write_system(void)
{
	sweep_writes(3, 0);
}

/* Cache, TLB and address translation instructions of every kind, on an address of our own. */
static void sweep_instructions(void)
{
	sweep_writes(1, (u64)scratch);
}

static void still_works(void)
{
	gic_init();
	gic_enable(INTID_VTIMER);
	sysreg_write(cntv_tval_el0, 0);
	sysreg_write(cntv_ctl_el0, 1);
	EXPECT_EQ(gic_wait(), INTID_VTIMER);
	sysreg_write(cntv_ctl_el0, 0);
	gic_eoi(INTID_VTIMER);
	EXPECT_EQ(RES32(hvc_call(PSCI_VERSION, 0, 0, 0)), 0x10001);
}

const struct test tests[] = {
	TEST(id_space_reads),
	TEST(identity),
	TEST_HV(pfr0),
	TEST_HV(hidden_is_undefined),
	TEST(el2_el3_undefined),
	TEST_HV(implementation_defined),
	TEST(sweep_debug),
	TEST(sweep_system),
	TEST_HV(sweep_sysl),
	TEST(sweep_write_debug),
	TEST(sweep_write_system),
	TEST(sweep_instructions),
	TEST(still_works),
	{ 0 },
};
