/* SPDX-License-Identifier: BSD-3-Clause */
#include <string.h>

#include "vgic_ref.h"

#define IDLE 256U

void ref_init(struct ref *r, unsigned nr_cpus)
{
	unsigned c, i;

	memset(r, 0, sizeof(*r));
	r->nr_cpus = nr_cpus;
	for (c = 0; c < nr_cpus; c++) {
		r->cpu[c].bpr[0] = 2;
		r->cpu[c].bpr[1] = 3;
		for (i = 0; i < 16; i++)
			r->cpu[c].priv[i].edge = true;
	}
}

struct ref_irq *ref_irq(struct ref *r, unsigned cpu, uint32_t intid)
{
	return intid < 32 ? &r->cpu[cpu].priv[intid] : &r->spi[intid];
}

bool ref_pending(const struct ref_irq *i)
{
	return i->latch || (!i->edge && i->line);
}

bool ref_forwarded(const struct ref *r, const struct ref_irq *i)
{
	return i->enabled && r->grpen[i->group1] && i->target >= 0;
}

bool ref_candidate(struct ref *r, unsigned cpu, uint32_t intid)
{
	struct ref_irq *i = ref_irq(r, cpu, intid);

	return ref_pending(i) && !i->active && ref_forwarded(r, i) && r->cpu[cpu].grpen[i->group1] &&
		(intid < 32 || i->target == (int)cpu);
}

unsigned ref_best(struct ref *r, unsigned cpu, unsigned *groups)
{
	unsigned best = IDLE;
	uint32_t id;

	*groups = 0;
	for (id = 0; id < REF_INTIDS; id++) {
		struct ref_irq *i = ref_irq(r, cpu, id);

		if (!ref_candidate(r, cpu, id) || i->prio > best)
			continue;
		if (i->prio < best)
			*groups = 0;
		best = i->prio;
		*groups |= 1U << i->group1;
	}
	return best;
}

/* The part of a priority that decides about preemption (IHI 0069H 4.8.4). */
static unsigned group_prio(const struct ref_cpu *c, bool group1, unsigned prio)
{
	unsigned subpriority_bits = group1 && !c->cbpr ? c->bpr[1] : c->bpr[0] + 1;

	return prio >> subpriority_bits << subpriority_bits;
}

static unsigned running(const struct ref_cpu *c)
{
	unsigned p;

	for (p = 0; p < 256; p++) {
		if (c->active_prio[0][p] || c->active_prio[1][p])
			return p;
	}
	return IDLE;
}

bool ref_signalled(struct ref *r, unsigned cpu, unsigned prio, bool group1)
{
	struct ref_cpu *c = &r->cpu[cpu];

	return prio < c->pmr && group_prio(c, group1, prio) < running(c);
}

void ref_set_line(struct ref_irq *i, bool level)
{
	if (level && !i->line && i->edge)
		i->latch = true;
	i->line = level;
}

void ref_ack(struct ref *r, unsigned cpu, uint32_t intid)
{
	struct ref_cpu *c = &r->cpu[cpu];
	struct ref_irq *i = ref_irq(r, cpu, intid);

	i->active = true;
	i->latch = false;
	c->active_prio[i->group1][group_prio(c, i->group1, i->prio)] = true;
	c->stack[c->depth].intid = intid;
	c->stack[c->depth++].group1 = i->group1;
}

void ref_eoi(struct ref *r, unsigned cpu)
{
	struct ref_cpu *c = &r->cpu[cpu];
	unsigned p = running(c);

	c->depth--;
	c->active_prio[c->active_prio[0][p] ? 0 : 1][p] = false;
	if (!c->eoimode)
		ref_deactivate(r, cpu, c->stack[c->depth].intid);
}

void ref_deactivate(struct ref *r, unsigned cpu, uint32_t intid)
{
	ref_irq(r, cpu, intid)->active = false;
}

bool ref_on_stack(struct ref *r, unsigned cpu, uint32_t intid)
{
	unsigned c, n;

	for (c = 0; c < r->nr_cpus; c++) {
		for (n = 0; n < r->cpu[c].depth; n++) {
			if (r->cpu[c].stack[n].intid == intid && (intid >= 32 || c == cpu))
				return true;
		}
	}
	return false;
}
