/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Each answer is a hash of the pool, a number of its own, and the time; then the pool is replaced by a hash of itself,
 * so that who reads the pool later cannot compute what was answered before.
 */
#include <asm/rndr.h>
#include <asm/spinlock.h>
#include <asm/timer.h>
#include <common/fdt_host.h>
#include <common/rng.h>
#include <debug/logmsg.h>
#include <lib/assert.h>
#include <lib/sha256.h>
#include <lib/string.h>

#define CPU_WORDS 4U
/* What guests are told to rely on: a shorter one is mixed in, and no more. */
#define SEED_MIN 16U

static_assert(RNG_BYTES == SHA256_SIZE, "an answer is one hash");

static struct {
	struct spinlock lock; /* pool, requests */
	u8 pool[SHA256_SIZE];
	u64 requests;
	bool ready; /* constant from boot on */
} rng;

void rng_init(void)
{
	u32 seed, words = 0;
	struct sha256 s;
	u64 v = 0;

	sha256_init(&s);
	seed = fdt_host_take_seeds(&host, &s);
	for (; words < CPU_WORDS && cpu_random(&v); words++)
		sha256_update(&s, &v, sizeof(v));
	rng.ready = seed >= SEED_MIN || words == CPU_WORDS;
	pr_debug("rng: %u bytes from the device tree, %u from the CPU: guests get %s", seed, words * (u32)sizeof(v),
		 rng.ready ? "seeds" : "none");
	/* The way to the first guest is not longer for those who get nothing for it. */
	if (!seed && !words)
		return;
	v = timer_now();
	sha256_update(&s, &v, sizeof(v));
	sha256_final(&s, rng.pool);
	rng.requests = 0;
	memwipe(&s, sizeof(s));
}

bool rng_ready(void)
{
	return rng.ready;
}

/* SHA-256 of @label, @pool and the two numbers, of which the last may be NULL. */
static void derive(u8 out[SHA256_SIZE], const char *label, const u8 *pool, u64 number, const u64 *now)
{
	struct sha256 s;

	sha256_init(&s);
	sha256_update(&s, label, strlen(label));
	sha256_update(&s, pool, SHA256_SIZE);
	sha256_update(&s, &number, sizeof(number));
	if (now)
		sha256_update(&s, now, sizeof(*now));
	sha256_final(&s, out);
	memwipe(&s, sizeof(s));
}

void rng_get(u8 out[RNG_BYTES])
{
	u8 old[SHA256_SIZE], next[SHA256_SIZE];
	u64 number, now;

	spin_lock(&rng.lock);
	(void)memcpy(old, rng.pool, sizeof(old));
	number = ++rng.requests;
	spin_unlock(&rng.lock);
	/* Hashing takes too long to let others wait. Of two that start from one pool only the first replaces it; their
	 * numbers make their answers differ. */
	now = timer_now();
	derive(out, "out", old, number, &now);
	derive(next, "next", old, number, NULL);
	spin_lock(&rng.lock);
	if (!memcmp(rng.pool, old, sizeof(old)))
		(void)memcpy(rng.pool, next, sizeof(next));
	spin_unlock(&rng.lock);
	memwipe(old, sizeof(old));
	memwipe(next, sizeof(next));
}
