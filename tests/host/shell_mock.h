/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The rest of Hazel as its shell sees it, for tests: two VMs, one vCPU that comes and goes, a clock that moves when the
 * shell waits, all output in @text. run() - a command, as if typed.
 */
#ifndef TESTS_HOST_SHELL_MOCK_H
#define TESTS_HOST_SHELL_MOCK_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <asm/cpu.h>
#include <asm/gicv3.h>
#include <asm/mmu.h>
#include <asm/timer.h>
#include <asm/vgic/vgic.h>
#include <common/audit.h>
#include <common/fdt_host.h>
#include <common/irq.h>
#include <common/page_alloc.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <debug/console.h>
#include <debug/crash.h>
#include <debug/log_ring.h>
#include <debug/logmsg.h>
#include <debug/mux.h>
#include <debug/shell.h>
#include <lib/errno.h>

struct host_info host = { .nr_cpus = 2, .cpu[0].compatible = "arm,cortex-a76" };
struct pcpu pcpus[CONFIG_MAX_PCPUS];
struct vm *vms[CONFIG_MAX_VMS];
u32 nr_vms;
struct page_pool host_pool = { .nr_free = 5, .nr_pages = 9 };
struct page_pool el2_pool = { .nr_free = 1, .nr_pages = 2 };
const struct sched_ops sched_bvt = { .name = "bvt", .shared = true };

static struct vm red, blue;
static struct vcpu *vcpu; /* the only one of red; goes and comes as the tests say */
static struct sched_cpu queue = { .ops = &sched_bvt };
static char text[100000];
static size_t len;
static u64 now;
static u32 acts;         /* things that were changed */
static bool holds;       /* blue's work keeps CPU 1: until it is asked to rest */
static bool life, other; /* taken: by the shell, by somebody else */
static bool vanish;      /* red's vCPU goes at the next output */
static bool chatty;      /* every output leads to a log line */
static u32 pauses, free_after, backlog_after, settles_after, rests_after;
static bool shell_is_shown = true;
static struct sched_work *work;
static void (*typed_fn)(char c);
static u32 view_at;

struct pcpu *mock_this_pcpu(void)
{
	return &pcpus[0];
}

static void drop_vcpu(void)
{
	free(vcpu);
	vcpu = NULL;
	red.vcpu[0] = NULL;
	red.state = VM_STOPPED;
}

void console_write(const char *s, size_t n)
{
	assert_false(life);
	assert_true(len + n < sizeof(text));
	memcpy(text + len, s, n);
	len += n;
	text[len] = '\0';
	if (vanish && vcpu)
		drop_vcpu();
	if (chatty)
		log_ring_put("late\n", 5);
}

u64 console_backlog(void)
{
	return pauses < backlog_after ? 16384 : 0;
}

void work_yield(void)
{
	assert_false(life);
}

void work_pause(void)
{
	assert_false(life);
	pauses++;
	now += 1000;
	if (other && pauses >= free_after)
		other = false;
	if (pauses == settles_after)
		red.request = VM_REQ_NONE;
}

bool life_trylock(void)
{
	if (other)
		return false;
	assert_false(life);
	life = true;
	return true;
}

void life_unlock(void)
{
	assert_true(life);
	life = false;
}

u64 timer_now(void)
{
	return now;
}

u64 timer_freq(void)
{
	return 1000000;
}

u64 timer_ms_to_ticks(u64 ms)
{
	return ms * 1000;
}

u64 mmu_new_stack(u32 slot)
{
	return slot;
}

void sched_work_init(struct sched_work *w, bool (*fn)(struct sched_work *w), void *arg, const char *name)
{
	(void)arg;
	(void)name;
	w->fn = fn;
	work = w;
}

void sched_work_set_stack(struct sched_work *w, u64 top)
{
	(void)w;
	(void)top;
}

int sched_work_attach(struct sched_work *w, u64 affinity, struct pcpu *near)
{
	(void)w;
	(void)affinity;
	(void)near;
	return 0;
}

void sched_work_wake(struct sched_work *w)
{
	assert_ptr_equal(w, work);
}

struct sched_cpu *sched_of(const struct pcpu *p)
{
	(void)p;
	return &queue;
}

u64 sched_run_ticks(const struct sched_unit *u)
{
	return u->run_ticks;
}

int sched_move(struct vcpu *v, struct pcpu *p)
{
	assert_true(life);
	assert_ptr_equal(v, vcpu);
	acts++;
	return p == &pcpus[1] ? -EPERM : 0;
}

bool sched_work_rest(struct sched_work *w)
{
	assert_true(life);
	/* Only of a VM that has stopped. */
	assert_ptr_equal(w, &blue.work);
	holds = pauses < rests_after;
	return !holds;
}

bool sched_may_leave(const struct pcpu *p)
{
	assert_ptr_equal(p, &pcpus[1]);
	return !holds;
}

int cpu_start(u32 id, char *err, size_t err_size)
{
	(void)snprintf(err, err_size, "does not come up");
	acts++;
	return id ? -EIO : -EALREADY;
}

void pcpu_kick(const struct pcpu *p)
{
	(void)p;
	acts++;
}

void mux_init(void (*shell)(char c))
{
	typed_fn = shell;
}

int mux_focus_vm(struct vm *vm)
{
	if (vm == &blue)
		return -ENODEV;
	acts++;
	shell_is_shown = false;
	return 0;
}

bool mux_shell_shown(void)
{
	return shell_is_shown;
}

const char *vm_state_text(const struct vm *vm)
{
	return vm->state == VM_STOPPED ? "stopped" : "running";
}

static int act(const struct vm *vm)
{
	acts++;
	return vm->state == VM_STOPPED ? -EINVAL : 0;
}

int vm_request_start(struct vm *vm, struct vm_config_err *err)
{
	assert_true(life);
	(void)snprintf(err->text, sizeof(err->text), "vm%u is running", vm->id);
	acts++;
	return -EBUSY;
}

void vm_request_stop(struct vm *vm, enum vm_stop_reason why)
{
	assert_int_equal(why, VM_STOP_SHELL);
	(void)act(vm);
}

int vm_pause(struct vm *vm)
{
	return act(vm);
}

int vm_resume(struct vm *vm)
{
	return act(vm);
}

int vm_reset(struct vm *vm)
{
	return act(vm);
}

__noreturn void machine_reset(void)
{
	mock_assert(0, "reset", __FILE__, __LINE__);
	abort();
}

__noreturn void machine_power_off(void)
{
	mock_assert(0, "off", __FILE__, __LINE__);
	abort();
}

int audit_run(struct audit_result *r)
{
	(void)r;
	return other ? -EBUSY : 0;
}

u32 gic_nr_intids(void)
{
	return 64;
}

bool gic_is_enabled(u32 intid)
{
	return intid == 40;
}

bool gic_is_active(u32 intid)
{
	return intid == 40;
}

enum irq_owner irq_owner(u32 intid)
{
	return intid == 26 || intid == 33 ? IRQ_EL2 : intid == 40 || intid == 27 ? IRQ_GUEST : IRQ_NONE;
}

struct vm *irq_owner_vm(u32 intid)
{
	return intid == 40 ? &red : NULL;
}

int vgic_view_next(struct vm *vm, u32 *at, struct vgic_view *v)
{
	assert_true(life);
	view_at = *at;
	if (vm->state == VM_STOPPED)
		return -ENODEV;
	switch ((*at)++) {
	case 0:
		*v = (struct vgic_view){ .intid = 27,
					 .pintid = 27,
					 .hw = true,
					 .is_private = true,
					 .priority = 0xa0,
					 .is_group1 = true,
					 .is_enabled = true,
					 .is_active = true };
		return 0;
	case 1:
		return -EAGAIN;
	case 2:
		*v = (struct vgic_view){ .intid = 33,
					 .vcpu = VGIC_NO_VCPU,
					 .is_edge = true,
					 .is_pending = true,
					 .is_high = true,
					 .is_elsewhere = true,
					 .cpu = 3 };
		return 0;
	default:
		return -ENOENT;
	}
}

static const char *run(const char *command)
{
	char line[256];

	len = 0;
	text[0] = '\0';
	(void)snprintf(line, sizeof(line), "%s", command);
	shell_execute(line);
	assert_false(life);
	return text;
}

static int setup(void **s)
{
	(void)s;
	red = (struct vm){ .id = 0, .state = VM_RUNNING, .nr_vcpus = 1 };
	blue = (struct vm){ .id = 1, .state = VM_STOPPED, .nr_vcpus = 2 };
	strcpy(red.cfg.name, "red");
	strcpy(blue.cfg.name, "blue");
	strcpy(red.cfg.scheduler, "bvt");
	vcpu = calloc(1, sizeof(*vcpu));
	vcpu->pcpu = vcpu->sched.pcpu = &pcpus[0];
	vcpu->state = VCPU_RUNNABLE;
	strcpy(vcpu->sched.name, "red.0");
	red.vcpu[0] = vcpu;
	vms[0] = &red;
	vms[1] = &blue;
	nr_vms = 2;
	pcpus[0].online = true;
	pcpus[1] = (struct pcpu){ .id = 1 };
	acts = pauses = free_after = backlog_after = settles_after = rests_after = 0;
	life = other = vanish = holds = false;
	shell_is_shown = true;
	log_set_level(LOG_INFO);
	log_ring_clear();
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	free(vcpu);
	vcpu = NULL;
	return 0;
}

#endif
