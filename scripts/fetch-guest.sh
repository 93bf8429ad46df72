#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# fetch-guest.sh standard|16k|rt|6.1|busybox : fetch from Debian's arm64 archive what guests are made of, into the cache,
# and print the path of the file: a kernel Image or a static busybox. Served from the cache when it is there, offline too;
# HAZEL_REFRESH=1 asks the archive again.
set -eu
. "$(dirname "$0")/lib-fetch.sh"
what=${1:-standard}

# "SUITE METAPACKAGE" in order of preference. The metapackage names the newest real kernel: names are not parsed.
case $what in
standard) sources='own:linux-image-6.12-arm64 trixie:linux-image-arm64' ;;
16k) sources='own:linux-image-6.12-arm64-16k trixie:linux-image-arm64-16k' ;;
rt) sources='own:linux-image-6.12-rt-arm64 trixie:linux-image-rt-arm64' ;;
6.1) sources='bookworm:linux-image-arm64' ;;
busybox) sources='own:busybox-static' ;;
*) die "fetch-guest.sh: unknown guest $what: use standard, 16k, rt, 6.1 or busybox" ;;
esac
dir=$CACHE/guest/$what
out=$dir/Image
[ "$what" != busybox ] || out=$dir/busybox

cache_lock
if [ -z "${HAZEL_REFRESH-}" ] && checked "$out"; then
	echo "$out"
	exit 0
fi

real_package() { # what the metapackage depends on; nothing when the suite does not have it
	[ "$what" != busybox ] || { echo busybox-static; return; }
	apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Depends: *\([^ ,(]*\).*/\1/p' | head -n 1
}

fetch() { # fetch SUITE METAPACKAGE [force]
	suite=$1
	[ "$suite" != own ] || suite=
	apt_state arm64 deb "$suite" ${3:-} || return 1
	package=$(real_package "$2")
	[ -n "$package" ] || return 1
	size=$(apt-cache show --no-all-versions "$package" | sed -n 's/^Size: //p' | head -n 1)
	say "fetching $package ($((${size:-0} / 1000000)) MB)"
	mkdir -p "$tmp/deb"
	(cd "$tmp/deb" && apt-get download -q "$package") >"$state/download.log" 2>&1 || return 1
	say "unpacking"
	dpkg-deb --fsys-tarfile "$tmp"/deb/*.deb | tar -C "$tmp" -xf - --wildcards "$pattern"
}

mkdir -p "$dir"
tmp=$(mktemp -d "$dir/tmp.XXXXXX")
trap 'rm -rf "$tmp"' EXIT
pattern='./boot/vmlinuz-*'
[ "$what" != busybox ] || pattern='*/bin/busybox'
for force in '' force; do
	for s in $sources; do
		rm -rf "$tmp/deb"
		fetch "${s%%:*}" "${s#*:}" $force || continue
		file=$(find "$tmp" -type f \( -name 'vmlinuz-*' -o -path '*/bin/busybox' \) | head -n 1)
		[ -s "$file" ] || continue
		mv "$file" "$out"
		seal "$out"
		echo "$package" > "$dir/package"
		say "$what: $package in the cache"
		echo "$out"
		exit 0
	done
done
die "cannot fetch '$what' from the Debian archive (log in $CACHE/apt). GUEST_KERNEL= and GUEST_INITRD= name files to use instead"
