/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel image: what it is, and its way into guest memory when it is not compressed. */
#include <common/vm_load_int.h>

#include <lib/errno.h>

int kernel_probe(struct vm_load *l)
{
	const struct vm_image *img = &l->vm->cfg.kernel;
	u8 head[VM_IMAGE_HEAD] = { 0 };
	u64 len = MIN(img->size, VM_IMAGE_HEAD);
	struct vm_config_err err;

	src_open(l, img);
	src_read(l, 0, head, len);
	if (vm_image_probe(img, head, len, false, &l->format, &err))
		return load_image_err(l, -EINVAL, "%s", err.text);
	switch (l->format) {
	case VM_IMG_LINUX:
		return place_linux(l, head, img->size);
	case VM_IMG_FLAT:
		return place_flat(l, img->size);
	case VM_IMG_GZIP:
		return gzip_begin(l);
	default:
		return 0;
	}
}

int kernel_copy(struct vm_load *l)
{
	int n = src_copy(l, l->done, l->src.img->size, l->kernel.ipa + l->done);

	if (n < 0)
		return n;
	l->done += (u64)n;
	return l->done < l->src.img->size ? -EAGAIN : 0;
}

static int elf_segments(struct vm_load *l)
{
	const struct vm_image *img = l->src.img;
	struct vm_image_elf elf;
	struct vm_config_err err;
	u8 head[VM_IMAGE_HEAD], phdr[VM_ELF_PHDR_SIZE];

	if (img->size < VM_IMAGE_HEAD)
		return load_image_err(l, -EINVAL, "ELF header is cut off");
	src_read(l, 0, head, sizeof(head));
	if (vm_image_elf(head, img->size, &elf, &err))
		return load_image_err(l, -EINVAL, "%s", err.text);
	for (u32 i = 0; i < elf.phnum; i++) {
		struct vm_image_seg seg;

		src_read(l, elf.phoff + (u64)i * VM_ELF_PHDR_SIZE, phdr, sizeof(phdr));
		if (vm_image_elf_seg(phdr, i, img->size, &seg, &err))
			return load_image_err(l, -EINVAL, "%s", err.text);
		if (!seg.load)
			continue;
		if (l->nr_segs == LOAD_SEG_MAX)
			return load_image_err(l, -ENOSPC, "ELF has more than %u loadable segments", LOAD_SEG_MAX);
		l->seg[l->nr_segs++] = seg;
	}
	if (l->nr_segs == 0)
		return load_image_err(l, -EINVAL, "ELF has no loadable segment");
	return place_elf(l, elf.entry);
}

int kernel_elf(struct vm_load *l)
{
	const struct vm_image_seg *s;
	int n;

	if (l->nr_segs == 0) {
		n = elf_segments(l);
		return n ? n : -EAGAIN;
	}
	s = &l->seg[l->seg_now];
	if (l->done < s->filesz) {
		n = src_copy(l, s->offset + l->done, s->offset + s->filesz, s->paddr + l->done);
		if (n < 0)
			return n;
		l->done += (u64)n;
		return -EAGAIN;
	}
	/* The rest of the segment, up to memsz, is zero like all of the VM's memory. */
	l->done = 0;
	return ++l->seg_now < l->nr_segs ? -EAGAIN : 0;
}
