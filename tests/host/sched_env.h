/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The scheduler on simulated pCPUs: a clock of 10 ticks a microsecond, one soft timer for each pCPU, and a loop that
 * does what hv_main.c does with flags, picks and puts. Included by one file; link schedule.c, sched_place.c and the
 * policies.
 */
#ifndef TESTS_HOST_SCHED_ENV_H
#define TESTS_HOST_SCHED_ENV_H

#include <string.h>

#include <asm/cpu.h>
#include <asm/work.h>
#include <common/schedule.h>
#include <common/vm_config.h>
#include <lib/bits.h>
#include <lib/errno.h>

#define US UINT64_C(10)
#define MS (1000 * US)
#define SEC (1000 * MS)
#define GRANULE (500 * US) /* CONFIG_SCHED_GRANULE_US */
#define NEVER UINT64_MAX

struct pcpu pcpus[CONFIG_MAX_PCPUS];
static struct {
	u64 now;
	u32 cpu;     /* this pCPU */
	u32 nr_cpus; /* online */
	u64 kicked;  /* bit n: pCPU n got an IPI */
	u64 arms;    /* times a tick was programmed */
	struct sched_unit *cur[CONFIG_MAX_PCPUS];
	struct vcpu *loaded[CONFIG_MAX_PCPUS];
	void (*after_put)(struct vm *vm);
} env;

struct pcpu *mock_this_pcpu(void)
{
	return &pcpus[env.cpu];
}

u64 timer_now(void)
{
	return env.now;
}

u64 timer_us_to_ticks(u64 us)
{
	return us * US;
}

u64 timer_ms_to_ticks(u64 ms)
{
	return ms * MS;
}

void timer_arm(struct soft_timer *t, u64 when)
{
	t->when = when;
	t->cpu = env.cpu;
	t->armed = true;
	env.arms++;
}

void timer_cancel(struct soft_timer *t)
{
	t->armed = false;
}

void pcpu_kick(const struct pcpu *p)
{
	env.kicked |= BIT(p->id);
}

static inline void env_cpus(u32 nr)
{
	memset(pcpus, 0, sizeof(pcpus));
	memset(&env, 0, sizeof(env));
	env.now = 1000 * MS;
	env.nr_cpus = nr;
	for (u32 i = 0; i < CONFIG_MAX_PCPUS; i++)
		pcpus[i].id = i;
	for (u32 i = 0; i < nr; i++) {
		pcpus[i].online = true;
		sched_init(&pcpus[i]);
	}
}

static inline struct vm_config env_cfg(const char *scheduler, u32 weight, u64 affinity)
{
	struct vm_config cfg = { .weight = weight, .cpu_affinity = affinity, .name = "vm" };

	strcpy(cfg.scheduler, scheduler);
	return cfg;
}

/* A vCPU that can run, attached; its pCPU knows. */
static inline void env_vcpu(struct vcpu *v, const char *scheduler, u32 weight, u64 affinity)
{
	struct vm_config cfg = env_cfg(scheduler, weight, affinity);

	memset(v, 0, sizeof(*v));
	v->state = VCPU_BLOCKED;
	assert_int_equal(sched_attach(v, &cfg), 0);
	sched_wake(v);
}

static inline void env_rt(struct vcpu *v, u32 prio, u32 budget_us, u32 period_us, u64 affinity)
{
	struct vm_config cfg = env_cfg("rt", 100, affinity);

	cfg.rt_priority = prio;
	cfg.rt_budget_us = budget_us;
	cfg.rt_period_us = period_us;
	memset(v, 0, sizeof(*v));
	v->state = VCPU_BLOCKED;
	assert_int_equal(sched_attach(v, &cfg), 0);
	sched_wake(v);
}

static inline struct vcpu *env_is_vcpu(struct sched_unit *u)
{
	return u && u->kind == SCHED_VCPU ? container_of(u, struct vcpu, sched) : NULL;
}

static inline void env_put(u32 cpu)
{
	struct vcpu *v = env.loaded[cpu];
	struct vm *vm = v ? v->vm : NULL;

	env.loaded[cpu] = NULL;
	if (!v)
		return;
	sched_put_done(v);
	if (env.after_put)
		env.after_put(vm);
}

/* The pCPU looks at its flags, once: what hv_exit_work() does. Return: what it runs. */
static inline struct sched_unit *env_look(u32 cpu)
{
	struct vcpu *v, *old = env.loaded[cpu];

	env.cpu = cpu;
	pcpu_take_flags(&pcpus[cpu]);
	env.cur[cpu] = sched_pick(&pcpus[cpu]);
	v = env_is_vcpu(env.cur[cpu]);
	if (old && old != v && (v || old->parked || old->state == VCPU_OFF || old->sched.dest))
		env_put(cpu);
	if (v) {
		assert_true(v->sched.on_cpu);
		assert_ptr_equal(v->pcpu, &pcpus[cpu]);
		env.loaded[cpu] = v;
	}
	return env.cur[cpu];
}

/* Until no pCPU has a flag. */
static inline void env_settle(void)
{
	bool again = true;

	for (u32 n = 0; again; n++) {
		assert_true(n < 1000);
		again = false;
		for (u32 i = 0; i < env.nr_cpus; i++) {
			if (!pcpus[i].flags)
				continue;
			env_look(i);
			again = true;
		}
	}
}

/* The first moment at which a tick fires, at most @end. */
static inline u64 env_next(u64 end)
{
	for (u32 i = 0; i < env.nr_cpus; i++) {
		const struct soft_timer *t = &pcpus[i].sched->tick;

		if (t->armed && t->when < end)
			end = t->when > env.now ? t->when : env.now;
	}
	return end;
}

static inline void env_ticks(void)
{
	for (u32 i = 0; i < env.nr_cpus; i++) {
		struct soft_timer *t = &pcpus[i].sched->tick;

		if (!t->armed || t->when > env.now)
			continue;
		assert_int_equal(t->cpu, i);
		env.cpu = i;
		t->armed = false;
		t->fn(t);
	}
}

/* Guests run until @end; what they do is up to @act, which is called at the moments it asks for (NEVER = not). */
static inline void env_run(u64 end, u64 (*act)(void))
{
	u64 want = act ? act() : NEVER;

	env_settle();
	while (env.now < end) {
		u64 next = env_next(want < end ? want : end);

		env.now = next;
		env_ticks();
		if (act && want <= env.now)
			want = act();
		env_settle();
	}
}

/* The running vCPU of @cpu waits in WFI. */
static inline void env_wait(struct vcpu *v)
{
	env.cpu = v->pcpu->id;
	sched_block(v, VCPU_BLOCKED);
}

/* Move @u without its home, as an idle pCPU does that takes it over. */
static inline void lend(struct vcpu *u, struct pcpu *to)
{
	struct pcpu *home = u->sched.home;

	assert_int_equal(sched_move(u, to), 0);
	assert_int_equal(sched_rehome(&u->sched, home), 0);
}

#endif
