/* SPDX-License-Identifier: BSD-3-Clause */
/* EL2's access to guest memory, one 2 MiB block at a time through this CPU's window. */
#include <asm/cache.h>
#include <asm/mmu.h>
#include <asm/page.h>
#include <common/guest_mem.h>
#include <common/vm.h>
#include <lib/bits.h>
#include <lib/crc32.h>
#include <lib/errno.h>
#include <lib/string.h>

int guest_mem_pa(const struct vm *vm, ipa_t ipa, paddr_t *pa, u64 *contig)
{
	for (u32 i = 0; i < vm->nr_ram; i++) {
		const struct vm_ram *ram = &vm->ram[i];
		u64 offset = ipa - ram->r.ipa, in_block = offset & (BLOCK_2M_SIZE - 1);

		if (ipa < ram->r.ipa || offset >= ram->r.size)
			continue;
		if (!ram->block) {
			*pa = ipa;
			*contig = ram->r.size - offset;
			return 0;
		}
		if (offset / BLOCK_2M_SIZE >= ram->nr_blocks)
			return -EFAULT;
		*pa = ram->block[offset / BLOCK_2M_SIZE] + in_block;
		*contig = BLOCK_2M_SIZE - in_block;
		return 0;
	}
	return -EFAULT;
}

/* Bytes of [ipa, ipa + len) that one window shows, and where they are. */
static int next_piece(const struct vm *vm, ipa_t ipa, u64 len, paddr_t *pa, u64 *n)
{
	u64 contig;
	int err = guest_mem_pa(vm, ipa, pa, &contig);

	if (err)
		return err;
	*n = MIN(MIN(len, contig), BLOCK_2M_SIZE - (*pa & (BLOCK_2M_SIZE - 1)));
	return 0;
}

/* Copied and hashed, then cleaned in a second pass. */
static u32 copy_then_clean(u32 crc, u8 *dst, const u8 *src, u64 n)
{
	if (!n)
		return crc;
	crc = hazel_crc32_copy(crc, dst, src, n);
	cache_clean_inval_poc(dst, n);
	return crc;
}

/*
 * Whole lines in one pass, where CPU and alignment allow it. What is before and behind them shares no line with them,
 * so the order makes no difference.
 */
static u32 copy_crc32(u32 crc, u8 *dst, const u8 *src, u64 n)
{
	u64 head = -(uintptr_t)dst & (CACHE_COPY_LINE - 1);
	u64 body = head < n ? ALIGN_DOWN(n - head, CACHE_COPY_ROUND) : 0;

	if (!body || !crc32_is_hw() || cache_line_size() != CACHE_COPY_LINE ||
	    !IS_ALIGNED((uintptr_t)src + head, sizeof(u64)))
		return copy_then_clean(crc, dst, src, n);
	crc = copy_then_clean(crc, dst, src, head);
	crc = ~cache_copy_crc32(~crc, dst + head, src + head, body);
	head += body;
	return copy_then_clean(crc, dst + head, src + head, n - head);
}

static void zero(u8 *dst, u64 n, bool clean)
{
	if (!IS_ALIGNED((uintptr_t)dst | n, PAGE_SIZE)) {
		memset(dst, 0, n);
		if (clean)
			cache_clean_inval_poc(dst, n);
	} else if (clean) {
		cache_zero_clean_pages(dst, n);
	} else {
		cache_zero_pages(dst, n);
	}
}

/*
 * @src NULL: zeros. @crc, if not NULL, goes on over what is copied, which is always cleaned then. Invalidated too: what
 * the guest writes past the caches must not hide behind a line left here.
 */
static int fill(struct vm *vm, ipa_t ipa, const u8 *src, u64 len, bool clean, u32 *crc)
{
	for (u64 n; len; ipa += n, len -= n) {
		paddr_t pa;
		u8 *dst;
		int err = next_piece(vm, ipa, len, &pa, &n);

		if (err)
			return err;
		dst = window_map(WINDOW_DST, pa, false);
		if (!src) {
			zero(dst, n, clean);
		} else if (crc) {
			*crc = copy_crc32(*crc, dst, src, n);
		} else {
			memcpy(dst, src, n);
			if (clean)
				cache_clean_inval_poc(dst, n);
		}
		if (src)
			src += n;
		window_unmap(WINDOW_DST);
	}
	return 0;
}

int guest_write(struct vm *vm, ipa_t ipa, const void *src, u64 len, bool clean)
{
	return fill(vm, ipa, src, len, clean, NULL);
}

int guest_write_crc32(struct vm *vm, ipa_t ipa, const void *src, u64 len, u32 *crc)
{
	return fill(vm, ipa, src, len, true, crc);
}

int guest_zero(struct vm *vm, ipa_t ipa, u64 len, bool clean)
{
	return fill(vm, ipa, NULL, len, clean, NULL);
}

/* The destination slot, so that a caller may hold the source slot meanwhile. */
int guest_read(struct vm *vm, ipa_t ipa, void *dst, u64 len)
{
	u8 *d = dst;

	for (u64 n; len; ipa += n, d += n, len -= n) {
		paddr_t pa;
		int err = next_piece(vm, ipa, len, &pa, &n);

		if (err)
			return err;
		memcpy(d, window_map(WINDOW_DST, pa, true), n);
		window_unmap(WINDOW_DST);
	}
	return 0;
}
