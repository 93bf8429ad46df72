/* SPDX-License-Identifier: BSD-3-Clause */
#include <asm/cpu.h>
#include <asm/mmu.h>
#include <asm/timer.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <debug/console.h>
#include <debug/logmsg.h>
#include <debug/mux.h>
#include <debug/ring.h>
#include <debug/shell.h>
#include <debug/shell_line.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

#define INPUT_SIZE 1024U
#define INPUT_KEYS 16U /* room that text leaves for keys such as Ctrl-C */
#define OUT_MAX 200
/* Long enough for whoever builds or takes down a VM, unless others leave it no time. */
#define LIFE_WAIT_MS 2000U
/* The first of the places for other stacks. */
#define SHELL_STACK_SLOT (STACK_SLOT_WORK + CONFIG_MAX_VMS)

const struct shell_cmd *const shell_cmds[] = {
	&shell_cmd_help,
	&shell_cmd_vm,
	&shell_cmd_vcpu,
	&shell_cmd_sched,
	&shell_cmd_mem,
	&shell_cmd_irq,
	&shell_cmd_audit,
	&shell_cmd_stat,
	&shell_cmd_log,
	&shell_cmd_cpu,
	&shell_cmd_reboot,
	&shell_cmd_poweroff,
	NULL,
};

static struct sched_work work;
static struct shell_line line;
static char input[INPUT_SIZE];
static u32 in_wr, in_rd; /* written by the interrupt, and by the work */
static bool fresh;       /* a prompt is wanted */

static void out(const char *s, size_t n)
{
	console_write(s, n);
}

void shell_write(const char *s, size_t n)
{
	while (console_backlog() > RING_SIZE / 2)
		work_pause();
	console_write(s, n);
	work_yield();
}

void shell_printf(const char *fmt, ...)
{
	char text[OUT_MAX];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	shell_write(text, strlen(text));
}

bool shell_life_lock(void)
{
	u64 end = timer_now() + timer_ms_to_ticks(LIFE_WAIT_MS);

	while (!life_trylock()) {
		if (timer_now() >= end) {
			shell_printf("a VM is being built or taken down: try again\n");
			return false;
		}
		work_pause();
	}
	return true;
}

void shell_input(char c)
{
	/* The console's pCPU is the only writer, and runs the reader. */
	if (in_wr - in_rd < (c < ' ' ? INPUT_SIZE : INPUT_SIZE - INPUT_KEYS))
		input[in_wr++ % INPUT_SIZE] = c;
	sched_work_wake(&work);
}

void shell_shown(void)
{
	WRITE_ONCE(fresh, true);
	sched_work_wake(&work);
}

int shell_split(char *s, char **argv, int max)
{
	int n = 0;

	for (;;) {
		char end = ' ';

		while (*s == ' ')
			s++;
		if (!*s)
			return n;
		if (n == max)
			return -EINVAL;
		if (*s == '"') {
			end = '"';
			s++;
		}
		argv[n++] = s;
		while (*s && *s != end)
			s++;
		if (!*s)
			return end == '"' ? -EINVAL : n;
		*s++ = '\0';
	}
}

void shell_execute(char *text)
{
	char *argv[SHELL_ARGS];
	int argc = shell_split(text, argv, SHELL_ARGS);
	u32 i;

	if (argc < 0) {
		shell_printf("a command has at most %d words, and quotes come in pairs\n", SHELL_ARGS);
		return;
	}
	if (argc == 0)
		return;
	for (i = 0; shell_cmds[i]; i++) {
		const struct shell_cmd *c = shell_cmds[i];

		if (strcmp(argv[0], c->name) != 0)
			continue;
		if (c->run(argc, argv) == -EINVAL)
			shell_printf("usage: %s%s%s\n", c->name, c->args[0] ? " " : "", c->args);
		return;
	}
	shell_printf("'%s': no such command; try help\n", argv[0]);
}

struct vm *shell_vm(const char *name)
{
	const char *digits = strncmp(name, "vm", 2) ? name : name + 2;
	u32 i, n = 0;

	for (i = 0; i < nr_vms; i++)
		if (vms[i] && !strcmp(vms[i]->cfg.name, name))
			return vms[i];
	for (i = 0; digits[i] >= '0' && digits[i] <= '9' && i < 4; i++)
		n = n * 10 + (u32)(digits[i] - '0');
	if (i && !digits[i] && n < nr_vms && vms[n])
		return vms[n];
	shell_printf("'%s': no such VM; vm list shows them\n", name);
	return NULL;
}

int shell_number(const char *s, u32 min, u32 max, const char *what, u32 *val)
{
	u64 n = 0;
	u32 i;

	for (i = 0; s[i] >= '0' && s[i] <= '9' && i < 10; i++)
		n = n * 10 + (u32)(s[i] - '0');
	if (!i || s[i] || n < min || n > max) {
		shell_printf("'%s': %s is a number from %u to %u\n", s, what, min, max);
		return -ERANGE;
	}
	*val = (u32)n;
	return 0;
}

/* Words for completion: commands, then what usage lines name, and VMs. */
static const char *next_word(const char **p, u32 *len)
{
	const char *s = *p;

	while (*s == '|' || *s == ' ' || *s == '[' || *s == ']')
		s++;
	*len = 0;
	while (s[*len] && !strchr("| []", s[*len]))
		++*len;
	*p = s + *len;
	return *len ? s : NULL;
}

/* The name is there until the next call. */
static const char *subcommand(const struct shell_cmd *c, const char *prefix, u32 len, u32 *i)
{
	static char found[16];
	const char *p = c->args, *w;
	u32 n;

	while ((w = next_word(&p, &n)) != NULL) {
		bool lower = w[0] >= 'a' && w[0] <= 'z';

		if (!lower || n < len || n >= sizeof(found) || strncmp(w, prefix, len) != 0)
			continue;
		if ((*i)-- > 0)
			continue;
		memcpy(found, w, n);
		found[n] = '\0';
		return found;
	}
	return NULL;
}

/* The command that line @text begins with, or NULL. */
static const struct shell_cmd *command_of(const char *text)
{
	u32 k;

	while (*text == ' ')
		text++;
	for (k = 0; shell_cmds[k]; k++) {
		size_t n = strlen(shell_cmds[k]->name);

		if (!strncmp(text, shell_cmds[k]->name, n) && text[n] == ' ')
			return shell_cmds[k];
	}
	return NULL;
}

static const char *candidate(const struct shell_line *l, u32 word, const char *prefix, u32 len, u32 i)
{
	const struct shell_cmd *c = word ? command_of(l->buf) : NULL;
	const char *s;
	u32 k;

	for (k = 0; word == 0 && shell_cmds[k]; k++)
		if (!strncmp(shell_cmds[k]->name, prefix, len) && i-- == 0)
			return shell_cmds[k]->name;
	if (!c)
		return NULL;
	s = word == 1 ? subcommand(c, prefix, len, &i) : NULL;
	if (s)
		return s;
	/* Right after the command only where that is all it takes. */
	for (k = 0; (word > 1 || !strcmp(c->args, "[VM]")) && k < nr_vms; k++)
		if (vms[k] && !strncmp(vms[k]->cfg.name, prefix, len) && i-- == 0)
			return vms[k]->cfg.name;
	return NULL;
}

static bool work_fn(struct sched_work *w)
{
	(void)w;
	if (__atomic_exchange_n(&fresh, false, __ATOMIC_ACQ_REL))
		line_prompt(&line);
	while (READ_ONCE(in_wr) != in_rd) {
		char c = input[in_rd++ % INPUT_SIZE];

		if (line_key(&line, c)) {
			shell_execute(line.buf);
			if (mux_shell_shown())
				line_prompt(&line);
			else
				line_clear(&line);
		}
		work_yield();
	}
	return false;
}

void shell_init(void)
{
	line.out = out;
	line.candidate = candidate;
	line.prompt = "hazel> ";
	sched_work_init(&work, work_fn, NULL, "shell");
	sched_work_set_stack(&work, mmu_new_stack(SHELL_STACK_SLOT));
	if (sched_work_attach(&work, BIT(this_pcpu()->id), this_pcpu()))
		pr_warn("shell: no CPU for it");
	mux_init(shell_input);
}
