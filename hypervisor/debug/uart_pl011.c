/* SPDX-License-Identifier: BSD-3-Clause */
/* Arm PL011 (DDI 0183G chapter 3), and the SBSA generic UART, which is a part of it. */
#include <asm/io.h>
#include <debug/console.h>
#include <lib/bits.h>

#define UARTDR 0x000U
#define UARTFR 0x018U
#define UARTIBRD 0x024U
#define UARTFBRD 0x028U
#define UARTLCR_H 0x02cU
#define UARTCR 0x030U
#define UARTIMSC 0x038U
#define UARTICR 0x044U

#define FR_BUSY BIT32(3)
#define FR_RXFE BIT32(4)
#define FR_TXFF BIT32(5)
#define LCRH_FEN BIT32(4)
#define LCRH_8N1 (BIT32(6) | BIT32(5))
#define CR_UARTEN BIT32(0)
#define CR_TXE BIT32(8)
#define CR_RXE BIT32(9)
#define CR_ON (CR_UARTEN | CR_TXE | CR_RXE)
#define INT_RX BIT32(4)
#define INT_TX BIT32(5)
#define INT_RT BIT32(6)
#define INT_ALL 0x7ffU
#define DR_DATA 0xffU
#define DR_ERRORS 0xf00U

/* A character takes 87 us at 115200 baud; this is seconds, so that only a dead UART ends the wait. */
#define DRAIN_POLLS (1U << 22)
/* Received text to drop: a long paste, which a model of the UART may hand over as fast as it is read. */
#define DROP_MAX (1U << 16)

/* The line as it was adopted. A guest that had the UART may leave loopback, flow control, a break or other divisors. */
static struct {
	bool valid;
	u32 ibrd, fbrd, lcr_h, cr;
} adopted;

static u32 imsc; /* as written */

static void pl011_drain(const struct host_uart *u)
{
	u32 i;

	for (i = 0; i < DRAIN_POLLS; i++)
		if (!(mmio_read32(u->reg.base + UARTFR) & FR_BUSY))
			return;
}

static bool as_adopted(paddr_t base)
{
	return mmio_read32(base + UARTIBRD) == adopted.ibrd && mmio_read32(base + UARTFBRD) == adopted.fbrd &&
		mmio_read32(base + UARTLCR_H) == adopted.lcr_h && mmio_read32(base + UARTCR) == adopted.cr;
}

/* LCR_H and the divisors may change only while the UART is off, and the divisors count with the write of LCR_H. */
static void program(paddr_t base)
{
	mmio_write32(base + UARTCR, 0);
	mmio_write32(base + UARTIBRD, adopted.ibrd);
	mmio_write32(base + UARTFBRD, adopted.fbrd);
	mmio_write32(base + UARTLCR_H, adopted.lcr_h);
	mmio_write32(base + UARTCR, adopted.cr);
}

/*
 * What was typed until now was for somebody else. And it must not stay: the receive interrupts come when the FIFO fills
 * (DDI 0183G 2.8.2, 2.8.4), so that one cleared while something is there may never come again.
 */
static void drop_input(paddr_t base)
{
	u32 i;

	mmio_write32(base + UARTICR, INT_ALL);
	for (i = 0; i < DROP_MAX && !(mmio_read32(base + UARTFR) & FR_RXFE); i++)
		(void)mmio_read32(base + UARTDR);
}

static void pl011_init(const struct host_uart *u)
{
	paddr_t base = u->reg.base;

	imsc = 0;
	mmio_write32(base + UARTIMSC, 0);
	if (!adopted.valid) {
		adopted.ibrd = mmio_read32(base + UARTIBRD);
		adopted.fbrd = mmio_read32(base + UARTFBRD);
		adopted.lcr_h = mmio_read32(base + UARTLCR_H);
		adopted.cr = mmio_read32(base + UARTCR);
		/* Firmware did not use it: 8N1 with FIFOs, at whatever rate the divisors say. */
		if ((adopted.cr & CR_ON) != CR_ON) {
			adopted.lcr_h = LCRH_8N1 | LCRH_FEN;
			adopted.cr |= CR_ON;
		}
		adopted.valid = true;
	}
	if (!as_adopted(base)) {
		pl011_drain(u);
		program(base);
	}
	drop_input(base);
}

static bool pl011_try_putc(const struct host_uart *u, char c)
{
	if (mmio_read32(u->reg.base + UARTFR) & FR_TXFF)
		return false;
	mmio_write32(u->reg.base + UARTDR, (u8)c);
	return true;
}

static int pl011_getc(const struct host_uart *u)
{
	u32 v;

	if (mmio_read32(u->reg.base + UARTFR) & FR_RXFE)
		return -1;
	v = mmio_read32(u->reg.base + UARTDR);
	return v & DR_ERRORS ? -1 : (int)(v & DR_DATA);
}

static void set_irq(const struct host_uart *u, u32 bits, bool on)
{
	imsc = on ? imsc | bits : imsc & ~bits;
	mmio_write32(u->reg.base + UARTIMSC, imsc);
}

static void pl011_tx_irq(const struct host_uart *u, bool on)
{
	if (!on)
		mmio_write32(u->reg.base + UARTICR, INT_TX);
	if (on != !!(imsc & INT_TX) || !on)
		set_irq(u, INT_TX, on);
}

static void pl011_rx_irq(const struct host_uart *u, bool on)
{
	set_irq(u, INT_RX | INT_RT, on);
}

static paddr_t pl011_status(const struct host_uart *u)
{
	return u->reg.base + UARTFR;
}

static const char *const compatible[] = { "arm,pl011", "arm,sbsa-uart", NULL };

const struct uart_ops uart_pl011_ops = {
	.compatible = compatible,
	.init = pl011_init,
	.try_putc = pl011_try_putc,
	.getc = pl011_getc,
	.tx_irq = pl011_tx_irq,
	.rx_irq = pl011_rx_irq,
	.drain = pl011_drain,
	.status = pl011_status,
};
