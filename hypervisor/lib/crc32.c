/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * CRC-32 with the CRC32X instruction where the CPU has it, else by eight tables (one table lookup a byte, eight bytes a
 * round). Every access is aligned; a source that does not start on a word is led up to one bytewise.
 */
#include <lib/crc32.h>

#define POLY 0xedb88320U /* 0x04c11db7, reflected */
#define WORD sizeof(word_t)
#define ROUND (8 * WORD)

typedef u64 __attribute__((__may_alias__)) word_t;

static bool use_hw;
static bool tables_ready;
static u32 tables[8][256];

void crc32_enable_hw(bool on)
{
	use_hw = on;
}

bool crc32_is_hw(void)
{
	return use_hw;
}

/* Two CPUs may do this at a time: they write the same values. */
static void make_tables(void)
{
	u32 i, j;

	for (i = 0; i < 256; i++) {
		u32 c = i;

		for (j = 0; j < 8; j++)
			c = (c >> 1) ^ (c & 1 ? POLY : 0);
		tables[0][i] = c;
	}
	for (i = 0; i < 256; i++)
		for (j = 1; j < 8; j++)
			tables[j][i] = (tables[j - 1][i] >> 8) ^ tables[0][tables[j - 1][i] & 0xff];
	__atomic_store_n(&tables_ready, true, __ATOMIC_RELEASE);
}

static inline u32 sw_byte(u32 c, u8 b)
{
	return (c >> 8) ^ tables[0][(c ^ b) & 0xff];
}

/* @v: eight bytes as a little-endian word. */
static inline u32 sw_word(u32 c, u64 v)
{
	v ^= c;
	return tables[7][v & 0xff] ^ tables[6][(v >> 8) & 0xff] ^ tables[5][(v >> 16) & 0xff] ^
		tables[4][(v >> 24) & 0xff] ^ tables[3][(v >> 32) & 0xff] ^ tables[2][(v >> 40) & 0xff] ^
		tables[1][(v >> 48) & 0xff] ^ tables[0][v >> 56];
}

#ifdef __aarch64__
static inline u32 hw_byte(u32 c, u8 b)
{
	__asm__(".arch_extension crc\n\tcrc32b %w0, %w0, %w1" : "+r"(c) : "r"(b));
	return c;
}

static inline u32 hw_word(u32 c, u64 v)
{
	__asm__(".arch_extension crc\n\tcrc32x %w0, %w0, %1" : "+r"(c) : "r"(v));
	return c;
}
#else
static inline u32 hw_byte(u32 c, u8 b)
{
	return sw_byte(c, b);
}

static inline u32 hw_word(u32 c, u64 v)
{
	return sw_word(c, v);
}
#endif

static inline u32 byte(u32 c, u8 b, bool hw)
{
	return hw ? hw_byte(c, b) : sw_byte(c, b);
}

static inline u32 word(u32 c, u64 v, bool hw)
{
	return hw ? hw_word(c, v) : sw_word(c, v);
}

/* One round of eight words. */
static inline __attribute__((always_inline)) u32 round8(u32 c, word_t *d, const word_t *s, bool copy, bool hw)
{
	u64 v0 = s[0], v1 = s[1], v2 = s[2], v3 = s[3], v4 = s[4], v5 = s[5], v6 = s[6], v7 = s[7];

	if (copy) {
		d[0] = v0;
		d[1] = v1;
		d[2] = v2;
		d[3] = v3;
		d[4] = v4;
		d[5] = v5;
		d[6] = v6;
		d[7] = v7;
	}
	c = word(word(word(word(c, v0, hw), v1, hw), v2, hw), v3, hw);
	return word(word(word(word(c, v4, hw), v5, hw), v6, hw), v7, hw);
}

/*
 * @copy and @hw are constants in every caller, so each of the four forms becomes a loop of its own. @d has the
 * alignment of
 * @s when something is copied.
 */
static inline __attribute__((always_inline)) u32 run(u32 c, u8 *d, const u8 *s, size_t n, bool copy, bool hw)
{
	for (; n && ((uintptr_t)s & (WORD - 1)); n--, s++) {
		c = byte(c, *s, hw);
		if (copy)
			*d++ = *s;
	}
	/* Two at a time: the counting is a tenth of what is left. */
	for (; n >= 2 * ROUND; n -= 2 * ROUND, s += 2 * ROUND) {
		c = round8(c, (word_t *)(void *)d, (const word_t *)(const void *)s, copy, hw);
		c = round8(c, (word_t *)(void *)(d + ROUND), (const word_t *)(const void *)(s + ROUND), copy, hw);
		if (copy)
			d += 2 * ROUND;
	}
	for (; n; n--, s++) {
		c = byte(c, *s, hw);
		if (copy)
			*d++ = *s;
	}
	return c;
}

static bool hw_or_tables(void)
{
	if (use_hw)
		return true;
	if (!__atomic_load_n(&tables_ready, __ATOMIC_ACQUIRE))
		make_tables();
	return false;
}

u32 hazel_crc32(u32 crc, const void *data, size_t len)
{
	return ~(hw_or_tables() ? run(~crc, NULL, data, len, false, true) : run(~crc, NULL, data, len, false, false));
}

u32 hazel_crc32_copy(u32 crc, void *dst, const void *src, size_t len)
{
	u8 *d = dst;
	const u8 *s = src;
	bool hw = hw_or_tables();

	if (((uintptr_t)d ^ (uintptr_t)s) & (WORD - 1)) {
		/* No word fits both sides. */
		for (crc = ~crc; len; len--, d++, s++) {
			crc = byte(crc, *s, hw);
			*d = *s;
		}
		return ~crc;
	}
	return ~(hw ? run(~crc, d, s, len, true, true) : run(~crc, d, s, len, true, false));
}
