/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/debug/uart_dw.c */
/* The 16550 driver on a model of the DesignWare UART: DLAB, busy state, FIFOs, interrupt identification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <asm/io.h>
#include <debug/console.h>

#define BASE UINT64_C(0xfeb50000)

static const struct host_uart dw = {
	.reg = { BASE, 0x100 }, .reg_shift = 2, .reg_io_width = 4, .compatible = "snps,dw-apb-uart"
};
static const struct host_uart plain = { .reg = { BASE, 8 }, .reg_io_width = 1, .compatible = "ns16550a" };

/* The model. Receive side: characters with their LSR bits. */
static struct {
	u32 lcr, mcr, ier, dll, dlh;
	bool no_fcr, fifo_on, thr_pending, busy_irq, late_timeout;
	u32 rx_trigger_writes, fcr;
	u16 rx[64];
	u32 rx_wr, rx_rd;
	u32 busy; /* LCR is not taken for so many tries; loopback ends it when 0xffff */
	char sent[256];
	u32 nr_sent, in_fifo, overrun;
	u32 lcr_writes, divisor_writes, usr_reads, accesses;
} m;

static u32 shift, width;

static void model(const struct host_uart *u)
{
	memset(&m, 0, sizeof(m));
	shift = u->reg_shift;
	width = u->reg_io_width;
	m.lcr = 0x03;
	m.mcr = 0x03;
	m.dll = 1;
	m.fifo_on = true;
}

static bool receiving(void)
{
	return m.rx_wr != m.rx_rd;
}

static u32 lsr(void)
{
	u32 v = receiving() ? 0x01U | (m.rx[m.rx_rd % 64] >> 8) : 0;

	/* Error bits belong to the character on top and go away with a read. */
	if (receiving())
		m.rx[m.rx_rd % 64] &= 0xff;
	return v | (m.in_fifo == 0 ? 0x60U : 0);
}

static u32 iir(void)
{
	u32 id = 1;

	if ((m.ier & 1) && receiving())
		id = 0x4;
	else if ((m.ier & 1) && m.late_timeout)
		id = 0xc;
	else if (m.busy_irq)
		id = 0x7;
	else if ((m.ier & 2) && m.thr_pending) {
		id = 0x2;
		m.thr_pending = false;
	}
	return id | (m.fifo_on ? 0xc0U : 0);
}

static u32 rbr(void)
{
	m.late_timeout = false;
	/* With PSLVERR_RESP_EN the bus faults when there is nothing and no timeout is signalled. */
	return receiving() ? m.rx[m.rx_rd++ % 64] & 0xffU : 0;
}

static u32 model_read(u32 reg)
{
	m.accesses++;
	switch (reg) {
	case 0:
		return m.lcr & 0x80 ? m.dll : rbr();
	case 1:
		return m.lcr & 0x80 ? m.dlh : m.ier;
	case 2:
		return iir();
	case 3:
		return m.lcr;
	case 4:
		return m.mcr;
	case 5:
		return lsr();
	case 0x1f:
		assert_int_equal(shift, 2); /* a plain 16550 ends at register 7 */
		m.usr_reads++;
		m.busy_irq = false;
		return m.busy ? 1 : 0;
	default:
		fail_msg("read of register %u", reg);
		return 0;
	}
}

static void send(u32 c)
{
	if (m.in_fifo == (m.fifo_on ? 16U : 1U)) {
		m.overrun++;
		return;
	}
	m.thr_pending = false;
	m.in_fifo++;
	m.sent[m.nr_sent++] = (char)c;
}

static void write_lcr(u32 v)
{
	m.lcr_writes++;
	if (m.busy == 0xffff && (m.mcr & 0x10))
		m.busy = 0;
	if (m.busy) {
		if (m.busy != 0xffff)
			m.busy--;
		m.busy_irq = true;
		return;
	}
	m.lcr = v;
}

static void model_write(u32 reg, u32 v)
{
	m.accesses++;
	switch (reg) {
	case 0:
		if (m.lcr & 0x80)
			m.divisor_writes++;
		else
			send(v);
		break;
	case 1:
		if (m.lcr & 0x80) {
			m.divisor_writes++;
			break;
		}
		if (!(m.ier & 2) && (v & 2) && m.in_fifo == 0)
			m.thr_pending = true;
		m.ier = v;
		break;
	case 2:
		if (m.no_fcr)
			break;
		m.fcr = v;
		if (!!(v & 1) != m.fifo_on || (v & 2))
			m.rx_rd = m.rx_wr;
		m.fifo_on = v & 1;
		break;
	case 3:
		write_lcr(v);
		break;
	case 4:
		m.mcr = v;
		break;
	default:
		fail_msg("write of register %u", reg);
	}
}

static u32 reg_of(paddr_t a)
{
	assert_true(a >= BASE && a < BASE + 0x100);
	assert_int_equal((a - BASE) & ((1U << shift) - 1), 0);
	return (u32)((a - BASE) >> shift);
}

u32 mmio_read32(paddr_t a)
{
	assert_int_equal(width, 4);
	/* The upper bits of a register are reserved, not zero. */
	return model_read(reg_of(a)) | 0xa5000000U;
}

void mmio_write32(paddr_t a, u32 v)
{
	assert_int_equal(width, 4);
	model_write(reg_of(a), v);
}

u8 mmio_read8(paddr_t a)
{
	assert_int_equal(width, 1);
	return (u8)model_read(reg_of(a));
}

void mmio_write8(paddr_t a, u8 v)
{
	assert_int_equal(width, 1);
	model_write(reg_of(a), v);
}

static void arrive(u32 c, u32 errors)
{
	m.rx[m.rx_wr++ % 64] = (u16)(c | errors << 8);
}

/* First of all, as at boot: firmware has set the line up, its last characters are on their way, a key is left. */
static void test_adopt(void **state)
{
	(void)state;
	model(&dw);
	m.ier = 0x0f;
	m.in_fifo = 3;
	arrive('k', 0);
	uart_dw_ops.init(&dw);
	assert_int_equal(m.lcr_writes, 0);
	assert_int_equal(m.divisor_writes, 0);
	assert_int_equal(m.ier, 0);
	assert_int_equal(m.mcr, 0x03);
	assert_true(m.fifo_on);
	assert_int_equal(m.in_fifo, 3);
	assert_int_equal(uart_dw_ops.getc(&dw), -1);
	arrive('n', 0);
	assert_int_equal(uart_dw_ops.getc(&dw), 'n');
	/* One without FIFOs does not know FCR, and holds one character. */
	model(&plain);
	m.no_fcr = true;
	m.fifo_on = false;
	arrive('k', 0x08);
	uart_dw_ops.init(&plain);
	arrive('n', 0);
	assert_int_equal(uart_dw_ops.getc(&plain), 'n');
}

static void test_polled_output(void **state)
{
	u32 i;

	(void)state;
	model(&dw);
	uart_dw_ops.init(&dw);
	assert_true(uart_dw_ops.try_putc(&dw, 'a'));
	for (i = 0; i < 100; i++)
		assert_false(uart_dw_ops.try_putc(&dw, 'b'));
	m.in_fifo = 0;
	assert_true(uart_dw_ops.try_putc(&dw, 'b'));
	assert_int_equal(m.overrun, 0);
	assert_memory_equal(m.sent, "ab", 2);
	/* A guest that has the UART sets its speed just now: nothing may land in its divisor. */
	m.in_fifo = 0;
	m.lcr = 0x83;
	assert_false(uart_dw_ops.try_putc(&dw, 'c'));
	assert_int_equal(m.divisor_writes, 0);
}

static void test_interrupt_output(void **state)
{
	u32 i;

	(void)state;
	model(&dw);
	uart_dw_ops.init(&dw);
	uart_dw_ops.tx_irq(&dw, true);
	assert_int_equal(m.ier, 0x02);
	/* A FIFO full for each interrupt, and no more. */
	for (i = 0; i < 16; i++)
		assert_true(uart_dw_ops.try_putc(&dw, (char)('a' + i)));
	assert_false(uart_dw_ops.try_putc(&dw, 'x'));
	assert_int_equal(m.overrun, 0);
	m.in_fifo = 0;
	m.thr_pending = true;
	assert_true(uart_dw_ops.try_putc(&dw, 'q'));
	/* What was left of the FIFO is not believed once the interrupt has been off. */
	uart_dw_ops.tx_irq(&dw, false);
	assert_int_equal(m.ier, 0);
	m.in_fifo = 16;
	assert_false(uart_dw_ops.try_putc(&dw, 'r'));
	/* No write of IER when nothing changes: it would raise the interrupt again. */
	m.accesses = 0;
	uart_dw_ops.tx_irq(&dw, false);
	assert_int_equal(m.accesses, 0);
}

static void test_input(void **state)
{
	(void)state;
	model(&dw);
	uart_dw_ops.init(&dw);
	uart_dw_ops.rx_irq(&dw, true);
	assert_int_equal(m.ier, 0x01);
	assert_int_equal(uart_dw_ops.getc(&dw), -1);
	arrive('a', 0);
	arrive('b', 0x04); /* parity */
	arrive('c', 0x02); /* overrun: what was lost is another one */
	arrive(0, 0x10);   /* break */
	arrive(0xff, 0);
	assert_int_equal(uart_dw_ops.getc(&dw), 'a');
	assert_int_equal(uart_dw_ops.getc(&dw), -1);
	assert_int_equal(uart_dw_ops.getc(&dw), 'c');
	assert_int_equal(uart_dw_ops.getc(&dw), -1);
	assert_int_equal(uart_dw_ops.getc(&dw), 0xff);
	/* A look at LSR by somebody who sends does not make a damaged character a good one. */
	arrive('d', 0x08);
	assert_true(uart_dw_ops.try_putc(&dw, '.'));
	assert_int_equal(uart_dw_ops.getc(&dw), -1);
	arrive('e', 0);
	assert_int_equal(uart_dw_ops.getc(&dw), 'e');
}

/* Interrupts that would stay for ever. */
static void test_stuck_interrupts(void **state)
{
	(void)state;
	model(&dw);
	uart_dw_ops.init(&dw);
	uart_dw_ops.rx_irq(&dw, true);
	m.late_timeout = true;
	assert_int_equal(uart_dw_ops.getc(&dw), -1);
	assert_false(m.late_timeout);
	m.busy_irq = true;
	assert_int_equal(uart_dw_ops.getc(&dw), -1);
	assert_false(m.busy_irq);
	m.busy_irq = true;
	uart_dw_ops.init(&dw);
	assert_false(m.busy_irq);
}

static void test_after_a_guest(void **state)
{
	static const struct {
		u32 lcr, mcr, busy;
		bool fifo;
	} mess[] = {
		{ 0x83, 0x03, 0, true },      /* DLAB */
		{ 0x43, 0x03, 0, true },      /* break */
		{ 0x1e, 0x03, 0, true },      /* 7E2 */
		{ 0x03, 0x13, 0, true },      /* loopback */
		{ 0x03, 0x20, 0, false },     /* flow control, no FIFO */
		{ 0x83, 0x03, 3, true },      /* busy for a while */
		{ 0x83, 0x03, 0xffff, true }, /* busy for as long as characters arrive */
		{ 0x00, 0x00, 0, false },     /* reset */
	};
	size_t i;

	(void)state;
	for (i = 0; i < sizeof(mess) / sizeof(mess[0]); i++) {
		model(&dw);
		m.lcr = mess[i].lcr;
		m.mcr = mess[i].mcr;
		m.busy = mess[i].busy;
		m.fifo_on = mess[i].fifo;
		m.ier = 0x8f;
		m.fcr = 0xc1;
		uart_dw_ops.init(&dw);
		assert_int_equal(m.lcr, 0x03);
		assert_int_equal(m.mcr, 0x03);
		assert_int_equal(m.ier, 0);
		assert_int_equal(m.fcr, 0x03);
		assert_true(m.fifo_on);
		assert_false(m.busy_irq);
		assert_int_equal(m.divisor_writes, 0);
	}
	/* One that is broken for good ends the wait. */
	model(&dw);
	m.lcr = 0x43;
	m.busy = 100000;
	uart_dw_ops.init(&dw);
	assert_true(m.lcr_writes <= 1000);
}

static void test_drain(void **state)
{
	(void)state;
	model(&dw);
	assert_int_equal(uart_dw_ops.status(&dw), BASE + 0xc);
	assert_int_equal(uart_dw_ops.status(&plain), BASE + 3);
	uart_dw_ops.drain(&dw);
	m.in_fifo = 1;
	uart_dw_ops.drain(&dw); /* comes back from a dead one, too */
}

/* Byte accesses, registers side by side, no USR. */
static void test_plain_16550(void **state)
{
	(void)state;
	model(&plain);
	m.lcr = 0x83;
	uart_dw_ops.init(&plain);
	assert_int_equal(m.lcr, 0x03);
	assert_true(uart_dw_ops.try_putc(&plain, 'a'));
	assert_int_equal(m.sent[0], 'a');
	arrive('b', 0);
	assert_int_equal(uart_dw_ops.getc(&plain), 'b');
	assert_int_equal(uart_dw_ops.getc(&plain), -1);
	assert_int_equal(m.usr_reads, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_adopt),
		cmocka_unit_test(test_polled_output),
		cmocka_unit_test(test_interrupt_output),
		cmocka_unit_test(test_input),
		cmocka_unit_test(test_stuck_interrupts),
		cmocka_unit_test(test_after_a_guest),
		cmocka_unit_test(test_drain),
		cmocka_unit_test(test_plain_16550),
	};

	return cmocka_run_group_tests_name("uart_dw", tests, NULL, NULL);
}
