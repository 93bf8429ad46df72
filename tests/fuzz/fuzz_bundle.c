/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/vm_config.c hypervisor/common/vm_config_hw.c hypervisor/common/vm_config_bundle.c
 * hypervisor/common/vm_config_check.c hypervisor/common/vm_config_image.c hypervisor/common/vm_config_kernel.c
 * hypervisor/common/fdt_scan.c hypervisor/common/vm_config_prop.c hypervisor/common/vm_config_sched.c
 * hypervisor/common/vm_config_shm.c hypervisor/common/vm_config_shm_check.c hypervisor/common/vm_config_wdt.c
 * hypervisor/lib/crc32.c libfdt */
/*
 * libFuzzer: arbitrary bytes as a bundle. Whatever they are, the manifest code answers, with a message when it refuses,
 * and every image it accepts lies inside the bundle. Its headers are then looked at as the loader does.
 */
#include <common/vm_config.h>
#include <common/vm_config_kernel.h>

#include <stdlib.h>
#include <string.h>

#include "../host/fit_build.h"

#define PATCH_SIZE 3U /* offset, low byte first, and the byte to put there */

static void require(bool ok)
{
	if (!ok)
		abort();
}

static void look_at_elf(const u8 *data, const struct vm_image *img, struct vm_config_err *err)
{
	struct vm_image_elf elf;
	struct vm_image_seg seg;

	if (vm_image_elf(data, img->size, &elf, err))
		return;
	for (u32 i = 0; i < elf.phnum; i++) {
		if (vm_image_elf_seg(data + elf.phoff + (u64)i * VM_ELF_PHDR_SIZE, i, img->size, &seg, err))
			return;
		require(!seg.load || (seg.offset <= img->size && seg.filesz <= img->size - seg.offset));
	}
}

static void look_at_kernel(const void *fit, const struct vm_image *img)
{
	const u8 *data = (const u8 *)fit + img->offset;
	enum vm_image_format format;
	struct vm_config_err err;
	struct vm_image_linux image;

	if (vm_image_probe(img, data, MIN(img->size, VM_IMAGE_HEAD), false, &format, &err))
		return;
	if (format == VM_IMG_LINUX && vm_image_linux(data, img->size, &image, &err) == 0)
		require(image.image_size >= img->size);
	else if (format == VM_IMG_ELF && img->size >= VM_IMAGE_HEAD)
		look_at_elf(data, img, &err);
}

static void look_at_image(const void *fit, u64 fit_size, const struct vm_image *img)
{
	volatile u8 sink;

	if (!img->name[0])
		return;
	require(img->size > 0 && img->offset < fit_size && img->size <= fit_size - img->offset);
	sink = ((const u8 *)fit)[img->offset];
	sink = ((const u8 *)fit)[img->offset + img->size - 1];
	(void)sink;
}

static void open_and_parse(const void *data, u64 readable, u64 size)
{
	static struct vm_config cfg[CONFIG_MAX_VMS];
	struct vm_config_err err = { "" };
	const void *fit;
	u64 fit_size;
	int nr, good = 0;

	if (bundle_open(data, readable, size, &fit, &fit_size, &err)) {
		require(err.text[0] != '\0');
		return;
	}
	nr = vm_config_count(fit, &err);
	require(nr > 0 ? nr <= CONFIG_MAX_VMS : err.text[0] != '\0');
	for (int i = 0; i < nr; i++) {
		struct vm_config *c = &cfg[good];

		err.text[0] = '\0';
		if (vm_config_parse(fit, fit_size, (u32)i, c, &err)) {
			require(err.text[0] != '\0');
			continue;
		}
		if (readable == size) {
			look_at_image(fit, fit_size, &c->kernel);
			look_at_image(fit, fit_size, &c->ramdisk);
			look_at_image(fit, fit_size, &c->fdt);
			look_at_kernel(fit, &c->kernel);
		}
		good++;
	}
	(void)!vm_config_check_set(cfg, (u32)good, &err);
}

/* A bundle that has some of everything, to start from. */
static struct fit *template(void)
{
	struct fit *f = fit_new();

	fit_image(f, "dtb", "flat_dt", "DTB.", 4);
	fit_add(f, "/images/kernel", "hash-1");
	fit_str(f, "/images/kernel/hash-1", "algo", "crc32");
	FIT_CELLS(f, "/images/kernel/hash-1", "value", 0x12345678);
	fit_del(f, "/images/ramdisk", "data");
	FIT_CELLS(f, "/images/ramdisk", "data-offset", 0);
	FIT_CELLS(f, "/images/ramdisk", "data-size", 16);
	fit_str(f, "/vms/linux", "ramdisk", "ramdisk");
	fit_str(f, "/vms/linux", "fdt", "dtb");
	fit_str(f, "/vms/linux", "bootargs", "console=ttyAMA0");
	fit_str(f, "/vms/linux", "on-reboot", "halt");
	fit_set(f, "/vms/linux", "passthrough", "console\0/soc/eth", 17);
	FIT_CELLS(f, "/vms/linux", "vcpus", 2);
	FIT_CELLS(f, "/vms/linux", "cpu-affinity", 0, 1);
	FIT_CELLS(f, "/vms/linux", "memory", 0, 0x40000000, 0, 0, 0, 0, 0, 0x200000);
	fit_set(f, "/vms/linux", "memory-types", "ram\0rom", 8);
	FIT_CELLS(f, "/vms/linux", "kernel-load", 0, 0x40000000);
	FIT_CELLS(f, "/vms/linux", "smc-forward", 0x82000001);
	FIT_CELLS(f, "/vms/linux", "gic", 0, 0x08000000, 0, 0x080a0000);
	fit_add(f, "/vms", "other");
	(void)fit_pack(f);
	return f;
}

/* The template with bytes changed where the input says; 16 bytes of external data follow it. */
static void patched(const u8 *data, size_t size)
{
	static struct fit *f;
	u64 total;
	u8 *copy;

	if (!f)
		f = template();
	total = fdt_totalsize(f->buf) + 16U;
	copy = malloc(total);
	memcpy(copy, f->buf, total);
	for (; size >= PATCH_SIZE; size -= PATCH_SIZE, data += PATCH_SIZE)
		copy[((size_t)data[0] | ((size_t)data[1] << 8)) % total] = data[2];
	open_and_parse(copy, total, total);
	free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/*
 * The first byte chooses: the rest as it is, all of it readable or only its first half; or as changes to a good bundle,
 * which gets deep without a corpus.
 */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u64 readable;
	u8 *copy;
	u8 choice;

	if (size == 0)
		return 0;
	choice = *data++ % 3;
	size--;
	if (choice == 2) {
		patched(data, size);
		return 0;
	}
	readable = choice == 0 ? size : size / 2;
	copy = malloc(readable ? readable : 1);
	memcpy(copy, data, readable);
	open_and_parse(copy, readable, size);
	free(copy);
	return 0;
}
