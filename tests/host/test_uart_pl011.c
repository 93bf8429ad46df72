/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/debug/uart_pl011.c */
/*
 * The PL011 driver on a register file and a receive FIFO: adopting the line, getting it back from a guest that left it
 * in a mess, and the receive interrupt, which comes when the FIFO fills and not because something is in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <asm/io.h>
#include <debug/console.h>

#define BASE 0x9000000U
#define DR 0x00U
#define FR 0x18U
#define FR_RXFE 0x10U
#define FR_TXFE 0x80U
#define RIS 0x3cU
#define ICR 0x44U
#define INT_RX 0x10U
#define IBRD 0x24U
#define FBRD 0x28U
#define LCR_H 0x2cU
#define CR 0x30U
#define IMSC 0x38U
#define CR_ON 0x301U
#define CR_LBE 0x80U
#define CR_CTSEN 0x8000U
#define LCRH_BRK 0x01U

static u32 reg[0x50 / 4];
static u32 line_writes; /* to CR, LCR_H or the divisors */
static const struct host_uart uart = { .reg = { BASE, 0x1000 }, .compatible = "arm,pl011" };

/* Trigger level one, as QEMU has it. */
static char rx[16];
static u32 nr_rx;
static u32 pasted; /* come as soon as there is room */

static void arrive(char c)
{
	assert_true(nr_rx < sizeof(rx));
	rx[nr_rx++] = c;
	if (nr_rx == 1)
		reg[RIS / 4] |= INT_RX;
}

static u32 read_dr(void)
{
	char c = rx[0];

	assert_true(nr_rx > 0);
	memmove(rx, rx + 1, --nr_rx);
	for (; pasted && nr_rx < sizeof(rx); pasted--)
		rx[nr_rx++] = 'p';
	if (nr_rx == 0)
		reg[RIS / 4] &= ~INT_RX;
	return (u8)c;
}

u32 mmio_read32(paddr_t a)
{
	if (a == BASE + DR)
		return read_dr();
	if (a == BASE + FR)
		return FR_TXFE | (nr_rx ? 0 : FR_RXFE);
	return reg[(a - BASE) / 4];
}

void mmio_write32(paddr_t a, u32 v)
{
	u32 off = (u32)(a - BASE);

	if (off >= IBRD && off <= CR) {
		line_writes++;
		/* DDI 0183G 3.3.8: only CR itself may be written while the UART is on. */
		if (off != CR)
			assert_false(reg[CR / 4] & 1U);
	}
	if (off == ICR)
		reg[RIS / 4] &= ~v;
	reg[off / 4] = v;
}

/* First of all, as at boot: firmware has not touched the UART. */
static void test_adopt(void **state)
{
	(void)state;
	reg[IBRD / 4] = 13;
	reg[FBRD / 4] = 1;
	reg[IMSC / 4] = 0x7f;
	uart_pl011_ops.init(&uart);
	assert_int_equal(reg[CR / 4], CR_ON);
	assert_int_equal(reg[LCR_H / 4], 0x70);
	assert_int_equal(reg[IBRD / 4], 13);
	assert_int_equal(reg[IMSC / 4], 0);
}

/* Keys for firmware or for a guest: they are not for Hazel, and the next one raises the interrupt. */
static void test_keys_of_others(void **state)
{
	u32 n;

	(void)state;
	for (n = 0; n <= sizeof(rx); n++) {
		u32 i;

		for (i = 0; i < n; i++)
			arrive('k');
		uart_pl011_ops.init(&uart);
		uart_pl011_ops.rx_irq(&uart, true);
		assert_int_equal(uart_pl011_ops.getc(&uart), -1);
		assert_int_equal(reg[RIS / 4] & reg[IMSC / 4] & INT_RX, 0);
		arrive('n');
		assert_int_equal(reg[RIS / 4] & reg[IMSC / 4] & INT_RX, INT_RX);
		assert_int_equal(uart_pl011_ops.getc(&uart), 'n');
		uart_pl011_ops.rx_irq(&uart, false);
	}
	/* A FIFO that is full all the time. */
	for (n = 0; n < sizeof(rx); n++)
		arrive('k');
	pasted = 4096;
	uart_pl011_ops.init(&uart);
	assert_int_equal(nr_rx + pasted, 0);
	/* One that comes before the interrupt is on waits for it. */
	uart_pl011_ops.init(&uart);
	arrive('w');
	uart_pl011_ops.rx_irq(&uart, true);
	assert_int_equal(reg[RIS / 4] & reg[IMSC / 4] & INT_RX, INT_RX);
	assert_int_equal(uart_pl011_ops.getc(&uart), 'w');
}

static void test_adopt_again(void **state)
{
	(void)state;
	line_writes = 0;
	uart_pl011_ops.init(&uart);
	assert_int_equal(line_writes, 0);
}

static void test_after_a_guest(void **state)
{
	static const struct {
		u32 off, value;
	} mess[] = { { CR, CR_ON | CR_LBE },
		     { CR, CR_ON | CR_CTSEN },
		     { LCR_H, 0x70 | LCRH_BRK },
		     { IBRD, 1 },
		     { FBRD, 63 },
		     { CR, 0 } };
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mess) / sizeof(mess[0]); i++) {
		reg[mess[i].off / 4] = mess[i].value;
		reg[IMSC / 4] = 0x50;
		uart_pl011_ops.init(&uart);
		assert_int_equal(reg[CR / 4], CR_ON);
		assert_int_equal(reg[LCR_H / 4], 0x70);
		assert_int_equal(reg[IBRD / 4], 13);
		assert_int_equal(reg[FBRD / 4], 1);
		assert_int_equal(reg[IMSC / 4], 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adopt),
		cmocka_unit_test(test_adopt_again),
		cmocka_unit_test(test_after_a_guest),
		cmocka_unit_test(test_keys_of_others),
	};

	return cmocka_run_group_tests_name("uart_pl011", tests, NULL, NULL);
}
