/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/arch/arm64/vgic/vgic.c hypervisor/arch/arm64/vgic/vgic_cpuif.c
 * hypervisor/arch/arm64/vgic/vgic_fill.c hypervisor/arch/arm64/vgic/vgic_irq.c hypervisor/arch/arm64/vgic/vgic_load.c
 * hypervisor/arch/arm64/vgic/vgic_lr.c hypervisor/arch/arm64/vgic/vgic_mmio.c hypervisor/arch/arm64/vgic/vgic_phys.c
 * hypervisor/arch/arm64/vgic/vgic_queue.c hypervisor/arch/arm64/vgic/vgic_regs.c
 * hypervisor/arch/arm64/vgic/vgic_sgi.c hypervisor/arch/arm64/vgic/vgic_view.c hypervisor/arch/arm64/vgic/vgicd.c
 * hypervisor/arch/arm64/vgic/vgicr.c tests/host/vgic_hw.c tests/host/vgic_guest.c */
/*
 * SGIs between vCPUs are messages that need no lock: none is lost, none comes twice, and each keeps its place among
 * what the sender did before and does after it, wherever its vCPU is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vgic_meanwhile.h"

#define SGI 5U
#define FROM 0U /* vCPU and pCPU of who sends */
#define TO 1U
#define GROUP 0x80U
#define VIEW_MAX 10000U

static u32 wakes, ipis;

/* SGI1R, or another one of the three: a target list of cluster 0.0.0. */
static void send_reg(u32 from, enum vgic_sgi_reg reg, u32 intid, u64 targets)
{
	hw_cur = from % HW_PCPUS;
	hw_sgi(vm->vcpu[from], reg, (u64)intid << 24 | targets);
}

static void send(void)
{
	send_reg(FROM, VGIC_SGI1R, SGI, BIT(TO));
}

/* The sender writes to a bit register of the other's redistributor. */
static void remote(u32 base)
{
	hw_cur = FROM;
	gicr_write(TO, 0x10000 + base, 4, BIT32(SGI));
}

static void recall(void)
{
	remote(CLRPEND);
}

static void recall_and_send(void)
{
	recall();
	send();
}

static bool remote_bit(u32 base)
{
	hw_cur = FROM;
	return gicr_read(TO, 0x10000 + base, 4) & BIT32(SGI);
}

static struct vgic_irq *to_irq(void)
{
	return &vm->vgic->cpu[TO]->priv[SGI];
}

static bool view_pending(void)
{
	struct vgic_view v;
	u32 at = 0, i;

	for (i = 0; i < VIEW_MAX; i++) {
		int r = vgic_view_next(vm, &at, &v);

		if (r == -2) /* ENOENT */
			break;
		if (r == 0 && v.is_private && v.vcpu == TO && v.intid == SGI)
			return v.is_pending;
	}
	return false;
}

/* Nothing of it is left, and one of it, if any, is what TO gets. */
static void expect(u32 times)
{
	rest();
	if (!vm->vcpu[TO]->loaded)
		hw_load(vm->vcpu[TO], 0);
	hw_cur = TO;
	rest();
	assert_int_equal(vm->vgic->cpu[TO]->sgi_req & 0xffff, 0);
	assert_int_equal(bit(SETPEND, SGI), times);
	assert_int_equal(ack(), times ? SGI : HW_SPURIOUS);
	if (times)
		eoi(SGI);
	assert_int_equal(ack(), HW_SPURIOUS);
}

static void expect_none(void)
{
	expect(0);
}

static void expect_one(void)
{
	expect(1);
}

/* TO has the SGI enabled, and has never had it. */
static void boot_new(void)
{
	boot(2, 2, LRS, false);
	hw_cur = TO;
	word(ENABLE, SGI);
}

/* The same, and it has had it: its list register is empty and names it still. */
static void boot_armed(void)
{
	boot_new();
	send();
	expect_one();
	send();
	rest();
	hw_cur = TO;
	assert_int_equal(icv_iar(true), SGI);
	icv_eoi(true, SGI);
	assert_int_not_equal(to_irq()->armed, 0);
	wakes = hw_wakes;
	ipis = hw_ipis;
	locks = 0;
}

static void boot_posted(void)
{
	boot_armed();
	send();
}

static void boot_put(void)
{
	boot_armed();
	hw_put(vm->vcpu[TO]);
}

static void boot_new_put(void)
{
	boot_new();
	hw_put(vm->vcpu[TO]);
}

static int boot_armed_test(void **state)
{
	(void)state;
	boot_armed();
	return 0;
}

static int boot_three(void **state)
{
	(void)state;
	boot(3, 3, LRS, false);
	return 0;
}

static void take(void)
{
	(void)hw_round(TO);
}

static void load_to(void)
{
	hw_load(vm->vcpu[TO], 0);
}

static void put_to(void)
{
	hw_put(vm->vcpu[TO]);
}

/* -- Where the target is -- */
/* Running elsewhere: one kick, and neither side needs the lock. A second one before the first is taken is the same. */
static void to_one_that_runs(void **state)
{
	(void)state;
	send();
	assert_int_equal(hw_ipis, ipis + 1);
	assert_int_equal(hw_wakes, wakes);
	assert_int_equal(pcpus[TO].flags, 0);
	assert_int_equal(vm->vgic->cpu[TO]->sgi_req & 0xffff, BIT32(SGI));
	send();
	assert_true(hw_round(TO));
	assert_int_equal(locks, 0);
	assert_int_equal(vm->vgic->cpu[TO]->sgi_req & 0xffff, 0);
	/* Pending already. */
	send();
	take();
	assert_int_equal(locks, 0);
	expect_one();
}

/* Two at once are not for the fast way, and none is forgotten. */
static void two_at_once(void **state)
{
	(void)state;
	hw_cur = TO;
	word(ENABLE, SGI + 1);
	locks = 0;
	send();
	send_reg(FROM, VGIC_SGI1R, SGI + 1, BIT(TO));
	take();
	assert_int_not_equal(locks, 0);
	assert_int_equal(vm->vgic->cpu[TO]->sgi_req & 0xffff, 0);
	hw_cur = TO;
	assert_int_equal(ack(), SGI);
	eoi(SGI);
	assert_int_equal(ack(), SGI + 1);
	eoi(SGI + 1);
	assert_int_equal(ack(), HW_SPURIOUS);
}

/* Active: it is pending again, and comes when that one has ended. */
static void to_one_that_handles_it(void **state)
{
	(void)state;
	send();
	rest();
	hw_cur = TO;
	assert_int_equal(ack(), SGI);
	send();
	rest();
	hw_cur = TO;
	assert_true(bit(SETACT, SGI));
	assert_true(bit(SETPEND, SGI));
	assert_int_equal(ack(), HW_SPURIOUS);
	eoi(SGI);
	expect_one();
}

/* Out of the hardware, and ready to run: nobody is disturbed. */
static void to_one_that_is_put(void **state)
{
	(void)state;
	hw_put(vm->vcpu[TO]);
	locks = 0;
	send();
	assert_int_equal(locks, 0);
	assert_int_equal(hw_ipis, ipis);
	assert_int_equal(hw_wakes, wakes);
	assert_true(remote_bit(SETPEND));
	expect_one();
}

/* It waits: it is woken once, in the hardware or not, and then it sees what came. */
static void to_one_that_waits(void **state)
{
	struct vcpu *v = vm->vcpu[TO];
	u32 i;

	(void)state;
	for (i = 0; i < 2; i++) {
		if (i)
			hw_put(v);
		v->state = VCPU_BLOCKED;
		wakes = hw_wakes;
		send();
		assert_int_equal(hw_wakes, wakes + 1);
		assert_int_equal(v->state, VCPU_RUNNABLE);
		send();
		assert_int_equal(hw_wakes, wakes + 1);
		/* As hv_exit_work() before it enters it. */
		hw_cur = TO;
		if (!i)
			vgic_flush(v);
		expect_one();
		assert_int_equal(hw_wakes, wakes + 1);
	}
}

/* -- At each moment of what its pCPU does -- */
static void while_it_is_loaded(void **state)
{
	(void)state;
	assert_true(meanwhile(TO, boot_put, load_to, send, false, expect_one) > 5);
	assert_true(meanwhile(TO, boot_new_put, load_to, send, false, expect_one) > 5);
}

static void while_it_is_put(void **state)
{
	(void)state;
	assert_true(meanwhile(TO, boot_armed, put_to, send, false, expect_one) > 2);
	assert_true(meanwhile(TO, boot_new, put_to, send, false, expect_one) > 2);
	/* What was posted before, too. */
	assert_true(meanwhile(TO, boot_posted, put_to, send, false, expect_one) > 2);
}

static void while_one_is_taken(void **state)
{
	(void)state;
	assert_true(meanwhile(TO, boot_posted, take, send, false, expect_one) > 0);
}

/* vcpu_wait(): blocked first, then a look. The kick that comes before it blocks finds nobody who looks. */
static void wait_for_it(void)
{
	struct vcpu *v = vm->vcpu[TO];

	meanwhile_event();
	v->state = VCPU_BLOCKED;
	meanwhile_event();
	if (vgic_pending(v))
		sched_wake(v);
}

/* vcpu_sleep(), with the CPU interface off: a redistributor wakes it all the same. */
static void sleep_for_it(void)
{
	struct vcpu *v = vm->vcpu[TO];

	icv_set_vmcr(ICH_VMCR_VENG1, 0);
	meanwhile_event();
	v->state = VCPU_BLOCKED;
	meanwhile_event();
	if (vgic_wakes(v))
		sched_wake(v);
}

static void expect_awake(void)
{
	assert_int_equal(vm->vcpu[TO]->state, VCPU_RUNNABLE);
	hw_cur = TO;
	vgic_flush(vm->vcpu[TO]);
	expect_one();
}

static void expect_awake_and_on(void)
{
	assert_int_equal(vm->vcpu[TO]->state, VCPU_RUNNABLE);
	hw_cur = TO;
	icv_set_vmcr(ICH_VMCR_VENG1, ICH_VMCR_VENG1);
	expect_awake();
}

static void while_it_begins_to_wait(void **state)
{
	(void)state;
	assert_true(meanwhile(TO, boot_armed, wait_for_it, send, false, expect_awake) > 3);
	assert_true(meanwhile(TO, boot_new, wait_for_it, send, false, expect_awake) > 2);
	assert_true(meanwhile(TO, boot_put, wait_for_it, send, false, expect_awake) > 3);
	assert_true(meanwhile(TO, boot_armed, sleep_for_it, send, false, expect_awake_and_on) > 3);
	assert_true(meanwhile(TO, boot_new, sleep_for_it, send, false, expect_awake_and_on) > 2);
}

/* -- In order with what the sender does before and after -- */
/* An SGI that was sent before is gone, if it had been taken or not: its vCPU has not run meanwhile. */
static void recalled(void **state)
{
	(void)state;
	boot_posted();
	recall();
	assert_int_equal(vm->vgic->cpu[TO]->sgi_req & 0xffff, 0);
	assert_false(remote_bit(SETPEND));
	expect_none();
	hw_stop();
	assert_true(meanwhile(TO, boot_posted, take, recall, true, expect_none) > 1);
	assert_true(meanwhile(TO, boot_posted, put_to, recall, true, expect_none) > 0);
	/* Put, with one on its way. */
	boot_put();
	send();
	recall();
	expect_none();
	hw_stop();
}

/* The owner takes it back itself. */
static void recalled_by_its_owner(void **state)
{
	(void)state;
	send();
	hw_cur = TO;
	gicr_write(TO, 0x10000 + CLRPEND, 4, BIT32(SGI));
	assert_int_equal(vm->vgic->cpu[TO]->sgi_req & 0xffff, 0);
	expect_none();
}

/* One that is sent after is not lost: the request, which is still to be carried out, comes first. */
static void not_recalled(void **state)
{
	(void)state;
	recall_and_send();
	assert_int_equal(to_irq()->armed, 0);
	assert_true(view_pending());
	assert_true(remote_bit(SETPEND));
	expect_one();
	/* Its own vCPU sends it, not kicked yet. */
	recall();
	send_reg(TO, VGIC_SGI1R, SGI, BIT(TO));
	expect_one();
	recall();
	send_reg(TO, VGIC_SGI1R, SGI, BIT(TO) | BIT(FROM));
	expect_one();
}

static void not_recalled_at_any_moment(void **state)
{
	(void)state;
	assert_true(meanwhile(TO, boot_posted, take, recall_and_send, true, expect_one) > 1);
	assert_true(meanwhile(TO, boot_armed, put_to, recall_and_send, true, expect_one) > 0);
	assert_true(meanwhile(TO, boot_put, load_to, recall_and_send, true, expect_one) > 0);
}

/* Disabled: it stays pending, and comes when it is enabled. */
static void disabled_first(void **state)
{
	(void)state;
	remote(DISABLE);
	assert_int_equal(to_irq()->armed, 0);
	send();
	rest();
	assert_true(remote_bit(SETPEND));
	hw_cur = TO;
	assert_int_equal(ack(), HW_SPURIOUS);
	assert_true(bit(SETPEND, SGI));
	remote(ENABLE);
	expect_one();
}

/* Of another group, which its vCPU does not take. */
static void regrouped_first(void **state)
{
	(void)state;
	hw_cur = FROM;
	gicr_write(TO, 0x10000 + GROUP, 4, ~BIT32(SGI));
	assert_int_equal(to_irq()->armed, 0);
	send();
	rest();
	hw_cur = TO;
	assert_int_equal(ack(), HW_SPURIOUS);
	hw_cur = FROM;
	gicr_write(TO, 0x10000 + GROUP, 4, ~0U);
	expect_one();
}

/* Made active by somebody else: pending, and not delivered. */
static void activated_first(void **state)
{
	(void)state;
	remote(SETACT);
	send();
	rest();
	hw_cur = TO;
	assert_int_equal(ack(), HW_SPURIOUS);
	assert_true(bit(SETPEND, SGI));
	remote(CLRACT);
	expect_one();
}

/* -- What is seen of it -- */
static void on_its_way(void **state)
{
	(void)state;
	/* The first look from elsewhere asks its owner. */
	(void)remote_bit(SETPEND);
	rest();
	assert_false(remote_bit(SETPEND));
	rest();
	send();
	assert_true(view_pending());
	assert_true(remote_bit(SETPEND));
	assert_true(remote_bit(CLRPEND));
	hw_cur = TO;
	assert_int_equal(gicr_read(TO, 0x10000 + SETPEND, 4), BIT32(SGI));
	expect_one();
	assert_false(view_pending());
}

static void reset_drops_it(void **state)
{
	(void)state;
	hw_put(vm->vcpu[TO]);
	send();
	hw_put(vm->vcpu[FROM]);
	vgic_vm_reset(vm);
	assert_int_equal(vm->vgic->cpu[TO]->sgi_req & 0xffff, 0);
	assert_int_equal(to_irq()->armed, 0);
	hw_load(vm->vcpu[FROM], 0);
	hw_load(vm->vcpu[TO], 0);
	rest();
	assert_false(remote_bit(SETPEND));
}

/* -- Who is meant -- */
/* Which of three vCPUs have SGI 2 pending; and it is so no more. */
static u32 who(void)
{
	u32 c, map = 0;

	rest();
	for (c = 0; c < 3; c++) {
		hw_cur = c;
		if (bit(SETPEND, 2))
			map |= BIT32(c);
		word(CLRPEND, 2);
	}
	return map;
}

static void sent(enum vgic_sgi_reg reg, u64 fields, u32 want)
{
	send_reg(0, reg, 2, fields);
	assert_int_equal(who(), want);
	/* The bits that mean nothing change nothing. */
	send_reg(0, reg, 2, fields | GENMASK(63, 56) | GENMASK(43, 41) | GENMASK(31, 28));
	assert_int_equal(who(), want);
}

static void targets(void **state)
{
	static const u32 aff_bits[] = { 16, 23, 32, 39, 44, 47, 48, 55 }; /* Aff1, Aff2, RS, Aff3 */
	u32 i;

	(void)state;
	for (i = 0; i < 8; i++)
		sent(VGIC_SGI1R, i, i);
	/* vCPUs that do not exist, among those that do and alone. */
	sent(VGIC_SGI1R, 0xffff, 7);
	sent(VGIC_SGI1R, 0xfff8, 0);
	sent(VGIC_SGI1R, 0x8000, 0);
	sent(VGIC_SGI1R, 8, 0);
	for (i = 0; i < ARRAY_SIZE(aff_bits); i++)
		sent(VGIC_SGI1R, BIT(aff_bits[i]) | 7, 0);
	/* IRM: all but the sender, whatever the rest says. */
	sent(VGIC_SGI1R, BIT(40), 6);
	sent(VGIC_SGI1R, BIT(40) | 1, 6);
	sent(VGIC_SGI1R, BIT(40) | BIT(16) | 0xffff, 6);
}

/* Group 1 SGIs are not for SGI0R, nor for ASGI1R; SGI1R reaches both. The group is the target's. */
static void groups(void **state)
{
	static const enum vgic_sgi_reg others[] = { VGIC_SGI0R, VGIC_ASGI1R };
	u32 i;

	(void)state;
	for (i = 0; i < 2; i++) {
		sent(others[i], 7, 0);
		sent(others[i], BIT(40), 0);
	}
	hw_cur = 0;
	gicr_write(0, 0x10000 + GROUP, 4, ~BIT32(2));
	gicr_write(2, 0x10000 + GROUP, 4, ~BIT32(2));
	rest();
	for (i = 0; i < 2; i++) {
		sent(others[i], 7, 5);
		sent(others[i], BIT(40), 4);
	}
	sent(VGIC_SGI1R, 7, 7);
	sent(VGIC_SGI1R, BIT(40), 6);
}

#define ARMED(t) cmocka_unit_test_setup_teardown(t, boot_armed_test, down)
#define THREE(t) cmocka_unit_test_setup_teardown(t, boot_three, down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ARMED(to_one_that_runs),
		ARMED(two_at_once),
		ARMED(to_one_that_handles_it),
		ARMED(to_one_that_is_put),
		ARMED(to_one_that_waits),
		cmocka_unit_test(while_it_is_loaded),
		cmocka_unit_test(while_it_is_put),
		cmocka_unit_test(while_one_is_taken),
		cmocka_unit_test(while_it_begins_to_wait),
		cmocka_unit_test(recalled),
		ARMED(recalled_by_its_owner),
		ARMED(not_recalled),
		cmocka_unit_test(not_recalled_at_any_moment),
		ARMED(disabled_first),
		ARMED(regrouped_first),
		ARMED(activated_first),
		ARMED(on_its_way),
		ARMED(reset_drops_it),
		THREE(targets),
		THREE(groups),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
