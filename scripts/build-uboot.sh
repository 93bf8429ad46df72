#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# build-uboot.sh DIR : U-Boot 2025.01 for the Radxa Rock 5B from Debian's source, unchanged. Into DIR: u-boot.bin,
# which BL31 starts at 0x00a00000 (its device tree is behind it), and u-boot, the same as an ELF file for debuggers.
# The result stays in the cache. UBOOT_SRC= names an unpacked source tree to build instead.
set -eu
. "$(dirname "$0")/lib-fetch.sh"
dest=$1
config=rock5b-rk3588_defconfig
sha256=cdef7d507c93f1bbd9f015ea9bc21fa074268481405501945abc6f854d5b686f
origins='trixie u-boot
forky u-boot
own u-boot'

prefix=$("$SCRIPTS/toolchain.sh" gcc | sed -n 's/^CC := \(.*\)gcc$/\1/p')

deliver() { # deliver DIRECTORY
	mkdir -p "$dest"
	cp "$1/u-boot.bin" "$1/u-boot" "$dest/"
}

build() { # build SOURCE : leaves the results in $tmp/out
	say "building U-Boot for the Rock 5B: some minutes"
	# The time in the version text is that of the release, and no path of this machine is in it: the same bytes every time.
	export SOURCE_DATE_EPOCH=1736208000 KBUILD_BUILD_USER=hazel KBUILD_BUILD_HOST=hazel
	unset MAKEFLAGS MFLAGS MAKELEVEL O V CROSS_COMPILE
	for target in $config u-boot.bin; do
		make -C "$1" O="$tmp/out" CROSS_COMPILE="$prefix" PYTHON3=/usr/bin/python3 -j"${UBOOT_JOBS:-$(nproc)}" $target \
			>"$tmp/build.log" 2>&1 || { tail -n 20 "$tmp/build.log" >&2; die "U-Boot: make $target failed"; }
	done
}

mkdir -p "$CACHE"
tmp=$(mktemp -d "$CACHE/u-boot.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
if [ -n "${UBOOT_SRC-}" ]; then
	[ -e "$UBOOT_SRC/configs/$config" ] || die "UBOOT_SRC=$UBOOT_SRC: no configs/$config in it"
	build "$(realpath "$UBOOT_SRC")"
	deliver "$tmp/out"
	exit 0
fi

key=$({ echo "$sha256 $config"; "${prefix}gcc" --version | head -n 1; cat "$0"; } | sha256sum | cut -c1-16)
cached=$CACHE/u-boot-rk3588/$key
if ! checked "$cached/u-boot.bin" 2>/dev/null || ! checked "$cached/u-boot" 2>/dev/null; then
	cache_lock
	echo "$origins" | source_tarball u-boot "$sha256" >"$tmp/tarball" ||
		die "no source of U-Boot 2025.01 could be fetched; UBOOT_SRC=DIR names an unpacked one"
	flock -u 8 # others may fetch meanwhile
	mkdir "$tmp/src"
	tar -C "$tmp/src" --strip-components=1 -xf "$(cat "$tmp/tarball")"
	build "$tmp/src"
	rm -rf "$CACHE/u-boot-rk3588"
	mkdir -p "$cached"
	for f in u-boot.bin u-boot; do
		cp "$tmp/out/$f" "$cached/"
		seal "$cached/$f"
	done
fi
deliver "$cached"
