/* SPDX-License-Identifier: BSD-3-Clause */
/* Where units live: the pCPU they are attached to, and when they move to another. */
#include <asm/cpu.h>
#include <common/cpu_class.h>
#include <common/schedule.h>
#include <common/vm_config.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

#define WHOLE UINT64_C(1000000)

#define STORM_SLICE_US 100U

static bool storm;

void sched_set_storm(void)
{
	storm = true;
}

static const struct sched_ops *policy(const char *name)
{
	static const struct sched_ops *const all[] = { &sched_noop, &sched_bvt, &sched_rt };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(all); i++)
		if (!strcmp(name, all[i]->name))
			return all[i];
	return &sched_noop;
}

/*
 * The policy of a queue once a vCPU that wants @ops is there: the first one decides, "rt" can do all that "bvt" can,
 * and "noop" shares with nobody.
 */
static const struct sched_ops *join(const struct sched_cpu *s, const struct sched_ops *ops)
{
	if (s->nr_vcpus == 0)
		return ops;
	if (!s->ops->shared || !ops->shared)
		return NULL;
	return s->ops == &sched_rt ? s->ops : ops;
}

static bool usable(const struct pcpu *p, u64 affinity)
{
	return p->online && !p->leave && (affinity & BIT(p->id));
}

/* @u counts on @s, or no longer; @s is locked. */
static void count_in(struct sched_cpu *s, const struct sched_unit *u)
{
	s->nr_vcpus++;
	s->weight += u->weight;
	if (u->rt_prio)
		s->rt_share += u->rt_budget * WHOLE / u->rt_period;
}

static void count_out(struct sched_cpu *s, const struct sched_unit *u)
{
	s->nr_vcpus--;
	s->weight -= u->weight;
	if (u->rt_prio)
		s->rt_share -= u->rt_budget * WHOLE / u->rt_period;
	if (s->nr_vcpus == 0)
		s->ops = &sched_bvt;
}

int sched_rehome(struct sched_unit *u, struct pcpu *to)
{
	struct sched_cpu *s = to->sched, *old = u->home->sched;
	const struct sched_ops *ops;
	int r = -EBUSY;

	if (s == old)
		return 0;
	spin_lock(&s->lock);
	ops = join(s, READ_ONCE(old->ops));
	if (ops)
		r = ops->admit(s, u);
	if (!r) {
		s->ops = ops;
		count_in(s, u);
	}
	spin_unlock(&s->lock);
	if (r)
		return r;
	spin_lock(&old->lock);
	count_out(old, u);
	u->home = to;
	spin_unlock(&old->lock);
	return 0;
}

/* Add @u to @p, when its policy takes it; 0, -EBUSY. */
static int attach_to(struct pcpu *p, struct sched_unit *u, const struct sched_ops *want)
{
	struct sched_cpu *s = p->sched;
	const struct sched_ops *ops;
	int r = -EBUSY;

	spin_lock(&s->lock);
	ops = join(s, want);
	if (ops)
		r = ops->admit(s, u);
	if (!r) {
		/* What waits there is weighted-fair, and so for every policy in the same list. */
		s->ops = ops;
		count_in(s, u);
		u->home = p;
		u->vtime = s->vmin;
		sched_set_pcpu(u, p);
	}
	spin_unlock(&s->lock);
	return r;
}

/* The pCPU in @affinity, not in @tried, with the least weight on it; NULL when there is none. */
static struct pcpu *lightest(u64 affinity, u64 tried)
{
	struct pcpu *best = NULL;
	u32 i;

	for (i = 0; i < CONFIG_MAX_PCPUS; i++) {
		struct pcpu *p = &pcpus[i];

		if (usable(p, affinity & ~tried) && (!best || p->sched->weight < best->sched->weight))
			best = p;
	}
	return best;
}

/* CPUs that may be used are dealt to vCPUs in turn: those of the kind of the one that vCPU @id gets. */
static u64 dealt(u64 affinity, u32 id)
{
	u32 i, n = 0;

	for (i = 0; i < CONFIG_MAX_PCPUS; i++)
		n += usable(&pcpus[i], affinity);
	id = n ? id % n : 0;
	for (i = 0; i < CONFIG_MAX_PCPUS; i++)
		if (usable(&pcpus[i], affinity) && id-- == 0)
			return affinity & cpu_class_mask(pcpus[i].class);
	return 0;
}

/* Try pCPUs of @affinity that are not in *@tried, the lightest first. */
static bool attach_in(u64 affinity, struct sched_unit *u, const struct sched_ops *ops, u64 *tried)
{
	struct pcpu *p;

	while ((p = lightest(affinity, *tried)) != NULL) {
		if (attach_to(p, u, ops) == 0) {
			/* A vCPU stays on one kind of CPU: what its guest has read there stays true. */
			u->affinity &= cpu_class_mask(p->class);
			return true;
		}
		*tried |= BIT(p->id);
	}
	return false;
}

int sched_attach(struct vcpu *v, const struct vm_config *cfg)
{
	struct sched_unit *u = &v->sched;
	const struct sched_ops *ops = policy(cfg->scheduler);
	u64 tried = 0;

	list_init(&u->node);
	u->kind = SCHED_VCPU;
	u->affinity = cfg->cpu_affinity;
	u->weight = cfg->weight ? cfg->weight : SCHED_WEIGHT_DEFAULT;
	u->rt_prio = cfg->rt_priority;
	u->rt_budget = timer_us_to_ticks(cfg->rt_budget_us);
	u->rt_period = timer_us_to_ticks(cfg->rt_period_us);
	if (ops != &sched_rt || !u->rt_budget || u->rt_period < u->rt_budget)
		u->rt_prio = 0;
	(void)snprintf(u->name, sizeof(u->name), "%.31s.%u", cfg->name, v->id);
	if (attach_in(dealt(u->affinity, v->id), u, ops, &tried) || attach_in(u->affinity, u, ops, &tried))
		return 0;
	return tried ? -EBUSY : -EINVAL;
}

void sched_detach(struct vcpu *v)
{
	struct sched_unit *u = &v->sched;
	struct sched_cpu *s = sched_lock_of(u);

	if (!s)
		return;
	if (u->queued)
		s->ops->dequeue(s, u);
	u->queued = false;
	if (s->cur == u)
		s->cur = NULL;
	sched_set_pcpu(u, NULL);
	spin_unlock(&s->lock);
	s = u->home->sched;
	spin_lock(&s->lock);
	count_out(s, u);
	u->home = NULL;
	spin_unlock(&s->lock);
}

int sched_work_attach(struct sched_work *w, u64 affinity, struct pcpu *near)
{
	struct sched_unit *u = &w->unit;
	struct sched_cpu *s;
	struct pcpu *p = near && usable(near, affinity) ? near : lightest(affinity, 0);

	if (!p)
		return -EINVAL;
	u->affinity = affinity;
	s = sched_lock_of(u);
	if (!s) {
		u->vtime = p->sched->vmin;
		sched_set_pcpu(u, p);
		sched_requeue(u);
		return 0;
	}
	/* It runs, or waits, where it was; the next wake-up brings it to the new place. */
	if (!u->queued && !u->on_cpu)
		sched_set_pcpu(u, p);
	spin_unlock(&s->lock);
	return 0;
}

void sched_work_detach(struct sched_work *w)
{
	struct sched_unit *u = &w->unit;
	struct sched_cpu *s = sched_lock_of(u);

	if (!s)
		return;
	if (u->queued)
		s->ops->dequeue(s, u);
	u->queued = false;
	sched_set_pcpu(u, NULL);
	spin_unlock(&s->lock);
}

bool sched_work_rest(struct sched_work *w)
{
	struct sched_unit *u = &w->unit;
	struct sched_cpu *s = sched_lock_of(u);
	bool rests;

	if (!s)
		return true;
	rests = !u->queued && !u->on_cpu && !sched_can_run(u);
	if (rests)
		sched_set_pcpu(u, NULL);
	spin_unlock(&s->lock);
	return rests;
}

bool sched_may_leave(const struct pcpu *p)
{
	return READ_ONCE(p->sched->nr_units) == 0 && READ_ONCE(p->sched->nr_vcpus) == 0;
}

bool sched_contended(const struct pcpu *p)
{
	return READ_ONCE(p->sched->nr_vcpus) > 1 || READ_ONCE(p->sched->nr_fair) || !list_empty(&p->sched->rt);
}

static bool idle(const struct sched_cpu *s)
{
	return !READ_ONCE(s->cur) && READ_ONCE(s->nr_fair) == 0;
}

/* Real-time units stay where their budgets were admitted, and work stays near its VM. */
static bool may_move(const struct sched_unit *u, const struct pcpu *from, const struct pcpu *to)
{
	return u->kind == SCHED_VCPU && !u->rt_prio && to != from && usable(to, u->affinity) &&
		from->sched->ops->shared && READ_ONCE(to->sched->ops)->shared && READ_ONCE(to->sched->nr_vcpus);
}

struct pcpu *sched_must_go_home(const struct sched_unit *u)
{
	const struct sched_cpu *s = u->pcpu->sched;

	if (u->pcpu == u->home)
		return NULL;
	/* A loan ends when others want the pCPU too: at home its weight counts, so that shares are right when all are
	 * busy. */
	return !s->ops->shared || !s->nr_vcpus || (!storm && READ_ONCE(s->nr_fair)) ? u->home : NULL;
}

struct pcpu *sched_find_idle(const struct sched_unit *u)
{
	struct pcpu *home;
	u32 i;

	if (u->kind != SCHED_VCPU)
		return NULL;
	home = sched_must_go_home(u);
	if (home)
		return home;
	if (idle(u->pcpu->sched))
		return NULL;
	for (i = 0; i < CONFIG_MAX_PCPUS; i++)
		if (pcpus[i].online && may_move(u, u->pcpu, &pcpus[i]) && idle(pcpus[i].sched))
			return &pcpus[i];
	return NULL;
}

u64 sched_storm_end(const struct sched_unit *u)
{
	return storm ? u->picked + timer_us_to_ticks(STORM_SLICE_US) : ~UINT64_C(0);
}

struct pcpu *sched_storm_next(const struct sched_unit *u, u64 now)
{
	u32 i, n;

	/* Not before it ran: two pCPUs would send each other what they have for ever. */
	if (!storm || now < sched_storm_end(u))
		return NULL;
	for (n = 1; n < CONFIG_MAX_PCPUS; n++) {
		i = (u->pcpu->id + n) % CONFIG_MAX_PCPUS;
		if (pcpus[i].online && may_move(u, u->pcpu, &pcpus[i]))
			return &pcpus[i];
	}
	return NULL;
}

/* The first waiting unit of @s that may come to @to, taken out of the queue. */
static struct sched_unit *take_one(struct sched_cpu *s, struct pcpu *to)
{
	struct list_head *p;

	list_for_each (p, &s->fair) {
		struct sched_unit *u = list_entry(p, struct sched_unit, node);

		if (u->on_cpu || !may_move(u, s->pcpu, to))
			continue;
		s->ops->dequeue(s, u);
		u->queued = false;
		return u;
	}
	return NULL;
}

bool sched_steal(struct pcpu *p)
{
	u32 i, n;

	if (!p->sched->ops->shared || !p->sched->nr_vcpus)
		return false;
	for (n = 1; n < CONFIG_MAX_PCPUS; n++) {
		struct sched_cpu *s;
		struct sched_unit *u;

		i = (p->id + n) % CONFIG_MAX_PCPUS;
		s = pcpus[i].sched;
		if (!pcpus[i].online || !READ_ONCE(s->nr_fair))
			continue;
		spin_lock(&s->lock);
		u = take_one(s, p);
		if (u)
			sched_set_pcpu(u, p);
		spin_unlock(&s->lock);
		if (u) {
			sched_requeue(u);
			return true;
		}
	}
	return false;
}
