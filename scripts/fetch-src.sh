#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# fetch-src.sh libfdt|zlib DIR : put the C files of the library into DIR, from Debian's source package.
# LIBFDT_SRC= or ZLIB_SRC= name a directory to take them from instead. Downloads stay in the cache and serve offline.
set -eu
. "$(dirname "$0")/lib-fetch.sh"
name=$1 dest=$2
tmp=
trap 'rm -rf "$tmp"' EXIT

# SUITE SOURCE-PACKAGE DIRECTORY[,DIRECTORY]-INSIDE ; the first that can be had is used. "own": the machine's suite.
case $name in
libfdt)
	override=${LIBFDT_SRC-} probe=libfdt.h
	origins='trixie device-tree-compiler libfdt
own device-tree-compiler libfdt
bookworm u-boot scripts/dtc/libfdt
trixie arm-trusted-firmware lib/libfdt,include/lib/libfdt'
	;;
zlib)
	override=${ZLIB_SRC-} probe=zlib.h
	origins='own zlib .
bookworm zlib .
trixie zlib .'
	;;
*) die "fetch-src.sh: unknown library $name" ;;
esac

install_from() { # install_from DIR...
	mkdir -p "$dest"
	for d; do
		[ -d "$d" ] || return 1
		cp "$d"/*.[ch] "$dest/"
	done
	[ -e "$dest/$probe" ] || return 1
	# Older libfdt has fdt_check_full() in fdt_ro.c, or not at all.
	[ "$name" != libfdt ] || [ -e "$dest/fdt_check.c" ] || : > "$dest/fdt_check.c"
}

unpack() { # unpack TARBALL DIRS
	tmp=$(mktemp -d)
	tar -C "$tmp" --strip-components=1 -xf "$1" || return 1
	dirs=
	for d in $(echo "$2" | tr ',' ' '); do dirs="$dirs $tmp/$d"; done
	install_from $dirs || return 1
	rm -rf "$tmp"
}

if [ -n "$override" ]; then
	say "$name from $override"
	install_from "$override" || die "$override holds no $probe"
	exit 0
fi

cache_lock
echo "$origins" | (
	while read -r suite package dirs; do
		dir=$CACHE/src/$name/$suite-$package
		for t in "$dir"/*.orig.tar.?z "$dir"/*.orig.tar.bz2; do
			checked "$t" 2>/dev/null && unpack "$t" "$dirs" && say "$name from the cache: ${t##*/}" && exit 0
		done
	done
	exit 1
) && exit 0

echo "$origins" | (
	while read -r suite package dirs; do
		dir=$CACHE/src/$name/$suite-$package
		rm -rf "$dir"
		if download_source "$suite" "$package" "$dir" </dev/null && unpack "$tarball" "$dirs"; then
			seal "$tarball"
			say "$name: ${tarball##*/} ($(cut -c1-16 "$tarball.sha256")...)"
			exit 0
		fi
		rm -rf "$dir"
		say "not available: source of $package in $suite; trying the next"
	done
	exit 1
) || die "no source of $name could be fetched; $(echo "$name" | tr a-z A-Z)_SRC=DIR names a directory that has it"
