# SPDX-License-Identifier: BSD-3-Clause
# readelf -r -W image | awk -v base=LINK_ADDR -f relocs.awk : what boot/head.S relocates, as assembler source for section
# .relocs: for each R_AARCH64_RELATIVE its distance from the one before (the first one's: from the link address) in
# words of 8 bytes, as 16 bits. The value is in place, where the linker wrote it.
function hex(s,   i, v) {
	v = 0
	for (i = 1; i <= length(s); i++)
		v = v * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1
	return v
}
function fail(text) {
	print "[build] error: relocation: " text > "/dev/stderr"
	exit failed = 1
}
BEGIN {
	print "\t.section .relocs, \"a\", %progbits\n\t.balign 8"
	sub(/^0x/, "", base)
	at = hex(base)
}
$3 ~ /^R_AARCH64_/ {
	if ($3 !~ /^R_AARCH64_RELATIV/)
		fail($0 ": only R_AARCH64_RELATIVE can be applied at boot")
	words = (hex($1) - at) / 8
	if (words < 0 || words > 65535 || words != int(words))
		fail($0 ": not in the 512 KiB after the one before, or not aligned")
	at = hex($1)
	printf "\t.hword %d\n", words
}
END {
	if (!failed)
		print "\t.balign 8\n\t.section .note.GNU-stack, \"\", %progbits"
}
