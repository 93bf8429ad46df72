/* SPDX-License-Identifier: BSD-3-Clause */
/* Ring of the console's output. It always holds the newest CONFIG_CONSOLE_RING_KB; what was not read before it is
 * overwritten is lost. */
#ifndef DEBUG_RING_H
#define DEBUG_RING_H

#include <lib/types.h>

#define RING_SIZE ((u64)CONFIG_CONSOLE_RING_KB << 10)

struct ring {
	u64 wr;   /* bytes ever written */
	u64 rd;   /* bytes ever read or lost */
	u64 lost; /* bytes lost since ring_take_lost() */
	char buf[RING_SIZE];
};

static_assert((RING_SIZE & (RING_SIZE - 1)) == 0, "CONFIG_CONSOLE_RING_KB is a power of two");

/* ring_put() - append one byte; when the ring is full the oldest unread line is lost up to its end. */
void ring_put(struct ring *r, char c);

static inline bool ring_empty(const struct ring *r)
{
	return r->rd == r->wr;
}

/* ring_peek() - the next byte to read; the ring is not empty. ring_drop() takes it. */
static inline char ring_peek(const struct ring *r)
{
	return r->buf[r->rd % RING_SIZE];
}

static inline void ring_drop(struct ring *r)
{
	r->rd++;
}

/* ring_take_lost() - bytes lost since the last call. */
u64 ring_take_lost(struct ring *r);

#endif
