/* SPDX-License-Identifier: BSD-3-Clause */
#include <common/audit.h>
#include <debug/logmsg.h>
#include <debug/shell.h>
#include <lib/errno.h>

static int run(int argc, char **argv)
{
	struct audit_result r;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	/* Its lines are messages, so that they are in the log ring too. */
	if (audit_run(&r))
		shell_printf("a VM is being built or taken down: try again\n");
	else if (!r.findings && log_get_level() < LOG_INFO)
		shell_printf("audit: %u VM%s, %llu pages, no finding\n", r.vms, r.vms == 1 ? "" : "s",
			     (unsigned long long)r.pages);
	return 0;
}

const struct shell_cmd shell_cmd_audit = { "audit", "", "who can reach what: page tables, interrupts", run };
