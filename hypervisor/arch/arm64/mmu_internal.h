/* SPDX-License-Identifier: BSD-3-Clause */
/* Between mmu.c and boot/early_mmu.c. */
#ifndef ARCH_MMU_INTERNAL_H
#define ARCH_MMU_INTERNAL_H

#include <lib/types.h>

#define EL2_VA_BITS 48U

/* mmu_boot_tables() - the boot CPU's empty root and window tables. Return: the root. MMU off. */
paddr_t mmu_boot_tables(void);

#endif
