/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/debug/console.c hypervisor/debug/ring.c hypervisor/lib/printf.c */
/* Console modes on a model UART: a FIFO of a chosen depth that the test empties. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <common/irq.h>
#include <debug/console.h>
#include <debug/logmsg.h>
#include <debug/ring.h>
#include <lib/errno.h>
#include <lib/printf.h>

#include "uart_mock.h"

static int request_result;

int irq_request(u32 intid, bool edge, irq_handler_t fn, void *arg)
{
	(void)arg;
	assert_int_equal(intid, 33);
	assert_false(edge);
	if (!request_result)
		handler = fn;
	return request_result;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

static void put(const char *s)
{
	console_write(s, strlen(s));
}

static void clear_wire(void)
{
	wire_len = 0;
	wire[0] = '\0';
}

/* The tests run in order and share one console, as at boot. */
static void test_before_init(void **state)
{
	struct host_uart other = { .compatible = "ns16550a" };

	(void)state;
	fifo_depth = 16;
	polled_out = true;
	put("first\n");
	console_poll();
	console_flush();
	assert_int_equal(console_init(&other), -ENODEV);
	assert_int_equal(wire_len, 0);
	assert_int_equal(console_init(&uart), 0);
	assert_string_equal(wire, "first\r\n");
	assert_int_equal(inits, 1);
}

static void test_polling(void **state)
{
	(void)state;
	clear_wire();
	put("a line that is longer than the FIFO\nand one\n\n");
	assert_string_equal(wire, "a line that is longer than the FIFO\r\nand one\r\n\r\n");
	assert_false(tx_on);
}

static void test_dead_uart(void **state)
{
	u32 before;

	(void)state;
	clear_wire();
	dead = true;
	put("one\n");
	before = refusals;
	put("two\n");
	/* It waited once; from then on it asks, but does not wait. */
	assert_true(refusals - before < 4);
	dead = false;
	put("three\n");
	console_flush();
	assert_string_equal(wire, "one\r\ntwo\r\nthree\r\n");
}

static void test_interrupt_mode(void **state)
{
	u32 before;

	(void)state;
	request_result = -EBUSY;
	assert_int_equal(console_irq_init(), -EBUSY);
	request_result = 0;
	assert_int_equal(console_irq_init(), 0);
	clear_wire();
	fifo = 0;
	polled_out = false;
	before = refusals;
	put("0123456789abcdefghijklmnop\n");
	/* What fits goes at once, the rest is left to the interrupt without waiting. */
	assert_string_equal(wire, "0123456789abcdef");
	assert_true(tx_on);
	assert_int_equal(refusals - before, 1);
	put("next\n");
	fifo = 4;
	handler(33, NULL);
	assert_string_equal(wire, "0123456789abcdefghijklmnop\r\n");
	assert_true(tx_on);
	fifo = 0;
	handler(33, NULL);
	assert_string_equal(wire, "0123456789abcdefghijklmnop\r\nnext\r\n");
	assert_false(tx_on);
}

/* A full ring loses the oldest lines, whole, and says so when the reader has caught up. */
static void test_overflow(void **state)
{
	char line[64];
	unsigned long i, lost, first;
	char *end;

	(void)state;
	clear_wire();
	fifo = fifo_depth;
	for (i = 0; i < 1000; i++) {
		snprintf(line, sizeof(line), "line %04lu of a flood of them\n", i);
		put(line);
	}
	assert_int_equal(wire_len, 0);
	for (i = 0; i < 10000 && tx_on; i++) {
		fifo = 0;
		handler(33, NULL);
	}
	assert_false(tx_on);
	assert_int_equal(strncmp(wire, "line ", 5), 0);
	first = strtoul(wire + 5, NULL, 10);
	assert_true(first > 0);
	end = strstr(wire, "[hv] warning: ");
	assert_non_null(end);
	lost = strtoul(end + 14, NULL, 10);
	assert_int_equal(lost, first * 29);
	assert_non_null(strstr(wire, "line 0999 of a flood of them\r\n[hv] warning"));
	assert_true(wire_len < RING_SIZE * 2);
}

/* A guest's text, and what is typed for it. */
static const char *guest_text = "";
static char got[64];
static u32 afters;

static int u_next(void)
{
	return *guest_text ? *guest_text++ : -1;
}

static void u_back(void)
{
	guest_text--;
}

static void u_typed(char c)
{
	size_t at = strlen(got);

	assert_true(at + 1 < sizeof(got));
	got[at] = c;
	got[at + 1] = '\0';
}

static void u_after(void)
{
	afters++;
}

static void test_user(void **state)
{
	static const struct console_user user = { u_next, u_back, u_typed, u_after };
	char many[300], *end;

	(void)state;
	clear_wire();
	fifo = 0;
	keys = "lost"; /* nobody is there for it */
	handler(33, NULL);
	assert_string_equal(keys, "lost");
	assert_false(rx_on);
	console_set_user(&user);
	assert_true(rx_on);
	assert_int_equal(afters, 0);
	handler(33, NULL);
	assert_string_equal(got, "lost");
	assert_int_equal(afters, 1);
	/* Text goes as it is, and waits for room without losing the byte that had none. */
	guest_text = "0123456789abcdefXY\n";
	console_poll();
	assert_string_equal(wire, "0123456789abcdef");
	assert_true(tx_on);
	fifo = 15;
	handler(33, NULL);
	fifo = 0;
	/* Hazel's own comes first, on a line of its own. */
	put("[hv] hello\n");
	assert_string_equal(wire, "0123456789abcdefX\r\n[hv] hello\r\nY\n");
	fifo = 0;
	handler(33, NULL);
	assert_false(tx_on);
	clear_wire();
	put("[hv] again\n");
	assert_string_equal(wire, "[hv] again\r\n");
	/* At most so much at once, however fast the UART: others want the CPU too. */
	memset(many, 'x', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	guest_text = many;
	fifo = 0;
	fifo_depth = 1000;
	clear_wire();
	console_poll();
	assert_int_equal(wire_len, 128);
	assert_true(tx_on);
	while (tx_on)
		handler(33, NULL);
	assert_int_equal(wire_len, 299);
	end = many;
	assert_ptr_equal(guest_text, end + 299);
	guest_text = "";
	fifo_depth = 16;
	fifo = 0;
}

static void test_give_away(void **state)
{
	u32 before;

	(void)state;
	clear_wire();
	fifo = fifo_depth;
	polled_out = true;
	put("mine\n");
	console_give_away();
	assert_null(handler);
	assert_false(tx_on || rx_on);
	assert_string_equal(wire, "mine\r\n");
	/* The guest filled the FIFO and stopped the UART: EL2 waits a little, and keeps the line. */
	clear_wire();
	fifo = fifo_depth;
	polled_out = false;
	before = refusals;
	put("later\n");
	assert_true(refusals - before < 1000);
	assert_int_equal(wire_len, 0);
	assert_int_equal(inits, 1);
	fifo = 0;
	console_poll();
	assert_string_equal(wire, "later\r\n");
	/* The line of a pass-through guest's INTID must not reach us any more. */
	assert_false(tx_on);
	console_take_back();
	assert_int_equal(inits, 2);
	assert_non_null(handler);
	fifo = 0;
	put("again\n");
	assert_string_equal(wire, "later\r\nagain\r\n");
}

static void test_crash(void **state)
{
	(void)state;
	clear_wire();
	fifo = fifo_depth;
	polled_out = false;
	put("queued\n");
	assert_true(tx_on);
	polled_out = true;
	console_crash();
	assert_false(tx_on);
	put("dump\n");
	console_flush();
	assert_string_equal(wire, "queued\r\ndump\r\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_before_init), cmocka_unit_test(test_polling),
		cmocka_unit_test(test_dead_uart),   cmocka_unit_test(test_interrupt_mode),
		cmocka_unit_test(test_overflow),    cmocka_unit_test(test_user),
		cmocka_unit_test(test_give_away),   cmocka_unit_test(test_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
