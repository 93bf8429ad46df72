#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# apt-private.sh STATE ARCH TYPES SUITE : write STATE/apt.conf, a private apt configuration derived from the machine's own.
#   TYPES  "deb", "deb-src" or "deb deb-src"
#   SUITE  a Debian suite name, or "" for the machine's own
# Then: APT_CONFIG=STATE/apt.conf apt-get update && APT_CONFIG=... apt-get download PACKAGE
# No root, no foreign architecture added to the system, nothing under /etc or /var changed. Only entries of Debian's own
# archive are taken over (component main, signed by Debian), with the machine's proxy settings.
set -eu
state=$1 arch=$2 types=$3 suite=$4
mkdir -p "$state/lists/partial" "$state/cache/archives/partial" "$state/empty" "$state/log"
state=$(cd "$state" && pwd)
. /etc/os-release

one_line_to_deb822() { # FILE : sources.list format on stdin's place, stanzas out
	sed -n 's/#.*//; s/^[[:space:]]*deb[[:space:]]\{1,\}//p' "$1" | awk '
		{
			options = ""
			if (match($0, /^\[[^]]*\]/)) {
				options = substr($0, 2, RLENGTH - 2)
				$0 = substr($0, RLENGTH + 1)
			}
			key = ""
			n = split(options, a, /[ \t]+/)
			for (i = 1; i <= n; i++)
				if (sub(/^signed-by=/, "", a[i])) {
					gsub(/,/, " ", a[i])
					key = a[i]
				}
			components = ""
			for (i = 3; i <= NF; i++)
				components = components " " $i
			print "Types: deb\nURIs: " $1 "\nSuites: " $2 "\nComponents:" components
			if (key != "")
				print "Signed-By: " key
			print ""
		}'
}

all_entries() {
	eval "$(apt-config shell list Dir::Etc::sourcelist/f parts Dir::Etc::sourceparts/d)"
	for f in "$list" "$parts"/*.list "$parts"/*.sources; do
		[ -r "$f" ] || continue
		case $f in
		*.sources) sed '/^[[:space:]]*#/d' "$f"; echo ;;
		*) one_line_to_deb822 "$f" ;;
		esac
	done
}

# Keep the entries of this release (plain, -updates, -security), rename the suite if another one is wanted.
all_entries | awk -v code="${VERSION_CODENAME:-}" -v want="$suite" -v types="$types" '
	function flush(  i, j, n, m, uri, su, s) {
		if (f["types"] ~ /(^|[ \t])deb([ \t]|$)/ && f["components"] ~ /(^|[ \t])main([ \t]|$)/ &&
		    tolower(f["enabled"]) !~ /^(no|false|0)$/ &&
		    (f["signed-by"] == "" || f["signed-by"] ~ /debian-archive-|BEGIN PGP/)) {
			n = split(f["uris"], uri, /[ \t\n]+/)
			m = split(f["suites"], su, /[ \t\n]+/)
			for (i = 1; i <= n; i++)
				for (j = 1; j <= m; j++) {
					s = su[j]
					if (code == "" || (s != code && s != code "-updates" && s != code "-security"))
						continue
					if (want != "")
						s = want substr(s, length(code) + 1)
					sub(/\/$/, "", uri[i])
					if (uri[i] == "" || seen[uri[i] " " s]++)
						continue
					printf "Types: %s\nURIs: %s\nSuites: %s\nComponents: main\n", types, uri[i], s
					printf "%s\n", f["signed-by"] == "" ? "" : "Signed-By: " f["signed-by"] "\n"
				}
		}
		split("", f)
		k = ""
	}
	/^[ \t]*$/ { flush(); next }
	/^[ \t]/ { f[k] = f[k] "\n" $0; next }
	{ k = tolower($0); sub(/[ \t]*:.*/, "", k); v = $0; sub(/^[^:]*:[ \t]*/, "", v); f[k] = v }
	END { flush() }' > "$state/debian.sources"
[ -s "$state/debian.sources" ] || {
	echo "[deps] error: the machine's apt sources have no entry of Debian ${VERSION_CODENAME:-(unknown release)}" >&2
	exit 1
}

: > "$state/status"
{
	# The machine's way out: proxy, time-outs. Not its hooks and pins.
	apt-config dump Acquire | grep '^Acquire::' |
		grep -Ev '^Acquire::(IndexTargets|Languages|Changelogs|CompressionTypes)' || true
	cat <<-END
		APT::Architecture "$arch";
		#clear APT::Architectures;
		APT::Architectures { "$arch"; };
		APT::Install-Recommends "false";
		APT::Sandbox::User "";
		Acquire::Languages { "none"; };
		Acquire::Retries "3";
		Dir::State "$state";
		Dir::State::lists "$state/lists";
		Dir::State::status "$state/status";
		Dir::Cache "$state/cache";
		Dir::Log "$state/log";
		Dir::Etc::sourcelist "$state/debian.sources";
		Dir::Etc::sourceparts "-";
		Dir::Etc::preferences "-";
		Dir::Etc::preferencesparts "$state/empty";
		Dir::Etc::parts "$state/empty";
		Dir::Etc::main "-";
	END
} > "$state/apt.conf"
