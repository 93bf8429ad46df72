/* SPDX-License-Identifier: BSD-3-Clause */
#include <guest.h>

#define UART_LCRH 0x2cU
#define UART_CR 0x30U
#define UART_LCRH_8N1_FIFO 0x70U
#define UART_CR_ON 0x301U
#define UART_FR_RXFE 0x10U
#define UART_FR_TXFF 0x20U

void uart_init(void)
{
	mmio_write32(UART_BASE + UART_IMSC, 0);
	mmio_write32(UART_BASE + UART_CR, 0);
	mmio_write32(UART_BASE + UART_LCRH, UART_LCRH_8N1_FIFO);
	mmio_write32(UART_BASE + UART_CR, UART_CR_ON);
}

void uart_putc(char c)
{
	if (c == '\n')
		uart_putc('\r');
	while (mmio_read32(UART_BASE + UART_FR) & UART_FR_TXFF)
		;
	mmio_write32(UART_BASE + UART_DR, (u8)c);
}

int uart_getc(void)
{
	while (mmio_read32(UART_BASE + UART_FR) & UART_FR_RXFE)
		;
	return (int)(mmio_read32(UART_BASE + UART_DR) & 0xffU);
}
