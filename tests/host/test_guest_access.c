/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/guest_access.c hypervisor/lib/crc32.c zlib */
/* Copies into guest memory with a checksum: bytes, sum, and that each line that is written is cleaned afterwards. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <zlib.h>

#include <asm/cache.h>
#include <asm/mmu.h>
#include <asm/page.h>
#include <common/guest_mem.h>
#include <common/vm.h>
#include <lib/crc32.h>
#include <lib/errno.h>

#define RAM UINT64_C(0x40000000)
#define BLOCKS 2U
#define SIZE (BLOCKS * BLOCK_2M_SIZE)
#define OLD 0xaa

/* The blocks are not in this order in the host's memory, and not next to each other. */
static paddr_t blocks[BLOCKS] = { UINT64_C(0x80600000), UINT64_C(0x80200000) };
static struct vm vm;
static u8 *memory[BLOCKS];
/* What is behind the caches: what memory was when its line was last cleaned. */
static u8 *clean[BLOCKS];
static size_t line;
static u32 open_block;
static bool is_open;
static u64 copied; /* bytes, in one pass */

void *window_map(u32 slot, paddr_t pa, bool ro)
{
	assert_int_equal(slot, WINDOW_DST);
	assert_false(ro);
	assert_false(is_open);
	is_open = true;
	for (open_block = 0; open_block < BLOCKS; open_block++)
		if (pa - blocks[open_block] < BLOCK_2M_SIZE)
			return memory[open_block] + (pa - blocks[open_block]);
	fail_msg("0x%llx is not the guest's", (unsigned long long)pa);
	return NULL;
}

void window_unmap(u32 slot)
{
	assert_int_equal(slot, WINDOW_DST);
	assert_true(is_open);
	is_open = false;
}

/* What is in memory from here on is what the lines have now. */
void cache_clean_inval_poc(const void *va, size_t len)
{
	u64 from = (u64)((const u8 *)va - memory[open_block]), to = from + len;

	assert_true(is_open);
	assert_true(to <= BLOCK_2M_SIZE);
	if (!len)
		return;
	from -= from % line;
	to = ALIGN_UP(to, line);
	memcpy(clean[open_block] + from, memory[open_block] + from, to - from);
}

void cache_zero_pages(void *va, size_t len)
{
	assert_int_equal(((uintptr_t)va | len) % PAGE_SIZE, 0);
	memset(va, 0, len);
}

void cache_zero_clean_pages(void *va, size_t len)
{
	cache_zero_pages(va, len);
	cache_clean_inval_poc(va, len);
}

size_t cache_line_size(void)
{
	return line;
}

/* What cache.S may be asked for, and what the instruction does. */
u32 cache_copy_crc32(u32 crc, void *dst, const void *src, size_t len)
{
	assert_true(crc32_is_hw());
	assert_int_equal(line, 64);
	assert_int_equal((uintptr_t)dst % 64, 0);
	assert_int_equal((uintptr_t)src % 8, 0);
	assert_true(len > 0);
	assert_int_equal(len % 512, 0);
	memcpy(dst, src, len);
	cache_clean_inval_poc(dst, len);
	copied += len;
	return ~(u32)crc32(~crc, src, (uInt)len);
}

static int setup(void **s)
{
	(void)s;
	vm.nr_ram = 1;
	vm.ram[0] = (struct vm_ram){ .r = { RAM, SIZE, VM_MEM_RAM }, .block = blocks, .nr_blocks = BLOCKS };
	for (u32 i = 0; i < BLOCKS; i++) {
		memory[i] = aligned_alloc(PAGE_SIZE, BLOCK_2M_SIZE);
		clean[i] = malloc(BLOCK_2M_SIZE);
		memset(memory[i], OLD, BLOCK_2M_SIZE);
		memset(clean[i], OLD, BLOCK_2M_SIZE);
	}
	line = 64;
	copied = 0;
	crc32_enable_hw(true);
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	for (u32 i = 0; i < BLOCKS; i++) {
		free(memory[i]);
		free(clean[i]);
	}
	crc32_enable_hw(false);
	return 0;
}

/* Guest memory has @src at @off, in the caches and behind them, and its neighbours are as they were. */
static void check(u64 off, const u8 *src, u64 len)
{
	u64 from = off < 300 ? 0 : off - 300, to = MIN(off + len + 300, SIZE);

	for (u64 i = from; i < to; i++) {
		u32 b = (u32)(i / BLOCK_2M_SIZE), at = (u32)(i % BLOCK_2M_SIZE);
		u8 want = i >= off && i - off < len ? src[i - off] : OLD;

		if (memory[b][at] != want || clean[b][at] != want)
			fail_msg("byte 0x%llx: 0x%x, cleaned 0x%x, want 0x%x", (unsigned long long)i, memory[b][at],
				 clean[b][at], want);
	}
}

static void put_back(u64 off, u64 len)
{
	for (u64 i = off; i < off + len; i++) {
		memory[i / BLOCK_2M_SIZE][i % BLOCK_2M_SIZE] = OLD;
		clean[i / BLOCK_2M_SIZE][i % BLOCK_2M_SIZE] = OLD;
	}
}

static void copy(u64 off, const u8 *src, u64 len)
{
	u32 crc = (u32)crc32(0, (const u8 *)"before", 6), want = (u32)crc32(crc, src, (uInt)len);

	assert_int_equal(guest_write_crc32(&vm, RAM + off, src, len, &crc), 0);
	assert_int_equal(crc, want);
	assert_false(is_open);
	check(off, src, len);
	put_back(off, len);
}

static void crc32_places(void **s)
{
	static const size_t lines[] = { 64, 32, 128, 64 };
	u8 *src = aligned_alloc(64, 16384);

	(void)s;
	srand(5);
	for (u32 i = 0; i < 16384; i++)
		src[i] = (u8)rand();
	for (u32 i = 0; i < 4000; i++) {
		u64 off = (u64)rand() % 4096, from = (u64)rand() % 64, len = (u64)rand() % 6000;

		/* Where words fit both sides, and around the end of a block. */
		if (i & 1)
			from = (from & ~7U) + off % 8;
		if (i & 2)
			off += BLOCK_2M_SIZE - 4096;
		line = lines[i / 4 % 4];
		crc32_enable_hw(i / 16 % 4);
		copy(off, src + from, len);
	}
	assert_true(copied > 0);
	free(src);
}

/* One pass for whole lines, in rounds of 512 bytes; the rest in two. */
static void crc32_one_pass(void **s)
{
	static const struct {
		u64 off, from, len, copied;
	} c[] = {
		{ 0, 0, 512, 512 },
		{ 0, 0, 511, 0 },
		{ 0, 0, 32768, 32768 },
		{ 64, 8, 1100, 1024 },
		{ 1, 1, 63 + 512, 512 },
		{ 1, 1, 62 + 512, 0 },
		{ 63, 63, 1 + 1024 + 511, 1024 },
		{ 63, 63, 1, 0 },
		{ 63, 63, 0, 0 },
		{ 8, 0, 4096, 3584 },
		{ 4, 0, 4096, 0 },
		{ BLOCK_2M_SIZE - 512, 0, 1024, 1024 },
		{ BLOCK_2M_SIZE - 8, 0, 1024, 512 },
	};
	u8 *src = aligned_alloc(64, 65536);

	(void)s;
	memset(src, 0x5b, 65536);
	for (u32 i = 0; i < ARRAY_SIZE(c); i++) {
		copied = 0;
		copy(c[i].off, src + c[i].from, c[i].len);
		assert_int_equal(copied, c[i].copied);
	}
	copied = 0;
	line = 32;
	copy(0, src, 4096);
	line = 128;
	copy(0, src, 4096);
	line = 64;
	crc32_enable_hw(false);
	copy(0, src, 4096);
	assert_int_equal(copied, 0);
	free(src);
}

static void crc32_outside(void **s)
{
	u8 src[4096] = { 0 };
	u32 crc = 0;

	(void)s;
	assert_int_equal(guest_write_crc32(&vm, RAM + SIZE - 2048, src, sizeof(src), &crc), -EFAULT);
	assert_int_equal(guest_write_crc32(&vm, RAM - 1, src, sizeof(src), &crc), -EFAULT);
	assert_false(is_open);
}

/* Zeros and plain copies, cleaned as well. */
static void others_cleaned(void **s)
{
	static const u64 places[][2] = {
		{ 0, 4096 }, { 1, 4096 }, { 4096, 100 }, { 4095, 2 }, { BLOCK_2M_SIZE - 1, 2 }
	};
	static const u8 zeros[4096];
	u8 src[4096];

	(void)s;
	memset(src, 0x17, sizeof(src));
	for (u32 i = 0; i < ARRAY_SIZE(places); i++) {
		u64 off = places[i][0], len = places[i][1];

		assert_int_equal(guest_zero(&vm, RAM + off, len, true), 0);
		check(off, zeros, len);
		assert_int_equal(guest_write(&vm, RAM + off, src, len, true), 0);
		check(off, src, len);
		put_back(off, len);
	}
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(crc32_places),
		T(crc32_one_pass),
		T(crc32_outside),
		T(others_cleaned),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
