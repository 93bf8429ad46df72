/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scheduling properties of a VM node: cpu-affinity, scheduler, weight, rt-priority, rt-budget, rt-period. What "little"
 * and "big" are is known on the machine only: cpu_class_resolve().
 */
#include <common/fdt_scan.h>
#include <common/sched_unit.h>
#include <common/vm_config_prop.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>
#include <libfdt.h>

enum which { NOOP, BVT, RT };

#define RT_PERIOD_MIN_US 100U
#define RT_PERIOD_MAX_US 1000000U
#define RT_BUDGET_MIN_US 20U

static const char *const schedulers[] = { "noop", "bvt", "rt" };

static const struct {
	const char *name;
	u32 class;
} words[] = { { "little", VM_CPU_LITTLE }, { "big", VM_CPU_BIG } };

/* A CPU number's first byte is 0, a word's is not. */
static bool in_words(const struct cfg_ctx *c)
{
	int len;
	const char *p = fdt_scan_prop(c->fit, c->node, "cpu-affinity", &len);

	return p && len > 0 && p[0];
}

static int parse_words(const struct cfg_ctx *c, struct vm_config *cfg)
{
	int nr = cfg_strings(c, "cpu-affinity");

	if (nr < 0)
		return cfg_err(c->err, -EINVAL,
			       "%s: cpu-affinity: is a list of neither CPU numbers nor \"little\" and \"big\"",
			       c->path);
	for (int i = 0; i < nr; i++) {
		const char *s = cfg_string(c, "cpu-affinity", i);
		u32 k;

		for (k = 0; k < ARRAY_SIZE(words) && strcmp(s, words[k].name) != 0; k++)
			;
		if (k == ARRAY_SIZE(words))
			return cfg_err(c->err, -EINVAL,
				       "%s: cpu-affinity: \"%s\" is neither \"little\" nor \"big\", nor a CPU number",
				       c->path, s);
		cfg->cpu_class |= words[k].class;
	}
	return 0;
}

int cfg_affinity(const struct cfg_ctx *c, struct vm_config *cfg)
{
	const void *cells = NULL;
	u32 nr = 0;
	int ret;

	if (in_words(c))
		return parse_words(c, cfg);
	ret = cfg_cells(c, "cpu-affinity", &cells, &nr);
	if (ret)
		return ret == -ENOENT ? 0 : ret;
	cfg->cpu_affinity = 0;
	for (u32 i = 0; i < nr; i++) {
		u32 cpu = cfg_cell(cells, i);

		if (cpu >= CONFIG_MAX_PCPUS)
			return cfg_err(c->err, -EINVAL, "%s: cpu-affinity: %u is not a CPU number, 0 to %d", c->path,
				       cpu, CONFIG_MAX_PCPUS - 1);
		cfg->cpu_affinity |= BIT(cpu);
	}
	return 0;
}

static u32 count_bits(u64 v)
{
	u32 n = 0;

	for (; v; v &= v - 1)
		n++;
	return n;
}

/* A number in @min to @max; *@val stays when the property is absent. */
static int ranged(const struct cfg_ctx *c, const char *prop, u32 min, u32 max, u32 *val)
{
	u32 v = *val;
	int ret = cfg_u32(c, prop, &v);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (v < min || v > max)
		return cfg_err(c->err, -EINVAL, "%s: %s: %u is not %u to %u", c->path, prop, v, min, max);
	*val = v;
	return 0;
}

static int only_with(const struct cfg_ctx *c, const char *prop, const char *with)
{
	u32 v;

	if (cfg_u32(c, prop, &v) == -ENOENT)
		return 0;
	return cfg_err(c->err, -EINVAL, "%s: %s: only with %s", c->path, prop, with);
}

static int parse_rt(const struct cfg_ctx *c, struct vm_config *cfg)
{
	int ret;

	cfg->rt_period_us = 10000;
	ret = ranged(c, "rt-priority", 1, SCHED_RT_PRIO_MAX, &cfg->rt_priority);
	if (!ret && !cfg->rt_priority)
		ret = only_with(c, "rt-budget", "rt-priority");
	if (!ret && !cfg->rt_priority)
		ret = only_with(c, "rt-period", "rt-priority");
	if (!ret)
		ret = ranged(c, "rt-period", RT_PERIOD_MIN_US, RT_PERIOD_MAX_US, &cfg->rt_period_us);
	cfg->rt_budget_us = cfg->rt_period_us / 2;
	if (!ret)
		ret = ranged(c, "rt-budget", RT_BUDGET_MIN_US, cfg->rt_period_us, &cfg->rt_budget_us);
	return ret;
}

int cfg_scheduler(const struct cfg_ctx *c, struct vm_config *cfg)
{
	static const char *const rt_props[] = { "rt-priority", "rt-budget", "rt-period" };
	u32 which = NOOP, cpus = count_bits(cfg->cpu_affinity), i;
	int ret = cfg_enum(c, "scheduler", schedulers, ARRAY_SIZE(schedulers), &which);

	if (ret)
		return ret;
	(void)snprintf(cfg->scheduler, sizeof(cfg->scheduler), "%s", schedulers[which]);
	cfg->weight = SCHED_WEIGHT_DEFAULT;
	ret = which == NOOP ? only_with(c, "weight", "scheduler = \"bvt\" or \"rt\"")
			    : ranged(c, "weight", 1, SCHED_WEIGHT_MAX, &cfg->weight);
	for (i = 0; !ret && which != RT && i < ARRAY_SIZE(rt_props); i++)
		ret = only_with(c, rt_props[i], "scheduler = \"rt\"");
	if (!ret && which == RT)
		ret = parse_rt(c, cfg);
	if (!ret && which == NOOP && !cfg->cpu_class && cpus < cfg->vcpus)
		return cfg_err(c->err, -EINVAL,
			       "%s: cpu-affinity: %u CPUs for %u vCPUs; scheduler \"noop\" needs one for each", c->path,
			       cpus, cfg->vcpus);
	return ret;
}
