/* SPDX-License-Identifier: BSD-3-Clause */
/* From a data abort's syndrome to an access of an emulated device and back (ARM ARM D19.2.37, "ISS for a Data Abort").
 */
#include <asm/esr.h>
#include <asm/guest/guest.h>
#include <common/schedule.h>
#include <lib/errno.h>

static u64 size_mask(u32 size)
{
	return size < 8 ? BIT(size * 8) - 1 : ~UINT64_C(0);
}

int mmio_decode_iss(u64 esr, struct mmio_insn *i)
{
	if (!(esr & ISS_ISV))
		return -EINVAL;
	i->size = 1U << FIELD_GET(ISS_SAS, esr);
	i->write = esr & ISS_WNR;
	i->sign_extend = esr & ISS_SSE;
	i->reg64 = esr & ISS_SF;
	i->rt = (u32)FIELD_GET(ISS_SRT, esr);
	return 0;
}

u64 mmio_extend(const struct mmio_insn *i, u64 value)
{
	u64 mask = size_mask(i->size);

	value &= mask;
	if (i->sign_extend && i->size < 8 && (value & BIT(i->size * 8 - 1)))
		value |= ~mask;
	return i->reg64 ? value : value & size_mask(4);
}

static void finish(struct vcpu *vcpu, u64 esr, const struct mmio_insn *i, u64 value)
{
	if (!i->write)
		vcpu_set_reg(vcpu, i->rt, mmio_extend(i, value));
	vcpu_skip(vcpu, esr);
}

bool mmio_trap(struct vcpu *vcpu, u64 esr, u64 far, u64 ipa)
{
	const struct io_region *r = io_find(&vcpu->vm->io, ipa, 1);
	struct mmio_insn i;
	struct io_access a;

	if (!r)
		return false;
	stat_inc(vcpu, STAT_EXIT_MMIO);
	if (esr & ISS_CM) {
		/* Cache maintenance has nothing to act on: a device's registers are not cached. */
		vcpu_skip(vcpu, esr);
		return true;
	}
	if (mmio_decode_iss(esr, &i)) {
		stat_inc(vcpu, STAT_MMIO_NO_ISV);
		if (log_allowed(&vcpu->vm->log_limit))
			pr_info("vm%u '%s': access to %s at IPA 0x%llx by an instruction without syndrome (pc 0x%llx) "
				"-> abort",
				vcpu->vm->id, vcpu->vm->cfg.name, r->name, (unsigned long long)ipa,
				(unsigned long long)vcpu->arch.regs.pc);
		inject_dabt(vcpu, far);
		return true;
	}
	/* Device models get aligned accesses inside their region; real devices do not answer others either. */
	if (!IS_ALIGNED(ipa, i.size) || i.size > r->size - (ipa - r->base)) {
		inject_dabt(vcpu, far);
		return true;
	}
	a = (struct io_access){ .ipa = ipa, .offset = ipa - r->base, .size = i.size, .write = i.write };
	if (i.write)
		a.value = vcpu_reg(vcpu, i.rt) & size_mask(i.size);
	switch (r->fn(vcpu, r->dev, &a)) {
	case IO_DONE:
		finish(vcpu, esr, &i, a.value);
		break;
	case IO_PENDING:
		vcpu->arch.mmio = (struct vcpu_mmio){ .esr = esr, .pending = true };
		sched_block(vcpu, VCPU_IO_WAIT);
		break;
	case IO_FAULT:
		inject_dabt(vcpu, far);
		break;
	}
	return true;
}

void mmio_complete(struct vcpu *vcpu, u64 value)
{
	struct mmio_insn i;

	if (!vcpu->arch.mmio.pending || mmio_decode_iss(vcpu->arch.mmio.esr, &i))
		return;
	vcpu->arch.mmio.pending = false;
	finish(vcpu, vcpu->arch.mmio.esr, &i, value);
}
