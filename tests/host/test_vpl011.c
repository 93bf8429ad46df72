/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/dm/vpl011.c hypervisor/dm/vconsole.c hypervisor/common/io_req.c hypervisor/lib/printf.c */
/* The emulated PL011 through its page: registers and values of DDI 0183G (r1p5, FIFOs of 32). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <common/page_alloc.h>
#include <common/vm_platform.h>
#include <dm/vpl011.h>
#include <lib/errno.h>

#define BASE UINT64_C(0x09000000)
#define DR 0x00
#define RSR 0x04
#define FR 0x18
#define ILPR 0x20
#define IBRD 0x24
#define FBRD 0x28
#define LCR_H 0x2c
#define CR 0x30
#define IFLS 0x34
#define IMSC 0x38
#define RIS 0x3c
#define MIS 0x40
#define ICR 0x44
#define DMACR 0x48

#define RXFE 0x10
#define TXFF 0x20
#define RXFF 0x40
#define TXFE 0x80
#define MODEM 0x07
#define RX 0x10
#define TX 0x20
#define RT 0x40
#define OE 0x400
#define DR_OE 0x800

static struct vm vm;
static struct io_region table[4];
static struct vm_config_err err;
static bool line, no_pages;
static u64 pages;
static u32 hooks;
struct vm *vms[CONFIG_MAX_VMS];
u32 nr_vms;

bool vm_has_vuart(const struct vm *v)
{
	return !v->cfg.no_vuart;
}

void vm_irq(struct vm *v, u32 intid, bool level)
{
	assert_ptr_equal(v, &vm);
	assert_int_equal(intid, 33);
	line = level;
}

void *el2_alloc(u64 nr)
{
	if (no_pages)
		return NULL;
	pages += nr;
	return calloc(nr, 4096);
}

void el2_free(void *p, u64 nr)
{
	pages -= nr;
	free(p);
}

static u64 access(u64 off, u32 size, bool write, u64 value)
{
	const struct io_region *r = io_find(&vm.io, BASE + off, size);
	struct io_access a = { BASE + off, off, size, write, value };

	assert_non_null(r);
	assert_int_equal(r->fn(NULL, r->dev, &a), IO_DONE);
	return a.value;
}

static u64 rd(u64 off)
{
	return access(off, 4, false, ~UINT64_C(0));
}

static void wr(u64 off, u32 v)
{
	access(off, 4, true, v);
}

static void type(const char *s)
{
	for (; *s; s++)
		assert_true(vpl011_type(&vm, *s));
}

static void type_n(u32 n)
{
	for (u32 i = 0; i < n; i++)
		assert_true(vpl011_type(&vm, (char)('a' + i % 26)));
}

/* The console's reader: at most @n bytes. Tells the device of room, as mux.c does. */
static u32 show(u32 n, char *to)
{
	struct vconsole *c = vpl011_console(&vm);
	bool full, any = false;
	u32 i;
	int ch;

	for (i = 0; i < n && (ch = vconsole_next(c, &full)) >= 0; i++) {
		any |= full;
		if (to)
			to[i] = (char)ch;
	}
	if (any)
		vpl011_space(&vm);
	return i;
}

static int setup(void **s)
{
	(void)s;
	memset(&vm, 0, sizeof(vm));
	vm.io = (struct io_table){ table, 0, 4 };
	vms[0] = &vm;
	nr_vms = 1;
	line = no_pages = false;
	vconsole_output_hook = NULL;
	return vpl011_device.create(&vm, &err);
}

static int teardown(void **s)
{
	(void)s;
	vpl011_device.destroy(&vm);
	free(vm.dev[VM_DEV_CONSOLE]);
	vm.dev[VM_DEV_CONSOLE] = NULL;
	pages = 0;
	return 0;
}

/* What firmware would have left: on, with FIFOs. Everything else as in table 3-1. */
static void at_reset(void **s)
{
	static const struct {
		u64 off;
		u32 value;
	} regs[] = {
		{ DR, 0 },       { RSR, 0 },      { FR, MODEM | RXFE | TXFE },
		{ ILPR, 0 },     { IBRD, 0 },     { FBRD, 0 },
		{ LCR_H, 0x10 }, { CR, 0x301 },   { IFLS, 0x12 },
		{ IMSC, 0 },     { RIS, 0 },      { MIS, 0 },
		{ ICR, 0 },      { DMACR, 0 },    { 0x08, 0 },
		{ 0x1c, 0 },     { 0x4c, 0 },     { 0x80, 0 },
		{ 0xfdc, 0 },    { 0xfe0, 0x11 }, { 0xfe4, 0x10 },
		{ 0xfe8, 0x34 }, { 0xfec, 0x00 }, { 0xff0, 0x0d },
		{ 0xff4, 0xf0 }, { 0xff8, 0x05 }, { 0xffc, 0xb1 },
	};

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(regs); i++)
		assert_int_equal(rd(regs[i].off), regs[i].value);
	assert_false(line);
	assert_int_equal(vm.io.nr, 1);
	assert_int_equal(table[0].base, BASE);
	assert_int_equal(table[0].size, 0x1000);
}

/* Widths (section 3.3), and registers that take nothing. */
static void widths(void **s)
{
	static const struct {
		u64 off;
		u32 mask;
	} regs[] = {
		{ ILPR, 0xff }, { IBRD, 0xffff }, { FBRD, 0x3f },  { LCR_H, 0xff },
		{ CR, 0xff87 }, { IFLS, 0x3f },   { IMSC, 0x7ff }, { DMACR, 7 },
	};
	static const u64 read_only[] = { FR, RIS, MIS, ICR, 0x4c, 0x80, 0x8c, 0xfe0, 0xff0, 0xffc };

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(regs); i++) {
		wr(regs[i].off, 0xffffffff);
		assert_int_equal(rd(regs[i].off), regs[i].mask);
		wr(regs[i].off, 0);
		assert_int_equal(rd(regs[i].off), 0);
	}
	for (u32 i = 0; i < ARRAY_SIZE(read_only); i++) {
		u64 before = rd(read_only[i]);

		wr(read_only[i], 0xffffffff);
		assert_int_equal(rd(read_only[i]), before);
	}
}

/* A byte or a halfword is the low part; the rest of a word, and a doubleword, is nothing. */
static void sizes(void **s)
{
	(void)s;
	wr(IBRD, 0x1234);
	assert_int_equal(access(IBRD, 1, false, ~UINT64_C(0)), 0x34);
	assert_int_equal(access(IBRD, 2, false, ~UINT64_C(0)), 0x1234);
	assert_int_equal(access(IBRD + 1, 1, false, ~UINT64_C(0)), 0);
	assert_int_equal(access(IBRD, 8, false, ~UINT64_C(0)), 0);
	assert_int_equal(access(0xfe1, 1, false, ~UINT64_C(0)), 0);
	assert_int_equal(access(0xfe2, 2, false, ~UINT64_C(0)), 0);
	access(IBRD + 1, 1, true, 0x77);
	access(IBRD, 8, true, UINT64_C(0x7777777777777777));
	assert_int_equal(rd(IBRD), 0x1234);
	access(FBRD, 1, true, 0x15);
	assert_int_equal(rd(FBRD), 0x15);
	access(DR, 1, true, 'x');
	access(DR, 2, true, 'y');
	access(DR, 8, true, 'z');
	access(DR + 2, 2, true, 'z');
	assert_int_equal(vpl011_console(&vm)->wr, 2);
	/* Beyond the page nothing is registered. */
	assert_null(io_find(&vm.io, BASE + 0x1000, 4));
	assert_null(io_find(&vm.io, BASE + 0xffc, 8));
}

/* Receive levels by IFLS (table 3-13), FR, and MIS = RIS & IMSC. */
static void receive_levels(void **s)
{
	static const u32 level[8] = { 4, 8, 16, 24, 28, 28, 28, 28 };

	(void)s;
	wr(IMSC, RX);
	for (u32 i = 0; i < 8; i++) {
		wr(IFLS, i << 3);
		type_n(level[i] - 1);
		assert_int_equal(rd(RIS), RT);
		assert_int_equal(rd(MIS), 0);
		assert_false(line);
		type_n(1);
		assert_int_equal(rd(RIS), RX | RT);
		assert_int_equal(rd(MIS), RX);
		assert_true(line);
		assert_int_equal(rd(FR), MODEM | TXFE);
		rd(DR);
		assert_int_equal(rd(RIS), RT);
		assert_false(line);
		for (u32 k = 1; k < level[i]; k++)
			rd(DR);
		assert_int_equal(rd(RIS), 0);
		assert_int_equal(rd(FR), MODEM | RXFE | TXFE);
		assert_int_equal(rd(DR), 0);
	}
	/* Masks only decide about the line. */
	type("x");
	wr(IMSC, RT);
	assert_true(line);
	wr(IMSC, TX);
	assert_false(line);
	/* A lower trigger is reached without a new character. */
	wr(IFLS, 4 << 3);
	type_n(5);
	assert_int_equal(rd(RIS), RT);
	wr(IFLS, 0);
	assert_int_equal(rd(RIS), RX | RT);
}

/* ICR clears both for good: they come back with the next character, RX also when the level is reached anew. */
static void clear(void **s)
{
	(void)s;
	wr(IMSC, RX | RT);
	type_n(16);
	wr(ICR, RT);
	assert_int_equal(rd(RIS), RX);
	wr(ICR, 0x7ff);
	assert_int_equal(rd(RIS), 0);
	assert_false(line);
	rd(DR);
	assert_int_equal(rd(RIS), 0);
	type("a");
	assert_int_equal(rd(RIS), RX | RT);
	assert_true(line);
	wr(ICR, RX | RT);
	type("b");
	assert_int_equal(rd(RIS), RX | RT);
	/* RX does not outlive its level, RT not the last character. */
	while (!(rd(FR) & RXFE))
		rd(DR);
	assert_int_equal(rd(RIS), 0);
	assert_false(line);
}

/* Without FIFOs: one character, and every one interrupts. */
static void no_fifo(void **s)
{
	(void)s;
	wr(LCR_H, 0x60);
	wr(IMSC, RX);
	assert_int_equal(rd(FR), MODEM | RXFE | TXFE);
	type("a");
	assert_int_equal(rd(FR), MODEM | RXFF | TXFE);
	assert_int_equal(rd(RIS), RX | RT);
	assert_true(line);
	type("b"); /* waits on the line */
	wr(ICR, RX | RT);
	assert_int_equal(rd(DR), 'a');
	assert_int_equal(rd(RIS), RX | RT);
	assert_int_equal(rd(DR), 'b');
	assert_int_equal(rd(RIS), 0);
	assert_int_equal(rd(FR), MODEM | RXFE | TXFE);
}

/* What waits in front of a full FIFO comes in as a character that arrives. */
static void refill(void **s)
{
	(void)s;
	type_n(33);
	assert_int_equal(rd(FR), MODEM | RXFF | TXFE);
	wr(ICR, RX | RT);
	assert_int_equal(rd(RIS), 0);
	rd(DR);
	assert_int_equal(rd(RIS), RX | RT);
	assert_int_equal(rd(FR), MODEM | RXFF | TXFE);
	wr(ICR, RX | RT);
	rd(DR);
	assert_int_equal(rd(FR), MODEM | TXFE);
	assert_int_equal(rd(RIS), 0);
}

/* 256 characters wait at most. The next one is lost; the one after the loss says so (2.4.2, UARTDR, UARTRSR). */
static void overrun(void **s)
{
	(void)s;
	wr(IMSC, OE);
	type_n(256);
	assert_int_equal(rd(RIS), RX | RT);
	assert_int_equal(rd(RSR), 0);
	assert_false(line);
	assert_false(vpl011_type(&vm, '!'));
	assert_int_equal(rd(RIS), RX | RT | OE);
	assert_true(line);
	assert_int_equal(rd(RSR), 8);
	wr(RSR, 0xff);
	assert_int_equal(rd(RSR), 0);
	wr(ICR, OE);
	assert_false(line);
	assert_int_equal(rd(DR), 'a');
	type("?");
	type_n(0);
	for (u32 i = 1; i < 256; i++)
		assert_int_equal(rd(DR), 'a' + i % 26);
	assert_int_equal(rd(DR), '?' | DR_OE);
	assert_int_equal(rd(DR), 0);
	type("x");
	assert_int_equal(rd(DR), 'x');
}

/* All 256 values of a byte are themselves, in both directions. */
static void eight_bits(void **s)
{
	u8 got[256];

	(void)s;
	vpl011_focus(&vm, true);
	for (u32 i = 0; i < 256; i++) {
		assert_true(vpl011_type(&vm, (char)i));
		assert_int_equal(rd(DR), i);
		wr(DR, i | 0xffffff00);
	}
	assert_int_equal(show(300, (char *)got), 256);
	for (u32 i = 0; i < 256; i++)
		assert_int_equal(got[i], i);
}

/* Transmitter, receiver or all of it switched off. */
static void off(void **s)
{
	static const u32 no_tx[] = { 0, 0x300, 0x201, 0x381 & ~0x101 }, no_rx[] = { 0, 0x300, 0x101 };

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(no_tx); i++) {
		wr(CR, no_tx[i]);
		wr(DR, 'x');
		assert_int_equal(vpl011_console(&vm)->wr, 0);
		assert_int_equal(rd(RIS), 0);
	}
	for (u32 i = 0; i < ARRAY_SIZE(no_rx); i++) {
		wr(CR, no_rx[i]);
		assert_false(vpl011_type(&vm, 'x'));
		assert_int_equal(rd(RIS), 0);
		assert_int_equal(rd(FR), MODEM | RXFE | TXFE);
	}
	/* What is there already can still be read. */
	wr(CR, 0x301);
	type("k");
	wr(CR, 0);
	assert_int_equal(rd(DR), 'k');
}

/* UARTCR.LBE: what is sent is received, in a FIFO of its real depth; the outside is cut off; modem lines turn round. */
static void loopback(void **s)
{
	(void)s;
	wr(CR, 0x381);
	assert_int_equal(rd(FR), RXFE | TXFE);
	assert_false(vpl011_type(&vm, 'x'));
	for (u32 i = 0; i < 32; i++)
		wr(DR, '0' + i);
	assert_int_equal(rd(FR), RXFF | TXFE);
	assert_int_equal(rd(RIS), RX | TX | RT);
	wr(DR, '!');
	assert_int_equal(rd(RIS), RX | TX | RT | OE);
	for (u32 i = 0; i < 32; i++)
		assert_int_equal(rd(DR), '0' + i);
	wr(DR, 'y');
	assert_int_equal(rd(DR), 'y' | DR_OE);
	assert_int_equal(vpl011_console(&vm)->wr, 0);
	wr(CR, 0x381 | 0x800);
	assert_int_equal(rd(FR), RXFE | TXFE | 1);
	wr(CR, 0x381 | 0x400);
	assert_int_equal(rd(FR), RXFE | TXFE | 2);
	wr(CR, 0x381 | 0x1000);
	assert_int_equal(rd(FR), RXFE | TXFE | 4);
	wr(CR, 0x381 | 0x2000);
	assert_int_equal(rd(FR), RXFE | TXFE | 0x100);
	/* Without a receiver it goes nowhere. */
	wr(CR, 0x181);
	wr(DR, 'z');
	assert_int_equal(rd(FR) & RXFE, RXFE);
	assert_int_equal(vpl011_console(&vm)->wr, 0);
	/* One character of depth. */
	wr(LCR_H, 0);
	wr(CR, 0x381);
	wr(ICR, 0x7ff);
	wr(DR, 'a');
	assert_int_equal(rd(RIS), RX | TX | RT);
	wr(DR, 'b');
	assert_int_equal(rd(RIS), RX | TX | RT | OE);
}

/* Not shown: never full, whatever it prints. */
static void not_shown(void **s)
{
	(void)s;
	wr(IMSC, TX);
	for (u64 i = 0; i < 3 * VCONSOLE_SIZE; i++) {
		wr(DR, (u32)i);
		if (i % 1000 == 0) {
			assert_int_equal(rd(FR), MODEM | RXFE | TXFE);
			assert_true(line);
		}
	}
	wr(ICR, TX);
	assert_false(line);
	assert_int_equal(vconsole_take_lost(vpl011_console(&vm)), 2 * VCONSOLE_SIZE);
}

/*
 * Shown, and the reader stands still: the last 32 bytes of room are the transmit FIFO. Whoever looks at TXFF first, or
 * writes half a FIFO for each transmit interrupt (as Linux does), loses nothing.
 */
static void full(void **s)
{
	u64 n, room = VCONSOLE_SIZE;

	(void)s;
	vpl011_focus(&vm, true);
	wr(IMSC, TX);
	for (n = 0; n < room - 32; n++)
		wr(DR, 'a');
	assert_int_equal(rd(FR), MODEM | RXFE | TXFE);
	for (; n < room - 16; n++) {
		wr(DR, 'a');
		assert_int_equal(rd(RIS), TX);
		assert_int_equal(rd(FR), MODEM | RXFE);
	}
	/* Above the trigger level of one half. */
	wr(DR, 'a');
	assert_int_equal(rd(RIS), 0);
	assert_false(line);
	for (n++; !(rd(FR) & TXFF); n++)
		wr(DR, 'a');
	assert_int_equal(n, room);
	/* Who does not look loses what he writes, and nothing else. */
	wr(DR, 'b');
	assert_int_equal(vconsole_take_lost(vpl011_console(&vm)), 1);
	assert_int_equal(show(1, NULL), 1);
	assert_int_equal(rd(FR), MODEM | RXFE);
	assert_false(line);
	/* Half of it shown: go on. */
	show((u32)room / 2 - 1, NULL);
	assert_true(line);
	assert_int_equal(rd(RIS), TX);
	assert_int_equal(rd(FR), MODEM | RXFE | TXFE);
	assert_int_equal(show(~0U, NULL), room / 2);
}

/* Without FIFOs TXFF means: no room at all; the interrupt: room. */
static void full_no_fifo(void **s)
{
	u64 n;

	(void)s;
	vpl011_focus(&vm, true);
	wr(LCR_H, 0);
	for (n = 0; !(rd(FR) & TXFF); n++) {
		assert_int_equal(rd(FR), MODEM | RXFE | TXFE);
		wr(DR, 'a');
	}
	assert_int_equal(n, VCONSOLE_SIZE);
	assert_int_equal(rd(RIS), 0);
	show(~0U, NULL);
	assert_int_equal(rd(RIS), TX);
}

/* Transmit levels by IFLS. */
static void transmit_levels(void **s)
{
	static const u32 level[8] = { 4, 8, 16, 24, 28, 28, 28, 28 };

	(void)s;
	for (u32 i = 0; i < 8; i++) {
		u32 n = 0;

		vpl011_focus(&vm, true);
		wr(IFLS, i);
		for (u64 k = 0; k < VCONSOLE_SIZE - 32; k++)
			wr(DR, 'a');
		for (; rd(RIS) & TX; n++)
			wr(DR, 'a');
		assert_int_equal(n, level[i] + 1);
		show(~0U, NULL);
	}
}

/* The focus goes elsewhere while the VM waits for room: it does not wait any longer, polling or by interrupt. */
static void focus_leaves(void **s)
{
	(void)s;
	vpl011_focus(&vm, true);
	wr(IMSC, TX);
	while (!(rd(FR) & TXFF))
		wr(DR, 'a');
	assert_false(line);
	vpl011_focus(&vm, false);
	assert_true(line);
	assert_int_equal(rd(FR), MODEM | RXFE | TXFE);
	/* And comes back: the ring is still full, and so is the FIFO. */
	wr(DR, 'b');
	assert_true(line);
	vpl011_focus(&vm, true);
	assert_false(line);
	assert_true(rd(FR) & TXFF);
	show(~0U, NULL);
	assert_true(line);
	/* With room nothing changes by looking elsewhere. */
	wr(ICR, TX);
	vpl011_focus(&vm, false);
	vpl011_focus(&vm, true);
	assert_false(line);
}

/* A reset of the VM: the registers, and what was typed; not what it said. */
static void reset_of_vm(void **s)
{
	char text[8] = "";

	(void)s;
	wr(IMSC, 0x7ff);
	wr(IBRD, 5);
	wr(CR, 0x301);
	wr(DR, 'h');
	wr(DR, 'i');
	type_n(256);
	assert_false(vpl011_type(&vm, '!'));
	wr(LCR_H, 0);
	wr(DMACR, 7);
	assert_true(line);
	vpl011_device.reset(&vm);
	assert_false(line);
	at_reset(NULL);
	vpl011_focus(&vm, true);
	assert_int_equal(show(8, text), 2);
	assert_string_equal(text, "hi");
	/* No overrun is left over. */
	type("x");
	assert_int_equal(rd(DR), 'x');
}

/* Stopped: what it said stays, what is typed is not taken, and its interrupt controller is not touched. Then anew. */
static void stop_and_start(void **s)
{
	void *dev = vm.dev[VM_DEV_CONSOLE];
	char text[8] = "";

	(void)s;
	wr(DR, 'a');
	vpl011_device.destroy(&vm);
	line = true;
	assert_false(vpl011_type(&vm, 'x'));
	vpl011_space(&vm);
	vpl011_focus(&vm, true);
	vpl011_focus(&vm, false);
	assert_true(line);
	assert_ptr_equal(vpl011_console(&vm), &vpl011_console(&vm)[0]);
	vm.io.nr = 0;
	assert_int_equal(vpl011_device.create(&vm, &err), 0);
	assert_ptr_equal(vm.dev[VM_DEV_CONSOLE], dev);
	assert_false(line);
	assert_int_equal(rd(RIS), 0);
	wr(DR, 'b');
	vpl011_focus(&vm, true);
	show(8, text);
	assert_string_equal(text, "ab");
}

static void create_fails(void **s)
{
	(void)s;
	vpl011_device.destroy(&vm);
	free(vm.dev[VM_DEV_CONSOLE]);
	vm.dev[VM_DEV_CONSOLE] = NULL;
	vm.io.nr = 0;
	pages = 0;
	vm.cfg.no_vuart = true;
	assert_int_equal(vpl011_device.create(&vm, &err), 0);
	assert_null(vpl011_console(&vm));
	assert_int_equal(vm.io.nr, 0);
	vpl011_device.reset(&vm);
	vpl011_device.destroy(&vm);
	vm.cfg.no_vuart = false;
	no_pages = true;
	assert_int_equal(vpl011_device.create(&vm, &err), -ENOMEM);
	assert_non_null(strstr(err.text, "no EL2 memory for its console ("));
	no_pages = false;
	/* The VM is not in the table yet: when it cannot be created nothing is left of it. */
	nr_vms = 0;
	vm.io.max = 0;
	assert_int_equal(vpl011_device.create(&vm, &err), -EBUSY);
	assert_string_equal(err.text, "console: 0x9000000 is taken by something else; say console = \"none\"");
	vpl011_device.destroy(&vm);
	assert_int_equal(pages, 0);
	assert_null(vm.dev[VM_DEV_CONSOLE]);
}

static void hook(void)
{
	hooks++;
}

static void output_hook(void **s)
{
	(void)s;
	vconsole_output_hook = hook;
	hooks = 0;
	wr(DR, 'a');
	assert_int_equal(hooks, 0);
	vpl011_focus(&vm, true);
	wr(DR, 'b');
	assert_int_equal(hooks, 1);
}

/* Random accesses against a queue of what must arrive. -------------------------------------------------- */

static u32 seed;

static u32 rnd(u32 n)
{
	seed = seed * 1664525 + 1013904223;
	return (seed >> 8) % n;
}

static u16 queue[256];
static u32 q_len;
static bool lost;
static u32 overruns;

static void arrives(u8 ch)
{
	queue[q_len++] = (u16)(ch | (lost ? DR_OE : 0));
	lost = false;
}

static void check_invariants(void)
{
	u32 ris = (u32)rd(RIS), fr = (u32)rd(FR), deep = rd(LCR_H) & 0x10 ? 32 : 1;

	assert_int_equal(rd(MIS), ris & rd(IMSC));
	assert_int_equal(line, (ris & rd(IMSC)) != 0);
	assert_int_equal(fr & RXFE ? 1 : 0, q_len == 0);
	assert_int_equal(fr & RXFF ? 1 : 0, q_len >= deep);
	assert_int_equal(fr & (TXFF | TXFE),
			 vconsole_room(vpl011_console(&vm)) >= deep   ? TXFE
				 : vconsole_room(vpl011_console(&vm)) ? 0
								      : TXFF);
	if (!q_len)
		assert_int_equal(ris & (RX | RT), 0);
}

static void random_write(u64 off, u32 size, u32 v)
{
	u32 cr = (u32)rd(CR), deep = rd(LCR_H) & 0x10 ? 32 : 1;

	access(off, size, true, v);
	if (off != DR || size == 8 || (cr & 0x101) != 0x101 || !(cr & 0x80) || !(cr & 0x200))
		return;
	if (q_len >= deep)
		lost = true;
	else
		arrives((u8)v);
}

static void random_access(void)
{
	static const u64 regs[] = { DR, DR, DR, RSR, FR, IBRD, LCR_H, CR, IFLS, IMSC, RIS, MIS, ICR, DMACR };
	static const u32 sizes_of[] = { 1, 2, 4, 4, 4, 8 };
	u32 size = sizes_of[rnd(6)];
	u64 off = rnd(8) ? regs[rnd(ARRAY_SIZE(regs))] : rnd(0x1000 - 8), v;

	if (off % size)
		off &= ~(u64)(size - 1);
	if (rnd(2)) {
		random_write(off, size, off == CR && rnd(4) ? 0x301 : rnd(0x10000));
		return;
	}
	v = access(off, size, false, ~UINT64_C(0));
	if (size < 8)
		assert_int_equal(v >> (size * 8), 0);
	if (off != DR || size == 8)
		return;
	assert_int_equal(v, (q_len ? queue[0] : 0) & (size == 1 ? 0xff : 0xffff));
	if (q_len)
		memmove(queue, queue + 1, --q_len * sizeof(queue[0]));
}

static void random_typing(void)
{
	for (u32 n = rnd(4) ? 1 : rnd(60); n && (rd(CR) & 0x281) == 0x201; n--) {
		char ch = (char)rnd(256);
		bool fits = q_len < 256;

		assert_int_equal(vpl011_type(&vm, ch), fits);
		if (fits)
			arrives((u8)ch);
		else
			lost = true;
		overruns += !fits;
	}
}

static void random_reset(void)
{
	vpl011_device.reset(&vm);
	q_len = 0;
	lost = false;
}

static void random_input(void **s)
{
	(void)s;
	for (seed = 1; seed < 200000000; seed += 10000000) {
		for (u32 i = 0; i < 6000; i++) {
			u32 what = rnd(40);

			if (what < 12)
				random_typing();
			else if (what == 12)
				vpl011_focus(&vm, rnd(2));
			else if (what == 13)
				show(rnd(2000), NULL);
			else if (what == 14 && !rnd(20))
				random_reset();
			else
				random_access();
			check_invariants();
		}
	}
	assert_true(overruns > 100);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(at_reset),     T(widths),      T(sizes),          T(receive_levels), T(clear),
		T(no_fifo),      T(refill),      T(overrun),        T(eight_bits),     T(off),
		T(loopback),     T(not_shown),   T(full),           T(full_no_fifo),   T(transmit_levels),
		T(focus_leaves), T(reset_of_vm), T(stop_and_start), T(create_fails),   T(output_hook),
		T(random_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
