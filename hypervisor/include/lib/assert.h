/* SPDX-License-Identifier: BSD-3-Clause */
/* Invariants of EL2 itself; never to be used on a value that a guest controls. On in release builds too. */
#ifndef LIB_ASSERT_H
#define LIB_ASSERT_H

#include <lib/compiler.h>

/**
 * panic() - EL2 found a bug in itself: print the message, registers and backtrace, and stop the machine.
 * Context: any; never returns. Defined by debug/crash.c (host tests define their own).
 */
__noreturn void panic(const char *fmt, ...) __printf(1, 2);

#define ASSERT(c)                                                                                                      \
	do {                                                                                                           \
		if (unlikely(!(c)))                                                                                    \
			panic("ASSERT(%s) at %s:%d", #c, __FILE__, __LINE__);                                          \
	} while (0)

#endif
