/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's -M virt. */
#include <boards/board.h>

static const char *const compatible[] = { "linux,dummy-virt", NULL };

const struct board board_qemu_virt = { .name = "qemu_virt", .compatible = compatible };
