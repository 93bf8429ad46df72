/* SPDX-License-Identifier: BSD-3-Clause */
/* Loading a VM: look at its kernel, zero its memory, bring in kernel and ramdisk, write its DTB. One slice a call. */
#include <common/vm_load.h>

#include <asm/page.h>
#include <common/fdt_guest.h>
#include <common/guest_mem.h>
#include <common/page_alloc.h>
#include <common/vm_load_int.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

#define LOADER_PAGES (ALIGN_UP(sizeof(struct vm_load), PAGE_SIZE) / PAGE_SIZE)

struct bundle bundle;

enum load_phase {
	LOAD_PROBE,
	LOAD_ZERO,
	LOAD_VERIFY_FIRST, /* an ELF is read out of order, a gzip unpacked: hashed before they are used */
	LOAD_KERNEL,
	LOAD_VERIFY_KERNEL,
	LOAD_PLACE,
	LOAD_RAMDISK,
	LOAD_VERIFY_RAMDISK,
	LOAD_READ_FDT,
	LOAD_VERIFY_FDT,
	LOAD_BUILD_FDT,
	LOAD_DONE,
	LOAD_FAILED,
};

static int verr(struct vm_load *l, int code, const char *what, const char *fmt, va_list ap)
{
	char *text = l->err->text;
	size_t size = sizeof(l->err->text);
	int len = snprintf(text, size, "vm%u '%s': %s%s%s", l->vm->id, l->vm->cfg.name, what ? "image " : "",
			   what ? what : "", what ? ": " : "");

	if (len >= 0 && (size_t)len < size)
		(void)vsnprintf(text + len, size - (size_t)len, fmt, ap);
	return code;
}

int load_err(struct vm_load *l, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)verr(l, code, NULL, fmt, ap);
	va_end(ap);
	return code;
}

int load_image_err(struct vm_load *l, int code, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)verr(l, code, l->src.img->name, fmt, ap);
	va_end(ap);
	return code;
}

/*
 * Pages that kernel_copy() overwrites from the first to the last byte: none when the kernel is unpacked or comes in
 * segments. Nobody sees them before: if the kernel turns out to be wrong, the VM does not start, and all of its memory
 * is wiped when it stops.
 */
static struct load_range not_zeroed(const struct vm_load *l)
{
	ipa_t from = ALIGN_UP(l->kernel.ipa, PAGE_SIZE);
	ipa_t to = ALIGN_DOWN(l->kernel.ipa + l->src.img->size, PAGE_SIZE);

	if ((l->format != VM_IMG_LINUX && l->format != VM_IMG_FLAT) || to <= from)
		return (struct load_range){ 0, 0 };
	return (struct load_range){ from, to - from };
}

/*
 * All RAM and ROM, so that no VM sees what another one left there. Cleaned to PoC throughout: a dirty zero evicted
 * later would overwrite what the guest has written with its caches off.
 */
static int zero_step(struct vm_load *l)
{
	const struct load_range skip = not_zeroed(l);
	const struct vm_mem_region *r;
	ipa_t ipa;
	u64 n;
	int ret;

	if (l->zero_region == l->vm->nr_ram)
		return 0;
	r = &l->vm->ram[l->zero_region].r;
	ipa = r->ipa + l->zero_done;
	if (skip.size && ipa == skip.ipa) {
		n = skip.size;
	} else {
		n = MIN(r->size - l->zero_done, (u64)LOAD_ZERO_SLICE);
		if (ipa < skip.ipa)
			n = MIN(n, skip.ipa - ipa);
		ret = guest_zero(l->vm, ipa, n, true);
		if (ret)
			return load_err(l, ret, "memory at 0x%lx cannot be zeroed", ipa);
	}
	l->zero_done += n;
	if (l->zero_done == r->size) {
		l->zero_done = 0;
		l->zero_region++;
	}
	return -EAGAIN;
}

static int verify_first(struct vm_load *l)
{
	return l->format == VM_IMG_ELF || l->format == VM_IMG_GZIP ? src_verify(l) : 0;
}

static int kernel_step(struct vm_load *l)
{
	if (l->format == VM_IMG_ELF)
		return kernel_elf(l);
	/* l->format becomes what is inside the gzip on the way, so ask for the state of that. */
	if (l->format == VM_IMG_GZIP || l->unzipped)
		return gzip_step(l);
	return kernel_copy(l);
}

static int verify_kernel(struct vm_load *l)
{
	return l->format == VM_IMG_ELF || l->unzipped ? 0 : src_verify(l);
}

static int ramdisk_step(struct vm_load *l)
{
	int n;

	if (l->ramdisk.size == 0)
		return 0;
	if (l->src.img != &l->vm->cfg.ramdisk)
		src_open(l, &l->vm->cfg.ramdisk);
	n = src_copy(l, l->done, l->ramdisk.size, l->ramdisk.ipa + l->done);
	if (n < 0)
		return n;
	l->done += (u64)n;
	return l->done < l->ramdisk.size ? -EAGAIN : 0;
}

static int verify_ramdisk(struct vm_load *l)
{
	return l->ramdisk.size == 0 ? 0 : src_verify(l);
}

/* The user's DTB, to l->work: libfdt wants it in one piece. */
static int read_fdt_step(struct vm_load *l)
{
	const struct vm_image *img = &l->vm->cfg.fdt;
	u64 n;
	const u8 *p;

	if (!img->name[0])
		return 0;
	if (l->src.img != img)
		src_open(l, img);
	if (img->size > l->fdt_max)
		return load_image_err(l, -ENOSPC, "device tree of 0x%lx bytes, at most 0x%x", img->size, l->fdt_max);
	n = src_slice(l);
	p = src_map(l, l->done, &n);
	src_hash(l, l->done, p, n);
	memcpy(l->work + l->done, p, n);
	src_unmap();
	l->done += n;
	return l->done < img->size ? -EAGAIN : 0;
}

static int verify_fdt(struct vm_load *l)
{
	return l->vm->cfg.fdt.name[0] ? src_verify(l) : 0;
}

/* Without memory for it, it is built again next time. */
static void keep_fdt(struct vm *vm, const struct vm_load *l)
{
	u32 size = fdt_totalsize((const void *)l->buf);

	vm_drop_fdt(vm);
	vm->fdt = el2_alloc(ALIGN_UP((u64)size, PAGE_SIZE) / PAGE_SIZE);
	if (!vm->fdt)
		return;
	(void)memcpy(vm->fdt, l->buf, size);
	vm->fdt_size = size;
	vm->fdt_initrd_ipa = l->ramdisk.ipa;
	vm->fdt_initrd_size = l->ramdisk.size;
}

void vm_drop_fdt(struct vm *vm)
{
	el2_free(vm->fdt, ALIGN_UP((u64)vm->fdt_size, PAGE_SIZE) / PAGE_SIZE);
	vm->fdt = NULL;
	vm->fdt_size = 0;
}

static int build_fdt(struct vm_load *l)
{
	const struct vm_image *img = &l->vm->cfg.fdt;
	const void *base = img->name[0] ? l->work : NULL;
	struct vm_config_err err = { "" };
	struct vm *vm = l->vm;
	void *fdt;
	int ret = 0;

	/* A restart has the same device tree, but for its random seeds: building one takes long. */
	if (!vm->fdt || vm->fdt_initrd_ipa != l->ramdisk.ipa || vm->fdt_initrd_size != l->ramdisk.size) {
		ret = fdt_guest_build(vm, base, base ? img->size : 0, l->ramdisk.ipa, l->ramdisk.size, l->buf,
				      l->fdt_max, &err);
		if (ret)
			return load_err(l, ret, "device tree: %s", err.text);
		keep_fdt(vm, l);
	}
	fdt = vm->fdt ? vm->fdt : l->buf;
	fdt_guest_seed(vm, fdt);
	ret = guest_write(vm, l->fdt_ipa, fdt, fdt_totalsize(fdt), true);
	fdt_guest_unseed(vm, fdt);
	if (ret)
		return load_err(l, ret, "device tree: 0x%lx is not in the VM's memory", l->fdt_ipa);
	return 0;
}

struct vm_load *vm_load_begin(struct vm *vm)
{
	struct vm_load *l = el2_alloc(LOADER_PAGES);

	if (!l)
		return NULL;
	l->vm = vm;
	l->phase = LOAD_PROBE;
	l->src.img = &vm->cfg.kernel;
	l->fdt_max = vm->cfg.rest ? FDT_GUEST_MAX_HOST : FDT_GUEST_MAX;
	l->buf = el2_alloc(l->fdt_max / PAGE_SIZE);
	l->work = el2_alloc(l->fdt_max / PAGE_SIZE);
	if (l->buf && l->work)
		return l;
	vm_load_end(l);
	return NULL;
}

int vm_load_step(struct vm_load *l, struct vm_entry *entry, struct vm_config_err *err)
{
	static int (*const step[LOAD_DONE])(struct vm_load *) = {
		[LOAD_PROBE] = kernel_probe,          [LOAD_ZERO] = zero_step,
		[LOAD_VERIFY_FIRST] = verify_first,   [LOAD_KERNEL] = kernel_step,
		[LOAD_VERIFY_KERNEL] = verify_kernel, [LOAD_PLACE] = place_rest,
		[LOAD_RAMDISK] = ramdisk_step,        [LOAD_VERIFY_RAMDISK] = verify_ramdisk,
		[LOAD_READ_FDT] = read_fdt_step,      [LOAD_VERIFY_FDT] = verify_fdt,
		[LOAD_BUILD_FDT] = build_fdt,
	};
	int ret;

	l->err = err;
	if (l->phase == LOAD_FAILED)
		return load_err(l, -EINVAL, "loading has failed before");
	if (l->phase < LOAD_DONE) {
		ret = step[l->phase](l);
		if (ret == 0)
			l->phase++;
		else if (ret != -EAGAIN)
			l->phase = LOAD_FAILED;
		if (ret || l->phase < LOAD_DONE)
			return ret ? ret : -EAGAIN;
	}
	entry->pc = l->entry;
	entry->x0 = l->fdt_ipa;
	return 0;
}

void vm_load_end(struct vm_load *l)
{
	if (l->work)
		el2_free(l->work, l->fdt_max / PAGE_SIZE);
	if (l->buf)
		el2_free(l->buf, l->fdt_max / PAGE_SIZE);
	el2_free(l, LOADER_PAGES);
}
