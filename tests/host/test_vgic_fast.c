/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/vgic/vgic.c hypervisor/arch/arm64/vgic/vgic_cpuif.c
 * hypervisor/arch/arm64/vgic/vgic_fill.c hypervisor/arch/arm64/vgic/vgic_irq.c hypervisor/arch/arm64/vgic/vgic_load.c
 * hypervisor/arch/arm64/vgic/vgic_lr.c hypervisor/arch/arm64/vgic/vgic_mmio.c hypervisor/arch/arm64/vgic/vgic_phys.c
 * hypervisor/arch/arm64/vgic/vgic_queue.c hypervisor/arch/arm64/vgic/vgic_regs.c
 * hypervisor/arch/arm64/vgic/vgic_sgi.c hypervisor/arch/arm64/vgic/vgicd.c hypervisor/arch/arm64/vgic/vgicr.c
 * tests/host/vgic_hw.c tests/host/vgic_guest.c */
/*
 * The ways that take no lock (vgic_fast.h): an interrupt goes back into the list register it had. When they are taken,
 * when they must not be, and that whatever happens to the interrupt disarms it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vgic_meanwhile.h"

#define SGI 5U
#define GROUP 0x80U
#define MANY_LRS 16U
#define LR_PENDING BIT(62)

static int boot_two(void **state)
{
	(void)state;
	boot(2, 2, LRS, false);
	return 0;
}

static int boot_many(void **state)
{
	(void)state;
	boot(2, 2, MANY_LRS, false);
	return 0;
}

static struct vgic_irq *irq_of(u32 cpu, u32 intid)
{
	return vgic_irq_get(vm->vgic, vm->vgic->cpu[cpu], intid);
}

/* vCPU 0 interrupts itself; EL2 has no other work. */
static void self_sgi(void)
{
	hw_cur = 0;
	hw_sgi(vm->vcpu[0], VGIC_SGI1R, (u64)SGI << 24 | 1);
}

/* vCPU 0 has acknowledged SGI and ended it: the list register is empty and names it still. */
static void arm_sgi(void)
{
	hw_cur = 0;
	word(ENABLE, SGI);
	self_sgi();
	rest();
	assert_int_equal(icv_iar(true), SGI);
	icv_eoi(true, SGI);
	assert_int_not_equal(irq_of(0, SGI)->armed, 0);
	locks = 0;
}

static void expect_sgi(void)
{
	hw_cur = 0;
	assert_int_equal(ack(), SGI);
	eoi(SGI);
	assert_int_equal(ack(), HW_SPURIOUS);
}

/* -- When they are taken -- */
static void to_itself(void **state)
{
	u32 i;

	(void)state;
	arm_sgi();
	for (i = 0; i < 3; i++) {
		self_sgi();
		assert_int_equal(locks, 0);
		/* One more before it is taken makes no difference. */
		self_sgi();
		assert_int_equal(locks, 0);
		assert_int_equal(icv_iar(true), SGI);
		icv_eoi(true, SGI);
		assert_int_equal(icv_iar(true), HW_SPURIOUS);
	}
	/* Its neighbour is not meant, nor another vCPU with it. */
	hw_sgi(vm->vcpu[0], VGIC_SGI1R, (u64)(SGI + 1) << 24 | 1);
	rest();
	assert_int_equal(ack(), HW_SPURIOUS);
	hw_sgi(vm->vcpu[0], VGIC_SGI1R, (u64)SGI << 24 | 3);
	rest();
	assert_true(gicr_read(1, 0x10200, 4) & BIT32(SGI));
	expect_sgi();
}

/* Physical ones: timer, level and edge, after the first time. */
static void physical(void **state)
{
	u32 i;

	(void)state;
	word(ENABLE, TIMER);
	word(ENABLE, EDGE);
	word(ENABLE, UART);
	for (i = 0; i < 3; i++) {
		locks = 0;
		hw_ppi[0][TIMER].line = true;
		assert_true(hw_round(0));
		assert_int_equal(locks, i ? 0 : 1);
		assert_int_equal(icv_iar(true), TIMER);
		hw_ppi[0][TIMER].line = false;
		icv_eoi(true, TIMER);
		assert_false(hw_ppi[0][TIMER].active);
		hw_spi_line(EDGE, true);
		hw_spi_line(EDGE, false);
		hw_spi_line(UART, true);
		locks = 0;
		assert_true(hw_round(0));
		assert_int_equal(locks, i ? 0 : 2);
		assert_int_equal(icv_iar(true), UART);
		hw_spi_line(UART, false);
		icv_eoi(true, UART);
		assert_int_equal(icv_iar(true), EDGE);
		icv_eoi(true, EDGE);
		assert_false(hw_spi[EDGE].active || hw_spi[UART].active);
		rest();
		assert_int_equal(icv_iar(true), HW_SPURIOUS);
	}
}

/* The first thing that a physical interrupt finds when its vCPU waits: it has to be told. */
static void physical_wakes(void **state)
{
	static const u32 all[] = { TIMER, EDGE };
	struct vcpu *v = vm->vcpu[0];
	u32 i, n, wakes;

	(void)state;
	word(ENABLE, TIMER);
	word(ENABLE, EDGE);
	for (i = 0; i < 3; i++) {
		for (n = 0; n < ARRAY_SIZE(all); n++) {
			hw_ppi[0][TIMER].line = all[n] == TIMER;
			hw_spi_line(EDGE, all[n] == EDGE);
			wakes = hw_wakes;
			v->state = i ? VCPU_BLOCKED : VCPU_RUNNABLE;
			(void)hw_round(0);
			assert_int_equal(hw_wakes, wakes + (i ? 1 : 0));
			assert_int_equal(v->state, VCPU_RUNNABLE);
			hw_ppi[0][TIMER].line = false;
			hw_spi_line(EDGE, false);
			assert_int_equal(icv_iar(true), all[n]);
			icv_eoi(true, all[n]);
		}
	}
}

/* A physical SPI whose list register is another vCPU's: that one's pCPU gets it. */
static void physical_of_another(void **state)
{
	u32 i;

	(void)state;
	word(ENABLE, EDGE);
	gicd_write(0x6000 + EDGE * 8, 8, 1);
	for (i = 0; i < 2; i++) {
		hw_spi[EDGE].active = true;
		hw_cur = 0;
		vgic_hw_irq(vm->vcpu[0], irq_of(0, EDGE));
		rest();
		hw_cur = 0;
		assert_int_equal(ack(), HW_SPURIOUS);
		hw_cur = 1;
		assert_int_equal(icv_iar(true), EDGE);
		icv_eoi(true, EDGE);
		assert_false(hw_spi[EDGE].active);
	}
}

/* Which virtual interrupt is behind a physical one: as long as it is assigned. */
static void who_is_behind(void **state)
{
	(void)state;
	assert_ptr_equal(vgic_hw_spi[EDGE], irq_of(0, EDGE));
	assert_int_equal(vgic_arch_assign(vm, EDGE, 0, false), 0);
	assert_null(vgic_hw_spi[EDGE]);
	assert_int_equal(vgic_arch_assign(vm, SOFT, 500, false), 0);
	assert_ptr_equal(vgic_hw_spi[500], irq_of(0, SOFT));
	assert_int_equal(vgic_arch_assign(vm, SOFT, 0, false), 0);
	assert_int_equal(vgic_arch_assign(vm, SOFT, 1020, false), -22);
	assert_ptr_equal(vgic_hw_spi[UART], irq_of(0, UART));
}

static void nobody_is_behind(void **state)
{
	(void)state;
	boot(1, 1, LRS, false);
	hw_stop();
	assert_null(vgic_hw_spi[UART]);
	assert_null(vgic_hw_spi[EDGE]);
}

/* -- When they are not -- */
/* Active: it becomes pending when that one has ended, and stays active until then. */
static void not_when_active(void **state)
{
	(void)state;
	arm_sgi();
	self_sgi();
	assert_int_equal(icv_iar(true), SGI);
	self_sgi();
	assert_int_not_equal(locks, 0);
	rest();
	assert_true(bit(SETACT, SGI));
	assert_true(bit(SETPEND, SGI));
	assert_int_equal(irq_of(0, SGI)->armed, 0);
	eoi(SGI);
	expect_sgi();
	/* The same by ISPENDR, for an SPI. */
	word(ENABLE, SOFT);
	word(SETPEND, SOFT);
	assert_int_equal(icv_iar(true), SOFT);
	gicd_write(SETPEND + SOFT / 32 * 4, 4, BIT32(SOFT % 32));
	rest();
	assert_true(bit(SETACT, SOFT));
	eoi(SOFT);
	assert_int_equal(ack(), SOFT);
}

/* Three that are first, one that waits for a list register, and @mine, which has one and comes last. */
static void let_one_wait(u32 mine)
{
	u32 i;

	for (i = SOFT; i < SOFT + 4; i++) {
		prio(i, i == SOFT + 3 ? 0x90 : 0x80);
		word(ENABLE, i);
		gicd_write(SETPEND + i / 32 * 4, 4, BIT32(i % 32));
		/* Its list register is emptied by nobody before the last one has come. */
		if (i == SOFT + 2)
			assert_int_not_equal(irq_of(0, mine)->armed, 0);
	}
}

/* By their priorities, whatever @mine did. */
static void expect_in_order(u32 mine)
{
	u32 i;

	rest();
	for (i = SOFT; i < SOFT + 4; i++) {
		assert_int_equal(ack(), i);
		eoi(i);
	}
	assert_int_equal(ack(), mine);
	hw_ppi[0][TIMER].line = false;
	eoi(mine);
	assert_int_equal(ack(), HW_SPURIOUS);
}

static void not_before_others(void **state)
{
	u32 pass;

	(void)state;
	for (pass = 0; pass < 2; pass++) {
		boot(2, 2, LRS, false);
		arm_sgi();
		let_one_wait(SGI);
		/* It is queued, and EL2 has not looked yet. */
		assert_int_not_equal(vm->vgic->cpu[0]->ready, 0);
		assert_int_not_equal(irq_of(0, SGI)->armed, 0);
		locks = 0;
		if (pass) {
			hw_cur = 1;
			hw_sgi(vm->vcpu[1], VGIC_SGI1R, (u64)SGI << 24 | 1);
			hw_cur = 0;
			vgic_take_sgis(vm->vcpu[0]);
		} else {
			self_sgi();
		}
		assert_int_not_equal(locks, 0);
		expect_in_order(SGI);
		hw_stop();
	}
}

/* The same for a physical interrupt, which interrupts before EL2 has looked. */
static void timer_not_before_others(void **state)
{
	(void)state;
	word(ENABLE, TIMER);
	hw_ppi[0][TIMER].line = true;
	rest();
	assert_int_equal(icv_iar(true), TIMER);
	hw_ppi[0][TIMER].line = false;
	icv_eoi(true, TIMER);
	let_one_wait(TIMER);
	hw_ppi[0][TIMER].line = true;
	hw_ppi[0][TIMER].active = true;
	assert_int_not_equal(irq_of(0, TIMER)->armed, 0);
	locks = 0;
	vgic_hw_ppi(vm->vcpu[0], TIMER);
	assert_int_not_equal(locks, 0);
	expect_in_order(TIMER);
}

/* The first four list registers only. */
static void not_beyond_four(void **state)
{
	u32 i;

	(void)state;
	for (i = SOFT; i < SOFT + 4; i++) {
		word(ENABLE, i);
		word(SETPEND, i);
		assert_int_equal(irq_of(0, i)->lr, i - SOFT);
		assert_int_not_equal(irq_of(0, i)->armed, 0);
	}
	prio(SOFT, 0xf0);
	word(ENABLE, SGI);
	gicr_write(0, 0x10400 + SGI, 1, 0x40);
	for (i = 0; i < 3; i++) {
		locks = 0;
		self_sgi();
		assert_int_not_equal(locks, 0);
		rest();
		assert_in_range(irq_of(0, SGI)->lr, 4, 15);
		assert_int_equal(irq_of(0, SGI)->armed, 0);
		assert_int_equal(ack(), SGI);
		eoi(SGI);
	}
}

/* A level that is still high asks to be looked at when the guest ends it. */
static void not_a_level(void **state)
{
	(void)state;
	word(ENABLE, SOFT);
	line(SOFT, true);
	assert_int_equal(irq_of(0, SOFT)->armed, 0);
	/* One that was set pending, and whose level rises then. */
	word(ENABLE, SOFT + 1);
	word(SETPEND, SOFT + 1);
	assert_int_not_equal(irq_of(0, SOFT + 1)->armed, 0);
	line(SOFT + 1, true);
	assert_int_equal(irq_of(0, SOFT + 1)->armed, 0);
	/* A physical level that was made pending by ISPENDR: the latch is not its line's. */
	word(ENABLE, UART);
	word(SETPEND, UART);
	line(UART, true);
	assert_true(irq_of(0, UART)->owned && irq_of(0, UART)->lr_latch);
	assert_int_equal(irq_of(0, UART)->armed, 0);
}

/* -- What disarms -- */
static void own_write(u32 base)
{
	gicr_write(0, 0x10000 + base, 4, BIT32(SGI));
}

static void do_look(void)
{
	(void)gicr_read(0, 0x10000 + SETACT, 4);
}

static void do_disable(void)
{
	own_write(DISABLE);
}

static void do_clear(void)
{
	own_write(CLRPEND);
}

static void do_activate(void)
{
	own_write(SETACT);
}

static void do_deactivate(void)
{
	own_write(CLRACT);
}

static void do_group(void)
{
	gicr_write(0, 0x10000 + GROUP, 4, ~BIT32(SGI));
}

static void do_prio(void)
{
	gicr_write(0, 0x10400 + SGI, 1, 0x40);
}

static void do_ctlr(void)
{
	gicd_write(0, 4, 0);
}

static void (*const disarming[])(void) = { do_look,       do_disable, do_clear, do_activate,
					   do_deactivate, do_group,   do_prio,  do_ctlr };

/* By its owner, whose list register is empty: it is nowhere then, or active. By another pCPU: before it was served. */
static void changes(void **state)
{
	u32 i, by;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(disarming); i++) {
		for (by = 0; by < 2; by++) {
			boot(2, 2, LRS, false);
			arm_sgi();
			hw_cur = by;
			disarming[i]();
			assert_int_equal(irq_of(0, SGI)->armed, 0);
			if (by == 0 && disarming[i] != do_activate)
				assert_int_equal(irq_of(0, SGI)->place, VGIC_IDLE);
			rest();
			assert_int_equal(irq_of(0, SGI)->armed, 0);
			hw_stop();
		}
	}
}

/* Pending in its list register meanwhile: what it is armed with is what it has now. */
static void changes_while_pending(void **state)
{
	u32 by;

	(void)state;
	for (by = 0; by < 2; by++) {
		boot(2, 2, LRS, false);
		arm_sgi();
		self_sgi();
		hw_cur = by;
		do_prio();
		rest();
		assert_int_equal(irq_of(0, SGI)->armed, hw_cif[0].lr[irq_of(0, SGI)->lr]);
		assert_int_equal(hw_cif[0].lr[irq_of(0, SGI)->lr] & 0xff000000000000, 0x40000000000000);
		expect_sgi();
		self_sgi();
		hw_cur = by;
		do_group();
		rest();
		hw_cur = 0;
		assert_int_equal(icv_iar(true), HW_SPURIOUS);
		icv_set_vmcr(BIT(0), BIT(0));
		assert_int_equal(icv_iar(false), SGI);
		icv_eoi(false, SGI);
		hw_stop();
	}
}

/* -- While another pCPU changes it -- */
static void boot_sgi(void)
{
	boot(2, 2, LRS, false);
	arm_sgi();
}

static void boot_timer(void)
{
	boot(2, 2, LRS, false);
	word(ENABLE, TIMER);
	hw_ppi[0][TIMER].line = true;
	rest();
	assert_int_equal(icv_iar(true), TIMER);
	hw_ppi[0][TIMER].line = false;
	icv_eoi(true, TIMER);
	assert_int_not_equal(irq_of(0, TIMER)->armed, 0);
	hw_ppi[0][TIMER].line = true;
}

static void one_round(void)
{
	(void)hw_round(0);
}

static void other_disables(void)
{
	hw_cur = 1;
	gicr_write(0, 0x10000 + DISABLE, 4, BIT32(SGI) | BIT32(TIMER));
}

static void other_regroups(void)
{
	hw_cur = 1;
	gicd_write(0, 4, 1);
}

/* Nothing comes before it is enabled again, and then it comes. */
static void expect_later(u32 intid, u32 cpu, u64 offset, u32 v)
{
	rest();
	hw_cur = 0;
	assert_int_equal(icv_iar(true), HW_SPURIOUS);
	assert_true(bit(SETPEND, intid));
	assert_false(bit(SETACT, intid));
	if (intid == TIMER)
		assert_false(hw_ppi[0][TIMER].active);
	hw_cur = cpu;
	if (offset)
		gicr_write(0, offset, 4, v);
	else
		gicd_write(0, 4, v);
	rest();
	hw_cur = 0;
	assert_int_equal(icv_iar(true), intid);
	hw_ppi[0][TIMER].line = false;
	icv_eoi(true, intid);
	rest();
	assert_int_equal(icv_iar(true), HW_SPURIOUS);
}

static void sgi_when_enabled(void)
{
	expect_later(SGI, 1, 0x10000 + ENABLE, BIT32(SGI));
}

static void sgi_when_forwarded(void)
{
	expect_later(SGI, 1, 0, 3);
}

static void timer_when_enabled(void)
{
	expect_later(TIMER, 0, 0x10000 + ENABLE, BIT32(TIMER));
}

static void timer_when_forwarded(void)
{
	expect_later(TIMER, 0, 0, 3);
}

static void at_any_moment(void **state)
{
	(void)state;
	assert_true(meanwhile(0, boot_sgi, self_sgi, other_disables, true, sgi_when_enabled) > 1);
	assert_true(meanwhile(0, boot_sgi, self_sgi, other_regroups, true, sgi_when_forwarded) > 1);
	assert_true(meanwhile(0, boot_timer, one_round, other_disables, true, timer_when_enabled) > 0);
	assert_true(meanwhile(0, boot_timer, one_round, other_regroups, true, timer_when_forwarded) > 0);
}

/* Release, by somebody else who needs the register; eviction, of one that is pending, and of one on fewer registers. */
static void leaves_its_register(void **state)
{
	u32 i;

	(void)state;
	arm_sgi();
	for (i = SOFT; i < SOFT + 4; i++) {
		word(ENABLE, i);
		prio(i, 0x80);
		word(SETPEND, i);
	}
	assert_int_equal(irq_of(0, SGI)->place, VGIC_IDLE);
	assert_int_equal(irq_of(0, SGI)->armed, 0);
	for (i = SOFT; i < SOFT + 4; i++)
		word(CLRPEND, i);
	self_sgi();
	rest();
	assert_int_not_equal(irq_of(0, SGI)->armed, 0);
	for (i = SOFT; i < SOFT + 4; i++)
		word(SETPEND, i);
	assert_int_equal(irq_of(0, SGI)->place, VGIC_QUEUED);
	assert_int_equal(irq_of(0, SGI)->armed, 0);
	for (i = SOFT; i < SOFT + 3; i++)
		word(CLRPEND, i);
	/* Where SGI is now, there is no register on a smaller pCPU. */
	assert_int_not_equal(irq_of(0, SGI)->armed, 0);
	hw_put(vm->vcpu[0]);
	pcpus[0].features.gic_lrs = irq_of(0, SGI)->lr;
	if (!pcpus[0].features.gic_lrs)
		pcpus[0].features.gic_lrs = 1;
	hw_load(vm->vcpu[0], 0);
	assert_true(irq_of(0, SGI)->place != VGIC_LISTED || irq_of(0, SGI)->lr < pcpus[0].features.gic_lrs);
	assert_true(irq_of(0, SGI)->place == VGIC_LISTED || !irq_of(0, SGI)->armed);
	word(CLRPEND, SOFT + 3);
	expect_sgi();
}

/* Nor does one that is disabled meanwhile, on a pCPU that has no register for it: it is pending, and no more. */
static void leaves_while_disabled(void **state)
{
	u32 how;

	(void)state;
	for (how = 0; how < 2; how++) {
		boot(2, 2, LRS, false);
		prio(SOFT, 0xe0);
		word(ENABLE, SOFT);
		word(SETPEND, SOFT);
		word(ENABLE, SOFT + 1);
		word(SETPEND, SOFT + 1);
		assert_int_equal(ack(), SOFT + 1);
		word(SETPEND, SOFT + 1);
		if (how) {
			gicd_write(0x6000 + (SOFT + 1) * 8, 8, 1);
			hw_put(vm->vcpu[1]);
		} else {
			word(DISABLE, SOFT + 1);
		}
		assert_int_equal(irq_of(0, SOFT + 1)->lr, 1);
		icv_eoi(true, SOFT + 1);
		hw_put(vm->vcpu[0]);
		pcpus[0].features.gic_lrs = 1;
		hw_load(vm->vcpu[0], 0);
		rest();
		assert_int_equal(ack(), SOFT);
		eoi(SOFT);
		assert_int_equal(ack(), HW_SPURIOUS);
		assert_true(bit(SETPEND, SOFT + 1));
		if (how)
			hw_load(vm->vcpu[1], 0);
		else
			word(ENABLE, SOFT + 1);
		rest();
		hw_cur = how;
		assert_int_equal(ack(), SOFT + 1);
		hw_stop();
	}
}

static void unmapped(void **state)
{
	(void)state;
	word(ENABLE, TIMER);
	hw_ppi[0][TIMER].line = true;
	rest();
	hw_put(vm->vcpu[0]);
	assert_int_not_equal(irq_of(0, TIMER)->armed, 0);
	vgic_unmap_ppi(vm->vcpu[0], TIMER);
	assert_int_equal(irq_of(0, TIMER)->armed, 0);
	hw_load(vm->vcpu[0], 0);
	rest();
	hw_cur = 0;
	assert_int_equal(ack(), HW_SPURIOUS);
	assert_int_equal(vgic_inject_ppi(vm->vcpu[0], TIMER, true), 0);
	rest();
	assert_int_equal(ack(), TIMER);
}

static void reset(void **state)
{
	u32 c;

	(void)state;
	arm_sgi();
	word(ENABLE, SOFT);
	word(SETPEND, SOFT);
	for (c = 0; c < 2; c++)
		hw_put(vm->vcpu[c]);
	assert_int_not_equal(irq_of(0, SGI)->armed, 0);
	assert_int_not_equal(irq_of(0, SOFT)->armed, 0);
	vgic_vm_reset(vm);
	assert_int_equal(irq_of(0, SGI)->armed, 0);
	assert_int_equal(irq_of(0, SOFT)->armed, 0);
	for (c = 0; c < 2; c++)
		hw_load(vm->vcpu[c], 0);
	hw_cur = 0;
	self_sgi();
	rest();
	icv_set_vmcr(~UINT64_C(0), FIELD_PREP(ICH_VMCR_VPMR, 0xf8) | ICH_VMCR_VENG0 | ICH_VMCR_VENG1);
	assert_int_equal(icv_iar(false), HW_SPURIOUS);
	assert_int_equal(icv_iar(true), HW_SPURIOUS);
}

#define TWO(t) cmocka_unit_test_setup_teardown(t, boot_two, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TWO(to_itself),
		TWO(physical),
		TWO(physical_wakes),
		TWO(physical_of_another),
		TWO(who_is_behind),
		cmocka_unit_test(nobody_is_behind),
		TWO(not_when_active),
		cmocka_unit_test(not_before_others),
		TWO(timer_not_before_others),
		cmocka_unit_test_setup_teardown(not_beyond_four, boot_many, down),
		TWO(not_a_level),
		cmocka_unit_test(changes),
		cmocka_unit_test(changes_while_pending),
		cmocka_unit_test(at_any_moment),
		TWO(leaves_its_register),
		cmocka_unit_test(leaves_while_disabled),
		TWO(unmapped),
		TWO(reset),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
