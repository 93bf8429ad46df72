/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/vgic/vgic.c hypervisor/arch/arm64/vgic/vgic_cpuif.c
 * hypervisor/arch/arm64/vgic/vgic_fill.c hypervisor/arch/arm64/vgic/vgic_irq.c hypervisor/arch/arm64/vgic/vgic_load.c
 * hypervisor/arch/arm64/vgic/vgic_lr.c hypervisor/arch/arm64/vgic/vgic_mmio.c hypervisor/arch/arm64/vgic/vgic_phys.c
 * hypervisor/arch/arm64/vgic/vgic_queue.c hypervisor/arch/arm64/vgic/vgic_regs.c
 * hypervisor/arch/arm64/vgic/vgic_sgi.c hypervisor/arch/arm64/vgic/vgicd.c hypervisor/arch/arm64/vgic/vgicr.c
 * tests/host/vgic_hw.c tests/host/vgic_guest.c */
/*
 * The short way of word accesses to the distributor and the redistributors (vgicd_word(), vgicr_word()): what it does
 * is what the register does, for that INTID and no other.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vgic_guest.h"

#include <common/io_req.h>

#define SGI 5U
#define LR_PENDING BIT(62)

static u32 locks; /* how often the vGIC's lock was taken */

void mock_spin_hook(struct spinlock *l, bool lock)
{
	(void)l;
	locks += lock;
}

static int boot_two(void **state)
{
	(void)state;
	boot(2, 2, LRS, false);
	return 0;
}

static struct vgic_irq *irq_of(u32 cpu, u32 intid)
{
	return vgic_irq_get(vm->vgic, vm->vgic->cpu[cpu], intid);
}

/* Every register in which a one means something, for every INTID: that one, and no other, as the long way reads it. */
static u32 count_bits(u32 base)
{
	u32 i, n = 0;

	for (i = 0; i < 32; i++)
		n += (u32)__builtin_popcount((u32)gicd_read(base + i * 4, 4));
	for (i = 0; i < 2; i++)
		n += (u32)__builtin_popcount((u32)gicr_read(i, 0x10000 + base, 4));
	return n;
}

static void write_bit(u32 cpu, u32 base, u32 intid)
{
	if (intid < 32)
		gicr_write(cpu, 0x10000 + base, 4, BIT32(intid));
	else
		gicd_write(base + intid / 32 * 4, 4, BIT32(intid % 32));
	rest();
}

static bool read_bit(u32 cpu, u32 base, u32 intid)
{
	u64 v = intid < 32 ? gicr_read(cpu, 0x10000 + base, 4) : gicd_read(base + intid / 32 * 4, 4);

	rest();
	return (v >> (intid % 32)) & 1;
}

static void one_bit(void **state)
{
	static const u32 base[] = { 0x100, 0x200, 0x300 };
	u32 i, cpu, intid;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(base); i++) {
		for (cpu = 0; cpu < 2; cpu++) {
			for (intid = 0; intid < (cpu ? 32 : 512); intid++) {
				write_bit(cpu, base[i], intid);
				assert_true(read_bit(cpu, base[i], intid));
				if (intid % 31 == 0)
					assert_int_equal(count_bits(base[i]), 1);
				write_bit(cpu, base[i] + 0x80, intid);
				assert_false(read_bit(cpu, base[i], intid));
			}
		}
		assert_int_equal(count_bits(base[i]), 0);
	}
}

/* Several bits, none, and what is not there: INTIDs of other frames, and from 512 on. */
static void many_bits(void **state)
{
	u32 base;

	(void)state;
	gicd_write(0x100 + 4, 4, 0x80000011);
	rest();
	assert_int_equal(gicd_read(0x104, 4), 0x80000011);
	gicd_write(0x180 + 4, 4, 0x80000010);
	gicd_write(0x180 + 4, 4, 0);
	gicd_write(0x100 + 4, 4, 0);
	rest();
	assert_int_equal(gicd_read(0x104, 4), 1);
	gicd_write(0x180 + 4, 4, 1);
	for (base = 0x100; base < 0x400; base += 0x80) {
		gicd_write(base, 4, ~0U);
		gicd_write(base + 64, 4, ~0U);
		gicd_write(base + 0x7c, 4, ~0U);
		gicr_write(0, 0x10000 + base + 4, 4, ~0U);
		gicr_write(1, 0x10000 + base + 0x7c, 4, 1);
		/* RD_base has other registers there. */
		gicr_write(0, base, 4, ~0U);
	}
	rest();
	for (base = 0x100; base < 0x400; base += 0x80)
		assert_int_equal(count_bits(base), 0);
}

/* ISPENDR of what has been here before needs no lock; of what is elsewhere, physical, or has a request, it does. */
static void set_pending(void **state)
{
	const u32 reg = SETPEND + SOFT / 32 * 4;

	(void)state;
	word(ENABLE, SOFT);
	word(SETPEND, SOFT);
	assert_int_equal(icv_iar(true), SOFT);
	icv_eoi(true, SOFT);
	locks = 0;
	gicd_write(reg, 4, BIT32(SOFT % 32));
	assert_int_equal(locks, 0);
	assert_int_equal(icv_iar(true), SOFT);
	icv_eoi(true, SOFT);
	/* From another pCPU: by message. */
	hw_cur = 1;
	gicd_write(reg, 4, BIT32(SOFT % 32));
	assert_int_not_equal(locks, 0);
	assert_false(hw_cif[0].lr[irq_of(0, SOFT)->lr] & LR_PENDING);
	assert_int_equal(irq_of(0, SOFT)->armed, 0);
	rest();
	hw_cur = 0;
	assert_int_equal(icv_iar(true), SOFT);
	icv_eoi(true, SOFT);
	/* A physical one becomes pending where it is physical. */
	word(ENABLE, EDGE);
	line(EDGE, true);
	assert_int_equal(icv_iar(true), EDGE);
	icv_eoi(true, EDGE);
	assert_int_not_equal(irq_of(0, EDGE)->armed, 0);
	gicd_write(SETPEND + EDGE / 32 * 4, 4, BIT32(EDGE % 32));
	assert_true(hw_spi[EDGE].pending || hw_spi[EDGE].active);
	rest();
	assert_true(hw_spi[EDGE].active);
	assert_int_equal(ack(), EDGE);
}

/* A zero is nothing, not the word's last interrupt, which has been here before. */
static void set_none(void **state)
{
	u32 i;

	(void)state;
	for (i = 31; i < 64; i += 32) {
		word(ENABLE, i);
		word(SETPEND, i);
		assert_int_equal(icv_iar(true), i);
		icv_eoi(true, i);
		assert_int_not_equal(irq_of(0, i)->armed, 0);
		gicr_write(0, 0x10000 + SETPEND, 4, 0);
		gicd_write(SETPEND + 4, 4, 0);
		assert_int_equal(icv_iar(true), HW_SPURIOUS);
	}
}

/* The other vCPU's list register of the same number is not meant. */
static void set_pending_of_another(void **state)
{
	(void)state;
	word(ENABLE, SGI);
	hw_sgi(vm->vcpu[0], VGIC_SGI1R, (u64)SGI << 24 | 1);
	assert_int_equal(ack(), SGI);
	eoi(SGI);
	hw_cur = 1;
	word(ENABLE, SGI);
	gicr_write(1, 0x10200, 4, BIT32(SGI));
	rest();
	hw_cur = 0;
	assert_int_equal(ack(), HW_SPURIOUS);
	hw_cur = 1;
	gicr_write(0, 0x10200, 4, BIT32(SGI));
	assert_true(hw_cif[1].lr[irq_of(1, SGI)->lr] & LR_PENDING);
	assert_int_equal(ack(), SGI);
	eoi(SGI);
	assert_int_equal(ack(), HW_SPURIOUS);
	rest();
	hw_cur = 0;
	assert_int_equal(ack(), SGI);
}

/* An enable of what has something to say is more than a bit. */
static void enable(void **state)
{
	(void)state;
	line(SOFT, true);
	gicd_write(ENABLE + SOFT / 32 * 4, 4, BIT32(SOFT % 32));
	rest();
	assert_int_equal(ack(), SOFT);
	line(SOFT, false);
	eoi(SOFT);
	/* Latched, or asked for by another pCPU; and pending, and taken back. */
	word(SETPEND, SOFT + 1);
	word(ENABLE, SOFT + 1);
	assert_true(hw_cif[0].lr[irq_of(0, SOFT + 1)->lr] & LR_PENDING);
	word(DISABLE, SOFT + 1);
	assert_int_equal(ack(), HW_SPURIOUS);
	assert_true(bit(SETPEND, SOFT + 1));
	/* A physical one. */
	word(ENABLE, UART);
	assert_true(hw_spi[UART].enabled);
	word(DISABLE, UART);
	assert_false(hw_spi[UART].enabled);
	/* Active. */
	word(SETACT, SOFT + 2);
	word(ENABLE, SOFT + 2);
	word(SETPEND, SOFT + 2);
	assert_int_equal(ack(), HW_SPURIOUS);
	word(CLRACT, SOFT + 2);
	assert_int_equal(ack(), SOFT + 2);
}

/* A redistributor whose vCPU is not there is nobody's, least of all the distributor's. */
static void of_nobody(void **state)
{
	struct io_region *r = &vm->io.region[1];
	struct vgic_cpu *c = vm->vgic->cpu[1];
	u32 offset;

	(void)state;
	vm->vgic->cpu[1] = NULL;
	for (offset = 0; offset < 0x11000; offset += 4) {
		u64 x = ~UINT64_C(0);

		assert_false(r->word(vm->vcpu[0], r->dev, 0x20000 + offset, true, &x));
		assert_false(r->word(vm->vcpu[0], r->dev, 0x20000 + offset, false, &x));
		assert_int_equal(x, ~UINT64_C(0));
	}
	vm->vgic->cpu[1] = c;
	assert_int_equal(count_bits(0x100), 0);
}

/* What the short way reads is what the long way reads: every word of both frames. */
static void short_reads(void **state)
{
	struct io_region *r;
	u32 offset, i, nr = 0;

	(void)state;
	for (i = 0; i < 512; i += 13)
		write_bit(i % 2, ENABLE, i);
	for (i = 0; i < 2; i++) {
		r = &vm->io.region[i];
		for (offset = 0; offset < r->size; offset += 4) {
			struct io_access a = { .ipa = r->base + offset, .offset = offset, .size = 4, .value = 1 };
			u64 x = ~UINT64_C(0);

			assert_int_equal(r->fn(vm->vcpu[0], r->dev, &a), IO_DONE);
			if (!r->word(vm->vcpu[0], r->dev, offset, false, &x))
				continue;
			assert_int_equal(x, a.value);
			nr++;
		}
	}
	/* The first words, and ISENABLER and ICENABLER. */
	assert_int_equal(nr, 3 + 15 * 2 + 2 * (3 + 2));
}

#define TWO(t) cmocka_unit_test_setup_teardown(t, boot_two, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TWO(one_bit), TWO(many_bits),   TWO(set_pending), TWO(set_none), TWO(set_pending_of_another),
		TWO(enable),  TWO(short_reads), TWO(of_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
