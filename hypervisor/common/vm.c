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
#include <common/cpu_class.h>
#include <common/fdt_host.h>
#include <common/firmware.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/schedule.h>
#include <common/shmem.h>
#include <common/vm.h>
#include <debug/logmsg.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

/* Emulated MMIO regions of a VM: distributor, redistributors, and room for devices. */
#define VM_IO_REGIONS 24U

/* Parts of messages. */
#define CPU_LIST_MAX 72U
#define UP_TEXT_MAX 56U
#define WHY_MAX 96U

struct vm *vms[CONFIG_MAX_VMS];
u32 nr_vms;
const struct vm_dm_ops *vm_dm_ops;

static bool life_taken;

/* In one step: life_unlock() may come at any moment, and whoever fails must not undo it. */
bool life_trylock(void)
{
	return !__atomic_exchange_n(&life_taken, true, __ATOMIC_SEQ_CST);
}

bool life_trylock_or_wake(struct vm *vm)
{
	if (life_trylock())
		return true;
	/* Whoever unlocks after this sees it; whoever did before has left the lock to the second try. */
	__atomic_store_n(&vm->life_wanted, true, __ATOMIC_SEQ_CST);
	return life_trylock();
}

void life_lock(void)
{
	while (!life_trylock())
		cpu_relax();
}

void life_unlock(void)
{
	u32 i;

	__atomic_store_n(&life_taken, false, __ATOMIC_SEQ_CST);
	for (i = 0; i < nr_vms; i++)
		if (vms[i] && __atomic_load_n(&vms[i]->life_wanted, __ATOMIC_SEQ_CST)) {
			__atomic_store_n(&vms[i]->life_wanted, false, __ATOMIC_SEQ_CST);
			sched_work_wake(&vms[i]->work);
		}
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

/* CPUs of cpu-affinity that are not up, as the manifest lists them: "CPU 2, 7"; "" when all are. */
static const char *absent_cpus(const struct vm *vm, char *text, size_t size)
{
	u32 i, len = 0;

	text[0] = '\0';
	/* The default is any CPU, not each of them. */
	for (i = 0; ~vm->cfg.cpu_affinity && i < CONFIG_MAX_PCPUS; i++) {
		if (!(vm->cfg.cpu_affinity & BIT(i)) || pcpus[i].online)
			continue;
		(void)snprintf(text + len, size - len, "%s%u", len ? ", " : "CPU ", i);
		len = (u32)strlen(text);
	}
	return text;
}

static const char *up_cpus(char *text, size_t size)
{
	u32 i, up = 0;

	for (i = 0; i < host.nr_cpus; i++)
		up += pcpus[i].online;
	(void)snprintf(text, size, "the host has %u, CPU 0 to %u, and %u are up", host.nr_cpus, host.nr_cpus - 1, up);
	return text;
}

static void attach_err(const struct vm *vm, u32 id, int r, struct vm_config_err *err)
{
	const struct vm_config *cfg = &vm->cfg;
	char absent[CPU_LIST_MAX], up[UP_TEXT_MAX], why[WHY_MAX];
	const char *also;

	(void)absent_cpus(vm, absent, sizeof(absent));
	if (r == -EINVAL) {
		(void)snprintf(err->text, sizeof(err->text), "cpu-affinity: %s: none is up; %s", absent,
			       up_cpus(up, sizeof(up)));
		return;
	}
	if (strcmp(cfg->scheduler, "noop") == 0)
		(void)strlcpy(why, "has vCPUs (scheduler \"noop\" takes a CPU for each)", sizeof(why));
	else if (cfg->rt_priority)
		(void)snprintf(why, sizeof(why),
			       "belongs to a \"noop\" VM, or has no room for rt-budget %u in rt-period %u",
			       cfg->rt_budget_us, cfg->rt_period_us);
	else
		(void)strlcpy(why, "belongs to a VM with scheduler \"noop\"", sizeof(why));
	also = absent[0] ? "; not up: " : "";
	(void)snprintf(err->text, sizeof(err->text), "no free CPU for vcpu %u: every allowed one %s%s%s", id, why, also,
		       absent);
}

/* What is not as the manifest says, though @vm can do without; and what whoever reads the log should know. */
static void warn_created(const struct vm *vm)
{
	char absent[CPU_LIST_MAX], up[UP_TEXT_MAX];

	if (vm->cfg.dma_unprotected)
		pr_warn("vm%u '%s' is trusted (dma-unprotected): its devices can write to all memory, no IOMMU is in "
			"front of "
			"them",
			vm->id, vm->cfg.name);
	if (absent_cpus(vm, absent, sizeof(absent))[0])
		pr_warn("vm%u '%s': cpu-affinity: not up, and left out: %s; %s", vm->id, vm->cfg.name, absent,
			up_cpus(up, sizeof(up)));
	if (!vm->work.stack_top)
		pr_warn("vm%u '%s': no EL2 memory for a stack of its work, which others wait for now", vm->id,
			vm->cfg.name);
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
	int r = cpu_class_resolve(&vm->cfg, err);

	if (!r)
		r = vm_layout(vm, err);
	if (!r)
		r = io_table_init(&vm->io, VM_IO_REGIONS);
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
	if (!r)
		r = firmware_attach(vm, err);
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
	/* For good: a VM that was there once is never destroyed, and the next one gets that of one that failed here. */
	sched_work_set_stack(&vm->work, mmu_new_stack(STACK_SLOT_WORK + vm->id));
	sched_work_set_weight(&vm->work, vm->cfg.weight ? vm->cfg.weight : SCHED_WEIGHT_DEFAULT);
	r = vm_build(vm, err);
	if (r) {
		vm_destroy(vm);
		return r;
	}
	warn_created(vm);
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
	sched_work_detach(&vm->work);
	if (vm->id < nr_vms && vms[vm->id] == vm)
		vms[vm->id] = NULL;
	el2_free(vm, pages_of(sizeof(*vm)));
}
