/* SPDX-License-Identifier: BSD-3-Clause */
/* Bit masks, fields and alignment. Field masks are constants with contiguous bits. */
#ifndef LIB_BITS_H
#define LIB_BITS_H

#include <lib/types.h>

#define BIT(n) (UINT64_C(1) << (n))
#define BIT32(n) (UINT32_C(1) << (n))
/* Bits h..l set, both inclusive, 0 <= l <= h <= 63. */
#define GENMASK(h, l) ((~UINT64_C(0) >> (63 - (h))) & (~UINT64_C(0) << (l)))
#define FIELD_SHIFT(mask) ((u32)__builtin_ctzll(mask))
#define FIELD_GET(mask, v) (((u64)(v) & (mask)) >> FIELD_SHIFT(mask))
#define FIELD_PREP(mask, v) (((u64)(v) << FIELD_SHIFT(mask)) & (mask))

#define ALIGN_DOWN(v, a) ((v) & ~((__typeof__(v))(a)-1))
#define ALIGN_UP(v, a) ALIGN_DOWN((v) + ((__typeof__(v))(a)-1), a)
#define IS_ALIGNED(v, a) (((v) & ((__typeof__(v))(a)-1)) == 0)

#endif
