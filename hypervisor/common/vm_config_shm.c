/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared memory in the manifest: /shared-memory with a node for each region, and the windows of a VM onto them. Numbers
 * of regions and peers follow from the order of nodes alone, so they are the same whichever VM is parsed, and whether
 * or not the others are any good.
 */
#include <common/fdt_scan.h>
#include <common/vm_config_prop.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

#define SHM_PATH "/shared-memory"
#define SHM_COMPATIBLE "hazel,shared-memory-v1"
#define SHM_PATH_MAX (VM_NAME_MAX + 16)
#define SHM_SIZE_ALIGN KIB(4)
#define PROP_NAMES "shared-memory"
#define PROP_IPA "shared-memory-ipa"
#define PROP_RO "shared-memory-ro"
#define IPA_CELLS 2U

static const char *const shm_props[] = { "compatible", "description", "phandle" };
static const char *const region_props[] = { "size", "description", "phandle" };

/* The /shared-memory node, checked, for VM node @vm. Return: its offset, or a negative errno with the message. */
static int shm_node(const struct cfg_ctx *vm)
{
	struct cfg_ctx c = { .fit = vm->fit, .path = SHM_PATH, .err = vm->err };
	u32 nr = 0;
	int node, ret;

	c.node = fdt_path_offset(vm->fit, SHM_PATH);
	if (c.node < 0)
		return cfg_err(vm->err, -ENOENT, "%s: " PROP_NAMES ": the bundle has no " SHM_PATH " node", vm->path);
	ret = cfg_strings(&c, "compatible");
	if (ret < 0)
		return ret;
	if (fdt_stringlist_search(vm->fit, c.node, "compatible", SHM_COMPATIBLE) < 0)
		return cfg_err(vm->err, -EINVAL, SHM_PATH ": compatible: \"%s\" is not \"" SHM_COMPATIBLE "\"",
			       ret ? cfg_string(&c, "compatible", 0) : "");
	ret = cfg_known(&c, shm_props, ARRAY_SIZE(shm_props));
	if (ret)
		return ret;
	fdt_for_each_subnode (node, vm->fit, c.node) {
		if (++nr > VM_SHM_MAX)
			return cfg_err(vm->err, -ENOSPC, SHM_PATH ": more than %d regions", VM_SHM_MAX);
	}
	return c.node;
}

static int region_size(const struct cfg_ctx *c, u64 *size)
{
	int ret = cfg_known(c, region_props, ARRAY_SIZE(region_props));

	if (!ret)
		ret = cfg_u64(c, "size", size);
	if (ret == -ENOENT)
		return cfg_err(c->err, -EINVAL, "%s: size: is missing", c->path);
	if (ret)
		return ret;
	if (*size == 0 || !IS_ALIGNED(*size, SHM_SIZE_ALIGN) || *size > VM_SHM_SIZE_MAX)
		return cfg_err(c->err, -EINVAL, "%s: size: 0x%lx is not a multiple of 4 KiB, 4 KiB to %lu MiB", c->path,
			       *size, VM_SHM_SIZE_MAX >> 20);
	return 0;
}

/* The region called @s->name: its number and size. */
static int find_region(const struct cfg_ctx *vm, int shm, struct vm_shm *s)
{
	char list[VM_CONFIG_ERR_MAX / 2] = "", path[SHM_PATH_MAX];
	struct cfg_ctx c = { .fit = vm->fit, .path = path, .err = vm->err };
	size_t len = 0;

	s->region = 0;
	fdt_for_each_subnode (c.node, vm->fit, shm) {
		const char *name = fdt_get_name(vm->fit, c.node, NULL);

		if (name && !strcmp(name, s->name)) {
			(void)snprintf(path, sizeof(path), SHM_PATH "/%s", s->name);
			return region_size(&c, &s->size);
		}
		(void)snprintf(list + len, sizeof(list) - len, "%s\"%s\"", len ? ", " : "", name ? name : "");
		len = strlen(list);
		s->region++;
	}
	return cfg_err(vm->err, -ENOENT, "%s: " PROP_NAMES ": no region \"%s\" in " SHM_PATH "; there is: %s", vm->path,
		       s->name, list);
}

/* Which of the VMs with @s->name this one is, and how many they are. */
static int count_peers(const struct cfg_ctx *vm, struct vm_shm *s)
{
	int node, vms = fdt_parent_offset(vm->fit, vm->node);

	s->peers = 0;
	fdt_for_each_subnode (node, vm->fit, vms) {
		if (node == vm->node)
			s->self = s->peers;
		if (fdt_stringlist_search(vm->fit, node, PROP_NAMES, s->name) >= 0)
			s->peers++;
	}
	if (s->peers > VM_SHM_PEERS_MAX)
		return cfg_err(vm->err, -ENOSPC, "%s: " PROP_NAMES ": \"%s\" is shared by %u VMs, at most %d", vm->path,
			       s->name, s->peers, VM_SHM_PEERS_MAX);
	return 0;
}

static struct vm_shm *window_named(struct vm_config *cfg, const char *name)
{
	for (u32 i = 0; i < cfg->nr_shm; i++) {
		if (!strcmp(cfg->shm[i].name, name))
			return &cfg->shm[i];
	}
	return NULL;
}

static int add_window(const struct cfg_ctx *c, int shm, const char *name, struct vm_config *cfg)
{
	struct vm_shm *s = &cfg->shm[cfg->nr_shm];
	int ret;

	if (!cfg_name_ok(name))
		return cfg_err(c->err, -EINVAL,
			       "%s: " PROP_NAMES ": \"%.64s\": a region's name is 1 to %d letters, digits, or any of "
			       "-_.,",
			       c->path, name, VM_NAME_MAX - 1);
	if (window_named(cfg, name))
		return cfg_err(c->err, -EINVAL, "%s: " PROP_NAMES ": \"%s\" is listed twice", c->path, name);
	memcpy(s->name, name, strlen(name) + 1);
	ret = find_region(c, shm, s);
	if (!ret)
		ret = count_peers(c, s);
	if (!ret)
		cfg->nr_shm++;
	return ret;
}

static int parse_ipas(const struct cfg_ctx *c, struct vm_config *cfg)
{
	const void *cells = NULL;
	u32 nr = 0;
	int ret = cfg_cells(c, PROP_IPA, &cells, &nr);

	if (ret == -EINVAL)
		return ret;
	if (nr != cfg->nr_shm * IPA_CELLS)
		return cfg_err(c->err, -EINVAL,
			       "%s: " PROP_IPA ": %u cells for %u regions, must be <high low> for each", c->path, nr,
			       cfg->nr_shm);
	for (u32 i = 0; i < cfg->nr_shm; i++)
		cfg->shm[i].ipa = cfg_cell64(cells, i * IPA_CELLS);
	return 0;
}

static int parse_ro(const struct cfg_ctx *c, struct vm_config *cfg)
{
	int nr = cfg_strings(c, PROP_RO);

	for (int i = 0; i < nr; i++) {
		const char *name = cfg_string(c, PROP_RO, i);
		struct vm_shm *s = window_named(cfg, name);

		if (!s)
			return cfg_err(c->err, -EINVAL, "%s: " PROP_RO ": \"%.64s\" is not in " PROP_NAMES, c->path,
				       name);
		s->ro = true;
	}
	return MIN(nr, 0);
}

static int only_with_names(const struct cfg_ctx *c)
{
	static const char *const props[] = { PROP_IPA, PROP_RO };

	for (u32 i = 0; i < ARRAY_SIZE(props); i++) {
		if (fdt_scan_prop(c->fit, c->node, props[i], NULL))
			return cfg_err(c->err, -EINVAL, "%s: %s: only with " PROP_NAMES, c->path, props[i]);
	}
	return 0;
}

int cfg_shm(const struct cfg_ctx *c, struct vm_config *cfg)
{
	int nr = cfg_strings(c, PROP_NAMES), shm, ret = 0;

	if (nr < 0)
		return nr;
	if (nr == 0)
		return only_with_names(c);
	if (nr > VM_SHM_MAX)
		return cfg_err(c->err, -ENOSPC, "%s: " PROP_NAMES ": %d regions, at most %d", c->path, nr, VM_SHM_MAX);
	shm = shm_node(c);
	if (shm < 0)
		return shm;
	for (int i = 0; !ret && i < nr; i++)
		ret = add_window(c, shm, cfg_string(c, PROP_NAMES, i), cfg);
	if (!ret)
		ret = parse_ipas(c, cfg);
	return ret ? ret : parse_ro(c, cfg);
}
