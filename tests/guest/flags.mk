# SPDX-License-Identifier: BSD-3-Clause
# Compiler and flags of all test guests.
CROSS_COMPILE ?= aarch64-linux-gnu-
CC := $(CROSS_COMPILE)gcc
OBJCOPY := $(CROSS_COMPILE)objcopy

GUEST_CFLAGS := -std=gnu11 -O2 -g -ffreestanding -nostdinc -isystem $(shell $(CC) -print-file-name=include) \
	-fno-pic -fno-stack-protector -fno-common -fno-strict-aliasing -fno-asynchronous-unwind-tables \
	-fno-tree-loop-distribute-patterns -mgeneral-regs-only -mstrict-align -mno-outline-atomics -march=armv8-a \
	-Wall -Wextra -Werror -Wconversion -Wsign-conversion -Wshadow -Wmissing-prototypes -Wstrict-prototypes -Wvla
GUEST_LDFLAGS := -nostdlib -static -no-pie -Wl,--build-id=none
GUEST_IMAGE_LDFLAGS := $(GUEST_LDFLAGS) -Wl,-z,max-page-size=4096 -Wl,--no-warn-rwx-segments
