/* SPDX-License-Identifier: BSD-3-Clause */
/* What <limits.h> means to libfdt and zlib inside EL2: gcc's own needs the C library's under -nostdinc. */
#ifndef THIRD_PARTY_LIMITS_H
#define THIRD_PARTY_LIMITS_H

#define INT_MAX __INT_MAX__
#define INT_MIN (-__INT_MAX__ - 1)
#define UINT_MAX (__INT_MAX__ * 2U + 1U)

#endif
