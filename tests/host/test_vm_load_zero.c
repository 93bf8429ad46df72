/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_scan.c hypervisor/common/vm_load.c hypervisor/common/vm_load_src.c
 * hypervisor/common/vm_load_place.c hypervisor/common/vm_load_kernel.c hypervisor/common/vm_load_gzip.c
 * hypervisor/common/vm_config_kernel.c hypervisor/common/vm_config_prop.c hypervisor/lib/crc32.c
 * hypervisor/lib/sha256.c libfdt zlib */
/* What is zeroed before the images come, and what not because the kernel covers it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load_check.h"

/* All but the whole pages that the image covers is zeroed before it comes, at odd places and sizes too. */
static void test_zeroed_around(void **state)
{
	static const struct {
		u64 at, size, skipped;
	} c[] = {
		{ 0, 1, 0 },
		{ 0, 4095, 0 },
		{ 0, 4096, 4096 },
		{ 0, 4097, 4096 },
		{ 4095, 4097, 4096 },
		{ 4095, 4098, 4096 },
		{ 1, 4096, 0 },
		{ 1, 8191, 4096 },
		{ 0x1ffff, 0x40002, 0x40000 },
		{ 0x12345, 300001, 0x48000 },
		{ MIB(1) + 8, MIB(2) + 1, MIB(2) - 4096 },
		{ MIB(3), MIB(1), MIB(1) },
		{ 0, MIB(3), MIB(3) },
	};
	u8 *image = env_noise(MIB(3));

	(void)state;
	for (u32 i = 0; i < 3 * ARRAY_SIZE(c); i++) {
		u64 at = c[i / 3].at, size = c[i / 3].size;
		bool broken = i % 3 == 2;
		/* Another region, below that of the image or above it. */
		ipa_t other = i & 1 ? RAM + MIB(4) : RAM - MIB(4), dtb = other + MIB(2);

		env_begin(MIN(RAM, other), MIB(4));
		env_region(MAX(RAM, other), MIB(4), VM_MEM_RAM);
		env_region(RAM + MIB(16), MIB(2), VM_MEM_ROM);
		env_image(&env_vm->cfg.kernel, "kernel", image, size, i % 3 ? VM_HASH_CRC32 : VM_HASH_NONE);
		env_vm->cfg.kernel.format = VM_IMG_FLAT;
		env_vm->cfg.kernel.has_load = true;
		env_vm->cfg.kernel.load = RAM + at;
		env_vm->cfg.kernel.hash[3] ^= broken;
		env_vm->cfg.fdt.has_load = true;
		env_vm->cfg.fdt.load = dtb;
		if (broken)
			load_fails(-EBADMSG, "image kernel: crc32 is 0x");
		else
			load_ok();
		assert_int_equal(env_zeroed, MIB(10) - c[i / 3].skipped);
		assert_memory_equal(env_mem(RAM + at, size), image, size);
		assert_true(is_zero(RAM, RAM + at) && is_zero(RAM + at + size, RAM + MIB(4)));
		assert_true(is_zero(RAM + MIB(16), RAM + MIB(18)));
		assert_true(is_zero(other, dtb) && is_zero(broken ? dtb : dtb + 1024, other + MIB(4)));
		env_end();
	}
	free(image);
}

/* A header that cannot be used, before anything is zeroed: memory is as it was, and the VM is to be stopped. */
static void test_not_zeroed(void **state)
{
	u8 *junk = env_noise(4096);

	(void)state;
	env_begin(RAM, MIB(2));
	env_image(&env_vm->cfg.kernel, "kernel", junk, 4096, VM_HASH_CRC32);
	load_fails(-EINVAL, "is not for arm64");
	assert_int_equal(env_zeroed, 0);
	env_end();
	free(junk);
}

/* What the header says beyond the file, its bss, is zero; what is unpacked or comes in segments covers nothing. */
static void test_bss_is_zeroed(void **state)
{
	u8 *image = env_linux(IMAGE_BYTES, IMAGE_MEM, 0x80000);
	u64 size;
	u8 *z = env_gzip(image, IMAGE_BYTES, &size);

	(void)state;
	env_begin(RAM, MIB(32));
	env_image(&env_vm->cfg.kernel, "kernel", image, IMAGE_BYTES, VM_HASH_SHA256);
	load_ok();
	check_linux(image, RAM + 0x80000);
	assert_true(is_zero(RAM, RAM + 0x80000));
	/* 5 MiB and 12345 bytes: the last page is not whole. */
	assert_int_equal(env_zeroed, MIB(32) - 0x503000);
	env_image(&env_vm->cfg.kernel, "kernel", z, size, VM_HASH_CRC32);
	memset(env_guest[0], ENV_DIRTY, MIB(32));
	load_ok();
	check_linux(image, RAM + 0x80000);
	assert_int_equal(env_zeroed, MIB(32));
	env_end();
	free(z);
	free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_zeroed_around),
		cmocka_unit_test(test_not_zeroed),
		cmocka_unit_test(test_bss_is_zeroed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
