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

/* op on each line of [x0, x0 + x1); x0 and x1 stay. Clobbers x2-x5. */
.macro by_line op, kind, shift
	line_size x2, x3, \shift
	sub	x3, x2, #1
	bic	x4, x0, x3
	add	x5, x0, x1
1:	cmp	x4, x5
	b.hs	2f
	\op	\kind, x4
	add	x4, x4, x2
	b	1b
2:
.endm

#define CTR_DMINLINE 16
#define CTR_IMINLINE 0

	.text
SYM_FUNC(cache_clean_poc)
	cbz	x1, 3f
	by_line	dc, cvac, CTR_DMINLINE
	dsb	sy
3:	ret
SYM_END(cache_clean_poc)

SYM_FUNC(cache_clean_inval_poc)
	cbz	x1, 3f
	by_line	dc, civac, CTR_DMINLINE
	dsb	sy
3:	ret
SYM_END(cache_clean_inval_poc)

SYM_FUNC(cache_inval_poc)
	cbz	x1, 3f
	by_line	dc, ivac, CTR_DMINLINE
	dsb	sy
3:	ret
SYM_END(cache_inval_poc)

SYM_FUNC(cache_sync_icache)
	cbz	x1, 3f
	by_line	dc, cvau, CTR_DMINLINE
	dsb	ish
	by_line	ic, ivau, CTR_IMINLINE
	dsb	ish
3:	isb
	ret
SYM_END(cache_sync_icache)
