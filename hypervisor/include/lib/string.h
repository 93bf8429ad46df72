/* SPDX-License-Identifier: BSD-3-Clause */
/* The part of the C library's <string.h> that Hazel, libfdt and zlib use. Safe before the MMU is on. */
#ifndef LIB_STRING_H
#define LIB_STRING_H

#include <stddef.h>

void *memcpy(void *dst, const void *src, size_t n);
void *memmove(void *dst, const void *src, size_t n);
void *memset(void *dst, int c, size_t n);
int memcmp(const void *a, const void *b, size_t n);
void *memchr(const void *s, int c, size_t n);
size_t strlen(const char *s);
size_t strnlen(const char *s, size_t max);
char *strchr(const char *s, int c);
char *strrchr(const char *s, int c);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strstr(const char *hay, const char *needle);
unsigned long strtoul(const char *s, char **end, int base);

/**
 * strlcpy() - copy a string, always terminated, cut at @size - 1 bytes.
 * Return: strlen(src); a value >= @size means it was cut.
 */
size_t strlcpy(char *dst, const char *src, size_t size);

/* memwipe() - zero what is not read again, which a compiler may leave out of a memset(). */
static inline void memwipe(void *p, size_t n)
{
	(void)memset(p, 0, n);
	__asm__ volatile("" ::"r"(p) : "memory");
}

#endif
