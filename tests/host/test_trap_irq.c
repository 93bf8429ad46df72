/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/irq.c */
/* trap_irq(): each interrupt once, to whom it belongs, with the steps at the CPU interface that it needs (EOImode 1).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mock_sysreg.h"
#include "stub_log.h"
#include "trap_light_unit.h"

#include <common/arch_hooks.h>

#define TIMER 27U
#define SPI 40U
#define LPI 8192U

static struct pcpu cpu;
static struct vm vm;
static struct vcpu vcpu;
static struct vgic_cpu mine, another;
static struct vgic_irq spi;
static u64 lr[ICH_FAST_LRS];
static u32 next; /* INTID at ICC_IAR1 */
static char trace[256];
struct vgic_irq *vgic_hw_spi[IRQ_MAX];

static void note(const char *what, u32 intid)
{
	size_t n = strlen(trace);

	snprintf(trace + n, sizeof(trace) - n, "%s%u ", what, intid);
}

struct pcpu *mock_this_pcpu(void)
{
	return &cpu;
}

/* The second acknowledge would find nothing: there must be none. */
u32 gic_ack_raw(void)
{
	u32 n = next;

	note("ack", n);
	next = 1023;
	return n;
}

u32 gic_ack(void)
{
	return gic_ack_raw();
}

void gic_drop(u32 intid)
{
	note("drop", intid);
}

/* A drop with the barrier that who stays in EL2 needs. */
void gic_eoi(u32 intid)
{
	note("eoi", intid);
}

void gic_dir(u32 intid)
{
	note("dir", intid);
}

void gic_disable(u32 intid)
{
	note("disable", intid);
}

/* How interrupts get their owners is test_irq.c's. */
void gic_enable(u32 intid)
{
	(void)intid;
}

void gic_set_priority(u32 intid, u8 prio)
{
	(void)intid;
	(void)prio;
}

bool gic_is_ours(u32 intid)
{
	(void)intid;
	return true;
}

void gic_set_edge(u32 intid, bool edge)
{
	(void)intid;
	(void)edge;
}

void gic_set_target(u32 intid, u64 mpidr)
{
	(void)intid;
	(void)mpidr;
}

void gic_clear_pending(u32 intid)
{
	(void)intid;
}

void gic_clear_active(u32 intid)
{
	(void)intid;
}

u32 gic_nr_intids(void)
{
	return IRQ_MAX;
}

u64 ich_read_lr(u32 n)
{
	return lr[n];
}

void ich_write_lr(u32 n, u64 v)
{
	lr[n] = v;
	note("lr", n);
}

void vgic_take_sgis(struct vcpu *v)
{
	assert_ptr_equal(v, &vcpu);
	note("sgis", v->vgic->sgi_req);
}

void vgic_hw_ppi(struct vcpu *v, u32 vintid)
{
	assert_ptr_equal(v, &vcpu);
	note("ppi", vintid);
}

void vgic_hw_irq(struct vcpu *v, struct vgic_irq *irq)
{
	assert_ptr_equal(v, &vcpu);
	note("spi", irq->pintid);
}

void vgic_arch_hw_irq(struct vm *v, u32 vintid)
{
	assert_ptr_equal(v, &vm);
	note("vm", vintid);
}

void vgic_sgi1r_write(struct vcpu *v, u64 val)
{
	(void)v;
	(void)val;
	fail();
}

void vsmccc_call(struct vcpu *v)
{
	(void)v;
	fail();
}

static void handler(u32 intid, void *arg)
{
	assert_ptr_equal(arg, &vm);
	note("fn", intid);
}

static int setup(void **state)
{
	(void)state;
	memset(&cpu, 0, sizeof(cpu));
	memset(&vcpu, 0, sizeof(vcpu));
	memset(&mine, 0, sizeof(mine));
	memset(&spi, 0, sizeof(spi));
	memset(vgic_hw_spi, 0, sizeof(vgic_hw_spi));
	memset(lr, 0, sizeof(lr));
	cpu.vtimer_intid = TIMER;
	cpu.vcpu = &vcpu;
	vcpu.vm = &vm;
	vcpu.vgic = &mine;
	vcpu.state = VCPU_RUNNABLE;
	spi.intid = 50;
	spi.pintid = SPI;
	return 0;
}

static int own(void **state)
{
	(void)state;
	assert_int_equal(irq_request(SGI_KICK, true, handler, &vm), 0);
	assert_int_equal(irq_request(25, false, handler, &vm), 0);
	assert_int_equal(irq_request_guest_ppi(TIMER, handler, &vm), 0);
	assert_int_equal(irq_request_guest_ppi(30, handler, &vm), 0);
	assert_int_equal(irq_request(35, false, handler, &vm), 0);
	assert_int_equal(irq_assign(SPI, &vm, 50, false), 0);
	assert_int_equal(irq_assign(IRQ_MAX - 1, &vm, 51, false), 0);
	return 0;
}

/* @intid arrives; the steps that follow are @want. */
static void expect(u32 intid, const char *want)
{
	u64 before = vcpu.stats[STAT_EXIT_IRQ];

	next = intid;
	trace[0] = 0;
	trap_irq(&vcpu, &cpu);
	assert_string_equal(trace, want);
	assert_int_equal(vcpu.stats[STAT_EXIT_IRQ], before + 1);
}

static void timer(void **state)
{
	struct vgic_irq *irq = &mine.priv[27];

	(void)state;
	expect(TIMER, "ack27 drop27 ppi27 ");
	irq->armed = UINT64_C(0x60a0001b0000001b);
	irq->lr = 2;
	expect(TIMER, "ack27 drop27 lr2 ");
	assert_int_equal(lr[2], UINT64_C(0x60a0001b0000001b));
	assert_int_equal(mine.lr[2], lr[2]);
	/* Somebody waits for a list register, of either group. */
	mine.map[0] = BIT32(31);
	expect(TIMER, "ack27 drop27 ppi27 ");
	mine.map[0] = 0;
	mine.map[1] = 1;
	expect(TIMER, "ack27 drop27 ppi27 ");
	mine.map[1] = 0;
	mine.map[2] = mine.map[3] = 1;
	expect(TIMER, "ack27 drop27 lr2 ");
	/* The physical timer, and a host whose virtual timer has another number: 27 of the guest, all the same. */
	expect(30, "ack30 eoi30 fn30 ");
	cpu.vtimer_intid = 26;
	expect(26, "ack26 drop26 lr2 ");
	expect(TIMER, "ack27 eoi27 fn27 ");
}

static void kick(void **state)
{
	(void)state;
	expect(0, "ack0 drop0 dir0 ");
	mine.sgi_req = 0x20;
	expect(0, "ack0 drop0 dir0 sgis32 ");
	/* Another interrupt does not look for them. */
	expect(TIMER, "ack27 drop27 ppi27 ");
}

static void assigned(void **state)
{
	(void)state;
	/* To nobody's vCPU, for all that is known here: by the owner of the physical one. */
	expect(SPI, "ack40 eoi40 vm50 ");
	vgic_hw_spi[SPI] = &spi;
	expect(SPI, "ack40 eoi40 vm50 ");
	spi.holder = &another;
	expect(SPI, "ack40 eoi40 vm50 ");
	spi.holder = &mine;
	expect(SPI, "ack40 drop40 spi40 ");
	expect(SPI - 1, "ack39 eoi39 dir39 disable39 ");
	/* The last one that there is. */
	expect(1019, "ack1019 eoi1019 vm51 ");
	vgic_hw_spi[1019] = &spi;
	expect(1019, "ack1019 drop1019 spi40 ");
}

static void of_el2(void **state)
{
	(void)state;
	expect(25, "ack25 fn25 eoi25 dir25 ");
	expect(35, "ack35 fn35 eoi35 dir35 ");
}

/* No interrupt: nothing is ended. LPIs, which nobody has asked for, and INTIDs that nobody has. */
static void special(void **state)
{
	u32 i;

	(void)state;
	for (i = 1020; i < 1024; i++) {
		char want[16];

		snprintf(want, sizeof(want), "ack%u ", i);
		expect(i, want);
	}
	expect(LPI, "ack8192 eoi8192 dir8192 ");
	expect(LPI + 27, "ack8219 eoi8219 dir8219 ");
	expect(0xffffff, "ack16777215 eoi16777215 dir16777215 ");
	expect(1024, "ack1024 eoi1024 dir1024 ");
	expect(29, "ack29 eoi29 dir29 disable29 ");
}

/* The same by irq_dispatch(), which who stays in EL2 uses. */
static void dispatched(void **state)
{
	(void)state;
	next = SPI;
	trace[0] = 0;
	irq_dispatch(&vcpu);
	assert_string_equal(trace, "ack40 eoi40 vm50 ack1023 ");
	next = LPI;
	trace[0] = 0;
	irq_dispatch(&vcpu);
	assert_string_equal(trace, "ack8192 eoi8192 dir8192 ack1023 ");
	next = 1021;
	trace[0] = 0;
	irq_dispatch(&vcpu);
	assert_string_equal(trace, "ack1021 ");
}

#define T(f) cmocka_unit_test_setup(f, setup)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		T(timer), T(kick), T(assigned), T(of_el2), T(special), T(dispatched)
	};

	return cmocka_run_group_tests(tests, own, NULL);
}
