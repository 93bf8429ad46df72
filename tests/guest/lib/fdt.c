/* SPDX-License-Identifier: BSD-3-Clause */
/* As much of a device tree reader as tests need: linear, read-only, no allocation. */
#include <guest.h>

#define FDT_MAGIC 0xd00dfeedU
#define FDT_BEGIN_NODE 1U
#define FDT_END_NODE 2U
#define FDT_PROP 3U
#define FDT_NOP 4U
#define FDT_MAX_DEPTH 16U

static const u8 *dtb;

static u32 be32(const void *p)
{
	const u8 *b = p;

	return (u32)b[0] << 24 | (u32)b[1] << 16 | (u32)b[2] << 8 | b[3];
}

static u64 be64(const void *p)
{
	return (u64)be32(p) << 32 | be32((const u8 *)p + 4);
}

/* @name equals @want, up to an optional unit address. */
static bool name_is(const char *name, const char *want)
{
	while (*want != '\0' && *name == *want) {
		name++;
		want++;
	}
	return *want == '\0' && (*name == '\0' || *name == '@');
}

void fdt_init(u64 addr)
{
	dtb = NULL;
	if (addr != 0 && addr % 8 == 0 && be32((const void *)addr) == FDT_MAGIC)
		dtb = (const u8 *)addr;
}

u64 fdt_size(void)
{
	return dtb != NULL ? be32(dtb + 4) : 0;
}

/* A string list of @len bytes has @want. */
static bool list_has(const char *list, u32 len, const char *want)
{
	u32 n = 0;

	for (u32 i = 0; i < len; i++) {
		n = list[i] == want[n] ? n + 1 : 0;
		if (list[i] == '\0') {
			if (n > 0 && want[n - 1] == '\0')
				return true;
			n = 0;
		}
	}
	return false;
}

/*
 * One walk. With @compat: the name of the first node that is compatible with it. Else property @prop of node number
 * @skip, counted from 0, of those that are called @node, up to an optional unit address, and have it.
 */
static const void *walk(const char *node, const char *compat, const char *prop, u32 skip, u32 *len)
{
	const u8 *p, *strings;
	const char *names[FDT_MAX_DEPTH] = { NULL };
	u32 depth = 0;

	if (dtb == NULL)
		return NULL;
	p = dtb + be32(dtb + 8);
	strings = dtb + be32(dtb + 12);
	for (;;) {
		u32 token = be32(p);

		p += 4;
		if (token == FDT_BEGIN_NODE) {
			depth = (depth + 1) % FDT_MAX_DEPTH;
			names[depth] = (const char *)p;
			while (*p != 0)
				p++;
			p += 4 - ((u64)p & 3U);
		} else if (token == FDT_END_NODE) {
			depth--;
		} else if (token == FDT_PROP) {
			const char *name = (const char *)strings + be32(p + 4);
			u32 size = be32(p);

			if (compat != NULL && name_is(name, "compatible") &&
			    list_has((const char *)p + 8, size, compat))
				return names[depth];
			if (compat == NULL && (names[depth] == node || name_is(names[depth], node)) &&
			    name_is(name, prop) && skip-- == 0) {
				*len = size;
				return p + 8;
			}
			p += 8 + ((size + 3) & ~3U);
		} else if (token != FDT_NOP) {
			return NULL;
		}
	}
}

static const void *find_nth(const char *node, const char *prop, u32 skip, u32 *len)
{
	return walk(node, NULL, prop, skip, len);
}

const void *fdt_compatible(const char *compat, const char *prop, u32 *len)
{
	const char *node = walk(NULL, compat, NULL, 0, len);

	return node != NULL ? find_nth(node, prop, 0, len) : NULL;
}

u64 fdt_cell64(const void *prop, u32 at)
{
	return be64((const u8 *)prop + at);
}

const void *fdt_find(const char *node, const char *prop, u32 *len)
{
	return find_nth(node, prop, 0, len);
}

u32 fdt_cpus(u64 *mpidr, u32 max)
{
	const void *reg;
	u32 n, len = 0;

	for (n = 0; n < max && (reg = find_nth("cpu", "reg", n, &len)) != NULL; n++)
		mpidr[n] = len == 8 ? be64(reg) : be32(reg);
	return n;
}

bool bootarg(const char *w)
{
	u32 len = 0;
	const char *args = fdt_find("chosen", "bootargs", &len);

	for (u32 i = 0; args != NULL && i < len; i++) {
		u32 n = 0;

		if (i > 0 && args[i - 1] != ' ')
			continue;
		while (w[n] != '\0' && i + n < len && args[i + n] == w[n])
			n++;
		if (w[n] == '\0' && (i + n >= len || args[i + n] == ' ' || args[i + n] == '\0'))
			return true;
	}
	return false;
}

void ram_range(u64 *base, u64 *size)
{
	u32 len = 0;
	const u8 *reg = fdt_find("memory", "reg", &len);

	*base = reg != NULL && len >= 16 ? be64(reg) : 0;
	*size = reg != NULL && len >= 16 ? be64(reg + 8) : 0;
}

u64 bootarg_num(const char *key, u64 missing)
{
	u32 len = 0, n = 0;
	const char *args = fdt_find("chosen", "bootargs", &len);

	while (key[n] != '\0')
		n++;
	for (u32 i = 0; args != NULL && i + n < len; i++) {
		u64 v = 0;
		u32 k = 0;

		if (i > 0 && args[i - 1] != ' ')
			continue;
		while (k < n && args[i + k] == key[k])
			k++;
		if (k < n || args[i + k] != '=')
			continue;
		for (k = i + n + 1; k < len && args[k] >= '0' && args[k] <= '9'; k++)
			v = v * 10 + (u64)(args[k] - '0');
		return v;
	}
	return missing;
}
