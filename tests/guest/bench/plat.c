/* SPDX-License-Identifier: BSD-3-Clause */
/* The machine, by its device tree; its UART, a PL011 or a 16550. */
#include "bench.h"

#define FIRST_SPI 32U
#define U8250_THR 0U
#define U8250_LSR 5U
#define U8250_LSR_THRE 0x20U
#define UART_FR_TXFF 0x20U
#define PL011_CR 0x30U
#define PL011_CR_ON 0x301U

u64 plat_uart, plat_gicd, plat_gicr;
struct plat plat;

static u64 reg_of(const char *compat, u32 at)
{
	u32 len = 0;
	const void *reg = fdt_compatible(compat, "reg", &len);

	return reg != NULL && len >= at + 8 ? fdt_cell64(reg, at) : 0;
}

/* INTID of the first interrupt of the node, an SPI. */
static u32 spi_of(const char *compat)
{
	u32 len = 0;
	const void *p = fdt_compatible(compat, "interrupts", &len);

	return p != NULL && len >= 12 ? (u32)(fdt_cell64(p, 0) & 0xffffffffU) + FIRST_SPI : 0;
}

void uart_init(void)
{
	fdt_init(entry_state.x[0]);
	plat_uart = reg_of("arm,pl011", 0);
	if (plat_uart != 0)
		mmio_write32(plat_uart + PL011_CR, PL011_CR_ON);
	else
		plat_uart = reg_of("arm,sbsa-uart", 0);
	if (plat_uart == 0) {
		plat_uart = reg_of("ns16550a", 0);
		plat.uart_8250 = true;
	}
	plat_gicd = reg_of("arm,gic-v3", 0);
	plat_gicr = reg_of("arm,gic-v3", 16);
	plat.gpio = reg_of("arm,pl061", 0);
	plat.gpio_intid = spi_of("arm,pl061");
	plat.bell = reg_of("hazel,doorbell-v1", 0);
	plat.bell_intid = spi_of("hazel,doorbell-v1");
}

void uart_putc(char c)
{
	if (c == '\n')
		uart_putc('\r');
	if (plat.uart_8250) {
		while (!(mmio_read8(plat_uart + U8250_LSR) & U8250_LSR_THRE))
			;
		mmio_write8(plat_uart + U8250_THR, (u8)c);
		return;
	}
	while (mmio_read32(plat_uart + UART_FR) & UART_FR_TXFF)
		;
	mmio_write32(plat_uart + UART_DR, (u8)c);
}
