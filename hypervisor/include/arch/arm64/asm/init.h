/* SPDX-License-Identifier: BSD-3-Clause */
/* Entry of C code. */
#ifndef ASM_INIT_H
#define ASM_INIT_H

#include <lib/types.h>

/**
 * early_main() - called by head.S: relocated, bss cleared, boot stack, MMU off, interrupts masked.
 * @fdt: x0 of the boot protocol, untrusted. @current_el: CurrentEL at entry.
 */
__noreturn void early_main(paddr_t fdt, u64 current_el);

/**
 * init_memory_check() - is the host's memory where the device tree says? Banks that do not answer are left out.
 * Return: false, after a line that says why, when Hazel's own is among them. Boot CPU, host filled.
 * init_memory() - take EL2's arena out of it and give the rest to host_pool. Return: 0, -ENOMEM, -ENOSPC.
 */
bool __must_check init_memory_check(void);
int __must_check init_memory(void);

struct pcpu;

/* secondary_main() - called by secondary.S on a secondary CPU: MMU on, own stack, TPIDR_EL2 set, interrupts masked. */
__noreturn void secondary_main(void);

/* cpu_arrive() - @p, the caller's CPU, is up. Return: false when the CPU that started it has given up waiting. */
bool cpu_arrive(struct pcpu *p);

/* cpu_take_interrupts() - EL2's and the guests' private interrupts of this CPU. Return: NULL, or what failed. */
const char *cpu_take_interrupts(void);

/* start_secondaries() - all other CPUs of the host; those that fail are reported and left out. Return: CPUs that are
 * up. */
u32 start_secondaries(void);

#endif
