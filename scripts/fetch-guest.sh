#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# fetch-guest.sh standard|16k|rt|6.1|dtbs|busybox|stress|rttests|uboot|efi|bl31|xen|vmm|qemu : fetch from Debian's arm64 archive
# what guests and boards are made of, into the cache, and print its path: a kernel Image, a directory with the
# rk3588*.dtb that come with the standard kernel, a static busybox, a tar file with stress-ng and the libraries that it
# needs, another with cyclictest and hackbench, U-Boot or EDK2 for QEMU's virt machine, the RK3588's BL31, and for tools/bench the Xen hypervisor and, as tar
# files like stress-ng, a QEMU that runs on KVM in an arm64 guest (vmm) and one for this machine (qemu). Served from the
# cache when it is there, offline too; HAZEL_REFRESH=1 asks the archive again. Beside an Image lies modules.gz, an
# initramfs with the drivers of that kernel for Hazel's devices.
set -eu
. "$(dirname "$0")/lib-fetch.sh"
what=${1:-standard}
# The device trees are in the package of the standard kernel, and stay beside its Image.
wanted=$what
[ "$what" != dtbs ] || what=standard

# "SUITE METAPACKAGE" in order of preference. The metapackage names the newest real kernel: names are not parsed.
case $what in
standard) sources='own:linux-image-6.12-arm64 trixie:linux-image-arm64' ;;
16k) sources='own:linux-image-6.12-arm64-16k trixie:linux-image-arm64-16k' ;;
rt) sources='own:linux-image-6.12-rt-arm64 trixie:linux-image-rt-arm64' ;;
6.1) sources='bookworm:linux-image-arm64' ;;
busybox) sources='own:busybox-static' file=busybox pattern='*/bin/busybox' ;;
stress) sources='own:stress-ng' file=stress.tar programs=stress-ng ;;
rttests) sources='own:rt-tests' file=rt-tests.tar programs='cyclictest hackbench' ;;
uboot) sources='own:u-boot-qemu' file=u-boot.bin pattern='./usr/lib/u-boot/qemu_arm64/u-boot.bin' ;;
efi) sources='own:qemu-efi-aarch64' file=QEMU_EFI.fd pattern='./usr/share/qemu-efi-aarch64/QEMU_EFI.fd' ;;
bl31) sources='trixie:arm-trusted-firmware own:arm-trusted-firmware' file=bl31.elf pattern='*/rk3588/bl31.elf' ;;
xen)
	sources='own:xen-system-arm64 bookworm:xen-system-arm64 trixie:xen-system-arm64'
	file=xen pattern='./boot/xen-*-arm64'
	;;
vmm) sources='trixie:qemu-system-arm own:qemu-system-arm' file=vmm.tar programs=qemu-system-aarch64 ;;
qemu)
	sources='trixie:qemu-system-arm own:qemu-system-arm'
	file=qemu.tar programs=qemu-system-aarch64 arch=$(dpkg --print-architecture)
	;;
*) die "fetch-guest.sh: unknown guest $what: use standard, 16k, rt, 6.1, dtbs, busybox, stress, rttests, uboot, efi, bl31," \
	"xen, vmm or qemu" ;;
esac
drivers='*/drivers/uio/uio.ko* */drivers/uio/uio_pdrv_genirq.ko* */drivers/watchdog/sbsa_gwdt.ko*
	*/drivers/virtio/virtio.ko* */drivers/virtio/virtio_ring.ko* */drivers/virtio/virtio_mmio.ko* */drivers/block/virtio_blk.ko*
	*/drivers/mmc/core/mmc_core.ko* */drivers/mmc/core/mmc_block.ko* */drivers/mmc/host/sdhci.ko*
	*/drivers/mmc/host/sdhci-pltfm.ko* */drivers/mmc/host/cqhci.ko* */drivers/mmc/host/sdhci-of-dwcmshc.ko*'
file=${file:-Image} pattern=${pattern:-./boot/vmlinuz-* */rockchip/rk3588*.dtb $drivers}
dir=$CACHE/guest/$what
out=$dir/$file
result=$out
[ "$wanted" != dtbs ] || result=$dir/dtbs

cache_lock
# Modules are packed anew when the list above has changed.
complete_modules() { checked "$dir/modules.gz" && [ "$(cat "$dir/drivers" 2>/dev/null)" = "$drivers" ]; }
complete() { checked "$out" && { [ "$file" != Image ] || complete_modules; }; }
complete_dtbs() { (cd "$dir/dtbs" && sha256sum --quiet -c SHA256SUMS) >/dev/null 2>&1; }
cached() { if [ "$wanted" = dtbs ]; then complete_dtbs; else complete; fi; }
if [ -z "${HAZEL_REFRESH-}" ] && cached; then
	echo "$result"
	exit 0
fi

real_package() { # what the metapackage depends on; nothing when the suite does not have it
	case $what in busybox | stress | rttests | uboot | efi | bl31 | vmm | qemu) echo "$1"; return ;; esac
	apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Depends: *\([^ ,(]*\).*/\1/p' | head -n 1
}

fetch() { # fetch SUITE METAPACKAGE [force]
	suite=$1
	[ "$suite" != own ] || suite=
	apt_state "${arch:-arm64}" deb "$suite" ${3:-} || return 1
	package=$(real_package "$2")
	[ -n "$package" ] || return 1
	[ -z "${programs-}" ] || { fetch_programs; return; }
	size=$(apt-cache show --no-all-versions "$package" | sed -n 's/^Size: //p' | head -n 1)
	say "fetching $package ($((${size:-0} / 1000000)) MB)"
	mkdir -p "$tmp/deb"
	(cd "$tmp/deb" && apt-get download -q "$package") >"$state/download.log" 2>&1 || return 1
	say "unpacking"
	# tar fails when one of the patterns is not there: Debian builds uio_pdrv_genirq for some architectures only.
	dpkg-deb --fsys-tarfile "$tmp"/deb/*.deb | (set -f; tar -C "$tmp" -xf - --wildcards $pattern 2>/dev/null) || true
}

pack_modules() { # pack_modules VMLINUZ : lib/modules/RELEASE/NAME.ko in a cpio archive; the same input gives the same bytes
	m=$tmp/modules/lib/modules/${1##*/vmlinuz-}
	mkdir -p "$m"
	for ko in $(find "$tmp" -name '*.ko' -o -name '*.ko.xz'); do
		case $ko in
		*.xz) xz -dc "$ko" > "$m/$(basename "${ko%.xz}")" ;;
		*) mv "$ko" "$m" ;;
		esac
	done
	find "$tmp/modules" -exec touch -d @1 {} +
	(cd "$tmp/modules" && find . | LC_ALL=C sort | cpio --quiet -o -H newc --reproducible -R 0:0) | gzip -9n > "$dir/modules.gz"
	seal "$dir/modules.gz"
	echo "$drivers" > "$dir/drivers"
}

keep_dtbs() { # $dir/dtbs and its checksums, when the package has them
	mkdir "$tmp/dtbs"
	find "$tmp/usr" -name 'rk3588*.dtb' -exec mv {} "$tmp/dtbs" \; 2>/dev/null || true
	(cd "$tmp/dtbs" && sha256sum -- *.dtb > SHA256SUMS) 2>/dev/null || return 0
	rm -rf "$dir/dtbs"
	mv "$tmp/dtbs" "$dir/dtbs"
}

# Libraries by what the binaries say they need, not whole packages: a few MB instead of a hundred.
needed() { LC_ALL=C readelf -d "$1" 2>/dev/null | sed -n 's/.*(NEEDED).*\[\(.*\)\]/\1/p'; }
add_with_libraries() { # FILE below $tmp/all : it and what it needs, to $tmp/root
	rel=${1#"$tmp"/all/}
	[ ! -e "$tmp/root/$rel" ] || return 0
	mkdir -p "$tmp/root/$(dirname "$rel")"
	cp -L "$1" "$tmp/root/$rel"
	for lib in $(needed "$1"); do
		l=$(find "$tmp/all" -name "$lib" | head -n 1)
		[ -z "$l" ] || (add_with_libraries "$l")
	done
}
fetch_programs() { # $programs of $package, with the loader and the libraries that they need, as $file
	rm -rf "$tmp/all" "$tmp/root" "$tmp/archives"
	mkdir -p "$tmp/all" "$tmp/root/lib" "$tmp/archives/partial"
	say "fetching $package and what it depends on"
	apt-get install -d -y -q -o Dir::Cache::archives="$tmp/archives" "$package" >"$state/download.log" 2>&1 || return 1
	say "unpacking"
	set -f
	set -- '*.so*' $(printf './usr/bin/%s\n' $programs)
	set +f
	for d in "$tmp"/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$d" | tar -C "$tmp/all" -xf - --wildcards "$@" 2>/dev/null || true
	done
	for program in $programs; do
		[ -x "$tmp/all/usr/bin/$program" ] || return 1
		add_with_libraries "$tmp/all/usr/bin/$program"
	done
	loader=$(find "$tmp/all" -name 'ld-linux*.so.*' | head -n 1)
	cp -L "$loader" "$tmp/root/lib/${loader##*/}"
	tar -C "$tmp/root" -cf "$tmp/$file" .
}

mkdir -p "$dir"
tmp=$(mktemp -d "$dir/tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
for force in '' force; do
	for s in $sources; do
		rm -rf "$tmp/deb"
		fetch "${s%%:*}" "${s#*:}" $force || continue
		got=$(find "$tmp" -type f \( -name 'vmlinuz-*' -o -name 'xen-*-arm64' -o -name "$file" \) | head -n 1)
		[ -s "$got" ] || continue
		[ "$what" != standard ] || keep_dtbs
		[ "$wanted" != dtbs ] || complete_dtbs || continue
		# Whoever wants device trees only does not get another kernel.
		if [ "$wanted" != dtbs ] || ! complete; then
			[ "$file" != Image ] || pack_modules "$got"
			mv "$got" "$out"
			seal "$out"
			echo "$package" > "$dir/package"
		fi
		say "$wanted: $package in the cache"
		echo "$result"
		exit 0
	done
done
# A cache from before there were modules is good for all but Hazel's devices.
if [ "$wanted" != dtbs ] && checked "$out"; then
	say "$what: from the cache, without modules: the archive cannot be read"
	echo "$out"
	exit 0
fi
die "cannot fetch '$wanted' from the Debian archive (log in $CACHE/apt). GUEST_KERNEL= and GUEST_INITRD= name files to use instead"
