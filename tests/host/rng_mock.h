/* SPDX-License-Identifier: BSD-3-Clause */
/* common/rng.c, as tests of device trees want it. Included by a test file once. */
#ifndef RNG_MOCK_H
#define RNG_MOCK_H

#include <common/rng.h>

/* The source of random numbers: none, or one whose n-th answer is n in each byte. */
static bool rng_there;
static u8 rng_answers;

bool rng_ready(void)
{
	return rng_there;
}

void rng_get(u8 buf[RNG_BYTES])
{
	assert_true(rng_there);
	memset(buf, ++rng_answers, RNG_BYTES);
}

#endif
