/* SPDX-License-Identifier: BSD-3-Clause */
#include <asm/esr.h>
#include <debug/esr_text.h>
#include <lib/printf.h>
#include <stdarg.h>

#define SPSR_AARCH32 BIT(4)
#define SPSR_EL GENMASK(3, 2)
#define SPSR_SP BIT(0)
#define AET GENMASK(12, 10)

/* Classes that mean something to EL2; the others print as "unknown class". */
static const char *const ec_text[64] = {
	[EC_UNKNOWN] = "undefined instruction or unknown reason",
	[EC_WFX] = "WFI or WFE",
	[0x03] = "MCR/MRC, coprocessor 15",
	[0x04] = "MCRR/MRRC, coprocessor 15",
	[0x05] = "MCR/MRC, coprocessor 14",
	[0x06] = "LDC/STC",
	[EC_FP] = "FP or SIMD access",
	[0x08] = "VMRS",
	[EC_PAC] = "pointer authentication instruction",
	[EC_LS64] = "LD64B/ST64B",
	[0x0c] = "MRRC, coprocessor 14",
	[EC_BTI] = "branch target exception",
	[EC_ILLEGAL] = "illegal execution state",
	[0x11] = "SVC from AArch32",
	[EC_HVC32] = "HVC from AArch32",
	[EC_SMC32] = "SMC from AArch32",
	[0x14] = "MSRR/MRRS/128-bit system instruction",
	[EC_SVC64] = "SVC",
	[EC_HVC64] = "HVC",
	[EC_SMC64] = "SMC",
	[EC_SYSREG] = "system register access",
	[EC_SVE] = "SVE access",
	[EC_ERET] = "ERET",
	[0x1b] = "TSTART",
	[0x1c] = "pointer authentication failure",
	[EC_SME] = "SME access",
	[0x1e] = "granule protection check",
	[0x1f] = "implementation defined, EL3",
	[EC_IABT_LOW] = "instruction abort from a lower level",
	[EC_IABT_CUR] = "instruction abort",
	[EC_PC_ALIGN] = "PC alignment fault",
	[EC_DABT_LOW] = "data abort from a lower level",
	[EC_DABT_CUR] = "data abort",
	[EC_SP_ALIGN] = "SP alignment fault",
	[0x27] = "memory operation exception",
	[0x28] = "floating point exception from AArch32",
	[0x2c] = "floating point exception",
	[0x2d] = "guarded control stack exception",
	[EC_SERROR] = "SError",
	[0x30] = "breakpoint from a lower level",
	[0x31] = "breakpoint",
	[0x32] = "software step from a lower level",
	[0x33] = "software step",
	[0x34] = "watchpoint from a lower level",
	[0x35] = "watchpoint",
	[0x38] = "BKPT from AArch32",
	[0x3a] = "vector catch from AArch32",
	[EC_BRK] = "BRK",
	[0x3d] = "PMU exception",
};

/* DFSC and IFSC share these. */
static const char *const fsc_text[64] = {
	[0x00] = "address size fault, level 0",
	[0x01] = "address size fault, level 1",
	[0x02] = "address size fault, level 2",
	[0x03] = "address size fault, level 3",
	[0x04] = "translation fault, level 0",
	[0x05] = "translation fault, level 1",
	[0x06] = "translation fault, level 2",
	[0x07] = "translation fault, level 3",
	[0x08] = "access flag fault, level 0",
	[0x09] = "access flag fault, level 1",
	[0x0a] = "access flag fault, level 2",
	[0x0b] = "access flag fault, level 3",
	[0x0c] = "permission fault, level 0",
	[0x0d] = "permission fault, level 1",
	[0x0e] = "permission fault, level 2",
	[0x0f] = "permission fault, level 3",
	[0x10] = "external abort",
	[0x11] = "tag check fault",
	[0x13] = "external abort on a table walk, level -1",
	[0x14] = "external abort on a table walk, level 0",
	[0x15] = "external abort on a table walk, level 1",
	[0x16] = "external abort on a table walk, level 2",
	[0x17] = "external abort on a table walk, level 3",
	[0x18] = "parity or ECC error",
	[0x1b] = "parity or ECC error on a table walk, level -1",
	[0x1c] = "parity or ECC error on a table walk, level 0",
	[0x1d] = "parity or ECC error on a table walk, level 1",
	[0x1e] = "parity or ECC error on a table walk, level 2",
	[0x1f] = "parity or ECC error on a table walk, level 3",
	[0x21] = "alignment fault",
	[0x23] = "granule protection fault on a table walk, level -1",
	[0x24] = "granule protection fault on a table walk, level 0",
	[0x25] = "granule protection fault on a table walk, level 1",
	[0x26] = "granule protection fault on a table walk, level 2",
	[0x27] = "granule protection fault on a table walk, level 3",
	[0x28] = "granule protection fault",
	[0x29] = "address size fault, level -1",
	[0x2b] = "translation fault, level -1",
	[0x30] = "TLB conflict",
	[0x31] = "unsupported atomic hardware update",
	[0x34] = "lockdown",
	[0x35] = "unsupported exclusive or atomic access",
};

const char *esr_ec_text(u32 ec)
{
	return ec < ARRAY_SIZE(ec_text) && ec_text[ec] ? ec_text[ec] : "unknown class";
}

const char *esr_fsc_text(u32 fsc)
{
	return fsc < ARRAY_SIZE(fsc_text) && fsc_text[fsc] ? fsc_text[fsc] : "unknown fault";
}

struct text {
	char *buf;
	size_t size;
	size_t len;
};

static void __printf(2, 3) add(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (t->len + 1 >= t->size)
		return;
	va_start(ap, fmt);
	n = vsnprintf(t->buf + t->len, t->size - t->len, fmt, ap);
	va_end(ap);
	t->len = MIN(t->len + (size_t)n, t->size - 1);
}

static void add_flag(struct text *t, u64 esr, u64 bit, const char *set)
{
	if (esr & bit)
		add(t, ", %s", set);
}

static void add_abort(struct text *t, u64 esr, bool data)
{
	add(t, ": %s", esr_fsc_text((u32)FIELD_GET(ISS_DFSC, esr)));
	if (data)
		add(t, ", %s", esr & ISS_WNR ? "write" : "read");
	add_flag(t, esr, ISS_S1PTW, "on a stage 1 table walk");
	if (data)
		add_flag(t, esr, ISS_CM, "cache maintenance");
	add_flag(t, esr, ISS_EA, "EA");
	add_flag(t, esr, ISS_FNV, "FAR not valid");
	if (data && (esr & ISS_ISV))
		add(t, ", %u byte access, %c%u%s", 1U << FIELD_GET(ISS_SAS, esr), esr & ISS_SF ? 'x' : 'w',
		    (u32)FIELD_GET(ISS_SRT, esr), esr & ISS_SSE ? ", sign-extended" : "");
}

static void add_sysreg(struct text *t, u64 esr)
{
	add(t, ": %s S%u_%u_C%u_C%u_%u, x%u", esr & ISS_SYS_READ ? "MRS" : "MSR", (u32)FIELD_GET(GENMASK(21, 20), esr),
	    (u32)FIELD_GET(GENMASK(16, 14), esr), (u32)FIELD_GET(GENMASK(13, 10), esr),
	    (u32)FIELD_GET(GENMASK(4, 1), esr), (u32)FIELD_GET(GENMASK(19, 17), esr), (u32)FIELD_GET(ISS_SYS_RT, esr));
}

static void add_serror(struct text *t, u64 esr)
{
	static const char *const aet[8] = { "uncontainable", "unrecoverable", "restartable", "recoverable",
					    "reserved",      "reserved",      "corrected",   "reserved" };

	if (esr & ISS_ISV) /* IDS */
		add(t, ": implementation defined syndrome");
	else if (FIELD_GET(ISS_DFSC, esr) == 0x11)
		add(t, ": %s", aet[FIELD_GET(AET, esr)]);
	else
		add(t, ": uncategorised");
}

size_t esr_describe(u64 esr, char *buf, size_t size)
{
	struct text t = { buf, size, 0 };
	u32 ec = (u32)FIELD_GET(ESR_EC, esr);

	if (size)
		buf[0] = '\0';
	add(&t, "%s", esr_ec_text(ec));
	switch (ec) {
	case EC_IABT_LOW:
	case EC_IABT_CUR:
		add_abort(&t, esr, false);
		break;
	case EC_DABT_LOW:
	case EC_DABT_CUR:
		add_abort(&t, esr, true);
		break;
	case EC_SYSREG:
		add_sysreg(&t, esr);
		break;
	case EC_SERROR:
		add_serror(&t, esr);
		break;
	case EC_SVC64:
	case EC_HVC64:
	case EC_SMC64:
	case EC_BRK:
		add(&t, " #0x%x", (u32)(esr & 0xffff));
		break;
	default:
		break;
	}
	add(&t, "%s", esr & ESR_IL ? "" : " (16-bit instruction)");
	return t.len;
}

size_t pstate_describe(u64 p, char *buf, size_t size)
{
	struct text t = { buf, size, 0 };
	u32 i;

	if (size)
		buf[0] = '\0';
	if (p & SPSR_AARCH32)
		add(&t, "AArch32 mode 0x%x ", (u32)(p & 0x1f));
	else
		add(&t, "EL%u%c ", (u32)FIELD_GET(SPSR_EL, p), p & SPSR_SP ? 'h' : 't');
	for (i = 0; i < 4; i++)
		add(&t, "%c", p & BIT(31 - i) ? "NZCV"[i] : "nzcv"[i]);
	add(&t, " ");
	for (i = 0; i < 4; i++)
		add(&t, "%c", p & BIT(9 - i) ? "DAIF"[i] : "daif"[i]);
	if (p & BIT(20))
		add(&t, " IL");
	if (p & BIT(21))
		add(&t, " SS");
	return t.len;
}
