/* SPDX-License-Identifier: BSD-3-Clause */
/* Levelled log lines. A leaf header: every layer may include it. Lines look like "[hv] text". */
#ifndef DEBUG_LOGMSG_H
#define DEBUG_LOGMSG_H

#include <lib/types.h>

/* LOG_CRASH: the lines of a crash and of parking; no level hides them. */
enum log_level { LOG_CRASH = 0, LOG_ERR = 1, LOG_WARN = 2, LOG_INFO = 3, LOG_DEBUG = 4 };

/**
 * log_printf() - one line to the log ring and the console, "[hv] " in front, newline added.
 * LOG_ERR lines read "[hv] error: ...", LOG_WARN "[hv] warning: ...".
 * Context: any, interrupts masked; never blocks on the UART except before interrupts are on and in a crash.
 */
void log_printf(enum log_level level, const char *fmt, ...) __printf(2, 3);

/* log_set_level() - drop lines above @level (hv.loglevel=, 1..4). log_get_level() - what it is. */
void log_set_level(u32 level);
u32 log_get_level(void);

/* A token bucket for lines that a guest can cause, so that a flood costs the others nothing. */
struct log_limit {
	u64 window_start; /* counter ticks */
	u32 count;
	u32 dropped;
};

/**
 * log_allowed() - may another guest-caused line be printed? At most 10 in a second of CNTPCT; the rest is counted
 * and reported with the next line that passes.
 */
bool log_allowed(struct log_limit *l);

#define pr_err(...) log_printf(LOG_ERR, __VA_ARGS__)
#define pr_warn(...) log_printf(LOG_WARN, __VA_ARGS__)
#define pr_info(...) log_printf(LOG_INFO, __VA_ARGS__)
#define pr_debug(...) log_printf(LOG_DEBUG, __VA_ARGS__)

#endif
