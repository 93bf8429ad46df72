/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * arm64 Image header and the way to C, MMU and caches off (booting.rst). Runs at any page-aligned address, and moves up
 * to one from any other.
 */
#include <asm/asm.h>

/* adrp and the tables want pages. */
#define LOAD_ALIGN 4096

	.section .head.text, "ax"
	.global _start
_start:
	ccmp	x18, #0, #0xd, pl	/* encodes "MZ" in its first two bytes; harmless */
	b	primary_entry
	.quad	0x80000			/* text_offset: load address = 2 MiB aligned base + this */
	/* image_size, through bss and stacks, and the way that move_up may go; the field itself is at 16 */
	.quad	__image_end - . + 16 + 2 * LOAD_ALIGN
	.quad	0xa			/* little endian, 4 KiB pages, anywhere in memory */
	.quad	0
	.quad	0
	.quad	0
	.ascii	"ARM\x64"
	.long	0			/* offset of a PE header, once there is one */

	/*
	 * Not on a page, where adrp finds nothing: to the page after the next. So far that this page, and with it this
	 * code, stays whole; the end goes into the bss and what image_size has behind it. x0 = _start, x19 stays.
	 */
move_up:
	mov	x7, x0
	add	x6, x0, #(LOAD_ALIGN - 1)
	and	x6, x6, #~(LOAD_ALIGN - 1)
	add	x6, x6, #LOAD_ALIGN
	ldr	w8, 9f
	/* What lies behind the image in the caches must not be written over it later. */
	mov	x0, x6
	mov	x1, x8
	bl	cache_inval_poc
8:	sub	x8, x8, #4
	ldr	w0, [x7, x8]
	str	w0, [x6, x8]
	cbnz	x8, 8b
	dsb	sy
	ic	iallu
	dsb	sy
	isb
	adr	x1, primary_entry
	sub	x1, x1, x7
	add	x1, x1, x6
	mov	x0, x19
	br	x1
9:	.long	__file_end - _start

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
1:	adr	x0, _start
	tst	x0, #(LOAD_ALIGN - 1)
	b.ne	move_up
	cmp	x20, #0x8
	b.ne	2f
	adrp	x0, __vectors_boot
	add	x0, x0, :lo12:__vectors_boot
	msr	vbar_el2, x0
	msr	tpidr_el2, xzr
	isb
2:	msr	spsel, #1
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
	/* Both ends are multiples of 64 (hypervisor.lds.S). */
3:	cmp	x0, x1
	b.hs	4f
	stp	xzr, xzr, [x0]
	stp	xzr, xzr, [x0, #16]
	stp	xzr, xzr, [x0, #32]
	stp	xzr, xzr, [x0, #48]
	add	x0, x0, #64
	b	3b

	/* Static PIE: each word in scripts/relocs.awk's table has its value for the link address. */
4:	adrp	x0, _start
	add	x0, x0, :lo12:_start
	mov_q	x1, CONFIG_LINK_ADDR
	sub	x1, x0, x1
	adrp	x2, __relocs_start
	add	x2, x2, :lo12:__relocs_start
	adrp	x3, __relocs_end
	add	x3, x3, :lo12:__relocs_end
5:	cmp	x2, x3
	b.hs	6f
	ldrh	w4, [x2], #2
	/* 0 fills the table's last words. */
	cbz	w4, 6f
	add	x0, x0, x4, lsl #3
	ldr	x5, [x0]
	add	x5, x5, x1
	str	x5, [x0]
	b	5b

6:	mov	x0, x19
	mov	x1, x20
	mov	x29, xzr
	mov	x30, xzr
	bl	early_main
	/* early_main does not return. */
7:	wfi
	b	7b
SYM_END(primary_entry)
