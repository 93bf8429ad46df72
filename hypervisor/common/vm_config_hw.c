/* SPDX-License-Identifier: BSD-3-Clause */
/* Properties of a VM node that give it parts of the host: passthrough, dma-unprotected, firmware, smc-forward. */
#include <common/fdt_scan.h>
#include <common/vm_config_prop.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/string.h>
#include <libfdt.h>

/* SMC Calling Convention (Arm DEN 0028) function identifier fields */
#define SMCCC_FAST BIT32(31)
#define SMCCC_OWNER GENMASK(29, 24)
#define SMCCC_OWNER_ARCH 0U
#define SMCCC_OWNER_STANDARD 4U
#define SMCCC_FUNC GENMASK(15, 0)
#define PSCI_FUNC_END 0x20U /* standard service calls below this are PSCI */

/* Index = bit of VM_FW_* */
static const char *const firmware_words[] = { "scmi", "optee" };

static int add_device(const struct cfg_ctx *c, struct vm_config *cfg, const char *s)
{
	if (strcmp(s, "console") && (s[0] != '/' || s[1] == '\0'))
		return cfg_err(c->err, -EINVAL,
			       "%s: passthrough: \"%s\" is neither \"console\", \"rest\" nor a path like \"/soc/uart\"",
			       c->path, s);
	if (strlen(s) >= VM_PATH_MAX)
		return cfg_err(c->err, -ENOSPC, "%s: passthrough: \"%.64s...\" is longer than %d bytes", c->path, s,
			       VM_PATH_MAX - 1);
	for (u32 j = 0; j < cfg->nr_passthrough; j++) {
		if (!strcmp(s, cfg->passthrough[j]))
			return cfg_err(c->err, -EINVAL, "%s: passthrough: \"%s\" is listed twice", c->path, s);
	}
	if (cfg->nr_passthrough == VM_PASSTHROUGH_MAX)
		return cfg_err(c->err, -ENOSPC, "%s: passthrough: more than %d devices", c->path, VM_PASSTHROUGH_MAX);
	memcpy(cfg->passthrough[cfg->nr_passthrough++], s, strlen(s) + 1);
	return 0;
}

int cfg_passthrough(const struct cfg_ctx *c, struct vm_config *cfg)
{
	int nr = cfg_strings(c, "passthrough"), ret = 0;

	if (nr < 0)
		return nr;
	for (int i = 0; !ret && i < nr; i++) {
		const char *s = cfg_string(c, "passthrough", i);

		if (!strcmp(s, "rest"))
			cfg->rest = true;
		else
			ret = add_device(c, cfg, s);
	}
	return ret;
}

/* Hazel answers PSCI and the architecture calls itself: forwarded, they would act on the whole machine. */
static int check_smc(const struct cfg_ctx *c, u32 id)
{
	u32 owner = (u32)FIELD_GET(SMCCC_OWNER, id);
	u32 func = (u32)FIELD_GET(SMCCC_FUNC, id);

	if (!(id & SMCCC_FAST))
		return cfg_err(c->err, -EINVAL, "%s: smc-forward: 0x%08x is not a fast call (bit 31)", c->path, id);
	if (owner == SMCCC_OWNER_ARCH || (owner == SMCCC_OWNER_STANDARD && func < PSCI_FUNC_END))
		return cfg_err(c->err, -EINVAL, "%s: smc-forward: 0x%08x is answered by Hazel itself (%s)", c->path, id,
			       owner == SMCCC_OWNER_ARCH ? "architecture call" : "PSCI");
	return 0;
}

int cfg_smc_forward(const struct cfg_ctx *c, struct vm_config *cfg)
{
	const void *cells = NULL;
	u32 nr = 0;
	int ret = cfg_cells(c, "smc-forward", &cells, &nr);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (nr > VM_SMC_FORWARD_MAX)
		return cfg_err(c->err, -ENOSPC, "%s: smc-forward: %u functions, at most %d", c->path, nr,
			       VM_SMC_FORWARD_MAX);
	for (u32 i = 0; i < nr; i++) {
		cfg->smc_forward[i] = cfg_cell(cells, i);
		ret = check_smc(c, cfg->smc_forward[i]);
		if (ret)
			return ret;
	}
	cfg->nr_smc_forward = nr;
	return 0;
}

static int parse_firmware(const struct cfg_ctx *c, struct vm_config *cfg)
{
	int nr = cfg_strings(c, "firmware");

	if (nr < 0)
		return nr;
	for (int i = 0; i < nr; i++) {
		const char *s = cfg_string(c, "firmware", i);
		u32 w;

		for (w = 0; w < ARRAY_SIZE(firmware_words); w++) {
			if (!strcmp(s, firmware_words[w]))
				break;
		}
		if (w == ARRAY_SIZE(firmware_words))
			return cfg_err(c->err, -EINVAL, "%s: firmware: \"%s\" is not one of \"scmi\", \"optee\"",
				       c->path, s);
		cfg->firmware |= BIT32(w);
	}
	return 0;
}

/* A device without an IOMMU in front writes to host addresses: the guest's have to be the same. */
static int check_dma(const struct cfg_ctx *c, const struct vm_config *cfg)
{
	for (u32 i = 0; cfg->dma_unprotected && i < cfg->nr_mem; i++) {
		const struct vm_mem_region *r = &cfg->mem[i];

		if (r->type != VM_MEM_DIRECT && r->type != VM_MEM_DIRECT_RAM)
			return cfg_err(c->err, -EINVAL,
				       "%s: dma-unprotected: the memory region at 0x%lx is not direct-mapped; devices "
				       "write to "
				       "host addresses: use memory type \"direct-ram\" or \"direct\"",
				       c->path, r->ipa);
	}
	if (cfg->rest && !cfg->dma_unprotected)
		return cfg_err(c->err, -EINVAL,
			       "%s: passthrough: \"rest\" has devices that do DMA, and no IOMMU is in front of them: "
			       "the VM has "
			       "to say dma-unprotected",
			       c->path);
	if ((cfg->firmware & VM_FW_OPTEE) && !cfg->dma_unprotected)
		return cfg_err(c->err, -EINVAL,
			       "%s: firmware: \"optee\" reads and writes host addresses that the VM names: only for a "
			       "VM that is "
			       "trusted, with dma-unprotected",
			       c->path);
	return 0;
}

int cfg_dma_firmware(const struct cfg_ctx *c, struct vm_config *cfg)
{
	int ret = cfg_flag(c, "dma-unprotected", &cfg->dma_unprotected);

	if (!ret)
		ret = parse_firmware(c, cfg);
	return ret ? ret : check_dma(c, cfg);
}
