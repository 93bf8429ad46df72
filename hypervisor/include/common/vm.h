/* SPDX-License-Identifier: BSD-3-Clause */
/* A virtual machine: object, state machine and life cycle. */
#ifndef COMMON_VM_H
#define COMMON_VM_H

#include <asm/spinlock.h>
#include <asm/vm_arch.h>
#include <common/guest_mem.h>
#include <common/io_req.h>
#include <common/vcpu.h>
#include <common/vm_config.h>
#include <common/vm_load.h>
#include <debug/logmsg.h>
#include <lib/types.h>

struct vgic;

enum vm_state {
	VM_FREE,
	VM_CREATED, /* memory and vCPUs exist */
	VM_LOADING, /* images are being loaded, in slices */
	VM_RUNNING,
	VM_RESETTING,
	VM_STOPPED,
};

enum vm_stop_reason {
	VM_STOP_NONE,
	VM_STOP_POWER_OFF, /* PSCI SYSTEM_OFF */
	VM_STOP_REBOOT,    /* PSCI SYSTEM_RESET with on-reboot = halt or shutdown */
	VM_STOP_ALL_OFF,   /* last vCPU called CPU_OFF */
	VM_STOP_LOAD,      /* images could not be loaded */
	VM_STOP_CRASH,     /* something Hazel cannot give an architected answer to */
};

/* Requests against a running VM; carried out by the work context once its vCPUs have left the guest. */
enum vm_request { VM_REQ_NONE, VM_REQ_RESET, VM_REQ_STOP };

struct vm {
	u32 id;
	enum vm_state state;
	enum vm_stop_reason stop_reason;
	enum vm_request request;
	const char *crash_text; /* for VM_STOP_CRASH */
	struct vm_config cfg;
	struct spinlock lock; /* state, request */
	u32 nr_vcpus;
	struct vcpu *vcpu[CONFIG_MAX_VCPUS];
	struct vm_arch arch;
	struct vgic *vgic;
	u32 nr_ram;
	struct vm_ram ram[VM_MEM_MAX];
	struct io_table io;
	struct vm_load *load;
	u32 resets;
	bool stop_after_scrub; /* the slices of vm_work() zero memory because the VM ends, not because it restarts */
	u32 scrub_region;
	u64 scrub_offset;
	struct log_limit log_limit; /* lines this guest causes */
};

extern struct vm *vms[CONFIG_MAX_VMS];
extern u32 nr_vms;

/**
 * vm_create() - build a VM from @cfg: memory, stage 2, vCPUs, vGIC, MMIO table, pass-through devices.
 * Return: 0 and *@out, or an error with @err naming VM and cause; everything taken is given back.
 * Context: boot CPU at boot (later: work context).
 */
int __must_check vm_create(const struct vm_config *cfg, struct vm **out, struct vm_config_err *err);

/* vm_start() - begin loading; the VM runs when vm_work() has finished its slices. */
int __must_check vm_start(struct vm *vm, struct vm_config_err *err);

/* vm_release() - give back memory, vCPUs and devices; the struct stays. vm_destroy() - that and the struct. All vCPUs
 * are parked. */
void vm_release(struct vm *vm);
void vm_destroy(struct vm *vm);

/**
 * vm_request_reset()/vm_request_stop() - from a vCPU's exit path or the shell: park all vCPUs of @vm, note the request.
 * The calling vCPU does not run again before the request was carried out.
 */
void vm_request_reset(struct vm *vm);
void vm_request_stop(struct vm *vm, enum vm_stop_reason why);

/* vm_crash() - stop @vm because of @text (a string constant), by its on-crash policy. Context: exit path. */
void vm_crash(struct vm *vm, const char *text);

/* vms_running() - VMs that run, load or reset, now. */
u32 vms_running(void);

/**
 * vm_work() - one slice of whatever VM work is pending (load, zero, reset, stop).
 * Return: true when there is more to do at once. Context: work context (idle loop), interrupts masked, polled by the
 * caller.
 */
bool vm_work(void);

#endif
