/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What the life of a VM stands on, for tests: pages that are counted, a log that is kept, architecture hooks, devices,
 * memory and a loader that take real pages and fail when told. Link vm.c, the scheduler, io_req.c, page_alloc.c.
 */
#ifndef TESTS_HOST_LIFE_MOCK_H
#define TESTS_HOST_LIFE_MOCK_H

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <asm/cpu.h>
#include <asm/page.h>
#include <common/arch_hooks.h>
#include <common/fdt_host.h>
#include <common/hv_main.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/schedule.h>
#include <common/shmem.h>
#include <common/vm.h>
#include <debug/logmsg.h>
#include <lib/assert.h>
#include <lib/errno.h>

#include "sched_env.h"
#include "work_none.h"

#define LIFE_EL2_PAGES 512U
#define LIFE_HOST_BASE UINT64_C(0x40000000)
#define LIFE_HOST_PAGES (UINT64_C(64) << 9) /* 64 blocks of 2 MiB */
#define LIFE_RAM_IPA UINT64_C(0x40000000)
#define LIFE_RAM_SIZE (UINT64_C(2) << 20)
#define LIFE_ENTRY UINT64_C(0x40080000)

enum life_step { STEP_NONE, STEP_ARCH, STEP_MEM, STEP_VCPU, STEP_PTDEV, STEP_DM, STEP_SHMEM, STEP_LOAD_BEGIN };

struct vm_load {
	struct vm *vm;
	u32 steps_left;
};

static struct {
	enum life_step fail;
	u32 fail_vcpu;                 /* STEP_VCPU: from this one on */
	bool silent;                   /* fail without a text */
	bool no_stack;                 /* work runs on the pCPU's stack */
	u32 load_steps;                /* -EAGAINs before a load is done */
	int load_error[8];             /* by VM id: what its load ends with */
	void (*loaded)(struct vm *vm); /* what happens during the last step */
	u32 loads, loaders, load_calls[8];
	u64 shifted; /* ticks by which the guests' time was moved */
	u32 dm_vms, dm_resets, dm_paused;
	u32 arch_resets, vcpu_resets, quiesced, attached, arch_vms, arch_vcpus;
	u64 zeroed, zero_most;
	u32 zero_calls;
	ipa_t zero_fails_at;
	struct vm_entry entry; /* of the last vcpu_arch_reset() */
	u32 no_vm_left;
	bool no_vm_left_clean;
	char log[8192];
} life;

struct host_info host;
static void *life_arena, *life_maps[2];

void log_printf(enum log_level level, const char *fmt, ...)
{
	size_t at = strlen(life.log);
	va_list ap;

	if (level == LOG_ERR)
		at += (size_t)snprintf(life.log + at, sizeof(life.log) - at, "error: ");
	va_start(ap, fmt);
	at += (size_t)vsnprintf(life.log + at, sizeof(life.log) - at, fmt, ap);
	va_end(ap);
	assert_true(at + 2 < sizeof(life.log));
	strcpy(life.log + at, "\n");
}

bool log_allowed(struct log_limit *l)
{
	(void)l;
	return true;
}

void panic(const char *fmt, ...)
{
	mock_assert(0, fmt, __FILE__, __LINE__);
	abort();
}

size_t strlcpy(char *dst, const char *src, size_t size)
{
	snprintf(dst, size, "%s", src);
	return strlen(src);
}

/* The log since the last call is exactly @text. */
static inline void life_expect_log(const char *text)
{
	assert_string_equal(life.log, text);
	life.log[0] = '\0';
}

static int life_fail(struct vm_config_err *err, const char *text)
{
	if (!life.silent)
		snprintf(err->text, sizeof(err->text), "%s", text);
	return -EPERM;
}

int vm_arch_create(struct vm *vm, struct vm_config_err *err)
{
	vm->arch.s2_pool_pa = (uintptr_t)el2_alloc(3);
	if (!vm->arch.s2_pool_pa) {
		snprintf(err->text, sizeof(err->text), "no EL2 memory for stage-2 tables");
		return -ENOMEM;
	}
	life.arch_vms++;
	return life.fail == STEP_ARCH ? life_fail(err, "made to fail in arch") : 0;
}

/* Memory and vCPUs are gone by now; they need stage 2 and the vGIC. */
void vm_arch_destroy(struct vm *vm)
{
	assert_int_equal(vm->nr_ram, 0);
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		assert_null(vm->vcpu[i]);
	if (!vm->arch.s2_pool_pa)
		return;
	el2_free((void *)(uintptr_t)vm->arch.s2_pool_pa, 3);
	vm->arch.s2_pool_pa = 0;
	life.arch_vms--;
}

void vm_arch_reset(struct vm *vm)
{
	for (u32 i = 0; i < vm->nr_vcpus; i++) {
		assert_true(vm->vcpu[i]->parked);
		assert_false(vm->vcpu[i]->sched.on_cpu || vm->vcpu[i]->sched.queued);
		vm->vcpu[i]->state = VCPU_OFF;
	}
	life.arch_resets++;
}

void vm_arch_shift_time(struct vm *vm, u64 ticks)
{
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		assert_false(vm->vcpu[i]->sched.on_cpu || vm->vcpu[i]->sched.queued);
	life.shifted += ticks;
}

u64 mmu_new_stack(u32 slot)
{
	(void)slot;
	return life.no_stack ? 0 : 1;
}

/* Kept with the VM, as the loader does; a page of it. */
void vm_drop_fdt(struct vm *vm)
{
	el2_free(vm->fdt, 1);
	vm->fdt = NULL;
}

static int life_dm_create(struct vm *vm, struct vm_config_err *err)
{
	vm->dev[0] = el2_alloc(1);
	life.dm_vms += vm->dev[0] != NULL;
	if (life.fail != STEP_DM)
		return vm->dev[0] ? 0 : -ENOMEM;
	if (!life.silent)
		snprintf(err->text, sizeof(err->text), "devices: made to fail");
	return -EPERM;
}

static void life_dm_reset(struct vm *vm)
{
	assert_non_null(vm->dev[0]);
	life.dm_resets++;
}

static void life_dm_pause(struct vm *vm)
{
	(void)vm;
	life.dm_paused++;
}

static void life_dm_resume(struct vm *vm)
{
	(void)vm;
	assert_true(life.dm_paused > 0);
	life.dm_paused--;
}

/* Also for a VM that has none. */
static void life_dm_destroy(struct vm *vm)
{
	life.dm_vms -= vm->dev[0] != NULL;
	el2_free(vm->dev[0], 1);
	vm->dev[0] = NULL;
}

static const struct vm_dm_ops life_dm = { life_dm_create, life_dm_reset, life_dm_pause, life_dm_resume,
					  life_dm_destroy };

int vcpu_arch_create(struct vcpu *v)
{
	if (life.fail == STEP_VCPU && v->id >= life.fail_vcpu)
		return -ENOMEM;
	assert_non_null(v->pcpu);
	v->vgic = el2_alloc(1);
	if (!v->vgic)
		return -ENOMEM;
	life.arch_vcpus++;
	return 0;
}

void vcpu_arch_destroy(struct vcpu *v)
{
	assert_false(v->sched.on_cpu || v->sched.queued);
	if (!v->vgic)
		return;
	el2_free(v->vgic, 1);
	life.arch_vcpus--;
}

void vcpu_arch_reset(struct vcpu *v, const struct vm_entry *entry)
{
	assert_false(v->sched.on_cpu || v->sched.queued);
	life.vcpu_resets++;
	life.entry = *entry;
}

int guest_mem_alloc(struct vm *vm, struct vm_config_err *err)
{
	if (life.fail == STEP_MEM)
		return life_fail(err, "made to fail in memory");
	for (u32 i = 0; i < vm->cfg.nr_mem; i++) {
		struct vm_ram *ram = &vm->ram[i];

		*ram = (struct vm_ram){ .r = vm->cfg.mem[i], .block = el2_alloc(1), .block_pages = 1 };
		if (ram->block && page_alloc_range(&host_pool, ram->r.size >> PAGE_SHIFT, 512, ram->block)) {
			el2_free(ram->block, 1);
			ram->block = NULL;
		}
		if (!ram->block) {
			guest_mem_free(vm);
			snprintf(err->text, sizeof(err->text), "memory: region %u does not fit", i);
			return -ENOMEM;
		}
		vm->nr_ram++;
	}
	return 0;
}

void guest_mem_free(struct vm *vm)
{
	for (u32 i = 0; i < vm->nr_ram; i++) {
		page_free(&host_pool, vm->ram[i].block[0], vm->ram[i].r.size >> PAGE_SHIFT);
		el2_free(vm->ram[i].block, 1);
	}
	vm->nr_ram = 0;
}

int guest_zero(struct vm *vm, ipa_t ipa, u64 len, bool clean)
{
	(void)clean;
	if (life.zero_fails_at && ipa == life.zero_fails_at)
		return -EFAULT;
	for (u32 i = 0; i < vm->nr_ram; i++) {
		const struct vm_mem_region *r = &vm->ram[i].r;

		if (ipa >= r->ipa && ipa + len <= r->ipa + r->size) {
			life.zeroed += len;
			life.zero_most = MAX(life.zero_most, len);
			life.zero_calls++;
			return 0;
		}
	}
	fail_msg("guest_zero(0x%llx) outside memory", (unsigned long long)ipa);
	return -EFAULT;
}

int vm_layout(struct vm *vm, struct vm_config_err *err)
{
	(void)vm;
	(void)err;
	return 0;
}

int firmware_attach(struct vm *vm, struct vm_config_err *err)
{
	(void)vm;
	(void)err;
	return 0;
}

int ptdev_attach(struct vm *vm, struct vm_config_err *err)
{
	(void)vm;
	if (life.fail == STEP_PTDEV)
		return life_fail(err, "passthrough: made to fail");
	life.attached |= 1U << vm->id;
	return 0;
}

void ptdev_detach(struct vm *vm)
{
	life.attached &= ~(1U << vm->id);
}

void ptdev_quiesce(struct vm *vm)
{
	for (u32 i = 0; i < vm->nr_vcpus; i++)
		assert_false(vm->vcpu[i]->sched.on_cpu);
	life.quiesced++;
}

/* test_shmem.c is about it. */
int shmem_attach(struct vm *vm, struct vm_config_err *err)
{
	(void)vm;
	return life.fail == STEP_SHMEM ? life_fail(err, "shared-memory: made to fail") : 0;
}

void audit_after_stop(void)
{
}

bool shmem_leave(struct vm *vm)
{
	(void)vm;
	return false;
}

void shmem_detach(struct vm *vm)
{
	(void)vm;
}

struct vm_load *vm_load_begin(struct vm *vm)
{
	struct vm_load *l = life.fail == STEP_LOAD_BEGIN ? NULL : el2_alloc(1);

	if (!l)
		return NULL;
	*l = (struct vm_load){ vm, life.load_steps };
	life.loads++;
	life.loaders++;
	return l;
}

int vm_load_step(struct vm_load *l, struct vm_entry *entry, struct vm_config_err *err)
{
	struct vm *vm = l->vm;

	life.load_calls[vm->id]++;
	if (l->steps_left) {
		l->steps_left--;
		return -EAGAIN;
	}
	if (life.load_error[vm->id]) {
		snprintf(err->text, sizeof(err->text), "vm%u '%s': image kernel: bad", vm->id, vm->cfg.name);
		return life.load_error[vm->id];
	}
	if (life.loaded)
		life.loaded(vm);
	*entry = (struct vm_entry){ LIFE_ENTRY, 0x1234 };
	return 0;
}

void vm_load_end(struct vm_load *l)
{
	life.loaders--;
	el2_free(l, 1);
}

/* As hv_main.c does. */
static void life_after_put(struct vm *vm)
{
	if (vm->request != VM_REQ_NONE)
		vm_work_wake(vm);
}

static inline void life_cpus(u32 nr)
{
	env_cpus(nr);
	env.after_put = life_after_put;
	host.nr_cpus = nr;
}

static int life_setup(void **s)
{
	(void)s;
	memset(&life, 0, sizeof(life));
	memset(&host, 0, sizeof(host));
	memset(&el2_pool, 0, sizeof(el2_pool));
	memset(&host_pool, 0, sizeof(host_pool));
	memset(vms, 0, sizeof(vms));
	nr_vms = 0;
	life_cpus(4);
	vm_dm_ops = &life_dm;
	life_arena = aligned_alloc(LIFE_EL2_PAGES << 12, LIFE_EL2_PAGES << 12);
	life_maps[0] = malloc(page_pool_bitmap_bytes(LIFE_EL2_PAGES));
	life_maps[1] = malloc(page_pool_bitmap_bytes(LIFE_HOST_PAGES));
	assert_int_equal(page_pool_add(&el2_pool, (uintptr_t)life_arena, LIFE_EL2_PAGES, life_maps[0]), 0);
	assert_int_equal(page_pool_add(&host_pool, LIFE_HOST_BASE, LIFE_HOST_PAGES, life_maps[1]), 0);
	return 0;
}

/* Nothing is taken or attached. */
static inline void life_all_back(void)
{
	assert_int_equal(el2_pool.nr_free, el2_pool.nr_pages);
	assert_int_equal(host_pool.nr_free, host_pool.nr_pages);
	assert_int_equal(life.attached | life.arch_vms | life.arch_vcpus | life.loaders | life.dm_vms, 0);
	for (u32 i = 0; i < env.nr_cpus; i++)
		assert_int_equal(pcpus[i].sched->nr_vcpus | pcpus[i].sched->nr_units | pcpus[i].sched->weight, 0);
}

static int life_teardown(void **s)
{
	(void)s;
	for (u32 i = 0; i < nr_vms; i++) {
		if (vms[i] && vms[i]->load)
			vm_load_end(vms[i]->load);
		if (vms[i])
			vm_destroy(vms[i]);
	}
	life_all_back();
	free(life_arena);
	free(life_maps[0]);
	free(life_maps[1]);
	return 0;
}

/* One region of 2 MiB, any CPU. */
static inline struct vm_config life_cfg(const char *name, u32 vcpus)
{
	struct vm_config cfg = { .vcpus = vcpus, .cpu_affinity = ~UINT64_C(0), .autostart = true, .nr_mem = 1 };

	snprintf(cfg.name, sizeof(cfg.name), "%s", name);
	cfg.mem[0] = (struct vm_mem_region){ LIFE_RAM_IPA, LIFE_RAM_SIZE, VM_MEM_RAM };
	cfg.on_crash = VM_POLICY_HALT;
	strcpy(cfg.scheduler, "noop");
	return cfg;
}

static void life_no_vm_left(bool clean)
{
	life.no_vm_left++;
	life.no_vm_left_clean = clean;
}

#endif
