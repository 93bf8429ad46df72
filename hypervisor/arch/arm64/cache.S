/* SPDX-License-Identifier: BSD-3-Clause */
/* Cache maintenance by VA (ARM ARM D7.5.9). All: x0 = first byte, x1 = length. */
#include <asm/asm.h>

/* \size = bytes of the smallest line, from the log2 of words at \shift in CTR_EL0. */
.macro line_size size, tmp, shift
	mrs	\tmp, ctr_el0
	ubfx	\tmp, \tmp, #\shift, #4
	mov	\size, #4
	lsl	\size, \size, \tmp
.endm

/* op on each line of [x0, x0 + x1); x0 and x1 stay. Eight at a time while there are as many. Clobbers x2-x5. */
.macro by_line op, kind, shift
	line_size x2, x3, \shift
	sub	x3, x2, #1
	bic	x4, x0, x3
	add	x5, x0, x1
	sub	x5, x5, x2, lsl #3
1:	cmp	x4, x5
	b.hi	2f
	.rept	8
	\op	\kind, x4
	add	x4, x4, x2
	.endr
	b	1b
2:	add	x5, x0, x1
3:	cmp	x4, x5
	b.hs	4f
	\op	\kind, x4
	add	x4, x4, x2
	b	3b
4:
.endm

#define CTR_DMINLINE 16
#define CTR_IMINLINE 0

	.text
SYM_FUNC(cache_clean_poc)
	cbz	x1, 9f
	by_line	dc, cvac, CTR_DMINLINE
	dsb	sy
9:	ret
SYM_END(cache_clean_poc)

SYM_FUNC(cache_clean_inval_poc)
	cbz	x1, 9f
	by_line	dc, civac, CTR_DMINLINE
	dsb	sy
9:	ret
SYM_END(cache_clean_inval_poc)

SYM_FUNC(cache_inval_poc)
	cbz	x1, 9f
	by_line	dc, ivac, CTR_DMINLINE
	dsb	sy
9:	ret
SYM_END(cache_inval_poc)

SYM_FUNC(cache_sync_icache)
	cbz	x1, 9f
	by_line	dc, cvau, CTR_DMINLINE
	dsb	ish
	by_line	ic, ivau, CTR_IMINLINE
	dsb	ish
9:	isb
	ret
SYM_END(cache_sync_icache)

#define DCZID_DZP 4

/* Whole pages, by DC ZVA where it is allowed. */
SYM_FUNC(cache_zero_pages)
	cbz	x1, 5f
	add	x5, x0, x1
	mrs	x2, dczid_el0
	tbnz	w2, #DCZID_DZP, 4f
	and	w2, w2, #0xf
	mov	x3, #4
	lsl	x3, x3, x2
	/* Blocks are 2 KiB at most, so a page holds an even number of them. */
3:	dc	zva, x0
	add	x0, x0, x3
	dc	zva, x0
	add	x0, x0, x3
	cmp	x0, x5
	b.lo	3b
	ret
4:	stp	xzr, xzr, [x0], #16
	stp	xzr, xzr, [x0], #16
	cmp	x0, x5
	b.lo	4b
5:	ret
SYM_END(cache_zero_pages)

/*
 * Whole pages: zeroed, cleaned to PoC and invalidated, line by line, so that each is looked up once. Without DC ZVA
 * that is allowed and has blocks of a line, in two passes.
 */
SYM_FUNC(cache_zero_clean_pages)
	cbz	x1, 2f
	mrs	x2, dczid_el0
	tbnz	w2, #DCZID_DZP, 3f
	and	w2, w2, #0xf
	mov	x4, #4
	lsl	x4, x4, x2
	line_size x2, x3, CTR_DMINLINE
	cmp	x2, x4
	b.ne	3f
	/* Lines up to 128 bytes: a page holds a multiple of 32. Larger ones in two passes. */
	cmp	x2, #128
	b.hi	3f
	add	x5, x0, x1
1:	.rept	32
	dc	zva, x0
	dc	civac, x0
	add	x0, x0, x2
	.endr
	cmp	x0, x5
	b.lo	1b
	dsb	sy
2:	ret
3:	stp	x29, x30, [sp, #-32]!
	mov	x29, sp
	stp	x0, x1, [sp, #16]
	bl	cache_zero_pages
	ldp	x0, x1, [sp, #16]
	ldp	x29, x30, [sp], #32
	b	cache_clean_inval_poc
SYM_END(cache_zero_clean_pages)

SYM_FUNC(cache_line_size)
	line_size x0, x1, CTR_DMINLINE
	ret
SYM_END(cache_line_size)

/* A line from x2, CRC32X in w0, cleaned. x1 is the line before it: the first store moves it on. Clobbers x4-x11. */
.macro copy_line
	ldp	x6, x7, [x2, #16]
	ldp	x8, x9, [x2, #32]
	ldp	x10, x11, [x2, #48]
	ldp	x4, x5, [x2], #64
	stp	x4, x5, [x1, #64]!
	crc32x	w0, w0, x4
	stp	x6, x7, [x1, #16]
	crc32x	w0, w0, x5
	stp	x8, x9, [x1, #32]
	crc32x	w0, w0, x6
	stp	x10, x11, [x1, #48]
	crc32x	w0, w0, x7
	dc	civac, x1
	crc32x	w0, w0, x8
	crc32x	w0, w0, x9
	crc32x	w0, w0, x10
	crc32x	w0, w0, x11
.endm

	.arch_extension crc
/*
 * Each line goes out when its last byte is written, so that it is looked up once more and no second pass is needed. The
 * cache operation is ordered after the stores, which are to the same line; the DSB completes all of them.
 */
SYM_FUNC(cache_copy_crc32)
	cbz	x3, 2f
	sub	x1, x1, #64
1:	.rept	8
	copy_line
	.endr
	subs	x3, x3, #512
	b.ne	1b
	dsb	sy
2:	ret
SYM_END(cache_copy_crc32)
