# SPDX-License-Identifier: BSD-3-Clause
# Sourced by fetch-src.sh and fetch-guest.sh: the cache, the private apt states and checked files in it.
CACHE=${HAZEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/hazel}
MACHINE_APT_CONFIG=${APT_CONFIG-}
SCRIPTS=$(cd "$(dirname "$0")" && pwd)

say() { echo "[deps] $*" >&2; }
die() { say "error: $*"; exit 1; }

# One fetcher at a time: make -j and parallel tests share the cache.
cache_lock() {
	mkdir -p "$CACHE" || die "cannot create the cache $CACHE (HAZEL_CACHE= names another place)"
	exec 8>"$CACHE/.lock"
	flock 8
}

# apt_state ARCH TYPES SUITE [force] : enter a private apt state, with package lists younger than a day.
apt_state() {
	state=$CACHE/apt/$1-$(echo "$2" | tr -d ' ')-${3:-own}
	mkdir -p "$state"
	# A second state is derived from the machine's configuration too, not from the first one.
	APT_CONFIG=$MACHINE_APT_CONFIG "$SCRIPTS/apt-private.sh" "$state" "$1" "$2" "$3" || return 1
	export APT_CONFIG="$state/apt.conf"
	if [ "${4:-}" = force ] || [ -z "$(find "$state/updated" -mtime -1 2>/dev/null)" ]; then
		say "reading the package lists: $2 for $1, suite ${3:-of this machine}"
		apt-get update -q >"$state/update.log" 2>&1 || { tail -n 5 "$state/update.log" >&2; return 1; }
		touch "$state/updated"
	fi
}

# checked FILE : true when FILE is whole, by the checksum written beside it when it came
checked() { [ -s "$1" ] && [ -s "$1.sha256" ] && (cd "$(dirname "$1")" && sha256sum --quiet -c "$(basename "$1").sha256") >&2; }
seal() { (cd "$(dirname "$1")" && sha256sum "$(basename "$1")" > "$(basename "$1").sha256"); }

# download_source SUITE PACKAGE DIR : the upstream tarball of a Debian source package into DIR; $tarball is its path.
# SUITE "own" is the machine's.
download_source() {
	suite=$1
	[ "$suite" != own ] || suite=
	mkdir -p "$3"
	for try in first again; do
		apt_state "$(dpkg --print-architecture)" deb-src "$suite" || continue
		say "fetching the source of $2 (${suite:-this machine's suite})"
		# --tar-only: the upstream tarball is all we need. apt checks it against the signed index.
		(cd "$3" && apt-get source --download-only --tar-only -q "$2") >"$state/source.log" 2>&1 && break
		[ $try = again ] || apt_state "$(dpkg --print-architecture)" deb-src "$suite" force || true
	done
	tarball=$(find "$3" -maxdepth 1 -name '*.orig.tar.*' ! -name '*.asc' ! -name '*.sha256' | head -n 1)
	[ -n "$tarball" ] && tar -tf "$tarball" >/dev/null 2>&1
}

has_sha256() { [ -s "$1" ] && echo "$2  $1" | sha256sum --status -c; } # FILE SHA256

# source_tarball NAME SHA256 : path of the upstream tarball with this checksum, from the cache, or by the first line
# "SUITE PACKAGE" of the input that has it
source_tarball() {
	store=$CACHE/src/$1
	for tarball in "$store"/*.orig.tar.*; do
		has_sha256 "$tarball" "$2" && echo "$tarball" && return 0
	done
	while read -r from package; do
		rm -rf "$store/new"
		if download_source "$from" "$package" "$store/new" </dev/null && has_sha256 "$tarball" "$2"; then
			mv "$tarball" "$store/"
			rm -rf "$store/new"
			echo "$store/${tarball##*/}"
			return 0
		fi
		say "not available: this source of $package in $from; trying the next"
	done
	rm -rf "$store/new"
	return 1
}
