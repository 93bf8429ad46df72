/* SPDX-License-Identifier: BSD-3-Clause */
/* Internal to vm_load*.c: the loader's state. All of it is in el2_pool and used by one pCPU at a time. */
#ifndef COMMON_VM_LOAD_INT_H
#define COMMON_VM_LOAD_INT_H

#include <common/fdt_guest.h>
#include <common/vm.h>
#include <common/vm_config_kernel.h>
#include <common/vm_load.h>
#include <lib/sha256.h>
#include <lib/types.h>

/*
 * Bytes a step works on, so that it stays well below CONFIG_EL2_MAX_MASKED instructions. Counted in QEMU: zeroing and
 * cleaning 6.5k for 128 KiB (16k where DC ZVA is not allowed), copying with CRC32X and cleaning 9k for 32 KiB (12k
 * where a line has not 64 bytes), 7 a byte where no word fits, sha256 55 a byte, inflate 30 a byte, and up to 35k for
 * the tables of a block.
 */
#define LOAD_ZERO_SLICE VM_LOAD_SLICE
#define LOAD_COPY_SLICE (32U << 10)
#define LOAD_BYTES_SLICE (2U << 10)
#define LOAD_SHA_SLICE 128U
#define LOAD_GZIP_SLICE (1U << 10)

#define LOAD_BUF_SIZE FDT_GUEST_MAX /* each of the two buffers, at least */
#define LOAD_SEG_MAX 16U            /* loadable ELF segments */
#define LOAD_USED_MAX (LOAD_SEG_MAX + 2U)

/* An image that is read from the bundle, hashed front to back on the way. */
struct load_src {
	const struct vm_image *img;
	u64 hashed; /* bytes, from the start */
	u32 crc;
	struct sha256 sha;
};

struct load_range {
	ipa_t ipa;
	u64 size;
};

struct vm_load {
	struct vm *vm;
	struct vm_config_err *err; /* of the step that runs */
	u32 phase;
	u32 zero_region;
	u64 zero_done;
	struct load_src src;
	u64 done; /* bytes of the present image or segment that are in guest memory */
	enum vm_image_format format;
	bool unzipped;
	struct load_range kernel; /* LINUX and FLAT: where the file goes; size is what it occupies */
	struct load_range ramdisk;
	ipa_t fdt_ipa;
	ipa_t entry;
	u32 nr_segs;
	u32 seg_now;
	struct vm_image_seg seg[LOAD_SEG_MAX];
	u32 nr_used;
	struct load_range used[LOAD_USED_MAX]; /* guest memory that is spoken for */
	u32 gzip_fill;                         /* bytes in @buf that are not written yet */
	bool gzip_end;
	u32 fdt_max; /* bytes that the guest's DTB may have */
	u8 *buf;     /* fdt_max: inflated bytes, then the guest's DTB */
	u8 *work;    /* fdt_max: zlib's memory, then the user's DTB */
};

/* load_err() - set the step's message after "vmN 'name': "; load_image_err() - after "vmN 'name': image NAME: ". */
int load_err(struct vm_load *l, int code, const char *fmt, ...) __printf(3, 4);
int load_image_err(struct vm_load *l, int code, const char *fmt, ...) __printf(3, 4);

/* vm_load_src.c */

/* src_open() - read @img from its start. */
void src_open(struct vm_load *l, const struct vm_image *img);
/**
 * src_map() - view of the image from byte @off, at most *@len bytes; *@len is set to what follows in the same 2 MiB
 * block. Valid until src_unmap(). @off is below the image's size.
 */
const u8 *src_map(struct vm_load *l, u64 off, u64 *len);
void src_unmap(void);
/* src_hash() - continue the hash with bytes [@off, @off + @len) at @p, if they are the next ones to hash. */
void src_hash(struct vm_load *l, u64 off, const u8 *p, u64 len);
/* src_slice() - bytes that one step may hash and copy. */
u64 src_slice(const struct vm_load *l);
/* src_read() - copy @len bytes at @off to EL2 memory. The range is inside the image. */
void src_read(struct vm_load *l, u64 off, void *dst, u64 len);
/* src_copy() - one slice of image bytes [@off, @end) to guest memory at @dst, hashed. Return: bytes or an error. */
int __must_check src_copy(struct vm_load *l, u64 off, u64 end, ipa_t dst);
/* src_verify() - one slice of hashing what is left. Return: -EAGAIN, 0 when all is there and right, -EBADMSG. */
int __must_check src_verify(struct vm_load *l);

/* vm_load_place.c */

/* place_linux() - where a Linux Image goes, from its header at @head. @file_size: 0 when not known yet. */
int __must_check place_linux(struct vm_load *l, const void *head, u64 file_size);
/* place_flat() - where a flat binary of @size bytes goes. */
int __must_check place_flat(struct vm_load *l, u64 size);
/* place_elf() - check the segments in l->seg and find the entry; @entry is virtual. */
int __must_check place_elf(struct vm_load *l, u64 entry);
/* place_rest() - DTB and ramdisk, once the kernel has its place. */
int __must_check place_rest(struct vm_load *l);

/* vm_load_kernel.c: steps. Return: -EAGAIN for more of the same, 0 when done, or an error. */

/* kernel_probe() - format and, where the header tells, place. */
int __must_check kernel_probe(struct vm_load *l);
/* kernel_copy() - LINUX and FLAT. kernel_elf(): ELF, after src_verify(). */
int __must_check kernel_copy(struct vm_load *l);
int __must_check kernel_elf(struct vm_load *l);

/* vm_load_gzip.c */

int __must_check gzip_begin(struct vm_load *l);
/* gzip_step() - inflate a slice into guest memory; decides format and place when the header is out. */
int __must_check gzip_step(struct vm_load *l);

#endif
