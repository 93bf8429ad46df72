#!/bin/sh
# SPDX-License-Identifier: BSD-3-Clause
# toolchain.sh gcc|llvm : find the cross toolchain and print it as make variables.
# CROSS_COMPILE in the environment names a prefix and is then not searched for.
set -eu

first() { # first NAME... : the first one that is a command
	for c; do
		if command -v "$c" >/dev/null 2>&1; then
			echo "$c"
			return 0
		fi
	done
	return 1
}

llvm_tool() { # llvm_tool NAME : NAME or its newest versioned name (clang-19 ... clang-13)
	first "$1" $(seq -f "$1-%g" 30 -1 13) || {
		echo "[build] error: no $1 (or $1-NN): install LLVM, or leave LLVM=1 out" >&2
		exit 1
	}
}

find_prefix() {
	for p in aarch64-none-linux-gnu- aarch64-linux-gnu-; do
		if command -v "${p}gcc" >/dev/null 2>&1; then
			echo "$p"
			return 0
		fi
	done
	[ "$(uname -m)" = aarch64 ] && return 0
	echo "[build] error: no aarch64 gcc: tried aarch64-none-linux-gnu-gcc, aarch64-linux-gnu-gcc; set CROSS_COMPILE=" >&2
	return 1
}

case ${1:-} in
llvm)
	cc=$(llvm_tool clang)
	ld=$(llvm_tool ld.lld)
	objcopy=$(llvm_tool llvm-objcopy)
	nm=$(llvm_tool llvm-nm)
	readelf=$(llvm_tool llvm-readelf)
	ar=$(llvm_tool llvm-ar)
	echo "CC := $cc --target=aarch64-none-elf"
	echo "CC_INCLUDE := $($cc -print-resource-dir)/include"
	;;
gcc)
	prefix=${CROSS_COMPILE-}
	[ -n "$prefix" ] || prefix=$(find_prefix)
	cc=${prefix}gcc ld=${prefix}ld objcopy=${prefix}objcopy nm=${prefix}nm readelf=${prefix}readelf ar=${prefix}ar
	command -v "$cc" >/dev/null 2>&1 || { echo "[build] error: no $cc" >&2; exit 1; }
	echo "CC := $cc"
	echo "CC_INCLUDE := $($cc -print-file-name=include)"
	echo "GUEST_CROSS := CROSS_COMPILE=$prefix"
	;;
*)
	echo "usage: toolchain.sh gcc|llvm" >&2
	exit 2
	;;
esac
echo "LD := $ld"
echo "OBJCOPY := $objcopy"
echo "NM := $nm"
echo "READELF := $readelf"
echo "AR := $ar"
echo "CC_ID := $($cc --version | head -n 1 | tr -d '()')"
