/* SPDX-License-Identifier: BSD-3-Clause */
/* Bounded formatting: %d %i %u %x %X %p %s %c %% with flags 0 - # width .precision, h l ll z. No floating point. */
#ifndef LIB_PRINTF_H
#define LIB_PRINTF_H

#include <lib/types.h>
#include <stdarg.h>

/**
 * vsnprintf() - format into @buf, always terminated when @size > 0.
 * Return: the length the whole text needs, without the terminator.
 */
int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap) __printf(3, 0);
int snprintf(char *buf, size_t size, const char *fmt, ...) __printf(3, 4);

#endif
