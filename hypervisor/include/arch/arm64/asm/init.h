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

#endif
