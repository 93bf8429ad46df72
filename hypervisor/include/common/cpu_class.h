/* SPDX-License-Identifier: BSD-3-Clause */
/* Kinds of CPUs (big.LITTLE, ADR 27): a class is what a vCPU may not leave. Class 0 has the least capacity. */
#ifndef COMMON_CPU_CLASS_H
#define COMMON_CPU_CLASS_H

#include <asm/cpu.h>
#include <common/vm_config.h>
#include <lib/bits.h>
#include <lib/types.h>

/* Of a struct pcpu without a CPU. */
#define CPU_CLASS_NONE ~0U

/**
 * cpu_class_init() - sort the host's CPUs into classes and note them in pcpus[]. CPUs are of one kind when implementer
 * and part in MIDR_EL1 agree; one that is not up is of the kind that its device tree node names. Classes are ordered by
 * capacity-dmips-mhz where every one has it, else by MIDR, else as the device tree lists them. Once, at boot.
 */
void cpu_class_init(void);

/* cpu_class_count() - 1 on a machine with equal CPUs. */
u32 cpu_class_count(void);

/* cpu_class_mask() - host CPUs of @class, up or not. */
static inline u64 cpu_class_mask(u32 class)
{
	u64 mask = 0;
	u32 i;

	for (i = 0; i < CONFIG_MAX_PCPUS; i++)
		if (pcpus[i].class == class)
			mask |= BIT(i);
	return mask;
}

/* cpu_class_fits() - is @p, which comes up, of the kind that it was taken for while it was off? True before there are
 * classes. */
bool cpu_class_fits(const struct pcpu *p);

/* cpu_class_text() - "4 x arm,cortex-a55 (CPU 0 to 3), 4 x arm,cortex-a76 (CPU 4 to 7)". */
const char *cpu_class_text(char *buf, size_t size);

/* cpu_class_name() - "little", "big", or "" for those between and on a machine with one class. */
const char *cpu_class_name(u32 class);

/* cpu_class_resolve() - cfg->cpu_class to cfg->cpu_affinity. Return: 0; -EINVAL with @err: this machine has one class.
 */
int __must_check cpu_class_resolve(struct vm_config *cfg, struct vm_config_err *err);

#endif
