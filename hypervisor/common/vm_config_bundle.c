/* SPDX-License-Identifier: BSD-3-Clause */
/* The bundle's container: a FIT, perhaps behind the 64-byte header that U-Boot wants on a ramdisk. */
#include <common/vm_config.h>

#include <common/vm_config_prop.h>
#include <lib/crc32.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <libfdt.h>

/* U-Boot's legacy image header, big-endian 32-bit words */
#define LEGACY_SIZE 64U
#define LEGACY_MAGIC_VALUE 0x27051956U
#define LEGACY_MAGIC 0U
#define LEGACY_HCRC 1U
#define LEGACY_DATA_SIZE 3U

#define FIT_HEADER_SIZE ((u64)sizeof(struct fdt_header))

static u32 be32(const void *p, u32 word)
{
	return fdt32_ld((const fdt32_t *)p + word);
}

/* Check the legacy header at @data. Return: 0 with the size of what follows it, or -EINVAL with @err. */
static int open_legacy(const void *data, u64 readable, u64 size, u64 *inner, struct vm_config_err *err)
{
	u8 header[LEGACY_SIZE];
	u32 crc;

	if (readable < LEGACY_SIZE)
		return cfg_err(err, -EINVAL, "bundle: truncated: %lu bytes, less than its ramdisk header", size);
	memcpy(header, data, sizeof(header));
	memset(header + LEGACY_HCRC * sizeof(u32), 0, sizeof(u32));
	crc = hazel_crc32(0, header, sizeof(header));
	if (crc != be32(data, LEGACY_HCRC))
		return cfg_err(err, -EINVAL, "bundle: ramdisk header: crc32 is 0x%08x, the header says 0x%08x", crc,
			       be32(data, LEGACY_HCRC));
	*inner = be32(data, LEGACY_DATA_SIZE);
	if (*inner > size - LEGACY_SIZE)
		return cfg_err(err, -EINVAL, "bundle: truncated: its ramdisk header says %lu bytes, only %lu are there",
			       *inner, size - LEGACY_SIZE);
	return 0;
}

int bundle_open(const void *data, u64 readable, u64 size, const void **fit, u64 *fit_size, struct vm_config_err *err)
{
	u64 inner = size;
	const void *p = data;
	u32 total;
	int ret;

	readable = MIN(readable, size);
	if (readable >= sizeof(u32) && be32(data, LEGACY_MAGIC) == LEGACY_MAGIC_VALUE) {
		ret = open_legacy(data, readable, size, &inner, err);
		if (ret)
			return ret;
		p = (const u8 *)data + LEGACY_SIZE;
		readable -= LEGACY_SIZE;
		readable = MIN(readable, inner);
	}
	if (readable >= sizeof(u32) && be32(p, 0) != FDT_MAGIC)
		return cfg_err(err, -EINVAL, "bundle: not a FIT: magic 0x%08x, must be 0x%08x", be32(p, 0), FDT_MAGIC);
	if (readable < FIT_HEADER_SIZE)
		return cfg_err(err, -EINVAL, "bundle: truncated: %lu bytes, less than a FIT header", inner);
	total = fdt_totalsize(p);
	if (total > inner)
		return cfg_err(err, -EINVAL, "bundle: truncated: the FIT says %u bytes, only %lu are there", total,
			       inner);
	if (total > readable)
		return cfg_err(err, -EINVAL,
			       "bundle: its device tree has %u bytes, at most %lu can be read; pack it with "
			       "mkimage -E so that images are outside it",
			       total, readable);
	ret = fdt_check_full(p, (size_t)readable);
	if (ret)
		return cfg_err(err, -EINVAL, "bundle: the FIT is corrupt: %s", fdt_strerror(ret));
	*fit = p;
	*fit_size = inner;
	return 0;
}
