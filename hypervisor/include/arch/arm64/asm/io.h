/* SPDX-License-Identifier: BSD-3-Clause */
/* Device register access; single instructions without writeback, so that a hypervisor below us could decode them too.
 */
#ifndef ASM_IO_H
#define ASM_IO_H

#include <lib/types.h>

static inline u8 mmio_read8(paddr_t a)
{
	u8 v;
	__asm__ volatile("ldrb %w0, [%1]" : "=r"(v) : "r"(a) : "memory");
	return v;
}
static inline u32 mmio_read32(paddr_t a)
{
	u32 v;
	__asm__ volatile("ldr %w0, [%1]" : "=r"(v) : "r"(a) : "memory");
	return v;
}
static inline u64 mmio_read64(paddr_t a)
{
	u64 v;
	__asm__ volatile("ldr %0, [%1]" : "=r"(v) : "r"(a) : "memory");
	return v;
}
static inline void mmio_write8(paddr_t a, u8 v)
{
	__asm__ volatile("strb %w0, [%1]" ::"rZ"(v), "r"(a) : "memory");
}
static inline void mmio_write32(paddr_t a, u32 v)
{
	__asm__ volatile("str %w0, [%1]" ::"rZ"(v), "r"(a) : "memory");
}
static inline void mmio_write64(paddr_t a, u64 v)
{
	__asm__ volatile("str %0, [%1]" ::"rZ"(v), "r"(a) : "memory");
}

#endif
