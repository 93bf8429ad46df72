/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * VM objects: create and destroy. vm->lock guards state and request; everything else changes only while all vCPUs of
 * the VM are parked.
 */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/mmu.h>
#include <asm/page.h>
#include <common/arch_hooks.h>
#include <common/fdt_host.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/schedule.h>
#include <common/shmem.h>
#include <common/vm.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

/* Emulated MMIO regions of a VM: distributor, redistributors, and room for devices. */
#define VM_IO_REGIONS 24U

struct vm *vms[CONFIG_MAX_VMS];
u32 nr_vms;
const struct vm_dm_ops *vm_dm_ops;

static struct spinlock life;
static bool life_taken; /* under @life, which is only held for a moment */

bool life_trylock(void)
{
	bool mine;

	spin_lock(&life);
	mine = !life_taken;
	life_taken = true;
	spin_unlock(&life);
	return mine;
}

void life_lock(void)
{
	while (!life_trylock())
		cpu_relax();
}

void life_unlock(void)
{
	__atomic_store_n(&life_taken, false, __ATOMIC_RELEASE);
}

static u64 pages_of(size_t bytes)
{
	return ALIGN_UP((u64)bytes, PAGE_SIZE) / PAGE_SIZE;
}

/* Put "vmN 'name': " in front of what a callee reported, or of @fallback when it had nothing to say. */
static void prefix_err(const struct vm *vm, const char *fallback, struct vm_config_err *err)
{
	char text[VM_CONFIG_ERR_MAX];

	(void)strlcpy(text, err->text[0] ? err->text : fallback, sizeof(text));
	(void)snprintf(err->text, sizeof(err->text), "vm%u '%s': %.*s", vm->id, vm->cfg.name, VM_CONFIG_ERR_MAX - 64,
		       text);
}

static void attach_err(const struct vm *vm, u32 id, int r, struct vm_config_err *err)
{
	const char *why = "every allowed one has vCPUs (scheduler \"noop\" takes a CPU for each)";
	u32 i, up = 0;

	for (i = 0; i < host.nr_cpus; i++)
		up += pcpus[i].online;
	if (r == -EINVAL) {
		(void)snprintf(
			err->text, sizeof(err->text),
			"cpu-affinity 0x%llx names no CPU that is up; the host has %u, CPU 0 to %u, and %u are up",
			(unsigned long long)vm->cfg.cpu_affinity, host.nr_cpus, host.nr_cpus - 1, up);
		return;
	}
	if (strcmp(vm->cfg.scheduler, "noop") != 0)
		why = strcmp(vm->cfg.scheduler, "rt") == 0
			? "every allowed one belongs to a \"noop\" VM, or has no room for rt-budget in rt-period"
			: "every allowed one belongs to a VM with scheduler \"noop\"";
	(void)snprintf(err->text, sizeof(err->text), "no free CPU for vcpu %u: %s", id, why);
}

static int create_vcpu(struct vm *vm, u32 id, struct vm_config_err *err)
{
	struct vcpu *v = el2_alloc(pages_of(sizeof(*v)));
	int r;

	if (!v) {
		(void)snprintf(err->text, sizeof(err->text), "no EL2 memory for vcpu %u", id);
		return -ENOMEM;
	}
	v->vm = vm;
	v->id = id;
	v->state = VCPU_OFF;
	vm->vcpu[id] = v;
	v->parked = true;
	r = sched_attach(v, &vm->cfg);
	if (r)
		attach_err(vm, id, r, err);
	return r ? r : vcpu_arch_create(v);
}

static int create_parts(struct vm *vm, struct vm_config_err *err)
{
	u32 i;
	int r = io_table_init(&vm->io, VM_IO_REGIONS);

	if (!r)
		r = vm_arch_create(vm, err);
	if (!r)
		r = guest_mem_alloc(vm, err);
	for (i = 0; !r && i < vm->nr_vcpus; i++) {
		r = create_vcpu(vm, i, err);
		work_yield();
	}
	if (!r)
		r = ptdev_attach(vm, err);
	if (!r && vm_dm_ops)
		r = vm_dm_ops->create(vm, err);
	if (!r && sched_work_attach(&vm->work, vm->cfg.cpu_affinity, vm->vcpu[0]->pcpu))
		r = -EINVAL;
	/* Last: a VM that has joined others in a region does not fail any more. */
	return r ? r : shmem_attach(vm, err);
}

static bool work_fn(struct sched_work *w)
{
	return vm_work(w->arg);
}

int vm_build(struct vm *vm, struct vm_config_err *err)
{
	int r;

	err->text[0] = '\0';
	r = create_parts(vm, err);
	if (!r) {
		vm->state = VM_CREATED;
		return 0;
	}
	prefix_err(vm, "out of EL2 memory", err);
	vm_release(vm);
	return r;
}

int vm_create(const struct vm_config *cfg, struct vm **out, struct vm_config_err *err)
{
	struct vm *vm;
	int r;

	err->text[0] = '\0';
	if (nr_vms == CONFIG_MAX_VMS || cfg->vcpus == 0 || cfg->vcpus > CONFIG_MAX_VCPUS) {
		(void)snprintf(err->text, sizeof(err->text), "'%s': more than %u VMs, or not 1..%u vCPUs", cfg->name,
			       CONFIG_MAX_VMS, CONFIG_MAX_VCPUS);
		return -ERANGE;
	}
	vm = el2_alloc(pages_of(sizeof(*vm)));
	if (!vm) {
		(void)snprintf(err->text, sizeof(err->text), "'%s': no EL2 memory for a VM", cfg->name);
		return -ENOMEM;
	}
	vm->id = nr_vms;
	vm->cfg = *cfg;
	vm->nr_vcpus = cfg->vcpus;
	spin_init(&vm->lock);
	sched_work_init(&vm->work, work_fn, vm, vm->cfg.name);
	/* For good: VMs are never destroyed once they were there, and without a stack it does not yield in mid-slice.
	 */
	sched_work_set_stack(&vm->work, mmu_new_stack(STACK_SLOT_WORK + vm->id));
	sched_work_set_weight(&vm->work, vm->cfg.weight ? vm->cfg.weight : SCHED_WEIGHT_DEFAULT);
	r = vm_build(vm, err);
	if (r) {
		vm_destroy(vm);
		return r;
	}
	vms[nr_vms++] = vm;
	*out = vm;
	return 0;
}

void vm_release(struct vm *vm)
{
	u32 i;

	if (vm_dm_ops)
		vm_dm_ops->destroy(vm);
	ptdev_detach(vm);
	for (i = 0; i < vm->nr_vcpus; i++) {
		if (!vm->vcpu[i])
			continue;
		sched_detach(vm->vcpu[i]);
		vcpu_arch_destroy(vm->vcpu[i]);
		el2_free(vm->vcpu[i], pages_of(sizeof(struct vcpu)));
		vm->vcpu[i] = NULL;
		work_yield();
	}
	vm_drop_fdt(vm);
	shmem_detach(vm);
	guest_mem_free(vm);
	work_yield();
	vm_arch_destroy(vm);
	io_table_free(&vm->io);
}

void vm_destroy(struct vm *vm)
{
	vm_release(vm);
	if (vm->id < nr_vms && vms[vm->id] == vm)
		vms[vm->id] = NULL;
	el2_free(vm, pages_of(sizeof(*vm)));
}
