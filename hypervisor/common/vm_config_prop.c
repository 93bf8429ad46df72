/* SPDX-License-Identifier: BSD-3-Clause */
/* Properties of a manifest node: typed reading, and messages for what is wrong with them. */
#include <common/fdt_scan.h>
#include <common/vm_config_prop.h>

#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

#define CELL_SIZE 4U
#define SUGGEST_MAX 3U      /* names offered for an unknown property */
#define SUGGEST_LONGEST 32U /* longer names get no suggestion */

int cfg_err(struct vm_config_err *err, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(err->text, sizeof(err->text), fmt, ap);
	va_end(ap);
	/* Names and values come from the bundle: no control characters on the console. */
	for (char *p = err->text; *p; p++) {
		if (*p < ' ' || *p > '~')
			*p = '?';
	}
	return code;
}

bool cfg_name_ok(const char *name)
{
	size_t len = strnlen(name, VM_NAME_MAX);

	if (len == 0 || len == VM_NAME_MAX)
		return false;
	for (; *name; name++) {
		char l = (char)(*name | ('a' - 'A'));

		if (!(l >= 'a' && l <= 'z') && !(*name >= '0' && *name <= '9') && !strchr("-_.,", *name))
			return false;
	}
	return true;
}

u32 cfg_cell(const void *cells, u32 i)
{
	return fdt32_ld((const fdt32_t *)cells + i);
}

u64 cfg_cell64(const void *cells, u32 i)
{
	return ((u64)cfg_cell(cells, i) << 32) | cfg_cell(cells, i + 1);
}

int cfg_cells(const struct cfg_ctx *c, const char *prop, const void **cells, u32 *nr)
{
	int len;
	const void *p = fdt_scan_prop(c->fit, c->node, prop, &len);

	if (!p)
		return -ENOENT;
	if (len == 0 || (u32)len % CELL_SIZE)
		return cfg_err(c->err, -EINVAL, "%s: %s: %d bytes are not a list of 32-bit cells", c->path, prop, len);
	*cells = p;
	*nr = (u32)len / CELL_SIZE;
	return 0;
}

int cfg_u64(const struct cfg_ctx *c, const char *prop, u64 *val)
{
	const void *cells = NULL;
	u32 nr = 0;
	int ret = cfg_cells(c, prop, &cells, &nr);

	if (ret)
		return ret;
	if (nr < 1 || nr > 2)
		return cfg_err(c->err, -EINVAL, "%s: %s: %u cells, must be <low> or <high low>", c->path, prop, nr);
	*val = nr == 1 ? cfg_cell(cells, 0) : cfg_cell64(cells, 0);
	return 0;
}

int cfg_u32(const struct cfg_ctx *c, const char *prop, u32 *val)
{
	const void *cells = NULL;
	u32 nr = 0;
	int ret = cfg_cells(c, prop, &cells, &nr);

	if (ret)
		return ret;
	if (nr != 1)
		return cfg_err(c->err, -EINVAL, "%s: %s: %u cells, must be one number", c->path, prop, nr);
	*val = cfg_cell(cells, 0);
	return 0;
}

int cfg_flag(const struct cfg_ctx *c, const char *prop, bool *val)
{
	u32 on = 1;
	int len, ret = 0;

	*val = false;
	if (!fdt_scan_prop(c->fit, c->node, prop, &len))
		return 0;
	if (len)
		ret = cfg_u32(c, prop, &on);
	if (ret)
		return ret;
	if (on > 1)
		return cfg_err(c->err, -EINVAL, "%s: %s: %u is not 0 or 1", c->path, prop, on);
	*val = on == 1;
	return 0;
}

int cfg_str(const struct cfg_ctx *c, const char *prop, const char **s)
{
	int len;
	const char *p = fdt_scan_prop(c->fit, c->node, prop, &len);

	if (!p)
		return -ENOENT;
	if (len == 0 || strnlen(p, (size_t)len) != (size_t)len - 1)
		return cfg_err(c->err, -EINVAL, "%s: %s: is not one string", c->path, prop);
	*s = p;
	return 0;
}

/* Append @name in quotes to the list in @text, as long as there is room. */
static void list_add(char *text, size_t size, const char *name)
{
	size_t len = strlen(text);

	(void)snprintf(text + len, size - len, "%s\"%s\"", len ? ", " : "", name);
}

int cfg_enum(const struct cfg_ctx *c, const char *prop, const char *const *names, u32 nr, u32 *val)
{
	char list[VM_CONFIG_ERR_MAX / 2] = "";
	const char *s = "";
	int ret = cfg_str(c, prop, &s);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	for (u32 i = 0; i < nr; i++) {
		if (!strcmp(s, names[i])) {
			*val = i;
			return 0;
		}
		list_add(list, sizeof(list), names[i]);
	}
	return cfg_err(c->err, -EINVAL, "%s: %s: \"%s\" is not one of %s", c->path, prop, s, list);
}

int cfg_strings(const struct cfg_ctx *c, const char *prop)
{
	int nr = fdt_stringlist_count(c->fit, c->node, prop);

	if (nr == -FDT_ERR_NOTFOUND)
		return 0;
	if (nr < 0)
		return cfg_err(c->err, -EINVAL, "%s: %s: is not a list of strings", c->path, prop);
	return nr;
}

const char *cfg_string(const struct cfg_ctx *c, const char *prop, int i)
{
	const char *s = fdt_stringlist_get(c->fit, c->node, prop, i, NULL);

	return s ? s : "";
}

/* Edit distance between two names of at most SUGGEST_LONGEST characters (Levenshtein, one row). */
static u32 edit_distance(const char *a, const char *b)
{
	u32 row[SUGGEST_LONGEST + 1];
	u32 la = (u32)strlen(a), lb = (u32)strlen(b);

	for (u32 j = 0; j <= lb; j++)
		row[j] = j;
	for (u32 i = 1; i <= la; i++) {
		u32 diag = row[0];

		row[0] = i;
		for (u32 j = 1; j <= lb; j++) {
			u32 subst = diag + (a[i - 1] == b[j - 1] ? 0U : 1U);

			diag = row[j];
			row[j] = MIN(subst, MIN(row[j], row[j - 1]) + 1U);
		}
	}
	return row[lb];
}

/* The message for property @name, which is in no list: the nearest valid ones, closest first. */
static int unknown_prop(const struct cfg_ctx *c, const char *name, const char *const *valid, u32 nr)
{
	char list[VM_CONFIG_ERR_MAX / 2] = "";
	bool fits = strnlen(name, SUGGEST_LONGEST + 1) <= SUGGEST_LONGEST;
	u32 limit = fits ? MAX(2U, (u32)strlen(name) / 2U) : 0;
	u32 found = 0;

	for (u32 d = 1; d <= limit && found < SUGGEST_MAX; d++) {
		for (u32 i = 0; i < nr && found < SUGGEST_MAX; i++) {
			if (edit_distance(name, valid[i]) == d) {
				list_add(list, sizeof(list), valid[i]);
				found++;
			}
		}
	}
	if (found)
		return cfg_err(c->err, -EINVAL, "%s: %s: unknown property; near: %s", c->path, name, list);
	for (u32 i = 0; i < nr; i++)
		list_add(list, sizeof(list), valid[i]);
	return cfg_err(c->err, -EINVAL, "%s: %.40s: unknown property; valid: %s", c->path, name, list);
}

int cfg_known(const struct cfg_ctx *c, const char *const *valid, u32 nr)
{
	int prop;

	fdt_for_each_property_offset (prop, c->fit, c->node) {
		const char *name;
		u32 i;

		if (!fdt_getprop_by_offset(c->fit, prop, &name, NULL))
			return cfg_err(c->err, -EINVAL, "%s: malformed property", c->path);
		for (i = 0; i < nr; i++) {
			if (!strcmp(name, valid[i]))
				break;
		}
		if (i == nr)
			return unknown_prop(c, name, valid, nr);
	}
	return 0;
}
