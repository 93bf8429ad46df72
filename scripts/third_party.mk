# SPDX-License-Identifier: BSD-3-Clause
# libfdt and zlib's inflate: fetched from Debian's source packages by scripts/fetch-src.sh, built with our EL2 flags.
LIBFDT_DIR := $(O)/third_party/libfdt
ZLIB_DIR   := $(O)/third_party/zlib

LIBFDT_FILES := fdt.c fdt_addresses.c fdt_empty_tree.c fdt_ro.c fdt_rw.c fdt_strerror.c fdt_sw.c fdt_wip.c
# Without crc32.c and adler32.c: lib/zlib_check.c.
ZLIB_FILES   := inffast.c inflate.c inftrees.c
# fdt_check_full() has a file of its own in newer versions; the stamp's recipe makes an empty one where it is missing.
LIBFDT_FILES += fdt_check.c

THIRD_PARTY_STAMPS := $(LIBFDT_DIR)/.stamp $(ZLIB_DIR)/.stamp

$(LIBFDT_DIR)/.stamp: scripts/fetch-src.sh scripts/apt-private.sh
	@scripts/deps.sh fetch
	@scripts/fetch-src.sh libfdt $(@D)
	@touch $@
$(ZLIB_DIR)/.stamp: scripts/fetch-src.sh scripts/apt-private.sh
	@scripts/deps.sh fetch
	@scripts/fetch-src.sh zlib $(@D)
	@touch $@

TP_CPPFLAGS := -DZ_SOLO -DHAVE_MEMCPY -isystem $(LIBFDT_DIR) -isystem $(ZLIB_DIR)

# Compiled for speed, the others for size (ADR 30): trees are read and written while guests wait for their start.
TP_FAST := fdt.c fdt_ro.c inffast.c
