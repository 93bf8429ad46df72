/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/vgic/vgic.c hypervisor/arch/arm64/vgic/vgic_cpuif.c
 * hypervisor/arch/arm64/vgic/vgic_fill.c hypervisor/arch/arm64/vgic/vgic_irq.c hypervisor/arch/arm64/vgic/vgic_load.c
 * hypervisor/arch/arm64/vgic/vgic_lr.c hypervisor/arch/arm64/vgic/vgic_mmio.c hypervisor/arch/arm64/vgic/vgic_phys.c
 * hypervisor/arch/arm64/vgic/vgic_queue.c hypervisor/arch/arm64/vgic/vgic_regs.c
 * hypervisor/arch/arm64/vgic/vgic_sgi.c hypervisor/arch/arm64/vgic/vgicd.c hypervisor/arch/arm64/vgic/vgicr.c
 * tests/host/vgic_hw.c tests/host/vgic_guest.c */
/* One test for each way in which virtual GICs have been seen to fail. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vgic_guest.h"

static int boot_one(void **state)
{
	(void)state;
	boot(1, 1, LRS, false);
	return 0;
}

static int boot_split(void **state)
{
	(void)state;
	boot(1, 1, LRS, true);
	return 0;
}

/* -- List registers -- */
static void make_pending(u32 n)
{
	u32 i;

	for (i = 0; i < n; i++) {
		gicd_write(0x400 + SOFT + i, 1, (u8)(0xf0 - i * 8));
		word(ENABLE, SOFT + i);
		word(SETPEND, SOFT + i);
	}
}

/* Twenty pending with four registers, lowest priority first: taken in order of priority. */
static void overflow_by_priority(void **state)
{
	u32 i;

	(void)state;
	make_pending(20);
	for (i = 20; i-- > 0;) {
		assert_int_equal(ack(), SOFT + i);
		eoi(SOFT + i);
		assert_false(bit(SETACT, SOFT + i));
	}
	assert_int_equal(ack(), HW_SPURIOUS);
	assert_int_equal(hw_cif[0].hcr, ICH_HCR_EN);
}

/* Bao 398: every register active, one more pending. Nesting goes deeper than there are registers, and back. */
static void nesting_deeper_than_registers(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 10; i++) {
		gicd_write(0x400 + SOFT + i, 1, (u8)(0xf0 - i * 8));
		word(ENABLE, SOFT + i);
		word(SETPEND, SOFT + i);
		assert_int_equal(ack(), SOFT + i);
	}
	for (i = 0; i < 10; i++)
		assert_true(bit(SETACT, SOFT + i));
	for (i = 10; i-- > 0;) {
		eoi(SOFT + i);
		assert_false(bit(SETACT, SOFT + i));
		assert_true(!i || bit(SETACT, SOFT + i - 1));
	}
	assert_int_equal(hw_cif[0].hcr, ICH_HCR_EN);
}

static void nesting_with_split_eoi(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 10; i++) {
		prio(SOFT + i, 0xa0);
		word(ENABLE, SOFT + i);
		word(SETPEND, SOFT + i);
		assert_int_equal(ack(), SOFT + i);
		eoi(SOFT + i);
	}
	for (i = 0; i < 10; i++) {
		assert_true(bit(SETACT, SOFT + i));
		dir(SOFT + i);
		assert_false(bit(SETACT, SOFT + i));
	}
	assert_int_equal(hw_cif[0].hcr, ICH_HCR_EN);
}

/* An EOI for an interrupt that ICACTIVER has ended already ends no other, in a list register or not. */
static void eoi_after_icactiver(void **state)
{
	u32 i;

	(void)state;
	for (i = 0; i < 8; i++) {
		gicd_write(0x400 + SOFT + i, 1, (u8)(0xf0 - i * 8));
		word(ENABLE, SOFT + i);
		word(SETPEND, SOFT + i);
		assert_int_equal(ack(), SOFT + i);
	}
	/* Refill the registers with pending ones that cannot preempt, so that active ones stay outside. */
	for (i = 8; i < 12; i++) {
		gicd_write(0x400 + SOFT + i, 1, 0xf0);
		word(ENABLE, SOFT + i);
		word(SETPEND, SOFT + i);
	}
	assert_true(vgic_spilled(vm->vcpu[0]->vgic));
	word(CLRACT, SOFT + 7);
	eoi(SOFT + 7);
	for (i = 0; i < 7; i++)
		assert_true(bit(SETACT, SOFT + i));
	for (i = 7; i-- > 0;)
		eoi(SOFT + i);
	for (i = 0; i < 8; i++)
		assert_false(bit(SETACT, SOFT + i));
}

/* Group 0 registers full of interrupts the guest does not take must not keep Group 1 out. */
static void disabled_group_makes_room(void **state)
{
	u32 i;

	(void)state;
	gicd_write(0x80 + SOFT / 32 * 4, 4, ~0xff0000U); /* SOFT .. SOFT + 7: Group 0 */
	for (i = 0; i < 8; i++) {
		prio(SOFT + i, 0x20);
		word(ENABLE, SOFT + i);
		word(SETPEND, SOFT + i);
	}
	word(ENABLE, SOFT + 8);
	word(SETPEND, SOFT + 8);
	word(ENABLE, SOFT + 9);
	word(SETPEND, SOFT + 9);
	assert_int_equal(ack(), SOFT + 8);
	eoi(SOFT + 8);
	assert_int_equal(ack(), SOFT + 9);
	eoi(SOFT + 9);
	icv_set_vmcr(ICH_VMCR_VENG0, ~UINT64_C(0));
	rest();
	for (i = 0; i < 8; i++) {
		u32 x = icv_iar(false);

		rest();
		assert_in_range(x, SOFT, SOFT + 7);
		icv_eoi(false, x);
		rest();
	}
}

/* -- States -- */
/* libvmm 56: what comes while disabled is kept. */
static void pending_while_disabled(void **state)
{
	(void)state;
	gicd_write(0xc00 + SOFT / 16 * 4, 4, 2);
	line(SOFT, true);
	line(SOFT, false);
	assert_true(bit(SETPEND, SOFT));
	assert_int_equal(ack(), HW_SPURIOUS);
	word(ENABLE, SOFT);
	word(DISABLE, SOFT);
	assert_int_equal(ack(), HW_SPURIOUS);
	assert_true(bit(CLRPEND, SOFT));
	word(ENABLE, SOFT);
	assert_int_equal(ack(), SOFT);
	eoi(SOFT);
	assert_int_equal(ack(), HW_SPURIOUS);
}

/* freebsd-src 2437: a level that is still high after EOI is a new interrupt; one that has gone is none. */
static void level_is_resampled(void **state)
{
	(void)state;
	word(ENABLE, SOFT);
	line(SOFT, true);
	assert_int_equal(ack(), SOFT);
	eoi(SOFT);
	assert_int_equal(ack(), SOFT);
	line(SOFT, false);
	eoi(SOFT);
	assert_int_equal(ack(), HW_SPURIOUS);
	line(SOFT, true);
	line(SOFT, false);
	assert_int_equal(ack(), HW_SPURIOUS);
	assert_false(bit(SETPEND, SOFT));
	/* Falls and rises while active. */
	line(SOFT, true);
	assert_int_equal(ack(), SOFT);
	line(SOFT, false);
	line(SOFT, true);
	assert_true(bit(SETPEND, SOFT));
	eoi(SOFT);
	assert_int_equal(ack(), SOFT);
}

/* ICPENDR takes back what ISPENDR did, but not a line that is high. */
static void clear_pending(void **state)
{
	(void)state;
	word(ENABLE, SOFT);
	word(SETPEND, SOFT);
	word(CLRPEND, SOFT);
	assert_int_equal(ack(), HW_SPURIOUS);
	line(SOFT, true);
	word(CLRPEND, SOFT);
	assert_int_equal(ack(), SOFT);
}

/* The priority a handler was entered with is the one its EOI drops, whatever was written to IPRIORITYR meanwhile. */
static void priority_change_while_active(void **state)
{
	(void)state;
	word(ENABLE, SOFT);
	word(SETPEND, SOFT);
	assert_int_equal(ack(), SOFT);
	prio(SOFT, 0x20);
	gicd_write(0x80 + SOFT / 32 * 4, 4, 0);
	eoi(SOFT);
	assert_false(bit(SETACT, SOFT));
	assert_int_equal(gicd_read(0x400 + SOFT, 1), 0x20);
}

/* -- Physical interrupts -- */
/* Bao 371, XSA-223: disabled in its handler, a forwarded interrupt is still deactivated, and comes again. */
static void disable_while_active(void **state)
{
	(void)state;
	assert_false(hw_spi[UART].enabled);
	word(ENABLE, UART);
	assert_true(hw_spi[UART].enabled);
	line(UART, true);
	assert_int_equal(ack(), UART);
	assert_true(hw_spi[UART].active);
	word(DISABLE, UART);
	assert_true(hw_spi[UART].active);
	eoi(UART);
	assert_false(hw_spi[UART].active);
	assert_int_equal(ack(), HW_SPURIOUS);
	word(ENABLE, UART);
	assert_int_equal(ack(), UART);
	line(UART, false);
	eoi(UART);
	assert_int_equal(ack(), HW_SPURIOUS);
	assert_false(hw_spi[UART].active);
}

/* Disabled before it was taken: it goes back to the physical GIC, and follows the device's line from there. */
static void disable_while_pending(void **state)
{
	(void)state;
	word(ENABLE, UART);
	line(UART, true);
	assert_true(hw_spi[UART].active);
	word(DISABLE, UART);
	assert_false(hw_spi[UART].active);
	assert_true(bit(SETPEND, UART));
	line(UART, false);
	assert_false(bit(SETPEND, UART));
	word(ENABLE, UART);
	assert_int_equal(ack(), HW_SPURIOUS);
	word(ENABLE, EDGE);
	line(EDGE, true);
	word(DISABLE, EDGE);
	line(EDGE, false);
	assert_false(hw_spi[EDGE].active);
	assert_true(bit(SETPEND, EDGE));
	word(ENABLE, EDGE);
	assert_int_equal(ack(), EDGE);
}

static void guest_changes_physical_state(void **state)
{
	(void)state;
	word(ENABLE, EDGE);
	word(SETPEND, EDGE);
	assert_int_equal(ack(), EDGE);
	assert_true(hw_spi[EDGE].active);
	word(SETPEND, EDGE);
	assert_true(hw_spi[EDGE].pending);
	word(CLRPEND, EDGE);
	assert_false(hw_spi[EDGE].pending);
	word(CLRACT, EDGE);
	assert_false(hw_spi[EDGE].active);
	eoi(EDGE);
	word(SETACT, EDGE);
	assert_true(hw_spi[EDGE].active);
	word(SETPEND, EDGE);
	assert_int_equal(ack(), HW_SPURIOUS);
	word(CLRACT, EDGE);
	assert_int_equal(ack(), EDGE);
	/* Pending and made active: the pending state moves to the physical GIC. */
	eoi(EDGE);
	word(SETPEND, EDGE);
	word(SETACT, EDGE);
	assert_int_equal(ack(), HW_SPURIOUS);
	assert_true(bit(SETPEND, EDGE));
	word(CLRACT, EDGE);
	assert_int_equal(ack(), EDGE);
	/* ICFGR reaches the physical GIC; a mapped PPI keeps its kind. */
	eoi(EDGE);
	word(DISABLE, EDGE);
	gicd_write(0xc08, 4, 0);
	assert_false(hw_spi[EDGE].edge);
	gicr_write(0, 0x10c04, 4, ~0U);
	assert_int_equal(gicr_read(0, 0x10c04, 4), ~0U & ~(3U << (TIMER % 16 * 2)) & 0xaaaaaaaa);
}

/* An active forwarded interrupt outside of the list registers is deactivated by a counted EOI. */
static void spilled_physical(void **state)
{
	u32 i;

	(void)state;
	gicd_write(0x400 + UART, 1, 0xf0);
	word(ENABLE, UART);
	line(UART, true);
	assert_int_equal(ack(), UART);
	line(UART, false);
	for (i = 0; i < 6; i++) {
		gicd_write(0x400 + SOFT + i, 1, (u8)(0xe0 - i * 8));
		word(ENABLE, SOFT + i);
		word(SETPEND, SOFT + i);
		assert_int_equal(ack(), SOFT + i);
	}
	for (i = 6; i-- > 0;) {
		assert_true(hw_spi[UART].active);
		eoi(SOFT + i);
	}
	eoi(UART);
	assert_false(hw_spi[UART].active);
}

/* D7: a timer interrupt that is pending or active moves with its vCPU; the pCPU keeps nothing of it. */
static void timer_over_put_and_load(void **state)
{
	u32 i;

	(void)state;
	word(ENABLE, TIMER);
	for (i = 0; i < 2; i++) {
		hw_ppi[0][TIMER].line = true;
		rest();
		assert_true(hw_ppi[0][TIMER].active);
		if (i)
			assert_int_equal(ack(), TIMER);
		hw_put(vm->vcpu[0]); /* panics when something is left */
		assert_int_equal(hw_cif[0].hcr, 0);
		hw_load(vm->vcpu[0], BIT32(TIMER));
		assert_true(hw_ppi[0][TIMER].active);
		rest();
		if (!i)
			assert_int_equal(ack(), TIMER);
		hw_ppi[0][TIMER].line = false;
		eoi(TIMER);
		assert_false(hw_ppi[0][TIMER].active);
		assert_int_equal(ack(), HW_SPURIOUS);
	}
	word(DISABLE, TIMER);
	assert_false(hw_ppi[0][TIMER].enabled);
}

/* No flag, no flush: the timer interrupt is in a list register when the handler returns, in the same one every time. */
static void timer_is_direct(void **state)
{
	u32 i;

	(void)state;
	word(ENABLE, TIMER);
	for (i = 0; i < 3; i++) {
		hw_ppi[0][TIMER].active = true;
		vgic_hw_ppi(vm->vcpu[0], TIMER);
		assert_int_equal(pcpus[0].flags, 0);
		assert_int_equal(hw_cif[0].lr[0] & ICH_LR_VINTID, TIMER);
		assert_int_equal(icv_iar(true), TIMER);
		icv_eoi(true, TIMER);
		assert_false(hw_ppi[0][TIMER].active);
	}
	assert_int_equal(vm->vcpu[0]->stats[STAT_VGIC_MAINT], 0);
}

/* A9: reset leaves no physical interrupt active, enabled or pending, and nothing virtual either. */
static void reset_quiesces(void **state)
{
	u32 i;

	(void)state;
	word(ENABLE, UART);
	word(ENABLE, EDGE);
	word(ENABLE, TIMER);
	line(UART, true);
	assert_int_equal(ack(), UART);
	line(EDGE, true);
	hw_ppi[0][TIMER].line = true;
	rest();
	make_pending(12);
	gicd_write(0xc00 + EDGE / 16 * 4, 4, 0);
	hw_put(vm->vcpu[0]);
	hw_spi_line(UART, false);
	vgic_vm_reset(vm);
	assert_false(hw_spi[UART].active || hw_spi[UART].enabled || hw_spi[UART].pending);
	assert_false(hw_spi[EDGE].active || hw_spi[EDGE].enabled || hw_spi[EDGE].pending);
	assert_true(hw_spi[EDGE].edge);
	hw_load(vm->vcpu[0], 0);
	assert_int_equal(icv_misr(), 0);
	assert_int_equal(hw_cif[0].apr[1], 0);
	assert_int_equal(gicd_read(0, 4), 0x50);
	for (i = 0; i < 16; i++) {
		assert_int_equal(i ? gicd_read(0x100 + i * 4, 4) : gicr_read(0, 0x10100, 4), 0);
		assert_int_equal(i ? gicd_read(0x200 + i * 4, 4) : gicr_read(0, 0x10200, 4), 0);
		assert_int_equal(i ? gicd_read(0x300 + i * 4, 4) : gicr_read(0, 0x10300, 4), 0);
		assert_int_equal(i ? gicd_read(0x80 + i * 4, 4) : gicr_read(0, 0x10080, 4), 0);
	}
	assert_true(bit(0x100, UART) == 0 && hw_ppi[0][TIMER].enabled == false);
}

#define ONE(t) cmocka_unit_test_setup_teardown(t, boot_one, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ONE(overflow_by_priority),
		ONE(nesting_deeper_than_registers),
		cmocka_unit_test_setup_teardown(nesting_with_split_eoi, boot_split, down),
		ONE(eoi_after_icactiver),
		ONE(disabled_group_makes_room),
		ONE(pending_while_disabled),
		ONE(level_is_resampled),
		ONE(clear_pending),
		ONE(priority_change_while_active),
		ONE(disable_while_active),
		ONE(disable_while_pending),
		ONE(guest_changes_physical_state),
		ONE(spilled_physical),
		ONE(timer_over_put_and_load),
		ONE(timer_is_direct),
		ONE(reset_quiesces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
