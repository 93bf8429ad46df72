/* SPDX-License-Identifier: BSD-3-Clause */
/* SHA-256 (FIPS 180-4). Plain integer code: EL2 has no use of the SIMD registers the crypto instructions need. */
#include <lib/sha256.h>
#include <lib/string.h>

#define BLOCK 64U
#define LEN_OFFSET 56U

/* Fractional parts of the cube roots of the first 64 primes (4.2.2). */
static const u32 k256[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
	0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
	0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
	0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
	0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
};

static u32 ror(u32 v, u32 n)
{
	return (v >> n) | (v << (32 - n));
}

static u32 load_be32(const u8 *p)
{
	return ((u32)p[0] << 24) | ((u32)p[1] << 16) | ((u32)p[2] << 8) | p[3];
}

static void store_be32(u8 *p, u32 v)
{
	p[0] = (u8)(v >> 24);
	p[1] = (u8)(v >> 16);
	p[2] = (u8)(v >> 8);
	p[3] = (u8)v;
}

/* 6.2.2, with names as there. */
static void block(struct sha256 *s, const u8 *m)
{
	u32 w[64], h[8];
	u32 t;

	for (t = 0; t < 16; t++)
		w[t] = load_be32(m + 4 * t);
	for (; t < 64; t++) {
		u32 s0 = ror(w[t - 15], 7) ^ ror(w[t - 15], 18) ^ (w[t - 15] >> 3);
		u32 s1 = ror(w[t - 2], 17) ^ ror(w[t - 2], 19) ^ (w[t - 2] >> 10);

		w[t] = s1 + w[t - 7] + s0 + w[t - 16];
	}
	for (t = 0; t < 8; t++)
		h[t] = s->h[t];
	for (t = 0; t < 64; t++) {
		u32 e1 = ror(h[4], 6) ^ ror(h[4], 11) ^ ror(h[4], 25);
		u32 a0 = ror(h[0], 2) ^ ror(h[0], 13) ^ ror(h[0], 22);
		u32 t1 = h[7] + e1 + ((h[4] & h[5]) ^ (~h[4] & h[6])) + k256[t] + w[t];
		u32 t2 = a0 + ((h[0] & h[1]) ^ (h[0] & h[2]) ^ (h[1] & h[2]));

		h[7] = h[6];
		h[6] = h[5];
		h[5] = h[4];
		h[4] = h[3] + t1;
		h[3] = h[2];
		h[2] = h[1];
		h[1] = h[0];
		h[0] = t1 + t2;
	}
	for (t = 0; t < 8; t++)
		s->h[t] += h[t];
}

void sha256_init(struct sha256 *s)
{
	*s = (struct sha256){
		.h = { 0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19 },
	};
}

void sha256_update(struct sha256 *s, const void *data, size_t len)
{
	const u8 *p = data;
	u32 have = (u32)(s->len % BLOCK);

	s->len += len;
	if (have) {
		u32 n = (u32)MIN((size_t)(BLOCK - have), len);

		(void)memcpy(s->buf + have, p, n);
		if (have + n < BLOCK)
			return;
		block(s, s->buf);
		p += n;
		len -= n;
	}
	for (; len >= BLOCK; len -= BLOCK, p += BLOCK)
		block(s, p);
	(void)memcpy(s->buf, p, len);
}

void sha256_final(struct sha256 *s, u8 out[SHA256_SIZE])
{
	u64 bits = s->len * 8;
	u32 have = (u32)(s->len % BLOCK);
	u32 i;

	s->buf[have++] = 0x80;
	if (have > LEN_OFFSET) {
		(void)memset(s->buf + have, 0, BLOCK - have);
		block(s, s->buf);
		have = 0;
	}
	(void)memset(s->buf + have, 0, LEN_OFFSET - have);
	store_be32(s->buf + LEN_OFFSET, (u32)(bits >> 32));
	store_be32(s->buf + LEN_OFFSET + 4, (u32)bits);
	block(s, s->buf);
	for (i = 0; i < 8; i++)
		store_be32(out + 4 * i, s->h[i]);
}
