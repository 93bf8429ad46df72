/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scheduling core: states, queues and the choice of what runs next. A pCPU changes its own @cur; every other field of a
 * queue changes under its lock. What makes a unit able to run is written before the queue is locked, and looked at
 * with it locked, so that no wake-up is lost between a pick and a block.
 */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/work.h>
#include <common/schedule.h>
#include <lib/errno.h>
#include <lib/printf.h>

static struct sched_cpu queues[CONFIG_MAX_PCPUS];

/* The slice is over, or a budget: look again. */
static void tick(struct soft_timer *t)
{
	struct sched_cpu *s = t->arg;

	pcpu_set_flag(s->pcpu, PCPU_RESCHED);
}

void sched_init(struct pcpu *p)
{
	struct sched_cpu *s = &queues[p->id];

	*s = (struct sched_cpu){ .pcpu = p, .ops = &sched_bvt, .tick = { .fn = tick, .arg = s } };
	spin_init(&s->lock);
	list_init(&s->fair);
	list_init(&s->rt);
	p->sched = s;
}

struct sched_cpu *sched_of(const struct pcpu *p)
{
	return &queues[p->id];
}

bool sched_can_run(const struct sched_unit *u)
{
	const struct vcpu *v;

	if (u->kind == SCHED_WORK)
		return __atomic_load_n(&u->want, __ATOMIC_ACQUIRE);
	v = container_of(u, const struct vcpu, sched);
	return __atomic_load_n(&v->state, __ATOMIC_ACQUIRE) == VCPU_RUNNABLE &&
		!__atomic_load_n(&v->parked, __ATOMIC_ACQUIRE);
}

struct sched_cpu *sched_lock_of(const struct sched_unit *u)
{
	for (;;) {
		struct pcpu *p = __atomic_load_n(&u->pcpu, __ATOMIC_ACQUIRE);

		if (!p)
			return NULL;
		spin_lock(&p->sched->lock);
		if (u->pcpu == p)
			return p->sched;
		/* It moved meanwhile. */
		spin_unlock(&p->sched->lock);
	}
}

/* Account for what @u ran since it was picked, or since the last account. */
static void charge(struct sched_cpu *s, struct sched_unit *u, u64 now)
{
	u64 ticks = now - u->since;

	u->since = now;
	u->run_ticks += ticks;
	s->ops->charge(s, u, ticks, now);
}

void sched_insert(struct sched_cpu *s, struct sched_unit *u)
{
	u64 now = timer_now();

	/* One that has been alone for long was not asked since: @u takes its place by where the other one is now. */
	if (s->cur)
		charge(s, s->cur, now);
	s->ops->enqueue(s, u, now);
	u->queued = true;
	pcpu_notify(s->pcpu, PCPU_RESCHED);
}

void sched_set_pcpu(struct sched_unit *u, struct pcpu *p)
{
	struct pcpu *old = u->pcpu;

	/* Virtual time is relative to a queue. */
	if (old && p)
		u->vtime = u->vtime - old->sched->vmin + p->sched->vmin;
	if (old && p && old != p)
		u->moves++;
	if (old)
		(void)__atomic_fetch_sub(&old->sched->nr_units, 1, __ATOMIC_RELAXED);
	if (p)
		(void)__atomic_fetch_add(&p->sched->nr_units, 1, __ATOMIC_RELAXED);
	if (u->kind == SCHED_VCPU)
		container_of(u, struct vcpu, sched)->pcpu = p;
	__atomic_store_n(&u->pcpu, p, __ATOMIC_RELEASE);
}

/* Hand @u, which is neither queued nor in hardware, from the locked queue @s to @to; unlocks @s. */
static void hand_over(struct sched_cpu *s, struct sched_unit *u, struct pcpu *to)
{
	bool runs = sched_can_run(u);

	u->dest = NULL;
	sched_set_pcpu(u, to);
	spin_unlock(&s->lock);
	/* Who wakes it from here on queues it. A parked one may not even exist any more. */
	s = runs ? sched_lock_of(u) : NULL;
	if (!s)
		return;
	if (!u->queued && s->cur != u && sched_can_run(u))
		sched_insert(s, u);
	spin_unlock(&s->lock);
}

void sched_requeue(struct sched_unit *u)
{
	struct sched_cpu *s = sched_lock_of(u);
	struct pcpu *to;

	if (!s)
		return;
	if (!sched_can_run(u) || u->queued) {
		spin_unlock(&s->lock);
		return;
	}
	if (s->cur == u) {
		pcpu_notify(s->pcpu, PCPU_RESCHED);
		spin_unlock(&s->lock);
		return;
	}
	to = u->on_cpu ? NULL : sched_find_idle(u);
	if (to && to != u->pcpu) {
		hand_over(s, u, to);
		return;
	}
	sched_insert(s, u);
	spin_unlock(&s->lock);
}

/* One step, because several pCPUs may want to change the state at the same time. */
static bool change_state(struct vcpu *v, enum vcpu_state from, enum vcpu_state to)
{
	return __atomic_compare_exchange_n(&v->state, &from, to, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

void sched_wake(struct vcpu *v)
{
	if (change_state(v, VCPU_BLOCKED, VCPU_RUNNABLE))
		sched_requeue(&v->sched);
}

void sched_wake_io(struct vcpu *v)
{
	if (change_state(v, VCPU_IO_WAIT, VCPU_RUNNABLE))
		sched_requeue(&v->sched);
}

void sched_block(struct vcpu *v, enum vcpu_state state)
{
	if (change_state(v, VCPU_RUNNABLE, state))
		pcpu_set_flag(v->pcpu, PCPU_RESCHED);
}

void sched_park(struct vcpu *v)
{
	struct sched_unit *u = &v->sched;
	struct sched_cpu *s;

	__atomic_store_n(&v->parked, true, __ATOMIC_RELEASE);
	s = sched_lock_of(u);
	if (!s)
		return;
	if (u->queued) {
		s->ops->dequeue(s, u);
		u->queued = false;
	}
	if (u->on_cpu)
		pcpu_notify(s->pcpu, PCPU_RESCHED);
	spin_unlock(&s->lock);
}

void sched_unpark(struct vcpu *v)
{
	__atomic_store_n(&v->parked, false, __ATOMIC_RELEASE);
	sched_requeue(&v->sched);
}

/* What ran until now: keep it, or put it back into the queue. Return: it, when it may go on here. */
static struct sched_unit *retire(struct sched_cpu *s, u64 now)
{
	struct sched_unit *cur = s->cur;

	if (!cur)
		return NULL;
	charge(s, cur, now);
	if (!sched_can_run(cur))
		return NULL;
	if (!cur->dest && cur->kind == SCHED_VCPU) {
		cur->dest = sched_must_go_home(cur);
		if (!cur->dest)
			cur->dest = sched_storm_next(cur, now);
	}
	return cur->dest ? NULL : cur;
}

static struct sched_unit *choose(struct sched_cpu *s, u64 *until)
{
	u64 now = timer_now();
	struct sched_unit *old = s->cur;
	struct sched_unit *cur = retire(s, now);
	struct sched_unit *next = s->ops->pick(s, cur, now, until);

	if (cur && next != cur) {
		s->ops->enqueue(s, cur, now);
		cur->queued = true;
	}
	/* Work has nothing in the hardware. */
	if (old && old != next && old->kind == SCHED_WORK)
		old->on_cpu = false;
	if (next && next != old) {
		next->queued = false;
		next->on_cpu = true;
		next->since = now;
		next->picked = now;
		next->switches++;
	}
	s->cur = next;
	return next;
}

struct sched_unit *sched_pick(struct pcpu *p)
{
	struct sched_cpu *s = p->sched;
	struct sched_unit *u;
	u64 until;

	do {
		until = ~UINT64_C(0);
		spin_lock(&s->lock);
		u = choose(s, &until);
		spin_unlock(&s->lock);
	} while (!u && sched_steal(p));
	/* With nowhere to go it stays, however long it has run. */
	if (u && u->kind == SCHED_VCPU && sched_storm_next(u, ~UINT64_C(0)))
		until = MIN(until, sched_storm_end(u));
	if (until != ~UINT64_C(0))
		timer_arm(&s->tick, until);
	else if (s->tick.armed)
		timer_cancel(&s->tick);
	return u;
}

u64 sched_run_ticks(const struct sched_unit *u)
{
	const struct pcpu *p = READ_ONCE(u->pcpu);
	u64 ticks = READ_ONCE(u->run_ticks);

	if (p && READ_ONCE(p->sched->cur) == u)
		ticks += timer_now() - READ_ONCE(u->since);
	return ticks;
}

void sched_put_done(struct vcpu *v)
{
	struct sched_unit *u = &v->sched;
	struct sched_cpu *s = sched_lock_of(u);
	struct pcpu *to;

	if (!s)
		return;
	u->on_cpu = false;
	/* What has to wait here while another pCPU idles goes there: nobody tells that one to look. */
	to = u->dest ? u->dest : u->queued ? sched_find_idle(u) : NULL;
	if (!to) {
		spin_unlock(&s->lock);
		return;
	}
	if (u->queued) {
		s->ops->dequeue(s, u);
		u->queued = false;
	}
	hand_over(s, u, to);
}

int sched_move(struct vcpu *v, struct pcpu *p)
{
	struct sched_unit *u = &v->sched;
	struct sched_cpu *s = sched_lock_of(u);
	int r = 0;

	if (!s)
		return -ENODEV;
	if (!p->online || p->leave)
		r = -ENODEV;
	else if (!(u->affinity & BIT(p->id)) || u->rt_prio || !s->ops->shared || !p->sched->ops->shared)
		r = -EPERM;
	spin_unlock(&s->lock);
	if (!r)
		r = sched_rehome(u, p);
	s = r ? NULL : sched_lock_of(u);
	if (!s)
		return r;
	if (p == u->pcpu) {
		/* It was on its way to another one, and may have been taken off for that. */
		u->dest = NULL;
		if (!u->queued && s->cur != u && sched_can_run(u))
			sched_insert(s, u);
		spin_unlock(&s->lock);
		return 0;
	}
	if (u->on_cpu) {
		u->dest = p;
		pcpu_notify(s->pcpu, PCPU_RESCHED);
		spin_unlock(&s->lock);
		return 0;
	}
	if (u->queued) {
		s->ops->dequeue(s, u);
		u->queued = false;
	}
	hand_over(s, u, p);
	return 0;
}

void sched_work_init(struct sched_work *w, bool (*fn)(struct sched_work *w), void *arg, const char *name)
{
	*w = (struct sched_work){ .fn = fn, .arg = arg };
	list_init(&w->unit.node);
	w->unit.kind = SCHED_WORK;
	w->unit.weight = SCHED_WEIGHT_DEFAULT;
	(void)snprintf(w->unit.name, sizeof(w->unit.name), "%s", name);
}

void sched_work_set_weight(struct sched_work *w, u32 weight)
{
	w->unit.weight = weight;
}

void sched_work_wake(struct sched_work *w)
{
	__atomic_store_n(&w->unit.want, true, __ATOMIC_SEQ_CST);
	sched_requeue(&w->unit);
}

void sched_work_set_stack(struct sched_work *w, u64 top)
{
	w->stack_top = top;
}

/* The whole life of a work's own stack: slice after slice. */
static void work_loop(void *arg)
{
	struct sched_work *w = arg;

	for (;;) {
		w->more = w->fn(w);
		w->inside = false;
		work_switch(&w->sp, w->out_sp);
	}
}

/* Until the slice ends, or stops in the middle. Return: is there more to do at once? */
static bool run_on_own_stack(struct sched_work *w)
{
	struct pcpu *p = this_pcpu();

	if (!w->sp)
		w->sp = work_prepare(w->stack_top, work_loop, w);
	w->inside = true;
	p->work = w;
	work_switch(&w->out_sp, w->sp);
	p->work = NULL;
	return w->inside || w->more;
}

void work_yield(void)
{
	struct sched_work *w = this_pcpu()->work;

	if (w && work_must_yield())
		work_switch(&w->sp, w->out_sp);
}

void work_pause(void)
{
	struct sched_work *w = this_pcpu()->work;

	if (w)
		work_switch(&w->sp, w->out_sp);
}

/* The wish is taken back before the slice, so that a wake-up in the middle of it counts. */
void sched_work_run(struct sched_unit *u)
{
	struct sched_work *w = container_of(u, struct sched_work, unit);

	__atomic_store_n(&u->want, false, __ATOMIC_SEQ_CST);
	if (w->stack_top ? run_on_own_stack(w) : w->fn(w))
		__atomic_store_n(&u->want, true, __ATOMIC_SEQ_CST);
	if (!sched_can_run(u))
		pcpu_set_flag(this_pcpu(), PCPU_RESCHED);
}
