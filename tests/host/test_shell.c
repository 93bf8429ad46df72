/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/cpu_class.c hypervisor/debug/shell.c hypervisor/debug/shell_line.c
 * hypervisor/debug/cmd_audit.c hypervisor/debug/cmd_help.c hypervisor/debug/cmd_irq.c hypervisor/debug/cmd_log.c
 * hypervisor/debug/cmd_mem.c hypervisor/debug/cmd_reboot.c hypervisor/debug/cmd_sched.c hypervisor/debug/cmd_stat.c
 * hypervisor/debug/cmd_vcpu.c hypervisor/debug/cmd_vm.c hypervisor/debug/log_ring.c hypervisor/debug/logmsg.c
 * hypervisor/lib/printf.c hypervisor/lib/cstring.c */
/* All commands with a model of the rest of Hazel: wrong arguments change nothing and are told in one line; nobody looks
 * at what goes with a VM without the life-cycle lock; nothing is printed with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

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
static bool life, other; /* taken: by the shell, by somebody else */
static bool vanish;      /* red's vCPU goes at the next output */
static bool chatty;      /* every output leads to a log line */
static u32 pauses, free_after, backlog_after, settles_after;
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

bool sched_may_leave(const struct pcpu *p)
{
	(void)p;
	return true;
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
	acts = pauses = free_after = backlog_after = settles_after = 0;
	life = other = vanish = false;
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

#define USAGE_VM "usage: vm list | info|start|stop|pause|resume|reset|console VM\n"
#define USAGE_VCPU "usage: vcpu list [VM] | regs VM VCPU | move VM VCPU CPU\n"
#define USAGE_LOG "usage: log [clear | level [N]]\n"
#define USAGE_CPU "usage: cpu list | on|off CPU\n"
#define NO_VM(n) "'" n "': no such VM; vm list shows them\n"

static const struct {
	const char *line, *answer;
} wrong[] = {
	{ "hlp", "'hlp': no such command; try help\n" },
	{ "VM list", "'VM': no such command; try help\n" },
	{ "\"\"", "'': no such command; try help\n" },
	{ "\"vm list\"", "'vm list': no such command; try help\n" },
	{ "vm \"list", "a command has at most 8 words, and quotes come in pairs\n" },
	{ "1 2 3 4 5 6 7 8 9", "a command has at most 8 words, and quotes come in pairs\n" },
	{ "help me", "usage: help\n" },
	{ "mem 1", "usage: mem\n" },
	{ "sched red", "usage: sched\n" },
	{ "audit now", "usage: audit\n" },
	{ "reboot now", "usage: reboot\n" },
	{ "poweroff now", "usage: poweroff\n" },
	{ "irq red blue", "usage: irq [VM]\n" },
	{ "irq 40", NO_VM("40") },
	{ "irq blue", "vm1 'blue' is stopped: it has no interrupts\n" },
	{ "stat red blue", "usage: stat [VM]\n" },
	{ "stat green", NO_VM("green") },
	{ "vm list red", USAGE_VM },
	{ "vm info", USAGE_VM },
	{ "vm stop", USAGE_VM },
	{ "vm stop red blue", USAGE_VM },
	{ "vm kill red", USAGE_VM },
	{ "vm \"\"", USAGE_VM },
	{ "vm \"\" red", USAGE_VM },
	{ "vm stop green", NO_VM("green") },
	{ "vm stop \"\"", NO_VM("") },
	{ "vm stop vm", NO_VM("vm") },
	{ "vm stop 2", NO_VM("2") },
	{ "vm stop vm2", NO_VM("vm2") },
	{ "vm stop -1", NO_VM("-1") },
	{ "vm stop 00000", NO_VM("00000") },
	{ "vm stop 4294967296", NO_VM("4294967296") },
	{ "vm stop re", NO_VM("re") },
	{ "vm stop redd", NO_VM("redd") },
	{ "vm stop blue", "vm1 'blue' is stopped: cannot stop it\n" },
	{ "vm console blue", "vm1 'blue' has no emulated console\n" },
	{ "vcpu list red 0", USAGE_VCPU },
	{ "vcpu list green", NO_VM("green") },
	{ "vcpu regs", USAGE_VCPU },
	{ "vcpu regs red", USAGE_VCPU },
	{ "vcpu regs red 0 0", USAGE_VCPU },
	{ "vcpu regs green 0", NO_VM("green") },
	{ "vcpu regs red 1", "'1': vCPU is a number from 0 to 0\n" },
	{ "vcpu regs red x", "'x': vCPU is a number from 0 to 0\n" },
	{ "vcpu regs red \"\"", "'': vCPU is a number from 0 to 0\n" },
	{ "vcpu regs blue 0", "vm1 'blue' is stopped: it has no vCPUs\n" },
	{ "vcpu move red 0", USAGE_VCPU },
	{ "vcpu move red 0 0 0", USAGE_VCPU },
	{ "vcpu move red 0 2", "'2': CPU is a number from 0 to 1\n" },
	{ "vcpu move red 0 -1", "'-1': CPU is a number from 0 to 1\n" },
	{ "vcpu move red 0 0x1", "'0x1': CPU is a number from 0 to 1\n" },
	{ "vcpu move red 0 4294967297", "'4294967297': CPU is a number from 0 to 1\n" },
	{ "vcpu move red 0 18446744073709551616", "'18446744073709551616': CPU is a number from 0 to 1\n" },
	{ "vcpu move blue 1 0", "vm1 'blue' is stopped: it has no vCPUs\n" },
	{ "vcpu run red", USAGE_VCPU },
	{ "cpu on", USAGE_CPU },
	{ "cpu up 1", USAGE_CPU },
	{ "cpu on 1 2", USAGE_CPU },
	{ "cpu on 2", "'2': CPU is a number from 0 to 1\n" },
	{ "cpu off one", "'one': CPU is a number from 0 to 1\n" },
	{ "cpu off 0", "CPU 0 runs this shell\n" },
	{ "cpu off 1", "CPU 1 is off\n" },
	{ "log clean", USAGE_LOG },
	{ "log clear all", USAGE_LOG },
	{ "log level 3 4", USAGE_LOG },
	{ "log level 0", "'0': level is a number from 1 to 4\n" },
	{ "log level 5", "'5': level is a number from 1 to 4\n" },
	{ "log level debug", "'debug': level is a number from 1 to 4\n" },
	{ "log level \"\"", "'': level is a number from 1 to 4\n" },
	{ "log 3", USAGE_LOG },
};

static void wrong_arguments(void **s)
{
	(void)s;
	pr_info("kept");
	for (u32 i = 0; i < ARRAY_SIZE(wrong); i++) {
		assert_string_equal(run(wrong[i].line), wrong[i].answer);
		assert_int_equal(acts, 0);
		assert_int_equal(log_get_level(), LOG_INFO);
	}
	assert_string_equal(run("log"), "[hv] kept\n");
	assert_string_equal(run(""), "");
	assert_string_equal(run("   "), "");
}

static void right_arguments(void **s)
{
	static const struct {
		const char *line, *has;
		u32 acts;
	} t[] = {
		{ "vm stop red", "", 1 },
		{ "  vm   pause   vm0  ", "", 1 },
		{ "vm resume 0", "", 1 },
		{ "vm \"reset\" \"red\"", "", 1 },
		{ "vm start red", "vm0 is running\n", 1 },
		{ "vm reset blue", "vm1 'blue' is stopped: cannot reset it\n", 1 },
		{ "vm", "id  name", 0 },
		{ "vm list", "1   blue             stopped", 0 },
		{ "vm info red", "vm0 'red': running, 1 vCPUs, 0 resets", 0 },
		{ "vcpu", "vm0.0   red              runnable  cpu 0", 0 },
		{ "vcpu list red", "vm0.0   red              runnable  cpu 0", 0 },
		{ "vcpu list blue", "", 0 },
		{ "vcpu regs red 0", "x30 0x0000000000000000\nsp_el0 0x0", 0 },
		{ "vcpu move red 0 0", "", 1 },
		{ "vcpu move red 0 1", "CPU 1 is not in its cpu-affinity", 1 },
		{ "cpu", "cpu 0   mpidr 0x0          up     arm,cortex-a76\n", 0 },
		{ "cpu on 1", "CPU 1: does not come up\n", 1 },
		{ "sched", "cpu 0: bvt, 0 vCPUs, weight 0, idle\n    red.0 ", 0 },
		{ "stat red", "stat vm0.vcpu0 run=0 switches=0 moves=0 irq=0", 0 },
		{ "stat", "stat vm1.work run=0\n", 0 },
		{ "mem", "host  5 of 9 pages free\nel2   1 of 2 pages free\n", 0 },
		{ "irq", "  26 Hazel\n  27 the vCPU that runs\n  33 Hazel\n  40 vm0 'red' active\n", 0 },
		{ "log level", "level 3: information and worse\n", 0 },
		{ "help", "Hazel's messages", 0 },
		{ "audit", "", 0 },
		{ "vm console red", "", 1 },
	};

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		acts = 0;
		if (t[i].has[0])
			assert_non_null(strstr(run(t[i].line), t[i].has));
		else
			assert_string_equal(run(t[i].line), "");
		assert_int_equal(acts, t[i].acts);
	}
	run("log level 1");
	assert_int_equal(log_get_level(), 1);
	assert_string_equal(run("log level"), "level 1: errors and worse\n");
	expect_assert_failure(run("reboot"));
	expect_assert_failure(run("poweroff"));
}

/* vm pause and vm resume come back when it is done; not for ever when it is not. */
static void pause_is_waited_for(void **s)
{
	static const struct {
		const char *line, *late;
		enum vm_request request;
	} t[] = { { "vm pause red", "vm0 'red' takes its time to pause\n", VM_REQ_PAUSE },
		  { "vm resume red", "vm0 'red' takes its time to resume\n", VM_REQ_RESUME } };

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		red.request = t[i].request;
		pauses = 0;
		settles_after = 5;
		assert_string_equal(run(t[i].line), "");
		assert_int_equal(pauses, 5);
		red.request = t[i].request;
		settles_after = 0;
		pauses = 0;
		assert_string_equal(run(t[i].line), t[i].late);
		assert_int_equal(pauses, 2000); /* 1 ms each */
		/* Another request has come in between: it is not this command's. */
		red.request = VM_REQ_STOP;
		assert_string_equal(run(t[i].line), "");
		red.request = VM_REQ_NONE;
	}
}

static void irq_of_vm(void **s)
{
	(void)s;
	assert_string_equal(run("irq red"),
			    "   27 PPI  vcpu 0    group 1 priority 0xa0 level enabled active physical 27\n"
			    "   33 SPI  vcpu none group 0 priority 0x00 edge pending high (is on CPU 3)\n");
}

/* The vCPU is given back while the command prints: it has what it shows, or says that it is gone. ASan looks. */
static void vm_goes_away(void **s)
{
	static const char *const lines[] = { "vcpu",     "vcpu regs red 0", "vcpu regs 0 0", "stat",
					     "stat red", "sched",           "irq red",       "vcpu list red" };

	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		teardown(s);
		setup(s);
		vanish = true;
		run(lines[i]);
		assert_null(vcpu);
		vanish = false;
		run(lines[i]);
	}
	assert_string_equal(run("irq red"), "vm0 'red' is stopped: it has no interrupts\n");
	assert_string_equal(run("vcpu move red 0 0"), "vm0 'red' is stopped: it has no vCPUs\n");
	assert_string_equal(run("vcpu regs red 0"), "vm0 'red' is stopped: it has no vCPUs\n");
}

/* A VM is being built or taken down: wait a little, in turns with the others, and then say so, once. */
static void life_taken(void **s)
{
	static const char *const lines[] = { "vcpu", "vcpu list red", "vcpu regs red 0", "vcpu move red 0 0",
					     "irq red" };

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(lines); i++) {
		pauses = 0;
		free_after = 100;
		other = true;
		run(lines[i]);
		assert_null(strstr(text, "try again"));
		assert_int_equal(pauses, 100);
		acts = 0;
		free_after = ~0U;
		other = true;
		assert_string_equal(run(lines[i]), "a VM is being built or taken down: try again\n");
		assert_int_equal(acts, 0);
	}
	other = true;
	assert_string_equal(run("audit"), "a VM is being built or taken down: try again\n");
	run("stat");
	assert_non_null(strstr(text, "try again\n"));
	assert_null(strstr(strstr(text, "try again\n") + 1, "try again"));
	run("sched");
	assert_non_null(strstr(text, "try again\n"));
	/* What needs no vCPU works all the same. */
	assert_null(strstr(run("vm"), "try again"));
	other = false;
}

/* The log: long lines whole, only what is there at the start, in turns with the console. */
static void log_shows(void **s)
{
	char longest[300];

	(void)s;
	assert_string_equal(run("log"), "");
	memset(longest, 'y', sizeof(longest));
	longest[299] = '\0';
	pr_info("%s", longest);
	pr_warn("second");
	pr_debug("hidden");
	run("log");
	assert_int_equal(strcspn(text, "\n"), 254);
	assert_string_equal(strchr(text, '\n'), "\n[hv] warning: second\n");
	chatty = true;
	run("log");
	chatty = false;
	assert_null(strstr(text, "late"));
	backlog_after = pauses + 7;
	run("log");
	assert_int_equal(pauses, backlog_after);
	assert_string_equal(run("log clear"), "");
	assert_string_equal(run("log"), "");
	for (u32 i = 0; i < 2000; i++) {
		len = 0;
		pr_info("line %u", i);
	}
	run("log");
	assert_int_equal(strncmp(text, "(", 1), 0);
	assert_non_null(strstr(text, " bytes of older lines are gone)\n[hv] line "));
	assert_non_null(strstr(text, "[hv] line 1998\n[hv] line 1999\n"));
}

/* Through the keys: completion by the tables, prompts, input that comes faster than it is read. */
static void keys(const char *s)
{
	len = 0;
	for (; *s; s++)
		typed_fn(*s);
	assert_false(work->fn(work));
	text[len] = '\0';
}

static void typed(void **s)
{
	static const struct {
		const char *keys, *shows;
	} t[] = {
		{ "he\t\r", "help \nhelp " },
		{ "vm st\t", "\nstart  stop  \nhazel> vm st" },
		{ "vm sto\tre\t", "vm stop red " },
		{ "  vm sto\tre\t", "  vm stop red " },
		{ "vcpu r\tb\t", "vcpu regs blue " },
		{ "irq r\t", "irq red " },
		{ "log l\t", "log level " },
		{ "log c\t", "log clear " },
		{ "cpu o\t", "\non  off  \nhazel> cpu o" },
	};

	(void)s;
	shell_shown();
	keys("");
	assert_string_equal(text, "hazel> ");
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		keys("\x03");
		keys(t[i].keys);
		if (!strstr(text, t[i].shows))
			fail_msg("%u: %s", i, text);
	}
	keys("\x03");
	keys("vm stop red\r");
	assert_int_equal(acts, 1);
	assert_string_equal(text + len - 7, "hazel> ");
	/* Another console is shown now: no prompt. */
	keys("vm console red\r");
	assert_string_equal(text, "vm console red\n");
	/* 1024 wait at most; text leaves room for keys: a paste that is too long can still be ended with Ctrl-C. */
	for (u32 i = 0; i < 5000; i++)
		typed_fn('\r');
	len = 0;
	shell_is_shown = true;
	assert_false(work->fn(work));
	text[len] = '\0';
	assert_int_equal(len, 1024 * strlen("\nhazel> "));
	for (u32 i = 0; i < 5000; i++)
		typed_fn('x');
	keys("\x03");
	assert_string_equal(text + len - 10, "^C\nhazel> ");
}

static void split(void **s)
{
	char line[64], *argv[8];

	(void)s;
	strcpy(line, "a  \"b c\" \"\" d\"e\"");
	assert_int_equal(shell_split(line, argv, 8), 4);
	assert_string_equal(argv[0], "a");
	assert_string_equal(argv[1], "b c");
	assert_string_equal(argv[2], "");
	assert_string_equal(argv[3], "d\"e\"");
	strcpy(line, "1 2 3  ");
	assert_int_equal(shell_split(line, argv, 3), 3);
	strcpy(line, "1 2 3 4");
	assert_int_equal(shell_split(line, argv, 3), -EINVAL);
	strcpy(line, "1 \"2");
	assert_int_equal(shell_split(line, argv, 3), -EINVAL);
	strcpy(line, "   ");
	assert_int_equal(shell_split(line, argv, 3), 0);
}

/* Lines of random words of the commands' own vocabulary: every one is answered, and every lock given back. */
static void random_lines(void **s)
{
	static const char *const word[] = {
		"vm",    "vcpu", "cpu",   "log",    "irq",   "stat", "sched",       "mem",  "help", "list",  "info",
		"start", "stop", "pause", "resume", "reset", "regs", "move",        "on",   "off",  "level", "clear",
		"red",   "blue", "0",     "1",      "vm0",   "vm9",  "99999999999", "\"\"", "\"",   "-",     "x",
	};
	u32 seed = 7;

	(void)s;
	for (u32 i = 0; i < 30000; i++) {
		char line[128] = "";

		for (u32 n = 0; n < 10; n++) {
			seed = seed * 1664525 + 1013904223;
			strcat(line, word[(seed >> 8) % ARRAY_SIZE(word)]);
			strcat(line, " ");
			if (seed >> 30 == 0)
				break;
		}
		if (!strncmp(line, "vm console", 10))
			continue;
		run(line);
		assert_false(life);
		if (len)
			assert_int_equal(text[len - 1], '\n');
	}
}

static int first(void **s)
{
	(void)s;
	shell_init();
	return 0;
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(wrong_arguments), T(right_arguments), T(pause_is_waited_for), T(irq_of_vm),
		T(vm_goes_away),    T(life_taken),      T(log_shows),           T(typed),
		T(split),           T(random_lines),
	};

	return cmocka_run_group_tests(tests, first, NULL);
}
