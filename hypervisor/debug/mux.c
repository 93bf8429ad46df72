/* SPDX-License-Identifier: BSD-3-Clause */
#include <asm/spinlock.h>
#include <common/vm.h>
#include <debug/console.h>
#include <debug/mux.h>
#include <debug/shell.h>
#include <dm/vpl011.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

#define CTRL_T '\x14'
#define LINE_MAX 96
#define NO_VM (~0U)

/* Changed by whoever changes the focus, read by the console: single words. */
static u32 shown = NO_VM;     /* index in vms[], or NO_VM for the shell */
static u32 space_for = NO_VM; /* this VM waited for room, and there is some */
static struct vconsole *last; /* where the last byte shown came from; with the console's lock */
static struct spinlock focus_lock;
static void (*shell_typed)(char c);

static struct vconsole *console_of(u32 i)
{
	return i < CONFIG_MAX_VMS && i < nr_vms && vms[i] ? vpl011_console(vms[i]) : NULL;
}

/* Called with the console's lock: nothing may be printed here. */
static int next_char(void)
{
	u32 i = READ_ONCE(shown);
	struct vconsole *c = console_of(i);
	bool was_full;
	int ch;

	if (!c)
		return -1;
	ch = vconsole_next(c, &was_full);
	if (was_full)
		WRITE_ONCE(space_for, i);
	last = c;
	return ch;
}

/* To where it came from: the focus may be elsewhere by now. */
static void back(void)
{
	vconsole_back(last);
}

/* The device's lock comes before the console's, so it hears of the room only here. */
static void after(void)
{
	u32 i = __atomic_exchange_n(&space_for, NO_VM, __ATOMIC_ACQ_REL);

	if (console_of(i))
		vpl011_space(vms[i]);
}

static void announce(u32 i, struct vconsole *c)
{
	char line[LINE_MAX];
	u64 lost;

	/* Answers to a key, whatever the log level. */
	if (c)
		(void)snprintf(line, sizeof(line), "[hv] console: vm%u '%s' (Ctrl-T: next)\n", i, vms[i]->cfg.name);
	else
		(void)snprintf(line, sizeof(line), "[hv] console: shell (Ctrl-T: next)\n");
	console_write(line, strlen(line));
	if (!c)
		return;
	lost = vconsole_take_lost(c);
	if (!lost)
		return;
	(void)snprintf(line, sizeof(line), "[hv] warning: %llu bytes of '%s' were lost\n", (unsigned long long)lost,
		       vms[i]->cfg.name);
	console_write(line, strlen(line));
}

/* Show @i from now on, which announces itself, or nothing. */
static void change(u32 i, bool announced)
{
	u32 old;

	spin_lock(&focus_lock);
	old = shown;
	/* The announcement comes before the text it announces. */
	WRITE_ONCE(shown, NO_VM);
	if (console_of(old))
		vpl011_focus(vms[old], false);
	if (announced)
		announce(i, console_of(i));
	if (console_of(i)) {
		vpl011_focus(vms[i], true);
		WRITE_ONCE(shown, i);
	}
	spin_unlock(&focus_lock);
}

static void focus(u32 i)
{
	change(i, true);
	console_poll();
	if (!console_of(i))
		shell_shown();
}

int mux_focus_vm(struct vm *vm)
{
	if (!vpl011_console(vm))
		return -ENODEV;
	focus(vm->id);
	return 0;
}

void mux_focus_shell(void)
{
	focus(NO_VM);
}

bool mux_shell_shown(void)
{
	return READ_ONCE(shown) == NO_VM;
}

/* VMs in order, then the shell, then from the start. */
static void focus_next(void)
{
	u32 i = READ_ONCE(shown) == NO_VM ? 0 : shown + 1;

	while (i < nr_vms && !console_of(i))
		i++;
	focus(i < nr_vms ? i : NO_VM);
}

static void typed(char c)
{
	u32 i = READ_ONCE(shown);

	if (c == CTRL_T) {
		focus_next();
		return;
	}
	if (i == NO_VM)
		shell_typed(c);
	else if (console_of(i))
		(void)vpl011_type(vms[i], c);
}

static void output(void)
{
	console_poll();
}

void mux_init(void (*shell)(char c))
{
	static const struct console_user user = { .next = next_char, .back = back, .typed = typed, .after = after };

	shell_typed = shell;
	vconsole_output_hook = output;
	console_set_user(&user);
}

void mux_start(void)
{
	u32 i = 0;

	/* Nobody would empty it. */
	if (!console_shows_users())
		return;
	while (i < nr_vms && !console_of(i))
		i++;
	if (i < nr_vms)
		focus(i);
}

void mux_hide(void)
{
	change(NO_VM, false);
}
