/* SPDX-License-Identifier: BSD-3-Clause */
/* The device trees of RK3588 boards that come with Debian's kernel, with memory as firmware adds it. */
#ifndef TESTS_HOST_BOARDS_H
#define TESTS_HOST_BOARDS_H

#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <lib/types.h>

#define BOARD_MAX (1U << 20)

/* Where they are, or NULL with a line on stderr. RK3588_DTBS names a directory that has them already. */
static inline const char *boards_dir(void)
{
	static char dir[400];
	const char *given = getenv("RK3588_DTBS");
	FILE *p;

	if (given && *given)
		return given;
	if (dir[0])
		return dir;
	p = popen("scripts/fetch-guest.sh dtbs", "r");
	if (!p || !fgets(dir, sizeof(dir), p) || pclose(p)) {
		fprintf(stderr, "no device trees of Debian's kernel: scripts/fetch-guest.sh dtbs failed\n");
		dir[0] = '\0';
		return NULL;
	}
	dir[strcspn(dir, "\n")] = '\0';
	return dir;
}

/* The tree @name with room to grow; the caller frees it. */
static inline void *board_load(const char *name)
{
	char *raw = aligned_alloc(8, BOARD_MAX), *fdt = aligned_alloc(8, BOARD_MAX), path[800];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", boards_dir(), name);
	f = fopen(path, "rb");
	if (!f || !fread(raw, 1, BOARD_MAX, f) || fclose(f) || fdt_open_into(raw, fdt, (int)BOARD_MAX))
		fail_msg("cannot read %s", path);
	free(raw);
	return fdt;
}

/* A memory node as U-Boot makes it: one node, banks of <high low high low>. */
static inline void board_memory(void *fdt, const u64 *banks, u32 nr)
{
	int node = fdt_add_subnode(fdt, 0, "memory");
	u8 reg[8 * 16];

	for (u32 i = 0; i < 2 * nr; i++)
		fdt64_st(reg + 8 * i, banks[i]);
	if (fdt_setprop_string(fdt, node, "device_type", "memory") ||
	    fdt_setprop(fdt, node, "reg", reg, (int)(16 * nr)))
		fail_msg("no room for a memory node");
}

/* The tree @name with 4 GiB in two banks. The caller frees it. */
static inline void *board_open(const char *name)
{
	static const u64 banks[] = { 0x200000, UINT64_C(0xefe00000), UINT64_C(0x100000000), UINT64_C(0x10000000) };
	void *fdt = board_load(name);

	board_memory(fdt, banks, 2);
	return fdt;
}

/* Call @fn with the name of each. Return: how many. */
static inline int boards_each(void (*fn)(const char *name))
{
	DIR *d = opendir(boards_dir());
	struct dirent *e;
	int n = 0;

	while (d && (e = readdir(d))) {
		if (strncmp(e->d_name, "rk3588", 6) || !strstr(e->d_name, ".dtb"))
			continue;
		fn(e->d_name);
		n++;
	}
	if (d)
		closedir(d);
	return n;
}

#endif
