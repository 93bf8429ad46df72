/* SPDX-License-Identifier: BSD-3-Clause */
/* Kinds of CPUs: from MIDR_EL1 where a CPU is up, from the device tree where it is not. */
#include <asm/cpu.h>
#include <common/cpu_class.h>
#include <common/fdt_host.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

/* MIDR_EL1 without Variant and Revision: steppings of a core are one kind. */
#define MIDR_KIND (GENMASK(31, 24) | GENMASK(15, 4))

static u32 nr_classes; /* 0 = not known yet */

/* 0 while it is not up. */
static u64 kind_of(u32 cpu)
{
	return pcpus[cpu].features.midr & MIDR_KIND;
}

static bool same_kind(u32 a, u32 b)
{
	if (kind_of(a) && kind_of(b))
		return kind_of(a) == kind_of(b);
	return strcmp(host.cpu[a].compatible, host.cpu[b].compatible) == 0;
}

/* The first CPU like @cpu, of those that are up, or @cpu itself. */
static u32 first_up(u32 cpu)
{
	u32 i;

	for (i = 0; i < host.nr_cpus; i++)
		if (kind_of(i) && same_kind(i, cpu))
			return i;
	return cpu;
}

/* One CPU stands for all of a kind: one that is up if there is any, else the first in the device tree. */
static u32 leader_of(u32 cpu)
{
	u32 up = first_up(cpu), i;

	/* What an equal one in the device tree turned out to be decides; it may itself be like an earlier one. */
	if (kind_of(up))
		return first_up(up);
	for (i = 0; i < cpu; i++)
		if (same_kind(i, cpu))
			return i;
	return cpu;
}

/* Does leader @a come before leader @b? */
static bool before(u32 a, u32 b, bool by_capacity)
{
	u32 ca = host.cpu[a].capacity, cb = host.cpu[b].capacity;
	u64 ka = kind_of(a), kb = kind_of(b);

	if (by_capacity && ca != cb)
		return ca < cb;
	if (ka && kb && ka != kb)
		return ka < kb;
	return a < b;
}

void cpu_class_init(void)
{
	u32 leader[CONFIG_MAX_PCPUS], n = 0, i, k;
	bool by_capacity = true;

	for (i = 0; i < host.nr_cpus; i++) {
		u32 l = leader_of(i);

		by_capacity &= host.cpu[i].capacity != 0;
		for (k = 0; k < n && leader[k] != l; k++)
			;
		if (k == n)
			leader[n++] = l;
	}
	for (i = 0; i < host.nr_cpus; i++) {
		u32 l = leader_of(i), class = 0;

		for (k = 0; k < n; k++)
			class += leader[k] != l && before(leader[k], l, by_capacity);
		pcpus[i].class = class;
	}
	for (; i < CONFIG_MAX_PCPUS; i++)
		pcpus[i].class = CPU_CLASS_NONE;
	nr_classes = n;
}

u32 cpu_class_count(void)
{
	return nr_classes;
}

bool cpu_class_fits(const struct pcpu *p)
{
	u32 i;

	for (i = 0; nr_classes && i < host.nr_cpus; i++)
		if (i != p->id && kind_of(i) && pcpus[i].class == p->class && kind_of(i) != kind_of(p->id))
			return false;
	return true;
}

const char *cpu_class_name(u32 class)
{
	if (nr_classes < 2)
		return "";
	return class == 0 ? "little" : class == nr_classes - 1 ? "big" : "";
}

/* "CPU 0 to 3, 6" */
static void say_cpus(char *buf, size_t size, u64 mask)
{
	u32 i, first, len = 0;

	for (i = 0; i < host.nr_cpus; i++) {
		if (!(mask & BIT(i)))
			continue;
		for (first = i; i + 1 < host.nr_cpus && (mask & BIT(i + 1)); i++)
			;
		if (first == i)
			(void)snprintf(buf + len, size - len, "%s%u", len ? ", " : "CPU ", i);
		else
			(void)snprintf(buf + len, size - len, "%s%u to %u", len ? ", " : "CPU ", first, i);
		len = (u32)strlen(buf);
	}
}

const char *cpu_class_text(char *buf, size_t size)
{
	u32 class, len = 0;

	buf[0] = '\0';
	for (class = 0; class < nr_classes; class ++) {
		u64 mask = cpu_class_mask(class), left;
		char cpus[64] = "";
		u32 n = 0;

		if (!mask)
			continue;
		for (left = mask; left; left &= left - 1)
			n++;
		say_cpus(cpus, sizeof(cpus), mask);
		(void)snprintf(buf + len, size - len, "%s%u x %s (%s)", len ? ", " : "", n,
			       host.cpu[__builtin_ctzll(mask)].compatible, cpus);
		len = (u32)strlen(buf);
	}
	return buf;
}

int cpu_class_resolve(struct vm_config *cfg, struct vm_config_err *err)
{
	char text[VM_CONFIG_ERR_MAX - 96];

	if (!cfg->cpu_class)
		return 0;
	if (nr_classes < 2) {
		(void)snprintf(err->text, sizeof(err->text),
			       "cpu-affinity: \"%s\": this machine has one kind of CPU: %s",
			       cfg->cpu_class & VM_CPU_BIG ? "big" : "little", cpu_class_text(text, sizeof(text)));
		return -EINVAL;
	}
	cfg->cpu_affinity = 0;
	if (cfg->cpu_class & VM_CPU_LITTLE)
		cfg->cpu_affinity |= cpu_class_mask(0);
	if (cfg->cpu_class & VM_CPU_BIG)
		cfg->cpu_affinity |= cpu_class_mask(nr_classes - 1);
	return 0;
}
