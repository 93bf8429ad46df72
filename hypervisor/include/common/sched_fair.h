/* SPDX-License-Identifier: BSD-3-Clause */
/* The weighted-fair queue of sched_bvt.c, which the other policies use for what they do not treat specially. */
#ifndef COMMON_SCHED_FAIR_H
#define COMMON_SCHED_FAIR_H

#include <common/schedule.h>

/* As in struct sched_ops; the queue is locked. */
void bvt_enqueue(struct sched_cpu *s, struct sched_unit *u, u64 now);
void bvt_dequeue(struct sched_cpu *s, struct sched_unit *u);
void bvt_charge(struct sched_cpu *s, struct sched_unit *u, u64 ticks, u64 now);
struct sched_unit *bvt_pick(struct sched_cpu *s, struct sched_unit *cur, u64 now, u64 *until);

#endif
