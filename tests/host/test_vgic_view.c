/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/vgic/vgic.c hypervisor/arch/arm64/vgic/vgic_cpuif.c
 * hypervisor/arch/arm64/vgic/vgic_fill.c hypervisor/arch/arm64/vgic/vgic_irq.c hypervisor/arch/arm64/vgic/vgic_load.c
 * hypervisor/arch/arm64/vgic/vgic_lr.c hypervisor/arch/arm64/vgic/vgic_mmio.c hypervisor/arch/arm64/vgic/vgic_phys.c
 * hypervisor/arch/arm64/vgic/vgic_queue.c hypervisor/arch/arm64/vgic/vgic_regs.c
 * hypervisor/arch/arm64/vgic/vgic_sgi.c hypervisor/arch/arm64/vgic/vgicd.c hypervisor/arch/arm64/vgic/vgicr.c
 * tests/host/vgic_hw.c tests/host/vgic_guest.c hypervisor/arch/arm64/vgic/vgic_view.c */
/* What the shell shows of a VM's interrupts: right, complete, and without touching anything. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vgic_guest.h"

#include <lib/errno.h>

static int boot_two(void **state)
{
	(void)state;
	boot(2, 2, LRS, false);
	return 0;
}

/* The view of @intid (of @vcpu, if private). Return: is there one? Every slice ends soon, and all of them end. */
static bool find(u32 intid, u32 vcpu, struct vgic_view *v)
{
	struct vgic_view one;
	bool found = false;
	u32 at = 0, calls = 0;
	int r;

	while ((r = vgic_view_next(vm, &at, &one)) != -ENOENT) {
		assert_true(r == 0 || r == -EAGAIN);
		assert_true(calls++ < 600);
		if (r || one.intid != intid || (one.is_private && one.vcpu != vcpu))
			continue;
		assert_false(found);
		found = true;
		*v = one;
	}
	return found;
}

static void software(void **state)
{
	struct vgic_view v;

	(void)state;
	assert_false(find(SOFT, 0, &v));
	prio(SOFT, 0x48);
	word(ENABLE, SOFT);
	assert_true(find(SOFT, 0, &v));
	assert_true(v.is_enabled && v.is_group1 && !v.is_pending && !v.is_active && !v.is_private && !v.hw);
	assert_int_equal(v.priority, 0x48);
	assert_int_equal(v.vcpu, 0);
	line(SOFT, true);
	assert_true(find(SOFT, 0, &v));
	assert_true(v.is_pending && v.is_high && !v.is_active && !v.is_edge);
	assert_int_equal(ack(), SOFT);
	assert_true(find(SOFT, 0, &v));
	assert_true(v.is_active && v.is_pending);
	line(SOFT, false);
	assert_true(find(SOFT, 0, &v));
	assert_true(v.is_active && !v.is_pending && !v.is_high);
	eoi(SOFT);
	assert_true(find(SOFT, 0, &v));
	assert_true(!v.is_active && !v.is_pending);
	word(DISABLE, SOFT);
	assert_false(find(SOFT, 0, &v));
	/* Pending without being enabled; and routed to nobody. */
	word(SETPEND, SOFT);
	gicd_write(0x6000 + SOFT * 8, 8, 0x100000000);
	assert_true(find(SOFT, 0, &v));
	assert_true(v.is_pending && !v.is_enabled);
	assert_int_equal(v.vcpu, VGIC_NO_VCPU);
}

/* One in the list register of another pCPU says so, and is asked for nothing. */
static void elsewhere(void **state)
{
	struct vgic_view v;
	u32 ipis;

	(void)state;
	word(ENABLE, SOFT);
	gicd_write(0x6000 + SOFT * 8, 8, 1);
	line(SOFT, true);
	rest();
	hw_cur = 1;
	assert_int_equal(ack(), SOFT);
	hw_cur = 0;
	ipis = hw_ipis;
	assert_true(find(SOFT, 1, &v));
	assert_true(v.is_elsewhere && v.is_pending);
	assert_int_equal(v.cpu, 1);
	assert_int_equal(v.vcpu, 1);
	assert_int_equal(hw_ipis, ipis);
	assert_int_equal(vm->vgic->cpu[1]->msg_any, false);
	hw_cur = 1;
	assert_true(find(SOFT, 1, &v));
	assert_true(!v.is_elsewhere && v.is_active);
	hw_cur = 0;
}

static void forwarded(void **state)
{
	struct vgic_view v;

	(void)state;
	/* There even when the guest has not touched it. */
	assert_true(find(UART, 0, &v));
	assert_true(v.hw && !v.is_enabled && !v.is_pending && !v.is_active);
	assert_int_equal(v.pintid, UART);
	word(ENABLE, UART);
	line(UART, true);
	rest();
	assert_true(find(UART, 0, &v));
	assert_true(v.is_enabled && v.is_pending && !v.is_active);
	assert_int_equal(ack(), UART);
	assert_true(find(UART, 0, &v));
	assert_true(v.is_active);
	line(UART, false);
	eoi(UART);
	assert_true(find(UART, 0, &v));
	assert_true(!v.is_pending && !v.is_active);
	assert_true(find(TIMER, 0, &v));
	assert_true(v.hw && v.is_private);
	assert_true(find(TIMER, 1, &v));
	assert_int_equal(v.vcpu, 1);
}

static void gone(void **state)
{
	struct vgic *g = vm->vgic;
	struct vgic_view v;
	u32 at = 0;

	(void)state;
	vm->vgic = NULL;
	assert_int_equal(vgic_view_next(vm, &at, &v), -ENODEV);
	vm->vgic = g;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(software, boot_two, down),
		cmocka_unit_test_setup_teardown(elsewhere, boot_two, down),
		cmocka_unit_test_setup_teardown(forwarded, boot_two, down),
		cmocka_unit_test_setup_teardown(gone, boot_two, down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
