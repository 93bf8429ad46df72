/* SPDX-License-Identifier: BSD-3-Clause */
/* Image bytes in the bundle: seen through the source window, hashed in order. */
#include <common/vm_load_int.h>

#include <asm/mmu.h>
#include <asm/page.h>
#include <common/guest_mem.h>
#include <lib/bits.h>
#include <lib/crc32.h>
#include <lib/errno.h>
#include <lib/string.h>

void src_open(struct vm_load *l, const struct vm_image *img)
{
	l->src.img = img;
	l->src.hashed = 0;
	l->src.crc = 0;
	sha256_init(&l->src.sha);
	l->done = 0;
}

const u8 *src_map(struct vm_load *l, u64 off, u64 *len)
{
	const struct vm_image *img = l->src.img;
	paddr_t pa = bundle.pa + img->offset + off;
	u64 block = BLOCK_2M_SIZE - (pa & (BLOCK_2M_SIZE - 1));

	*len = MIN(*len, MIN(img->size - off, block));
	return window_map(WINDOW_SRC, pa, true);
}

void src_unmap(void)
{
	window_unmap(WINDOW_SRC);
}

u64 src_slice(const struct vm_load *l)
{
	return l->src.img->hash_algo == VM_HASH_SHA256 ? LOAD_SHA_SLICE : LOAD_COPY_SLICE;
}

void src_hash(struct vm_load *l, u64 off, const u8 *p, u64 len)
{
	struct load_src *s = &l->src;

	if (off != s->hashed)
		return;
	if (s->img->hash_algo == VM_HASH_CRC32)
		s->crc = hazel_crc32(s->crc, p, len);
	else if (s->img->hash_algo == VM_HASH_SHA256)
		sha256_update(&s->sha, p, len);
	s->hashed += len;
}

void src_read(struct vm_load *l, u64 off, void *dst, u64 len)
{
	u8 *d = dst;

	while (len > 0) {
		u64 n = len;
		const u8 *p = src_map(l, off, &n);

		memcpy(d, p, n);
		src_unmap();
		d += n;
		off += n;
		len -= n;
	}
}

int src_copy(struct vm_load *l, u64 off, u64 end, ipa_t dst)
{
	struct load_src *s = &l->src;
	u64 n = MIN(end - off, src_slice(l));
	const u8 *p = src_map(l, off, &n);
	int ret;

	/* Where no word fits both sides, it goes byte by byte. */
	if (((uintptr_t)p ^ dst) % sizeof(u64))
		n = MIN(n, LOAD_BYTES_SLICE);
	/* Clean to PoC: the guest fetches and reads this with its caches off. */
	if (s->img->hash_algo == VM_HASH_CRC32 && off == s->hashed) {
		ret = guest_write_crc32(l->vm, dst, p, n, &s->crc);
		s->hashed += n;
	} else {
		src_hash(l, off, p, n);
		ret = guest_write(l->vm, dst, p, n, true);
	}
	src_unmap();
	if (ret)
		return load_image_err(l, ret, "0x%lx bytes at 0x%lx are not in the VM's memory", n, dst);
	return (int)n;
}

static int check_crc32(struct vm_load *l)
{
	const u8 *h = l->src.img->hash;
	u32 want = ((u32)h[0] << 24) | ((u32)h[1] << 16) | ((u32)h[2] << 8) | h[3];

	if (l->src.crc == want)
		return 0;
	return load_image_err(l, -EBADMSG, "crc32 is 0x%08x, the bundle says 0x%08x", l->src.crc, want);
}

static int check_sha256(struct vm_load *l)
{
	const u8 *want = l->src.img->hash;
	u8 h[SHA256_SIZE];

	sha256_final(&l->src.sha, h);
	if (!memcmp(h, want, sizeof(h)))
		return 0;
	return load_image_err(l, -EBADMSG, "sha256 starts with %02x%02x%02x%02x, the bundle says %02x%02x%02x%02x",
			      h[0], h[1], h[2], h[3], want[0], want[1], want[2], want[3]);
}

int src_verify(struct vm_load *l)
{
	const struct vm_image *img = l->src.img;

	if (img->hash_algo == VM_HASH_NONE)
		return 0;
	if (l->src.hashed < img->size) {
		u64 n = src_slice(l);
		u64 off = l->src.hashed;
		const u8 *p = src_map(l, off, &n);

		src_hash(l, off, p, n);
		src_unmap();
		return -EAGAIN;
	}
	return img->hash_algo == VM_HASH_CRC32 ? check_crc32(l) : check_sha256(l);
}
