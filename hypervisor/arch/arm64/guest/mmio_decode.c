/* SPDX-License-Identifier: BSD-3-Clause */
/* From a data abort's syndrome to an access of an emulated device and back (ARM ARM D19.2.37, "ISS for a Data Abort").
 */
#include <asm/esr.h>
#include <asm/guest/guest.h>
#include <common/arch_hooks.h>
#include <common/io_req.h>
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

/*
 * The answer may come from another pCPU before the handler has returned, so the vCPU waits from before it is called.
 * The answer takes @pending, and with it the right to finish the instruction.
 */
static void wait_first(struct vcpu *vcpu, u64 esr)
{
	vcpu->arch.mmio.esr = esr;
	__atomic_store_n(&vcpu->arch.mmio.pending, true, __ATOMIC_RELEASE);
	sched_block(vcpu, VCPU_IO_WAIT);
}

static void wait_not(struct vcpu *vcpu)
{
	__atomic_store_n(&vcpu->arch.mmio.pending, false, __ATOMIC_RELEASE);
	sched_wake_io(vcpu);
}

bool mmio_trap(struct vcpu *vcpu, u64 esr, u64 far, u64 ipa)
{
	const struct io_region *r = io_find(&vcpu->vm->io, ipa, 1);
	struct mmio_insn i;
	struct io_access a;

	if (!r)
		return false;
	stat_inc(vcpu, STAT_EXIT_MMIO);
	vcpu->io_last = r->word ? r : &io_nowhere;
	if (esr & ISS_CM) {
		/* Cache maintenance has nothing to act on: a device's registers are not cached. */
		vcpu_skip(vcpu, esr);
		return true;
	}
	if (mmio_decode_iss(esr, &i)) {
		mmio_insn_trap(vcpu, esr, far, ipa);
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
	if (r->word && i.size == sizeof(u32) && r->word(vcpu, r->dev, (u32)a.offset, i.write, &a.value)) {
		finish(vcpu, esr, &i, a.value);
		return true;
	}
	if (r->blocks)
		wait_first(vcpu, esr);
	switch (r->fn(vcpu, r->dev, &a)) {
	case IO_DONE:
		if (r->blocks)
			wait_not(vcpu);
		finish(vcpu, esr, &i, a.value);
		break;
	case IO_PENDING:
		/* A region that did not say so: nobody can have answered yet. */
		if (!r->blocks)
			wait_first(vcpu, esr);
		break;
	case IO_FAULT:
		if (r->blocks)
			wait_not(vcpu);
		inject_dabt(vcpu, far);
		break;
	}
	return true;
}

void vcpu_arch_mmio_complete(struct vcpu *vcpu, u64 value)
{
	struct mmio_insn i;

	if (!__atomic_exchange_n(&vcpu->arch.mmio.pending, false, __ATOMIC_ACQ_REL) ||
	    mmio_decode_iss(vcpu->arch.mmio.esr, &i))
		return;
	finish(vcpu, vcpu->arch.mmio.esr, &i, value);
	sched_wake_io(vcpu);
}
