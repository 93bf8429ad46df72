/* SPDX-License-Identifier: BSD-3-Clause */
/* Operations that trap and are over when the next instruction runs. */
#include "bench.h"

#define FN_UNKNOWN 0x84000019U /* in PSCI's range, of a version that nobody has yet */
#define FAULT_COST 100U        /* a touch that costs more than this was not served by the TLB and tables alone */
#define PAGE 4096U
#define UART_SAMPLES 150U

/* Instructions from one reading of the clock to the next, without the second reading. */
#define CLOCKED(insn, ...)                                                                                             \
	({                                                                                                             \
		u64 t0_, t1_;                                                                                          \
		__asm__ volatile("mrs %0, cntvct_el0\n\t" insn "\n\tmrs %1, cntvct_el0"                                \
				 : "=&r"(t0_), "=&r"(t1_)                                                              \
				 : __VA_ARGS__                                                                         \
				 : "x0", "x1", "x2", "x3", "memory");                                                  \
		t1_ - t0_ - 1;                                                                                         \
	})

/* A row of one operation. One that is UNDEF here has no row. */
#define ROW(name, insn, ...)                                                                                           \
	do {                                                                                                           \
		if (!row_wanted(name) || TRY((void)CLOCKED(insn, __VA_ARGS__)).count != 0)                             \
			break;                                                                                         \
		for (u32 i_ = 0; i_ < row_samples(); i_++) {                                                           \
			u64 v_;                                                                                        \
			bench_begin();                                                                                 \
			v_ = CLOCKED(insn, __VA_ARGS__);                                                               \
			bench_end();                                                                                   \
			row_sample(i_, v_);                                                                            \
		}                                                                                                      \
		row_report(name);                                                                                      \
	} while (0)

static void hypercalls(void)
{
	ROW("hvc_psci_version", "mov x0, %2\n\thvc #0", "r"((u64)PSCI_VERSION));
	ROW("hvc_smccc_version", "mov x0, %2\n\thvc #0", "r"((u64)SMCCC_VERSION));
	ROW("hvc_unknown", "mov x0, %2\n\thvc #0", "r"((u64)FN_UNKNOWN));
	ROW("hvc_psci_features", "mov x0, %2\n\tmov x1, %3\n\thvc #0", "r"((u64)PSCI_FEATURES),
	    "r"((u64)PSCI_CPU_SUSPEND));
	ROW("hvc_affinity_info", "mov x0, %2\n\tmov x1, %3\n\tmov x2, #0\n\thvc #0", "r"((u64)PSCI_AFFINITY_INFO),
	    "r"(smp_mpidr(0)));
}

static void registers(void)
{
	u64 word = SOFT_SPI / 32 * 4;
	u64 gpio_word = plat.gpio_intid / 32 * 4;

	ROW("id_reg", "mrs x0, id_aa64isar0_el1", "r"(0));
	ROW("gicd_typer_r", "ldr w0, [%2]", "r"(GICD + GICD_TYPER));
	ROW("gicd_isenabler_r", "ldr w0, [%2]", "r"(GICD + GIC_ISENABLER + word));
	ROW("gicr_isenabler_r", "ldr w0, [%2]", "r"(gicr_base(0) + 0x10000 + GIC_ISENABLER));
	gic_edge(SOFT_SPI, true);
	gic_enable(SOFT_SPI);
	ROW("spi_disable_enable", "str %w3, [%2, #0x80]\n\tstr %w3, [%2]", "r"(GICD + GIC_ISENABLER + word),
	    "r"((u32)BIT(SOFT_SPI % 32)));
	gic_disable(SOFT_SPI);
	if (plat.gpio_intid == 0)
		return;
	gic_enable(plat.gpio_intid);
	ROW("spi_hw_disable_enable", "str %w3, [%2, #0x80]\n\tstr %w3, [%2]", "r"(GICD + GIC_ISENABLER + gpio_word),
	    "r"((u32)BIT(plat.gpio_intid % 32)));
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
			v = CLOCKED("strb %w3, [%2]", "r"(plat_uart), "r"('.'));
		else
			v = CLOCKED("str %w3, [%2]", "r"(plat_uart), "r"('.'));
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
		if (CLOCKED("str xzr, [%2]", "r"(a)) > FAULT_COST)
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
