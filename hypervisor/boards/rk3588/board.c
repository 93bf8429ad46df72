/* SPDX-License-Identifier: BSD-3-Clause */
/* Boards with Rockchip's RK3588 or RK3588S. */
#include <boards/board.h>
#include <lib/bits.h>

static const char *const compatible[] = { "rockchip,rk3588", "rockchip,rk3588s", NULL };

/*
 * BL31 at 0x40000, memory that it shares with its callers from 0x100000, the boot loader's parameters at 0x1fe000.
 * U-Boot hands over memory from 0x200000.
 */
static const struct board_range firmware[] = { { 0, MIB(2) } };

const struct board board_rk3588 = {
	.name = "rk3588",
	.compatible = compatible,
	.firmware = firmware,
	.nr_firmware = ARRAY_SIZE(firmware),
};
