/* SPDX-License-Identifier: BSD-3-Clause */
/* Scheduling properties of a VM node: scheduler, weight, rt-priority, rt-budget, rt-period. */
#include <common/sched_unit.h>
#include <common/vm_config_prop.h>
#include <lib/errno.h>
#include <lib/printf.h>

enum which { NOOP, BVT, RT };

#define RT_PERIOD_MIN_US 100U
#define RT_PERIOD_MAX_US 1000000U
#define RT_BUDGET_MIN_US 20U

static const char *const schedulers[] = { "noop", "bvt", "rt" };

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
	if (!ret && which == NOOP && cpus < cfg->vcpus)
		return cfg_err(c->err, -EINVAL,
			       "%s: cpu-affinity: %u CPUs for %u vCPUs; scheduler \"noop\" needs one for each", c->path,
			       cpus, cfg->vcpus);
	return ret;
}
