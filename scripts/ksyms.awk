# SPDX-License-Identifier: BSD-3-Clause
# nm -n image | awk -f ksyms.awk : the embedded symbol table (functions only) as assembler source for section .ksyms.
# Layout: hv_ksyms_count, hv_ksyms_off[] (from __image_start, rising), hv_ksyms_name[] (into names), hv_ksyms_names.
function hex(s,   i, v) {
	v = 0
	for (i = 1; i <= length(s); i++)
		v = v * 16 + index("0123456789abcdef", tolower(substr(s, i, 1))) - 1
	return v
}
$3 == "__image_start" { base = hex($1); has_base = 1 }
$2 ~ /^[tT]$/ && $3 !~ /^[$.]/ && $3 !~ /^__(image_start|text_end)$/ {
	a = hex($1)
	if (n > 0 && a == addr[n - 1])
		next
	addr[n] = a
	name[n++] = $3
}
function global(label) {
	printf "\t.global %s\n\t.hidden %s\n\t.type %s, %%object\n%s:\n", label, label, label, label
}
END {
	print "\t.section .ksyms, \"a\", %progbits\n\t.balign 8"
	global("hv_ksyms_count")
	if (!has_base)
		n = 0
	printf "\t.word %d\n", n
	global("hv_ksyms_off")
	for (i = 0; i < n; i++)
		printf "\t.word 0x%x\n", addr[i] - base
	global("hv_ksyms_name")
	for (i = 0; i < n; i++) {
		printf "\t.word %d\n", pos
		pos += length(name[i]) + 1
	}
	global("hv_ksyms_names")
	for (i = 0; i < n; i++)
		printf "\t.asciz \"%s\"\n", name[i]
	print "\t.balign 8"
	print "\t.section .note.GNU-stack, \"\", %progbits"
}
