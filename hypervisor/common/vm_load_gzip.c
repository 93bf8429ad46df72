/* SPDX-License-Identifier: BSD-3-Clause */
/* A gzip'd kernel, inflated by zlib in small slices (RFC 1951, RFC 1952). */
#include <common/vm_load_int.h>

#include <common/guest_mem.h>
#include <lib/errno.h>
#include <lib/string.h>

#ifndef Z_SOLO
#define Z_SOLO 1
#endif
#include <zlib.h>

#define GZIP_WBITS (16 + MAX_WBITS) /* gzip framing only, whole window */
#define GZIP_TRAILER 4U             /* ISIZE: length modulo 2^32, little-endian, the last bytes */
#define ARENA_ALIGN 16U

/* At the start of l->work; the rest of that buffer is zlib's heap. */
struct gzip {
	z_stream zs;
	u64 in; /* bytes of the image that zlib has taken */
	u32 heap_used;
	u8 heap[] __aligned(ARENA_ALIGN);
};

static struct gzip *gzip_of(struct vm_load *l)
{
	return (struct gzip *)(void *)l->work;
}

/* zlib allocates twice, its state and its window, and both live as long as the loader needs them. */
static voidpf heap_alloc(voidpf opaque, uInt items, uInt size)
{
	struct gzip *g = opaque;
	u64 bytes = ((u64)items * size + ARENA_ALIGN - 1) & ~(u64)(ARENA_ALIGN - 1);
	void *p = g->heap + g->heap_used;

	if (bytes > LOAD_BUF_SIZE - offsetof(struct gzip, heap) - g->heap_used)
		return NULL;
	g->heap_used += (u32)bytes;
	return p;
}

static void heap_free(voidpf opaque, voidpf p)
{
	(void)opaque;
	(void)p;
}

int gzip_begin(struct vm_load *l)
{
	struct gzip *g = gzip_of(l);

	memset(g, 0, sizeof(*g));
	g->zs.zalloc = heap_alloc;
	g->zs.zfree = heap_free;
	g->zs.opaque = g;
	if (inflateInit2(&g->zs, GZIP_WBITS) != Z_OK)
		return load_image_err(l, -ENOMEM, "no memory to decompress");
	return 0;
}

/* Length of the inflated data by the trailer; only a flat binary, which has no header, depends on it. */
static u64 trailer_size(struct vm_load *l)
{
	u8 t[GZIP_TRAILER] = { 0 };

	if (l->src.img->size >= sizeof(t))
		src_read(l, l->src.img->size - sizeof(t), t, sizeof(t));
	return (u32)t[0] | ((u32)t[1] << 8) | ((u32)t[2] << 16) | ((u32)t[3] << 24);
}

/* The first inflated bytes are in l->buf: what is it, and where does it go? */
static int place_unzipped(struct vm_load *l)
{
	struct vm_config_err err;

	if (vm_image_probe(&l->vm->cfg.kernel, l->buf, l->gzip_fill, true, &l->format, &err))
		return load_image_err(l, -EINVAL, "%s", err.text);
	l->unzipped = true;
	return l->format == VM_IMG_LINUX ? place_linux(l, l->buf, 0) : place_flat(l, trailer_size(l));
}

static int flush(struct vm_load *l)
{
	int ret;

	if (!l->unzipped) {
		ret = place_unzipped(l);
		if (ret)
			return ret;
	}
	if (l->gzip_fill > l->kernel.size - l->done)
		return load_image_err(l, -EINVAL, "decompresses to more than the 0x%lx bytes its header says",
				      l->kernel.size);
	ret = guest_write(l->vm, l->kernel.ipa + l->done, l->buf, l->gzip_fill, true);
	if (ret)
		return load_image_err(l, ret, "0x%x bytes at 0x%lx are not in the VM's memory", l->gzip_fill,
				      l->kernel.ipa + l->done);
	l->done += l->gzip_fill;
	l->gzip_fill = 0;
	return 0;
}

/* One call of inflate() from the bundle into l->buf. */
static int inflate_slice(struct vm_load *l)
{
	struct gzip *g = gzip_of(l);
	u64 n = LOAD_GZIP_SLICE;
	u32 room = LOAD_GZIP_SLICE - l->gzip_fill;
	const u8 *p;
	int z;

	if (g->in == l->src.img->size)
		return load_image_err(l, -EINVAL, "gzip data ends too early");
	p = src_map(l, g->in, &n);
	/* zlib does not write to its input; its type lacks the const without ZLIB_CONST. */
	g->zs.next_in = (z_const Bytef *)(uintptr_t)p;
	g->zs.avail_in = (uInt)n;
	g->zs.next_out = l->buf + l->gzip_fill;
	g->zs.avail_out = room;
	/* Z_TREES: return once the tables of a block are made, which is a slice of its own. */
	z = inflate(&g->zs, Z_TREES);
	src_unmap();
	g->in += n - g->zs.avail_in;
	l->gzip_fill += room - g->zs.avail_out;
	/* Z_BUF_ERROR: a block header came out of the bits that zlib had left; the next call goes on. */
	if (z != Z_OK && z != Z_STREAM_END && z != Z_BUF_ERROR)
		return load_image_err(l, -EBADMSG, "gzip data is corrupt at byte 0x%lx: %s", g->in,
				      g->zs.msg ? g->zs.msg : "zlib failed");
	l->gzip_end = z == Z_STREAM_END;
	return 0;
}

int gzip_step(struct vm_load *l)
{
	int ret = inflate_slice(l);

	if (ret)
		return ret;
	if (l->gzip_end || l->gzip_fill == LOAD_GZIP_SLICE)
		ret = flush(l);
	if (ret)
		return ret;
	return l->gzip_end ? 0 : -EAGAIN;
}
