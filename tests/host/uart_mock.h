/* SPDX-License-Identifier: BSD-3-Clause */
/* A UART for tests of the console: a FIFO of a chosen depth that the test empties. */
#ifndef TESTS_HOST_UART_MOCK_H
#define TESTS_HOST_UART_MOCK_H

#include <common/irq.h>
#include <debug/console.h>

#define WIRE (1U << 20)

/* What left the UART, and what is still in its FIFO */
static char wire[WIRE];
static u32 wire_len, fifo, fifo_depth = 16;
static bool tx_on, rx_on;
static u32 inits, refusals;
/* A polling writer sees the FIFO drain after a while; a dead UART takes nothing. */
static bool dead, polled_out;
static const char *keys = ""; /* what somebody types */
static irq_handler_t handler;

static void mock_init(const struct host_uart *u)
{
	(void)u;
	inits++;
	tx_on = false;
}

static bool mock_try_putc(const struct host_uart *u, char c)
{
	(void)u;
	if (dead || fifo == fifo_depth) {
		refusals++;
		if (!dead && polled_out && refusals % 3 == 0)
			fifo--;
		return false;
	}
	fifo++;
	assert_true(wire_len < WIRE - 1);
	wire[wire_len++] = c;
	wire[wire_len] = '\0';
	return true;
}

static int mock_getc(const struct host_uart *u)
{
	(void)u;
	return *keys ? (u8)*keys++ : -1;
}

static void mock_tx_irq(const struct host_uart *u, bool on)
{
	(void)u;
	tx_on = on;
}

static void mock_rx_irq(const struct host_uart *u, bool on)
{
	(void)u;
	rx_on = on;
}

static void mock_drain(const struct host_uart *u)
{
	(void)u;
	fifo = 0;
}

static paddr_t mock_status(const struct host_uart *u)
{
	return u->reg.base + 4;
}

#define MOCK_UART(names)                                                                                               \
	{                                                                                                              \
		names, mock_init, mock_try_putc, mock_getc, mock_tx_irq, mock_rx_irq, mock_drain, mock_status          \
	}
static const char *const mock_pl011[] = { "arm,pl011", NULL };
static const char *const mock_dw[] = { "snps,dw-apb-uart", NULL };
const struct uart_ops uart_pl011_ops = MOCK_UART(mock_pl011);
const struct uart_ops uart_dw_ops = MOCK_UART(mock_dw);

void irq_release(u32 intid)
{
	assert_int_equal(intid, 33);
	handler = NULL;
}

struct host_info host = { .uart = { .reg = { 0x9000000, 0x1000 }, .intid = 33 } };
static const struct host_uart uart = { .reg = { 0x9000000, 0x1000 }, .compatible = "arm,pl011" };

#endif
