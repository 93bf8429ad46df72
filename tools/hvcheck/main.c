/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * hvcheck: check VM bundles before they are booted, with the very code that EL2 uses on them, and print what is in
 * them.
 */
#include <common/vm_config.h>
#include <common/vm_config_kernel.h>
#include <lib/bits.h>
#include <lib/crc32.h>
#include <lib/sha256.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXIT_BAD 1
#define EXIT_USAGE 2

static const char usage[] = "usage: hvcheck BUNDLE...\n"
			    "Check VM bundles (docs/reference/vm-manifest.md) as Hazel does when it boots them:\n"
			    "container, manifest, images and their hashes. Prints a line for each VM.\n"
			    "Exit status: 0 all good, 1 a bundle is bad or unreadable, 2 wrong usage.\n";

struct file {
	const char *name;
	u8 *data;
	u64 size;
};

static int complain(const struct file *f, const char *text)
{
	fprintf(stderr, "%s: error: %s\n", f->name, text);
	return EXIT_BAD;
}

static int read_file(struct file *f)
{
	FILE *in = fopen(f->name, "rb");
	long size;

	if (!in)
		return complain(f, "cannot be opened");
	if (fseek(in, 0, SEEK_END) || (size = ftell(in)) < 0 || fseek(in, 0, SEEK_SET)) {
		fclose(in);
		return complain(f, "is not a plain file");
	}
	f->size = (u64)size;
	f->data = malloc(f->size ? f->size : 1);
	if (!f->data || fread(f->data, 1, f->size, in) != f->size) {
		fclose(in);
		return complain(f, "cannot be read");
	}
	fclose(in);
	return 0;
}

/* Check the hash of @img. Return: what to call it, or NULL when it is wrong, with @err. */
static const char *check_hash(const void *fit, const struct vm_image *img, struct vm_config_err *err)
{
	const u8 *data = (const u8 *)fit + img->offset, *h = img->hash;
	u32 want = ((u32)h[0] << 24) | ((u32)h[1] << 16) | ((u32)h[2] << 8) | h[3];
	struct sha256 sha;
	u8 sum[SHA256_SIZE];
	u32 crc;

	switch (img->hash_algo) {
	case VM_HASH_CRC32:
		crc = hazel_crc32(0, data, img->size);
		if (crc == want)
			return "crc32 ok";
		snprintf(err->text, sizeof(err->text), "crc32 is 0x%08x, the bundle says 0x%08x", crc, want);
		return NULL;
	case VM_HASH_SHA256:
		sha256_init(&sha);
		sha256_update(&sha, data, img->size);
		sha256_final(&sha, sum);
		if (!memcmp(sum, h, sizeof(sum)))
			return "sha256 ok";
		snprintf(err->text, sizeof(err->text),
			 "sha256 starts with %02x%02x%02x%02x, the bundle says %02x%02x%02x%02x", sum[0], sum[1],
			 sum[2], sum[3], h[0], h[1], h[2], h[3]);
		return NULL;
	default:
		return "no hash";
	}
}

/* What the kernel is. Return: its name, or NULL with @err when arm64 cannot run it. */
static const char *check_kernel(const void *fit, const struct vm_image *img, struct vm_config_err *err)
{
	const u8 *data = (const u8 *)fit + img->offset;
	enum vm_image_format format;
	struct vm_image_linux image;
	struct vm_image_elf elf;

	if (vm_image_probe(img, data, MIN(img->size, VM_IMAGE_HEAD), false, &format, err))
		return NULL;
	switch (format) {
	case VM_IMG_LINUX:
		return vm_image_linux(data, img->size, &image, err) ? NULL : "Linux Image";
	case VM_IMG_ELF:
		return vm_image_elf(data, img->size, &elf, err) ? NULL : "ELF";
	case VM_IMG_GZIP:
		return "gzip";
	default:
		return "flat";
	}
}

static int check_image(const struct file *f, const void *fit, u32 vm, const struct vm_config *cfg, const char *use,
		       const struct vm_image *img)
{
	struct vm_config_err err;
	char text[2 * VM_CONFIG_ERR_MAX];
	const char *what = "data", *hash;

	if (!img->name[0])
		return 0;
	hash = check_hash(fit, img, &err);
	if (hash && img->format != VM_IMG_BLOB)
		what = check_kernel(fit, img, &err);
	if (!hash || !what) {
		snprintf(text, sizeof(text), "vm%u '%s': image %s: %s", vm, cfg->name, img->name, err.text);
		return complain(f, text);
	}
	printf(", %s \"%s\" (%s, %lu bytes, %s)", use, img->name, what, img->size, hash);
	return 0;
}

static void print_cpus(const struct vm_config *cfg)
{
	const char *sep = ", CPU ";

	if (cfg->cpu_class)
		printf(", CPUs%s%s", cfg->cpu_class & VM_CPU_LITTLE ? " little" : "",
		       cfg->cpu_class & VM_CPU_BIG ? " big" : "");
	else if (cfg->cpu_affinity != ~UINT64_C(0))
		for (u32 i = 0; i < CONFIG_MAX_PCPUS; i++) {
			if (!(cfg->cpu_affinity >> i & 1))
				continue;
			printf("%s%u", sep, i);
			sep = " ";
		}
	printf(", scheduler %s", cfg->scheduler);
}

static void print_vm(const struct file *f, u32 vm, const struct vm_config *cfg)
{
	static const char *const types[] = { "RAM", "ROM", "direct", "hidden RAM", "direct RAM" };

	printf("%s: vm%u '%s': %u vCPU%s", f->name, vm, cfg->name, cfg->vcpus, cfg->vcpus == 1 ? "" : "s");
	print_cpus(cfg);
	for (u32 i = 0; i < cfg->nr_mem; i++) {
		const struct vm_mem_region *r = &cfg->mem[i];

		if (r->type == VM_MEM_DIRECT_RAM)
			printf(r->size ? ", %lu KiB direct RAM" : ", direct RAM: all that is left%.0lu", r->size >> 10);
		else if (r->size)
			printf(", %lu KiB %s at 0x%lx", r->size >> 10, types[r->type], r->ipa);
		else
			printf(", RAM at 0x%lx: all that is left", r->ipa);
	}
	for (u32 i = 0; i < cfg->nr_passthrough; i++)
		printf(", device %s", cfg->passthrough[i]);
	if (cfg->rest)
		printf(", all devices that are nobody else's");
	if (cfg->firmware)
		printf(", firmware%s%s", cfg->firmware & VM_FW_SCMI ? " SCMI" : "",
		       cfg->firmware & VM_FW_OPTEE ? " OP-TEE" : "");
	if (cfg->dma_unprotected)
		printf(", trusted (dma-unprotected)");
	for (u32 i = 0; i < cfg->nr_shm; i++) {
		const struct vm_shm *s = &cfg->shm[i];

		printf(", %lu KiB shared memory \"%s\"%s at 0x%lx (peer %u of %u)", s->size >> 10, s->name,
		       s->ro ? " (read-only)" : "", s->ipa, s->self, s->peers);
	}
	if (cfg->watchdog)
		printf(", watchdog");
	if (cfg->kaslr)
		printf(", KASLR");
}

static int check_vms(const struct file *f, const void *fit, u64 fit_size, struct vm_config *cfg, u32 nr)
{
	struct vm_config_err err;

	for (u32 i = 0; i < nr; i++) {
		if (vm_config_parse(fit, fit_size, i, &cfg[i], &err))
			return complain(f, err.text);
	}
	if (vm_config_check_set(cfg, nr, &err))
		return complain(f, err.text);
	for (u32 i = 0; i < nr; i++) {
		int bad;

		print_vm(f, i, &cfg[i]);
		bad = check_image(f, fit, i, &cfg[i], "kernel", &cfg[i].kernel) ||
			check_image(f, fit, i, &cfg[i], "ramdisk", &cfg[i].ramdisk) ||
			check_image(f, fit, i, &cfg[i], "fdt", &cfg[i].fdt);
		printf("\n");
		if (bad)
			return EXIT_BAD;
	}
	return 0;
}

static int check_file(struct file *f)
{
	struct vm_config_err err;
	struct vm_config *cfg;
	const void *fit;
	u64 fit_size;
	int nr, ret;

	if (read_file(f))
		return EXIT_BAD;
	if (bundle_open(f->data, f->size, f->size, &fit, &fit_size, &err))
		return complain(f, err.text);
	nr = vm_config_count(fit, &err);
	if (nr < 0)
		return complain(f, err.text);
	cfg = calloc((size_t)nr, sizeof(*cfg));
	if (!cfg)
		return complain(f, "out of memory");
	ret = check_vms(f, fit, fit_size, cfg, (u32)nr);
	free(cfg);
	return ret;
}

int main(int argc, char **argv)
{
	int ret = 0;

	if (argc < 2) {
		fputs(usage, stderr);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h")) {
		fputs(usage, stdout);
		return 0;
	}
	for (int i = 1; i < argc; i++) {
		struct file f = { .name = argv[i] };

		if (check_file(&f))
			ret = EXIT_BAD;
		free(f.data);
	}
	return ret;
}
