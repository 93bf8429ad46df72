/* SPDX-License-Identifier: BSD-3-Clause */
/* watchdog of a VM node. */
#include <common/vm_config_prop.h>
#include <lib/errno.h>

int cfg_watchdog(const struct cfg_ctx *c, struct vm_config *cfg)
{
	u32 on = 0;
	int ret = cfg_u32(c, "watchdog", &on);

	if (ret)
		return ret == -ENOENT ? 0 : ret;
	if (on > 1)
		return cfg_err(c->err, -EINVAL, "%s: watchdog: %u is not 0 or 1", c->path, on);
	cfg->watchdog = on == 1;
	return 0;
}
