/* SPDX-License-Identifier: BSD-3-Clause */
/* What <string.h> means to libfdt and zlib inside EL2. */
#ifndef THIRD_PARTY_STRING_H
#define THIRD_PARTY_STRING_H

#include <lib/string.h>

#endif
