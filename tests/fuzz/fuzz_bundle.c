/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/vm_config.c hypervisor/common/vm_config_bundle.c hypervisor/common/vm_config_check.c
 * hypervisor/common/vm_config_image.c hypervisor/common/vm_config_kernel.c hypervisor/common/vm_config_prop.c
 * hypervisor/lib/crc32.c libfdt */
/*
 * libFuzzer: arbitrary bytes as a bundle. Whatever they are, the manifest code answers, with a message when it refuses,
 * and every image it accepts lies inside the bundle. Its headers are then looked at as the loader does.
 */
#include <common/vm_config.h>
#include <common/vm_config_kernel.h>

#include <stdlib.h>
#include <string.h>

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

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u64 readable = size;
	u8 *copy;

	/* The last byte chooses whether all of the bundle can be read, or only its first half. */
	if (size > 0 && (data[--size] & 1))
		readable = size / 2;
	else
		readable = size;
	copy = malloc(readable ? readable : 1);
	memcpy(copy, data, readable);
	open_and_parse(copy, readable, size);
	free(copy);
	return 0;
}
