/* SPDX-License-Identifier: BSD-3-Clause */
/* A virtual machine: object, state machine and life cycle. */
#ifndef COMMON_VM_H
#define COMMON_VM_H

#include <asm/spinlock.h>
#include <asm/vm_arch.h>
#include <common/fdt_host.h>
#include <common/guest_mem.h>
#include <common/io_req.h>
#include <common/schedule.h>
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
	VM_PAUSED,    /* its vCPUs and its time stand still */
	VM_RESETTING, /* being taken down, to start again or to stop */
	VM_STOPPED,   /* memory, vCPUs and devices are given back; vm_request_start() builds it anew */
};

enum vm_stop_reason {
	VM_STOP_NONE,
	VM_STOP_POWER_OFF, /* PSCI SYSTEM_OFF */
	VM_STOP_REBOOT,    /* PSCI SYSTEM_RESET with on-reboot = halt or shutdown */
	VM_STOP_ALL_OFF,   /* last vCPU called CPU_OFF */
	VM_STOP_LOAD,      /* images could not be loaded */
	VM_STOP_CRASH,     /* something Hazel cannot give an architected answer to */
	VM_STOP_SHELL,     /* the administrator said so */
};

/* Requests against a running VM; carried out by the work context once its vCPUs have left the guest. */
enum vm_request { VM_REQ_NONE, VM_REQ_PAUSE, VM_REQ_RESUME, VM_REQ_RESET, VM_REQ_STOP };

/* State of emulated devices (dm/), one slot each. */
enum vm_dev { VM_DEV_CONSOLE, VM_DEV_WATCHDOG, VM_DEV_SHMEM, VM_DEV_MBOX, VM_DEV_RTC, VM_DEV_COUNT };

/* What common/ needs of dm/, a layer to its right; set by init. All but create() may be called for a part of a VM. */
struct vm_dm_ops {
	int (*create)(struct vm *vm, struct vm_config_err *err);
	void (*reset)(struct vm *vm);  /* all vCPUs parked and put */
	void (*pause)(struct vm *vm);  /* time stands still from here on */
	void (*resume)(struct vm *vm); /* and goes on */
	void (*destroy)(struct vm *vm);
};

extern const struct vm_dm_ops *vm_dm_ops;

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
	u64 emul_shift;             /* emulated devices are this much above their addresses of <common/vm_platform.h> */
	u32 scmi_fn;                /* function id of the host's SCMI, which this VM may call; 0 = not */
	struct mem_range scmi_page; /* its shared memory */
	struct vm_load *load;
	void *fdt; /* the guest's device tree as it was built for the first start; the same for all later ones */
	u32 fdt_size;
	u64 fdt_initrd_ipa, fdt_initrd_size; /* the ramdisk that @fdt names */
	void *dev[VM_DEV_COUNT];
	struct sched_work work; /* loading, reset, stop, pause: in slices, on this VM's account */
	u32 resets;
	u32 crashes;      /* restarts by on-crash that followed each other closely */
	u64 last_crash;   /* tick */
	u64 restart_at;   /* tick: a reset waits until then (back-off) */
	bool life_wanted; /* its work waits for the life-cycle lock */
	struct soft_timer restart_timer;
	u64 paused_at;         /* tick */
	bool stop_after_scrub; /* the slices of vm_work() zero memory because the VM ends, not because it restarts */
	u32 scrub_region;
	u64 scrub_offset;
	struct log_limit log_limit; /* lines this guest causes */
};

/* vm_emul_ipa() - where @vm has what <common/vm_platform.h> puts at @ipa. */
static inline ipa_t vm_emul_ipa(const struct vm *vm, ipa_t ipa)
{
	return ipa + vm->emul_shift;
}

extern struct vm *vms[CONFIG_MAX_VMS];
extern u32 nr_vms;

/**
 * vm_create() - build a VM from @cfg: memory, stage 2, vCPUs, vGIC, MMIO table, pass-through devices.
 * Return: 0 and *@out, or an error with @err naming VM and cause; everything taken is given back.
 * Context: boot CPU at boot (later: work context).
 */
int __must_check vm_create(const struct vm_config *cfg, struct vm **out, struct vm_config_err *err);

/* vm_layout() - first step of vm_build(): addresses of what Hazel emulates. Return: 0; -EINVAL, -ERANGE, @err set. */
int __must_check vm_layout(struct vm *vm, struct vm_config_err *err);

/* vm_build() - what vm_create() does for a struct that exists: for STOPPED VMs. The life-cycle lock is held. */
int __must_check vm_build(struct vm *vm, struct vm_config_err *err);

/**
 * vm_start() - begin loading @vm, which is CREATED or is being reset; it runs when vm_work() has finished its slices.
 * vm_request_start() - the administrator's start: CREATED, or STOPPED, which builds it anew. The life-cycle lock is
 * held. Return: 0; -EBUSY when it runs; what vm_create() returns; @err set.
 */
int __must_check vm_start(struct vm *vm, struct vm_config_err *err);
int __must_check vm_request_start(struct vm *vm, struct vm_config_err *err);

/* vm_release() - give back memory, vCPUs and devices; the struct stays. vm_destroy() - that and the struct. All vCPUs
 * are parked. The life-cycle lock is held. */
void vm_release(struct vm *vm);
void vm_destroy(struct vm *vm);

/**
 * Requests, from any pCPU: an exit path, a timer, the shell. They park all vCPUs of @vm; the work itself is done by the
 * VM's work unit. vm_request_reset() - the guest asked: by on-reboot. vm_reset() - the administrator, always.
 * vm_pause(), vm_resume() - vCPUs and time stop and go on. Return: 0, -EINVAL (not in that state).
 */
void vm_request_reset(struct vm *vm);
void vm_request_stop(struct vm *vm, enum vm_stop_reason why);
int __must_check vm_reset(struct vm *vm);
int __must_check vm_pause(struct vm *vm);
int __must_check vm_resume(struct vm *vm);

/**
 * vm_crash() - @vm did something that has no architected answer, or hangs; @text (a string constant) says what. By its
 * on-crash policy: restart, at once the first time and later each time if it happens again soon; halt; shutdown.
 */
void vm_crash(struct vm *vm, const char *text);

/* vm_state_text() - "running", "paused", ... for people. vms_running() - VMs that run, load, reset or pause, now. */
const char *vm_state_text(const struct vm *vm);
u32 vms_running(void);

/* vm_irq() - level of emulated interrupt line @intid (32..) of @vm. An INTID that does not exist is ignored. Any pCPU.
 */
void vm_irq(struct vm *vm, u32 intid, bool level);

/* vm_work_wake() - let the VM's work unit look whether there is something to do. Any pCPU. */
void vm_work_wake(struct vm *vm);

/**
 * vm_work() - one slice of what is pending for @vm (load, zero, reset, stop, pause). Return: true when there is more to
 * do at once. Context: its work unit, interrupts masked.
 */
bool vm_work(struct vm *vm);

/**
 * life_lock() - only one pCPU creates, releases or audits VMs at a time. life_trylock(): false = somebody else does.
 * life_trylock_or_wake() - for @vm's work unit: false = it is woken when the lock is free, instead of spinning through
 * somebody's long job, and tries again then. life_unlock(): no run-queue lock is held.
 */
void life_lock(void);
bool life_trylock(void);
bool life_trylock_or_wake(struct vm *vm);
void life_unlock(void);

#endif
