/* SPDX-License-Identifier: BSD-3-Clause */
/* Cache maintenance by VA to PoC/PoU, line size from CTR_EL0. Ranges may be empty; the end may not wrap. */
#ifndef ASM_CACHE_H
#define ASM_CACHE_H

#include <lib/types.h>

/* cache_clean_poc() - what a CPU or device with caches off will read (D14). Ends with DSB SY. */
void cache_clean_poc(const void *va, size_t len);
/* cache_clean_inval_poc() - clean and invalidate; ends with DSB SY. */
void cache_clean_inval_poc(const void *va, size_t len);
/* cache_inval_poc() - drop lines written while the MMU was off would hide behind; @va, @len line-aligned by the caller.
 */
void cache_inval_poc(void *va, size_t len);
/* cache_sync_icache() - make [va, va+len) fetchable: clean to PoU, invalidate the I-cache inner-shareable, DSB, ISB. */
void cache_sync_icache(const void *va, size_t len);

/* cache_zero_pages() - zero whole pages of Normal memory; @va and @len are multiples of 4 KiB. No barrier. */
void cache_zero_pages(void *va, size_t len);

/* cache_zero_clean_pages() - the same, and cache_clean_inval_poc(). */
void cache_zero_clean_pages(void *va, size_t len);

/* cache_line_size() - bytes of this CPU's smallest data cache line, CTR_EL0.DminLine. */
size_t cache_line_size(void);

/**
 * cache_copy_crc32() - copy @src to @dst, and cache_clean_inval_poc() of what is written. Only where cache_line_size()
 * is CACHE_COPY_LINE and every CPU has CRC32X; @dst is a multiple of CACHE_COPY_LINE, @src of 8, @len of
 * CACHE_COPY_ROUND. Return: @crc gone on over the bytes, as the instruction does it: inverted (lib/crc32.h) at both
 * ends.
 */
u32 cache_copy_crc32(u32 crc, void *dst, const void *src, size_t len);
#define CACHE_COPY_LINE 64U
#define CACHE_COPY_ROUND 512U

/* zero_pages() - cache_zero_pages(); on the host, where the tests run, there is no such instruction. */
static inline void zero_pages(void *va, size_t len)
{
#ifdef HOST_TEST
	__builtin_memset(va, 0, len);
#else
	cache_zero_pages(va, len);
#endif
}

#endif
