/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Scheduling (D12). What runs is a unit: a vCPU, or a piece of EL2's own work. Every pCPU has a run queue with a lock
 * and a policy, one file a policy. A unit belongs to one pCPU at a time and may move while it is not in the hardware.
 */
#ifndef COMMON_SCHEDULE_H
#define COMMON_SCHEDULE_H

#include <asm/spinlock.h>
#include <asm/timer.h>
#include <common/sched_unit.h>
#include <common/vcpu.h>
#include <lib/list.h>
#include <lib/types.h>

struct pcpu;
struct vm_config;

/* A run queue. Everything in it is guarded by @lock. */
struct sched_cpu {
	struct spinlock lock;
	struct pcpu *pcpu;
	const struct sched_ops *ops;
	struct sched_unit *cur; /* was picked last, and runs or is about to */
	struct list_head fair;  /* waiting units by virtual time */
	struct list_head rt;    /* waiting real-time units by priority */
	u32 nr_fair;            /* length of @fair */
	u32 nr_vcpus;           /* vCPUs whose home this is */
	u32 nr_units;           /* all that belong here at present, EL2's work included */
	u64 weight;             /* sum over attached units */
	u64 rt_share;           /* sum of budget / period of attached real-time units, in millionths */
	u64 vmin;               /* no runnable unit is behind this virtual time; never goes back */
	struct soft_timer tick; /* when to look again */
};

struct sched_ops {
	const char *name;
	/* May @u be attached? 0, -EBUSY. */
	int (*admit)(const struct sched_cpu *s, const struct sched_unit *u);
	/* @u became runnable, or was preempted. */
	void (*enqueue)(struct sched_cpu *s, struct sched_unit *u, u64 now);
	void (*dequeue)(struct sched_cpu *s, struct sched_unit *u);
	/* @u ran for @ticks. */
	void (*charge)(struct sched_cpu *s, struct sched_unit *u, u64 ticks, u64 now);
	/**
	 * The unit to run next: @cur, which still can, or one of the queue, which is taken out; NULL when there is
	 * none.
	 * *@until: tick at which to ask again, ~0 = when something happens.
	 */
	struct sched_unit *(*pick)(struct sched_cpu *s, struct sched_unit *cur, u64 now, u64 *until);
	/* Can other pCPUs' units come here, and its own leave? */
	bool shared;
};

extern const struct sched_ops sched_noop;
extern const struct sched_ops sched_bvt;
extern const struct sched_ops sched_rt;

/* sched_init() - an empty queue for @p. Each pCPU, before it is online. sched_of() - its queue. */
void sched_init(struct pcpu *p);
struct sched_cpu *sched_of(const struct pcpu *p);

/* sched_set_storm() - for tests (hv.sched=storm): after each short slice a vCPU moves to the next CPU it may use. */
void sched_set_storm(void);

/**
 * sched_attach() - choose a pCPU for @v by its VM's scheduler, parameters and cpu-affinity: the one with the least
 * weight. On a machine with unlike CPUs, of the kind that its number is dealt; of another kind only when none of those
 * takes it. From then on it stays on that kind. Return: 0; -EINVAL (no such pCPU is up); -EBUSY (the policy refuses:
 * "noop" wants a pCPU without vCPUs, real-time budgets may not exceed a pCPU). sched_detach() - the opposite; @v does
 * not run. Context: VM create and destroy.
 */
int __must_check sched_attach(struct vcpu *v, const struct vm_config *cfg);
void sched_detach(struct vcpu *v);

/**
 * sched_work_init() - @fn does one slice of work, at most about 10k instructions, and returns true when there is more
 * to do at once; it may do several while work_must_yield() is false after each. sched_work_attach() - give it a pCPU in
 * mask @affinity (bit n = pCPU n), @near when that is in it; may be called again. Return: 0, -EINVAL (none is up).
 * sched_work_wake() - there is something to do. Any pCPU, any context without a run-queue lock; harmless when it is
 * awake. sched_work_set_weight(): 1 to 1000. sched_work_detach() - it is not running, and nobody wakes it any more: its
 * pCPU forgets it; harmless when it has none. sched_work_rest() - the same for one that may be doing something: then it
 * stays, and the answer is false. A wake-up afterwards counts from the next sched_work_attach() on.
 */
struct sched_work {
	struct sched_unit unit;
	bool (*fn)(struct sched_work *w);
	void *arg;
	u64 stack_top;  /* 0: it runs on the pCPU's stack, and each slice to its end */
	u64 sp, out_sp; /* its own context while it is out, and that of the pCPU while it is in */
	bool inside;    /* it stopped in the middle of a slice */
	bool more;
};
void sched_work_init(struct sched_work *w, bool (*fn)(struct sched_work *w), void *arg, const char *name);
int __must_check sched_work_attach(struct sched_work *w, u64 affinity, struct pcpu *near);
void sched_work_detach(struct sched_work *w);
bool sched_work_rest(struct sched_work *w);
void sched_work_wake(struct sched_work *w);
void sched_work_set_weight(struct sched_work *w, u32 weight);
/**
 * sched_work_set_stack() - @w gets a stack of its own, which ends at @top, before it first runs: then it may call
 * work_yield(). work_yield() - a place where this pCPU's work, if it is that which runs, may be interrupted: no lock
 * and no window is held. Returns at once when nothing is urgent, and everywhere else.
 */
void sched_work_set_stack(struct sched_work *w, u64 top);
void work_yield(void);
/* work_pause() - let everything else have a turn. Does nothing where work_yield() does nothing. */
void work_pause(void);

/* sched_wake() - BLOCKED to RUNNABLE; sched_wake_io() - IO_WAIT to RUNNABLE. Harmless in other states. Any pCPU. */
void sched_wake(struct vcpu *v);
void sched_wake_io(struct vcpu *v);

/* sched_block() - the running vCPU does not go on: @state is VCPU_BLOCKED, VCPU_OFF or VCPU_IO_WAIT. Counts at exit. */
void sched_block(struct vcpu *v, enum vcpu_state state);

/* sched_park() - keep @v from running whatever its state is; it leaves its pCPU soon. sched_unpark() - the opposite. */
void sched_park(struct vcpu *v);
void sched_unpark(struct vcpu *v);

/**
 * sched_move() - let @v go on on @p, for good. Return: 0, -EPERM (@p is not in its affinity, one of the two is a "noop"
 * pCPU, or @v is real-time: that stays where its budget was admitted), -ENODEV (@p is off). Context:
 * one caller at a time, and nobody detaches @v meanwhile.
 */
int __must_check sched_move(struct vcpu *v, struct pcpu *p);

/* sched_pick() - the unit to run next on this pCPU, or NULL to idle. Programs the next look. */
struct sched_unit *sched_pick(struct pcpu *p);

/* sched_run_ticks() - all that @u ran until now. Any pCPU; may be a moment old. */
u64 sched_run_ticks(const struct sched_unit *u);

/* sched_put_done() - @v, of this pCPU, is out of the hardware: from now on it may move. */
void sched_put_done(struct vcpu *v);

/* sched_work_run() - one slice of @u, which sched_pick() returned. */
void sched_work_run(struct sched_unit *u);

/* sched_may_leave() - is nothing scheduled on pCPU @p any more, and none that was lent to another will come back? */
bool sched_may_leave(const struct pcpu *p);

/**
 * sched_contended() - is pCPU @p, the caller's, shared, or does anything wait for it? Then a WFI of the one that runs
 * has to trap: waiting natively would count as running.
 */
bool sched_contended(const struct pcpu *p);

/* Inside of the scheduler (schedule.c, sched_place.c) ---------------------------------------- */

/* Can @u run? */
bool sched_can_run(const struct sched_unit *u);
/* Lock the queue of the pCPU that @u belongs to; NULL when it belongs to none. */
struct sched_cpu *sched_lock_of(const struct sched_unit *u);
/* Put @u into @s, which is locked, and make the pCPU look. */
void sched_insert(struct sched_cpu *s, struct sched_unit *u);
/* Queue @u where it belongs now, if it can run and is not queued. */
void sched_requeue(struct sched_unit *u);
/* @u belongs to @p from now on; its queue is locked and @u not in it. */
void sched_set_pcpu(struct sched_unit *u, struct pcpu *p);
/* Count @u on @to from now on. Return: 0, -EBUSY (its policy refuses). No queue is locked. */
int __must_check sched_rehome(struct sched_unit *u, struct pcpu *to);
/* The home of @u, when the pCPU that it was lent to has another policy now, no vCPUs of its own, or others that wait;
 * else NULL. */
struct pcpu *sched_must_go_home(const struct sched_unit *u);
/* A pCPU where @u, which has to wait where it is, can run at once; NULL = none. */
struct pcpu *sched_find_idle(const struct sched_unit *u);
/* Take a waiting unit over from a busy pCPU. Return: did one come? */
bool sched_steal(struct pcpu *p);
/* Tick at which storm mode takes @u, which runs, off its pCPU; all ones without storm mode. */
u64 sched_storm_end(const struct sched_unit *u);
/* Where storm mode sends @u, which has run until tick @now; NULL = it stays. */
struct pcpu *sched_storm_next(const struct sched_unit *u, u64 now);

#endif
