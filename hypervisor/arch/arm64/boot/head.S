/* SPDX-License-Identifier: BSD-3-Clause */
/* arm64 Image header and the way to C: runs at any page-aligned address, MMU and caches off (booting.rst). */
#include <asm/asm.h>

	.section .head.text, "ax"
	.global _start
_start:
	ccmp	x18, #0, #0xd, pl	/* encodes "MZ" in its first two bytes; harmless */
	b	primary_entry
	.quad	0x80000			/* text_offset: load address = 2 MiB aligned base + this */
	.quad	__image_end - . + 16	/* image_size, through bss and stacks; the field itself is at 16 */
	.quad	0xa			/* little endian, 4 KiB pages, anywhere in memory */
	.quad	0
	.quad	0
	.quad	0
	.ascii	"ARM\x64"
	.long	0			/* offset of a PE header, once there is one */

	.text
/* x0 = physical address of the host's device tree. */
SYM_ENTRY(primary_entry)
	msr	daifset, #0xf
	mov	x19, x0
	mrs	x20, CurrentEL
	cmp	x20, #0x8
	b.ne	1f
	/* A loader may leave HCR_EL2 and SCTLR_EL2 in its own state: MMU off, every trap off, AArch64 EL1. */
	mov_q	x0, SCTLR_EL2_OFF
	msr	sctlr_el2, x0
	mov_q	x0, HCR_EL2_BOOT
	msr	hcr_el2, x0
	isb
	adrp	x0, __vectors_boot
	add	x0, x0, :lo12:__vectors_boot
	msr	vbar_el2, x0
	msr	tpidr_el2, xzr
	isb
1:	msr	spsel, #1
	adrp	x0, __stack_top
	mov	sp, x0

	/*
	 * bss. The loader cleaned the image it wrote, not what lies behind it (booting.rst): a dirty line of before,
	 * evicted later, would overwrite what is written past the caches here.
	 */
	adrp	x0, __bss_start
	add	x0, x0, :lo12:__bss_start
	adrp	x1, __image_end
	sub	x1, x1, x0
	bl	cache_inval_poc
	adrp	x0, __bss_start
	add	x0, x0, :lo12:__bss_start
	adrp	x1, __image_end
2:	cmp	x0, x1
	b.hs	3f
	stp	xzr, xzr, [x0], #16
	b	2b

	/* Static PIE: relocations are R_AARCH64_RELATIVE, *(delta + offset) = delta + addend. */
3:	adrp	x0, _start
	add	x0, x0, :lo12:_start
	mov_q	x1, CONFIG_LINK_ADDR
	sub	x1, x0, x1
	adrp	x2, __rela_start
	add	x2, x2, :lo12:__rela_start
	adrp	x3, __rela_end
	add	x3, x3, :lo12:__rela_end
4:	cmp	x2, x3
	b.hs	5f
	ldp	x4, x5, [x2]
	ldr	x6, [x2, #16]
	add	x2, x2, #24
	cmp	w5, #R_AARCH64_RELATIVE
	b.ne	4b
	add	x6, x6, x1
	str	x6, [x4, x1]
	b	4b

5:	mov	x0, x19
	mov	x1, x20
	mov	x29, xzr
	mov	x30, xzr
	bl	early_main
	/* early_main does not return. */
6:	wfi
	b	6b
SYM_END(primary_entry)
