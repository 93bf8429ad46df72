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

/* VM number @i, if it has a console. */
static struct vm *vm_of(u32 i)
{
	return i < CONFIG_MAX_VMS && i < nr_vms && vms[i] && vpl011_console(vms[i]) ? vms[i] : NULL;
}

/* Called with the console's lock: nothing may be printed here. */
static int next_char(void)
{
	u32 i = READ_ONCE(shown);
	const struct vm *vm = vm_of(i);
	bool was_full;
	int ch;

	if (!vm)
		return -1;
	last = vpl011_console(vm);
	ch = vconsole_next(last, &was_full);
	if (was_full)
		WRITE_ONCE(space_for, i);
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
	struct vm *vm = vm_of(__atomic_exchange_n(&space_for, NO_VM, __ATOMIC_ACQ_REL));

	if (vm)
		vpl011_space(vm);
}

static void announce(const struct vm *vm)
{
	char line[LINE_MAX];
	u64 lost;

	/* Answers to a key, whatever the log level. */
	if (vm)
		(void)snprintf(line, sizeof(line), "[hv] console: vm%u '%s' (Ctrl-T: next)\n", vm->id, vm->cfg.name);
	else
		(void)snprintf(line, sizeof(line), "[hv] console: shell (Ctrl-T: next)\n");
	console_write(line, strlen(line));
	if (!vm)
		return;
	lost = vconsole_take_lost(vpl011_console(vm));
	if (!lost)
		return;
	(void)snprintf(line, sizeof(line), "[hv] warning: %llu bytes of '%s' were lost\n", (unsigned long long)lost,
		       vm->cfg.name);
	console_write(line, strlen(line));
}

/* Show @vm from now on, or none: announced, or in silence. */
static void change(struct vm *vm, bool announced)
{
	struct vm *old;

	spin_lock(&focus_lock);
	old = vm_of(shown);
	/* The announcement comes before the text it announces. */
	WRITE_ONCE(shown, NO_VM);
	if (old)
		vpl011_focus(old, false);
	if (announced)
		announce(vm);
	if (vm) {
		vpl011_focus(vm, true);
		WRITE_ONCE(shown, vm->id);
	}
	spin_unlock(&focus_lock);
}

static void focus(struct vm *vm)
{
	change(vm, true);
	console_poll();
	if (!vm)
		shell_shown();
}

int mux_focus_vm(struct vm *vm)
{
	if (!vpl011_console(vm))
		return -ENODEV;
	focus(vm);
	return 0;
}

void mux_focus_shell(void)
{
	focus(NULL);
}

bool mux_shell_shown(void)
{
	return READ_ONCE(shown) == NO_VM;
}

/* VMs in order, then the shell, then from the start. */
static void focus_next(void)
{
	u32 i = READ_ONCE(shown) == NO_VM ? 0 : shown + 1;

	while (i < nr_vms && !vm_of(i))
		i++;
	focus(vm_of(i));
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
	else if (vm_of(i))
		(void)vpl011_type(vm_of(i), c);
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
	while (i < nr_vms && !vm_of(i))
		i++;
	if (vm_of(i))
		focus(vm_of(i));
}

void mux_hide(void)
{
	change(NULL, false);
}
