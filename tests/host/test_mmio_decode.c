/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/guest/mmio_decode.c */
/* Data-abort syndromes to device accesses and back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <asm/esr.h>
#include <asm/guest/guest.h>
#include <common/arch_hooks.h>
#include <common/schedule.h>
#include <lib/errno.h>

#define PC 0x1000U

const struct io_region io_nowhere;
static struct vm vm;
static struct vcpu vcpu;
static struct io_region region;
static struct io_access seen;
static u64 read_value;
static enum io_result answer;
static u32 nr_access, nr_abort, nr_block, nr_log, nr_insn;
static u64 abort_far;

const struct io_region *io_find(const struct io_table *t, ipa_t ipa, u32 size)
{
	assert_ptr_equal(t, &vm.io);
	return ipa >= region.base && ipa - region.base < region.size && size <= region.size - (ipa - region.base)
		? &region
		: NULL;
}

void inject_dabt(struct vcpu *v, u64 far)
{
	assert_ptr_equal(v, &vcpu);
	abort_far = far;
	nr_abort++;
}

void vcpu_skip(struct vcpu *v, u64 esr)
{
	v->arch.regs.pc += esr & ESR_IL ? 4 : 2;
}

void sched_block(struct vcpu *v, enum vcpu_state state)
{
	v->state = state;
	nr_block++;
}

void sched_wake_io(struct vcpu *v)
{
	if (v->state == VCPU_IO_WAIT)
		v->state = VCPU_RUNNABLE;
}

/* What has no syndrome is another file's. */
void mmio_insn_trap(struct vcpu *v, u64 esr, u64 far, u64 ipa)
{
	assert_ptr_equal(v, &vcpu);
	assert_false(esr & ISS_ISV);
	assert_int_equal(far, 0x333);
	assert_int_equal(ipa, region.base);
	nr_insn++;
}

bool log_allowed(struct log_limit *l)
{
	(void)l;
	return true;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
	nr_log++;
}

static enum io_result handler(struct vcpu *v, void *dev, struct io_access *a)
{
	assert_ptr_equal(v, &vcpu);
	assert_ptr_equal(dev, &region);
	seen = *a;
	nr_access++;
	if (!a->write)
		a->value = read_value;
	return answer;
}

static int setup(void **state)
{
	(void)state;
	memset(&vm, 0, sizeof(vm));
	memset(&vcpu, 0, sizeof(vcpu));
	vcpu.vm = &vm;
	vcpu.arch.regs.pc = PC;
	region = (struct io_region){ .base = 0x8000000, .size = 0x1000, .fn = handler, .dev = &region, .name = "dev" };
	answer = IO_DONE;
	nr_access = nr_abort = nr_block = nr_log = nr_insn = 0;
	return 0;
}

static u64 dabt(u32 sas, bool write, bool sse, bool sf, u32 srt)
{
	return FIELD_PREP(ESR_EC, EC_DABT_LOW) | ESR_IL | ISS_ISV | FIELD_PREP(ISS_SAS, sas) | (write ? ISS_WNR : 0) |
		(sse ? ISS_SSE : 0) | (sf ? ISS_SF : 0) | FIELD_PREP(ISS_SRT, srt);
}

static void test_decode(void **state)
{
	struct mmio_insn i;
	u32 sas, srt;

	(void)state;
	for (sas = 0; sas < 4; sas++) {
		for (srt = 0; srt < 32; srt++) {
			assert_int_equal(mmio_decode_iss(dabt(sas, srt & 1, srt & 2, srt & 4, srt), &i), 0);
			assert_int_equal(i.size, 1 << sas);
			assert_int_equal(i.rt, srt);
			assert_int_equal(i.write, srt & 1);
			assert_int_equal(i.sign_extend, !!(srt & 2));
			assert_int_equal(i.reg64, !!(srt & 4));
		}
	}
	assert_int_equal(mmio_decode_iss(dabt(2, false, false, false, 3) & ~ISS_ISV, &i), -EINVAL);
}

/* ldrb, ldrsb w, ldrsb x, ldrh, ldrsh w/x, ldr w, ldrsw, ldr x */
static void test_extend(void **state)
{
	const struct {
		struct mmio_insn i;
		u64 value, want;
	} t[] = {
		{ { 1, false, false, false, 0 }, 0xffffffffffffff80, 0x80 },
		{ { 1, false, true, false, 0 }, 0x80, 0xffffff80 },
		{ { 1, false, true, true, 0 }, 0x80, 0xffffffffffffff80 },
		{ { 1, false, true, true, 0 }, 0x7f, 0x7f },
		{ { 2, false, false, false, 0 }, 0x12348765, 0x8765 },
		{ { 2, false, true, false, 0 }, 0x8765, 0xffff8765 },
		{ { 2, false, true, true, 0 }, 0x8765, 0xffffffffffff8765 },
		{ { 4, false, false, false, 0 }, 0x1ffffffff, 0xffffffff },
		{ { 4, false, true, true, 0 }, 0x80000000, 0xffffffff80000000 },
		{ { 8, false, false, true, 0 }, 0x8000000000000001, 0x8000000000000001 },
		{ { 8, false, true, true, 0 }, 0x8000000000000001, 0x8000000000000001 },
	};
	u32 n;

	(void)state;
	for (n = 0; n < ARRAY_SIZE(t); n++)
		assert_int_equal(mmio_extend(&t[n].i, t[n].value), t[n].want);
}

static void test_read(void **state)
{
	(void)state;
	read_value = 0xffffffff12345678;
	vcpu.arch.regs.x[5] = ~UINT64_C(0);
	assert_true(mmio_trap(&vcpu, dabt(2, false, false, false, 5), 0xf00, region.base + 0x10));
	assert_int_equal(vcpu.arch.regs.x[5], 0x12345678);
	assert_int_equal(vcpu.arch.regs.pc, PC + 4);
	assert_int_equal(seen.offset, 0x10);
	assert_int_equal(seen.size, 4);
	assert_false(seen.write);
	/* A load to XZR changes no register. */
	assert_true(mmio_trap(&vcpu, dabt(3, false, false, true, 31), 0xf00, region.base + 8));
	assert_int_equal(nr_access, 2);
	assert_int_equal(vcpu.arch.regs.x[30], 0);
}

static void test_write(void **state)
{
	(void)state;
	vcpu.arch.regs.x[7] = 0x1122334455667788;
	assert_true(mmio_trap(&vcpu, dabt(1, true, false, false, 7), 0, region.base + 2));
	assert_true(seen.write);
	assert_int_equal(seen.value, 0x7788);
	assert_true(mmio_trap(&vcpu, dabt(3, true, false, true, 31), 0, region.base));
	assert_int_equal(seen.value, 0);
	assert_int_equal(vcpu.arch.regs.pc, PC + 8);
}

static void test_no_device(void **state)
{
	(void)state;
	assert_false(mmio_trap(&vcpu, dabt(2, false, false, false, 0), 0, region.base + region.size));
	assert_false(mmio_trap(&vcpu, dabt(2, false, false, false, 0), 0, region.base - 4));
	assert_int_equal(nr_abort + nr_access, 0);
}

/* Unaligned, across the end, no syndrome, refused by the device: each is an abort at the same PC. */
static void test_aborts(void **state)
{
	(void)state;
	assert_true(mmio_trap(&vcpu, dabt(2, false, false, false, 0), 0x111, region.base + 2));
	assert_int_equal(nr_abort, 1);
	assert_int_equal(abort_far, 0x111);
	region.size = 0x1004;
	assert_true(mmio_trap(&vcpu, dabt(3, false, false, true, 0), 0x222, region.base + 0x1000));
	assert_int_equal(nr_abort, 2);
	assert_true(mmio_trap(&vcpu, dabt(3, false, false, true, 0) & ~ISS_ISV, 0x333, region.base));
	assert_int_equal(nr_abort, 2);
	assert_int_equal(nr_insn, 1);
	assert_int_equal(nr_access, 0);
	answer = IO_FAULT;
	assert_true(mmio_trap(&vcpu, dabt(2, true, false, false, 0), 0x444, region.base));
	assert_int_equal(nr_abort, 3);
	assert_int_equal(abort_far, 0x444);
	assert_int_equal(vcpu.arch.regs.pc, PC);
}

static void test_cache_maintenance(void **state)
{
	(void)state;
	assert_true(mmio_trap(&vcpu, (dabt(0, true, false, false, 0) & ~ISS_ISV) | ISS_CM, 0, region.base));
	assert_int_equal(nr_abort + nr_access, 0);
	assert_int_equal(vcpu.arch.regs.pc, PC + 4);
}

static void test_pending(void **state)
{
	(void)state;
	answer = IO_PENDING;
	assert_true(mmio_trap(&vcpu, dabt(0, false, true, false, 9), 0, region.base + 1));
	assert_int_equal(nr_block, 1);
	assert_int_equal(vcpu.state, VCPU_IO_WAIT);
	assert_int_equal(vcpu.arch.regs.pc, PC);
	vcpu_arch_mmio_complete(&vcpu, 0xf0);
	assert_int_equal(vcpu.arch.regs.x[9], 0xfffffff0);
	assert_int_equal(vcpu.arch.regs.pc, PC + 4);
	assert_int_equal(vcpu.state, VCPU_RUNNABLE);
	/* A second completion finds nothing to complete. */
	vcpu_arch_mmio_complete(&vcpu, 0);
	assert_int_equal(vcpu.arch.regs.pc, PC + 4);
}

static enum io_result answered_before(struct vcpu *v, void *dev, struct io_access *a)
{
	(void)dev;
	(void)a;
	/* As another pCPU may do while this handler still runs. */
	assert_int_equal(v->state, VCPU_IO_WAIT);
	vcpu_arch_mmio_complete(v, 0x55);
	return IO_PENDING;
}

/* The answer overtakes the handler: it is not lost, and the vCPU does not wait for another. */
static void test_pending_answered_at_once(void **state)
{
	(void)state;
	region.blocks = true;
	region.fn = answered_before;
	assert_true(mmio_trap(&vcpu, dabt(0, false, false, false, 9), 0, region.base));
	assert_int_equal(vcpu.state, VCPU_RUNNABLE);
	assert_false(vcpu.arch.mmio.pending);
	assert_int_equal(vcpu.arch.regs.x[9], 0x55);
	assert_int_equal(vcpu.arch.regs.pc, PC + 4);
}

/* A device that may block but does not. */
static void test_blocking_region_answers(void **state)
{
	(void)state;
	region.blocks = true;
	read_value = 7;
	assert_true(mmio_trap(&vcpu, dabt(2, false, false, false, 3), 0, region.base));
	assert_int_equal(vcpu.state, VCPU_RUNNABLE);
	assert_false(vcpu.arch.mmio.pending);
	assert_int_equal(vcpu.arch.regs.x[3], 7);
}

static u32 nr_word;
static bool word_answer;

static bool word(struct vcpu *v, void *dev, u32 offset, bool write, u64 *x)
{
	assert_ptr_equal(v, &vcpu);
	assert_ptr_equal(dev, &region);
	assert_int_equal(offset, 0x10);
	nr_word++;
	if (word_answer && write)
		assert_int_equal(*x, 0x55667788);
	else if (word_answer)
		*x = 0x89abcdef;
	return word_answer;
}

/* The short way of a device: for words, whatever the register, and where it declines, its handler. */
static void test_word(void **state)
{
	u32 sas;

	(void)state;
	region.word = word;
	nr_word = 0;
	for (sas = 0; sas < 4; sas++)
		assert_true(mmio_trap(&vcpu, dabt(sas, false, false, false, 20), 0, region.base + 0x10));
	assert_int_equal(nr_word, 1);
	assert_int_equal(nr_access, 4);
	word_answer = true;
	assert_true(mmio_trap(&vcpu, dabt(2, false, false, true, 20), 0, region.base + 0x10));
	assert_int_equal(vcpu.arch.regs.x[20], 0x89abcdef);
	assert_true(mmio_trap(&vcpu, dabt(2, false, true, true, 28), 0, region.base + 0x10));
	assert_int_equal(vcpu.arch.regs.x[28], 0xffffffff89abcdef);
	vcpu.arch.regs.x[19] = 0x1122334455667788;
	assert_true(mmio_trap(&vcpu, dabt(2, true, false, false, 19), 0, region.base + 0x10));
	assert_true(mmio_trap(&vcpu, dabt(2, false, false, false, 31), 0, region.base + 0x10));
	assert_int_equal(nr_word, 5);
	assert_int_equal(nr_access, 4);
	assert_int_equal(vcpu.arch.regs.pc, PC + 8 * 4);
	assert_ptr_equal(vcpu.io_last, &region);
	region.word = NULL;
	assert_true(mmio_trap(&vcpu, dabt(2, false, false, false, 20), 0, region.base + 0x10));
	assert_ptr_equal(vcpu.io_last, &io_nowhere);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_decode),
		cmocka_unit_test(test_extend),
		cmocka_unit_test_setup(test_read, setup),
		cmocka_unit_test_setup(test_write, setup),
		cmocka_unit_test_setup(test_no_device, setup),
		cmocka_unit_test_setup(test_aborts, setup),
		cmocka_unit_test_setup(test_cache_maintenance, setup),
		cmocka_unit_test_setup(test_pending, setup),
		cmocka_unit_test_setup(test_pending_answered_at_once, setup),
		cmocka_unit_test_setup(test_blocking_region_answers, setup),
		cmocka_unit_test_setup(test_word, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
