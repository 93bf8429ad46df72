/* SPDX-License-Identifier: BSD-3-Clause */
/* reboot, poweroff: of the whole machine. */
#include <debug/crash.h>
#include <debug/logmsg.h>
#include <debug/shell.h>
#include <lib/errno.h>

static int reboot(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return -EINVAL;
	pr_info("reboot: by the shell");
	machine_reset();
}

static int poweroff(int argc, char **argv)
{
	(void)argv;
	if (argc != 1)
		return -EINVAL;
	pr_info("power off: by the shell");
	machine_power_off();
}

const struct shell_cmd shell_cmd_reboot = { "reboot", "", "reset the machine", reboot };
const struct shell_cmd shell_cmd_poweroff = { "poweroff", "", "switch the machine off", poweroff };
