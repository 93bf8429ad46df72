/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_scan.c hypervisor/common/vm_load.c hypervisor/common/vm_load_src.c
 * hypervisor/common/vm_load_place.c hypervisor/common/vm_load_kernel.c hypervisor/common/vm_load_gzip.c
 * hypervisor/common/vm_config_kernel.c hypervisor/common/vm_config_prop.c hypervisor/lib/crc32.c
 * hypervisor/lib/sha256.c libfdt zlib */
/* Loading: contents and places of Image, flat, ramdisk and DTB; hashes; what goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <common/vm_config_kernel.h>

#include "load_check.h"

static void test_linux(void **state)
{
	static const enum vm_hash_algo algos[] = { VM_HASH_NONE, VM_HASH_CRC32, VM_HASH_SHA256 };
	u8 *image = env_linux(IMAGE_BYTES, IMAGE_MEM, 0);
	u8 *rd = env_noise(MIB(3) + 1);

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(algos); i++) {
		env_begin(RAM, MIB(32));
		env_image(&env_vm->cfg.kernel, "kernel", image, IMAGE_BYTES, algos[i]);
		env_image(&env_vm->cfg.ramdisk, "rd", rd, MIB(3) + 1, algos[i]);
		load_ok();
		check_linux(image, RAM);
		assert_true(env_fdt.initrd_ipa == entry.x0 + MIB(2) && env_fdt.initrd_size == MIB(3) + 1);
		assert_memory_equal(env_mem(env_fdt.initrd_ipa, MIB(3) + 1), rd, MIB(3) + 1);
		assert_true(is_zero(entry.x0 + 1024, env_fdt.initrd_ipa));
		assert_true(is_zero(env_fdt.initrd_ipa + MIB(3) + 1, RAM + MIB(32)));
		assert_null(env_fdt.base);
		env_end();
	}
	free(rd);
	free(image);
}

static void test_linux_load_address(void **state)
{
	u8 *image = env_linux(IMAGE_BYTES, IMAGE_MEM, 0x80000);

	(void)state;
	env_begin(RAM, MIB(32));
	env_image(&env_vm->cfg.kernel, "kernel", image, IMAGE_BYTES, VM_HASH_CRC32);
	load_ok();
	check_linux(image, RAM + 0x80000);
	env_vm->cfg.kernel.has_load = true;
	env_vm->cfg.kernel.load = RAM + MIB(4);
	load_fails(-EINVAL,
		   "image kernel: load address 0x40400000: a Linux Image goes 0x80000 above a multiple of 2 MiB");
	env_vm->cfg.kernel.load += 0x80000;
	load_ok();
	check_linux(image, RAM + MIB(4) + 0x80000);
	env_end();
	free(image);
}

static void test_flat(void **state)
{
	u8 *image = env_noise(300001);
	u64 size;
	u8 *z = env_gzip(image, 300001, &size);

	(void)state;
	for (u32 i = 0; i < 4; i++) {
		ipa_t at = i & 1 ? RAM + 0x1000 : RAM;

		env_begin(RAM, MIB(4));
		if (i & 2)
			env_image(&env_vm->cfg.kernel, "kernel", z, size, VM_HASH_CRC32);
		else
			env_image(&env_vm->cfg.kernel, "kernel", image, 300001, VM_HASH_CRC32);
		env_vm->cfg.kernel.gzip = i & 2;
		env_vm->cfg.kernel.format = VM_IMG_FLAT;
		env_vm->cfg.kernel.has_load = i & 1;
		env_vm->cfg.kernel.load = at;
		load_ok();
		assert_true(entry.pc == at && entry.x0 == RAM + MIB(2));
		assert_memory_equal(env_mem(at, 300001), image, 300001);
		assert_true(is_zero(at + 300001, RAM + MIB(2)));
		env_end();
	}
	free(z);
	free(image);
}

/* Firmware where its flash would be: the device tree and the ramdisk go to the RAM that the guest knows of. */
static void test_flat_hidden(void **state)
{
	u8 *image = env_noise(5000);

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		env_begin(RAM, MIB(8));
		env_region(0, MIB(8), i ? VM_MEM_HIDDEN : VM_MEM_ROM);
		env_image(&env_vm->cfg.kernel, "kernel", image, 5000, VM_HASH_CRC32);
		env_image(&env_vm->cfg.ramdisk, "ramdisk", image, 3000, VM_HASH_CRC32);
		env_vm->cfg.kernel.format = VM_IMG_FLAT;
		env_vm->cfg.kernel.has_load = true;
		env_vm->cfg.kernel.load = 0;
		load_ok();
		assert_true(entry.pc == 0 && entry.x0 == RAM);
		assert_memory_equal(env_mem(0, 5000), image, 5000);
		assert_true(is_zero(5000, MIB(8)));
		assert_memory_equal(env_mem(RAM + MIB(2), 3000), image, 3000);
		env_end();
	}
	free(image);
}

/* A gzip file marked "compression = none" and flat is loaded as it is. */
static void test_flat_is_not_unpacked(void **state)
{
	u8 *image = env_noise(1000);
	u64 size;
	u8 *z = env_gzip(image, 1000, &size);

	(void)state;
	env_begin(RAM, MIB(2));
	env_image(&env_vm->cfg.kernel, "kernel", z, size, VM_HASH_NONE);
	env_vm->cfg.kernel.format = VM_IMG_FLAT;
	load_ok();
	assert_memory_equal(env_mem(RAM, size), z, size);
	/* No 2 MiB step above the image is left: the DTB goes to the top. */
	assert_true(entry.x0 == RAM + MIB(2) - FDT_GUEST_MAX);
	env_vm->cfg.kernel.gzip = true;
	env_bundle[4096] ^= 1;
	load_fails(-EINVAL, "compression is \"gzip\", but the data is not gzip");
	env_end();
	free(z);
	free(image);
}

static void test_hash_wrong(void **state)
{
	u8 *image = env_linux(IMAGE_BYTES, IMAGE_MEM, 0);
	u64 zsize;
	u8 *z = env_gzip(image, IMAGE_BYTES, &zsize);
	struct {
		const u8 *data;
		u64 size;
	} kernels[] = { { image, IMAGE_BYTES }, { z, zsize } };

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(kernels); i++) {
		env_begin(RAM, MIB(32));
		env_image(&env_vm->cfg.kernel, "kernel", kernels[i].data, kernels[i].size, VM_HASH_CRC32);
		env_vm->cfg.kernel.hash[3] ^= 1;
		load_fails(-EBADMSG, "vm0 'test': image kernel: crc32 is 0x");
		env_end();
		env_begin(RAM, MIB(32));
		env_image(&env_vm->cfg.kernel, "kernel", kernels[i].data, kernels[i].size, VM_HASH_SHA256);
		env_vm->cfg.kernel.hash[31] ^= 1;
		load_fails(-EBADMSG, "image kernel: sha256 starts with ");
		env_end();
	}
	env_begin(RAM, MIB(32));
	env_image(&env_vm->cfg.kernel, "kernel", image, IMAGE_BYTES, VM_HASH_CRC32);
	env_image(&env_vm->cfg.ramdisk, "initrd", "some ramdisk", 12, VM_HASH_CRC32);
	env_bundle[bundle.size - 1] ^= 0x80;
	load_fails(-EBADMSG, "image initrd: crc32 is 0x");
	env_end();
	free(z);
	free(image);
}

static void test_not_a_kernel(void **state)
{
	u8 *junk = env_noise(4096);
	u8 *image = env_linux(4096, 8192, 0);

	(void)state;
	env_begin(RAM, MIB(8));
	env_image(&env_vm->cfg.kernel, "kernel", junk, 4096, VM_HASH_CRC32);
	load_fails(-EINVAL, "image kernel: is not for arm64: no Linux Image (magic 0x");
	env_image(&env_vm->cfg.kernel, "kernel", junk, 1, VM_HASH_CRC32);
	load_fails(-EINVAL, "is not for arm64");
	memcpy(junk, "MZ\0\0zimg", 8);
	env_image(&env_vm->cfg.kernel, "kernel", junk, 4096, VM_HASH_CRC32);
	load_fails(-EINVAL, "is an EFI zboot image");
	image[24] |= 1;
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	load_fails(-EINVAL, "is a big-endian Linux Image");
	image[24] = 0xc;
	env_page_sizes = 4 | 64;
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	load_fails(-ENOTSUP, "image kernel: is built for 16 KiB pages, which this CPU does not have");
	env_page_sizes = 4 | 16 | 64;
	image[24] = 0xa;
	env_put64(image + 16, 4095);
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	load_fails(-EINVAL, "image_size 0xfff is less than the file's 0x1000 bytes");
	env_put64(image + 16, 0);
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	load_fails(-EINVAL, "without image_size");
	env_put64(image + 16, UINT64_MAX);
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	load_fails(-EINVAL, "image_size 0xffffffffffffffff is too large");
	env_put64(image + 16, 8192);
	env_put64(image + 8, MIB(2));
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	load_fails(-EINVAL, "text_offset 0x200000 is not a multiple of 4 KiB below 2 MiB");
	env_end();
	free(image);
	free(junk);
}

/* A kernel of a few bytes, at the very end of the bundle: nothing behind it is read. */
static void test_tiny_kernel(void **state)
{
	static const char *const starts[] = { "\177ELF", "MZ\0\0zimg", "\037\213", "x" };
	struct vm_image img = { .format = VM_IMG_LINUX };
	enum vm_image_format format;

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(starts); i++) {
		for (u64 len = 0; len < VM_IMAGE_HEAD; len++) {
			u8 *p = calloc(1, len ? len : 1);

			memcpy(p, starts[i], MIN(len, 2));
			assert_int_equal(vm_image_probe(&img, p, len, true, &format, &err), -EINVAL);
			free(p);
		}
	}
	env_begin(RAM, MIB(2));
	env_image(&env_vm->cfg.kernel, "kernel", "\177ELF", 5, VM_HASH_CRC32);
	load_fails(-EINVAL, "image kernel: ELF header is cut off");
	env_image(&env_vm->cfg.kernel, "kernel", "\037\213", 2, VM_HASH_CRC32);
	load_fails(-EINVAL, "image kernel: gzip data ends too early");
	env_end();
}

static void test_does_not_fit(void **state)
{
	u8 *image = env_linux(IMAGE_BYTES, IMAGE_MEM, 0);

	(void)state;
	env_begin(RAM, MIB(4));
	env_image(&env_vm->cfg.kernel, "kernel", image, IMAGE_BYTES, VM_HASH_CRC32);
	load_fails(-ENOSPC,
		   "vm0 'test': image kernel: needs 0x510000 bytes at 0x40000000, but region "
		   "0x40000000-0x403fffff has only 0x400000 there");
	env_end();

	env_begin(RAM, MIB(10));
	env_image(&env_vm->cfg.kernel, "kernel", image, IMAGE_BYTES, VM_HASH_CRC32);
	env_image(&env_vm->cfg.ramdisk, "rd", image, MIB(4), VM_HASH_CRC32);
	load_fails(-ENOSPC,
		   "vm0 'test': image rd: needs 0x400000 bytes, but region 0x40000000-0x409fffff has only 0x3f0000");
	env_vm->cfg.ramdisk.has_load = true;
	env_vm->cfg.ramdisk.load = RAM + MIB(4);
	load_fails(-EINVAL, "image rd: 0x400000 bytes at 0x40400000 overlap what is loaded at 0x40000000-0x4050ffff");
	env_vm->cfg.ramdisk.load = RAM + MIB(10);
	load_fails(-EINVAL, "image rd: address 0x40a00000 is not in the VM's RAM or ROM");
	env_vm->cfg.ramdisk.name[0] = '\0';
	env_vm->cfg.fdt.has_load = true;
	env_vm->cfg.fdt.load = RAM + MIB(8) + 4;
	load_fails(-EINVAL, "device tree: load address 0x40800004 is not a multiple of 8");
	env_vm->cfg.fdt.load = RAM + MIB(8) + 8;
	load_ok();
	assert_true(entry.x0 == RAM + MIB(8) + 8);
	env_vm->cfg.kernel.has_entry = true;
	env_vm->cfg.kernel.entry = RAM + MIB(9);
	load_fails(-EINVAL, "image kernel: entry 0x40900000 is outside the image");
	env_vm->cfg.kernel.entry = RAM + 64;
	load_ok();
	assert_true(entry.pc == RAM + 64);
	env_end();
	free(image);
}

static void test_ramdisk_window(void **state)
{
	u8 *image = env_linux(4096, 8192, 0);

	(void)state;
	env_begin(RAM, MIB(8));
	env_region(GIB(40), MIB(2), VM_MEM_RAM);
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	env_image(&env_vm->cfg.ramdisk, "rd", image, 4096, VM_HASH_CRC32);
	env_vm->cfg.ramdisk.has_load = true;
	env_vm->cfg.ramdisk.load = GIB(40);
	load_fails(-EINVAL, "image rd: 0xa00000000 is more than 32 GiB from the kernel at 0x40000000");
	env_vm->ram[1].r.ipa = GIB(32);
	env_vm->cfg.ramdisk.load = GIB(32);
	load_ok();
	assert_true(env_fdt.initrd_ipa == GIB(32));
	env_end();
	free(image);
}

static void test_ramdisk_below_kernel(void **state)
{
	u8 *image = env_linux(4096, MIB(1), 0);

	(void)state;
	env_begin(RAM, MIB(8));
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	env_image(&env_vm->cfg.ramdisk, "rd", image, 4096, VM_HASH_CRC32);
	env_vm->cfg.kernel.has_load = true;
	env_vm->cfg.kernel.load = RAM + MIB(4);
	env_vm->cfg.ramdisk.has_load = true;
	env_vm->cfg.ramdisk.load = RAM + MIB(4) - 4095;
	load_fails(-EINVAL, "image rd: 0x1000 bytes at 0x403ff001 overlap what is loaded at 0x40400000-0x404fffff");
	env_vm->cfg.ramdisk.load = RAM + MIB(4) - 4096;
	load_ok();
	assert_true(entry.x0 == RAM + MIB(6));
	env_end();
	free(image);
}

/* Do @pages suffice for a loader? */
static bool env_fits(u64 pages)
{
	struct vm_load *l;

	env_pages_limit = (u32)pages;
	l = vm_load_begin(env_vm);
	if (l)
		vm_load_end(l);
	return l != NULL;
}

static void test_user_fdt(void **state)
{
	u8 *image = env_linux(4096, 8192, 0);
	u8 *big = env_noise(FDT_GUEST_MAX + 1);

	(void)state;
	env_begin(RAM, MIB(8));
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	env_image(&env_vm->cfg.fdt, "dtb", big, FDT_GUEST_MAX, VM_HASH_SHA256);
	load_ok();
	assert_non_null(env_fdt.base);
	assert_int_equal(env_fdt.base_size, FDT_GUEST_MAX);
	assert_memory_equal(env_fdt.first, big, sizeof(env_fdt.first));
	env_vm->cfg.fdt.hash[0] ^= 1;
	load_fails(-EBADMSG, "image dtb: sha256 starts with");
	env_image(&env_vm->cfg.fdt, "dtb", big, FDT_GUEST_MAX + 1, VM_HASH_CRC32);
	load_fails(-ENOSPC, "image dtb: device tree of 0x10001 bytes, at most 0x10000");
	env_vm->cfg.fdt.name[0] = '\0';
	env_fdt.ret = -ENOSPC;
	load_ok(); /* there is one of the first start */
	vm_drop_fdt(env_vm);
	load_fails(-ENOSPC, "vm0 'test': device tree: made to fail");
	env_end();
	free(big);
	free(image);
}

/* The tree that the last start has written: it has the seed of that start, and the kept one has none. */
static void check_fdt(u8 *want, u32 start)
{
	u8 *got = env_mem(entry.x0, 1024);

	assert_int_equal(env_fdt.seeds, start);
	assert_int_equal(fdt_boot_cpuid_phys(got), start);
	if (env_vm->fdt)
		assert_int_equal(fdt_boot_cpuid_phys(env_vm->fdt), 0);
	fdt_set_boot_cpuid_phys(want, start);
	assert_memory_equal(got, want, 1024);
}

/* Built once, and but for its seeds the same after each restart; built again when the ramdisk moves, or when there was
 * no memory for it.
 */
static void test_fdt_is_kept(void **state)
{
	u8 *image = env_linux(4096, 8192, 0), first[1024];
	u64 pages;

	(void)state;
	env_begin(RAM, MIB(8));
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	load_ok();
	assert_int_equal(env_fdt.builds, 1);
	assert_int_equal(env_vm->fdt_size, 1024);
	assert_int_equal(env_pages, 1);
	memcpy(first, env_mem(entry.x0, 1024), 1024);
	assert_int_equal(fdt_magic(first), 0xd00dfeed);
	check_fdt(first, 1);
	for (u32 i = 0; i < 3; i++) {
		memset(env_guest[0], ENV_DIRTY, MIB(8));
		load_ok();
		assert_int_equal(env_fdt.builds, 1);
		check_fdt(first, i + 2);
		assert_int_equal(env_pages, 1);
	}
	env_image(&env_vm->cfg.ramdisk, "ramdisk", image, 4096, VM_HASH_CRC32);
	load_ok();
	assert_int_equal(env_fdt.builds, 2);
	assert_int_equal(env_vm->fdt_initrd_size, 4096);
	assert_int_equal(env_pages, 1);
	/* As much as the loader itself takes, and no page more. */
	vm_drop_fdt(env_vm);
	assert_int_equal(env_pages, 0);
	for (pages = 1; !env_fits(pages); pages++)
		assert_true(pages < 1000);
	env_pages_limit = (u32)pages;
	load_ok();
	load_ok();
	assert_null(env_vm->fdt);
	assert_int_equal(env_fdt.builds, 4);
	check_fdt(first, env_fdt.seeds);
	env_end();
	free(image);
}

static void test_no_el2_memory(void **state)
{
	(void)state;
	env_begin(RAM, MIB(2));
	for (env_pages_limit = 0; env_pages_limit < 33; env_pages_limit++) {
		assert_null(vm_load_begin(env_vm));
		assert_int_equal(env_pages, 0);
	}
	env_end();
}

/* A loader that failed or is done says so again, and can be ended in the middle. */
static void test_after_the_end(void **state)
{
	u8 *image = env_linux(4096, 8192, 0);
	struct vm_load *l;
	int ret;

	(void)state;
	env_begin(RAM, MIB(4));
	env_image(&env_vm->cfg.kernel, "kernel", image, 4096, VM_HASH_CRC32);
	l = vm_load_begin(env_vm);
	do
		ret = vm_load_step(l, &entry, &err);
	while (ret == -EAGAIN);
	assert_int_equal(ret, 0);
	entry.pc = 0;
	assert_int_equal(vm_load_step(l, &entry, &err), 0);
	assert_true(entry.pc == RAM);
	vm_load_end(l);

	l = vm_load_begin(env_vm);
	assert_int_equal(vm_load_step(l, &entry, &err), -EAGAIN);
	vm_load_end(l);

	env_vm->cfg.kernel.hash[0] ^= 1;
	l = vm_load_begin(env_vm);
	do
		ret = vm_load_step(l, &entry, &err);
	while (ret == -EAGAIN);
	assert_int_equal(ret, -EBADMSG);
	assert_int_equal(vm_load_step(l, &entry, &err), -EINVAL);
	vm_load_end(l);
	env_end();
	free(image);
}

/* Memory in banks: the kernel goes where it fits, and what does not fit behind it goes to another bank. */
static void test_banks(void **state)
{
	u8 *image = env_linux(IMAGE_BYTES, MIB(7), 0);
	u8 *rd = env_noise(MIB(3) + 1);

	(void)state;
	env_begin(RAM, MIB(4));
	env_vm->ram[0].r.type = VM_MEM_DIRECT_RAM;
	env_region(RAM + MIB(6), MIB(8), VM_MEM_DIRECT_RAM);
	env_region(RAM + MIB(32), MIB(16), VM_MEM_DIRECT_RAM);
	env_image(&env_vm->cfg.kernel, "kernel", image, IMAGE_BYTES, VM_HASH_CRC32);
	env_image(&env_vm->cfg.ramdisk, "rd", rd, MIB(3) + 1, VM_HASH_CRC32);
	load_ok();
	assert_int_equal(entry.pc, RAM + MIB(6));
	assert_true(entry.x0 >= RAM + MIB(13) && entry.x0 < RAM + MIB(14));
	assert_int_equal(env_fdt.initrd_ipa, RAM);
	assert_memory_equal(env_mem(env_fdt.initrd_ipa, MIB(3) + 1), rd, MIB(3) + 1);
	env_end();
	free(rd);
	free(image);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux),          cmocka_unit_test(test_linux_load_address),
		cmocka_unit_test(test_banks),          cmocka_unit_test(test_flat),
		cmocka_unit_test(test_flat_hidden),    cmocka_unit_test(test_flat_is_not_unpacked),
		cmocka_unit_test(test_hash_wrong),     cmocka_unit_test(test_not_a_kernel),
		cmocka_unit_test(test_tiny_kernel),    cmocka_unit_test(test_does_not_fit),
		cmocka_unit_test(test_ramdisk_window), cmocka_unit_test(test_ramdisk_below_kernel),
		cmocka_unit_test(test_fdt_is_kept),    cmocka_unit_test(test_user_fdt),
		cmocka_unit_test(test_no_el2_memory),  cmocka_unit_test(test_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
