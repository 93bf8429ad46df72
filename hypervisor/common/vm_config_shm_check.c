/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared-memory windows, doorbells and the watchdog against everything else a VM has at fixed addresses. */
#include <common/vm_config_prop.h>
#include <common/vm_platform.h>
#include <lib/bits.h>
#include <lib/errno.h>

#define WINDOW_ALIGN MIB(2)
#define GICD_SIZE KIB(64)
#define GICR_SIZE KIB(128) /* one vCPU */
#define TAKEN_MAX (VM_MEM_MAX + 2U)

struct range {
	const char *what;
	u64 base;
	u64 size;
};

static bool overlap(const struct range *a, const struct range *b)
{
	return a->size && b->size && a->base < b->base + b->size && b->base < a->base + a->size;
}

/* Memory regions (one of size 0 takes all above it) and GIC frames. They are sound by now. Return: how many. */
static u32 list_taken(const struct vm_config *cfg, struct range *out)
{
	u32 n = 0;

	for (u32 i = 0; i < cfg->nr_mem; i++) {
		const struct vm_mem_region *m = &cfg->mem[i];

		/* Nobody knows yet where that will be: mapping the window will tell. */
		if (m->type == VM_MEM_DIRECT_RAM)
			continue;
		out[n++] = (struct range){ m->size ? "the memory region" : "the memory region without a size", m->ipa,
					   m->size ? m->size : CFG_IPA_END - m->ipa };
	}
	if (cfg->gic_like_host)
		return n;
	out[n++] = (struct range){ "the GICD", cfg->gicd_ipa, GICD_SIZE };
	out[n++] = (struct range){ "the GICR", cfg->gicr_ipa, GICR_SIZE * cfg->vcpus };
	return n;
}

static int check_free(const struct vm_config *cfg, const char *prop, const struct range *r, const struct range *taken,
		      u32 nr, struct vm_config_err *err)
{
	for (u32 i = 0; i < nr; i++) {
		if (overlap(r, &taken[i]))
			return cfg_err(err, -EINVAL, "%s: %s: %s 0x%lx, size 0x%lx overlaps %s at 0x%lx", cfg->path,
				       prop, r->what, r->base, r->size, taken[i].what, taken[i].base);
	}
	return 0;
}

static int check_window(const struct vm_config *cfg, u32 index, const struct range *taken, u32 nr,
			struct vm_config_err *err)
{
	static const char prop[] = "shared-memory-ipa";
	const struct range emul = { "the emulated devices", VM_EMUL_IPA,
				    vm_config_has(cfg, VM_MEM_DIRECT_RAM) ? 0 : VM_EMUL_SIZE };
	const struct vm_shm *s = &cfg->shm[index];
	const struct range r = { s->name, s->ipa, s->size };
	int ret;

	if (!IS_ALIGNED(s->ipa, WINDOW_ALIGN) || s->ipa >= CFG_IPA_END || s->size > CFG_IPA_END - s->ipa)
		return cfg_err(err, -EINVAL,
			       "%s: %s: %s at 0x%lx: must be a multiple of 2 MiB, with its end below 0x%lx", cfg->path,
			       prop, s->name, s->ipa, CFG_IPA_END);
	ret = check_free(cfg, prop, &r, taken, nr, err);
	if (!ret)
		ret = check_free(cfg, prop, &r, &emul, 1, err);
	for (u32 i = 0; !ret && i < index; i++) {
		const struct range other = { cfg->shm[i].name, cfg->shm[i].ipa, cfg->shm[i].size };

		ret = check_free(cfg, prop, &r, &other, 1, err);
	}
	return ret;
}

int cfg_check_shm(const struct vm_config *cfg, struct vm_config_err *err)
{
	const struct range bells = { "doorbells at", VDOORBELL_IPA, VDOORBELL_SIZE * cfg->nr_shm };
	const struct range wdt = { "frames at", VWDT_REFRESH_IPA, 2 * VWDT_FRAME_SIZE };
	struct range taken[TAKEN_MAX];
	u32 nr = list_taken(cfg, taken);
	int ret = 0;

	for (u32 i = 0; !ret && i < cfg->nr_shm; i++)
		ret = check_window(cfg, i, taken, nr, err);
	/* With memory at host addresses, emulated devices are above all of that. */
	if (vm_config_has(cfg, VM_MEM_DIRECT_RAM))
		return ret;
	if (!ret && cfg->nr_shm)
		ret = check_free(cfg, "shared-memory", &bells, taken, nr, err);
	if (!ret && cfg->watchdog)
		ret = check_free(cfg, "watchdog", &wdt, taken, nr, err);
	return ret;
}
