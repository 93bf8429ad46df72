/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory functions. They work with the MMU off, so every access is aligned and DC ZVA is not used. Compilers turn such
 * loops back into calls of the function they are in; KEEP_LOOP() hides the pointers from that, at no cost.
 */
#include <lib/string.h>
#include <lib/types.h>

/* A word that may alias anything. */
typedef u64 __attribute__((__may_alias__)) word_t;

#define WORD sizeof(word_t)
#define KEEP_LOOP(p) __asm__("" : "+r"(p))

static inline bool word_aligned(const void *a, const void *b)
{
	return (((uintptr_t)a | (uintptr_t)b) & (WORD - 1)) == 0;
}

/* Can both be brought to a word boundary by the same number of bytes? */
static inline bool same_phase(const void *a, const void *b)
{
	return (((uintptr_t)a ^ (uintptr_t)b) & (WORD - 1)) == 0;
}

/* Words to words, @n bytes rounded down to 8; Return: bytes copied. */
static size_t copy_words(word_t *d, const word_t *s, size_t n)
{
	size_t left = n;

	for (; left >= 8 * WORD; left -= 8 * WORD, d += 8, s += 8) {
		word_t a = s[0], b = s[1], c = s[2], e = s[3], f = s[4], g = s[5], h = s[6], i = s[7];

		KEEP_LOOP(d);
		d[0] = a;
		d[1] = b;
		d[2] = c;
		d[3] = e;
		d[4] = f;
		d[5] = g;
		d[6] = h;
		d[7] = i;
	}
	for (; left >= WORD; left -= WORD) {
		KEEP_LOOP(d);
		*d++ = *s++;
	}
	return n - left;
}

/* Each byte is read before it is written over if @dst lies below @src: 64 bytes are loaded before the first is stored.
 */
static inline void *copy_forward(void *dst, const void *src, size_t n)
{
	u8 *d = dst;
	const u8 *s = src;

	if (n >= 2 * WORD && same_phase(d, s)) {
		size_t done;

		for (; !word_aligned(d, s); n--)
			*d++ = *s++;
		done = copy_words((word_t *)(void *)d, (const word_t *)(const void *)s, n);
		d += done;
		s += done;
		n -= done;
	}
	for (; n; n--) {
		KEEP_LOOP(d);
		*d++ = *s++;
	}
	return dst;
}

void *memcpy(void *dst, const void *src, size_t n)
{
	return copy_forward(dst, src, n);
}

/* From the end, for a destination that overlaps the source from above. */
static void copy_backward(u8 *d, const u8 *s, size_t n)
{
	d += n;
	s += n;
	if (same_phase(d, s)) {
		for (; n && !word_aligned(d, s); n--)
			*--d = *--s;
		for (; n >= WORD; n -= WORD) {
			d -= WORD;
			s -= WORD;
			KEEP_LOOP(d);
			*(word_t *)(void *)d = *(const word_t *)(const void *)s;
		}
	}
	for (; n; n--) {
		KEEP_LOOP(d);
		*--d = *--s;
	}
}

void *memmove(void *dst, const void *src, size_t n)
{
	if ((uintptr_t)dst - (uintptr_t)src >= n)
		return copy_forward(dst, src, n);
	copy_backward(dst, src, n);
	return dst;
}

void *memset(void *dst, int c, size_t n)
{
	u8 *d = dst;
	word_t v = (u8)c * UINT64_C(0x0101010101010101);

	for (; n && !word_aligned(d, d); n--)
		*d++ = (u8)c;
	for (; n >= 16 * WORD; n -= 16 * WORD, d += 16 * WORD) {
		word_t *w = (word_t *)(void *)d;

		KEEP_LOOP(w);
		w[0] = w[1] = w[2] = w[3] = w[4] = w[5] = w[6] = w[7] = v;
		w[8] = w[9] = w[10] = w[11] = w[12] = w[13] = w[14] = w[15] = v;
	}
	for (; n >= WORD; n -= WORD, d += WORD) {
		KEEP_LOOP(d);
		*(word_t *)(void *)d = v;
	}
	for (; n; n--) {
		KEEP_LOOP(d);
		*d++ = (u8)c;
	}
	return dst;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const u8 *p = a, *q = b;

	if (word_aligned(p, q)) {
		for (; n >= WORD; n -= WORD, p += WORD, q += WORD)
			if (*(const word_t *)(const void *)p != *(const word_t *)(const void *)q)
				break;
	}
	for (; n; n--, p++, q++)
		if (*p != *q)
			return (int)*p - (int)*q;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const u8 *p = s;

	for (; n; n--, p++)
		if (*p == (u8)c)
			return (void *)(uintptr_t)p;
	return NULL;
}
