/* SPDX-License-Identifier: BSD-3-Clause */
#include <guest.h>
#include <stdarg.h>

static void print_string(const char *s, int width)
{
	for (; *s != '\0'; s++, width--)
		uart_putc(*s);
	for (; width > 0; width--)
		uart_putc(' ');
}

static void print_number(u64 v, u32 base, bool negative, int width, char pad)
{
	char digits[24];
	int n = 0;

	do {
		digits[n++] = "0123456789abcdef"[v % base];
		v /= base;
	} while (v != 0);
	if (negative)
		digits[n++] = '-';
	for (; width > n; width--)
		uart_putc(pad);
	while (n > 0)
		uart_putc(digits[--n]);
}

/* One conversion after '%'. Return: the format after it. */
static const char *print_one(const char *f, va_list *ap)
{
	bool is_long = false;
	char pad = ' ';
	int width = 0;
	s64 v;

	if (*f == '0')
		pad = *f++;
	for (; *f >= '0' && *f <= '9'; f++)
		width = width * 10 + (*f - '0');
	for (; *f == 'l'; f++)
		is_long = true;
	switch (*f) {
	case 's':
		print_string(va_arg(*ap, const char *), width);
		break;
	case 'c':
		uart_putc((char)va_arg(*ap, int));
		break;
	case 'd':
		v = is_long ? va_arg(*ap, s64) : va_arg(*ap, int);
		print_number(v < 0 ? 0 - (u64)v : (u64)v, 10, v < 0, width, pad);
		break;
	case 'u':
	case 'x':
		print_number(is_long ? va_arg(*ap, u64) : va_arg(*ap, u32), *f == 'x' ? 16 : 10, false, width, pad);
		break;
	default:
		uart_putc(*f);
		break;
	}
	return f + 1;
}

void print(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	while (*fmt != '\0') {
		if (*fmt == '%')
			fmt = print_one(fmt + 1, &ap);
		else
			uart_putc(*fmt++);
	}
	va_end(ap);
}
