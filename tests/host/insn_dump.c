/* SPDX-License-Identifier: BSD-3-Clause */
/* What insn_decode_ls() says of each hexadecimal word of the input: for tests/qemu/test_insn_decode.py. */
#include <stdio.h>

#include <asm/guest/insn.h>

int main(void)
{
	unsigned int w;

	while (scanf("%x", &w) == 1) {
		struct insn_ls i = insn_decode_ls(w);

		printf("%d %d %d %d %d %d %d %d %d %d %d %d %d %d %lld\n", i.kind, i.addr, i.load, i.fp, i.sign,
		       i.reg64, i.nr, i.size, i.rt, i.rt2, i.rn, i.rm, i.extend, i.shift, (long long)i.imm);
	}
	return 0;
}
