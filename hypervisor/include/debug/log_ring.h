/* SPDX-License-Identifier: BSD-3-Clause */
/* The last log lines, for the shell. Whole lines are kept and dropped. Its lock is a leaf; any pCPU, any context. */
#ifndef DEBUG_LOG_RING_H
#define DEBUG_LOG_RING_H

#include <lib/types.h>

#define LOG_RING_SIZE ((u64)CONFIG_LOG_RING_KB << 10)
#define LOG_LINE_MAX 256U /* prefix and LF included */

/* log_ring_share() - other pCPUs may log: lock from here on. log_ring_crash() - the lock's holder may be gone. */
void log_ring_share(void);
void log_ring_crash(void);

/* log_ring_put() - append a line of at most LOG_LINE_MAX bytes that ends in LF; the oldest make room. */
void log_ring_put(const char *line, u32 n);

/**
 * log_ring_read() - the line at *@pos, or the oldest if that is gone already, and none at or after @end. *@pos moves
 * behind it, *@gone counts the bytes that were skipped. @buf: LOG_LINE_MAX bytes. Return: length, 0 = no more.
 */
u32 log_ring_read(u64 *pos, u64 end, char *buf, u64 *gone);

/* log_ring_end() - where the next line will be. Positions count all bytes ever written. log_ring_clear() - forget all.
 * log_ring_first() - where the oldest line that was not cleared would be: before what is still there, if lines had to
 * make room. */
u64 log_ring_end(void);
u64 log_ring_first(void);
void log_ring_clear(void);

#endif
