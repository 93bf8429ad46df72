/* SPDX-License-Identifier: BSD-3-Clause */
/* Kernel image formats: recognise and check headers. All header fields are untrusted. */
#include <common/vm_config_kernel.h>

#include <common/vm_config_prop.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/string.h>

/* arm64 Image header (booting.rst), little-endian */
#define IMAGE_TEXT_OFFSET 8U
#define IMAGE_SIZE 16U
#define IMAGE_FLAGS 24U
#define IMAGE_MAGIC 56U
#define IMAGE_MAGIC_VALUE 0x644d5241U /* "ARM\x64" */
#define IMAGE_FLAG_BE BIT(0)
#define IMAGE_FLAG_PAGES GENMASK(2, 1)
#define IMAGE_BASE_ALIGN MIB(2)
#define IMAGE_TEXT_ALIGN KIB(4)

/* Linux EFI zboot: a PE program that unpacks the kernel itself */
#define ZBOOT_MAGIC 4U

/* ELF64 header and program header offsets */
#define ELF_CLASS 4U
#define ELF_CLASS_64 2U
#define ELF_DATA 5U
#define ELF_DATA_LSB 1U
#define ELF_MACHINE 18U
#define ELF_MACHINE_32BIT_X86 3U
#define ELF_MACHINE_ARM 40U
#define ELF_MACHINE_X86_64 62U
#define ELF_MACHINE_AARCH64 183U
#define ELF_MACHINE_RISCV 243U
#define ELF_ENTRY 24U
#define ELF_PHOFF 32U
#define ELF_PHENTSIZE 54U
#define ELF_PHNUM 56U
#define ELF_PHNUM_MAX 64U
#define PHDR_TYPE 0U
#define PHDR_TYPE_LOAD 1U
#define PHDR_OFFSET 8U
#define PHDR_VADDR 16U
#define PHDR_PADDR 24U
#define PHDR_FILESZ 32U
#define PHDR_MEMSZ 40U

/* Little-endian number of @size bytes at byte @off, unaligned. */
static u64 get_le(const void *p, u32 off, u32 size)
{
	const u8 *b = (const u8 *)p + off;
	u64 v = 0;

	for (u32 i = size; i > 0; i--)
		v = (v << 8) | b[i - 1];
	return v;
}

static u32 le16(const void *p, u32 off)
{
	return (u32)get_le(p, off, 2);
}

static u32 le32(const void *p, u32 off)
{
	return (u32)get_le(p, off, 4);
}

static u64 le64(const void *p, u32 off)
{
	return get_le(p, off, 8);
}

static const char *machine_name(u32 machine)
{
	switch (machine) {
	case ELF_MACHINE_32BIT_X86:
		return "x86";
	case ELF_MACHINE_ARM:
		return "32-bit Arm";
	case ELF_MACHINE_X86_64:
		return "x86-64";
	case ELF_MACHINE_RISCV:
		return "RISC-V";
	default:
		return "another architecture";
	}
}

static int not_a_kernel(const void *head, u64 len, struct vm_config_err *err)
{
	u32 magic = len >= IMAGE_MAGIC + 4U ? le32(head, IMAGE_MAGIC) : 0;

	if (len >= ZBOOT_MAGIC + 4U && !memcmp(head, "MZ", 2) && !memcmp((const u8 *)head + ZBOOT_MAGIC, "zimg", 4))
		return cfg_err(err, -EINVAL, "is an EFI zboot image; give the Image inside it, or that with gzip");
	return cfg_err(err, -EINVAL,
		       "is not for arm64: no Linux Image (magic 0x%08x at byte 56, want 0x%08x), no ELF, no gzip; "
		       "a flat binary needs type = \"standalone\"",
		       magic, IMAGE_MAGIC_VALUE);
}

int vm_image_probe(const struct vm_image *img, const void *head, u64 len, bool unzipped, enum vm_image_format *fmt,
		   struct vm_config_err *err)
{
	const u8 *b = head;
	bool flat = img->format == VM_IMG_FLAT;
	bool gzip = len >= 2 && b[0] == 0x1f && b[1] == 0x8b;

	if (img->gzip && !unzipped && !gzip)
		return cfg_err(err, -EINVAL, "compression is \"gzip\", but the data is not gzip");
	if (gzip && !unzipped && (img->gzip || !flat)) {
		*fmt = VM_IMG_GZIP;
		return 0;
	}
	if (len >= 4 && !memcmp(head, "\177ELF", 4)) {
		*fmt = VM_IMG_ELF;
		if (unzipped)
			return cfg_err(err, -EINVAL, "is an ELF inside gzip; only a Linux Image or flat binary may be");
		return 0;
	}
	*fmt = flat ? VM_IMG_FLAT : VM_IMG_LINUX;
	if (flat)
		return 0;
	if (len < VM_IMAGE_HEAD || le32(head, IMAGE_MAGIC) != IMAGE_MAGIC_VALUE)
		return not_a_kernel(head, len, err);
	return 0;
}

int vm_image_linux(const void *head, u64 file_size, struct vm_image_linux *out, struct vm_config_err *err)
{
	static const u8 page_kib[] = { 0, 4, 16, 64 };

	out->text_offset = le64(head, IMAGE_TEXT_OFFSET);
	out->image_size = le64(head, IMAGE_SIZE);
	out->page_kib = page_kib[FIELD_GET(IMAGE_FLAG_PAGES, le64(head, IMAGE_FLAGS))];
	if (le64(head, IMAGE_FLAGS) & IMAGE_FLAG_BE)
		return cfg_err(err, -EINVAL, "is a big-endian Linux Image; only little-endian ones are supported");
	if (out->image_size == 0)
		return cfg_err(err, -EINVAL, "is a Linux Image without image_size (before 3.17); not supported");
	if (out->image_size > CFG_IPA_END)
		return cfg_err(err, -EINVAL, "Linux Image header: image_size 0x%lx is too large", out->image_size);
	if (out->image_size < file_size)
		return cfg_err(err, -EINVAL, "Linux Image header: image_size 0x%lx is less than the file's 0x%lx bytes",
			       out->image_size, file_size);
	if (out->text_offset >= IMAGE_BASE_ALIGN || !IS_ALIGNED(out->text_offset, IMAGE_TEXT_ALIGN))
		return cfg_err(err, -EINVAL,
			       "Linux Image header: text_offset 0x%lx is not a multiple of 4 KiB below 2 MiB",
			       out->text_offset);
	return 0;
}

int vm_image_elf(const void *head, u64 file_size, struct vm_image_elf *out, struct vm_config_err *err)
{
	const u8 *b = head;
	u32 machine;

	if (file_size < VM_IMAGE_HEAD)
		return cfg_err(err, -EINVAL, "ELF header is cut off");
	machine = le16(head, ELF_MACHINE);
	if (b[ELF_DATA] != ELF_DATA_LSB)
		return cfg_err(err, -EINVAL, "big-endian ELF; only little-endian ones are supported");
	if (machine != ELF_MACHINE_AARCH64)
		return cfg_err(err, -EINVAL, "ELF for machine %u (%s), need %u (AArch64)", machine,
			       machine_name(machine), ELF_MACHINE_AARCH64);
	if (b[ELF_CLASS] != ELF_CLASS_64)
		return cfg_err(err, -EINVAL, "32-bit ELF, need a 64-bit one");
	out->entry = le64(head, ELF_ENTRY);
	out->phoff = le64(head, ELF_PHOFF);
	out->phnum = le16(head, ELF_PHNUM);
	if (out->phnum == 0 || out->phnum > ELF_PHNUM_MAX || le16(head, ELF_PHENTSIZE) != VM_ELF_PHDR_SIZE)
		return cfg_err(err, -EINVAL, "ELF has %u program headers of %u bytes; must be 1 to %u of %u",
			       out->phnum, le16(head, ELF_PHENTSIZE), ELF_PHNUM_MAX, VM_ELF_PHDR_SIZE);
	if (out->phoff > file_size || (u64)out->phnum * VM_ELF_PHDR_SIZE > file_size - out->phoff)
		return cfg_err(err, -EINVAL, "ELF program headers at 0x%lx are beyond its 0x%lx bytes", out->phoff,
			       file_size);
	return 0;
}

int vm_image_elf_seg(const void *phdr, u32 index, u64 file_size, struct vm_image_seg *out, struct vm_config_err *err)
{
	out->offset = le64(phdr, PHDR_OFFSET);
	out->vaddr = le64(phdr, PHDR_VADDR);
	out->paddr = le64(phdr, PHDR_PADDR);
	out->filesz = le64(phdr, PHDR_FILESZ);
	out->memsz = le64(phdr, PHDR_MEMSZ);
	out->load = le32(phdr, PHDR_TYPE) == PHDR_TYPE_LOAD && out->memsz > 0;
	if (!out->load)
		return 0;
	if (out->filesz > out->memsz || out->offset > file_size || out->filesz > file_size - out->offset)
		return cfg_err(err, -EINVAL, "ELF segment %u: file offset 0x%lx, size 0x%lx is beyond its 0x%lx bytes",
			       index, out->offset, out->filesz, file_size);
	if (out->paddr >= CFG_IPA_END || out->memsz > CFG_IPA_END - out->paddr)
		return cfg_err(err, -EINVAL, "ELF segment %u: address 0x%lx, size 0x%lx ends beyond 0x%lx", index,
			       out->paddr, out->memsz, CFG_IPA_END);
	return 0;
}
