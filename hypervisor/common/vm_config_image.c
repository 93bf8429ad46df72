/* SPDX-License-Identifier: BSD-3-Clause */
/* Images of the bundle: /images nodes of a FIT, with their data, hash and addresses. */
#include <common/fdt_scan.h>
#include <common/vm_config.h>

#include <common/vm_config_prop.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

#define IMAGES_PATH "/images"
#define IMAGE_PATH_MAX (sizeof(IMAGES_PATH "/") + VM_NAME_MAX)
#define HASH_PREFIX "hash"
#define FIT_DATA_ALIGN 4U /* external data starts at the FDT's end, rounded up to this */

/* What a VM property may name. */
struct image_use {
	const char *prop;
	const char *load_prop;
	const char *fallback; /* image taken when the property is absent, or NULL for none */
	const char *types[3]; /* FIT types it may have; the first is the default */
};

static const struct image_use kernel_use = {
	"kernel", "kernel-load", "kernel", { "kernel", "standalone", "firmware" }
};
static const struct image_use ramdisk_use = { "ramdisk", "ramdisk-load", NULL, { "ramdisk" } };
static const struct image_use fdt_use = { "fdt", "fdt-load", NULL, { "flat_dt" } };

/* Index = enum vm_hash_algo - VM_HASH_CRC32 */
static const char *const hash_algos[] = { "crc32", "sha256" };
static const u32 hash_sizes[] = { 4, 32 };

static int no_such_image(const struct cfg_ctx *vm, const struct image_use *use, const char *name, int images)
{
	char list[VM_CONFIG_ERR_MAX / 2] = "";

	fdt_scan_for_each_child (node, vm->fit, images) {
		size_t len = strlen(list);

		(void)snprintf(list + len, sizeof(list) - len, "%s\"%s\"", len ? ", " : "",
			       fdt_scan_name(vm->fit, node));
	}
	return cfg_err(vm->err, -ENOENT, "%s: %s: no image \"%.32s\" in " IMAGES_PATH "; there is: %s", vm->path,
		       use->prop, name, list);
}

/*
 * The image node that VM node @vm names. Return: 0 with c->node and img->name; img->name stays "" when none is wanted.
 */
static int find_image(const struct cfg_ctx *vm, const struct image_use *use, struct cfg_ctx *c, struct vm_image *img)
{
	const char *name = use->fallback;
	int images = fdt_scan_child(vm->fit, 0, &IMAGES_PATH[1], sizeof(IMAGES_PATH) - 2);
	int ret = cfg_str(vm, use->prop, &name);

	if (ret == -EINVAL)
		return ret;
	if (!name)
		return 0;
	if (images < 0)
		return cfg_err(vm->err, -ENOENT, IMAGES_PATH ": no such node in the bundle");
	c->node = fdt_scan_child(vm->fit, images, name, (u32)strlen(name));
	if (c->node < 0)
		return no_such_image(vm, use, name, images);
	if (!cfg_name_ok(name))
		return cfg_err(vm->err, -EINVAL,
			       "%s: %s: \"%.64s\": an image's name is 1 to %d letters, digits, or any of -_.,",
			       vm->path, use->prop, name, VM_NAME_MAX - 1);
	memcpy(img->name, name, strlen(name) + 1);
	return 0;
}

/* Data outside the FDT (data-offset, data-position), or inside it (data). */
static int image_data(const struct cfg_ctx *c, struct vm_image *img)
{
	u64 offset = 0, size = 0, base = 0;
	int ret = cfg_u64(c, "data-position", &offset);
	int len;
	const void *data;

	if (ret == -ENOENT) {
		base = ((u64)fdt_totalsize(c->fit) + FIT_DATA_ALIGN - 1) & ~(u64)(FIT_DATA_ALIGN - 1);
		ret = cfg_u64(c, "data-offset", &offset);
	}
	if (ret == -ENOENT) {
		data = fdt_scan_prop(c->fit, c->node, "data", &len);
		if (!data || len == 0)
			return cfg_err(c->err, -EINVAL, "%s: data: missing or empty", c->path);
		img->offset = (u64)((const u8 *)data - (const u8 *)c->fit);
		img->size = (u32)len;
		return 0;
	}
	if (!ret)
		ret = cfg_u64(c, "data-size", &size);
	if (ret == -ENOENT || (!ret && size == 0))
		return cfg_err(c->err, -EINVAL, "%s: data-size: missing or 0", c->path);
	if (ret)
		return ret;
	if (base > c->fit_size || offset > c->fit_size - base || size > c->fit_size - base - offset)
		return cfg_err(c->err, -EINVAL, "%s: truncated: %lu bytes of data at 0x%lx, the bundle has %lu bytes",
			       c->path, size, base + MIN(offset, ~base), c->fit_size);
	img->offset = base + offset;
	img->size = size;
	return 0;
}

static int image_hash(const struct cfg_ctx *image, int node, struct vm_image *img)
{
	char path[IMAGE_PATH_MAX + VM_NAME_MAX];
	struct cfg_ctx c = *image;
	u32 algo = ARRAY_SIZE(hash_algos);
	const void *value;
	int len, ret;

	c.node = node;
	c.path = path;
	(void)snprintf(path, sizeof(path), "%s/%s", image->path, fdt_get_name(c.fit, node, NULL));
	ret = cfg_enum(&c, "algo", hash_algos, ARRAY_SIZE(hash_algos), &algo);
	if (ret)
		return ret;
	if (algo == ARRAY_SIZE(hash_algos))
		return cfg_err(c.err, -EINVAL, "%s: algo: missing, must be \"crc32\" or \"sha256\"", path);
	value = fdt_scan_prop(c.fit, node, "value", &len);
	if (!value || (u32)len != hash_sizes[algo])
		return cfg_err(c.err, -EINVAL, "%s: value: must be the %u bytes that mkimage writes for \"%s\"", path,
			       hash_sizes[algo], hash_algos[algo]);
	/* The stronger one counts when there are several. */
	if (algo + VM_HASH_CRC32 > img->hash_algo) {
		img->hash_algo = (enum vm_hash_algo)(algo + VM_HASH_CRC32);
		memcpy(img->hash, value, hash_sizes[algo]);
	}
	return 0;
}

static int image_hashes(const struct cfg_ctx *c, struct vm_image *img)
{
	fdt_scan_for_each_child (node, c->fit, c->node) {
		const char *name = fdt_scan_name(c->fit, node);
		int ret;

		if (strncmp(name, HASH_PREFIX, sizeof(HASH_PREFIX) - 1))
			continue;
		ret = image_hash(c, node, img);
		if (ret)
			return ret;
	}
	return 0;
}

static int check_addr(const struct cfg_ctx *c, const char *prop, u64 addr)
{
	if (addr < CFG_IPA_END)
		return 0;
	return cfg_err(c->err, -EINVAL, "%s: %s: 0x%lx is not below 0x%lx", c->path, prop, addr, CFG_IPA_END);
}

/* An address from the VM node, else from the image node. */
static int image_addr(const struct cfg_ctx *vm, const char *vm_prop, const struct cfg_ctx *c, const char *prop,
		      ipa_t *addr, bool *has)
{
	int ret = cfg_u64(vm, vm_prop, addr);

	if (!ret)
		ret = check_addr(vm, vm_prop, *addr);
	else if (ret == -ENOENT) {
		ret = cfg_u64(c, prop, addr);
		if (!ret)
			ret = check_addr(c, prop, *addr);
	}
	*has = ret == 0;
	return ret == -ENOENT ? 0 : ret;
}

/* An address for an image that the VM does not have is a mistake; but a device tree is always made for it. */
static int no_image(const struct cfg_ctx *vm, const struct image_use *use)
{
	if (use != &fdt_use && fdt_scan_prop(vm->fit, vm->node, use->load_prop, NULL))
		return cfg_err(vm->err, -EINVAL, "%s: %s: there is no property \"%s\" for it", vm->path, use->load_prop,
			       use->prop);
	return 0;
}

static int image_type(const struct cfg_ctx *c, const struct image_use *use, u32 *type)
{
	u32 nr = 0;

	*type = 0;
	while (nr < ARRAY_SIZE(use->types) && use->types[nr])
		nr++;
	return cfg_enum(c, "type", use->types, nr, type);
}

/* Everything but the addresses of what @use names. @path: room for the image node's path, @c: that node. */
static int image_open(const struct cfg_ctx *vm, const struct image_use *use, struct cfg_ctx *c, char *path,
		      struct vm_image *img, u32 *type)
{
	static const char *const compressions[] = { "none", "gzip" };
	u32 compression = 0;
	int ret = find_image(vm, use, c, img);

	if (ret || !img->name[0])
		return ret ? ret : no_image(vm, use);
	(void)snprintf(path, IMAGE_PATH_MAX, IMAGES_PATH "/%s", img->name);
	c->path = path;
	ret = image_type(c, use, type);
	if (!ret)
		ret = cfg_enum(c, "compression", compressions, ARRAY_SIZE(compressions), &compression);
	if (!ret)
		ret = image_data(c, img);
	if (!ret)
		ret = image_hashes(c, img);
	img->gzip = compression == 1;
	img->format = VM_IMG_BLOB;
	return ret;
}

/* Format LINUX stands for "Image, gzip or ELF by its magic", FLAT for "ELF by its magic, else flat". */
int cfg_image_kernel(const struct cfg_ctx *vm, struct vm_image *img)
{
	static const char *const archs[] = { "arm64" };
	char path[IMAGE_PATH_MAX];
	struct cfg_ctx c = *vm;
	const char *os = "linux";
	u32 type = 0, arch = 0;
	int ret = image_open(vm, &kernel_use, &c, path, img, &type);

	if (!ret)
		ret = cfg_enum(&c, "arch", archs, ARRAY_SIZE(archs), &arch);
	if (!ret)
		ret = image_addr(vm, "kernel-load", &c, "load", &img->load, &img->has_load);
	if (!ret)
		ret = image_addr(vm, "kernel-entry", &c, "entry", &img->entry, &img->has_entry);
	if (!ret && cfg_str(&c, "os", &os) == -EINVAL)
		ret = -EINVAL;
	img->format = type == 0 && !strcmp(os, "linux") ? VM_IMG_LINUX : VM_IMG_FLAT;
	return ret;
}

int cfg_image_ramdisk(const struct cfg_ctx *vm, struct vm_image *img)
{
	char path[IMAGE_PATH_MAX];
	struct cfg_ctx c = *vm;
	u32 type;
	int ret = image_open(vm, &ramdisk_use, &c, path, img, &type);

	if (ret || !img->name[0])
		return ret;
	/* Linux unpacks its ramdisk itself, as with U-Boot. */
	img->gzip = false;
	return image_addr(vm, ramdisk_use.load_prop, &c, "load", &img->load, &img->has_load);
}

int cfg_image_fdt(const struct cfg_ctx *vm, struct vm_image *img)
{
	char path[IMAGE_PATH_MAX];
	struct cfg_ctx c = *vm;
	u32 type;
	int ret = image_open(vm, &fdt_use, &c, path, img, &type);

	if (ret)
		return ret;
	if (img->gzip)
		return cfg_err(vm->err, -EINVAL, "%s: compression: \"gzip\" is not supported for a device tree", path);
	return image_addr(vm, fdt_use.load_prop, &c, "load", &img->load, &img->has_load);
}
