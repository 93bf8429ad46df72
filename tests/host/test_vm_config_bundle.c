/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_scan.c hypervisor/common/vm_config.c hypervisor/common/vm_config_hw.c
 * hypervisor/common/vm_config_bundle.c hypervisor/common/vm_config_check.c hypervisor/common/vm_config_image.c
 * hypervisor/common/vm_config_prop.c hypervisor/common/vm_config_sched.c hypervisor/common/vm_config_shm.c
 * hypervisor/common/vm_config_shm_check.c hypervisor/common/vm_config_wdt.c hypervisor/lib/crc32.c libfdt */
/* The container: FIT with and without ramdisk header, images inside and outside the tree, hashes, truncation, noise. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <common/vm_config.h>
#include <lib/crc32.h>
#include <lib/errno.h>

#include "fit_build.h"

#define KERNEL "/images/kernel"
#define LEGACY 64U
#define FLIPS 20000

static struct vm_config cfg;
static struct vm_config_err err;

static void expect_error(int ret, int code, const char *want)
{
	if (ret == code && strstr(err.text, want))
		return;
	fail_msg("got %d '%s', want %d '%s'", ret, err.text, code, want);
}

static int open_bytes(const void *data, u64 readable, u64 size)
{
	const void *fit;
	u64 fit_size;

	memset(&err, 0, sizeof(err));
	return bundle_open(data, readable, size, &fit, &fit_size, &err);
}

/* @data behind a ramdisk header, in memory of exactly that size. */
static u8 *add_header(const void *data, size_t size)
{
	u8 *p = calloc(1, LEGACY + size);
	fdt32_t *h = (fdt32_t *)(void *)p;

	h[0] = cpu_to_fdt32(0x27051956);
	h[3] = cpu_to_fdt32((u32)size);
	h[1] = cpu_to_fdt32(hazel_crc32(0, p, LEGACY));
	memcpy(p + LEGACY, data, size);
	return p;
}

static void test_open(void **state)
{
	struct fit *f = fit_new();
	size_t size = fit_pack(f);
	u8 *p = add_header(f->buf, size);
	const void *fit;
	u64 fit_size;

	(void)state;
	assert_int_equal(bundle_open(f->buf, FIT_SIZE, FIT_SIZE, &fit, &fit_size, &err), 0);
	assert_ptr_equal(fit, f->buf);
	assert_int_equal(fit_size, FIT_SIZE);
	assert_int_equal(bundle_open(p, LEGACY + size, LEGACY + size, &fit, &fit_size, &err), 0);
	assert_ptr_equal(fit, p + LEGACY);
	assert_int_equal(fit_size, size);
	free(p);
	free(f);
}

static void test_open_bad(void **state)
{
	struct fit *f = fit_new();
	size_t size = fit_pack(f);
	u8 *p = add_header(f->buf, size);

	(void)state;
	expect_error(open_bytes("", 0, 0), -EINVAL, "bundle: truncated: 0 bytes, less than a FIT header");
	expect_error(open_bytes("MZ is no bundle", 15, 15), -EINVAL,
		     "bundle: not a FIT: magic 0x4d5a2069, must be 0xd00dfeed");
	expect_error(open_bytes(f->buf, 20, 20), -EINVAL, "bundle: truncated: 20 bytes");
	expect_error(open_bytes(f->buf, size - 1, size - 1), -EINVAL, "bundle: truncated: the FIT says");
	expect_error(open_bytes(f->buf, size - 1, size), -EINVAL, "pack it with mkimage -E");
	expect_error(open_bytes(p, LEGACY + size - 1, LEGACY + size - 1), -EINVAL, "its ramdisk header says");
	expect_error(open_bytes(p, 40, 40), -EINVAL, "less than its ramdisk header");
	expect_error(open_bytes(p, LEGACY, LEGACY), -EINVAL, "its ramdisk header says");
	p[9] ^= 1;
	expect_error(open_bytes(p, LEGACY + size, LEGACY + size), -EINVAL, "bundle: ramdisk header: crc32 is");
	p[9] ^= 1;
	p[LEGACY] ^= 1;
	expect_error(open_bytes(p, LEGACY + size, LEGACY + size), -EINVAL, "bundle: not a FIT: magic 0xd10dfeed");
	fdt_set_off_dt_struct(f->buf, 0x7fffffff);
	expect_error(open_bytes(f->buf, size, size), -EINVAL, "bundle: the FIT is corrupt: ");
	free(p);
	free(f);
}

static int parse_size(struct fit *f, u64 size)
{
	memset(&err, 0, sizeof(err));
	return vm_config_parse(f->buf, size, 0, &cfg, &err);
}

static int parse(struct fit *f)
{
	return parse_size(f, FIT_SIZE);
}

static void test_data(void **state)
{
	struct fit *f = fit_new();
	u32 base;

	(void)state;
	fit_del(f, KERNEL, "data");
	expect_error(parse(f), -EINVAL, "/images/kernel: data: missing or empty");
	FIT_CELLS(f, KERNEL, "data-offset", 0x100);
	expect_error(parse(f), -EINVAL, "/images/kernel: data-size: missing or 0");
	FIT_CELLS(f, KERNEL, "data-size", 0);
	expect_error(parse(f), -EINVAL, "data-size: missing or 0");
	FIT_CELLS(f, KERNEL, "data-size", 0x1000);
	base = (u32)(fit_pack(f) + 3) & ~3U;
	assert_int_equal(parse_size(f, base + 0x1100), 0);
	assert_int_equal(cfg.kernel.offset, base + 0x100);
	assert_int_equal(cfg.kernel.size, 0x1000);
	expect_error(parse_size(f, base + 0x10ff), -EINVAL, "/images/kernel: truncated: 4096 bytes of data at");
	fdt_open_into(f->buf, f->buf, FIT_SIZE);
	FIT_CELLS(f, KERNEL, "data-position", 0x8000);
	assert_int_equal(parse_size(f, 0x9000), 0);
	assert_int_equal(cfg.kernel.offset, 0x8000);
	expect_error(parse_size(f, 0x8fff), -EINVAL,
		     "truncated: 4096 bytes of data at 0x8000, the bundle has 36863 bytes");
	FIT_CELLS(f, KERNEL, "data-size", 0xffffffff, 0xffffffff);
	expect_error(parse(f), -EINVAL, "truncated");
	FIT_CELLS(f, KERNEL, "data-position", 0xffffffff, 0xffffffff);
	expect_error(parse(f), -EINVAL, "truncated");
	fit_del(f, KERNEL, "data-position");
	FIT_CELLS(f, KERNEL, "data-offset", 0xffffffff, 0xfffffffc);
	expect_error(parse(f), -EINVAL, "truncated");
	FIT_CELLS(f, KERNEL, "data-size", 2);
	expect_error(parse(f), -EINVAL, "truncated");
	FIT_CELLS(f, KERNEL, "data-offset", 0);
	expect_error(parse_size(f, 0x100), -EINVAL, "truncated: 2 bytes of data at");
	fit_set(f, KERNEL, "data-offset", "abc", 3);
	expect_error(parse(f), -EINVAL, "/images/kernel: data-offset: 3 bytes are not");
	free(f);
}

static void test_hash(void **state)
{
	struct fit *f = fit_new();
	u8 sum[32] = { 1, 2, 3, 4, 5 };

	(void)state;
	fit_add(f, KERNEL, "signature-1");
	assert_int_equal(parse(f), 0);
	assert_int_equal(cfg.kernel.hash_algo, VM_HASH_NONE);
	fit_add(f, KERNEL, "hash-1");
	expect_error(parse(f), -EINVAL, "/images/kernel/hash-1: algo: missing, must be \"crc32\" or \"sha256\"");
	fit_str(f, KERNEL "/hash-1", "algo", "md5");
	expect_error(parse(f), -EINVAL, "/images/kernel/hash-1: algo: \"md5\" is not one of \"crc32\", \"sha256\"");
	fit_str(f, KERNEL "/hash-1", "algo", "crc32");
	expect_error(parse(f), -EINVAL, "hash-1: value: must be the 4 bytes that mkimage writes for \"crc32\"");
	fit_set(f, KERNEL "/hash-1", "value", sum, 5);
	expect_error(parse(f), -EINVAL, "value: must be the 4 bytes");
	fit_set(f, KERNEL "/hash-1", "value", sum, 4);
	assert_int_equal(parse(f), 0);
	assert_int_equal(cfg.kernel.hash_algo, VM_HASH_CRC32);
	assert_memory_equal(cfg.kernel.hash, sum, 4);
	fit_add(f, KERNEL, "hash-2");
	fit_str(f, KERNEL "/hash-2", "algo", "sha256");
	sum[0] = 9;
	fit_set(f, KERNEL "/hash-2", "value", sum, 32);
	assert_int_equal(parse(f), 0);
	assert_int_equal(cfg.kernel.hash_algo, VM_HASH_SHA256);
	assert_memory_equal(cfg.kernel.hash, sum, 32);
	free(f);
}

static void test_image_props(void **state)
{
	struct fit *f = fit_new();

	(void)state;
	fit_str(f, KERNEL, "arch", "x86_64");
	expect_error(parse(f), -EINVAL, "/images/kernel: arch: \"x86_64\" is not one of \"arm64\"");
	fit_str(f, KERNEL, "arch", "arm64");
	fit_str(f, KERNEL, "compression", "lzma");
	expect_error(parse(f), -EINVAL, "/images/kernel: compression: \"lzma\" is not one of \"none\", \"gzip\"");
	fit_str(f, KERNEL, "compression", "gzip");
	fit_str(f, KERNEL, "type", "standalone");
	FIT_CELLS(f, KERNEL, "load", 0x40400000);
	FIT_CELLS(f, KERNEL, "entry", 0, 0x40400010);
	assert_int_equal(parse(f), 0);
	assert_true(cfg.kernel.gzip);
	assert_int_equal(cfg.kernel.format, VM_IMG_FLAT);
	assert_true(cfg.kernel.has_load && cfg.kernel.load == 0x40400000);
	assert_true(cfg.kernel.has_entry && cfg.kernel.entry == 0x40400010);
	FIT_CELLS(f, "/vms/linux", "kernel-load", 0x40600000);
	assert_int_equal(parse(f), 0);
	assert_true(cfg.kernel.load == 0x40600000);
	fit_str(f, KERNEL, "type", "kernel");
	fit_str(f, KERNEL, "os", "none");
	assert_int_equal(parse(f), 0);
	assert_int_equal(cfg.kernel.format, VM_IMG_FLAT);
	fit_set(f, KERNEL, "os", "x", 1);
	expect_error(parse(f), -EINVAL, "os: is not one string");
	fit_del(f, KERNEL, "os");
	FIT_CELLS(f, KERNEL, "load", 0x100, 0);
	assert_int_equal(parse(f), 0);
	fit_del(f, "/vms/linux", "kernel-load");
	expect_error(parse(f), -EINVAL, "/images/kernel: load: 0x10000000000 is not below");
	free(f);
}

static void test_image_names(void **state)
{
	static const char *const bad[] = { "an-image-name-longer-than-31-bytes", "k@0", "a b" };
	static const char longest[] = "an-image-name-of-31-bytes-12345";

	(void)state;
	for (u32 i = 0; i < ARRAY_SIZE(bad); i++) {
		struct fit *f = fit_new();

		fit_image(f, bad[i], "kernel", "KERNEL", 6);
		fit_str(f, "/vms/linux", "kernel", bad[i]);
		expect_error(parse(f), -EINVAL, "an image's name is 1 to 31 letters");
		fit_image(f, longest, "kernel", "KERNEL", 6);
		fit_str(f, "/vms/linux", "kernel", longest);
		assert_int_equal(parse(f), 0);
		assert_string_equal(cfg.kernel.name, longest);
		free(f);
	}
}

static void test_ramdisk_and_fdt(void **state)
{
	struct fit *f = fit_new();

	(void)state;
	fit_str(f, "/vms/linux", "ramdisk", "ramdisk");
	fit_str(f, "/images/ramdisk", "compression", "gzip");
	fit_str(f, "/vms/linux", "fdt", "dtb");
	fit_image(f, "dtb", "flat_dt", "DTB", 4);
	FIT_CELLS(f, "/images/dtb", "load", 0x40800000);
	assert_int_equal(parse(f), 0);
	/* As with U-Boot: the guest unpacks its ramdisk. */
	assert_false(cfg.ramdisk.gzip);
	assert_int_equal(cfg.ramdisk.format, VM_IMG_BLOB);
	assert_true(cfg.fdt.size == 4 && cfg.fdt.has_load && cfg.fdt.load == 0x40800000);
	fit_str(f, "/images/dtb", "compression", "gzip");
	expect_error(parse(f), -EINVAL, "/images/dtb: compression: \"gzip\" is not supported for a device tree");
	assert_int_equal(fdt_del_node(f->buf, fit_node(f, "/images")), 0);
	expect_error(parse(f), -ENOENT, "/images: no such node in the bundle");
	free(f);
}

/* What mkimage writes is what we read, with data inside the tree and outside it. */
static void mkimage_bundle(const char *flags)
{
	static const char its[] =
		"/dts-v1/; / { description = \"t\"; #address-cells = <1>; images { kernel { description = \"k\";"
		" data = [00 01 02 03 04 05 06]; type = \"kernel\"; arch = \"arm64\"; os = \"linux\"; compression = "
		"\"none\";"
		" hash-1 { algo = \"crc32\"; }; hash-2 { algo = \"sha256\"; }; }; };"
		" vms { compatible = \"hazel,vms-v1\"; linux { vcpus = <2>; memory = <0 0x40000000 0 0x8000000>; }; }; "
		"};";
	static const u8 data[] = { 0, 1, 2, 3, 4, 5, 6 };
	char dir[] = "/tmp/hazel-test-XXXXXX", cmd[256], path[64];
	static uint64_t file[8192];
	const void *fit;
	u64 fit_size;
	size_t size;
	FILE *out;

	assert_non_null(mkdtemp(dir));
	(void)snprintf(path, sizeof(path), "%s/b.its", dir);
	out = fopen(path, "w");
	assert_non_null(out);
	assert_true(fputs(its, out) >= 0);
	fclose(out);
	(void)snprintf(cmd, sizeof(cmd),
		       "cd %s && mkimage %s -f b.its b.itb >log 2>&1 && "
		       "mkimage -A arm64 -O linux -T ramdisk -C none -d b.itb b.img >log 2>&1",
		       dir, flags);
	assert_int_equal(system(cmd), 0);
	(void)snprintf(path, sizeof(path), "%s/b.img", dir);
	out = fopen(path, "rb");
	assert_non_null(out);
	size = fread(file, 1, sizeof(file), out);
	fclose(out);
	(void)snprintf(cmd, sizeof(cmd), "rm -r %s", dir);
	assert_int_equal(system(cmd), 0);

	if (bundle_open(file, size, size, &fit, &fit_size, &err) || vm_config_parse(fit, fit_size, 0, &cfg, &err))
		fail_msg("%s: %s", flags, err.text);
	assert_int_equal(fit_size, size - LEGACY);
	assert_int_equal(cfg.kernel.size, sizeof(data));
	assert_memory_equal((const u8 *)fit + cfg.kernel.offset, data, sizeof(data));
	assert_int_equal(cfg.kernel.hash_algo, VM_HASH_SHA256);
	assert_int_equal(cfg.vcpus, 2);
}

static void test_mkimage(void **state)
{
	static const char *const flags[] = { "", "-E", "-E -B 0x1000", "-E -p 0x4000 -B 0x1000" };

	(void)state;
	if (system("mkimage -V >/dev/null 2>&1")) {
		print_message("mkimage is not installed\n");
		skip();
	}
	for (u32 i = 0; i < ARRAY_SIZE(flags); i++)
		mkimage_bundle(flags[i]);
}

/* Whatever the bytes are: an answer and a message, and no access outside them (the sanitizers watch). */
static void try_bytes(const u8 *bytes, size_t size)
{
	uint64_t *p = malloc(size ? size : 1);
	const void *fit;
	u64 fit_size;
	int nr = 0;

	memcpy(p, bytes, size);
	if (bundle_open(p, size, size, &fit, &fit_size, &err) == 0) {
		nr = vm_config_count(fit, &err);
		for (int i = 0; i < nr; i++) {
			if (vm_config_parse(fit, fit_size, (u32)i, &cfg, &err))
				assert_true(err.text[0] != '\0');
			else
				assert_true(cfg.kernel.offset + cfg.kernel.size <= fit_size);
		}
	}
	free(p);
}

static void test_noise(void **state)
{
	struct fit *f = fit_new();
	size_t size;
	u8 *bytes;

	(void)state;
	fit_str(f, "/vms/linux", "ramdisk", "ramdisk");
	fit_set(f, "/vms/linux", "passthrough", "console\0/soc/eth", 17);
	FIT_CELLS(f, "/vms/linux", "memory", 0, 0x40000000, 0, 0x8000000);
	fit_add(f, KERNEL, "hash-1");
	fit_str(f, KERNEL "/hash-1", "algo", "crc32");
	FIT_CELLS(f, KERNEL "/hash-1", "value", 0x12345678);
	size = fit_pack(f);
	bytes = malloc(size);
	for (size_t cut = 0; cut < size; cut++)
		try_bytes((const u8 *)f->buf, cut);
	srand(1);
	for (u32 i = 0; i < FLIPS; i++) {
		memcpy(bytes, f->buf, size);
		for (int n = rand() % 4; n >= 0; n--)
			bytes[(size_t)rand() % size] ^= (u8)(1 + rand() % 255);
		try_bytes(bytes, size);
	}
	free(bytes);
	free(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_open),
		cmocka_unit_test(test_open_bad),
		cmocka_unit_test(test_data),
		cmocka_unit_test(test_hash),
		cmocka_unit_test(test_image_props),
		cmocka_unit_test(test_image_names),
		cmocka_unit_test(test_ramdisk_and_fdt),
		cmocka_unit_test(test_mkimage),
		cmocka_unit_test(test_noise),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
