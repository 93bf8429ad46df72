/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/vgic/vgic.c hypervisor/arch/arm64/vgic/vgic_cpuif.c
 * hypervisor/arch/arm64/vgic/vgic_fill.c hypervisor/arch/arm64/vgic/vgic_irq.c hypervisor/arch/arm64/vgic/vgic_load.c
 * hypervisor/arch/arm64/vgic/vgic_lr.c hypervisor/arch/arm64/vgic/vgic_mmio.c hypervisor/arch/arm64/vgic/vgic_phys.c
 * hypervisor/arch/arm64/vgic/vgic_queue.c hypervisor/arch/arm64/vgic/vgic_regs.c
 * hypervisor/arch/arm64/vgic/vgic_sgi.c hypervisor/arch/arm64/vgic/vgicd.c hypervisor/arch/arm64/vgic/vgicr.c
 * tests/host/vgic_hw.c */
/* Every offset of GICD and GICR in every access size, and what single registers answer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vgic_hw.h"

#define NR_VCPUS 2U
#define HW_SPI 40U
#define TIMER 27U
#define LRS 4U

static struct vm *vm;
static u64 rng = 88172645463325252u;

static u64 rnd(void)
{
	rng ^= rng << 13;
	rng ^= rng >> 7;
	rng ^= rng << 17;
	return rng;
}

/* What the specification lets a frame take, written down a second time. */
struct span {
	u32 first, end, sizes;
	bool writable;
};

static const struct span gicd_spans[] = {
	{ 0x0000, 0x0004, 4, true },     { 0x0004, 0x0008, 4, false },    { 0x0008, 0x000c, 4, false },
	{ 0x0040, 0x0044, 2 | 4, true }, { 0x0048, 0x004c, 2 | 4, true }, { 0x0084, 0x00c0, 4, true },
	{ 0x0104, 0x0140, 4, true },     { 0x0184, 0x01c0, 4, true },     { 0x0204, 0x0240, 4, true },
	{ 0x0284, 0x02c0, 4, true },     { 0x0304, 0x0340, 4, true },     { 0x0384, 0x03c0, 4, true },
	{ 0x0420, 0x0600, 1 | 4, true }, { 0x0c08, 0x0c80, 4, true },     { 0x6100, 0x7000, 4 | 8, true },
	{ 0xffe8, 0xffec, 4, false },
};

static const struct span gicr_spans[] = {
	{ 0x00004, 0x00008, 4, false }, { 0x00008, 0x00010, 4 | 8, false }, { 0x00014, 0x00018, 4, true },
	{ 0x0ffe8, 0x0ffec, 4, false }, { 0x10080, 0x10084, 4, true },      { 0x10100, 0x10104, 4, true },
	{ 0x10180, 0x10184, 4, true },  { 0x10200, 0x10204, 4, true },      { 0x10280, 0x10284, 4, true },
	{ 0x10300, 0x10304, 4, true },  { 0x10380, 0x10384, 4, true },      { 0x10400, 0x10420, 1 | 4, true },
	{ 0x10c00, 0x10c08, 4, true },
};

static const struct span *span_of(const struct span *s, u32 n, u32 offset, u32 size)
{
	u32 i;

	for (i = 0; i < n; i++) {
		if (offset >= s[i].first && offset + size <= s[i].end && (s[i].sizes & size) && offset % size == 0)
			return &s[i];
	}
	return NULL;
}

static int start(void **state)
{
	u32 i;

	(void)state;
	vm = hw_start(NR_VCPUS, 1, LRS, true);
	assert_int_equal(vgic_arch_assign(vm, HW_SPI, HW_SPI, false), 0);
	for (i = 0; i < NR_VCPUS; i++)
		assert_int_equal(vgic_map_ppi(vm->vcpu[i], TIMER, TIMER), 0);
	hw_load(vm->vcpu[0], 0);
	icv_set_vmcr(~UINT64_C(0), FIELD_PREP(ICH_VMCR_VPMR, 0xf8) | ICH_VMCR_VENG0 | ICH_VMCR_VENG1);
	return 0;
}

static int stop(void **state)
{
	(void)state;
	hw_stop();
	return 0;
}

/* Every bit that can be set, is. */
static void fill_registers(void)
{
	u32 i, c;

	for (i = 1; i < VGIC_NR_INTIDS / 32; i++) {
		gicd_write(0x80 + i * 4, 4, ~0U);
		gicd_write(0x200 + i * 4, 4, ~0U);
		gicd_write(0x300 + i * 4, 4, ~0U);
		gicd_write(0x100 + i * 4, 4, ~0U);
	}
	for (i = 32; i < VGIC_NR_INTIDS; i++) {
		gicd_write(0x400 + i, 1, 0xff);
		gicd_write(0x6000 + i * 8, 8, 0xff00000101);
	}
	for (i = 2; i < VGIC_NR_INTIDS / 16; i++)
		gicd_write(0xc00 + i * 4, 4, ~0U);
	for (c = 0; c < NR_VCPUS; c++) {
		gicr_write(c, 0x10c04, 4, ~0U);
		gicr_write(c, 0x10080, 4, ~0U);
		gicr_write(c, 0x10200, 4, ~0U);
		gicr_write(c, 0x10300, 4, ~0U);
		gicr_write(c, 0x10100, 4, ~0U);
		for (i = 0; i < 32; i++)
			gicr_write(c, 0x10400 + i, 1, 0xff);
	}
	assert_true(hw_rest());
}

/* Nothing but what the specification names answers, and only in its sizes. */
static void reads_are_architected(void **state)
{
	u32 offset, size;

	(void)state;
	fill_registers();
	for (size = 1; size <= 8; size *= 2) {
		for (offset = 0; offset + size <= VGIC_GICD_SIZE; offset++) {
			u64 v = gicd_read(offset, size);

			if (v && !span_of(gicd_spans, ARRAY_SIZE(gicd_spans), offset, size))
				fail_msg("GICD + 0x%x in %u bytes reads 0x%llx", offset, size, (unsigned long long)v);
			assert_true(size == 8 || v >> (size * 8) == 0);
		}
		for (offset = 0; offset + size <= VGIC_GICR_STRIDE; offset++) {
			u64 v = gicr_read(1, offset, size);

			if (v && !span_of(gicr_spans, ARRAY_SIZE(gicr_spans), offset, size))
				fail_msg("GICR + 0x%x in %u bytes reads 0x%llx", offset, size, (unsigned long long)v);
		}
	}
	/* Those that were set, do. */
	assert_int_equal(gicd_read(0x84, 4), 0xffffffff);
	assert_int_equal(gicd_read(0x13c, 4), 0xffffffff);
	assert_int_equal(gicd_read(0x23c, 4), 0xffffffff);
	assert_int_equal(gicd_read(0x33c, 4), 0xffffffff);
	assert_int_equal(gicd_read(0x5fc, 4), 0xf8f8f8f8);
	assert_int_equal(gicd_read(0xc7c, 4), 0xaaaaaaaa);
	assert_int_equal(gicd_read(0x6ff8, 8), 0xff00000101);
}

#define SNAPSHOT_WORDS (0x1000 + 0x1000 + 0x400)

static void snapshot(u32 *w)
{
	u32 n = 0, o, c;

	for (o = 0; o < 0x1000; o += 4)
		w[n++] = (u32)gicd_read(o, 4);
	for (o = 0x6000; o < 0x8000; o += 4)
		w[n++] = (u32)gicd_read(o, 4);
	for (c = 0; c < NR_VCPUS; c++) {
		for (o = 0; o < 0x20; o += 4)
			w[n++] = (u32)gicr_read(c, o, 4);
		for (o = 0x10000; o < 0x11000; o += 4)
			w[n++] = (u32)gicr_read(c, o, 4);
	}
	assert_true(n <= SNAPSHOT_WORDS);
}

/* A write that no register takes changes nothing. */
static void other_writes_are_ignored(void **state)
{
	static u32 before[SNAPSHOT_WORDS], after[SNAPSHOT_WORDS];
	const struct span *s;
	u32 offset, size;

	(void)state;
	fill_registers();
	gicd_write(0x184, 4, 0x55555555);
	gicd_write(0x284, 4, 0x33333333);
	gicr_write(1, 0x10180, 4, 0x0f0f0f0f);
	snapshot(before);
	for (size = 1; size <= 8; size *= 2) {
		for (offset = 0; offset + size <= VGIC_GICD_SIZE; offset++) {
			s = span_of(gicd_spans, ARRAY_SIZE(gicd_spans), offset, size);
			if (!s || !s->writable)
				gicd_write(offset, size, ~UINT64_C(0));
		}
		for (offset = 0; offset + size <= VGIC_GICR_STRIDE; offset++) {
			s = span_of(gicr_spans, ARRAY_SIZE(gicr_spans), offset, size);
			if (!s || !s->writable)
				gicr_write(1, offset, size, ~UINT64_C(0));
		}
	}
	assert_true(hw_rest());
	snapshot(after);
	assert_memory_equal(before, after, sizeof(before));
}

/* Random values everywhere; the machine comes to rest, and after a reset it works. */
static void hostile_sweep(void **state)
{
	u32 offset, size, n = 0;

	(void)state;
	for (size = 1; size <= 8; size *= 2) {
		for (offset = 0; offset + size <= VGIC_GICD_SIZE; offset += 1 + rnd() % 3) {
			gicd_write(offset, size, rnd());
			(void)gicd_read(offset, size);
			if (n++ % 64 == 0) {
				(void)icv_iar(rnd() % 2);
				icv_eoi(rnd() % 2, (u32)rnd() % 1024);
				icv_dir((u32)rnd());
				hw_sgi(vm->vcpu[0], rnd() % 3, rnd());
				assert_true(hw_rest());
			}
		}
		for (offset = 0; offset + size <= NR_VCPUS * VGIC_GICR_STRIDE; offset += 1 + rnd() % 3) {
			gicr_write(0, offset, size, rnd());
			(void)gicr_read(0, offset, size);
			if (n++ % 64 == 0)
				assert_true(hw_rest());
		}
	}
	hw_put(vm->vcpu[0]);
	vgic_vm_reset(vm);
	hw_load(vm->vcpu[0], 0);
	icv_set_vmcr(~UINT64_C(0), FIELD_PREP(ICH_VMCR_VPMR, 0xf8) | ICH_VMCR_VENG1);
	gicd_write(0, 4, 3);
	gicd_write(0x84, 4, 2);
	gicd_write(0x104, 4, 2);
	assert_int_equal(vgic_inject(vm, 33, true), 0);
	assert_true(hw_rest());
	assert_int_equal(icv_iar(true), 33);
}

static void identification(void **state)
{
	(void)state;
	assert_int_equal(gicd_read(0, 4), 0x50); /* DS, ARE; nothing enabled */
	gicd_write(0, 4, 0xffffffff);
	assert_int_equal(gicd_read(0, 4), 0x53);
	assert_int_equal(gicd_read(4, 4) & 0x1f, 15); /* 512 INTIDs */
	assert_int_equal((gicd_read(4, 4) >> 19) & 0x1f, 9);
	assert_int_equal((gicd_read(4, 4) >> 24) & 3, 3); /* A3V, No1N */
	pcpus[0].features.gic_a3v = false;
	vgicd_init(vm->vgic);
	assert_int_equal((gicd_read(4, 4) >> 24) & 3, 2);
	pcpus[0].features.gic_a3v = true;
	vgicd_init(vm->vgic);
	assert_int_equal(gicd_read(0xffe8, 4), 0x3b);
	assert_int_equal(gicr_read(0, 0xffe8, 4), 0x3b);
	assert_int_equal(gicd_read(8, 4), gicr_read(1, 4, 4));
	/* Affinity 0.0.0.0 and 0.0.0.1, numbers 0 and 1, and only the last one is Last. */
	assert_int_equal(gicr_read(0, 8, 8), 0);
	assert_int_equal(gicr_read(1, 8, 8), UINT64_C(0x100000110));
	assert_int_equal(gicr_read(1, 8, 4), 0x110);
	assert_int_equal(gicr_read(1, 12, 4), 1);
	/* SGIs are edge-triggered for good. */
	gicr_write(0, 0x10c00, 4, 0);
	assert_int_equal(gicr_read(0, 0x10c00, 4), 0xaaaaaaaa);
}

/* The handshake of GICR_WAKER ends (seL4 1170), and so does RWP. */
static void waker(void **state)
{
	(void)state;
	assert_int_equal(gicr_read(0, 0x14, 4), 6);
	gicr_write(0, 0x14, 4, 0);
	assert_int_equal(gicr_read(0, 0x14, 4), 0);
	assert_int_equal(gicr_read(1, 0x14, 4), 6);
	gicr_write(0, 0x14, 4, 2);
	assert_int_equal(gicr_read(0, 0x14, 4), 6);
	assert_int_equal(gicr_read(0, 0, 4), 0);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(identification, start, stop),
		cmocka_unit_test_setup_teardown(waker, start, stop),
		cmocka_unit_test_setup_teardown(reads_are_architected, start, stop),
		cmocka_unit_test_setup_teardown(other_writes_are_ignored, start, stop),
		cmocka_unit_test_setup_teardown(hostile_sweep, start, stop),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
