/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Included before everything else by the compiler's command line: whatever is declared is in this image, so that an
 * access needs no global offset table. -fvisibility=hidden says so of definitions only.
 */
#ifndef LIB_HIDDEN_H
#define LIB_HIDDEN_H

#pragma GCC visibility push(hidden)

#endif
