/* SPDX-License-Identifier: BSD-3-Clause */
/* Rules of the manifest that concern several properties of a VM, or several VMs. */
#include <common/vm_config.h>

#include <common/vm_config_prop.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/string.h>

#define BLOCK_ALIGN MIB(2)
#define DIRECT_ALIGN KIB(4)
#define GIC_FRAME_ALIGN KIB(64)
#define GICD_SIZE KIB(64)
#define GICR_SIZE KIB(128) /* one vCPU */

struct range {
	const char *what;
	u64 base;
	u64 size;
};

static bool overlap(u64 a, u64 a_size, u64 b, u64 b_size)
{
	return a_size && b_size && a < b + b_size && b < a + a_size;
}

static int check_region(const struct vm_config *cfg, const struct vm_mem_region *r, struct vm_config_err *err)
{
	bool direct = r->type == VM_MEM_DIRECT;
	u64 align = direct ? DIRECT_ALIGN : BLOCK_ALIGN;
	const char *unit = direct ? "4 KiB" : "2 MiB";

	if (!IS_ALIGNED(r->ipa, align))
		return cfg_err(err, -EINVAL, "%s: memory: address 0x%lx is not a multiple of %s", cfg->path, r->ipa,
			       unit);
	if (!IS_ALIGNED(r->size, align))
		return cfg_err(err, -EINVAL, "%s: memory: size 0x%lx is not a multiple of %s", cfg->path, r->size,
			       unit);
	if (r->size == 0 && r->type != VM_MEM_RAM && r->type != VM_MEM_DIRECT_RAM)
		return cfg_err(
			err, -EINVAL,
			"%s: memory: size 0 at 0x%lx: only types \"ram\" and \"direct-ram\" may take all that is left",
			cfg->path, r->ipa);
	if (r->type == VM_MEM_DIRECT_RAM && r->ipa)
		return cfg_err(err, -EINVAL,
			       "%s: memory: address 0x%lx: \"direct-ram\" is where the host has it free: 0", cfg->path,
			       r->ipa);
	if (r->ipa >= CFG_IPA_END || r->size > CFG_IPA_END - r->ipa)
		return cfg_err(err, -EINVAL, "%s: memory: 0x%lx, size 0x%lx ends beyond 0x%lx", cfg->path, r->ipa,
			       r->size, CFG_IPA_END);
	return 0;
}

/* A region of size 0 grows upwards, so nothing may be above it. Where direct-ram is, nobody knows yet. */
static u64 size_at_most(const struct vm_mem_region *r)
{
	if (r->type == VM_MEM_DIRECT_RAM)
		return 0;
	return r->size ? r->size : CFG_IPA_END - r->ipa;
}

/* RAM at addresses of the machine's choice could come to lie anywhere, also where other memory was told to be. */
static int check_direct_ram(const struct vm_config *cfg, struct vm_config_err *err)
{
	u32 nr = 0;

	for (u32 i = 0; i < cfg->nr_mem; i++)
		nr += cfg->mem[i].type == VM_MEM_DIRECT_RAM;
	for (u32 i = 0; nr && i < cfg->nr_mem; i++) {
		if (cfg->mem[i].type != VM_MEM_DIRECT_RAM && cfg->mem[i].type != VM_MEM_DIRECT)
			return cfg_err(err, -EINVAL,
				       "%s: memory-types: the region at 0x%lx may lie where \"direct-ram\" comes to "
				       "be: all of "
				       "the VM's memory has to be \"direct-ram\" or \"direct\"",
				       cfg->path, cfg->mem[i].ipa);
	}
	return nr > 1 ? cfg_err(err, -EINVAL, "%s: memory-types: \"direct-ram\" is listed twice", cfg->path) : 0;
}

static int check_regions(const struct vm_config *cfg, struct vm_config_err *err)
{
	u32 nr_ram = 0;

	for (u32 i = 0; i < cfg->nr_mem; i++) {
		const struct vm_mem_region *a = &cfg->mem[i];
		int ret = check_region(cfg, a, err);

		if (ret)
			return ret;
		nr_ram += a->type == VM_MEM_RAM || a->type == VM_MEM_DIRECT_RAM;
		for (u32 j = 0; j < i; j++) {
			const struct vm_mem_region *b = &cfg->mem[j];

			if (overlap(a->ipa, size_at_most(a), b->ipa, size_at_most(b)))
				return cfg_err(err, -EINVAL,
					       "%s: memory: regions at 0x%lx and 0x%lx overlap (size 0 = all above it)",
					       cfg->path, b->ipa, a->ipa);
		}
	}
	if (nr_ram == 0)
		return cfg_err(err, -EINVAL, "%s: memory-types: no region is \"ram\" or \"direct-ram\"", cfg->path);
	return check_direct_ram(cfg, err);
}

static int check_gic(const struct vm_config *cfg, struct vm_config_err *err)
{
	const struct range frame[] = {
		{ "GICD", cfg->gicd_ipa, GICD_SIZE },
		{ "GICR", cfg->gicr_ipa, GICR_SIZE * cfg->vcpus },
	};

	for (u32 i = 0; i < ARRAY_SIZE(frame); i++) {
		const struct range *f = &frame[i];

		if (!IS_ALIGNED(f->base, GIC_FRAME_ALIGN) || f->base >= CFG_IPA_END || f->size > CFG_IPA_END - f->base)
			return cfg_err(err, -EINVAL, "%s: gic: %s at 0x%lx: must be a multiple of 64 KiB below 0x%lx",
				       cfg->path, f->what, f->base, CFG_IPA_END);
		for (u32 j = 0; j < cfg->nr_mem; j++) {
			const struct vm_mem_region *r = &cfg->mem[j];

			if (overlap(f->base, f->size, r->ipa, size_at_most(r)))
				return cfg_err(err, -EINVAL,
					       "%s: gic: %s 0x%lx, size 0x%lx overlaps the memory region at 0x%lx%s",
					       cfg->path, f->what, f->base, f->size, r->ipa,
					       r->size ? "" : " (size 0 = all above it)");
		}
	}
	if (overlap(frame[0].base, frame[0].size, frame[1].base, frame[1].size))
		return cfg_err(err, -EINVAL, "%s: gic: GICD at 0x%lx and GICR at 0x%lx, size 0x%lx overlap", cfg->path,
			       frame[0].base, frame[1].base, frame[1].size);
	return 0;
}

int cfg_check_layout(const struct vm_config *cfg, struct vm_config_err *err)
{
	int ret = check_regions(cfg, err);

	if (!ret && !cfg->gic_like_host)
		ret = check_gic(cfg, err);
	return ret ? ret : cfg_check_shm(cfg, err);
}

static int check_devices(const struct vm_config *a, const struct vm_config *b, struct vm_config_err *err)
{
	for (u32 i = 0; i < a->nr_passthrough; i++) {
		for (u32 j = 0; j < b->nr_passthrough; j++) {
			if (!strcmp(a->passthrough[i], b->passthrough[j]))
				return cfg_err(err, -EINVAL, "%s: passthrough: \"%s\" is given to %s already", b->path,
					       b->passthrough[j], a->path);
		}
	}
	return 0;
}

/* Who has the rest has what those before it left, so nobody behind it may want a device; and SCMI has one page. */
static int check_rest(const struct vm_config *a, const struct vm_config *b, struct vm_config_err *err)
{
	if (a->rest && (b->rest || b->nr_passthrough))
		return cfg_err(err, -EINVAL, "%s: passthrough: %s has taken the rest: %s", b->path, a->path,
			       b->rest ? "there is one" : "who names devices has to stand before it");
	if (a->firmware & b->firmware)
		return cfg_err(err, -EINVAL, "%s: firmware: \"%s\" is given to %s already", b->path,
			       a->firmware & b->firmware & VM_FW_SCMI ? "scmi" : "optee", a->path);
	return 0;
}

/* Direct regions are host memory at the same address: two VMs must not share any. */
static int check_direct(const struct vm_config *a, const struct vm_config *b, struct vm_config_err *err)
{
	for (u32 i = 0; i < a->nr_mem; i++) {
		for (u32 j = 0; j < b->nr_mem; j++) {
			const struct vm_mem_region *x = &a->mem[i], *y = &b->mem[j];

			if (x->type == VM_MEM_DIRECT && y->type == VM_MEM_DIRECT &&
			    overlap(x->ipa, x->size, y->ipa, y->size))
				return cfg_err(
					err, -EINVAL,
					"%s: memory: direct region 0x%lx, size 0x%lx is partly given to %s already",
					b->path, y->ipa, y->size, a->path);
		}
	}
	return 0;
}

int vm_config_check_against(const struct vm_config *cfg, u32 nr, struct vm_config_err *err)
{
	for (u32 i = 0; i < nr; i++) {
		int ret;

		if (!strcmp(cfg[i].name, cfg[nr].name))
			return cfg_err(err, -EINVAL, "%s: two VMs have this name", cfg[nr].path);
		ret = check_devices(&cfg[i], &cfg[nr], err);
		if (!ret)
			ret = check_rest(&cfg[i], &cfg[nr], err);
		if (!ret)
			ret = check_direct(&cfg[i], &cfg[nr], err);
		if (ret)
			return ret;
	}
	return 0;
}

int vm_config_check_set(const struct vm_config *cfg, u32 nr, struct vm_config_err *err)
{
	int ret = 0;

	for (u32 j = 1; !ret && j < nr; j++)
		ret = vm_config_check_against(cfg, j, err);
	return ret;
}
