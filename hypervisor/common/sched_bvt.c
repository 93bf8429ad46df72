/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bvt: weighted fair by virtual time. A unit's virtual time advances by what it ran divided by its weight; the one that
 * is furthest behind runs, until it is a granule ahead of the next. Equal weights make it round robin.
 */
#include <asm/timer.h>
#include <common/sched_fair.h>

/* Ticks to virtual time, for a unit of the default weight one to one. */
static u64 to_vtime(u64 ticks, u32 weight)
{
	return ticks * SCHED_WEIGHT_DEFAULT / weight;
}

static u64 granule(void)
{
	return timer_us_to_ticks(CONFIG_SCHED_GRANULE_US);
}

/* Virtual times wrap after centuries, and compare by their difference. */
static bool behind(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

static struct sched_unit *first(const struct sched_cpu *s)
{
	return list_empty(&s->fair) ? NULL : list_entry(s->fair.next, struct sched_unit, node);
}

static int bvt_admit(const struct sched_cpu *s, const struct sched_unit *u)
{
	(void)s;
	(void)u;
	return 0;
}

void bvt_enqueue(struct sched_cpu *s, struct sched_unit *u, u64 now)
{
	u64 least = s->vmin - 2 * granule();
	struct list_head *p;

	(void)now;
	/* Sleep earns no more than a head start: else a unit that slept for an hour would own the CPU for one. */
	if (behind(u->vtime, least))
		u->vtime = least;
	list_for_each (p, &s->fair)
		if (behind(u->vtime, list_entry(p, struct sched_unit, node)->vtime))
			break;
	/* In front of @p. */
	list_add_tail(&u->node, p);
	s->nr_fair++;
}

void bvt_dequeue(struct sched_cpu *s, struct sched_unit *u)
{
	list_del_init(&u->node);
	s->nr_fair--;
}

/* The queue's time follows whoever is furthest behind; with nobody waiting, that is @u, which runs. */
void bvt_charge(struct sched_cpu *s, struct sched_unit *u, u64 ticks, u64 now)
{
	const struct sched_unit *next = first(s);
	u64 least;

	(void)now;
	u->vtime += to_vtime(ticks, u->weight);
	least = next && behind(next->vtime, u->vtime) ? next->vtime : u->vtime;
	if (behind(s->vmin, least))
		s->vmin = least;
}

/* How long @u takes to get @lead ahead; not so short that the switch costs more. */
static u64 slice(const struct sched_unit *u, u64 lead)
{
	return MAX(lead * u->weight / SCHED_WEIGHT_DEFAULT, granule() / 8);
}

struct sched_unit *bvt_pick(struct sched_cpu *s, struct sched_unit *cur, u64 now, u64 *until)
{
	struct sched_unit *next = first(s);

	if (!next)
		return cur;
	if (cur && behind(cur->vtime, next->vtime + granule())) {
		/* It may get a granule ahead of the next. */
		*until = now + slice(cur, next->vtime + granule() - cur->vtime);
		next = cur;
	} else {
		bvt_dequeue(s, next);
		if (first(s) || cur)
			*until = now + slice(next, granule());
	}
	return next;
}

const struct sched_ops sched_bvt = {
	.name = "bvt",
	.admit = bvt_admit,
	.enqueue = bvt_enqueue,
	.dequeue = bvt_dequeue,
	.charge = bvt_charge,
	.pick = bvt_pick,
	.shared = true,
};
