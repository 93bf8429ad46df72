/* SPDX-License-Identifier: BSD-3-Clause */
/* CRC-32 (IEEE 802.3, reflected), the one zlib and mkimage use. */
#ifndef LIB_CRC32_H
#define LIB_CRC32_H

#include <lib/types.h>

/* crc32_enable_hw() - every CPU that will run this has the CRC32 instructions (cpu_features.crc32). Off at first. */
void crc32_enable_hw(bool on);
/* crc32_is_hw() - was it, with true? */
bool crc32_is_hw(void);

/* hazel_crc32() - continue @crc (0 to start) over @len bytes. Uses CRC32X on Arm. */
u32 hazel_crc32(u32 crc, const void *data, size_t len);

/* hazel_crc32_copy() - the same, copying @src to @dst (no overlap) on the way. */
u32 hazel_crc32_copy(u32 crc, void *dst, const void *src, size_t len);

#endif
