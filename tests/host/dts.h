/* SPDX-License-Identifier: BSD-3-Clause */
/* Device trees for host tests: compiled from tests/host/data/, then changed with libfdt. Tests run from the top
 * directory. */
#ifndef TESTS_HOST_DTS_H
#define TESTS_HOST_DTS_H

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>

#define DTS_MAX (64 << 10)

/* A writable DTB with room to grow; the caller frees it. */
static inline void *dts_compile(const char *name)
{
	char *raw = aligned_alloc(8, DTS_MAX), *fdt = aligned_alloc(8, DTS_MAX), cmd[128];
	FILE *f;

	snprintf(cmd, sizeof(cmd), "dtc -q -I dts -O dtb tests/host/data/%s", name);
	f = popen(cmd, "r");
	if (!f || !fread(raw, 1, DTS_MAX, f) || pclose(f) || fdt_open_into(raw, fdt, DTS_MAX)) {
		fprintf(stderr, "dtc failed on %s\n", name);
		exit(1);
	}
	free(raw);
	return fdt;
}

static inline int dts_node(const void *fdt, const char *path)
{
	int node = fdt_path_offset(fdt, path);

	if (node < 0) {
		fprintf(stderr, "no node %s\n", path);
		exit(1);
	}
	return node;
}

/* Set property @name of the node at @path to @n cells. */
static inline void dts_cells(void *fdt, const char *path, const char *name, const uint32_t *cells, int n)
{
	fdt32_t be[32];

	for (int i = 0; i < n; i++)
		be[i] = cpu_to_fdt32(cells[i]);
	if (fdt_setprop(fdt, dts_node(fdt, path), name, be, n * 4))
		exit(1);
}
#define DTS_CELLS(fdt, path, name, ...)                                                                                \
	dts_cells(fdt, path, name, (const uint32_t[]){ __VA_ARGS__ },                                                  \
		  (int)(sizeof((const uint32_t[]){ __VA_ARGS__ }) / 4))

static inline void dts_del(void *fdt, const char *path)
{
	if (fdt_del_node(fdt, dts_node(fdt, path)))
		exit(1);
}

static inline void dts_del_prop(void *fdt, const char *path, const char *name)
{
	if (fdt_delprop(fdt, dts_node(fdt, path), name))
		exit(1);
}

static inline uint32_t dts_u32(const void *fdt, const char *path, const char *name, int index)
{
	int len;
	const fdt32_t *p = fdt_getprop(fdt, dts_node(fdt, path), name, &len);

	if (!p || (index + 1) * 4 > len) {
		fprintf(stderr, "%s: no %s[%d]\n", path, name, index);
		exit(1);
	}
	return fdt32_ld(&p[index]);
}

#endif
