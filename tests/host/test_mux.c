/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/debug/mux.c hypervisor/debug/console.c hypervisor/debug/ring.c hypervisor/dm/vpl011.c
 * hypervisor/dm/vconsole.c hypervisor/common/io_req.c hypervisor/lib/printf.c */
/* Ctrl-T and the rest of the multiplexer, with the real console and real UARTs of VMs, on a model UART with a FIFO. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <common/irq.h>
#include <common/page_alloc.h>
#include <debug/console.h>
#include <debug/logmsg.h>
#include <debug/mux.h>
#include <debug/shell.h>
#include <dm/vpl011.h>
#include <lib/errno.h>
#include <lib/printf.h>

#include "uart_mock.h"

#define SIZE 65536U /* CONFIG_VCONSOLE_KB = 64 */
#define DR 0x00
#define FR 0x18
#define IMSC 0x38
#define TXFF 0x20
#define RXFE 0x10
#define TX 0x20
#define NR 4U

/* VM 1 has no console. */
static struct vm vm[NR];
static struct io_region table[NR][2];
static struct vm_config_err err;
static bool line[NR];
struct vm *vms[CONFIG_MAX_VMS];
u32 nr_vms;

static char to_shell[64];
static u32 prompts;

int irq_request(u32 intid, bool edge, irq_handler_t fn, void *arg)
{
	(void)edge;
	(void)arg;
	assert_int_equal(intid, 33);
	handler = fn;
	return 0;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)level;
	fail_msg("%s", fmt);
}

void shell_shown(void)
{
	prompts++;
	console_write("hazel> ", 7);
}

bool vm_has_vuart(const struct vm *v)
{
	return !v->cfg.no_vuart;
}

void vm_irq(struct vm *v, u32 intid, bool level)
{
	assert_int_equal(intid, 33);
	line[v->id] = level;
}

void *el2_alloc(u64 nr)
{
	return calloc(nr, 4096);
}

void el2_free(void *p, u64 nr)
{
	(void)nr;
	free(p);
}

static void shell_typed(char c)
{
	size_t n = strlen(to_shell);

	assert_true(n + 1 < sizeof(to_shell));
	to_shell[n] = c;
	to_shell[n + 1] = '\0';
}

/* The UART's interrupt until it has nothing more to say: as fast as it can. */
static void drain(void)
{
	for (u32 i = 0; i < 100000 && (tx_on || *keys); i++) {
		fifo = 0;
		handler(33, NULL);
	}
	assert_false(tx_on);
}

static void type(const char *s)
{
	keys = s;
	while (*keys)
		handler(33, NULL);
}

static u64 access(u32 i, u64 off, bool write, u64 value)
{
	struct io_access a = { 0x09000000 + off, off, 4, write, value };

	assert_int_equal(table[i][0].fn(NULL, table[i][0].dev, &a), IO_DONE);
	return a.value;
}

/* VM @i prints @s without looking. */
static void say(u32 i, const char *s)
{
	for (; *s; s++)
		access(i, DR, true, (u8)*s);
}

/* VM @i reads what was typed for it. */
static const char *heard(u32 i)
{
	static char text[300];
	u32 n = 0;

	while (!(access(i, FR, false, 0) & RXFE))
		text[n++] = (char)access(i, DR, false, 0);
	text[n] = '\0';
	return text;
}

/* Nothing was said so far, and the cursor is at the start of a line. */
static void clear(void)
{
	console_write("\n", 1);
	drain();
	wire_len = 0;
	wire[0] = '\0';
	to_shell[0] = '\0';
	prompts = 0;
}

static void add_vm(u32 i, const char *name, bool no_vuart)
{
	vm[i] = (struct vm){ .id = i, .io = { table[i], 0, 2 } };
	vm[i].cfg.no_vuart = no_vuart;
	(void)snprintf(vm[i].cfg.name, sizeof(vm[i].cfg.name), "%s", name);
	vms[i] = &vm[i];
	nr_vms = i + 1;
	assert_int_equal(vpl011_device.create(&vm[i], &err), 0);
}

/* A fresh machine: the shell is shown. */
static int setup(void **s)
{
	static bool ready;

	(void)s;
	if (!ready) {
		assert_int_equal(console_init(&(struct host_uart){
					 .reg = { 0x9000000, 0x1000 }, .intid = 33, .compatible = "arm,pl011" }),
				 0);
		assert_int_equal(console_irq_init(), 0);
		mux_init(shell_typed);
	}
	ready = true;
	add_vm(0, "red", false);
	add_vm(1, "mute", true);
	add_vm(2, "blue", false);
	add_vm(3, "green", false);
	mux_focus_shell();
	drain();
	clear();
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	fifo_depth = 16;
	mux_focus_shell();
	drain();
	nr_vms = 0;
	for (u32 i = 0; i < NR; i++)
		vpl011_device.destroy(&vm[i]);
	return 0;
}

static void expect(const char *text)
{
	drain();
	assert_string_equal(wire, text);
	clear();
}

/* VMs in order, the one without a console left out, the shell, and from the start. */
static void cycle(void **s)
{
	(void)s;
	type("\x14");
	expect("[hv] console: vm0 'red' (Ctrl-T: next)\r\n");
	assert_false(mux_shell_shown());
	type("\x14");
	expect("[hv] console: vm2 'blue' (Ctrl-T: next)\r\n");
	type("\x14\x14");
	drain();
	assert_int_equal(prompts, 1);
	expect("[hv] console: vm3 'green' (Ctrl-T: next)\r\n[hv] console: shell (Ctrl-T: next)\r\nhazel> ");
	assert_true(mux_shell_shown());
	mux_focus_shell();
	drain();
	assert_int_equal(prompts, 1);
	type("\x14");
	/* The prompt stands in the middle of a line. */
	expect("[hv] console: shell (Ctrl-T: next)\r\nhazel> \r\n[hv] console: vm0 'red' (Ctrl-T: next)\r\n");
	/* By name, also the one that is shown. */
	assert_int_equal(mux_focus_vm(&vm[1]), -ENODEV);
	assert_int_equal(mux_focus_vm(&vm[3]), 0);
	assert_int_equal(mux_focus_vm(&vm[3]), 0);
	expect("[hv] console: vm3 'green' (Ctrl-T: next)\r\n[hv] console: vm3 'green' (Ctrl-T: next)\r\n");
	say(3, "still here");
	expect("still here");
}

/* Typed characters go to who is shown at that moment, also within one interrupt. */
static void typing(void **s)
{
	(void)s;
	type("abc\x14"
	     "def\x14"
	     "ghi\x14\x14"
	     "jkl\x14\x14"
	     "mno");
	assert_string_equal(to_shell, "abcjkl");
	assert_string_equal(heard(0), "def");
	assert_string_equal(heard(2), "ghimno");
	assert_string_equal(heard(3), "");
	drain();
	/* More than a VM can take is dropped, and the others do not notice. */
	for (u32 i = 0; i < 100; i++)
		type("0123456789");
	assert_int_equal(strlen(heard(2)), 256);
	type("\x14x");
	assert_string_equal(heard(3), "x");
}

/* What a VM said while others were shown comes after its announcement, complete and in order, at its turn. */
static void replay(void **s)
{
	char *text = malloc(SIZE + 1), *at;

	(void)s;
	for (u32 i = 0; i < SIZE; i++)
		text[i] = (char)('!' + i % 90);
	text[SIZE] = '\0';
	say(2, text);
	say(0, "first");
	drain();
	assert_int_equal(wire_len, 0);
	type("\x14");
	expect("[hv] console: vm0 'red' (Ctrl-T: next)\r\nfirst");
	type("\x14");
	drain();
	at = strstr(wire, "'blue' (Ctrl-T: next)\r\n");
	assert_non_null(at);
	assert_string_equal(strchr(at, '\n') + 1, text);
	clear();
	free(text);
	/* Once. */
	type("\x14\x14\x14\x14");
	drain();
	assert_true(wire_len < 300);
}

/* Above the ring's size the oldest bytes are missing, and their number is said. */
static void dropped(void **s)
{
	(void)s;
	for (u32 i = 0; i < SIZE + 1234; i++)
		access(0, DR, true, i < 1234 ? '-' : '+');
	type("\x14");
	drain();
	assert_non_null(strstr(wire, "vm0 'red' (Ctrl-T: next)\r\n[hv] warning: 1234 bytes of 'red' were lost\r\n+++"));
	assert_null(strchr(strchr(wire, '+'), '-'));
	assert_int_equal(strlen(strchr(wire, '+')), SIZE);
	clear();
	type("\x14\x14\x14\x14");
	drain();
	assert_null(strstr(wire, "lost"));
}

/* A byte that was taken for a UART without room is not shown among another VM's. */
static void no_byte_wanders(void **s)
{
	(void)s;
	type("\x14");
	drain();
	clear();
	fifo = 0;
	say(0, "0123456789abcdefGHI");
	assert_string_equal(wire, "0123456789abcdef");
	say(2, "blue");
	type("\x14");
	expect("0123456789abcdef\r\n[hv] console: vm2 'blue' (Ctrl-T: next)\r\nblue");
	type("\x14\x14\x14");
	drain();
	assert_non_null(strstr(wire, "'red' (Ctrl-T: next)\r\nGHI"));
}

/* A VM that floods holds up itself only: Hazel's lines go first, keys are heard, others lose nothing. */
static void flood(void **s)
{
	u64 n = 0;
	u32 i;

	(void)s;
	say(2, "quiet");
	type("\x14");
	drain();
	clear();
	for (i = 0; i < 40000; i++) {
		/* Faster than the UART, and polite. */
		for (u32 k = 0; k < 40 && !(access(0, FR, false, 0) & TXFF); k++, n++)
			access(0, DR, true, '~');
		if (i == 20000) {
			console_write("[hv] line\n", 10);
			keys = "\x14";
		}
		fifo = 0;
		handler(33, NULL);
		if (i == 20001)
			break;
	}
	assert_int_equal(i, 20001);
	assert_true(access(0, FR, false, 0) & 0x80);
	assert_non_null(strstr(wire, "~\r\n[hv] line\r\n"));
	drain();
	assert_non_null(strstr(wire, "[hv] console: vm2 'blue' (Ctrl-T: next)\r\nquiet"));
	clear();
	/* Not shown any more it floods its own ring. */
	for (i = 0; i < 3 * SIZE; i++, n++)
		access(0, DR, true, '~');
	say(3, "green");
	expect("");
	type("\x14");
	expect("[hv] console: vm3 'green' (Ctrl-T: next)\r\ngreen");
	assert_int_equal(vpl011_console(&vm[0])->wr, n);
}

/* How much text of a VM goes out in one interrupt does not depend on how much there is. */
static void slices(void **s)
{
	(void)s;
	for (u32 i = 0; i < SIZE; i++)
		access(0, DR, true, '.');
	type("\x14");
	drain();
	clear();
	for (u32 i = 0; i < 1000; i++)
		access(2, DR, true, '.');
	fifo_depth = 1U << 20;
	type("\x14");
	assert_true(wire_len < 60 + 3 * 128);
	assert_true(tx_on);
	drain();
}

/* A VM that waits for room goes on when there is some; or when nobody looks any more, be it for another console, for
 * the shell, or because the UART is given away. */
static void waits(void **s)
{
	(void)s;
	access(0, IMSC, true, TX);
	for (u32 how = 0; how < 4; how++) {
		assert_int_equal(mux_focus_vm(&vm[0]), 0);
		drain();
		fifo = fifo_depth;
		for (u32 i = 0; i < 2 * SIZE && !(access(0, FR, false, 0) & TXFF); i++)
			access(0, DR, true, 'x');
		assert_false(line[0]);
		if (how == 0)
			drain();
		else if (how == 1)
			type("\x14");
		else if (how == 2)
			mux_focus_shell();
		else
			mux_hide();
		assert_true(line[0]);
		assert_false(access(0, FR, false, 0) & TXFF);
	}
	/* Given away, nothing is said about it. */
	drain();
	clear();
	mux_hide();
	expect("");
	assert_true(mux_shell_shown());
}

/* A VM stops while it is shown: its last words are there, keys are ignored, Ctrl-T goes on; then it starts again. */
static void goes_away(void **s)
{
	(void)s;
	type("\x14");
	drain();
	clear();
	fifo = fifo_depth;
	say(0, "last words");
	vpl011_device.destroy(&vm[0]);
	line[0] = true;
	type("xyz");
	expect("last words");
	assert_false(mux_shell_shown());
	type("\x14");
	drain();
	assert_non_null(strstr(wire, "'blue'"));
	mux_focus_shell();
	clear();
	type("\x14");
	drain();
	assert_non_null(strstr(wire, "console: vm0 'red'"));
	assert_true(line[0]);
	vm[0].io.nr = 0;
	assert_int_equal(vpl011_device.create(&vm[0], &err), 0);
	clear();
	say(0, "hello again");
	expect("hello again");
	type("k");
	assert_string_equal(heard(0), "k");
}

/* At boot: the first VM that has a console. Without the UART's interrupt, or while a guest owns it: none. */
static void start(void **s)
{
	(void)s;
	console_give_away();
	mux_start();
	assert_true(mux_shell_shown());
	console_take_back();
	clear();
	mux_start();
	expect("[hv] console: vm0 'red' (Ctrl-T: next)\r\n");
	mux_focus_shell();
	drain();
	clear();
	nr_vms = 0;
	mux_start();
	expect("");
	type("\x14");
	drain();
	assert_true(mux_shell_shown());
	nr_vms = 2;
	vms[0] = &vm[1];
	mux_start();
	assert_true(mux_shell_shown());
	nr_vms = 4;
	vms[0] = &vm[0];
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(cycle), T(typing), T(replay), T(dropped),   T(no_byte_wanders),
		T(flood), T(slices), T(waits),  T(goes_away), T(start),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
