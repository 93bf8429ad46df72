/* SPDX-License-Identifier: BSD-3-Clause */
/* Frame of the bench guest: rows, samples, the interrupt handlers that read the clock first. */
#ifndef BENCH_H
#define BENCH_H

#include <gic.h>
#include <smp.h>

/* Normal memory in stage 1 that nobody has touched yet. */
#define FRESH_OFFSET MIB(16)
#define FRESH_SIZE MIB(4)

#define SGI_PING 1U /* INTIDs of the SGIs */
#define SGI_PONG 2U
#define SOFT_SPI 60U /* an SPI without a device anywhere */

/* PL061 GPIO controller, as far as one line as an interrupt source goes. */
#define GPIO_DATA_BIT0 0x004U
#define GPIO_DIR 0x400U
#define GPIO_IS 0x404U
#define GPIO_IBE 0x408U
#define GPIO_IEV 0x40cU
#define GPIO_IE 0x410U

/* The doorbell page of Hazel's shared memory. */
#define BELL_RING 0x10U
#define BELL_PENDING 0x14U
#define BELL_ACK 0x18U

/* What the machine has; 0: it has not. */
struct plat {
	u64 gpio, bell;
	u32 gpio_intid, bell_intid;
	bool uart_8250;
};
extern struct plat plat;

/*
 * Registers that belong to the interrupt path (see vec.S): x25 handler, x24 what it works on, x28 clock at its first
 * instruction, x26 becomes 1, x27 what was acknowledged.
 */
#define set_handler(fn, arg) __asm__ volatile("mov x25, %0\n\tmov x24, %1" ::"r"(fn), "r"((u64)(arg)) : "memory")
extern char bench_vectors[], hook_plain[], hook_timer[], hook_store[], hook_pong[], hook_last[], hook_bell[];

/* One sample of an interrupt row: from the trigger to the handler, and until the interrupted code goes on. */
struct irq_sample {
	u64 entry, total;
};

/* Profiles count what EL2 executes between the two. */
void bench_begin(void);
void bench_end(void);

/* Is row @name wanted? */
bool row_wanted(const char *name);
/* Samples of a row; keep number @i of them (the first BENCH_WARM_UP are not counted), print and forget them. */
u32 row_samples(void);
#define BENCH_MAX 1000U
#define BENCH_WARM_UP 8U
void row_sample(u32 i, u64 v);
void row_sample2(u32 i, u64 v); /* the row's second figure */
void row_report(const char *name);
void row_report2(const char *name);

void rows_trap(void);
void rows_irq(void);
void rows_smp(void);
void rows_bell(void);
void bell_peer(void) __attribute__((noreturn));

/* FP/SIMD registers, all of them, in use. */
void use_fp(void);

#endif
