/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU TCG plugin: how many instructions each CPU has executed, and how many of them in EL2, whenever a CPU reaches a
 *mark. tools/bench/linux.py compiles it, runs it and reads what it writes.
 *
 * Arguments:
 *	lo=, hi=			addresses of EL2's code; left out where there is none
 *	entry=, init=, begin=, end=	addresses of marks
 *
 * For each mark it writes a line to QEMU's log, where -d int has its lines too: "mark NAME CPU", and for each CPU that
 *has run " INSTRUCTIONS:IN-EL2".
 *
 * Blocks are counted when they begin: one that an exception cuts short counts as a whole. Only virtual addresses are
 * compared. With -icount one thread runs all vCPUs in turn: nothing is locked.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_api.h"

QEMU_PLUGIN_VERSION

#define MAX_CPUS 16
#define LINE_SIZE (64 + MAX_CPUS * 48)

enum { ENTRY, INIT, BEGIN, END, NR_MARKS };

static const char *const mark_names[NR_MARKS] = { "entry", "init", "begin", "end" };
static uint64_t marks[NR_MARKS], el2_lo, el2_hi;
static struct {
	uint64_t all;
	uint64_t el2;
} executed[MAX_CPUS];

static void on_mark(unsigned int cpu, void *data)
{
	char line[LINE_SIZE];
	size_t at = (size_t)snprintf(line, sizeof(line), "mark %s %u", mark_names[(uintptr_t)data], cpu);
	size_t i, last = 0;

	for (i = 0; i < MAX_CPUS; i++)
		if (executed[i].all)
			last = i;
	for (i = 0; i <= last; i++)
		at += (size_t)snprintf(line + at, sizeof(line) - at, " %" PRIu64 ":%" PRIu64, executed[i].all,
				       executed[i].el2);
	snprintf(line + at, sizeof(line) - at, "\n");
	qemu_plugin_outs(line);
}

/* A block: how many instructions it has, times two, and whether they are EL2's. */
static void on_block(unsigned int cpu, void *data)
{
	uintptr_t n = (uintptr_t)data >> 1;

	if (cpu >= MAX_CPUS)
		return;
	executed[cpu].all += n;
	if ((uintptr_t)data & 1)
		executed[cpu].el2 += n;
}

static void on_translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t n = qemu_plugin_tb_n_insns(tb), i, m;
	uint64_t va = qemu_plugin_tb_vaddr(tb);
	uintptr_t is_el2 = va >= el2_lo && va < el2_hi;

	(void)id;
	qemu_plugin_register_vcpu_tb_exec_cb(tb, on_block, CB_NO_REGS, (void *)((uintptr_t)n << 1 | is_el2));
	for (i = 0; i < n; i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);

		for (m = 0; m < NR_MARKS; m++)
			if (qemu_plugin_insn_vaddr(insn) == marks[m])
				qemu_plugin_register_vcpu_insn_exec_cb(insn, on_mark, CB_NO_REGS, (void *)(uintptr_t)m);
	}
}

static bool parse(const char *arg)
{
	const char *value = strchr(arg, '=');
	size_t len, m;

	if (!value)
		return false;
	len = (size_t)(value++ - arg);
	for (m = 0; m < NR_MARKS; m++) {
		if (len == strlen(mark_names[m]) && !strncmp(arg, mark_names[m], len)) {
			marks[m] = strtoull(value, NULL, 0);
			return true;
		}
	}
	if (len != 2 || (strncmp(arg, "lo", len) && strncmp(arg, "hi", len)))
		return false;
	*(arg[0] == 'l' ? &el2_lo : &el2_hi) = strtoull(value, NULL, 0);
	return true;
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!parse(argv[i])) {
			fprintf(stderr, "cpus plugin: what is '%s'?\n", argv[i]);
			return -1;
		}
	}
	for (i = 0; i < NR_MARKS; i++) {
		if (!marks[i]) {
			fprintf(stderr, "cpus plugin: %s= is needed\n", mark_names[i]);
			return -1;
		}
	}
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	return 0;
}
