/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * rt: fixed priorities with a budget in each period (a deferrable server). A unit that has used its budget waits for
 * the next period. Units without a priority run in the background, weighted-fair.
 */
#include <common/sched_fair.h>
#include <lib/errno.h>

#define WHOLE 1000000U /* all of a pCPU, in millionths */

static u64 share_of(const struct sched_unit *u)
{
	return u->rt_prio ? u->rt_budget * WHOLE / u->rt_period : 0;
}

static int rt_admit(const struct sched_cpu *s, const struct sched_unit *u)
{
	return s->rt_share + share_of(u) > WHOLE ? -EBUSY : 0;
}

/* Periods follow each other from the first start on; those that passed while nobody looked are skipped. */
static void replenish(struct sched_unit *u, u64 now)
{
	if (now < u->rt_next)
		return;
	u->rt_left = u->rt_budget;
	if (u->rt_next == 0)
		u->rt_next = now;
	u->rt_next += ((now - u->rt_next) / u->rt_period + 1) * u->rt_period;
}

static void rt_enqueue(struct sched_cpu *s, struct sched_unit *u, u64 now)
{
	struct list_head *p;

	if (!u->rt_prio) {
		bvt_enqueue(s, u, now);
		return;
	}
	list_for_each (p, &s->rt)
		if (list_entry(p, struct sched_unit, node)->rt_prio < u->rt_prio)
			break;
	list_add_tail(&u->node, p);
}

static void rt_dequeue(struct sched_cpu *s, struct sched_unit *u)
{
	if (u->rt_prio)
		list_del_init(&u->node);
	else
		bvt_dequeue(s, u);
}

static void rt_charge(struct sched_cpu *s, struct sched_unit *u, u64 ticks, u64 now)
{
	if (!u->rt_prio) {
		bvt_charge(s, u, ticks, now);
		return;
	}
	/* What it ran since the period began is taken from this period's budget, and nothing else. */
	if (u->rt_next && now >= u->rt_next) {
		replenish(u, now);
		ticks = MIN(ticks, now - (u->rt_next - u->rt_period));
	}
	u->rt_left -= MIN(ticks, u->rt_left);
}

/* The unit of the highest priority that has budget; *@until: when that may change. */
static struct sched_unit *first_ready(struct sched_cpu *s, struct sched_unit *cur, u64 now, u64 *until)
{
	struct sched_unit *best = NULL;
	struct list_head *p;

	if (cur && cur->rt_prio) {
		replenish(cur, now);
		if (cur->rt_left)
			best = cur;
		else
			*until = MIN(*until, cur->rt_next);
	}
	list_for_each (p, &s->rt) {
		struct sched_unit *u = list_entry(p, struct sched_unit, node);

		if (best && u->rt_prio <= best->rt_prio)
			break;
		replenish(u, now);
		if (u->rt_left) {
			best = u;
			break;
		}
		*until = MIN(*until, u->rt_next);
	}
	return best;
}

static struct sched_unit *rt_pick(struct sched_cpu *s, struct sched_unit *cur, u64 now, u64 *until)
{
	u64 fair_until = *until;
	struct sched_unit *u = first_ready(s, cur, now, until);

	if (!u) {
		u = bvt_pick(s, cur && !cur->rt_prio ? cur : NULL, now, &fair_until);
		*until = MIN(*until, fair_until);
		return u;
	}
	if (u != cur)
		list_del_init(&u->node);
	*until = MIN(*until, now + u->rt_left);
	return u;
}

const struct sched_ops sched_rt = {
	.name = "rt",
	.admit = rt_admit,
	.enqueue = rt_enqueue,
	.dequeue = rt_dequeue,
	.charge = rt_charge,
	.pick = rt_pick,
	.shared = true,
};
