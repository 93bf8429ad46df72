/* SPDX-License-Identifier: BSD-3-Clause */
/* What <stdlib.h> means to libfdt and zlib inside EL2: strtoul() only. */
#ifndef THIRD_PARTY_STDLIB_H
#define THIRD_PARTY_STDLIB_H

#include <lib/string.h>

#endif
