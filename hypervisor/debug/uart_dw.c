/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * 16550 UARTs, and the Synopsys DesignWare APB UART, which is one with a busy state (DW_apb_uart databook, chapter 5):
 * while it is busy it ignores writes of LCR and raises an interrupt that a read of USR takes back. The line's speed
 * stays as it is found, because nobody but firmware knows the clock.
 */
#include <asm/io.h>
#include <debug/console.h>
#include <lib/bits.h>
#include <lib/string.h>

/* Register numbers; the address is shifted left by reg-shift. */
#define UART_RBR 0U /* read: received character */
#define UART_THR 0U /* write: character to send */
#define UART_IER 1U
#define UART_IIR 2U /* read */
#define UART_FCR 2U /* write */
#define UART_LCR 3U
#define UART_MCR 4U
#define UART_LSR 5U
#define UART_USR 0x1fU /* DW only */

#define IER_RX BIT32(0) /* received data, and the character timeout */
#define IER_TX BIT32(1) /* THR, or the whole FIFO, is empty */
#define IIR_ID GENMASK(3, 0)
#define IIR_BUSY 0x7U
#define IIR_TIMEOUT 0xcU
#define IIR_FIFO GENMASK(7, 6)
#define FCR_ENABLE BIT32(0)
#define FCR_RX_RESET BIT32(1)
#define LCR_8N1 0x03U
#define LCR_BREAK BIT32(6)
#define LCR_DLAB BIT32(7)
#define MCR_LOOP BIT32(4)
#define LSR_DR BIT32(0)
#define LSR_BAD (BIT32(2) | BIT32(3) | BIT32(4)) /* parity, framing, break */
#define LSR_THRE BIT32(5)
#define LSR_TEMT BIT32(6)

#define FIFO_DEPTH 16U /* of the smallest */
#define LCR_TRIES 1000U
/* A character takes 87 us at 115200 baud; this is seconds, so that only a dead UART ends the wait. */
#define DRAIN_POLLS (1U << 22)

/* The line as it was adopted. A guest that had the UART may leave loopback, a break or another format. */
static struct {
	bool valid;
	bool fifo;
	u32 lcr, mcr;
} adopted;

static u32 ier;   /* as written */
static u32 room;  /* characters that fit without a look at LSR */
static u32 noted; /* LSR_BAD that a read of LSR took away, of the character that is next */

static paddr_t reg_at(const struct host_uart *u, u32 reg)
{
	return u->reg.base + ((paddr_t)reg << u->reg_shift);
}

static u32 rd(const struct host_uart *u, u32 reg)
{
	paddr_t a = reg_at(u, reg);

	return u->reg_io_width == 4 ? mmio_read32(a) & 0xffU : mmio_read8(a);
}

static void wr(const struct host_uart *u, u32 reg, u32 v)
{
	paddr_t a = reg_at(u, reg);

	if (u->reg_io_width == 4)
		mmio_write32(a, v);
	else
		mmio_write8(a, (u8)v);
}

static u32 read_lsr(const struct host_uart *u)
{
	u32 lsr = rd(u, UART_LSR) | noted;

	noted = lsr & LSR_BAD;
	return lsr;
}

static void clear_busy(const struct host_uart *u)
{
	if (!strcmp(u->compatible, "snps,dw-apb-uart"))
		(void)rd(u, UART_USR);
}

static void dw_drain(const struct host_uart *u)
{
	u32 i;

	for (i = 0; i < DRAIN_POLLS; i++)
		if (read_lsr(u) & LSR_TEMT)
			return;
}

/* In loopback nothing arrives that would make it busy again, and what has arrived is dropped. */
static void set_lcr(const struct host_uart *u, u32 lcr)
{
	u32 mcr = rd(u, UART_MCR), i;

	dw_drain(u);
	wr(u, UART_MCR, mcr | MCR_LOOP);
	for (i = 0; i < LCR_TRIES; i++) {
		wr(u, UART_LCR, lcr);
		clear_busy(u);
		if (rd(u, UART_LCR) == lcr)
			break;
		wr(u, UART_FCR, FCR_ENABLE | FCR_RX_RESET);
		if (read_lsr(u) & LSR_DR)
			(void)rd(u, UART_RBR);
	}
	wr(u, UART_MCR, mcr);
}

static void adopt(const struct host_uart *u, u32 lcr)
{
	adopted.lcr = lcr & ~(LCR_DLAB | LCR_BREAK);
	adopted.fifo = FIELD_GET(IIR_FIFO, rd(u, UART_IIR)) == 3;
	adopted.mcr = rd(u, UART_MCR) & ~MCR_LOOP;
	/* Firmware did not use it: as a PC's would be, at whatever rate the divisor says. */
	if (!lcr) {
		adopted.lcr = LCR_8N1;
		adopted.fifo = true;
	}
	adopted.valid = true;
}

static void dw_init(const struct host_uart *u)
{
	u32 lcr = rd(u, UART_LCR);

	ier = room = noted = 0;
	if (!adopted.valid)
		adopt(u, lcr);
	/* First of all: with DLAB set, IER and THR are the divisor. */
	if (lcr != adopted.lcr)
		set_lcr(u, adopted.lcr);
	wr(u, UART_IER, 0);
	if (rd(u, UART_MCR) != adopted.mcr)
		wr(u, UART_MCR, adopted.mcr);
	/* Receive trigger at one character. What was typed until now was for somebody else; text on its way stays. */
	wr(u, UART_FCR, adopted.fifo ? FCR_ENABLE | FCR_RX_RESET : 0);
	clear_busy(u);
	if (read_lsr(u) & LSR_DR)
		(void)rd(u, UART_RBR);
	noted = 0;
}

static bool dw_try_putc(const struct host_uart *u, char c)
{
	if (!room) {
		/* A guest that has the UART may be in the middle of setting its speed. */
		if (!(read_lsr(u) & LSR_THRE) || (rd(u, UART_LCR) & LCR_DLAB))
			return false;
		/* While Hazel alone writes: as much as the FIFO, which is empty, has room for. */
		room = (ier & IER_TX) && adopted.fifo ? FIFO_DEPTH : 1;
	}
	room--;
	wr(u, UART_THR, (u8)c);
	return true;
}

/* Nothing is there: interrupts that only this takes back. The timeout is known to come late, for an empty FIFO. */
static void settle(const struct host_uart *u)
{
	u32 id = rd(u, UART_IIR) & IIR_ID;

	if (id == IIR_BUSY)
		clear_busy(u);
	else if (id == IIR_TIMEOUT)
		(void)rd(u, UART_RBR);
}

static int dw_getc(const struct host_uart *u)
{
	u32 lsr = read_lsr(u), c;

	if (!(lsr & LSR_DR)) {
		settle(u);
		return -1;
	}
	c = rd(u, UART_RBR);
	noted = 0;
	return lsr & LSR_BAD ? -1 : (int)c;
}

static void set_irq(const struct host_uart *u, u32 bits, bool on)
{
	u32 want = on ? ier | bits : ier & ~bits;

	if (want == ier)
		return;
	ier = want;
	wr(u, UART_IER, ier);
}

static void dw_tx_irq(const struct host_uart *u, bool on)
{
	if (!on)
		room = 0;
	set_irq(u, IER_TX, on);
}

static void dw_rx_irq(const struct host_uart *u, bool on)
{
	set_irq(u, IER_RX, on);
}

static paddr_t dw_status(const struct host_uart *u)
{
	return reg_at(u, UART_LCR);
}

static const char *const compatible[] = { "snps,dw-apb-uart", "ns16550a", NULL };

const struct uart_ops uart_dw_ops = {
	.compatible = compatible,
	.init = dw_init,
	.try_putc = dw_try_putc,
	.getc = dw_getc,
	.tx_irq = dw_tx_irq,
	.rx_irq = dw_rx_irq,
	.drain = dw_drain,
	.status = dw_status,
};
