/* SPDX-License-Identifier: BSD-3-Clause */
/* Nodes of a generated guest DTB for the devices that Hazel emulates. */
#include <common/fdt_gen.h>
#include <common/fdt_util.h>
#include <common/vm.h>
#include <common/vm_platform.h>
#include <lib/printf.h>
#include <libfdt.h>

#define SPI_FIRST 32U
#define UART_CLOCK_HZ 24000000U

u32 gen_spec(const struct fdt_gen *g, u8 *p, u32 type, u32 nr, u32 flags)
{
	fdt32_st(p, type);
	fdt32_st(p + FDT_CELL_BYTES, nr);
	fdt32_st(p + 2 * FDT_CELL_BYTES, flags);
	if (g->irq_cells > GUEST_SPEC_CELLS)
		fdt32_st(p + 3 * FDT_CELL_BYTES, 0);
	return g->irq_cells * FDT_CELL_BYTES;
}

void gen_irq(struct fdt_gen *g, u32 intid, bool edge)
{
	u8 spec[GUEST_SPEC_CELLS_MAX * FDT_CELL_BYTES];
	u32 len = gen_spec(g, spec, GUEST_SPEC_SPI, intid - SPI_FIRST,
			   edge ? GUEST_SPEC_EDGE_RISING : GUEST_SPEC_LEVEL_HIGH);

	gen_prop(g, "interrupts", spec, len);
}

void gen_vuart_path(const struct fdt_gen *g, char *buf)
{
	(void)snprintf(buf, VUART_PATH_MAX, "/pl011@%llx", (unsigned long long)vm_emul_ipa(g->vm, VPL011_IPA));
}

static void gen_vuart(struct fdt_gen *g)
{
	static const char compatible[] = "arm,pl011\0arm,primecell";
	static const char clock_names[] = "uartclk\0apb_pclk";
	const u64 reg[] = { vm_emul_ipa(g->vm, VPL011_IPA), VPL011_SIZE };
	u8 clocks[2 * FDT_CELL_BYTES];
	char path[VUART_PATH_MAX];

	gen_begin(g, "vuart-clk");
	gen_string(g, "compatible", "fixed-clock");
	gen_u32(g, "#clock-cells", 0);
	gen_u32(g, "clock-frequency", UART_CLOCK_HZ);
	/* Without clock-output-names: a clock is called by its node's name then, which no host clock has. */
	gen_u32(g, "phandle", GEN_PHANDLE_VUART);
	gen_end(g);
	gen_vuart_path(g, path);
	gen_begin(g, "%s", path + 1);
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
	gen_doorbells(g);
	gen_watchdog(g);
}
