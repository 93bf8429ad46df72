/* SPDX-License-Identifier: BSD-3-Clause */
/* Device registers are what the test says they are. */
#ifndef HOST_ASM_IO_H
#define HOST_ASM_IO_H

#include <lib/types.h>

u8 mmio_read8(paddr_t a);
void mmio_write8(paddr_t a, u8 v);
u32 mmio_read32(paddr_t a);
void mmio_write32(paddr_t a, u32 v);

#endif
