/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU TCG plugin: how often each instruction of EL2 runs, and how often it reaches a device, between two marks in a
 * guest. tools/bench/profile.py compiles it, runs it and reads what it writes.
 *
 * Arguments:
 *	lo=, hi=	addresses of EL2's code
 *	begin=, end=	the guest's two marks
 *	skip=		how many windows, from begin to end, are left out at first
 *	out=		the file to write
 *
 * The file's first line is "stray <how often a mark came out of turn> translated <instructions of EL2 seen>". Then, for
 * each length that windows had, in instructions: "windows <how many> length <length, or various>", and a line for each
 * instruction: its address, executions and device accesses.
 *
 * Only virtual addresses are compared, so the guest has to run elsewhere than at EL2's addresses.
 *
 * With -icount one thread runs all vCPUs in turn: nothing is locked.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qemu_api.h"

QEMU_PLUGIN_VERSION

struct counter {
	uint64_t runs;
	uint64_t device;
};

/* Windows of one length, in instructions of EL2. */
struct kind {
	uint64_t length;
	uint64_t windows;
	struct counter *counters;
};

/* Windows of further lengths count together, as the last kind. */
#define MAX_KINDS 32
#define VARIOUS UINT64_MAX

static uint64_t el2_lo, el2_hi, mark_begin, mark_end, skip;
static const char *out_path;
static struct kind kinds[MAX_KINDS];
static size_t nr_kinds;

/* The window that is open; a counter for each instruction of [el2_lo, el2_hi), and which of them are not 0. */
static bool open_window, counting;
static struct counter *counters;
static size_t *touched, nr_touched;
static uint64_t length;

static uint64_t windows; /* that ended, with those left out */
static uint64_t stray;   /* marks out of turn */
static uint64_t translated;

static size_t nr_counters(void)
{
	return (el2_hi - el2_lo) / 4;
}

static struct kind *kind_of(uint64_t len)
{
	struct kind *k;
	size_t i;

	for (i = 0; i < nr_kinds; i++)
		if (kinds[i].length == len)
			return &kinds[i];
	if (nr_kinds == MAX_KINDS)
		return &kinds[MAX_KINDS - 1];
	k = &kinds[nr_kinds++];
	k->length = nr_kinds < MAX_KINDS ? len : VARIOUS;
	k->counters = calloc(nr_counters(), sizeof(*k->counters));
	if (!k->counters)
		abort();
	return k;
}

static void on_begin(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (open_window)
		stray++;
	open_window = true;
	counting = windows >= skip;
}

static void close_window(void)
{
	struct kind *k = kind_of(length);

	k->windows++;
	while (nr_touched) {
		size_t i = touched[--nr_touched];

		k->counters[i].runs += counters[i].runs;
		k->counters[i].device += counters[i].device;
		counters[i] = (struct counter){ 0 };
	}
	length = 0;
}

static void on_end(unsigned int cpu, void *data)
{
	(void)cpu;
	(void)data;
	if (counting)
		close_window();
	if (open_window)
		windows++;
	else
		stray++;
	open_window = false;
	counting = false;
}

static void on_exec(unsigned int cpu, void *data)
{
	size_t i = (uintptr_t)data;

	(void)cpu;
	if (!counting)
		return;
	if (!counters[i].runs++)
		touched[nr_touched++] = i;
	length++;
}

static void on_access(unsigned int cpu, uint32_t info, uint64_t va, void *data)
{
	const struct qemu_plugin_hwaddr *hwaddr;

	(void)cpu;
	if (!counting)
		return;
	hwaddr = qemu_plugin_get_hwaddr(info, va);
	if (hwaddr && qemu_plugin_hwaddr_is_io(hwaddr))
		counters[(uintptr_t)data].device++;
}

static void on_translate(uint64_t id, struct qemu_plugin_tb *tb)
{
	size_t i;

	(void)id;
	for (i = 0; i < qemu_plugin_tb_n_insns(tb); i++) {
		struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(tb, i);
		uint64_t va = qemu_plugin_insn_vaddr(insn);

		if (va == mark_begin) {
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_begin, CB_NO_REGS, NULL);
		} else if (va == mark_end) {
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_end, CB_NO_REGS, NULL);
		} else if (va >= el2_lo && va < el2_hi) {
			void *index = (void *)(uintptr_t)((va - el2_lo) / 4);

			translated++;
			qemu_plugin_register_vcpu_insn_exec_cb(insn, on_exec, CB_NO_REGS, index);
			qemu_plugin_register_vcpu_mem_cb(insn, on_access, CB_NO_REGS, MEM_READ_WRITE, index);
		}
	}
}

static void write_kind(FILE *f, const struct kind *k)
{
	size_t i;

	if (k->length == VARIOUS)
		fprintf(f, "windows %" PRIu64 " length various\n", k->windows);
	else
		fprintf(f, "windows %" PRIu64 " length %" PRIu64 "\n", k->windows, k->length);
	for (i = 0; i < nr_counters(); i++)
		if (k->counters[i].runs)
			fprintf(f, "0x%" PRIx64 " %" PRIu64 " %" PRIu64 "\n", el2_lo + i * 4, k->counters[i].runs,
				k->counters[i].device);
}

static void write_counts(uint64_t id, void *data)
{
	FILE *f = fopen(out_path, "w");
	size_t i;

	(void)id;
	(void)data;
	if (!f) {
		fprintf(stderr, "profile plugin: %s: %s\n", out_path, strerror(errno));
		return;
	}
	fprintf(f, "stray %" PRIu64 " translated %" PRIu64 "\n", stray + open_window, translated);
	for (i = 0; i < nr_kinds; i++)
		write_kind(f, &kinds[i]);
	fclose(f);
}

static bool parse(const char *arg)
{
	static const struct {
		const char *name;
		uint64_t *value;
	} numbers[] = { { "lo=", &el2_lo },
			{ "hi=", &el2_hi },
			{ "begin=", &mark_begin },
			{ "end=", &mark_end },
			{ "skip=", &skip } };
	size_t i;

	if (!strncmp(arg, "out=", 4)) {
		out_path = strdup(arg + 4);
		return out_path;
	}
	for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		size_t len = strlen(numbers[i].name);

		if (!strncmp(arg, numbers[i].name, len)) {
			*numbers[i].value = strtoull(arg + len, NULL, 0);
			return true;
		}
	}
	return false;
}

EXPORT int qemu_plugin_install(uint64_t id, const void *info, int argc, char **argv)
{
	int i;

	(void)info;
	for (i = 0; i < argc; i++) {
		if (!parse(argv[i])) {
			fprintf(stderr, "profile plugin: what is '%s'?\n", argv[i]);
			return -1;
		}
	}
	if (el2_hi <= el2_lo || !mark_begin || !mark_end || mark_begin == mark_end || !out_path) {
		fprintf(stderr, "profile plugin: lo=, hi=, begin=, end= and out= are needed\n");
		return -1;
	}
	counters = calloc(nr_counters(), sizeof(*counters));
	touched = calloc(nr_counters(), sizeof(*touched));
	if (!counters || !touched)
		return -1;
	qemu_plugin_register_vcpu_tb_trans_cb(id, on_translate);
	qemu_plugin_register_atexit_cb(id, write_counts, NULL);
	return 0;
}
