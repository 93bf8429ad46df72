#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# deps.sh GROUP... : install the Debian packages of these groups (scripts/packages.txt) that are missing.
# As root, or through sudo; otherwise prints the one line to run and fails. Costs some milliseconds when all is there.
set -eu
here=$(dirname "$0")
PATH=$PATH:/usr/sbin:/sbin

expand() { # groups made of groups
	for g; do
		case $g in
		run) echo build fetch bundle emulator ;;
		check) echo build llvm fetch bundle emulator host style static system gdb ;;
		*) echo "$g" ;;
		esac
	done
}

present() { # present PACKAGE PROBE
	case $2 in
	/*) ls $2 >/dev/null 2>&1 ;; # may be a pattern
	*) command -v "$2" >/dev/null 2>&1 ;;
	esac && return 0
	# A native compiler serves as cross compiler on arm64; a prefix given by the user is the user's business.
	[ "$1" = gcc-aarch64-linux-gnu ] && { [ -n "${CROSS_COMPILE-}" ] || command -v aarch64-linux-gnu-gcc >/dev/null ||
		{ [ "$(uname -m)" = aarch64 ] && command -v gcc >/dev/null; }; }
}

missing=
for group in $(expand "$@"); do
	found=0
	while read -r g package probe; do
		[ "$g" = "$group" ] || continue
		found=1
		present "$package" "$probe" && continue
		# Tools such as clang may be there under a versioned name only: then dpkg does not help, the plain package does.
		case " $missing " in *" $package "*) ;; *) missing="$missing $package" ;; esac
	done < "$here/packages.txt"
	[ $found = 1 ] || { echo "deps.sh: no such group: $group" >&2; exit 2; }
done
[ -n "$missing" ] || exit 0
missing=${missing# }

# Progress goes to stderr: some callers read stdout.
exec >&2
echo "[deps] missing: $missing"
if ! command -v apt-get >/dev/null 2>&1; then
	echo "[deps] error: this is not a Debian system: install what these packages hold, then try again"
	exit 1
fi
line="apt-get install -y --no-install-recommends $missing"
if [ "$(id -u)" = 0 ]; then
	as_root=
elif command -v sudo >/dev/null 2>&1 && { sudo -n true 2>/dev/null || [ -t 0 ]; }; then
	as_root=sudo
else
	echo "[deps] error: not root and no usable sudo. Run this as root, then try again:"
	echo "    $line"
	exit 1
fi

# One installer at a time: make -j may start several.
exec 9>"${TMPDIR:-/tmp}/.hazel-deps.$(id -u).lock"
flock 9
install_all() {
	$as_root env DEBIAN_FRONTEND=noninteractive $line -q -o Dpkg::Use-Pty=0 -o DPkg::Lock::Timeout=300 >"$log" 2>&1
}
log=$(mktemp)
trap 'rm -f "$log"' EXIT
echo "[deps] installing: $line"
# The machine's package lists may be absent (fresh container) or old: refresh them once when the first try fails.
install_all || {
	echo "[deps] refreshing the package lists"
	$as_root apt-get update -q -o DPkg::Lock::Timeout=300 >"$log" 2>&1 || cat "$log"
	install_all || {
		cat "$log"
		echo "[deps] error: apt-get failed. The line was:"
		echo "    $line"
		exit 1
	}
}
echo "[deps] installed"
