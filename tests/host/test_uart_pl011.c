/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/debug/uart_pl011.c */
/* The PL011 driver on a register file: adopting the line, and getting it back from a guest that left it in a mess. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <asm/io.h>
#include <debug/console.h>

#define BASE 0x9000000U
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

u32 mmio_read32(paddr_t a)
{
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
	};

	return cmocka_run_group_tests_name("uart_pl011", tests, NULL, NULL);
}
