/* SPDX-License-Identifier: BSD-3-Clause */
/* noop: one vCPU has a pCPU to itself; no tick. Only EL2's own work runs beside it, fairly, when there is any. */
#include <common/sched_fair.h>
#include <lib/errno.h>

static int noop_admit(const struct sched_cpu *s, const struct sched_unit *u)
{
	return u->kind == SCHED_VCPU && s->nr_vcpus ? -EBUSY : 0;
}

const struct sched_ops sched_noop = {
	.name = "noop",
	.admit = noop_admit,
	.enqueue = bvt_enqueue,
	.dequeue = bvt_dequeue,
	.charge = bvt_charge,
	.pick = bvt_pick,
};
