/* SPDX-License-Identifier: BSD-3-Clause */
/* Log lines of the code under test end in stub_log_last; panic() is an expected assertion of cmocka. */
#ifndef TESTS_HOST_STUB_LOG_H
#define TESTS_HOST_STUB_LOG_H

#include <debug/logmsg.h>
#include <lib/assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

static char stub_log_last[512];
static unsigned int stub_log_lines;

void log_printf(enum log_level level, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	vsnprintf(stub_log_last, sizeof(stub_log_last), fmt, ap);
	va_end(ap);
	stub_log_lines++;
}

bool log_allowed(struct log_limit *l)
{
	(void)l;
	return true;
}

void panic(const char *fmt, ...)
{
	mock_assert(0, fmt, __FILE__, __LINE__);
	abort();
}

#endif
