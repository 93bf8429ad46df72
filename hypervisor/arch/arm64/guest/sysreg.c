/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * System registers that trap: ID registers from the VM's view, the rest by a table. What is not in it is UNDEF (D10);
 * that covers PMU, SPE, trace, AMU, LORegions, MTE, SME and IMPLEMENTATION DEFINED registers, all hidden by the ID
 * view.
 */
#include <asm/esr.h>
#include <asm/guest/guest.h>

/* TID3 space: op0 = 3, op1 = 0, CRn = 0, CRm = 1..7. */
#define ENC_CRM GENMASK(4, 1)
#define ENC_CRN GENMASK(13, 10)
#define ENC_OP1 GENMASK(16, 14)
#define ENC_OP2 GENMASK(19, 17)
#define ENC_OP0 GENMASK(21, 20)
#define ID_CRM_FIRST 1U
#define ID_CRM_LAST 7U

/* Breakpoint and watchpoint banks: op0 = 2, op1 = 0, CRn = 0, op2 = 4..7. */
#define DBG_BANK_OP2 4U

static bool raz_wi(struct vcpu *vcpu __unused, u32 enc __unused, bool write, u64 *val)
{
	if (!write)
		*val = 0;
	return true;
}

static bool read_zero(struct vcpu *vcpu __unused, u32 enc __unused, bool write, u64 *val)
{
	*val = 0;
	return !write;
}

static bool cntp(struct vcpu *vcpu, u32 enc, bool write, u64 *val)
{
	return vtimer_sysreg(vcpu, enc, write, val);
}

/* Ascending by op0, op2, op1, CRn, CRm: the order of the encodings in a syndrome. */
const struct sysreg_desc sysreg_table[] = {
	{ SYSREG_ISS(2, 0, 0, 2, 0), raz_wi },         /* MDCCINT_EL1 */
	{ SYSREG_ISS(2, 0, 1, 0, 0), read_zero },      /* MDRAR_EL1: no debug ROM table */
	{ SYSREG_ISS(2, 3, 0, 1, 0), read_zero },      /* MDCCSR_EL0: channel empty */
	{ SYSREG_ISS(2, 3, 0, 4, 0), raz_wi },         /* DBGDTR_EL0 */
	{ SYSREG_ISS(2, 3, 0, 5, 0), raz_wi },         /* DBGDTRRX_EL0, DBGDTRTX_EL0 */
	{ SYSREG_ISS(2, 0, 0, 0, 2), raz_wi },         /* OSDTRRX_EL1 */
	{ SYSREG_ISS(2, 0, 0, 2, 2), vdebug_mdscr },   /* MDSCR_EL1 */
	{ SYSREG_ISS(2, 0, 0, 3, 2), raz_wi },         /* OSDTRTX_EL1 */
	{ SYSREG_ISS(2, 0, 0, 6, 2), raz_wi },         /* OSECCR_EL1 */
	{ SYSREG_ISS(2, 0, 1, 0, 4), vdebug_oslar },   /* OSLAR_EL1 */
	{ SYSREG_ISS(2, 0, 1, 1, 4), vdebug_oslsr },   /* OSLSR_EL1 */
	{ SYSREG_ISS(2, 0, 1, 3, 4), raz_wi },         /* OSDLR_EL1: the double lock stays open */
	{ SYSREG_ISS(2, 0, 1, 4, 4), raz_wi },         /* DBGPRCR_EL1: power is not the guest's */
	{ SYSREG_ISS(2, 0, 7, 8, 6), raz_wi },         /* DBGCLAIMSET_EL1: no claim tags */
	{ SYSREG_ISS(2, 0, 7, 9, 6), raz_wi },         /* DBGCLAIMCLR_EL1 */
	{ SYSREG_ISS(2, 0, 7, 14, 6), read_zero },     /* DBGAUTHSTATUS_EL1 */
	{ SYSREG_ISS(3, 0, 4, 6, 0), vicc_pmr },       /* ICC_PMR_EL1, under TC */
	{ SYSREG_ISS(3, 0, 5, 3, 0), read_zero },      /* ERRIDR_EL1: no error records */
	{ SYSREG_ISS(3, 1, 0, 0, 0), vcache_ccsidr },  /* CCSIDR_EL1, under TID2, as the next four */
	{ SYSREG_ISS(3, 2, 0, 0, 0), vcache_csselr },  /* CSSELR_EL1 */
	{ SYSREG_ISS(3, 3, 14, 2, 0), cntp },          /* CNTP_TVAL_EL0 */
	{ SYSREG_ISS(3, 0, 1, 0, 1), raz_wi },         /* ACTLR_EL1 */
	{ SYSREG_ISS(3, 0, 5, 3, 1), raz_wi },         /* ERRSELR_EL1 */
	{ SYSREG_ISS(3, 0, 12, 11, 1), vicc_dir },     /* ICC_DIR_EL1, under TDIR or TC */
	{ SYSREG_ISS(3, 1, 0, 0, 1), vcache_clidr },   /* CLIDR_EL1 */
	{ SYSREG_ISS(3, 3, 0, 0, 1), vcache_ctr },     /* CTR_EL0 */
	{ SYSREG_ISS(3, 3, 14, 0, 1), cntp },          /* CNTPCT_EL0 */
	{ SYSREG_ISS(3, 3, 14, 2, 1), cntp },          /* CNTP_CTL_EL0 */
	{ SYSREG_ISS(3, 1, 0, 0, 2), vcache_ccsidr2 }, /* CCSIDR2_EL1 */
	{ SYSREG_ISS(3, 3, 14, 2, 2), cntp },          /* CNTP_CVAL_EL0 */
	{ SYSREG_ISS(3, 0, 12, 11, 3), vicc_rpr },     /* ICC_RPR_EL1, under TC */
	{ SYSREG_ISS(3, 0, 12, 12, 4), vicc_ctlr },    /* ICC_CTLR_EL1, under TC */
	{ SYSREG_ISS(3, 0, 12, 11, 5), vicc_sgi },     /* ICC_SGI1R_EL1 */
	{ SYSREG_ISS(3, 0, 12, 12, 5), vicc_sre },     /* ICC_SRE_EL1, where it could be changed */
	{ SYSREG_ISS(3, 3, 14, 0, 5), cntp },          /* CNTPCTSS_EL0 */
	{ SYSREG_ISS(3, 0, 12, 11, 6), vicc_sgi },     /* ICC_ASGI1R_EL1 */
	{ SYSREG_ISS(3, 0, 12, 11, 7), vicc_sgi },     /* ICC_SGI0R_EL1 */
};

const u32 sysreg_table_len = ARRAY_SIZE(sysreg_table);

static bool in_id_space(u32 enc)
{
	u32 crm = (u32)FIELD_GET(ENC_CRM, enc);

	return (enc & (ENC_OP0 | ENC_OP1 | ENC_CRN)) == SYSREG_ISS(3, 0, 0, 0, 0) && crm >= ID_CRM_FIRST &&
		crm <= ID_CRM_LAST;
}

static bool in_debug_bank(u32 enc)
{
	return (enc & (ENC_OP0 | ENC_OP1 | ENC_CRN)) == SYSREG_ISS(2, 0, 0, 0, 0) &&
		FIELD_GET(ENC_OP2, enc) >= DBG_BANK_OP2;
}

static sysreg_fn find(u32 enc)
{
	u32 lo = 0;
	u32 hi = sysreg_table_len;

	while (lo < hi) {
		u32 mid = lo + (hi - lo) / 2;

		if (sysreg_table[mid].enc == enc)
			return sysreg_table[mid].fn;
		if (sysreg_table[mid].enc < enc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return NULL;
}

bool sysreg_access(struct vcpu *vcpu, u32 enc, bool write, u64 *val)
{
	sysreg_fn fn;

	if (in_id_space(enc)) {
		if (!write)
			*val = idreg_read(vcpu->vm, (u32)FIELD_GET(ENC_CRM, enc), (u32)FIELD_GET(ENC_OP2, enc));
		return !write;
	}
	if (in_debug_bank(enc))
		return vdebug_regs(vcpu, enc, write, val);
	fn = find(enc);
	return fn && fn(vcpu, enc, write, val);
}

void sysreg_trap(struct vcpu *vcpu, u64 esr)
{
	u32 enc = (u32)esr & SYSREG_ISS_MASK;
	u32 rt = (u32)FIELD_GET(ISS_SYS_RT, esr);
	bool write = !(esr & ISS_SYS_READ);
	u64 val = write ? vcpu_reg(vcpu, rt) : 0;

	if (!sysreg_access(vcpu, enc, write, &val)) {
		inject_undef(vcpu);
		return;
	}
	if (!write)
		vcpu_set_reg(vcpu, rt, val);
	vcpu_skip(vcpu, esr);
}
