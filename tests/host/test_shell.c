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

#include "shell_mock.h"

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

/* A stopped VM's work does not keep a CPU on; one that is about to end is waited for. */
static void cpu_off(void **s)
{
	static const struct {
		const char *says;
		u32 rests_after, pauses;
	} t[] = { { "", 0, 0 }, { "", 5, 5 }, { "CPU 1 is in use: see sched\n", ~0U, 100 } };

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++) {
		pcpus[1] = (struct pcpu){ .id = 1, .online = true };
		holds = true;
		pauses = 0;
		rests_after = t[i].rests_after;
		assert_string_equal(run("cpu off 1"), t[i].says);
		assert_int_equal(pauses, t[i].pauses); /* 1 ms each */
		assert_int_equal(pcpus[1].leave, !t[i].says[0]);
	}
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
	static const char *const lines[] = { "vcpu",    "vcpu list red", "vcpu regs red 0", "vcpu move red 0 0",
					     "irq red", "vm start red" };

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
		T(wrong_arguments), T(right_arguments), T(pause_is_waited_for),
		T(irq_of_vm),       T(vm_goes_away),    T(life_taken),
		T(log_shows),       T(typed),           T(split),
		T(random_lines),    T(cpu_off),
	};

	return cmocka_run_group_tests(tests, first, NULL);
}
