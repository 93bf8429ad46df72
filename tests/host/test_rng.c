/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/rng.c hypervisor/common/fdt_host_seed.c hypervisor/common/fdt_scan.c
 * hypervisor/lib/sha256.c libfdt */
/* The pool of random numbers, and the seeds in the host's device tree that fill it and are gone then. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dts.h"
#include "stub_log.h"

#include <asm/mmu.h>
#include <asm/page.h>
#include <asm/rndr.h>
#include <asm/timer.h>
#include <common/fdt_host.h>
#include <common/rng.h>

#define MANY 500U

struct host_info host;

static u8 *tree;
static u64 clock, cpu_word;
static u32 cpu_words;         /* that the CPU still gives */
static void (*between)(void); /* in the middle of a request */
static struct {
	u8 *at, *copy;
	u64 len;
} window;

u64 timer_now(void)
{
	void (*fn)(void) = between;

	between = NULL;
	if (fn)
		fn();
	return clock;
}

bool cpu_random(u64 *v)
{
	if (!cpu_words)
		return false;
	cpu_words--;
	*v = cpu_word;
	return true;
}

/* Exactly what is left of the block of 2 MiB, so that no write goes beyond. */
void *window_map(u32 slot, paddr_t pa, bool ro)
{
	assert_int_equal(slot, WINDOW_DST);
	assert_false(ro);
	assert_null(window.at);
	window.at = (u8 *)pa;
	window.len = MIN(BLOCK_2M_SIZE - (pa & (BLOCK_2M_SIZE - 1)), host.mem[0].base + host.mem[0].size - pa);
	window.copy = malloc(window.len);
	memcpy(window.copy, window.at, window.len);
	return window.copy;
}

void window_unmap(u32 slot)
{
	assert_int_equal(slot, WINDOW_DST);
	assert_non_null(window.at);
	memcpy(window.at, window.copy, window.len);
	free(window.copy);
	window.at = NULL;
}

static bool has(const char *name)
{
	return fdt_getprop(tree, dts_node(tree, "/chosen"), name, NULL) != NULL;
}

/* Is @n bytes of @what anywhere in the tree's bytes? */
static bool found(const void *what, size_t n)
{
	for (u32 i = 0; i + n <= fdt_totalsize(tree); i++) {
		if (!memcmp(tree + i, what, n))
			return true;
	}
	return false;
}

/* A host whose tree has @seed_len bytes of rng-seed and @kaslr_len of kaslr-seed; 0 = no such property. */
static void setup(const void *seed, int seed_len, const void *kaslr, int kaslr_len)
{
	int chosen;

	free(tree);
	tree = dts_compile("virt.dts");
	dts_del_prop(tree, "/chosen", "rng-seed");
	dts_del_prop(tree, "/chosen", "kaslr-seed");
	chosen = dts_node(tree, "/chosen");
	if (seed_len)
		assert_int_equal(fdt_setprop(tree, chosen, "rng-seed", seed, seed_len), 0);
	if (kaslr_len)
		assert_int_equal(fdt_setprop(tree, chosen, "kaslr-seed", kaslr, kaslr_len), 0);
	memset(&host, 0, sizeof(host));
	host.fdt = tree;
	host.fdt_size = fdt_totalsize(tree);
	host.chosen = dts_node(tree, "/chosen");
	host.nr_mem = 1;
	host.mem[0] = (struct mem_range){ (u64)tree, DTS_MAX };
	clock = 0x1122334455667788;
	cpu_words = 0;
	cpu_word = 0xa5a5a5a5a5a5a5a5;
	between = NULL;
	stub_log_lines = 0;
}

static const u8 seed32[32] = "0123456789abcdefghijklmnopqrstuv";

static void check(const u8 *got, const char *want)
{
	char hex[2 * RNG_BYTES + 1];

	for (u32 i = 0; i < RNG_BYTES; i++)
		sprintf(hex + 2 * i, "%02x", got[i]);
	assert_string_equal(hex, want);
}

/* By another implementation (Python's hashlib) of what rng.c says. */
static void known_answers(void **s)
{
	u8 out[RNG_BYTES];

	(void)s;
	setup(seed32, 32, "KASLRKAS", 8);
	rng_init();
	assert_true(rng_ready());
	clock = 1;
	rng_get(out);
	check(out, "d2a3eedb0c1992bac723de0795d83d0a71241abe69dff7d3d080c73a67517eb6");
	clock = 0x100;
	rng_get(out);
	check(out, "0d54c3f48c0ad8ae389ddb120f22991b042bb976bd3811e31e86e2f5896cd4ff");
	setup(NULL, 0, NULL, 0);
	cpu_words = 100;
	rng_init();
	assert_true(rng_ready());
	assert_int_equal(cpu_words, 96);
	rng_get(out);
	check(out, "a620fa4946b1f25dfda683a49241312938775ba5327f522cc2a9db84e788feab");
}

/* No two answers are the same, though the clock stands still, and none is the seed. */
static void all_differ(void **s)
{
	static u8 out[MANY][RNG_BYTES];

	(void)s;
	setup(seed32, 32, NULL, 0);
	rng_init();
	for (u32 i = 0; i < MANY; i++) {
		rng_get(out[i]);
		assert_memory_not_equal(out[i], seed32, RNG_BYTES);
		for (u32 k = 0; k < i; k++)
			assert_memory_not_equal(out[i], out[k], RNG_BYTES);
	}
}

/* The same machine at the same time: the same answers. One bit less in common: others. */
static void same_input(void **s)
{
	u8 first[RNG_BYTES], out[RNG_BYTES], other[32];

	(void)s;
	setup(seed32, 32, NULL, 0);
	rng_init();
	rng_get(first);
	setup(seed32, 32, NULL, 0);
	rng_init();
	rng_get(out);
	assert_memory_equal(out, first, RNG_BYTES);
	memcpy(other, seed32, sizeof(other));
	other[31] ^= 1;
	setup(other, 32, NULL, 0);
	rng_init();
	rng_get(out);
	assert_memory_not_equal(out, first, RNG_BYTES);
	setup(seed32, 32, "KASLRKAS", 8);
	rng_init();
	rng_get(out);
	assert_memory_not_equal(out, first, RNG_BYTES);
	setup(seed32, 32, NULL, 0);
	cpu_words = 1;
	rng_init();
	rng_get(out);
	assert_memory_not_equal(out, first, RNG_BYTES);
	setup(seed32, 32, NULL, 0);
	clock++;
	rng_init();
	clock--;
	rng_get(out);
	assert_memory_not_equal(out, first, RNG_BYTES);
	setup(seed32, 32, NULL, 0);
	rng_init();
	clock++;
	rng_get(out);
	assert_memory_not_equal(out, first, RNG_BYTES);
}

static u8 other_out[3][RNG_BYTES];

static void other_cpus(void)
{
	for (u32 i = 0; i < 3; i++)
		rng_get(other_out[i]);
}

/* Others come while one hashes: all differ, and what follows is not what it would be without them. */
static void at_once(void **s)
{
	u8 out[RNG_BYTES], after[RNG_BYTES];

	(void)s;
	setup(seed32, 32, NULL, 0);
	rng_init();
	between = other_cpus;
	rng_get(out);
	rng_get(after);
	/* The first of the others moved the pool on, two more from there, and the one in whose middle they came did
	 * not move it back: with the fifth number from the pool that follows the fourth. */
	check(out, "039eaeb0473897230ab4c1bed2406b15881f883d4cf558da0a93c875e34096d3");
	check(other_out[0], "5ee2e5584940ca9e8e9b21ccd6ae2d3ecd1137496ae453db735aaf708c82d7b5");
	check(other_out[1], "ba71b042bcdbea8a062473d292608a650d0e3d0cf3854ac0d48a48e18551f2d1");
	check(other_out[2], "2e384240191aee863fb69d919919655c43aa2b37722ee294c5a49156369f9208");
	check(after, "57b8ee4efa97ff183d71d38c784c957557ec20889ab1a4893b32aed61f0e06dd");
}

static void no_source(void **s)
{
	(void)s;
	setup(NULL, 0, NULL, 0);
	rng_init();
	assert_false(rng_ready());
	/* Too little: a kaslr-seed alone, which is left; a short rng-seed, which is taken away; a CPU that stops. */
	setup(NULL, 0, "KASLRKAS", 8);
	rng_init();
	assert_false(rng_ready());
	assert_true(has("kaslr-seed"));
	setup(seed32, 15, NULL, 0);
	cpu_words = 3;
	rng_init();
	assert_false(rng_ready());
	assert_false(has("rng-seed"));
	setup(seed32, 16, NULL, 0);
	rng_init();
	assert_true(rng_ready());
	setup(NULL, 0, NULL, 0);
	cpu_words = 4;
	rng_init();
	assert_true(rng_ready());
	/* A tree without /chosen, and a property without a value. */
	setup(NULL, 0, NULL, 0);
	host.chosen = -FDT_ERR_NOTFOUND;
	rng_init();
	assert_false(rng_ready());
	setup(NULL, 0, NULL, 0);
	assert_int_equal(fdt_setprop(tree, dts_node(tree, "/chosen"), "rng-seed", NULL, 0), 0);
	rng_init();
	assert_false(rng_ready());
	assert_false(has("rng-seed"));
}

/* No-operation tags, by hand, over property @name of @len bytes with its header and padding. */
static void nop(u8 *fdt, const char *name, u32 len)
{
	const u8 *p = fdt_getprop(fdt, dts_node(fdt, "/chosen"), name, NULL);
	u8 *from = fdt + (p - fdt) - 12;

	for (u32 i = 0; i < 12 + (len + 3) / 4 * 4; i++)
		from[i] = i % 4 == 3 ? 4 : 0;
}

/* The seeds are gone, of whatever length, and nothing else has changed. */
static void erased(void **s)
{
	u8 *before = malloc(DTS_MAX), seed[64];

	(void)s;
	for (u32 i = 0; i < sizeof(seed); i++)
		seed[i] = (u8)(0x81 + 3 * i);
	for (int len = 16; len <= 64; len++) {
		setup(seed, len, "KASLRKAS", 8);
		memcpy(before, tree, DTS_MAX);
		assert_true(found(seed, 16));
		rng_init();
		assert_true(rng_ready());
		assert_false(has("rng-seed") || has("kaslr-seed"));
		for (int i = 0; i + 4 <= len; i++)
			assert_false(found(seed + i, 4));
		assert_false(found("KASL", 4) || found("RKAS", 4));
		assert_int_equal(fdt_check_full(tree, DTS_MAX), 0);
		nop(before, "rng-seed", (u32)len);
		nop(before, "kaslr-seed", 8);
		assert_memory_equal(tree, before, DTS_MAX);
		assert_true(has("bootargs") && has("linux,initrd-start") && has("linux,initrd-end") &&
			    has("stdout-path"));
		assert_int_equal(stub_log_lines, 1);
	}
	free(before);
}

/* A seed that lies across the border of two windows. */
static void erased_across(void **s)
{
	u8 *big = aligned_alloc(BLOCK_2M_SIZE, 2 * BLOCK_2M_SIZE), *moved;
	const u8 *p;
	u64 off;

	(void)s;
	setup(seed32, 32, NULL, 0);
	p = fdt_getprop(tree, dts_node(tree, "/chosen"), "rng-seed", NULL);
	/* The value's second word is the first of the second block. */
	for (u32 word = 0; word < 8; word++) {
		u8 *keep = tree;

		off = (u64)(p - tree) + 4 * (u64)word;
		if (off % 8)
			continue;
		moved = big + BLOCK_2M_SIZE - off;
		memcpy(moved, tree, DTS_MAX);
		tree = moved;
		host.fdt = moved;
		host.mem[0] = (struct mem_range){ (u64)big, 2 * BLOCK_2M_SIZE };
		rng_init();
		assert_true(rng_ready());
		assert_false(has("rng-seed"));
		assert_false(found(seed32, 4) || found(seed32 + 28, 4) || found(seed32 + 12, 4));
		assert_int_equal(fdt_check_full(tree, DTS_MAX), 0);
		tree = keep;
	}
	free(big);
}

/* One that hides behind another of the same name: no reader sees it until the first is gone. */
static void erased_twice(void **s)
{
	static const u8 second[16] = "another one here";

	(void)s;
	setup(seed32, 32, NULL, 0);
	assert_int_equal(fdt_setprop(tree, dts_node(tree, "/chosen"), "rng-sead", second, sizeof(second)), 0);
	for (u32 i = 0; i + 9 <= fdt_totalsize(tree); i++) {
		if (!memcmp(tree + i, "rng-sead", 9))
			memcpy(tree + i, "rng-seed", 9);
	}
	rng_init();
	assert_false(has("rng-seed"));
	assert_false(found(second, sizeof(second)) || found(seed32, sizeof(seed32)));
}

/* A tree in a ROM is read and left. */
static void not_in_ram(void **s)
{
	(void)s;
	setup(seed32, 32, NULL, 0);
	host.mem[0].size = (u64)(fdt_off_dt_struct(tree));
	rng_init();
	assert_true(rng_ready());
	assert_true(has("rng-seed"));
	assert_int_equal(stub_log_lines, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_answers), cmocka_unit_test(all_differ),   cmocka_unit_test(same_input),
		cmocka_unit_test(at_once),       cmocka_unit_test(no_source),    cmocka_unit_test(erased),
		cmocka_unit_test(erased_across), cmocka_unit_test(erased_twice), cmocka_unit_test(not_in_ram),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	free(tree);
	return failed;
}
