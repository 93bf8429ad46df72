/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a VM's images go: the kernel where its header or the manifest says, then the DTB, then the ramdisk, each at the
 * next 2 MiB (booting.rst: DTB 8-byte aligned, ramdisk within a window of 1 GiB-aligned 32 GiB with the kernel).
 */
#include <common/arch_hooks.h>
#include <common/vm_load_int.h>

#include <common/guest_mem.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>

#define IMAGE_ALIGN MIB(2)
#define TIGHT_ALIGN KIB(64) /* in a region too small for 2 MiB steps */
#define FDT_ALIGN 8U
#define INITRD_WINDOW_ALIGN GIB(1)
#define INITRD_WINDOW_MAX GIB(32)

static const struct vm_mem_region *region_of(const struct vm *vm, ipa_t ipa)
{
	for (u32 i = 0; i < vm->nr_ram; i++) {
		const struct vm_mem_region *r = &vm->ram[i].r;

		if (ipa >= r->ipa && ipa - r->ipa < r->size)
			return r;
	}
	return NULL;
}

static bool is_ram(const struct vm_mem_region *r)
{
	return r->type == VM_MEM_RAM || r->type == VM_MEM_DIRECT_RAM;
}

/* The first RAM that has room for @size bytes, @offset above a multiple of 2 MiB; else the first RAM. */
static const struct vm_mem_region *first_ram(const struct vm *vm, u64 offset, u64 size)
{
	const struct vm_mem_region *first = NULL;

	for (u32 i = 0; i < vm->nr_ram; i++) {
		const struct vm_mem_region *r = &vm->ram[i].r;
		u64 skip = ALIGN_UP(r->ipa, IMAGE_ALIGN) - r->ipa + offset;

		if (!is_ram(r))
			continue;
		if (skip <= r->size && size <= r->size - skip)
			return r;
		first = first ? first : r;
	}
	return first;
}

/* Note [ipa, ipa+size) for @what as used; it has to be in one region and free. */
static int claim(struct vm_load *l, const char *what, ipa_t ipa, u64 size)
{
	const struct vm_mem_region *r = region_of(l->vm, ipa);

	if (!r)
		return load_err(l, -EINVAL, "%s: address 0x%lx is not in the VM's RAM or ROM", what, ipa);
	if (size > r->size - (ipa - r->ipa))
		return load_err(l, -ENOSPC,
				"%s: needs 0x%lx bytes at 0x%lx, but region 0x%lx-0x%lx has only 0x%lx there", what,
				size, ipa, r->ipa, r->ipa + r->size - 1, r->size - (ipa - r->ipa));
	for (u32 i = 0; i < l->nr_used; i++) {
		const struct load_range *u = &l->used[i];

		if (ipa < u->ipa + u->size && u->ipa < ipa + size)
			return load_err(l, -EINVAL, "%s: 0x%lx bytes at 0x%lx overlap what is loaded at 0x%lx-0x%lx",
					what, size, ipa, u->ipa, u->ipa + u->size - 1);
	}
	l->used[l->nr_used++] = (struct load_range){ ipa, size };
	return 0;
}

/* "image NAME", for claim(). */
struct what {
	char text[VM_NAME_MAX + 8];
};

static const char *image_what(const struct vm_image *img, struct what *w)
{
	(void)snprintf(w->text, sizeof(w->text), "image %s", img->name);
	return w->text;
}

/* First address of @r above everything that is used in it. */
static ipa_t free_from(const struct vm_load *l, const struct vm_mem_region *r)
{
	ipa_t from = r->ipa;

	for (u32 i = 0; i < l->nr_used; i++) {
		const struct load_range *u = &l->used[i];

		if (u->ipa >= r->ipa && u->ipa - r->ipa < r->size)
			from = MAX(from, u->ipa + u->size);
	}
	return from;
}

/* Room for @size bytes in @r above what is used there, or at its top when it is too small for that. */
static bool room_in(const struct vm_load *l, const struct vm_mem_region *r, u64 size, ipa_t *ipa)
{
	ipa_t from = free_from(l, r), end = r->ipa + r->size;

	*ipa = ALIGN_UP(from, IMAGE_ALIGN);
	if (*ipa <= end && size <= end - *ipa)
		return true;
	if (size > r->size)
		return false;
	*ipa = ALIGN_DOWN(end - size, TIGHT_ALIGN);
	return *ipa >= from;
}

/* Find @size bytes for @what in the kernel's RAM region, else in another one. */
static int find_room(struct vm_load *l, const char *what, u64 size, ipa_t *ipa)
{
	const struct vm_mem_region *r = region_of(l->vm, l->entry);

	if (!r || !is_ram(r))
		r = first_ram(l->vm, 0, 0);
	if (!r)
		return load_err(l, -EINVAL, "%s: the VM has no RAM", what);
	if (room_in(l, r, size, ipa))
		return 0;
	for (u32 i = 0; i < l->vm->nr_ram; i++) {
		if (is_ram(&l->vm->ram[i].r) && room_in(l, &l->vm->ram[i].r, size, ipa))
			return 0;
	}
	return load_err(l, -ENOSPC,
			"%s: needs 0x%lx bytes, but region 0x%lx-0x%lx has only 0x%lx above the images in it", what,
			size, r->ipa, r->ipa + r->size - 1, r->ipa + r->size - free_from(l, r));
}

/* The manifest's entry, else @natural; inside what was loaded. */
static int set_entry(struct vm_load *l, ipa_t natural)
{
	const struct vm_image *img = &l->vm->cfg.kernel;

	l->entry = img->has_entry ? img->entry : natural;
	for (u32 i = 0; i < l->nr_used; i++) {
		if (l->entry >= l->used[i].ipa && l->entry - l->used[i].ipa < l->used[i].size)
			return 0;
	}
	return load_image_err(l, -EINVAL, "entry 0x%lx is outside the image", l->entry);
}

static int place_kernel(struct vm_load *l, ipa_t ipa, u64 size)
{
	struct what w;
	int ret;

	l->kernel.ipa = ipa;
	l->kernel.size = size;
	ret = claim(l, image_what(&l->vm->cfg.kernel, &w), ipa, size);
	return ret ? ret : set_entry(l, ipa);
}

int place_linux(struct vm_load *l, const void *head, u64 file_size)
{
	const struct vm_image *img = &l->vm->cfg.kernel;
	const struct vm_mem_region *r;
	struct vm_image_linux h;
	struct vm_config_err err;

	if (vm_image_linux(head, file_size, &h, &err))
		return load_image_err(l, -EINVAL, "%s", err.text);
	/* Such a kernel would stop without a word. */
	if (h.page_kib && !(h.page_kib & vm_arch_page_sizes(l->vm)))
		return load_image_err(l, -ENOTSUP, "is built for %u KiB pages, which this CPU does not have",
				      h.page_kib);
	if (img->has_load) {
		if (!IS_ALIGNED(img->load - h.text_offset, IMAGE_ALIGN))
			return load_image_err(l, -EINVAL,
					      "load address 0x%lx: a Linux Image goes 0x%lx above a multiple of 2 MiB",
					      img->load, h.text_offset);
		return place_kernel(l, img->load, h.image_size);
	}
	r = first_ram(l->vm, h.text_offset, h.image_size);
	if (!r)
		return load_err(l, -EINVAL, "the VM has no RAM");
	return place_kernel(l, ALIGN_UP(r->ipa, IMAGE_ALIGN) + h.text_offset, h.image_size);
}

int place_flat(struct vm_load *l, u64 size)
{
	const struct vm_image *img = &l->vm->cfg.kernel;
	const struct vm_mem_region *r = first_ram(l->vm, 0, size);

	if (!img->has_load && !r)
		return load_err(l, -EINVAL, "the VM has no RAM");
	return place_kernel(l, img->has_load ? img->load : r->ipa, size);
}

int place_elf(struct vm_load *l, u64 entry)
{
	struct what w;
	ipa_t natural = entry;

	(void)image_what(&l->vm->cfg.kernel, &w);
	for (u32 i = 0; i < l->nr_segs; i++) {
		const struct vm_image_seg *s = &l->seg[i];
		int ret = claim(l, w.text, s->paddr, s->memsz);

		if (ret)
			return ret;
		if (entry >= s->vaddr && entry - s->vaddr < s->memsz)
			natural = entry - s->vaddr + s->paddr;
	}
	return set_entry(l, natural);
}

static int place_fdt(struct vm_load *l)
{
	const struct vm_image *img = &l->vm->cfg.fdt;
	int ret = 0;

	if (!img->has_load)
		ret = find_room(l, "device tree", l->fdt_max, &l->fdt_ipa);
	else if (!IS_ALIGNED(img->load, FDT_ALIGN))
		ret = load_err(l, -EINVAL, "device tree: load address 0x%lx is not a multiple of %u", img->load,
			       FDT_ALIGN);
	else
		l->fdt_ipa = img->load;
	return ret ? ret : claim(l, "device tree", l->fdt_ipa, l->fdt_max);
}

static int place_ramdisk(struct vm_load *l)
{
	const struct vm_image *img = &l->vm->cfg.ramdisk;
	ipa_t ipa = img->load, low, high;
	struct what w;
	int ret;

	if (!img->name[0])
		return 0;
	(void)image_what(img, &w);
	if (!img->has_load) {
		ret = find_room(l, w.text, img->size, &ipa);
		if (ret)
			return ret;
	}
	ret = claim(l, w.text, ipa, img->size);
	if (ret)
		return ret;
	low = ALIGN_DOWN(MIN(ipa, l->entry), INITRD_WINDOW_ALIGN);
	high = ALIGN_UP(MAX(ipa + img->size, l->kernel.ipa + l->kernel.size), INITRD_WINDOW_ALIGN);
	if (l->format == VM_IMG_LINUX && high - low > INITRD_WINDOW_MAX)
		return load_err(l, -EINVAL, "%s: 0x%lx is more than 32 GiB from the kernel at 0x%lx", w.text, ipa,
				l->kernel.ipa);
	l->ramdisk.ipa = ipa;
	l->ramdisk.size = img->size;
	return 0;
}

int place_rest(struct vm_load *l)
{
	int ret = place_fdt(l);

	return ret ? ret : place_ramdisk(l);
}
