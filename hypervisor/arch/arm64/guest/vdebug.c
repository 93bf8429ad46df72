/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Self-hosted debug for guests: every access traps, is kept in the vCPU and written through, so that breakpoints,
 * watchpoints and single-step of a guest's own debugger work. The hardware holds nobody's when no user of them is
 * loaded.
 */
#include <asm/cpu.h>
#include <asm/esr.h>
#include <asm/guest/guest.h>
#include <asm/sysreg.h>

#define ENC_CRM GENMASK(4, 1)
#define ENC_OP2 GENMASK(19, 17)
#define OP2_BVR 4U
#define OP2_BCR 5U
#define OP2_WVR 6U
#define OP2_WCR 7U

#define DBGCR_E BIT(0)
/* What a guest may set: never HMC, SSC or a VMID match, which reach beyond EL1 (ARM ARM D19.3.2, D19.3.10). */
#define BCR_GUEST (GENMASK(21, 20) | GENMASK(19, 16) | GENMASK(8, 5) | GENMASK(2, 1) | DBGCR_E)
#define WCR_GUEST                                                                                                      \
	(GENMASK(28, 24) | BIT(20) | GENMASK(19, 16) | GENMASK(12, 5) | GENMASK(4, 3) | GENMASK(2, 1) | DBGCR_E)

/* MDSCR_EL1: SS, TDCC, KDE, MDE; the rest is for an external debugger. */
#define MDSCR_GUEST (BIT(0) | BIT(12) | BIT(13) | BIT(15))

#define OSLAR_OSLK BIT(0)
#define OSLSR_OSLM_IMPLEMENTED BIT(3)
#define OSLSR_OSLK BIT(1)

#define CASE(reg, n, v)                                                                                                \
	case n:                                                                                                        \
		write_sysreg(v, reg##n##_el1);                                                                         \
		break;
#define BANK(name, reg)                                                                                                \
	static void name(u32 n, u64 v)                                                                                 \
	{                                                                                                              \
		switch (n) {                                                                                           \
			CASE(reg, 0, v)                                                                                \
			CASE(reg, 1, v)                                                                                \
			CASE(reg, 2, v)                                                                                \
			CASE(reg, 3, v)                                                                                \
			CASE(reg, 4, v)                                                                                \
			CASE(reg, 5, v)                                                                                \
			CASE(reg, 6, v)                                                                                \
			CASE(reg, 7, v)                                                                                \
			CASE(reg, 8, v)                                                                                \
			CASE(reg, 9, v)                                                                                \
			CASE(reg, 10, v)                                                                               \
			CASE(reg, 11, v)                                                                               \
			CASE(reg, 12, v)                                                                               \
			CASE(reg, 13, v)                                                                               \
			CASE(reg, 14, v)                                                                               \
			CASE(reg, 15, v)                                                                               \
		default:                                                                                               \
			break;                                                                                         \
		}                                                                                                      \
	}

BANK(write_bvr, dbgbvr)
BANK(write_bcr, dbgbcr)
BANK(write_wvr, dbgwvr)
BANK(write_wcr, dbgwcr)

/* pCPUs whose breakpoints were switched off once after boot; firmware leaves them UNKNOWN. */
static bool cpu_clean[CONFIG_MAX_PCPUS];

static void switch_off(const struct cpu_features *f)
{
	u32 i;

	for (i = 0; i < f->nr_brps; i++)
		write_bcr(i, 0);
	for (i = 0; i < f->nr_wrps; i++)
		write_wcr(i, 0);
}

static void restore(const struct vcpu_debug *d, const struct cpu_features *f)
{
	u32 i;

	for (i = 0; i < f->nr_brps; i++) {
		write_bvr(i, d->bvr[i]);
		write_bcr(i, d->bcr[i]);
	}
	for (i = 0; i < f->nr_wrps; i++) {
		write_wvr(i, d->wvr[i]);
		write_wcr(i, d->wcr[i]);
	}
}

static void set_control(struct vcpu *vcpu, u64 *slot, u64 v)
{
	struct vcpu_debug *d = &vcpu->arch.debug;

	*slot = v;
	if ((v & DBGCR_E) && !d->used) {
		d->used = true;
		restore(d, &this_pcpu()->features);
	}
}

bool vdebug_regs(struct vcpu *vcpu, u32 enc, bool write, u64 *val)
{
	struct vcpu_debug *d = &vcpu->arch.debug;
	const struct cpu_features *f = &this_pcpu()->features;
	u32 n = (u32)FIELD_GET(ENC_CRM, enc);
	u32 op2 = (u32)FIELD_GET(ENC_OP2, enc);
	u64 *slot;

	if (n >= (op2 <= OP2_BCR ? f->nr_brps : f->nr_wrps))
		return false;
	slot = op2 == OP2_BVR ? &d->bvr[n] : op2 == OP2_BCR ? &d->bcr[n] : op2 == OP2_WVR ? &d->wvr[n] : &d->wcr[n];
	if (!write) {
		*val = *slot;
		return true;
	}
	switch (op2) {
	case OP2_BVR:
		*slot = *val;
		if (d->used)
			write_bvr(n, *slot);
		break;
	case OP2_BCR:
		set_control(vcpu, slot, *val & BCR_GUEST);
		if (d->used)
			write_bcr(n, *slot);
		break;
	case OP2_WVR:
		*slot = *val;
		if (d->used)
			write_wvr(n, *slot);
		break;
	case OP2_WCR:
	default:
		set_control(vcpu, slot, *val & WCR_GUEST);
		if (d->used)
			write_wcr(n, *slot);
		break;
	}
	return true;
}

bool vdebug_mdscr(struct vcpu *vcpu __unused, u32 enc __unused, bool write, u64 *val)
{
	if (write)
		write_sysreg(*val & MDSCR_GUEST, mdscr_el1);
	else
		*val = read_sysreg(mdscr_el1) & MDSCR_GUEST;
	return true;
}

bool vdebug_oslar(struct vcpu *vcpu, u32 enc __unused, bool write, u64 *val)
{
	if (!write)
		return false;
	vcpu->arch.debug.os_lock = *val & OSLAR_OSLK;
	write_sysreg(*val & OSLAR_OSLK, oslar_el1);
	return true;
}

bool vdebug_oslsr(struct vcpu *vcpu, u32 enc __unused, bool write, u64 *val)
{
	*val = OSLSR_OSLM_IMPLEMENTED | (vcpu->arch.debug.os_lock ? OSLSR_OSLK : 0);
	return !write;
}

void vdebug_reset(struct vcpu *vcpu)
{
	vcpu->arch.debug = (struct vcpu_debug){ .os_lock = true };
}

void vdebug_load(struct vcpu *vcpu)
{
	const struct pcpu *p = this_pcpu();

	if (!cpu_clean[p->id]) {
		cpu_clean[p->id] = true;
		switch_off(&p->features);
	}
	if (vcpu->arch.debug.used)
		restore(&vcpu->arch.debug, &p->features);
	write_sysreg(vcpu->arch.debug.os_lock ? OSLAR_OSLK : 0, oslar_el1);
}

void vdebug_put(struct vcpu *vcpu)
{
	if (vcpu->arch.debug.used)
		switch_off(&this_pcpu()->features);
}
