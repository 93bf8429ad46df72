/* SPDX-License-Identifier: BSD-3-Clause */
/* The VM nodes of a bundle's manifest: every property of docs/reference/vm-manifest.md, with its default. */
#include <common/fdt_scan.h>
#include <common/vm_config.h>

#include <common/vm_config_prop.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

#define VMS_PATH "/vms"
#define VMS_COMPATIBLE "hazel,vms-v1"

#define DEFAULT_RAM_IPA UINT64_C(0x40000000)
#define DEFAULT_GICD_IPA UINT64_C(0x08000000)
#define DEFAULT_GICR_IPA UINT64_C(0x080a0000)

#define MEM_CELLS 4U /* ipa high, low, size high, low */
#define GIC_CELLS 4U /* gicd high, low, gicr high, low */

static const char *const vms_props[] = { "compatible", "description", "phandle" };

static const char *const vm_props[] = {
	"description",       "phandle",          "vcpus",           "cpu-affinity", "scheduler",   "memory",
	"memory-types",      "kernel",           "ramdisk",         "fdt",          "kernel-load", "kernel-entry",
	"ramdisk-load",      "fdt-load",         "bootargs",        "passthrough",  "smc-forward", "autostart",
	"on-reboot",         "on-crash",         "physical-timer",  "gic",          "weight",      "rt-priority",
	"rt-budget",         "rt-period",        "console",         "mailbox",      "watchdog",    "shared-memory",
	"shared-memory-ipa", "shared-memory-ro", "dma-unprotected", "firmware",     "kaslr",
};

/* Index = enum vm_mem_type, vm_policy, vm_ptimer */
static const char *const mem_types[] = { "ram", "rom", "direct", "hidden", "direct-ram" };
static const char *const policies[] = { "restart", "halt", "shutdown" };
static const char *const ptimers[] = { "auto", "trap" };
static const char *const consoles[] = { "vuart", "none" };

static int parse_cpus(const struct cfg_ctx *c, struct vm_config *cfg)
{
	int ret = cfg_u32(c, "vcpus", &cfg->vcpus);

	if (ret == -EINVAL)
		return ret;
	if (cfg->vcpus == 0 || cfg->vcpus > CONFIG_MAX_VCPUS)
		return cfg_err(c->err, -EINVAL, "%s: vcpus: %u is not 1 to %d", c->path, cfg->vcpus, CONFIG_MAX_VCPUS);
	return cfg_affinity(c, cfg);
}

static int parse_mem_types(const struct cfg_ctx *c, struct vm_config *cfg)
{
	int nr = cfg_strings(c, "memory-types");

	if (nr <= 0)
		return nr;
	if ((u32)nr != cfg->nr_mem)
		return cfg_err(c->err, -EINVAL, "%s: memory-types: %d types for %u memory regions", c->path, nr,
			       cfg->nr_mem);
	for (int i = 0; i < nr; i++) {
		const char *s = cfg_string(c, "memory-types", i);
		u32 t;

		for (t = 0; t < ARRAY_SIZE(mem_types); t++) {
			if (!strcmp(s, mem_types[t]))
				break;
		}
		if (t == ARRAY_SIZE(mem_types))
			return cfg_err(
				c->err, -EINVAL,
				"%s: memory-types: \"%s\" is not one of \"ram\", \"rom\", \"direct\", \"hidden\", "
				"\"direct-ram\"",
				c->path, s);
		cfg->mem[i].type = (enum vm_mem_type)t;
	}
	return 0;
}

static int parse_memory(const struct cfg_ctx *c, struct vm_config *cfg)
{
	const void *cells = NULL;
	u32 nr = 0;
	int ret = cfg_cells(c, "memory", &cells, &nr);

	if (ret == -EINVAL)
		return ret;
	if (ret == -ENOENT) {
		cfg->nr_mem = 1;
		cfg->mem[0].ipa = DEFAULT_RAM_IPA;
		return parse_mem_types(c, cfg);
	}
	if (nr % MEM_CELLS)
		return cfg_err(c->err, -EINVAL,
			       "%s: memory: %u cells, must be <ipa-high ipa-low size-high size-low> for each region",
			       c->path, nr);
	if (nr / MEM_CELLS > VM_MEM_MAX)
		return cfg_err(c->err, -ENOSPC, "%s: memory: %u regions, at most %d", c->path, nr / MEM_CELLS,
			       VM_MEM_MAX);
	cfg->nr_mem = nr / MEM_CELLS;
	for (u32 i = 0; i < cfg->nr_mem; i++) {
		cfg->mem[i].ipa = cfg_cell64(cells, i * MEM_CELLS);
		cfg->mem[i].size = cfg_cell64(cells, i * MEM_CELLS + 2);
	}
	return parse_mem_types(c, cfg);
}

static int parse_bootargs(const struct cfg_ctx *c, struct vm_config *cfg)
{
	const char *s = "";
	int ret = cfg_str(c, "bootargs", &s);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (strlen(s) >= sizeof(cfg->bootargs))
		return cfg_err(c->err, -ENOSPC, "%s: bootargs: %u bytes, at most %u", c->path, (u32)strlen(s),
			       VM_BOOTARGS_MAX - 1);
	memcpy(cfg->bootargs, s, strlen(s) + 1);
	return 0;
}

static int parse_policy(const struct cfg_ctx *c, struct vm_config *cfg)
{
	u32 mailbox = 0, autostart = 1, reboot = VM_POLICY_RESTART, crash = VM_POLICY_HALT, ptimer = VM_PTIMER_AUTO,
	    console = 0;
	int ret = cfg_u32(c, "autostart", &autostart);

	if (ret == -EINVAL)
		return ret;
	if (autostart > 1)
		return cfg_err(c->err, -EINVAL, "%s: autostart: %u is not 0 or 1", c->path, autostart);
	ret = cfg_u32(c, "mailbox", &mailbox);
	if (ret == -EINVAL)
		return ret;
	if (mailbox > 1)
		return cfg_err(c->err, -EINVAL, "%s: mailbox: %u is not 0 or 1", c->path, mailbox);
	ret = cfg_flag(c, "kaslr", &cfg->kaslr);
	if (ret)
		return ret;
	ret = cfg_enum(c, "on-reboot", policies, ARRAY_SIZE(policies), &reboot);
	if (!ret)
		ret = cfg_enum(c, "on-crash", policies, ARRAY_SIZE(policies), &crash);
	if (!ret)
		ret = cfg_enum(c, "physical-timer", ptimers, ARRAY_SIZE(ptimers), &ptimer);
	if (!ret)
		ret = cfg_enum(c, "console", consoles, ARRAY_SIZE(consoles), &console);
	if (ret)
		return ret;
	cfg->mailbox = mailbox == 1;
	cfg->no_vuart = console == 1;
	cfg->autostart = autostart == 1;
	cfg->on_reboot = (enum vm_policy)reboot;
	cfg->on_crash = (enum vm_policy)crash;
	cfg->ptimer = (enum vm_ptimer)ptimer;
	return 0;
}

static int parse_gic(const struct cfg_ctx *c, struct vm_config *cfg)
{
	const void *cells = NULL;
	u32 nr = 0;
	int ret = cfg_cells(c, "gic", &cells, &nr);

	cfg->gicd_ipa = DEFAULT_GICD_IPA;
	cfg->gicr_ipa = DEFAULT_GICR_IPA;
	/* In a VM with memory at host addresses, Hazel's own frames are where the host has the real ones. */
	cfg->gic_like_host = vm_config_has(cfg, VM_MEM_DIRECT_RAM) && ret == -ENOENT;
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (nr != GIC_CELLS)
		return cfg_err(c->err, -EINVAL, "%s: gic: %u cells, must be <gicd-high gicd-low gicr-high gicr-low>",
			       c->path, nr);
	cfg->gicd_ipa = cfg_cell64(cells, 0);
	cfg->gicr_ipa = cfg_cell64(cells, 2);
	return 0;
}

static int parse_name(const struct cfg_ctx *c, struct vm_config *cfg)
{
	const char *name = fdt_get_name(c->fit, c->node, NULL);
	int sub;

	if (!name || !cfg_name_ok(name))
		return cfg_err(c->err, -EINVAL,
			       VMS_PATH "/%.64s: a VM's name is 1 to %d letters, digits, or any of -_.,",
			       name ? name : "", VM_NAME_MAX - 1);
	memcpy(cfg->name, name, strlen(name) + 1);
	(void)snprintf(cfg->path, sizeof(cfg->path), VMS_PATH "/%s", name);
	sub = fdt_scan_child_after(c->fit, c->node, 0);
	if (sub >= 0)
		return cfg_err(c->err, -EINVAL, "%s: %.64s: a VM has no subnodes, only properties", cfg->path,
			       fdt_scan_name(c->fit, sub));
	return 0;
}

typedef int (*parse_fn)(const struct cfg_ctx *c, struct vm_config *cfg);

static int parse_images(const struct cfg_ctx *c, struct vm_config *cfg)
{
	int ret = cfg_image_kernel(c, &cfg->kernel);

	if (!ret)
		ret = cfg_image_ramdisk(c, &cfg->ramdisk);
	if (!ret)
		ret = cfg_image_fdt(c, &cfg->fdt);
	return ret;
}

static int parse_vm(const struct cfg_ctx *c, struct vm_config *cfg)
{
	static const parse_fn parts[] = {
		parse_cpus,      cfg_scheduler,    parse_memory, parse_images, parse_bootargs, cfg_passthrough,
		cfg_smc_forward, cfg_dma_firmware, parse_policy, parse_gic,    cfg_shm,        cfg_watchdog,
	};
	int ret = cfg_known(c, vm_props, ARRAY_SIZE(vm_props));

	for (u32 i = 0; !ret && i < ARRAY_SIZE(parts); i++)
		ret = parts[i](c, cfg);
	return ret ? ret : cfg_check_layout(cfg, c->err);
}

/* The /vms node, checked. Return: its offset, or -EINVAL with @err. */
static int vms_node(const void *fit, struct vm_config_err *err)
{
	struct cfg_ctx c = { .fit = fit, .path = VMS_PATH, .err = err };
	int nr, ret;

	c.node = fdt_scan_child(fit, 0, &VMS_PATH[1], sizeof(VMS_PATH) - 2);
	if (c.node < 0)
		return cfg_err(err, -EINVAL, "bundle: no " VMS_PATH " node, so no VMs");
	nr = cfg_strings(&c, "compatible");
	if (nr < 0)
		return nr;
	if (fdt_stringlist_search(fit, c.node, "compatible", VMS_COMPATIBLE) < 0)
		return cfg_err(err, -EINVAL, VMS_PATH ": compatible: \"%s\" is not \"" VMS_COMPATIBLE "\"",
			       nr ? cfg_string(&c, "compatible", 0) : "");
	ret = cfg_known(&c, vms_props, ARRAY_SIZE(vms_props));
	return ret ? ret : c.node;
}

int vm_config_count(const void *fit, struct vm_config_err *err)
{
	int vms = vms_node(fit, err);
	int nr = 0;

	if (vms < 0)
		return vms;
	fdt_scan_for_each_child (node, fit, vms) {
		if (++nr > CONFIG_MAX_VMS)
			return cfg_err(err, -EINVAL, VMS_PATH ": more than %d VMs", CONFIG_MAX_VMS);
	}
	if (nr == 0)
		return cfg_err(err, -EINVAL, VMS_PATH ": no VM in it");
	return nr;
}

int vm_config_parse(const void *fit, u64 fit_size, u32 index, struct vm_config *cfg, struct vm_config_err *err)
{
	struct cfg_ctx c = { .fit = fit, .fit_size = fit_size, .path = cfg->path, .err = err };
	int vms = vms_node(fit, err);
	int ret;

	memset(cfg, 0, sizeof(*cfg));
	cfg->vcpus = 1;
	cfg->cpu_affinity = ~UINT64_C(0);
	if (vms < 0)
		return vms;
	c.node = fdt_scan_child_after(fit, vms, 0);
	while (c.node >= 0 && index-- > 0)
		c.node = fdt_scan_child_after(fit, vms, c.node);
	if (c.node < 0)
		return cfg_err(err, -EINVAL, VMS_PATH ": no such VM");
	ret = parse_name(&c, cfg);
	return ret ? ret : parse_vm(&c, cfg);
}
