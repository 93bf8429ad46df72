/* SPDX-License-Identifier: BSD-3-Clause */
#include <asm/spinlock.h>
#include <debug/log_ring.h>

static_assert((LOG_RING_SIZE & (LOG_RING_SIZE - 1)) == 0, "CONFIG_LOG_RING_KB is a power of two");
static_assert(LOG_RING_SIZE >= 2 * LOG_LINE_MAX, "room for more than one line");

static struct {
	struct spinlock lock;
	bool shared; /* exclusives do not work everywhere before the MMU is on */
	u64 wr;      /* bytes ever written */
	u64 rd;      /* start of the oldest line there is */
	u64 first;   /* start of the oldest line since the last clear */
	char buf[LOG_RING_SIZE];
} ring;

static void lock(void)
{
	if (ring.shared)
		spin_lock(&ring.lock);
}

static void unlock(void)
{
	if (ring.shared)
		spin_unlock(&ring.lock);
}

void log_ring_share(void)
{
	ring.shared = true;
}

void log_ring_crash(void)
{
	ring.shared = false;
}

static char at(u64 pos)
{
	return ring.buf[pos % LOG_RING_SIZE];
}

static void drop_line(void)
{
	while (ring.rd != ring.wr && at(ring.rd++) != '\n')
		;
}

void log_ring_put(const char *line, u32 n)
{
	u32 i;

	lock();
	while (ring.wr + n - ring.rd > LOG_RING_SIZE && ring.rd != ring.wr)
		drop_line();
	for (i = 0; i < n && i < LOG_LINE_MAX; i++)
		ring.buf[ring.wr++ % LOG_RING_SIZE] = line[i];
	unlock();
}

u32 log_ring_read(u64 *pos, u64 end, char *buf, u64 *gone)
{
	u32 n = 0;

	lock();
	if (*pos < ring.rd) {
		*gone += ring.rd - *pos;
		*pos = ring.rd;
	}
	while (*pos < end && *pos != ring.wr && n < LOG_LINE_MAX) {
		buf[n] = at(*pos);
		++*pos;
		if (buf[n++] == '\n')
			break;
	}
	unlock();
	return n;
}

u64 log_ring_end(void)
{
	u64 n;

	lock();
	n = ring.wr;
	unlock();
	return n;
}

u64 log_ring_first(void)
{
	u64 n;

	lock();
	n = ring.first;
	unlock();
	return n;
}

void log_ring_clear(void)
{
	lock();
	ring.rd = ring.wr;
	ring.first = ring.wr;
	unlock();
}
