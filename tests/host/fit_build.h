/* SPDX-License-Identifier: BSD-3-Clause */
/* FITs for tests, made in memory with libfdt: /images with a kernel and a ramdisk, /vms with one VM. */
#ifndef FIT_BUILD_H
#define FIT_BUILD_H

#include <assert.h>
#include <libfdt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define FIT_SIZE 65536

/* Only the FDT of @fit counts; fit_size() is what it takes. */
struct fit {
	uint64_t buf[FIT_SIZE / 8];
};

static inline int fit_node(struct fit *f, const char *path)
{
	int node = fdt_path_offset(f->buf, path);

	assert(node >= 0);
	return node;
}

static inline void fit_add(struct fit *f, const char *parent, const char *name)
{
	int node = fdt_add_subnode(f->buf, fit_node(f, parent), name);

	assert(node >= 0);
	(void)node;
}

static inline void fit_set(struct fit *f, const char *path, const char *prop, const void *data, size_t len)
{
	int ret = fdt_setprop(f->buf, fit_node(f, path), prop, data, (int)len);

	assert(ret == 0);
	(void)ret;
}

static inline void fit_str(struct fit *f, const char *path, const char *prop, const char *s)
{
	fit_set(f, path, prop, s, strlen(s) + 1);
}

static inline void fit_cells(struct fit *f, const char *path, const char *prop, const uint32_t *cells, size_t nr)
{
	fdt32_t be[64];

	assert(nr <= 64);
	for (size_t i = 0; i < nr; i++)
		be[i] = cpu_to_fdt32(cells[i]);
	fit_set(f, path, prop, be, nr * sizeof(be[0]));
}

#define FIT_CELLS(f, path, prop, ...)                                                                                  \
	fit_cells(f, path, prop, (const uint32_t[]){ __VA_ARGS__ },                                                    \
		  sizeof((const uint32_t[]){ __VA_ARGS__ }) / sizeof(uint32_t))

static inline void fit_del(struct fit *f, const char *path, const char *prop)
{
	int ret = fdt_delprop(f->buf, fit_node(f, path), prop);

	assert(ret == 0);
	(void)ret;
}

static inline void fit_image(struct fit *f, const char *name, const char *type, const void *data, size_t len)
{
	char path[64] = "/images/";

	strcat(path, name);
	fit_add(f, "/images", name);
	fit_set(f, path, "data", data, len);
	fit_str(f, path, "type", type);
	fit_str(f, path, "arch", "arm64");
	fit_str(f, path, "os", "linux");
	fit_str(f, path, "compression", "none");
}

/* A valid bundle: image "kernel" ("KERNEL..."), image "ramdisk", VM "linux" with no property at all. */
static inline struct fit *fit_new(void)
{
	struct fit *f = calloc(1, sizeof(*f));
	int ret;

	assert(f);
	ret = fdt_create_empty_tree(f->buf, FIT_SIZE);
	assert(ret == 0);
	(void)ret;
	fit_add(f, "/", "vms");
	fit_str(f, "/vms", "compatible", "hazel,vms-v1");
	fit_add(f, "/vms", "linux");
	fit_add(f, "/", "images");
	fit_image(f, "ramdisk", "ramdisk", "RAMDISK!", 8);
	fit_image(f, "kernel", "kernel", "KERNEL--KERNEL--", 16);
	return f;
}

/* Cut the free room off, so that totalsize is the size in use. */
static inline size_t fit_pack(struct fit *f)
{
	int ret = fdt_pack(f->buf);

	assert(ret == 0);
	(void)ret;
	return fdt_totalsize(f->buf);
}

#endif
