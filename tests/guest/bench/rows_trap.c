/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that trap and are over when the next instruction runs. */
#include "bench.h"

#define FN_UNKNOWN 0x84000019U /* in PSCI's range, of a version that nobody has yet */
#define FAULT_COST 100U        /* a touch that costs more than this was not served by the TLB and tables alone */
#define PAGE 4096U
#define UART_SAMPLES 150U

/*
 * Instructions from one reading of the clock to the next, without the second reading. @insn finds @a and @b in x2 and
 * x3 and may use x0 and x1, as a compiler that writes a driver would have it; x19 is for who wants to see the other
 * case.
 */
#define CLOCKED(insn, a, b)                                                                                            \
	({                                                                                                             \
		u64 t0_, t1_;                                                                                          \
		__asm__ volatile("mov x2, %2\n\tmov x3, %3\n\tmrs %0, cntvct_el0\n\t" insn "\n\tmrs %1, cntvct_el0"    \
				 : "=&r"(t0_), "=&r"(t1_)                                                              \
				 : "r"((u64)(a)), "r"((u64)(b))                                                        \
				 : "x0", "x1", "x2", "x3", "x19", "memory");                                           \
		t1_ - t0_ - 1;                                                                                         \
	})

/* A row of one operation. One that is UNDEF here has no row. */
#define ROW(name, insn, a, b)                                                                                          \
	do {                                                                                                           \
		if (!row_wanted(name) || TRY((void)CLOCKED(insn, a, b)).count != 0)                                    \
			break;                                                                                         \
		for (u32 i_ = 0; i_ < row_samples(); i_++) {                                                           \
			u64 v_;                                                                                        \
			bench_begin();                                                                                 \
			v_ = CLOCKED(insn, a, b);                                                                      \
			bench_end();                                                                                   \
			row_sample(i_, v_);                                                                            \
		}                                                                                                      \
		row_report(name);                                                                                      \
	} while (0)

static void hypercalls(void)
{
	ROW("hvc_psci_version", "mov x0, x2\n\thvc #0", PSCI_VERSION, 0);
	ROW("hvc_smccc_version", "mov x0, x2\n\thvc #0", SMCCC_VERSION, 0);
	ROW("hvc_unknown", "mov x0, x2\n\thvc #0", FN_UNKNOWN, 0);
	ROW("hvc_psci_features", "mov x0, x2\n\tmov x1, x3\n\thvc #0", PSCI_FEATURES, PSCI_CPU_SUSPEND);
	ROW("hvc_affinity_info", "mov x0, x2\n\tmov x1, x3\n\tmov x2, #0\n\thvc #0", PSCI_AFFINITY_INFO, smp_mpidr(0));
}

static void registers(void)
{
	u64 enable = GICD + GIC_ISENABLER + SOFT_SPI / 32 * 4;
	u64 gpio_enable = GICD + GIC_ISENABLER + plat.gpio_intid / 32 * 4;

	ROW("id_reg", "mrs x0, id_aa64isar0_el1", 0, 0);
	ROW("id_reg_x19", "mrs x19, id_aa64isar0_el1", 0, 0);
	ROW("gicd_typer_r", "ldr w0, [x2]", GICD + GICD_TYPER, 0);
	ROW("gicd_typer_r_x19", "ldr w19, [x2]", GICD + GICD_TYPER, 0);
	ROW("gicd_isenabler_r", "ldr w0, [x2]", enable, 0);
	ROW("gicr_isenabler_r", "ldr w0, [x2]", gicr_base(0) + 0x10000 + GIC_ISENABLER, 0);
	gic_edge(SOFT_SPI, true);
	gic_enable(SOFT_SPI);
	ROW("spi_disable_enable", "str w3, [x2, #0x80]\n\tstr w3, [x2]", enable, BIT(SOFT_SPI % 32));
	gic_disable(SOFT_SPI);
	if (plat.gpio_intid == 0)
		return;
	gic_enable(plat.gpio_intid);
	ROW("spi_hw_disable_enable", "str w3, [x2, #0x80]\n\tstr w3, [x2]", gpio_enable, BIT(plat.gpio_intid % 32));
	gic_disable(plat.gpio_intid);
}

/* One character at a time, with line ends in between for those who wait for them. */
static void uart(void)
{
	u32 n = row_samples();

	if (!row_wanted("vuart_write"))
		return;
	n = n < UART_SAMPLES ? n : UART_SAMPLES;
	for (u32 i = 0; i < n; i++) {
		u64 v;

		bench_begin();
		if (plat.uart_8250)
			v = CLOCKED("strb w3, [x2]", plat_uart, '.');
		else
			v = CLOCKED("str w3, [x2]", plat_uart, '.');
		bench_end();
		row_sample(i, v);
		if (i % 64 == 63)
			print("\n");
	}
	print("\n");
	row_report("vuart_write");
}

/* Pages that nobody touched before: how many of them cost more than a walk. One figure, not a thousand. */
static void first_touch(void)
{
	u64 base, size, faults = 0;

	if (!row_wanted("s2_first_touch_faults"))
		return;
	ram_range(&base, &size);
	if (size < FRESH_OFFSET + FRESH_SIZE)
		return;
	for (u64 a = base + FRESH_OFFSET; a < base + FRESH_OFFSET + FRESH_SIZE; a += PAGE)
		if (CLOCKED("str xzr, [x2]", a, 0) > FAULT_COST)
			faults++;
	row_sample(BENCH_WARM_UP, faults);
	row_report("s2_first_touch_faults");
}

void rows_trap(void)
{
	hypercalls();
	registers();
	uart();
	first_touch();
}
