/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a kernel image is: arm64 Linux Image (Documentation/arch/arm64/booting.rst), ELF64 (ELF for the Arm 64-bit
 * Architecture), gzip (RFC 1952) or flat. Pure functions over bytes, also part of tools/hvcheck.
 */
#ifndef COMMON_VM_CONFIG_KERNEL_H
#define COMMON_VM_CONFIG_KERNEL_H

#include <common/vm_config.h>
#include <lib/types.h>

#define VM_IMAGE_HEAD 64U /* bytes that identify an image */
#define VM_ELF_PHDR_SIZE 56U

/* Header of an arm64 Linux Image. */
struct vm_image_linux {
	u64 text_offset; /* from a 2 MiB boundary; below 2 MiB */
	u64 image_size;  /* memory it needs from its first byte, bss included */
	u32 page_kib;    /* page size it was built for: 4, 16 or 64; 0 = it does not say */
};

struct vm_image_elf {
	u64 entry; /* virtual */
	u64 phoff; /* file offset of the program headers, in bounds */
	u32 phnum;
};

/* A loadable segment; the file range is in bounds and filesz <= memsz. */
struct vm_image_seg {
	bool load; /* PT_LOAD with memsz > 0 */
	u64 offset;
	u64 vaddr;
	u64 paddr;
	u64 filesz;
	u64 memsz;
};

/**
 * vm_image_probe() - decide the format of kernel image @img from its first @len bytes at @head (VM_IMAGE_HEAD, or all
 * of it).
 * @unzipped: @head is what came out of gzip. Return: 0 with *@fmt LINUX, GZIP, ELF or FLAT; -EINVAL with @err (without
 * the image's name) for anything that arm64 cannot run.
 */
int __must_check vm_image_probe(const struct vm_image *img, const void *head, u64 len, bool unzipped,
				enum vm_image_format *fmt, struct vm_config_err *err);

/*
 * vm_image_linux() - read the header of a LINUX image of @file_size bytes (0 = not known). @head: VM_IMAGE_HEAD bytes.
 */
int __must_check vm_image_linux(const void *head, u64 file_size, struct vm_image_linux *out, struct vm_config_err *err);

/* vm_image_elf() - read the header of an ELF image of @file_size bytes. @head: VM_IMAGE_HEAD bytes. */
int __must_check vm_image_elf(const void *head, u64 file_size, struct vm_image_elf *out, struct vm_config_err *err);

/* vm_image_elf_seg() - decode program header @index, VM_ELF_PHDR_SIZE bytes at @phdr. */
int __must_check vm_image_elf_seg(const void *phdr, u32 index, u64 file_size, struct vm_image_seg *out,
				  struct vm_config_err *err);

#endif
