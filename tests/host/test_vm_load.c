/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/vm_load.c hypervisor/common/vm_load_src.c hypervisor/common/vm_load_place.c
 * hypervisor/common/vm_load_kernel.c hypervisor/common/vm_load_gzip.c hypervisor/common/vm_config_kernel.c
 * hypervisor/common/vm_config_prop.c hypervisor/lib/crc32.c hypervisor/lib/sha256.c libfdt zlib */
/* Loading: contents and places of Image, gzip, ELF, flat, ramdisk and DTB; hashes; what goes wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load_env.h"

#define RAM UINT64_C(0x40000000)
#define IMAGE_BYTES (MIB(5) + 12345)
#define IMAGE_MEM (MIB(5) + 0x10000)

static struct vm_entry entry;
static struct vm_config_err err;

static void load_ok(void)
{
	if (env_load(&entry, &err))
		fail_msg("%s", err.text);
}

static void load_fails(int code, const char *want)
{
	int ret = env_load(&entry, &err);

	if (ret != code || !strstr(err.text, want))
		fail_msg("got %d '%s', want %d '%s'", ret, err.text, code, want);
}

static bool is_zero(ipa_t from, ipa_t to)
{
	const u8 *p = env_mem(from, to - from);

	for (u64 i = 0; i < to - from; i++) {
		if (p[i])
			return false;
	}
	return true;
}

static void check_linux(const u8 *image, ipa_t at)
{
	ipa_t fdt = ALIGN_UP(at + IMAGE_MEM, MIB(2));

	assert_true(entry.pc == at);
	assert_true(entry.x0 == fdt);
	assert_memory_equal(env_mem(at, IMAGE_BYTES), image, IMAGE_BYTES);
	assert_true(is_zero(at + IMAGE_BYTES, fdt));
	assert_int_equal(fdt_check_header(env_mem(fdt, 1024)), 0);
}

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

static void put_phdr(u8 *p, u32 type, u64 offset, u64 vaddr, u64 paddr, u64 filesz, u64 memsz)
{
	env_put64(p, type);
	env_put64(p + 8, offset);
	env_put64(p + 16, vaddr);
	env_put64(p + 24, paddr);
	env_put64(p + 32, filesz);
	env_put64(p + 40, memsz);
}

/* Two segments: text of 0x18000 bytes at RAM + 0x10000 (linked high), data of 0x80 bytes with bss in ROM or RAM at
 * @data. */
static u8 *make_elf(u64 *size, ipa_t data)
{
	u8 *p = env_noise(0x20000);

	*size = 0x20000;
	memset(p, 0, 0x1000);
	memcpy(p, "\177ELF\2\1\1", 7);
	p[16] = 2;
	p[18] = 183;
	env_put64(p + 24, UINT64_C(0xffff800000010040));
	env_put64(p + 32, 64);
	p[54] = 56;
	p[56] = 3;
	put_phdr(p + 64, 1, 0x1000, UINT64_C(0xffff800000010000), RAM + 0x10000, 0x18000, 0x18000);
	put_phdr(p + 120, 4, 0, 0, 0, UINT64_MAX, UINT64_MAX); /* PT_NOTE is not looked at */
	put_phdr(p + 176, 1, 0x19000, UINT64_C(0xffff800000400000), data, 0x80, 0x3000);
	return p;
}

static void test_elf(void **state)
{
	u64 size;
	u8 *elf = make_elf(&size, 0x1000);

	(void)state;
	for (u32 i = 0; i < 2; i++) {
		env_begin(RAM, MIB(8));
		env_region(0, MIB(2), VM_MEM_ROM);
		env_image(&env_vm->cfg.kernel, "kernel", elf, size, i ? VM_HASH_SHA256 : VM_HASH_CRC32);
		env_vm->cfg.kernel.format = i ? VM_IMG_FLAT : VM_IMG_LINUX;
		load_ok();
		assert_true(entry.pc == RAM + 0x10040);
		assert_true(entry.x0 == RAM + MIB(2));
		assert_memory_equal(env_mem(RAM + 0x10000, 0x18000), elf + 0x1000, 0x18000);
		assert_memory_equal(env_mem(0x1000, 0x80), elf + 0x19000, 0x80);
		assert_true(is_zero(0, 0x1000) && is_zero(0x1080, MIB(2)));
		assert_true(is_zero(RAM, RAM + 0x10000) && is_zero(RAM + 0x28000, RAM + MIB(2)));
		env_end();
	}
	free(elf);
}

struct bad_elf {
	u32 at;
	u32 bytes;
	u64 value;
	int code;
	const char *want;
};

static const struct bad_elf bad_elfs[] = {
	{ 18, 2, 62, -EINVAL, "vm0 'test': image kernel: ELF for machine 62 (x86-64), need 183 (AArch64)" },
	{ 18, 2, 40, -EINVAL, "ELF for machine 40 (32-bit Arm)" },
	{ 18, 2, 8, -EINVAL, "ELF for machine 8 (another architecture)" },
	{ 4, 1, 1, -EINVAL, "32-bit ELF" },
	{ 5, 1, 2, -EINVAL, "big-endian ELF" },
	{ 32, 8, UINT64_MAX, -EINVAL, "ELF program headers at 0xffffffffffffffff are beyond" },
	{ 32, 8, 0x20000 - 56, -EINVAL, "ELF program headers at 0x1ffc8 are beyond" },
	{ 54, 1, 32, -EINVAL, "ELF has 3 program headers of 32 bytes" },
	{ 56, 1, 0, -EINVAL, "ELF has 0 program headers" },
	{ 56, 2, 65535, -EINVAL, "ELF has 65535 program headers" },
	{ 56, 2, 64, -ENOSPC, "ELF has more than 16 loadable segments" },
	{ 64 + 8, 8, UINT64_MAX, -EINVAL, "ELF segment 0: file offset 0xffffffffffffffff" },
	{ 64 + 8, 8, 0x20000, -EINVAL, "ELF segment 0: file offset 0x20000, size 0x18000 is beyond" },
	{ 64 + 32, 8, 0x18001, -EINVAL, "ELF segment 0" },
	{ 64 + 24, 8, 0x50000000, -EINVAL, "image kernel: address 0x50000000 is not in the VM's RAM or ROM" },
	{ 64 + 24, 8, UINT64_MAX, -EINVAL, "ELF segment 0: address 0xffffffffffffffff" },
	{ 64 + 40, 8, MIB(8), -ENOSPC,
	  "image kernel: needs 0x800000 bytes at 0x40010000, but region 0x40000000-0x407fffff" },
	{ 176 + 24, 8, RAM + 0x20000, -EINVAL, "image kernel: 0x3000 bytes at 0x40020000 overlap what is loaded" },
	{ 24, 8, 0x1234567, -EINVAL, "entry 0x1234567 is outside the image" },
};

static void test_elf_bad(void **state)
{
	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bad_elfs); i++) {
		const struct bad_elf *b = &bad_elfs[i];
		u64 size;
		u8 *elf = make_elf(&size, RAM + MIB(1));

		/* 64 program headers: all loadable and small */
		for (u32 j = 3; j < 64; j++)
			put_phdr(elf + 64 + 56 * j, 1, 0, 0, RAM + MIB(2) + j * 16, 16, 16);
		for (u32 j = 0; j < b->bytes; j++)
			elf[b->at + j] = (u8)(b->value >> (8 * j));
		env_begin(RAM, MIB(8));
		env_image(&env_vm->cfg.kernel, "kernel", elf, size, VM_HASH_CRC32);
		load_fails(b->code, b->want);
		env_end();
		free(elf);
	}
}

static void test_hash_wrong(void **state)
{
	u8 *image = env_linux(IMAGE_BYTES, IMAGE_MEM, 0);
	u64 zsize, esize;
	u8 *z = env_gzip(image, IMAGE_BYTES, &zsize);
	u8 *elf = make_elf(&esize, RAM + MIB(1));
	struct {
		const u8 *data;
		u64 size;
	} kernels[] = { { image, IMAGE_BYTES }, { z, zsize }, { elf, esize } };

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
	free(elf);
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
	load_fails(-ENOSPC, "vm0 'test': device tree: made to fail");
	env_end();
	free(big);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_linux),         cmocka_unit_test(test_linux_load_address),
		cmocka_unit_test(test_gzip_linux),    cmocka_unit_test(test_gzip_bad),
		cmocka_unit_test(test_flat),          cmocka_unit_test(test_flat_is_not_unpacked),
		cmocka_unit_test(test_elf),           cmocka_unit_test(test_elf_bad),
		cmocka_unit_test(test_hash_wrong),    cmocka_unit_test(test_not_a_kernel),
		cmocka_unit_test(test_does_not_fit),  cmocka_unit_test(test_ramdisk_window),
		cmocka_unit_test(test_user_fdt),      cmocka_unit_test(test_no_el2_memory),
		cmocka_unit_test(test_after_the_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
