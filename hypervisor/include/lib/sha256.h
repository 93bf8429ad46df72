/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-256 (FIPS 180-4), for the bundle's optional sha256 hash nodes. */
#ifndef LIB_SHA256_H
#define LIB_SHA256_H

#include <lib/types.h>

#define SHA256_SIZE 32U

struct sha256 {
	u32 h[8];
	u64 len;
	u8 buf[64];
};

void sha256_init(struct sha256 *s);
void sha256_update(struct sha256 *s, const void *data, size_t len);
void sha256_final(struct sha256 *s, u8 out[SHA256_SIZE]);

#endif
