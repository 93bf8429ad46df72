/* SPDX-License-Identifier: BSD-3-Clause */
/* Bitmaps in arrays of u64, bit n in word n / 64. Not atomic. */
#ifndef LIB_BITMAP_H
#define LIB_BITMAP_H

#include <lib/bits.h>

#define BITMAP_WORDS(n) (((n) + 63U) / 64U)

static inline bool bitmap_test(const u64 *map, u64 n)
{
	return (map[n / 64] >> (n % 64)) & 1U;
}

static inline void bitmap_set(u64 *map, u64 n)
{
	map[n / 64] |= BIT(n % 64);
}

static inline void bitmap_clear(u64 *map, u64 n)
{
	map[n / 64] &= ~BIT(n % 64);
}

#endif
