/* SPDX-License-Identifier: BSD-3-Clause */
#include <debug/ring.h>

/* Make room. Whole lines go, so that what is read after a loss begins at a line. */
static void lose_line(struct ring *r)
{
	char c;

	do {
		c = ring_peek(r);
		r->rd++;
		r->lost++;
	} while (c != '\n' && !ring_empty(r));
}

void ring_put(struct ring *r, char c)
{
	if (r->wr - r->rd == RING_SIZE)
		lose_line(r);
	r->buf[r->wr % RING_SIZE] = c;
	r->wr++;
}

u64 ring_take_lost(struct ring *r)
{
	u64 n = r->lost;

	r->lost = 0;
	return n;
}
