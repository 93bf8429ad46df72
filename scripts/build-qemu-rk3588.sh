#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# build-qemu-rk3588.sh DIR : DIR/qemu-system-aarch64-rk3588, Debian's QEMU 10.0 with the machine of tools/qemu-rk3588 and
# nothing else. The program is kept in the cache under the checksum of all that went into it. DIR/tree keeps the source
# and the objects, so that a change of the model compiles only what it must. QEMU_SRC= names a QEMU 10.0 tarball to use.
set -eu
. "$(dirname "$0")/lib-fetch.sh"
out=$1
model=$SCRIPTS/../tools/qemu-rk3588
name=qemu-system-aarch64-rk3588
machine_arch=$(dpkg --print-architecture 2>/dev/null) || die "the model is built from Debian packages: this is no Debian system"
python=/usr/bin/python3
mkdir -p "$out"
out=$(cd "$out" && pwd)

find_source() { # $tarball: Debian's, from the cache or fetched into it
	if [ -n "${QEMU_SRC-}" ]; then
		tarball=$QEMU_SRC
		[ -s "$tarball" ] || die "QEMU_SRC=$tarball is no file: it names a QEMU 10.0 source tarball"
		return
	fi
	dir=$CACHE/src/qemu/trixie-qemu
	for tarball in "$dir"/qemu_10.0.*.orig.tar.?z; do
		checked "$tarball" 2>/dev/null && return
	done
	rm -rf "$dir"
	download_source trixie qemu "$dir" </dev/null ||
		die "the source of QEMU cannot be fetched from Debian trixie: QEMU_SRC=TARBALL names a QEMU 10.0 source to use"
	case ${tarball##*/} in
	qemu_10.0.*) seal "$tarball" ;;
	*) die "the model is for QEMU 10.0, Debian has ${tarball##*/}: QEMU_SRC=TARBALL names a QEMU 10.0 source to use" ;;
	esac
}

# QEMU wants a newer meson than Debian 12 has. It is Python, for any architecture: unpacked here, not installed.
find_meson() {
	dir=$CACHE/src/meson
	set -- "$dir"/meson_*.deb "$dir"/python3-pycotap_*.deb
	if ! checked "$1" 2>/dev/null || ! checked "$2" 2>/dev/null; then
		rm -rf "$dir"
		mkdir -p "$dir"
		say "fetching meson"
		apt_state "$machine_arch" deb trixie &&
			(cd "$dir" && apt-get download -q meson python3-pycotap) >"$state/download.log" 2>&1 ||
			die "meson cannot be fetched from Debian trixie (log in $CACHE/apt)"
		for deb in "$dir"/*.deb; do seal "$deb"; done
	fi
	for deb in "$dir"/*.deb; do dpkg-deb -x "$deb" "$tree/tools"; done
}

key_of() { # what the program is made of: source, model, this script, the machine
	{
		sha256sum < "$tarball"
		(cd "$model" && sha256sum -- *.c *.h Kconfig meson.build devices.mak)
		sha256sum < "$0"
		echo "$machine_arch $(gcc -dumpfullversion)"
	} | sha256sum | cut -c1-24
}

prepare_tree() { # the pristine source, once for each tarball
	sum=$(sha256sum < "$tarball" | cut -c1-64)
	[ "$(cat "$tree/source" 2>/dev/null)" != "$sum" ] || return 0
	rm -rf "$tree"
	mkdir -p "$tree/qemu" "$tree/tools"
	say "unpacking ${tarball##*/}"
	tar -C "$tree/qemu" --strip-components=1 -xf "$tarball"
	# Debian's tarball has no firmware images to unpack, and they are not wanted.
	sed -i 's/unpack_edk2_blobs = bzip2.found()/unpack_edk2_blobs = false/' "$tree/qemu/meson.build"
	echo 'source rk3588/Kconfig' >> "$tree/qemu/hw/arm/Kconfig"
	sed -i "/^hw_arch += /i subdir('rk3588')" "$tree/qemu/hw/arm/meson.build"
	echo "$sum" > "$tree/source"
}

copy_model() { # only what differs: the rest need not be compiled again
	for f in "$model"/*.[ch] "$model"/Kconfig "$model"/meson.build; do
		update "$f" "$tree/qemu/hw/arm/rk3588/${f##*/}"
	done
	update "$model/devices.mak" "$tree/qemu/configs/devices/aarch64-softmmu/rk3588.mak"
}
update() { # update FILE COPY
	mkdir -p "$(dirname "$2")"
	cmp -s "$1" "$2" || cp "$1" "$2"
}

configure() {
	[ ! -e "$tree/build/build.ninja" ] || return 0
	say "configuring QEMU"
	mkdir -p "$tree/build"
	(cd "$tree/build" && ../qemu/configure --python=$python --target-list=aarch64-softmmu \
		--without-default-features --enable-tcg --enable-system --enable-fdt=system --disable-download --disable-docs \
		--disable-tools --disable-guest-agent --disable-user --disable-werror --disable-install-blobs --disable-debug-info \
		--without-default-devices --with-devices-aarch64=rk3588) >"$out/configure.log" 2>&1 ||
		{ tail -n 20 "$out/configure.log" >&2; die "QEMU cannot be configured (log: $out/configure.log)"; }
}

compile() {
	say "compiling QEMU with the rk3588 machine, once (log: $out/build.log)"
	ninja -C "$tree/build" ${JOBS:+-j"$JOBS"} qemu-system-aarch64 >"$out/build.log" 2>&1 ||
		{ grep -A 15 -E 'error|FAILED' "$out/build.log" | head -n 60 >&2; die "QEMU does not compile (log: $out/build.log)"; }
}

cache_lock
find_source
cached=$CACHE/qemu-rk3588/$(key_of)/$name
if ! checked "$cached" 2>/dev/null; then
	tree=$out/tree
	prepare_tree
	find_meson
	# The cache is free for others while this compiles.
	exec 8>&-
	export PYTHONPATH="$tree/tools/usr/lib/python3/dist-packages" PATH="$tree/tools/usr/bin:$PATH"
	copy_model
	configure
	compile
	mkdir -p "$(dirname "$cached")"
	strip -o "$cached.new" "$tree/build/qemu-system-aarch64"
	mv "$cached.new" "$cached"
	seal "$cached"
	say "$name: in the cache"
fi
ln -sf "$cached" "$out/$name"
echo "$out/$name"
