/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Device accesses whose syndrome describes nothing (ISV = 0): the instruction is fetched from the guest, decoded, and
 * its accesses are carried out one after the other. Everything fetched or computed is checked against the fault that
 * was taken, because another vCPU may have changed code or tables in between; what does not agree is tried again.
 */
#include <asm/barrier.h>
#include <asm/el2_regs.h>
#include <asm/esr.h>
#include <asm/guest/guest.h>
#include <asm/guest/insn.h>
#include <asm/sysreg.h>
#include <common/guest_mem.h>
#include <common/io_req.h>
#include <debug/logmsg.h>
#include <lib/errno.h>

#define PAR_F BIT(0)
#define PAR_PA GENMASK(51, 12)
#define PAGE_OFFSET GENMASK(11, 0)
#define VA_COMPARE GENMASK(55, 0) /* without a tag */

static bool from_el0(const struct vcpu *vcpu)
{
	return FIELD_GET(PSTATE_EL, vcpu->arch.regs.pstate) == 0;
}

/* IPA of the instruction; false when the guest's tables do not map it any more. With its MMU off AT gives the VA
 * itself. */
static bool pc_ipa(const struct vcpu *vcpu, u64 *ipa)
{
	u64 pc = vcpu->arch.regs.pc, saved = read_sysreg(par_el1), par;

	if (from_el0(vcpu))
		__asm__ volatile("at s1e0r, %0" ::"r"(pc) : "memory");
	else
		__asm__ volatile("at s1e1r, %0" ::"r"(pc) : "memory");
	isb();
	par = read_sysreg(par_el1);
	write_sysreg(saved, par_el1);
	*ipa = (par & PAR_PA) | (pc & PAGE_OFFSET);
	return !(par & PAR_F);
}

static u64 base_reg(const struct vcpu *vcpu, u32 n)
{
	if (n != 31)
		return vcpu->arch.regs.x[n];
	if (from_el0(vcpu) || !(vcpu->arch.regs.pstate & PSTATE_SP))
		return read_sysreg(sp_el0);
	return read_sysreg(sp_el1);
}

static void set_base_reg(struct vcpu *vcpu, u32 n, u64 v)
{
	if (n != 31)
		vcpu->arch.regs.x[n] = v;
	else if (from_el0(vcpu) || !(vcpu->arch.regs.pstate & PSTATE_SP))
		write_sysreg(v, sp_el0);
	else
		write_sysreg(v, sp_el1);
}

static u64 address_of(const struct vcpu *vcpu, const struct insn_ls *i, u64 base)
{
	switch (i->addr) {
	case INSN_ADDR_LITERAL:
		return vcpu->arch.regs.pc + (u64)i->imm;
	case INSN_ADDR_REG:
		return base + insn_extend(i, vcpu_reg(vcpu, i->rm));
	case INSN_ADDR_POST:
		return base;
	default:
		return base + (u64)i->imm;
	}
}

/* The register's bytes for a store. */
static void read_reg(const struct vcpu *vcpu, const struct insn_ls *i, u32 n, u64 v[2])
{
	v[0] = 0;
	v[1] = 0;
	if (i->fp)
		fp_read_reg(v, n);
	else
		v[0] = vcpu_reg(vcpu, n);
}

static void write_reg(struct vcpu *vcpu, const struct insn_ls *i, u32 n, const u64 v[2])
{
	const struct mmio_insn m = { .size = i->size, .sign_extend = i->sign, .reg64 = i->reg64 };

	if (i->fp)
		fp_write_reg(v, n);
	else
		vcpu_set_reg(vcpu, n, mmio_extend(&m, v[0]));
}

/* One register's worth, in parts of at most 8 bytes. Return: false = the device or the address refuses. */
static bool transfer(struct vcpu *vcpu, const struct insn_ls *i, u64 ipa, u64 v[2])
{
	u32 part = MIN(i->size, 8U), done;

	for (done = 0; done < i->size; done += part) {
		const struct io_region *r = io_find(&vcpu->vm->io, ipa + done, part);
		struct io_access a = { .ipa = ipa + done, .size = part, .write = !i->load, .value = v[done / 8] };

		/* A device that answers later can do so for the plain forms only: those have a syndrome. */
		if (!r || r->blocks || !IS_ALIGNED(a.ipa, part))
			return false;
		if (part < 8)
			a.value &= BIT(part * 8) - 1;
		a.offset = a.ipa - r->base;
		if (r->fn(vcpu, r->dev, &a) != IO_DONE)
			return false;
		v[done / 8] = a.value;
	}
	return true;
}

/* All of it, or nothing of registers and base. Return: false = abort. */
static bool emulate(struct vcpu *vcpu, const struct insn_ls *i, u64 ipa)
{
	u64 v[2][2] = { { 0 } };
	u64 base = base_reg(vcpu, i->rn);
	u32 k;

	for (k = 0; k < i->nr; k++) {
		if (!i->load)
			read_reg(vcpu, i, k ? i->rt2 : i->rt, v[k]);
		if (!transfer(vcpu, i, ipa + k * i->size, v[k]))
			return false;
	}
	for (k = 0; i->load && k < i->nr; k++)
		write_reg(vcpu, i, k ? i->rt2 : i->rt, v[k]);
	if (i->addr == INSN_ADDR_PRE || i->addr == INSN_ADDR_POST)
		set_base_reg(vcpu, i->rn, base + (u64)i->imm);
	return true;
}

static void refuse(struct vcpu *vcpu, u64 far, u64 ipa, const char *what)
{
	stat_inc(vcpu, STAT_MMIO_NO_ISV);
	if (log_allowed(&vcpu->vm->log_limit))
		pr_info("vm%u '%s': %s of a device at IPA 0x%llx (pc 0x%llx) -> abort", vcpu->vm->id,
			vcpu->vm->cfg.name, what, (unsigned long long)ipa, (unsigned long long)vcpu->arch.regs.pc);
	inject_dabt(vcpu, far);
}

void mmio_insn_trap(struct vcpu *vcpu, u64 esr, u64 far, u64 ipa)
{
	struct insn_ls i;
	u64 at, start;
	u32 word;

	if (vcpu->arch.regs.pstate & PSTATE_AARCH32) {
		refuse(vcpu, far, ipa, "AArch32 access without syndrome");
		return;
	}
	if (!pc_ipa(vcpu, &at))
		return; /* not mapped any more: the guest faults by itself */
	if (guest_read(vcpu->vm, at, &word, sizeof(word))) {
		refuse(vcpu, far, ipa, "access by an instruction outside RAM");
		return;
	}
	i = insn_decode_ls(word);
	if (i.kind == INSN_PREFETCH) {
		vcpu_skip(vcpu, esr);
		return;
	}
	if (i.kind != INSN_ACCESS) {
		refuse(vcpu, far, ipa, i.kind == INSN_ATOMIC ? "atomic or exclusive access" : "unsupported access");
		return;
	}
	start = address_of(vcpu, &i, i.addr == INSN_ADDR_LITERAL ? 0 : base_reg(vcpu, i.rn));
	at = (far - start) & VA_COMPARE;
	/* Another instruction than the one that faulted. */
	if (at >= (u64)i.nr * i.size || i.load == !!(esr & ISS_WNR))
		return;
	/* All of it in the page that faulted: what is next to it in the address space need not be next to it behind
	 * stage 1. */
	if ((ipa & PAGE_OFFSET) < at || (ipa & PAGE_OFFSET) - at + (u64)i.nr * i.size > PAGE_OFFSET + 1 ||
	    !emulate(vcpu, &i, ipa - at)) {
		refuse(vcpu, far, ipa, "misaligned, or in parts refused, access");
		return;
	}
	vcpu_skip(vcpu, esr);
}
