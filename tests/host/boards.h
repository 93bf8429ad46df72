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

/* Where they are, or NULL with a line on stderr. */
static inline const char *boards_dir(void)
{
	static char dir[400];
	FILE *p;

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

/* The tree @name with 4 GiB in two banks, and room to grow. The caller frees it. */
static inline void *board_open(const char *name)
{
	char *raw = aligned_alloc(8, BOARD_MAX), *fdt = aligned_alloc(8, BOARD_MAX), path[800];
	const u64 banks[] = { 0x200000, UINT64_C(0xefe00000), UINT64_C(0x100000000), UINT64_C(0x10000000) };
	u8 reg[sizeof(banks)];
	int node;
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", boards_dir(), name);
	f = fopen(path, "rb");
	if (!f || !fread(raw, 1, BOARD_MAX, f) || fclose(f) || fdt_open_into(raw, fdt, (int)BOARD_MAX))
		fail_msg("cannot read %s", path);
	free(raw);
	node = fdt_add_subnode(fdt, 0, "memory");
	for (u32 i = 0; i < 4; i++)
		fdt64_st(reg + 8 * i, banks[i]);
	if (fdt_setprop_string(fdt, node, "device_type", "memory") || fdt_setprop(fdt, node, "reg", reg, sizeof(reg)))
		fail_msg("no memory in %s", path);
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
