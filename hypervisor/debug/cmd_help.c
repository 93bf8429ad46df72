/* SPDX-License-Identifier: BSD-3-Clause */
#include <debug/shell.h>
#include <lib/errno.h>

static int run(int argc, char **argv)
{
	u32 i;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	for (i = 0; shell_cmds[i]; i++)
		shell_printf("%-9s %-46s %s\n", shell_cmds[i]->name, shell_cmds[i]->args, shell_cmds[i]->help);
	shell_printf("A VM is named by its name or number. Ctrl-T goes to the next console.\n");
	return 0;
}

const struct shell_cmd shell_cmd_help = { "help", "", "this list", run };
