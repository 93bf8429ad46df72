/* SPDX-License-Identifier: BSD-3-Clause */
/* Is there anything at an address that a device tree names? */
#ifndef ASM_PROBE_H
#define ASM_PROBE_H

#include <lib/types.h>

/**
 * mmio_probe() - read @width (1 or 4) bytes at @a, which is mapped. ELR_EL2 and SPSR_EL2 are lost.
 * Return: 0; -1 when the bus answers with an external abort. An SError that was pending before is taken for one.
 * Context: EL2, while no vCPU is loaded.
 */
int __must_check mmio_probe(paddr_t a, u32 width);

#endif
