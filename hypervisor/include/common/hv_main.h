/* SPDX-License-Identifier: BSD-3-Clause */
/* The heart: what happens between an exit and the next entry when there is more to do than return. */
#ifndef COMMON_HV_MAIN_H
#define COMMON_HV_MAIN_H

#include <lib/types.h>

struct pcpu;
struct vcpu;

/**
 * hv_exit_work() - reached when a pCPU flag is set on the way back to a guest: run work, reschedule, idle, switch vCPU.
 * Return: the vCPU to enter; it is loaded. Context: pCPU stack, interrupts masked.
 */
struct vcpu *hv_exit_work(struct pcpu *p);

/* hv_run() - the pCPU is up: enter the scheduler for good. */
__noreturn void hv_run(struct pcpu *p);

/**
 * hv_boot_vms() - open the bundle, create and start its VMs. Errors are reported, one line a VM; the rest goes on.
 * Return: VMs that are started, and those that wait for the administrator; 0 when there is nothing to run (said in a
 * line). Context: boot CPU, everything else is up.
 */
u32 hv_boot_vms(void);

/* What hv_main needs from layers to its right; set by init.c before hv_run(). */
struct hv_hooks {
	void (*idle)(void); /* called before each WFI: drain the console */
	void (*leave)(
		struct pcpu *p); /* nothing is scheduled on @p, the caller's, any more: power it off. Does not return */
	void (*no_vm_left)(bool clean); /* last VM is gone; @clean: each by its own power-off, or stopped by the
					   administrator; or a policy says "shutdown". Does not return */
};

extern struct hv_hooks hv_hooks;

#endif
