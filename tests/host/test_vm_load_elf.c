/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_scan.c hypervisor/common/vm_load.c hypervisor/common/vm_load_src.c
 * hypervisor/common/vm_load_place.c hypervisor/common/vm_load_kernel.c hypervisor/common/vm_load_gzip.c
 * hypervisor/common/vm_config_kernel.c hypervisor/common/vm_config_prop.c hypervisor/lib/crc32.c
 * hypervisor/lib/sha256.c libfdt zlib */
/* Loading an ELF: segments, entry, and every header field wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "load_check.h"

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

/* As many segments as there is room for. */
static void test_elf_many_segments(void **state)
{
	u64 size;
	u8 *elf = make_elf(&size, RAM + MIB(1));

	(void)state;
	elf[56] = 17;
	for (u32 j = 3; j < 17; j++)
		put_phdr(elf + 64 + 56 * j, 1, 0x2000, 0, RAM + MIB(2) + j * 16, 16, 16);
	env_begin(RAM, MIB(8));
	env_image(&env_vm->cfg.kernel, "kernel", elf, size, VM_HASH_CRC32);
	load_ok();
	assert_memory_equal(env_mem(RAM + MIB(2) + 16 * 16, 16), elf + 0x2000, 16);
	assert_true(entry.x0 == RAM + MIB(4));
	env_end();
	free(elf);
}

static void test_elf_hash_wrong(void **state)
{
	u64 size;
	u8 *elf = make_elf(&size, RAM + MIB(1));

	(void)state;
	env_begin(RAM, MIB(8));
	env_image(&env_vm->cfg.kernel, "kernel", elf, size, VM_HASH_CRC32);
	env_vm->cfg.kernel.hash[3] ^= 1;
	load_fails(-EBADMSG, "vm0 'test': image kernel: crc32 is 0x");
	/* Nothing of it was used. */
	assert_true(is_zero(RAM, RAM + MIB(8)));
	env_end();
	env_begin(RAM, MIB(8));
	env_image(&env_vm->cfg.kernel, "kernel", elf, size, VM_HASH_SHA256);
	env_vm->cfg.kernel.hash[31] ^= 1;
	load_fails(-EBADMSG, "image kernel: sha256 starts with ");
	env_end();
	free(elf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_elf),
		cmocka_unit_test(test_elf_bad),
		cmocka_unit_test(test_elf_many_segments),
		cmocka_unit_test(test_elf_hash_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
