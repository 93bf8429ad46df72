/* SPDX-License-Identifier: BSD-3-Clause */
/* Nodes of a generated guest DTB for the devices that Hazel emulates. */
#include <common/fdt_gen.h>
#include <common/fdt_util.h>
#include <common/vm.h>
#include <common/vm_platform.h>
#include <libfdt.h>

#define SPI_FIRST 32U
#define UART_CLOCK_HZ 24000000U

void gen_irq(struct fdt_gen *g, u32 intid, bool edge)
{
	u8 spec[GUEST_SPEC_CELLS * FDT_CELL_BYTES];

	fdt32_st(&spec[0], GUEST_SPEC_SPI);
	fdt32_st(&spec[FDT_CELL_BYTES], intid - SPI_FIRST);
	fdt32_st(&spec[2 * FDT_CELL_BYTES], edge ? GUEST_SPEC_EDGE_RISING : GUEST_SPEC_LEVEL_HIGH);
	gen_prop(g, "interrupts", spec, sizeof(spec));
}

static void gen_vuart(struct fdt_gen *g)
{
	static const char compatible[] = "arm,pl011\0arm,primecell";
	static const char clock_names[] = "uartclk\0apb_pclk";
	const u64 reg[] = { VPL011_IPA, VPL011_SIZE };
	u8 clocks[2 * FDT_CELL_BYTES];

	gen_begin(g, "vuart-clk");
	gen_string(g, "compatible", "fixed-clock");
	gen_u32(g, "#clock-cells", 0);
	gen_u32(g, "clock-frequency", UART_CLOCK_HZ);
	gen_string(g, "clock-output-names", "clk24mhz");
	gen_u32(g, "phandle", GEN_PHANDLE_VUART);
	gen_end(g);
	gen_begin(g, VUART_NODE);
	gen_prop(g, "compatible", compatible, sizeof(compatible));
	gen_reg(g, "reg", reg, 1);
	gen_irq(g, VPL011_INTID, false);
	fdt32_st(&clocks[0], GEN_PHANDLE_VUART);
	fdt32_st(&clocks[FDT_CELL_BYTES], GEN_PHANDLE_VUART);
	gen_prop(g, "clocks", clocks, sizeof(clocks));
	gen_prop(g, "clock-names", clock_names, sizeof(clock_names));
	gen_end(g);
}

void gen_emulated(struct fdt_gen *g)
{
	if (vm_has_vuart(g->vm))
		gen_vuart(g);
	gen_shmem(g);
	gen_watchdog(g);
}
