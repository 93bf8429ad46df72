/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The checksums that zlib's inflate() calls, in place of zlib's own: these share the CRC-32 of lib/crc32.c with its
 * instructions, and no second set of tables is in the image.
 */
#ifndef Z_SOLO
#define Z_SOLO 1
#endif
#include <zlib.h>

#include <lib/crc32.h>

uLong crc32(uLong crc, const Bytef *buf, uInt len)
{
	return buf ? hazel_crc32((u32)crc, buf, len) : 0;
}

/* Of zlib's own framing. Only gzip's is asked for (vm_load_gzip.c), so that inflate() has no use for it. */
uLong adler32(uLong adler, const Bytef *buf, uInt len)
{
	(void)buf;
	(void)len;
	return adler;
}
