/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A GICv3 as IHI 0069 describes it: per INTID enable, group, priority, config, pending, active; per CPU interface PMR,
 * BPR, group enables, active priorities. No list registers, no physical interrupts, nothing of the code under test.
 */
#ifndef VGIC_REF_H
#define VGIC_REF_H

#include <stdbool.h>
#include <stdint.h>

#define REF_CPUS 4
#define REF_INTIDS 512
#define REF_STACK 64

struct ref_irq {
	bool group1, enabled, edge, line, latch, active;
	uint8_t prio;
	int target; /* SPIs: CPU, or -1 */
};

/* Acknowledged and not yet ended by an EOI, oldest first. */
struct ref_ack {
	uint32_t intid;
	bool group1;
};

struct ref_cpu {
	struct ref_irq priv[32];
	uint32_t pmr, bpr[2];
	bool grpen[2], cbpr, eoimode;
	bool active_prio[2][256]; /* by group and group priority */
	struct ref_ack stack[REF_STACK];
	unsigned depth;
};

struct ref {
	unsigned nr_cpus;
	bool grpen[2]; /* GICD_CTLR */
	struct ref_irq spi[REF_INTIDS];
	struct ref_cpu cpu[REF_CPUS];
};

void ref_init(struct ref *r, unsigned nr_cpus);
struct ref_irq *ref_irq(struct ref *r, unsigned cpu, uint32_t intid);
bool ref_pending(const struct ref_irq *i);
/* Enabled at the distributor, and routed to a CPU. */
bool ref_forwarded(const struct ref *r, const struct ref_irq *i);
/* Is @intid deliverable to @cpu: pending, not active, enabled at distributor and CPU interface, and routed there? */
bool ref_candidate(struct ref *r, unsigned cpu, uint32_t intid);
/* Highest priority among the candidates of @cpu, 256 = none; *@groups: bit g = group g has one of that priority. */
unsigned ref_best(struct ref *r, unsigned cpu, unsigned *groups);
/* Would a candidate of that priority and group be signalled: PMR and running priority? */
bool ref_signalled(struct ref *r, unsigned cpu, unsigned prio, bool group1);
void ref_set_line(struct ref_irq *i, bool level);
void ref_ack(struct ref *r, unsigned cpu, uint32_t intid);
/* EOI of the top of the stack. */
void ref_eoi(struct ref *r, unsigned cpu);
void ref_deactivate(struct ref *r, unsigned cpu, uint32_t intid);
/* Is @intid in the stack of a CPU that can mean it? */
bool ref_on_stack(struct ref *r, unsigned cpu, uint32_t intid);

#endif
