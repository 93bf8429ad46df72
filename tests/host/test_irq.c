/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/irq.c */
/* Ownership and dispatch against a model of the GIC's CPU interface with EOImode = 1. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "stub_log.h"

#include <asm/cpu.h>
#include <asm/gicv3.h>
#include <common/irq.h>
#include <lib/errno.h>

#define NR_INTIDS 128U

static struct pcpu cpus[2];
static struct pcpu *cur = &cpus[0];

struct line {
	bool pending, active, enabled, edge;
	u8 prio;
	u64 target;
};
static struct line gic[NR_INTIDS];
static u32 queue[256], queued, acked;
static char trace[4096];

struct pcpu *mock_this_pcpu(void)
{
	return cur;
}

static void note(const char *what, u32 intid)
{
	size_t n = strlen(trace);

	snprintf(trace + n, sizeof(trace) - n, "%s%u ", what, intid);
}

u32 gic_nr_intids(void)
{
	return NR_INTIDS;
}
void gic_enable(u32 i)
{
	gic[i].enabled = true;
}
void gic_disable(u32 i)
{
	gic[i].enabled = false;
}
#define SECURE 70U /* the Secure world's: reads as zero, writes are ignored */

void gic_set_priority(u32 i, u8 p)
{
	gic[i].prio = i == SECURE ? 0 : p;
}
bool gic_is_ours(u32 i)
{
	return gic[i].prio;
}
void gic_set_edge(u32 i, bool e)
{
	assert_false(gic[i].enabled);
	gic[i].edge = e;
}
void gic_set_target(u32 i, u64 mpidr)
{
	assert_true(i >= 32);
	gic[i].target = mpidr;
}
void gic_clear_pending(u32 i)
{
	gic[i].pending = false;
}
void gic_clear_active(u32 i)
{
	gic[i].active = false;
}
u32 gic_ack(void)
{
	if (acked == queued)
		return GIC_INTID_SPURIOUS;
	note("ack", queue[acked]);
	return queue[acked++];
}
void gic_eoi(u32 i)
{
	note("eoi", i);
}
void gic_dir(u32 i)
{
	note("dir", i);
}

void vgic_arch_hw_irq(struct vm *vm, u32 vintid)
{
	assert_non_null(vm);
	note("guest", vintid);
}

static void handler(u32 intid, void *arg)
{
	note(arg ? arg : "handler", intid);
}

static struct vm *const vm_a = (struct vm *)(uintptr_t)0x1000, *const vm_b = (struct vm *)(uintptr_t)0x2000;

static void raise(u32 intid)
{
	queue[queued++] = intid;
}

static void dispatch(const char *want)
{
	trace[0] = 0;
	irq_dispatch(NULL);
	assert_string_equal(trace, want);
	if (acked == queued)
		acked = queued = 0;
}

static void el2_interrupts(void **s)
{
	(void)s;
	cpus[0].mpidr = 0x100;
	cpus[1].id = 1;
	assert_int_equal(irq_request(40, true, handler, NULL), 0);
	assert_int_equal(irq_owner(40), IRQ_EL2);
	assert_true(gic[40].enabled && gic[40].edge);
	assert_int_equal(gic[40].prio, GIC_PRIO_EL2);
	assert_int_equal(gic[40].target, 0x100);
	assert_int_equal(irq_request(40, true, handler, NULL), -EBUSY);
	assert_int_equal(irq_assign(40, vm_a, 40, false), -EBUSY);
	assert_int_equal(irq_request(NR_INTIDS, true, handler, NULL), -EINVAL);
	assert_int_equal(irq_request(1021, true, handler, NULL), -EINVAL);
	assert_int_equal(irq_request(0xffffffff, true, handler, NULL), -EINVAL);
	assert_int_equal(irq_request(41, true, NULL, NULL), -EINVAL);
	raise(40);
	dispatch("ack40 handler40 eoi40 dir40 ");
	irq_release(40);
	assert_false(gic[40].enabled);
	assert_int_equal(irq_owner(40), IRQ_NONE);
	irq_release(40);
	irq_release(0xffffffff);
}

/* Private interrupts have an owner per CPU. */
static void private_interrupts(void **s)
{
	(void)s;
	assert_int_equal(irq_request(26, false, handler, "t"), 0);
	assert_int_equal(irq_request(26, false, handler, "t"), -EBUSY);
	assert_int_equal(irq_request_guest_ppi(27, handler, "p"), 0);
	assert_int_equal(irq_request_guest_ppi(27, handler, "p"), -EBUSY);
	assert_int_equal(irq_request_guest_ppi(26, handler, "p"), -EBUSY);
	assert_int_equal(irq_request_guest_ppi(15, handler, "p"), -EINVAL);
	assert_int_equal(irq_request_guest_ppi(32, handler, "p"), -EINVAL);
	assert_int_equal(irq_request(3, true, handler, "sgi"), 0);
	assert_int_equal(gic[27].prio, GIC_PRIO_GUEST);
	assert_false(gic[27].enabled);
	assert_null(irq_owner_vm(27));
	raise(26);
	raise(27);
	raise(3);
	dispatch("ack26 t26 eoi26 dir26 ack27 eoi27 p27 ack3 sgi3 eoi3 dir3 ");
	cur = &cpus[1];
	assert_int_equal(irq_owner(26), IRQ_NONE);
	assert_int_equal(irq_request(26, false, handler, "u"), 0);
	raise(26);
	dispatch("ack26 u26 eoi26 dir26 ");
	cur = &cpus[0];
}

static void guest_interrupts(void **s)
{
	(void)s;
	gic[50].active = gic[50].pending = gic[50].enabled = true;
	assert_int_equal(irq_assign(50, vm_a, 77, true), 0);
	assert_false(gic[50].enabled || gic[50].active || gic[50].pending);
	assert_true(gic[50].edge);
	assert_ptr_equal(irq_owner_vm(50), vm_a);
	assert_int_equal(irq_assign(50, vm_b, 50, false), -EBUSY);
	assert_int_equal(irq_request(50, false, handler, NULL), -EBUSY);
	assert_int_equal(irq_assign(31, vm_a, 31, false), -EINVAL);
	assert_int_equal(irq_assign(NR_INTIDS, vm_a, 31, false), -EINVAL);
	assert_int_equal(irq_assign(51, NULL, 31, false), -EINVAL);
	raise(50);
	dispatch("ack50 eoi50 guest77 "); /* priority drop only: it stays active */
	irq_release(50);                  /* not EL2's to release */
	assert_ptr_equal(irq_owner_vm(50), vm_a);
	assert_int_equal(irq_assign(52, vm_b, 52, false), 0);
	gic[50].enabled = gic[50].active = gic[52].enabled = gic[52].active = true;
	irq_quiesce_vm(vm_a);
	assert_false(gic[50].enabled || gic[50].active);
	assert_true(gic[52].enabled && gic[52].active);
	assert_ptr_equal(irq_owner_vm(50), vm_a);
	irq_unassign(50);
	irq_unassign(50);
	assert_null(irq_owner_vm(50));
	assert_int_equal(irq_assign(50, vm_b, 50, false), 0);
	assert_null(irq_owner_vm(0xffffffff));
	assert_int_equal(irq_owner(0xffffffff), IRQ_NONE);
}

/* Not Hazel's to have, and not an error: a device may well do without one of its interrupts. */
static void secure_interrupt(void **s)
{
	u32 before = stub_log_lines;

	(void)s;
	assert_int_equal(irq_assign(SECURE - 1, vm_a, 69, false), 0);
	assert_int_equal(stub_log_lines, before);
	assert_int_equal(irq_assign(SECURE, vm_a, 70, false), 0);
	assert_int_equal(stub_log_lines, before + 1);
	assert_string_equal(stub_log_last, "interrupt 70 belongs to the Secure world: it will not arrive");
	irq_unassign(SECURE);
	assert_int_equal(irq_request(SECURE, false, handler, NULL), 0);
	assert_int_equal(stub_log_lines, before + 2);
	irq_release(SECURE);
	irq_unassign(SECURE - 1);
}

static void strays_and_bounds(void **s)
{
	(void)s;
	gic[60].enabled = true;
	raise(60);
	raise(8192);
	dispatch("ack60 eoi60 dir60 ack8192 eoi8192 dir8192 ");
	assert_false(gic[60].enabled);
	assert_non_null(strstr(stub_log_last, "interrupt 60"));
	assert_int_equal(irq_request(61, false, handler, NULL), 0);
	for (u32 i = 0; i < 100; i++)
		raise(61);
	irq_dispatch(NULL);
	assert_int_equal(acked, 64);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(el2_interrupts),   cmocka_unit_test(private_interrupts),
		cmocka_unit_test(guest_interrupts), cmocka_unit_test(strays_and_bounds),
		cmocka_unit_test(secure_interrupt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
