/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a VM is told about its CPUs (ADR 27): what holds on every CPU of the kinds that its vCPUs may be on. What VMs
 * were told about a kind is a promise: a CPU that comes up later has to keep it.
 */
#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/guest/guest.h>
#include <lib/string.h>

/* ID_AA64PFR0_EL1, ID_AA64ZFR0_EL1 */
#define PFR0_IDX IDREG_IDX(4, 0)
#define PFR0_SVE GENMASK(35, 32)
#define ZFR0_IDX IDREG_IDX(4, 4)

#define OP2_COUNT 8U

/* CTR_EL0 */
#define CTR_IMINLINE GENMASK(3, 0)
#define CTR_L1IP GENMASK(15, 14)
#define CTR_L1IP_VIPT 2U
#define CTR_DMINLINE GENMASK(19, 16)
#define CTR_ERG GENMASK(23, 20)
#define CTR_CWG GENMASK(27, 24)
#define CTR_IDC_DIC GENMASK(29, 28)
#define CTR_RES1 BIT(31)
#define CTR_TMINLINE GENMASK(37, 32)

#define DCZID_DZP BIT(4)

/* MIDR_EL1 */
#define MIDR_VARIANT GENMASK(23, 20)
#define MIDR_REVISION GENMASK(3, 0)

struct id_view {
	bool valid;
	u64 midr, ctr, dczid;
	u64 idreg[IDREG_COUNT];
};

static struct id_view promised[CONFIG_MAX_PCPUS]; /* by class */

static u64 lower(u64 a, u64 b, u64 mask)
{
	return MIN(a & mask, b & mask);
}

/* Log2 of a size; 0 says that it is not known. */
static u64 larger(u64 a, u64 b, u64 mask)
{
	return (a & mask) && (b & mask) ? MAX(a & mask, b & mask) : 0;
}

u64 ctr_merge(u64 a, u64 b)
{
	u64 l1ip = (a & CTR_L1IP) == (b & CTR_L1IP) ? a & CTR_L1IP : FIELD_PREP(CTR_L1IP, CTR_L1IP_VIPT);

	return lower(a, b, CTR_IMINLINE) | lower(a, b, CTR_DMINLINE) | lower(a, b, CTR_TMINLINE) |
		larger(a, b, CTR_ERG) | larger(a, b, CTR_CWG) | (a & b & CTR_IDC_DIC) | l1ip | CTR_RES1;
}

static u64 stepping(u64 midr)
{
	return FIELD_GET(MIDR_VARIANT, midr) << 4 | FIELD_GET(MIDR_REVISION, midr);
}

static void merge(struct id_view *v, const struct id_view *o)
{
	u32 crm, op2;

	if (!v->valid) {
		*v = *o;
		return;
	}
	v->ctr = ctr_merge(v->ctr, o->ctr);
	v->dczid = v->dczid == o->dczid ? v->dczid : DCZID_DZP;
	/* Of two steppings the older one: its errata are the other's too, or do no harm there. */
	v->midr = stepping(v->midr) <= stepping(o->midr) ? v->midr : o->midr;
	for (crm = 1; crm <= IDREG_COUNT / OP2_COUNT; crm++) {
		for (op2 = 0; op2 < OP2_COUNT; op2++) {
			u64 *r = &v->idreg[IDREG_IDX(crm, op2)];

			*r = idreg_merge(crm, op2, *r, o->idreg[IDREG_IDX(crm, op2)]);
		}
	}
}

static void view_of_cpu(const struct cpu_features *f, struct id_view *v)
{
	*v = (struct id_view){ .valid = true, .midr = f->midr, .ctr = f->ctr, .dczid = f->dczid };
	(void)memcpy(v->idreg, f->idreg, sizeof(v->idreg));
	idreg_sanitise_all(v->idreg);
}

/* The view of @class is what its CPUs that are up have in common when it is first asked for. */
static const struct id_view *view_of_class(u32 class)
{
	struct id_view *v = &promised[class], own;
	u32 i;

	if (v->valid)
		return v;
	for (i = 0; i < CONFIG_MAX_PCPUS; i++) {
		if (!pcpus[i].online || pcpus[i].class != class)
			continue;
		view_of_cpu(&pcpus[i].features, &own);
		merge(v, &own);
	}
	return v;
}

bool idview_kept(const struct pcpu *p)
{
	struct id_view common = promised[p->class], own;

	if (!common.valid)
		return true;
	view_of_cpu(&p->features, &own);
	merge(&common, &own);
	return common.midr == promised[p->class].midr && own.ctr == promised[p->class].ctr &&
		own.dczid == promised[p->class].dczid &&
		!memcmp(common.idreg, promised[p->class].idreg, sizeof(common.idreg));
}

u64 idview_midr(u32 class)
{
	return view_of_class(class)->midr;
}

/* HCR_EL2 bits for registers that would answer something else natively on one of the CPUs in @cpus. */
static u64 traps(const struct id_view *v, u64 cpus)
{
	u64 hcr = 0;
	u32 i;

	for (i = 0; i < CONFIG_MAX_PCPUS; i++) {
		if (!(cpus & BIT(i)))
			continue;
		hcr |= pcpus[i].features.ctr != v->ctr ? HCR_TID2 : 0;
		hcr |= pcpus[i].features.dczid != v->dczid ? HCR_TDZ : 0;
	}
	return hcr;
}

void idregs_init(struct vm *vm)
{
	struct id_view v = { 0 };
	u64 cpus = 0;
	u32 i;

	for (i = 0; i < CONFIG_MAX_PCPUS; i++) {
		if (!pcpus[i].online || !(vm->cfg.cpu_affinity & BIT(i)))
			continue;
		cpus |= BIT(i);
		merge(&v, view_of_class(pcpus[i].class));
	}
	/* None is up: the VM will not be created. */
	if (!cpus)
		merge(&v, view_of_class(this_pcpu()->class));
	(void)memcpy(vm->arch.idreg, v.idreg, sizeof(vm->arch.idreg));
	vm->arch.ctr = v.ctr;
	vm->arch.hcr = traps(&v, cpus);
	/* One vector length for all CPUs that a vCPU may come to. */
	vm->arch.sve_vl = vm->arch.idreg[PFR0_IDX] & PFR0_SVE ? cpu_common_sve_vl() : 0;
	if (!vm->arch.sve_vl) {
		vm->arch.idreg[PFR0_IDX] &= ~PFR0_SVE;
		vm->arch.idreg[ZFR0_IDX] = 0;
	}
}
