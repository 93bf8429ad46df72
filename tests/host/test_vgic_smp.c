/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/vgic/vgic.c hypervisor/arch/arm64/vgic/vgic_cpuif.c
 * hypervisor/arch/arm64/vgic/vgic_fill.c hypervisor/arch/arm64/vgic/vgic_irq.c hypervisor/arch/arm64/vgic/vgic_load.c
 * hypervisor/arch/arm64/vgic/vgic_lr.c hypervisor/arch/arm64/vgic/vgic_mmio.c hypervisor/arch/arm64/vgic/vgic_phys.c
 * hypervisor/arch/arm64/vgic/vgic_queue.c hypervisor/arch/arm64/vgic/vgic_regs.c
 * hypervisor/arch/arm64/vgic/vgic_sgi.c hypervisor/arch/arm64/vgic/vgicd.c hypervisor/arch/arm64/vgic/vgicr.c
 * tests/host/vgic_hw.c tests/host/vgic_guest.c */
/* Several vCPUs on several pCPUs, and the promises of asm/vgic/vgic.h to the rest of EL2. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vgic_guest.h"

#include <lib/errno.h>

static int boot_one(void **state)
{
	(void)state;
	boot(1, 1, LRS, false);
	return 0;
}

static int boot_two(void **state)
{
	(void)state;
	boot(2, 2, LRS, false);
	return 0;
}

static int boot_two_split(void **state)
{
	(void)state;
	boot(2, 2, LRS, true);
	return 0;
}

/* -- Several vCPUs -- */
/* Bao 394: 64-bit IROUTER in halves, all affinity levels, and private registers of the vCPU whose frame it is. */
static void routing(void **state)
{
	(void)state;
	word(ENABLE, SOFT);
	gicd_write(0x6000 + SOFT * 8 + 4, 4, 0);
	gicd_write(0x6000 + SOFT * 8, 4, 1);
	line(SOFT, true);
	assert_int_equal(ack(), HW_SPURIOUS);
	hw_cur = 1;
	assert_int_equal(ack(), SOFT);
	line(SOFT, false);
	eoi(SOFT);
	/* Aff3 = 1: nobody; kept, and delivered when there is somebody. */
	gicd_write(0x6000 + SOFT * 8 + 4, 4, 1);
	assert_int_equal(gicd_read(0x6000 + SOFT * 8, 8), UINT64_C(0x100000001));
	line(SOFT, true);
	assert_int_equal(ack(), HW_SPURIOUS);
	gicd_write(0x6000 + SOFT * 8, 8, 1);
	rest();
	assert_int_equal(ack(), SOFT);
	/* A forwarded one takes its physical interrupt with it. */
	word(ENABLE, UART);
	gicd_write(0x6000 + UART * 8, 8, 1);
	assert_int_equal(hw_spi[UART].target, 1);
	hw_cur = 0;
	gicr_write(1, 0x10100, 4, 2);
	assert_int_equal(gicr_read(0, 0x10100, 4), 0);
	assert_int_equal(gicr_read(1, 0x10100, 4), 2);
}

/* hvisor 282: every sender's SGI arrives; a second one before the first is taken makes no difference, after it does. */
static void sgis(void **state)
{
	(void)state;
	word(ENABLE, 1);
	hw_cur = 1;
	word(ENABLE, 1);
	hw_sgi(vm->vcpu[1], VGIC_SGI1R, 1ULL << 24 | 3);
	hw_cur = 0;
	hw_sgi(vm->vcpu[0], VGIC_SGI1R, 1ULL << 24 | 3);
	rest();
	assert_int_equal(ack(), 1);
	hw_sgi(vm->vcpu[0], VGIC_SGI1R, 1ULL << 24 | 1);
	rest();
	assert_true(bit(SETPEND, 1));
	eoi(1);
	assert_int_equal(ack(), 1);
	eoi(1);
	assert_int_equal(ack(), HW_SPURIOUS);
	hw_cur = 1;
	assert_int_equal(ack(), 1);
	eoi(1);
	/* Group 1 SGIs are not for SGI0R, nor for ASGI1R. IRM: all but the sender. */
	hw_sgi(vm->vcpu[1], VGIC_SGI0R, 1ULL << 24 | 3);
	hw_sgi(vm->vcpu[1], VGIC_ASGI1R, 1ULL << 24 | 3);
	rest();
	assert_int_equal(ack(), HW_SPURIOUS);
	hw_sgi(vm->vcpu[1], VGIC_SGI1R, 1ULL << 40 | 1ULL << 24);
	rest();
	assert_int_equal(ack(), HW_SPURIOUS);
	hw_cur = 0;
	assert_int_equal(ack(), 1);
}

/*
 * A vCPU that waits, out of the hardware, with an empty list register that still names the SGI: the next SGI goes
 * straight into it, and has to wake.
 */
static void sgi_wakes_what_is_put(void **state)
{
	u32 i, wakes;

	(void)state;
	hw_cur = 1;
	word(ENABLE, 1);
	for (i = 0; i < 2; i++) {
		hw_cur = 0;
		hw_sgi(vm->vcpu[0], VGIC_SGI1R, 1ULL << 24 | 2);
		rest();
		hw_cur = 1;
		assert_int_equal(ack(), 1);
		eoi(1);
		hw_put(vm->vcpu[1]);
		vm->vcpu[1]->state = VCPU_BLOCKED;
		wakes = hw_wakes;
		hw_cur = 0;
		hw_sgi(vm->vcpu[0], VGIC_SGI1R, 1ULL << 24 | 2);
		assert_int_equal(hw_wakes, wakes + 1);
		vm->vcpu[1]->state = VCPU_RUNNABLE;
		hw_load(vm->vcpu[1], 0);
		hw_cur = 1;
		assert_int_equal(ack(), 1);
		eoi(1);
	}
}

/* What is in a list register of another pCPU changes by message: until then RWP, afterwards as asked, in order. */
static void change_on_another_pcpu(void **state)
{
	u32 i;

	(void)state;
	for (i = SOFT; i < SOFT + 3; i++) {
		gicd_write(0x6000 + i * 8, 8, 1);
		word(ENABLE, i);
		word(SETPEND, i);
	}
	gicd_write(DISABLE + SOFT / 32 * 4, 4, BIT32(SOFT % 32));
	gicd_write(CLRPEND + SOFT / 32 * 4, 4, BIT32((SOFT + 1) % 32));
	assert_true(pcpus[1].flags & PCPU_VGIC);
	assert_int_not_equal(hw_ipis, 0);
	assert_int_equal(gicd_read(0, 4), 0x80000053);
	assert_int_equal(gicr_read(1, 0, 4), 8);
	assert_int_equal(gicr_read(0, 0, 4), 0);
	rest();
	assert_int_equal(gicd_read(0, 4), 0x53);
	hw_cur = 1;
	assert_int_equal(ack(), SOFT + 2);
	hw_cur = 0;
	/* Opposites: the last one counts. */
	gicd_write(CLRACT + SOFT / 32 * 4, 4, BIT32((SOFT + 2) % 32));
	gicd_write(SETACT + SOFT / 32 * 4, 4, BIT32((SOFT + 2) % 32));
	gicd_write(SETPEND + SOFT / 32 * 4, 4, BIT32((SOFT + 2) % 32));
	gicd_write(CLRPEND + SOFT / 32 * 4, 4, BIT32((SOFT + 2) % 32));
	rest();
	hw_cur = 1;
	assert_true(bit(SETACT, SOFT + 2));
	assert_false(bit(SETPEND, SOFT + 2));
	/* A put before the message is read carries it out, too. */
	hw_cur = 0;
	gicd_write(CLRACT + SOFT / 32 * 4, 4, BIT32((SOFT + 2) % 32));
	hw_put(vm->vcpu[1]);
	assert_false(bit(SETACT, SOFT + 2));
	assert_int_equal(gicd_read(0, 4), 0x53);
}

/* What its own vCPU does then, whose pCPU has not carried out the message yet, comes after it. */
static void change_after_another_pcpu(void **state)
{
	static const u32 first[] = { CLRPEND, CLRACT, SETACT, SETPEND };
	static const u32 then[] = { SETPEND, SETACT, CLRACT, CLRPEND };
	static const u32 pending[] = { 1, 1, 1, 0 }, active[] = { 0, 1, 0, 0 };
	u32 i;

	(void)state;
	word(ENABLE, SOFT);
	for (i = 0; i < ARRAY_SIZE(first); i++) {
		hw_cur = 0;
		word(CLRACT, SOFT);
		word(SETPEND, SOFT);
		hw_cur = 1;
		gicd_write(first[i] + SOFT / 32 * 4, 4, BIT32(SOFT % 32));
		hw_cur = 0;
		gicd_write(then[i] + SOFT / 32 * 4, 4, BIT32(SOFT % 32));
		rest();
		assert_int_equal(bit(SETPEND, SOFT), pending[i]);
		assert_int_equal(bit(SETACT, SOFT), active[i]);
	}
}

/* What is in a list register of another pCPU is read as it was written last, and as it is there soon after the read. */
static void look_at_another_pcpu(void **state)
{
	const u32 reg = SETACT + SOFT / 32 * 4;

	(void)state;
	gicd_write(0x6000 + SOFT * 8, 8, 1);
	word(ENABLE, SOFT);
	word(SETPEND, SOFT);
	hw_cur = 1;
	assert_int_equal(ack(), SOFT);
	hw_cur = 0;
	(void)gicd_read(reg, 4);
	rest();
	assert_int_equal(gicd_read(reg, 4), BIT32(SOFT % 32));
	rest();
	/* No exit of the other one from here on but for this. */
	hw_cur = 1;
	eoi(SOFT);
	hw_cur = 0;
	(void)gicd_read(reg, 4);
	rest();
	assert_int_equal(gicd_read(reg, 4), 0);
	/* Pending over there, and what is written now is not carried out yet. */
	word(SETPEND, SOFT);
	gicd_write(CLRPEND + SOFT / 32 * 4, 4, BIT32(SOFT % 32));
	assert_int_equal(gicd_read(SETPEND + SOFT / 32 * 4, 4), 0);
	gicd_write(SETPEND + SOFT / 32 * 4, 4, BIT32(SOFT % 32));
	assert_int_equal(gicd_read(SETPEND + SOFT / 32 * 4, 4), BIT32(SOFT % 32));
	gicd_write(SETACT + SOFT / 32 * 4, 4, BIT32(SOFT % 32));
	assert_int_equal(gicd_read(reg, 4), BIT32(SOFT % 32));
	gicd_write(CLRACT + SOFT / 32 * 4, 4, BIT32(SOFT % 32));
	assert_int_equal(gicd_read(reg, 4), 0);
	/* Routed to nobody: pending stays. */
	rest();
	gicd_write(0x6000 + SOFT * 8, 8, 0x7f);
	assert_int_equal(gicd_read(SETPEND + SOFT / 32 * 4, 4), BIT32(SOFT % 32));
	rest();
	assert_int_equal(gicd_read(SETPEND + SOFT / 32 * 4, 4), BIT32(SOFT % 32));
}

/* Its physical interrupt was acknowledged on one pCPU while its list register is in another. */
static void fired_on_another_pcpu(void **state)
{
	(void)state;
	gicd_write(0x6000 + UART * 8, 8, 1);
	word(ENABLE, UART);
	line(UART, true);
	line(UART, false);
	hw_cur = 1;
	assert_int_equal(ack(), UART);
	eoi(UART);
	hw_cur = 0;
	hw_spi[UART].active = true;
	vgic_arch_hw_irq(vm, UART);
	rest();
	hw_cur = 1;
	assert_int_equal(ack(), UART);
	eoi(UART);
	assert_false(hw_spi[UART].active);
}

/* DIR on one vCPU for an SPI that another one has active. */
static void dir_on_another_vcpu(void **state)
{
	(void)state;
	word(ENABLE, UART);
	line(UART, true);
	line(UART, false);
	assert_int_equal(ack(), UART);
	eoi(UART);
	hw_cur = 1;
	dir(UART);
	hw_cur = 0;
	assert_false(bit(SETACT, UART));
	assert_false(hw_spi[UART].active);
	/* With EOImode = 0 it does nothing. */
	icv_set_vmcr(ICH_VMCR_VEOIM, 0);
	line(UART, true);
	line(UART, false);
	assert_int_equal(ack(), UART);
	dir(UART);
	assert_true(bit(SETACT, UART));
	vgic_dir_write(vm->vcpu[0], 5000);
}

/* -- Interfaces -- */
static void wake_up(void **state)
{
	struct vcpu *v = vm->vcpu[0];

	(void)state;
	v->state = VCPU_BLOCKED;
	line(SOFT, true); /* disabled: no reason to wake */
	assert_int_equal(v->state, VCPU_BLOCKED);
	assert_false(vgic_pending(v));
	word(ENABLE, SOFT);
	assert_int_equal(v->state, VCPU_RUNNABLE);
	assert_true(vgic_pending(v));
	assert_true(vgic_wakes(v));
	v->state = VCPU_BLOCKED;
	word(ENABLE, TIMER);
	assert_int_equal(v->state, VCPU_BLOCKED);
	hw_ppi[0][TIMER].line = true;
	rest();
	assert_int_equal(v->state, VCPU_RUNNABLE);
	/* Not loaded: by the queue. */
	hw_put(v);
	assert_true(vgic_pending(v));
	v->state = VCPU_BLOCKED;
	assert_int_equal(vgic_inject(vm, SOFT + 1, true), 0);
	assert_int_equal(v->state, VCPU_BLOCKED);
	vgic_vcpu_reset(v);
	assert_false(vgic_pending(v));
	/* With its CPU interface off, a WFI would not end; a CPU that is powered down is woken. */
	assert_true(vgic_wakes(v));
	hw_load(v, 0);
	assert_false(vgic_pending(v));
	assert_true(vgic_wakes(v));
	hw_cur = 1;
	assert_false(vgic_wakes(v)); /* in another pCPU's hardware */
	hw_cur = 0;
	hw_ppi[0][TIMER].line = false;
	line(SOFT, false);
	word(DISABLE, SOFT);
	word(DISABLE, TIMER);
	assert_false(vgic_wakes(v));
}

/* What came while the vCPU was put is in no list register yet. */
static void wake_up_from_queue(void **state)
{
	struct vcpu *v = vm->vcpu[0];

	(void)state;
	word(ENABLE, SOFT);
	hw_put(v);
	assert_false(vgic_wakes(v));
	assert_int_equal(vgic_inject(vm, SOFT, true), 0);
	assert_true(vgic_wakes(v));
	hw_load(v, 0);
}

static void wrong_arguments(void **state)
{
	struct vcpu extra = { .vm = vm, .id = 1 };

	(void)state;
	assert_int_equal(vgic_inject(vm, 31, true), -EINVAL);
	assert_int_equal(vgic_inject(vm, 512, true), -EINVAL);
	assert_int_equal(vgic_inject(vm, UART, true), -EINVAL);
	assert_int_equal(vgic_inject_ppi(vm->vcpu[0], 15, true), -EINVAL);
	assert_int_equal(vgic_inject_ppi(vm->vcpu[0], 32, true), -EINVAL);
	assert_int_equal(vgic_inject_ppi(vm->vcpu[0], TIMER, true), -EINVAL);
	assert_int_equal(vgic_map_ppi(vm->vcpu[0], 15, 27), -EINVAL);
	assert_int_equal(vgic_map_ppi(vm->vcpu[0], 27, 32), -EINVAL);
	assert_int_equal(vgic_arch_assign(vm, 31, 40, false), -EINVAL);
	assert_int_equal(vgic_arch_assign(vm, 512, 40, false), -EINVAL);
	assert_int_equal(vgic_arch_assign(vm, 40, 31, false), -EINVAL);
	assert_int_equal(vgic_arch_assign(vm, 40, 1 << 13, false), -EINVAL);
	assert_int_equal(vgic_arch_assign(vm, UART, 40, false), -EBUSY);
	assert_int_equal(vgic_vcpu_create(&extra), -EINVAL);
	vgic_arch_hw_irq(vm, SOFT);
	vgic_arch_hw_irq(vm, 600);
}

static void create_errors(void **state)
{
	struct io_region one[1];
	struct vm v = { .io = { .region = one, .max = 1 } };

	(void)state;
	assert_int_equal(vgic_vm_create(&v), -EINVAL);
	v.cfg.vcpus = CONFIG_MAX_VCPUS + 1;
	assert_int_equal(vgic_vm_create(&v), -EINVAL);
	v.cfg.vcpus = 1;
	assert_int_equal(vgic_vm_create(&v), -ENOSPC);
	assert_null(v.vgic);
	vgic_vm_destroy(&v);
}

/* Taken away while its interrupt is active: nothing stays behind, and a new owner starts clean. */
static void unassign(void **state)
{
	(void)state;
	word(ENABLE, UART);
	line(UART, true);
	assert_int_equal(ack(), UART);
	assert_int_equal(vgic_arch_assign(vm, UART, 0, false), 0);
	assert_false(hw_spi[UART].active || hw_spi[UART].enabled);
	assert_false(bit(SETACT, UART));
	assert_int_equal(vgic_inject(vm, UART, true), 0);
	eoi(UART);
}

/* A vCPU that is not in hardware has no list registers to flush; one that is elsewhere is not this pCPU's to judge. */
static void not_here(void **state)
{
	(void)state;
	hw_cur = 1;
	assert_false(vgic_pending(vm->vcpu[0]));
	vgic_flush(vm->vcpu[0]);
	vgic_maintenance(vm->vcpu[0]);
	assert_int_equal(vm->vcpu[0]->stats[STAT_VGIC_MAINT], 1);
}

#define ONE(t) cmocka_unit_test_setup_teardown(t, boot_one, down)
#define TWO(t) cmocka_unit_test_setup_teardown(t, boot_two, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		TWO(routing),
		TWO(sgis),
		TWO(sgi_wakes_what_is_put),
		TWO(change_on_another_pcpu),
		TWO(change_after_another_pcpu),
		TWO(look_at_another_pcpu),
		TWO(fired_on_another_pcpu),
		cmocka_unit_test_setup_teardown(dir_on_another_vcpu, boot_two_split, down),
		ONE(wake_up),
		ONE(wake_up_from_queue),
		ONE(wrong_arguments),
		cmocka_unit_test(create_errors),
		ONE(unassign),
		TWO(not_here),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
