/* SPDX-License-Identifier: BSD-3-Clause */
/* Strings of the C library's <string.h>, and strtoul(). */
#include <lib/string.h>
#include <lib/types.h>

/* Keeps compilers from turning a scan back into a call of the function it is in. */
#define KEEP_LOOP(p) __asm__("" : "+r"(p))

#define BASE_MAX 36

size_t strlen(const char *s)
{
	const char *p = s;

	for (; *p; p++)
		KEEP_LOOP(p);
	return (size_t)(p - s);
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		KEEP_LOOP(s);
		if (*s == (char)c)
			return (char *)(uintptr_t)s;
		if (*s == '\0')
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	do {
		if (*s == (char)c)
			last = s;
	} while (*s++);
	return (char *)(uintptr_t)last;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b) {
		a++;
		b++;
	}
	return (int)(u8)*a - (int)(u8)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; n--, a++, b++) {
		if (*a != *b)
			return (int)(u8)*a - (int)(u8)*b;
		if (*a == '\0')
			break;
	}
	return 0;
}

char *strstr(const char *hay, const char *needle)
{
	size_t n = strlen(needle);

	for (;; hay++) {
		if (strncmp(hay, needle, n) == 0)
			return (char *)(uintptr_t)hay;
		if (*hay == '\0')
			return NULL;
	}
}

/* Value of a digit in any base up to 36, or BASE_MAX. */
static u32 digit(char c)
{
	if (c >= '0' && c <= '9')
		return (u32)(c - '0');
	if (c >= 'a' && c <= 'z')
		return (u32)(c - 'a') + 10;
	if (c >= 'A' && c <= 'Z')
		return (u32)(c - 'A') + 10;
	return BASE_MAX;
}

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

/* Leaves @s behind a base prefix; "0x" counts only with a hexadecimal digit after it. */
static u32 find_base(const char **s, int base)
{
	const char *p = *s;

	if ((base == 0 || base == 16) && p[0] == '0' && (p[1] == 'x' || p[1] == 'X') && digit(p[2]) < 16) {
		*s = p + 2;
		return 16;
	}
	if (base == 0)
		return p[0] == '0' ? 8 : 10;
	return (u32)base;
}

unsigned long strtoul(const char *s, char **end, int base)
{
	const char *p = s, *first;
	bool neg = false, over = false;
	unsigned long v = 0;
	u32 b;

	while (is_space(*p))
		p++;
	if (*p == '+' || *p == '-')
		neg = *p++ == '-';
	b = find_base(&p, base);
	for (first = p; digit(*p) < b; p++) {
		unsigned long d = digit(*p);

		if (__builtin_mul_overflow(v, (unsigned long)b, &v) || __builtin_add_overflow(v, d, &v))
			over = true;
	}
	if (end)
		*end = (char *)(uintptr_t)(p == first ? s : p);
	if (over)
		return ~0UL;
	return neg ? 0UL - v : v;
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	size_t len = strlen(src);

	if (size) {
		size_t n = MIN(len, size - 1);

		(void)memcpy(dst, src, n);
		dst[n] = '\0';
	}
	return len;
}
