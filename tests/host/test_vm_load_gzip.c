/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_scan.c hypervisor/common/vm_load.c hypervisor/common/vm_load_src.c
 * hypervisor/common/vm_load_place.c hypervisor/common/vm_load_kernel.c hypervisor/common/vm_load_gzip.c
 * hypervisor/common/vm_config_kernel.c hypervisor/common/vm_config_prop.c hypervisor/lib/crc32.c
 * hypervisor/lib/sha256.c libfdt zlib */
/* Loading a gzip'd kernel: every kind of block, broken data. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <common/vm_config_kernel.h>

#include "load_check.h"

static void test_gzip_linux(void **state)
{
	u8 *image = env_linux(IMAGE_BYTES, IMAGE_MEM, 0);
	u64 size;
	u8 *z = env_gzip(image, IMAGE_BYTES, &size);

	(void)state;
	for (u32 i = 0; i < 4; i++) {
		env_begin(RAM, MIB(32));
		env_image(&env_vm->cfg.kernel, "kernel", z, size, i & 1 ? VM_HASH_SHA256 : VM_HASH_CRC32);
		/* Said in the bundle, or found by its magic. */
		env_vm->cfg.kernel.gzip = i & 2;
		load_ok();
		check_linux(image, RAM);
		env_end();
	}
	free(z);
	free(image);
}

static void test_gzip_bad(void **state)
{
	u8 *image = env_linux(IMAGE_BYTES, IMAGE_MEM, 0);
	u64 size;
	u8 *z = env_gzip(image, IMAGE_BYTES, &size);
	u64 short_size;
	u8 *elf;

	(void)state;
	env_begin(RAM, MIB(32));
	env_image(&env_vm->cfg.kernel, "kernel", z, size - 1000, VM_HASH_NONE);
	load_fails(-EINVAL, "vm0 'test': image kernel: gzip data ends too early");
	env_end();

	env_begin(RAM, MIB(32));
	z[size - 6] ^= 1; /* its own crc32 */
	env_image(&env_vm->cfg.kernel, "kernel", z, size, VM_HASH_NONE);
	load_fails(-EBADMSG, "image kernel: gzip data is corrupt at byte");
	assert_non_null(strstr(err.text, "incorrect data check"));
	env_end();
	free(z);

	/* More than the header's image_size: stopped before it runs over what is behind. */
	env_put64(image + 16, MIB(1));
	z = env_gzip(image, IMAGE_BYTES, &size);
	env_begin(RAM, MIB(32));
	env_image(&env_vm->cfg.kernel, "kernel", z, size, VM_HASH_NONE);
	load_fails(-EINVAL, "decompresses to more than the 0x100000 bytes");
	assert_true(is_zero(RAM + MIB(1), RAM + MIB(32)));
	env_end();
	free(z);

	elf = env_noise(4096);
	memcpy(elf, "\177ELF", 4);
	z = env_gzip(elf, 4096, &short_size);
	env_begin(RAM, MIB(32));
	env_image(&env_vm->cfg.kernel, "kernel", z, short_size, VM_HASH_NONE);
	load_fails(-EINVAL, "image kernel: is an ELF inside gzip");
	env_end();
	free(z);
	free(elf);
	free(image);
}

/* Every kind of deflate block, and many empty ones: zlib stops at each block header, and is called again. */
static void test_gzip_blocks(void **state)
{
	static const struct {
		int level, strategy;
		u64 flush_every;
	} kinds[] = {
		{ 0, Z_DEFAULT_STRATEGY, 0 }, { 1, Z_DEFAULT_STRATEGY, 0 },
		{ 9, Z_DEFAULT_STRATEGY, 0 }, { 6, Z_FIXED, 0 },
		{ 6, Z_HUFFMAN_ONLY, 0 },     { 6, Z_DEFAULT_STRATEGY, 777 },
		{ 6, Z_FIXED, 30 },
	};
	u64 size = 200000, out_max = MIB(2);
	u8 *image = env_linux(size, IMAGE_MEM, 0);
	u8 *out = malloc(out_max);

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(kinds); i++) {
		z_stream z = { .zalloc = env_zalloc, .zfree = env_zfree };
		u64 step = kinds[i].flush_every ? kinds[i].flush_every : size;

		assert_int_equal(deflateInit2(&z, kinds[i].level, Z_DEFLATED, 31, 8, kinds[i].strategy), Z_OK);
		z.next_out = out;
		z.avail_out = (uInt)out_max;
		for (u64 at = 0; at < size; at += step) {
			z.next_in = image + at;
			z.avail_in = (uInt)MIN(step, size - at);
			assert_true(deflate(&z, Z_FULL_FLUSH) == Z_OK);
		}
		assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
		env_begin(RAM, MIB(8));
		env_image(&env_vm->cfg.kernel, "kernel", out, out_max - z.avail_out, VM_HASH_CRC32);
		deflateEnd(&z);
		load_ok();
		assert_true(entry.pc == RAM);
		assert_memory_equal(env_mem(RAM, size), image, size);
		assert_true(is_zero(RAM + size, RAM + IMAGE_MEM));
		env_end();
	}
	free(out);
	free(image);
}

/* Broken data under a right hash: an error or a kernel, and nothing but zeros written outside its place. */
static void test_gzip_noise(void **state)
{
	u8 *image = env_linux(20000, MIB(1), 0);
	u64 size;
	u8 *z = env_gzip(image, 20000, &size);
	u8 *broken = malloc(size);

	(void)state;
	srand(1);
	for (u32 i = 0; i < 300; i++) {
		memcpy(broken, z, size);
		for (int n = rand() % 3; n >= 0; n--)
			broken[(size_t)rand() % size] ^= (u8)(1 + rand() % 255);
		env_begin(RAM, MIB(2));
		env_image(&env_vm->cfg.kernel, "kernel", broken, size - (i & 1 ? (u64)rand() % size : 0),
			  VM_HASH_CRC32);
		if (env_load(&entry, &err))
			assert_non_null(strstr(err.text, "image kernel: "));
		/* What is no gzip file at all is found before anything is zeroed. */
		assert_true(env_zeroed == MIB(2) || strstr(err.text, "image kernel: "));
		assert_true(env_zeroed == 0 ? *env_mem(RAM + MIB(1), 1) == ENV_DIRTY
					    : is_zero(RAM + MIB(1), RAM + MIB(2) - FDT_GUEST_MAX));
		env_end();
	}
	free(broken);
	free(z);
	free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_gzip_linux),
		cmocka_unit_test(test_gzip_bad),
		cmocka_unit_test(test_gzip_blocks),
		cmocka_unit_test(test_gzip_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
