/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Registers that leak: fills every register of EL1 and EL0 with values that only this VM has, waits or spins so that
 * others run, and looks whether all are still there. What is writable is found out by trying, so that registers nobody
 * thought of are watched too. Bootargs: pattern=a or pattern=b, seconds=. A difference is told by the register's name,
 * then the VM resets itself instead of switching off.
 */
#include <gic.h>
#include <regs.h>
#include <test.h>

#define INSN_SYSTEM 0xd5000000U
#define INSN_READ BIT(21)
#define INSN_RET 0xd65f03c0U
#define INSN_B 0x14000000U
#define INSN_B_IMM 0x3ffffffU
#define ENCODINGS 16384U /* op1, CRn, CRm, op2 of one op0 */
#define ENC(op1, crn, crm, op2) ((op1) << 11 | (crn) << 7 | (crm) << 3 | (op2))
#define CRN(e) ((e) >> 7 & 15U)
#define CRM(e) ((e) >> 3 & 15U)
#define OP1(e) ((e) >> 11)

#define REGS_MAX 256U
#define VBAR_SLOTS 8U
#define VBAR_SIZE 2048U
#define VECTOR_SIZE 128U
#define SVE_BYTES_MAX (32U * 256U + 17U * 32U)
#define ALL (~UINT64_C(0))
#define BITS(h, l) ((ALL >> (63 - (h))) & (ALL << (l)))

#define CTL_ENABLE 1U
#define CTL_ISTATUS 4U
#define WAIT_US 200U
#define SPINS 20000U
#define SPINS_MORE 0x7fffU
#define FPCR_BITS (BITS(25, 22))
#define FPSR_BITS (BIT(27) | BIT(7) | BITS(4, 0))
#define NZCV_BITS BITS(31, 28)
#define SETTLE_MS 3000U

const bool want_mmu = true;

struct reg {
	u32 op0, enc;
	const char *name;
	u64 set;  /* bits that stay 1 */
	u64 flip; /* bits that may have any value; after learn() those that keep it */
	u64 base, want;
};

/* What this program stands on, or what is no plain memory: by hand, with the bits that may be played with. */
static const struct reg by_hand[] = {
	{ 3, ENC(0, 1, 0, 0), "SCTLR_EL1", 0, BIT(4) | BIT(9) | BIT(14) | BIT(15) | BIT(16) | BIT(18) | BIT(26), 0, 0 },
	{ 3, ENC(0, 1, 0, 2), "CPACR_EL1", BITS(21, 20) | BITS(17, 16), BIT(28), 0, 0 },
	{ 3, ENC(0, 1, 2, 0), "ZCR_EL1", 0, BITS(3, 0), 0, 0 },
	{ 3, ENC(0, 2, 0, 0), "TTBR0_EL1", 0, BITS(55, 48), 0, 0 },
	{ 3, ENC(0, 2, 0, 1), "TTBR1_EL1", 0, ALL - 1, 0, 0 },
	{ 3, ENC(0, 2, 0, 2), "TCR_EL1", BIT(20) | BIT(23), BITS(19, 16) | BITS(27, 24) | BIT(38), 0, 0 },
	{ 3, ENC(0, 4, 0, 0), "SPSR_EL1", 0, ALL, 0, 0 },
	{ 3, ENC(0, 4, 0, 1), "ELR_EL1", 0, ALL, 0, 0 },
	{ 3, ENC(0, 4, 1, 0), "SP_EL0", 0, ALL, 0, 0 },
	{ 3, ENC(0, 4, 2, 3), "PAN", 0, BIT(22), 0, 0 },
	{ 3, ENC(0, 4, 2, 4), "UAO", 0, BIT(23), 0, 0 },
	{ 3, ENC(3, 4, 2, 5), "DIT", 0, BIT(24), 0, 0 },
	{ 3, ENC(3, 4, 2, 6), "SSBS", 0, BIT(12), 0, 0 },
	{ 3, ENC(3, 4, 2, 7), "TCO", 0, BIT(25), 0, 0 },
	{ 3, ENC(0, 10, 2, 0), "MAIR_EL1", 0, BITS(63, 16), 0, 0 },
	{ 3, ENC(0, 12, 0, 0), "VBAR_EL1", 0, (VBAR_SLOTS - 1) * VBAR_SIZE, 0, 0 },
	{ 3, ENC(0, 12, 1, 1), "DISR_EL1", 0, BIT(31) | BITS(24, 0), 0, 0 },
	{ 3, ENC(0, 4, 6, 0), "ICC_PMR_EL1", 0xc0, 0x38, 0, 0 },
	{ 3, ENC(0, 12, 8, 3), "ICC_BPR0_EL1", 4, 3, 0, 0 },
	{ 3, ENC(0, 12, 12, 3), "ICC_BPR1_EL1", 4, 3, 0, 0 },
	{ 3, ENC(0, 12, 12, 6), "ICC_IGRPEN0_EL1", 0, 1, 0, 0 },
	{ 3, ENC(3, 14, 2, 1), "CNTP_CTL_EL0", 0, 2, 0, 0 },
	{ 3, ENC(3, 14, 2, 2), "CNTP_CVAL_EL0", 0, ALL, 0, 0 },
	{ 3, ENC(0, 14, 1, 0), "CNTKCTL_EL1", 0, BITS(9, 0), 0, 0 },
	{ 2, ENC(0, 0, 2, 2), "MDSCR_EL1", 0, BIT(12), 0, 0 },
};

/* Names of what is found by trying, for messages; S3_... says the same. */
static const struct {
	u32 enc;
	const char *name;
} names[] = {
	{ ENC(0, 2, 1, 0), "APIAKeyLo_EL1" },   { ENC(0, 2, 1, 1), "APIAKeyHi_EL1" },
	{ ENC(0, 2, 1, 2), "APIBKeyLo_EL1" },   { ENC(0, 2, 1, 3), "APIBKeyHi_EL1" },
	{ ENC(0, 2, 2, 0), "APDAKeyLo_EL1" },   { ENC(0, 2, 2, 1), "APDAKeyHi_EL1" },
	{ ENC(0, 2, 2, 2), "APDBKeyLo_EL1" },   { ENC(0, 2, 2, 3), "APDBKeyHi_EL1" },
	{ ENC(0, 2, 3, 0), "APGAKeyLo_EL1" },   { ENC(0, 2, 3, 1), "APGAKeyHi_EL1" },
	{ ENC(0, 5, 1, 0), "AFSR0_EL1" },       { ENC(0, 5, 1, 1), "AFSR1_EL1" },
	{ ENC(0, 5, 2, 0), "ESR_EL1" },         { ENC(0, 6, 0, 0), "FAR_EL1" },
	{ ENC(0, 7, 4, 0), "PAR_EL1" },         { ENC(0, 10, 3, 0), "AMAIR_EL1" },
	{ ENC(0, 13, 0, 1), "CONTEXTIDR_EL1" }, { ENC(0, 13, 0, 4), "TPIDR_EL1" },
	{ ENC(0, 13, 0, 7), "SCXTNUM_EL1" },    { ENC(2, 0, 0, 0), "CSSELR_EL1" },
	{ ENC(3, 13, 0, 2), "TPIDR_EL0" },      { ENC(3, 13, 0, 3), "TPIDRRO_EL0" },
	{ ENC(3, 13, 0, 5), "TPIDR2_EL0" },     { ENC(3, 13, 0, 7), "SCXTNUM_EL0" },
};

static u32 read_code[2][ENCODINGS * 2] __attribute__((aligned(4096)));
static u32 write_code[2][ENCODINGS * 2] __attribute__((aligned(4096)));
static u32 vbar_copies[VBAR_SLOTS * VBAR_SIZE / sizeof(u32)] __attribute__((aligned(16384)));
static struct reg regs[REGS_MAX];
static u32 nr_regs;
static u8 sve_want[SVE_BYTES_MAX] __attribute__((aligned(16)));
static u8 sve_got[SVE_BYTES_MAX] __attribute__((aligned(16)));
static bool has_sve;
static u64 longest; /* bytes of an SVE vector */
static u64 tag, round, checks;

static u64 mix(u64 z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* Value @n of this VM in this round. */
static u64 pattern(u64 n)
{
	return mix(tag + n * 0x9e3779b97f4a7c15 + round * 0xd1342543de82ef95);
}

static void make_stubs(u32 op0)
{
	for (u32 n = 0; n < ENCODINGS; n++) {
		u32 i = (u32)(INSN_SYSTEM | op0 << 19 | OP1(n) << 16 | CRN(n) << 12 | CRM(n) << 8 | (n & 7) << 5);

		read_code[op0 - 2][n * 2] = i | (u32)INSN_READ;
		read_code[op0 - 2][n * 2 + 1] = INSN_RET;
		write_code[op0 - 2][n * 2] = i;
		write_code[op0 - 2][n * 2 + 1] = INSN_RET;
	}
	sync_code(read_code[op0 - 2], sizeof(read_code[0]));
	sync_code(write_code[op0 - 2], sizeof(write_code[0]));
}

static u64 call(const u32 *stub, u64 x0)
{
	register u64 r __asm__("x0") = x0;

	__asm__ volatile("blr %1" : "+r"(r) : "r"(stub) : "x30", "memory", "cc");
	return r;
}

static u64 reg_read(const struct reg *r)
{
	return call(&read_code[r->op0 - 2][r->enc * 2], 0);
}

static void reg_write(const struct reg *r, u64 v)
{
	call(&write_code[r->op0 - 2][r->enc * 2], v);
}

/* Which bits of @r can be written? Return: false when it is not there, or holds nothing. */
static bool learn(struct reg *r)
{
	u64 old = 0, ones = 0, zeros = 0;
	struct exc e = TRY(old = reg_read(r));

	if (e.count)
		return false;
	r->base = old | r->set;
	e = TRY(reg_write(r, r->base | r->flip); isb(); ones = reg_read(r); reg_write(r, r->base & ~r->flip); isb();
		zeros = reg_read(r); reg_write(r, old));
	isb();
	r->flip &= ones & ~zeros;
	return !e.count && r->flip;
}

/* Registers that are taken care of by hand, or that do something when they are read or written. */
static bool not_by_trying(u32 enc)
{
	u32 op1 = OP1(enc), crn = CRN(enc), crm = CRM(enc);

	if (op1 == 0)
		return crn == 1 || (crn == 2 && crm == 0) || crn == 4 || (crn == 10 && crm == 2) || crn == 12 ||
			crn == 14;
	return op1 == 3 && (crn == 4 || crn == 14);
}

static void add(struct reg r)
{
	if (nr_regs < REGS_MAX && learn(&r))
		regs[nr_regs++] = r;
}

static const char *name_of(u32 enc)
{
	for (u32 i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].enc == enc)
			return names[i].name;
	return "?";
}

static void find_all(void)
{
	u64 d = sysreg_read(id_aa64dfr0_el1), vectors = sysreg_read(vbar_el1);
	u32 n;

	make_stubs(2);
	make_stubs(3);
	for (n = 0; n < ARRAY_SIZE(vbar_copies); n++) {
		u64 to = vectors + n * sizeof(u32) % VBAR_SIZE / VECTOR_SIZE * VECTOR_SIZE;

		vbar_copies[n] = INSN_B | (u32)((to - (u64)&vbar_copies[n]) >> 2 & INSN_B_IMM);
	}
	sync_code(vbar_copies, sizeof(vbar_copies));
	sysreg_write(vbar_el1, vbar_copies);
	isb();
	for (n = 0; n < ARRAY_SIZE(by_hand); n++)
		add(by_hand[n]);
	for (n = 0; n < ENCODINGS; n++)
		if (!not_by_trying(n))
			add((struct reg){ 3, n, name_of(n), 0, ALL, 0, 0 });
	/* Breakpoints and watchpoints: enabled, but MDSCR_EL1.MDE is 0. */
	for (n = 0; n <= FIELD(d, 15, 12); n++) {
		add((struct reg){ 2, ENC(0, 0, n, 4), "DBGBVR", 0, BITS(48, 2), 0, 0 });
		add((struct reg){ 2, ENC(0, 0, n, 5), "DBGBCR", 0, BITS(8, 5) | BITS(2, 0), 0, 0 });
	}
	for (n = 0; n <= FIELD(d, 23, 20); n++) {
		add((struct reg){ 2, ENC(0, 0, n, 6), "DBGWVR", 0, BITS(48, 2), 0, 0 });
		add((struct reg){ 2, ENC(0, 0, n, 7), "DBGWCR", 0, BITS(12, 0), 0, 0 });
	}
	sysreg_write(vbar_el1, vectors);
	isb();
}

/* Does not return. What ran before is printed through registers that may be wrong, so a few are put right first. */
static void leaked(const char *what, u32 op0, u32 enc, u64 got, u64 want)
{
	sysreg_write(vbar_el1, vbar_copies);
	isb();
	print("LEAK %s", what);
	if (op0)
		print(" (S%u_%u_C%u_C%u_%u)", op0, OP1(enc), CRN(enc), CRM(enc), enc & 7);
	print(" round %lu: 0x%lx, not 0x%lx\n", round, got, want);
	print("TEST registers: FAIL %s\n", what);
	/* Time for whoever watches the console; then an end that differs from that of a good run. */
	for (u64 start = now(); now() - start < ticks_ms(SETTLE_MS);)
		;
	hvc_call(PSCI_SYSTEM_RESET, 0, 0, 0);
	for (;;)
		wfi();
}

static void check(const char *what, u64 index, u64 got, u64 want)
{
	checks++;
	if (got == want)
		return;
	print("LEAK index %lu of\n", index);
	leaked(what, 0, 0, got, want);
}

static void fill_system(void)
{
	for (u32 i = 0; i < nr_regs; i++) {
		struct reg *r = &regs[i];

		r->want = (r->base & ~r->flip) | (pattern(i) & r->flip);
		reg_write(r, r->want);
	}
	isb();
}

static void check_system(void)
{
	for (u32 i = 0; i < nr_regs; i++) {
		const struct reg *r = &regs[i];
		u64 got = reg_read(r);

		checks++;
		if ((got ^ r->want) & r->flip)
			leaked(r->name, r->op0, r->enc, got, r->want);
	}
}

static struct regs_q q_want, q_got;

static void fill_vectors(void)
{
	u64 vl, *w = (u64 *)sve_want;

	for (u32 i = 0; i < 32; i++) {
		q_want.q[i][0] = pattern(1000 + i);
		q_want.q[i][1] = pattern(2000 + i);
	}
	q_want.fpsr = pattern(3000) & FPSR_BITS;
	q_want.fpcr = pattern(3001) & FPCR_BITS;
	regs_q_write(&q_want);
	if (!has_sve)
		return;
	vl = regs_sve_vl();
	for (u32 i = 0; i < SVE_BYTES_MAX / 8; i++)
		w[i] = pattern(4000 + i);
	/* FFR: ones, as many as this round's pattern says, then zeros */
	for (u64 bit = 0, ones = pattern(5000) % (vl + 1); bit < vl; bit++) {
		u8 *b = &sve_want[32 * vl + 2 * vl + bit / 8];

		*b = (u8)((*b & ~(1U << bit % 8)) | (bit < ones ? 1U << bit % 8 : 0));
	}
	regs_sve_write(sve_want);
}

static void check_vectors(void)
{
	u64 vl;

	regs_q_read(&q_got);
	check("FPSR", 0, q_got.fpsr & FPSR_BITS, q_want.fpsr);
	check("FPCR", 0, q_got.fpcr & FPCR_BITS, q_want.fpcr);
	if (!has_sve) {
		for (u32 i = 0; i < 32; i++) {
			check("Q, low half", i, q_got.q[i][0], q_want.q[i][0]);
			check("Q, high half", i, q_got.q[i][1], q_want.q[i][1]);
		}
		return;
	}
	vl = regs_sve_vl();
	regs_sve_read(sve_got);
	for (u64 i = 0; i < 32 * vl; i++)
		check("Z", i / vl, sve_got[i], sve_want[i]);
	for (u64 i = 0; i < 16 * vl / 8; i++)
		check("P", i / (vl / 8), sve_got[32 * vl + i], sve_want[32 * vl + i]);
	for (u64 i = 0; i < vl / 8; i++)
		check("FFR", i, sve_got[34 * vl + i], sve_want[34 * vl + i]);
}

static void finish_timer(u64 cval)
{
	u64 start = now();
	u32 intid;

	check("CNTV_CVAL_EL0", 0, sysreg_read(cntv_cval_el0), cval);
	while (!(sysreg_read(cntv_ctl_el0) & CTL_ISTATUS))
		wfi();
	do
		intid = gic_ack();
	while (intid == GIC_NONE && now() - start < ticks_ms(SETTLE_MS));
	check("virtual timer interrupt", 0, intid, INTID_VTIMER);
	sysreg_write(cntv_ctl_el0, 0);
	isb();
	gic_eoi(intid);
}

static void one_round(void)
{
	u64 want[REGS_X + 1], got[REGS_X + 1], cval;
	u64 spins = round % 2 ? SPINS + (pattern(6000) & SPINS_MORE) : 0;

	for (u32 i = 0; i < REGS_X; i++)
		want[i] = pattern(7000 + i);
	want[REGS_NZCV] = pattern(8000) & NZCV_BITS;
	fill_system();
	fill_vectors();
	cval = now() + sysreg_read(cntfrq_el0) / 1000000 * WAIT_US;
	sysreg_write(cntv_cval_el0, cval);
	sysreg_write(cntv_ctl_el0, CTL_ENABLE);
	isb();
	regs_x_round(want, got, spins);
	if (spins)
		want[REGS_X - 1] = 0;
	for (u32 i = 0; i < REGS_X; i++)
		check("X", i, got[i], want[i]);
	check("NZCV", 0, got[REGS_NZCV], want[REGS_NZCV]);
	check_system();
	check_vectors();
	finish_timer(cval);
}

static void registers(void)
{
	u64 seconds = bootarg_num("seconds", 60), start;
	u64 vectors = sysreg_read(vbar_el1);

	tag = bootarg("pattern=b") ? 0x6262626262626262 : 0x6161616161616161;
	gic_init();
	gic_enable(INTID_VTIMER);
	has_sve = FIELD(sysreg_read(id_aa64pfr0_el1), 35, 32) != 0;
	if (has_sve) {
		sysreg_write(cpacr_el1, sysreg_read(cpacr_el1) | BITS(21, 20) | BITS(17, 16));
		/* ZCR_EL1 */
		sysreg_write(S3_0_C1_C2_0, BITS(8, 0));
		isb();
		longest = regs_sve_vl();
	}
	find_all();
	print("REGLEAK %s: %u system registers:", bootarg("pattern=b") ? "b" : "a", nr_regs);
	for (u32 i = 0; i < nr_regs; i++)
		if (regs[i].op0 == 3)
			print(" %s", regs[i].name);
	print("\n");
	start = now();
	for (round = 1; now() - start < seconds * sysreg_read(cntfrq_el0); round++)
		one_round();
	sysreg_write(vbar_el1, vectors);
	isb();
	print("REGLEAK %s: %lu rounds, %lu checks, SVE vectors of %lu bytes\n", bootarg("pattern=b") ? "b" : "a",
	      round - 1, checks, longest);
	EXPECT(round > 10);
}

const struct test tests[] = {
	TEST(registers),
	{ NULL, NULL, false },
};
