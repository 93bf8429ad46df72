/* SPDX-License-Identifier: BSD-3-Clause */
/* log: Hazel's own messages, those that are kept, and which are written. */
#include <debug/log_ring.h>
#include <debug/logmsg.h>
#include <debug/shell.h>
#include <lib/errno.h>
#include <lib/string.h>

/* Line by line, each copied out of the ring: nothing is held while the console takes its time. */
static int show(void)
{
	u64 pos = log_ring_first(), end = log_ring_end(), gone = 0;
	char line[LOG_LINE_MAX];
	u32 n;

	do {
		n = log_ring_read(&pos, end, line, &gone);
		if (gone)
			shell_printf("(%llu bytes of older lines are gone)\n", (unsigned long long)gone);
		gone = 0;
		shell_write(line, n);
	} while (n);
	return 0;
}

static int level(int argc, char **argv)
{
	static const char *const text[] = { "crash lines", "errors", "warnings", "information", "debug" };
	u32 n = log_get_level();

	if (argc == 2) {
		shell_printf("level %u: %s and worse\n", n, n < ARRAY_SIZE(text) ? text[n] : "?");
		return 0;
	}
	if (shell_number(argv[2], LOG_ERR, LOG_DEBUG, "level", &n) == 0)
		log_set_level(n);
	return 0;
}

static int run(int argc, char **argv)
{
	if (argc == 1)
		return show();
	if (argc == 2 && !strcmp(argv[1], "clear")) {
		log_ring_clear();
		return 0;
	}
	if (argc <= 3 && !strcmp(argv[1], "level"))
		return level(argc, argv);
	return -EINVAL;
}

const struct shell_cmd shell_cmd_log = { "log", "[clear | level [N]]",
					 "Hazel's messages; N: 1 errors, 2 warnings, 3 info, 4 debug", run };
