/* SPDX-License-Identifier: BSD-3-Clause */
/* A virtual CPU: the portable half. The architecture half comes first so that the exit path finds the frame at offset
 * 0. */
#ifndef COMMON_VCPU_H
#define COMMON_VCPU_H

#include <asm/vcpu_arch.h>
#include <common/sched_unit.h>
#include <debug/stats.h>
#include <lib/types.h>

struct vm;
struct pcpu;
struct vgic_cpu;
struct io_region;

enum vcpu_state {
	VCPU_OFF,      /* PSCI off */
	VCPU_RUNNABLE, /* ready or running */
	VCPU_BLOCKED,  /* in WFI / CPU_SUSPEND, woken by an interrupt */
	VCPU_IO_WAIT,  /* an MMIO handler returned PENDING (D16) */
};

struct vcpu {
	struct vcpu_arch arch; /* must stay first */
	struct vm *vm;
	struct vgic_cpu *vgic;
	struct pcpu *pcpu; /* where it is scheduled; the same as sched.pcpu */
	struct sched_unit sched;
	u32 id; /* index in vm->vcpu */
	enum vcpu_state state;
	bool parked; /* its VM is paused, resets or stops: it does not run, whatever @state says */
	bool loaded; /* EL1 state, LRs and timers are in the hardware of @pcpu */
	/* The region that was accessed last, if it has a short way, or io_nowhere; the table of a VM only grows. */
	const struct io_region *io_last;
	u64 stats[STAT_COUNT];
};

static_assert(offsetof(struct vcpu, arch) == 0, "the exit path takes SP for the vCPU");

#endif
