/* SPDX-License-Identifier: BSD-3-Clause */
#include <asm/timer.h>
#include <debug/console.h>
#include <debug/log_ring.h>
#include <debug/logmsg.h>
#include <lib/printf.h>
#include <lib/string.h>

#define LIMIT_PER_SECOND 10U

static u32 log_level = CONFIG_LOG_LEVEL;

void log_set_level(u32 level)
{
	log_level = level;
}

u32 log_get_level(void)
{
	return log_level;
}

void log_printf(enum log_level level, const char *fmt, ...)
{
	static const char *const prefix[] = { "[hv] ", "[hv] error: ", "[hv] warning: ", "[hv] ", "[hv] " };
	static const char cut[] = "...";
	char line[LOG_LINE_MAX]; /* longer ones end in "..." */
	size_t n, room;
	va_list ap;

	if ((u32)level > log_level)
		return;
	n = strlcpy(line, prefix[(u32)level < ARRAY_SIZE(prefix) ? (u32)level : 0], sizeof(line));
	/* One byte stays free for the LF. */
	room = sizeof(line) - 1 - n;
	va_start(ap, fmt);
	n += (size_t)vsnprintf(line + n, room, fmt, ap);
	va_end(ap);
	if (n > sizeof(line) - 2) {
		n = sizeof(line) - 2;
		(void)memcpy(line + n - (sizeof(cut) - 1), cut, sizeof(cut) - 1);
	}
	line[n++] = '\n';
	log_ring_put(line, (u32)n);
	console_write(line, n);
}

bool log_allowed(struct log_limit *l)
{
	u64 now = timer_now();
	u32 dropped;

	if (l->window_start == 0 || now - l->window_start >= timer_freq()) {
		l->window_start = now;
		l->count = 0;
	}
	if (l->count >= LIMIT_PER_SECOND) {
		if (l->dropped < UINT32_MAX)
			l->dropped++;
		return false;
	}
	l->count++;
	dropped = l->dropped;
	l->dropped = 0;
	if (dropped)
		pr_warn("%u lines like the next one were left out", dropped);
	return true;
}
