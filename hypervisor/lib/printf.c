/* SPDX-License-Identifier: BSD-3-Clause */
/* vsnprintf() without floating point. */
#include <lib/printf.h>
#include <lib/string.h>

#define DIGITS_MAX 20 /* 2^64 in decimal */

/* Flags of a conversion */
#define F_ZERO BIT_FLAG(0)
#define F_LEFT BIT_FLAG(1)
#define F_ALT BIT_FLAG(2)
#define F_PREC BIT_FLAG(3)
#define F_UPPER BIT_FLAG(4)
#define F_NEG BIT_FLAG(5)
#define BIT_FLAG(n) (1U << (n))

/* Widths beyond this are a mistake in a format, not a wish. */
#define WIDTH_MAX 1024U

struct out {
	char *buf;
	size_t size;
	size_t len; /* what the whole text needs */
};

struct spec {
	u32 flags;
	u32 width;
	u32 prec;
	int length; /* number of l (1, 2), minus number of h (-1, -2); z and ll are 2 */
};

static void put(struct out *o, char c)
{
	if (o->len + 1 < o->size)
		o->buf[o->len] = c;
	o->len++;
}

static void pad(struct out *o, char c, u32 n)
{
	for (; n; n--)
		put(o, c);
}

static void put_text(struct out *o, const char *s, u32 n, const struct spec *sp)
{
	u32 fill = sp->width > n ? sp->width - n : 0;

	if (!(sp->flags & F_LEFT))
		pad(o, ' ', fill);
	for (; n; n--)
		put(o, *s++);
	if (sp->flags & F_LEFT)
		pad(o, ' ', fill);
}

/* Digits of @v, least significant first; Return: how many, 0 for v = 0. */
static u32 digits(char *out, u64 v, u32 base, bool upper)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	u32 n = 0;

	for (; v; v /= base)
		out[n++] = set[v % base];
	return n;
}

static void put_number(struct out *o, u64 v, u32 base, const struct spec *sp)
{
	char d[DIGITS_MAX];
	u32 n = digits(d, v, base, sp->flags & F_UPPER);
	u32 min = sp->flags & F_PREC ? sp->prec : 1;
	const char *prefix = "";
	u32 total, zeros, fill;

	if (sp->flags & F_NEG)
		prefix = "-";
	else if ((sp->flags & F_ALT) && base == 16 && v)
		prefix = sp->flags & F_UPPER ? "0X" : "0x";
	zeros = min > n ? min - n : 0;
	total = (u32)strlen(prefix) + zeros + n;
	fill = sp->width > total ? sp->width - total : 0;
	/* A precision or '-' switches the '0' flag off. */
	if ((sp->flags & F_ZERO) && !(sp->flags & (F_LEFT | F_PREC))) {
		zeros += fill;
		fill = 0;
	}
	if (!(sp->flags & F_LEFT))
		pad(o, ' ', fill);
	for (; *prefix; prefix++)
		put(o, *prefix);
	pad(o, '0', zeros);
	while (n)
		put(o, d[--n]);
	if (sp->flags & F_LEFT)
		pad(o, ' ', fill);
}

static u64 get_unsigned(va_list *ap, int length)
{
	if (length >= 1)
		return va_arg(*ap, unsigned long);
	if (length == -1)
		return (u16)va_arg(*ap, unsigned int);
	if (length <= -2)
		return (u8)va_arg(*ap, unsigned int);
	return va_arg(*ap, unsigned int);
}

static s64 get_signed(va_list *ap, int length)
{
	if (length >= 1)
		return va_arg(*ap, long);
	if (length == -1)
		return (s16)va_arg(*ap, int);
	if (length <= -2)
		return (s8)va_arg(*ap, int);
	return va_arg(*ap, int);
}

static const char *parse_flags(const char *f, struct spec *sp)
{
	for (;; f++) {
		if (*f == '0')
			sp->flags |= F_ZERO;
		else if (*f == '-')
			sp->flags |= F_LEFT;
		else if (*f == '#')
			sp->flags |= F_ALT;
		else
			return f;
	}
}

/* A decimal number or '*'. A negative '*' leaves 0 and *@neg. */
static const char *parse_number(const char *f, va_list *ap, u32 *n, bool *neg)
{
	*n = 0;
	*neg = false;
	if (*f == '*') {
		int v = va_arg(*ap, int);

		*neg = v < 0;
		*n = v < 0 ? 0U - (u32)v : (u32)v;
		f++;
	} else {
		for (; *f >= '0' && *f <= '9'; f++)
			*n = MIN(*n * 10 + (u32)(*f - '0'), WIDTH_MAX);
	}
	*n = MIN(*n, WIDTH_MAX);
	return f;
}

static const char *parse_spec(const char *f, va_list *ap, struct spec *sp)
{
	bool neg;

	*sp = (struct spec){ 0 };
	f = parse_number(parse_flags(f, sp), ap, &sp->width, &neg);
	if (neg)
		sp->flags |= F_LEFT;
	if (*f == '.') {
		f = parse_number(f + 1, ap, &sp->prec, &neg);
		if (!neg)
			sp->flags |= F_PREC;
	}
	for (; *f == 'l' || *f == 'h' || *f == 'z'; f++)
		sp->length += *f == 'h' ? -1 : 1;
	return f;
}

static void put_string(struct out *o, const char *s, const struct spec *sp)
{
	if (!s)
		s = "(null)";
	put_text(o, s, (u32)strnlen(s, sp->flags & F_PREC ? sp->prec : UINT32_MAX), sp);
}

static void put_signed(struct out *o, s64 v, struct spec *sp)
{
	if (v < 0)
		sp->flags |= F_NEG;
	put_number(o, v < 0 ? 0 - (u64)v : (u64)v, 10, sp);
}

/* One conversion; @f points at its letter. An unknown one is printed as it stands. */
static void convert(struct out *o, const char *f, va_list *ap, struct spec *sp)
{
	char c;

	switch (*f) {
	case 'd':
	case 'i':
		put_signed(o, get_signed(ap, sp->length), sp);
		break;
	case 'u':
		put_number(o, get_unsigned(ap, sp->length), 10, sp);
		break;
	case 'X':
		sp->flags |= F_UPPER;
		fallthrough;
	case 'x':
		put_number(o, get_unsigned(ap, sp->length), 16, sp);
		break;
	case 'p':
		sp->flags |= F_ALT;
		put_number(o, (u64)(uintptr_t)va_arg(*ap, void *), 16, sp);
		break;
	case 's':
		put_string(o, va_arg(*ap, const char *), sp);
		break;
	case 'c':
		c = (char)va_arg(*ap, int);
		put_text(o, &c, 1, sp);
		break;
	case '%':
		put(o, '%');
		break;
	default:
		put(o, '%');
		put(o, *f);
		break;
	}
}

int vsnprintf(char *buf, size_t size, const char *fmt, va_list ap)
{
	struct out o = { buf, size, 0 };
	struct spec sp;
	va_list args;

	va_copy(args, ap);
	for (; *fmt; fmt++) {
		if (*fmt != '%') {
			put(&o, *fmt);
			continue;
		}
		fmt = parse_spec(fmt + 1, &args, &sp);
		if (*fmt == '\0')
			break;
		convert(&o, fmt, &args, &sp);
	}
	va_end(args);
	if (size)
		buf[MIN(o.len, size - 1)] = '\0';
	return (int)o.len;
}

int snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(buf, size, fmt, ap);
	va_end(ap);
	return n;
}
