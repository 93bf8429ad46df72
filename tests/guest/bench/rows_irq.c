/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts on one vCPU: to the handler ("entry"), and until the interrupted code goes on ("total"). */
#include "bench.h"

#define TIMER_SOON 3000U   /* ticks: after the arming is over, wherever it is */
#define TIMER_LATER 60000U /* after everybody is asleep */
#define CTL_ENABLE 1U

/* @trigger, with @a and @b in x2 and x3, then a loop that reads the clock until the handler has run. */
#define INTERRUPTED(trigger, a, b)                                                                                     \
	({                                                                                                             \
		struct irq_sample s_;                                                                                  \
		u64 t0_, t1_, t2_;                                                                                     \
		__asm__ volatile("mov x2, %3\n\tmov x3, %4\n\tmov x26, xzr\n\tmrs %0, cntvct_el0\n\t" trigger          \
				 "\n1:\tmrs %1, cntvct_el0\n\tcbz x26, 1b\n\tmov %2, x28"                              \
				 : "=&r"(t0_), "=&r"(t1_), "=&r"(t2_)                                                  \
				 : "r"((u64)(a)), "r"((u64)(b))                                                        \
				 : "x2", "x3", "memory");                                                              \
		s_ = (struct irq_sample){ .entry = t2_ - t0_, .total = t1_ - t0_ };                                    \
		s_;                                                                                                    \
	})

#define IRQ_ROW(name, expr)                                                                                            \
	do {                                                                                                           \
		for (u32 i_ = 0; i_ < row_samples(); i_++) {                                                           \
			struct irq_sample v_;                                                                          \
			bench_begin();                                                                                 \
			v_ = (expr);                                                                                   \
			bench_end();                                                                                   \
			row_sample(i_, v_.entry);                                                                      \
			row_sample2(i_, v_.total);                                                                     \
		}                                                                                                      \
		row_report(name "_entry");                                                                             \
		row_report2(name "_total");                                                                            \
	} while (0)

static struct irq_sample self_sgi(u64 v)
{
	return INTERRUPTED("msr S3_0_C12_C11_5, x2", v, 0);
}

static struct irq_sample store(u64 addr, u32 v)
{
	return INTERRUPTED("str w3, [x2]", addr, v);
}

/* Both figures count from the moment that the timer was set to. {0, 0}: it was past before the timer was on. */
static struct irq_sample timer_once(u64 ahead, bool sleep)
{
	u64 when = now() + ahead, start, clock, end;

	sysreg_write(cntv_cval_el0, when);
	__asm__ volatile("mov x26, xzr" ::: "memory");
	sysreg_write(cntv_ctl_el0, CTL_ENABLE);
	isb();
	start = now();
	if (sleep)
		__asm__ volatile("1:\twfi\n\tcbz x26, 1b" ::: "memory");
	else
		__asm__ volatile("1:\tcbz x26, 1b" ::: "memory");
	__asm__ volatile("mrs %0, cntvct_el0\n\tmov %1, x28" : "=r"(end), "=r"(clock)::"memory");
	if (start >= when)
		return (struct irq_sample){ 0 };
	return (struct irq_sample){ .entry = clock - when, .total = end - when };
}

/* Where something came in between, again, with more time. */
static struct irq_sample timer(u64 ahead, bool sleep)
{
	struct irq_sample v;

	while ((v = timer_once(ahead, sleep)).total == 0)
		ahead *= 2;
	return v;
}

static void timers(void)
{
	set_handler(hook_timer, 0);
	gic_enable(INTID_VTIMER);
	if (row_wanted("vtimer"))
		IRQ_ROW("vtimer", timer(TIMER_SOON, false));
	if (row_wanted("wfi_vtimer")) {
		for (u32 i = 0; i < row_samples(); i++) {
			struct irq_sample v;

			bench_begin();
			v = timer(TIMER_LATER, true);
			bench_end();
			row_sample(i, v.entry);
			row_sample2(i, v.total);
		}
		row_report("wfi_vtimer_late");
		row_report2("wfi_vtimer_total");
	}
	gic_disable(INTID_VTIMER);
}

static void soft_spi(void)
{
	set_handler(hook_plain, 0);
	gic_edge(SOFT_SPI, true);
	gic_enable(SOFT_SPI);
	IRQ_ROW("spi_pend", store(GICD + GIC_ISPENDR + SOFT_SPI / 32 * 4, (u32)BIT(SOFT_SPI % 32)));
	gic_disable(SOFT_SPI);
}

/* A line of the GPIO controller as a level interrupt of the level that it has: enabling it there raises it. */
static void hardware_spi(void)
{
	u64 g = plat.gpio;

	mmio_write32(g + GPIO_IE, 0);
	mmio_write32(g + GPIO_DIR, 0);
	mmio_write32(g + GPIO_IBE, 0);
	mmio_write32(g + GPIO_IS, 1);
	mmio_write32(g + GPIO_IEV, mmio_read32(g + GPIO_DATA_BIT0));
	set_handler(hook_store, g + GPIO_IE);
	gic_enable(plat.gpio_intid);
	IRQ_ROW("spi_hw", store(g + GPIO_IE, 1));
	gic_disable(plat.gpio_intid);
}

void rows_irq(void)
{
	irq_unmask();
	gic_enable(SGI_PING);
	set_handler(hook_plain, 0);
	if (row_wanted("sgi_self"))
		IRQ_ROW("sgi_self", self_sgi(sgi_value(0, SGI_PING)));
	timers();
	if (row_wanted("spi_pend"))
		soft_spi();
	if (plat.gpio != 0 && row_wanted("spi_hw"))
		hardware_spi();
	irq_mask();
}
