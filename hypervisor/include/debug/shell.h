/* SPDX-License-Identifier: BSD-3-Clause */
/* Hazel's own shell on the console: a line editor, commands in debug/cmd_*.c. It runs as EL2 work, with a stack. */
#ifndef DEBUG_SHELL_H
#define DEBUG_SHELL_H

#include <lib/types.h>

#define SHELL_ARGS 8

struct vm;

struct shell_cmd {
	const char *name;
	const char *args; /* for the usage line: "list|info VM|start VM" */
	const char *help;
	/* @argv[0] is the name. Return: 0, or -EINVAL for a usage line. May call work_yield(), through shell_printf().
	 */
	int (*run)(int argc, char **argv);
};

extern const struct shell_cmd shell_cmd_help, shell_cmd_vm, shell_cmd_vcpu, shell_cmd_sched, shell_cmd_mem,
	shell_cmd_irq, shell_cmd_stat, shell_cmd_log, shell_cmd_cpu, shell_cmd_reboot, shell_cmd_poweroff,
	shell_cmd_audit;

/* The table, NULL-terminated. */
extern const struct shell_cmd *const shell_cmds[];

/* shell_init() - get ready; runs on this pCPU. shell_input() - a typed character, in the interrupt. */
void shell_init(void);
void shell_input(char c);

/* shell_shown() - the console shows the shell now: a fresh prompt. */
void shell_shown(void);

/* shell_printf() - output of a command, at most 199 bytes; waits while the console is far behind, and lets others run:
 * no lock is held. shell_write() - @n bytes. Shell context. */
void shell_printf(const char *fmt, ...) __printf(1, 2);
void shell_write(const char *s, size_t n);

/**
 * shell_life_lock() - the life-cycle lock, for looking at what goes when a VM stops (vCPUs, its GIC), or moving it:
 * no output and no yield before life_unlock(). Return: false = it stays taken; the user was told. Shell context.
 */
bool __must_check shell_life_lock(void);

/* shell_execute() - run command line @line, which is cut into words. Shell context. */
void shell_execute(char *line);

/* shell_split() - cut @line at spaces into at most @max words; "..." keeps spaces. Return: words, -EINVAL (too many, or
 * an open quote). Pure. */
int __must_check shell_split(char *line, char **argv, int max);

/* shell_vm() - the VM that @name names, by number ("0", "vm0") or by name; NULL, with a message, when there is none. */
struct vm *shell_vm(const char *name);

/* shell_number() - a decimal number from @min to @max. Return: 0, -ERANGE with a message that names @what. */
int __must_check shell_number(const char *s, u32 min, u32 max, const char *what, u32 *val);

#endif
