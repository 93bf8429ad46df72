/* SPDX-License-Identifier: BSD-3-Clause */
/* A board is data: how it is recognised and what is odd about it. */
#ifndef BOARDS_BOARD_H
#define BOARDS_BOARD_H

#include <lib/types.h>

struct board_range {
	u64 base, size; /* bytes */
};

struct board {
	const char *name;              /* as printed in the banner */
	const char *const *compatible; /* root compatibles, NULL-terminated */
	/* Firmware's, whatever /memory says: left out of the host's RAM, with a warning. */
	const struct board_range *firmware;
	u32 nr_firmware;
};

extern const struct board board_qemu_virt;
extern const struct board board_rk3588;

/**
 * board_find() - the board whose root compatible the DTB carries; the first match in the DTB's order wins.
 * Return: never NULL; a generic description named "generic" when nothing matches.
 */
const struct board *board_find(const void *fdt);

#endif
