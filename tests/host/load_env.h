/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the loader stands on, for tests: a bundle in "host RAM" seen through windows of exactly one 2 MiB block, guest
 * memory by IPA, EL2 pages that are counted, and a device tree builder that notes its arguments.
 */
#ifndef LOAD_ENV_H
#define LOAD_ENV_H

#include <common/fdt_guest.h>
#include <common/guest_mem.h>
#include <common/page_alloc.h>
#include <common/vm.h>
#include <common/vm_load.h>

#include <asm/mmu.h>
#include <asm/page.h>
#include <lib/crc32.h>
#include <lib/errno.h>
#include <lib/sha256.h>

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define ENV_STEP_MAX 100000
#define ENV_BUNDLE_PA UINT64_C(0x481ff000) /* the second page of the bundle is in another block */
#define ENV_DIRTY 0xaa

static u8 *env_bundle; /* the bundle's bytes; images are added at its end */
static u8 *env_guest[VM_MEM_MAX];
static struct vm *env_vm;
static u32 env_pages, env_pages_limit;
static u64 env_step_bytes;
static u64 env_zeroed; /* bytes, of all steps */
static void *env_window;
static struct {
	const void *base;
	u64 base_size, initrd_ipa, initrd_size;
	u8 first[4];
	int ret;
	u32 builds;
	u32 seeds; /* the last one, which stands in a field of the header that nobody else uses */
} env_fdt;

void *window_map(u32 slot, paddr_t pa, bool ro)
{
	u64 len = BLOCK_2M_SIZE - (pa & (BLOCK_2M_SIZE - 1));

	assert_int_equal(slot, WINDOW_SRC);
	assert_true(ro);
	assert_null(env_window);
	assert_true(pa >= bundle.pa && pa < bundle.pa + bundle.size);
	/* No step reads more than this, so what is beyond may be missing. */
	len = MIN(MIN(len, bundle.pa + bundle.size - pa), UINT64_C(32768));
	env_window = malloc(len);
	memcpy(env_window, env_bundle + (pa - bundle.pa), len);
	return env_window;
}

void window_unmap(u32 slot)
{
	assert_int_equal(slot, WINDOW_SRC);
	assert_non_null(env_window);
	free(env_window);
	env_window = NULL;
}

/* Guest memory at [ipa, ipa + len), or NULL. */
static u8 *env_mem(ipa_t ipa, u64 len)
{
	for (u32 i = 0; i < env_vm->nr_ram; i++) {
		const struct vm_mem_region *r = &env_vm->ram[i].r;

		if (ipa >= r->ipa && ipa - r->ipa <= r->size && len <= r->size - (ipa - r->ipa))
			return env_guest[i] + (ipa - r->ipa);
	}
	return NULL;
}

int guest_write(struct vm *vm, ipa_t ipa, const void *src, u64 len, bool clean)
{
	u8 *p = env_mem(ipa, len);

	assert_ptr_equal(vm, env_vm);
	assert_true(clean);
	env_step_bytes += len;
	if (!p)
		return -EFAULT;
	memcpy(p, src, len);
	return 0;
}

int guest_write_crc32(struct vm *vm, ipa_t ipa, const void *src, u64 len, u32 *crc)
{
	*crc = hazel_crc32(*crc, src, len);
	return guest_write(vm, ipa, src, len, true);
}

int guest_zero(struct vm *vm, ipa_t ipa, u64 len, bool clean)
{
	u8 *p = env_mem(ipa, len);

	assert_ptr_equal(vm, env_vm);
	assert_true(clean);
	env_step_bytes += len;
	env_zeroed += len;
	if (!p)
		return -EFAULT;
	memset(p, 0, len);
	return 0;
}

void *el2_alloc(u64 nr)
{
	if (env_pages + nr > env_pages_limit)
		return NULL;
	env_pages += (u32)nr;
	return calloc(nr, PAGE_SIZE);
}

void el2_free(void *p, u64 nr)
{
	if (!p)
		return;
	env_pages -= (u32)nr;
	free(p);
}

int fdt_guest_build(const struct vm *vm, const void *base_fdt, u64 base_size, u64 initrd_ipa, u64 initrd_size,
		    void *buf, u32 size, struct vm_config_err *err)
{
	assert_ptr_equal(vm, env_vm);
	assert_true(size >= FDT_GUEST_MAX);
	env_fdt.builds++;
	env_fdt.base = base_fdt;
	env_fdt.base_size = base_size;
	env_fdt.initrd_ipa = initrd_ipa;
	env_fdt.initrd_size = initrd_size;
	if (base_fdt)
		memcpy(env_fdt.first, base_fdt, sizeof(env_fdt.first));
	strcpy(err->text, "made to fail");
	return env_fdt.ret ? env_fdt.ret : fdt_create_empty_tree(buf, 1024);
}

void fdt_guest_seed(const struct vm *vm, void *fdt)
{
	assert_ptr_equal(vm, env_vm);
	assert_int_equal(fdt_boot_cpuid_phys(fdt), 0);
	fdt_set_boot_cpuid_phys(fdt, ++env_fdt.seeds);
}

void fdt_guest_unseed(const struct vm *vm, void *fdt)
{
	assert_ptr_equal(vm, env_vm);
	assert_int_equal(fdt_boot_cpuid_phys(fdt), env_fdt.seeds);
	fdt_set_boot_cpuid_phys(fdt, 0);
}

/* A VM without images and with one RAM region; the bundle is empty but for one page that stands for the FIT. */
static void env_begin(ipa_t ipa, u64 size)
{
	env_vm = calloc(1, sizeof(*env_vm));
	strcpy(env_vm->cfg.name, "test");
	env_vm->cfg.kernel.format = VM_IMG_LINUX;
	strcpy(env_vm->cfg.kernel.name, "kernel");
	env_pages = 0;
	env_pages_limit = 1000;
	memset(&env_fdt, 0, sizeof(env_fdt));
	bundle.pa = ENV_BUNDLE_PA;
	bundle.size = 4096;
	env_bundle = calloc(1, bundle.size);
	env_vm->nr_ram = 1;
	env_vm->ram[0].r = (struct vm_mem_region){ ipa, size, VM_MEM_RAM };
	env_guest[0] = malloc(size);
	memset(env_guest[0], ENV_DIRTY, size);
}

static __unused void env_region(ipa_t ipa, u64 size, enum vm_mem_type type)
{
	u32 i = env_vm->nr_ram++;

	env_vm->ram[i].r = (struct vm_mem_region){ ipa, size, type };
	env_guest[i] = malloc(size);
	memset(env_guest[i], ENV_DIRTY, size);
}

static void env_end(void)
{
	assert_null(env_window);
	vm_drop_fdt(env_vm);
	assert_int_equal(env_pages, 0);
	for (u32 i = 0; i < env_vm->nr_ram; i++)
		free(env_guest[i]);
	free(env_vm);
	free(env_bundle);
}

/* Append @data to the bundle as image @img, with a hash of kind @algo. */
static void env_image(struct vm_image *img, const char *name, const void *data, u64 size, enum vm_hash_algo algo)
{
	struct sha256 sha;
	u32 crc = hazel_crc32(0, data, size);

	strcpy(img->name, name);
	img->offset = bundle.size;
	img->size = size;
	img->hash_algo = algo;
	if (algo == VM_HASH_CRC32) {
		for (u32 i = 0; i < 4; i++)
			img->hash[i] = (u8)(crc >> (24 - 8 * i));
	} else if (algo == VM_HASH_SHA256) {
		sha256_init(&sha);
		sha256_update(&sha, data, size);
		sha256_final(&sha, img->hash);
	}
	env_bundle = realloc(env_bundle, bundle.size + size);
	memcpy(env_bundle + bundle.size, data, size);
	bundle.size += size;
}

/* Load until done or failed; no step touches more than its slice. */
static int env_load(struct vm_entry *entry, struct vm_config_err *err)
{
	struct vm_load *l = vm_load_begin(env_vm);
	int ret = -EAGAIN;

	memset(err, 0, sizeof(*err));
	env_zeroed = 0;
	assert_non_null(l);
	for (u32 i = 0; i < ENV_STEP_MAX && ret == -EAGAIN; i++) {
		env_step_bytes = 0;
		ret = vm_load_step(l, entry, err);
		assert_true(env_step_bytes <= VM_LOAD_SLICE);
		assert_null(env_window);
	}
	assert_int_not_equal(ret, -EAGAIN);
	vm_load_end(l);
	return ret;
}

static inline void env_put64(u8 *p, u64 v)
{
	for (u32 i = 0; i < 8; i++)
		p[i] = (u8)(v >> (8 * i));
}

/* Half noise, half text, so that gzip has both kinds of blocks. Free it. */
static u8 *env_noise(u64 size)
{
	u8 *p = malloc(size);
	u32 x = 1;

	for (u64 i = 0; i < size; i++) {
		x = x * 1664525U + 1013904223U;
		p[i] = (i >> 16) & 1 ? (u8)(x >> 24) : (u8) "Hazel loads images "[i % 19];
	}
	return p;
}

/* A Linux Image of @size bytes that wants @image_size of memory. Free it. */
/* What the guest's CPUs have; a test may change it. */
static u32 env_page_sizes = 4 | 16 | 64;

u32 vm_arch_page_sizes(const struct vm *vm)
{
	(void)vm;
	return env_page_sizes;
}

static __unused u8 *env_linux(u64 size, u64 image_size, u64 text_offset)
{
	u8 *p = env_noise(size);

	memset(p, 0, 64);
	env_put64(p + 8, text_offset);
	env_put64(p + 16, image_size);
	env_put64(p + 24, 0xa);
	memcpy(p + 56, "ARM\x64", 4);
	return p;
}

static voidpf env_zalloc(voidpf opaque, uInt items, uInt size)
{
	(void)opaque;
	return calloc(items, size);
}

static void env_zfree(voidpf opaque, voidpf p)
{
	(void)opaque;
	free(p);
}

/* @data as a gzip file. Free it. */
static __unused u8 *env_gzip(const u8 *data, u64 size, u64 *out_size)
{
	z_stream z = { .zalloc = env_zalloc, .zfree = env_zfree };
	u64 max = size + size / 100 + 4096;
	u8 *out = malloc(max);

	assert_int_equal(deflateInit2(&z, 6, Z_DEFLATED, 31, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_in = (Bytef *)(uintptr_t)data;
	z.avail_in = (uInt)size;
	z.next_out = out;
	z.avail_out = (uInt)max;
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	*out_size = max - z.avail_out;
	deflateEnd(&z);
	return out;
}

#endif
