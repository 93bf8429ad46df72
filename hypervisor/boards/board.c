/* SPDX-License-Identifier: BSD-3-Clause */
#include <boards/board.h>
#include <common/fdt_util.h>
#include <lib/string.h>
#include <libfdt.h>

static const struct board board_generic = { .name = "generic" };

static const struct board *const boards[] = { &board_qemu_virt, &board_rk3588 };

static const struct board *board_with(const char *compatible)
{
	for (u32 i = 0; i < ARRAY_SIZE(boards); i++) {
		for (const char *const *c = boards[i]->compatible; *c; c++) {
			if (!strcmp(*c, compatible))
				return boards[i];
		}
	}
	return NULL;
}

const struct board *board_find(const void *fdt)
{
	const char *why;
	int count = fdt_open(fdt, HOST_FDT_MAX, &why) ? 0 : fdt_stringlist_count(fdt, 0, "compatible");

	for (int i = 0; i < count; i++) {
		const char *s = fdt_stringlist_get(fdt, 0, "compatible", i, NULL);
		const struct board *b = s ? board_with(s) : NULL;

		if (b)
			return b;
	}
	return &board_generic;
}
