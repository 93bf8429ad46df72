/* SPDX-License-Identifier: BSD-3-Clause */
/* VMs of test_vm_life.c and test_vm_pause.c, and their work, slice by slice. */
#ifndef TESTS_HOST_LIFE_VM_H
#define TESTS_HOST_LIFE_VM_H

#include "life_mock.h"

#define WORK_MAX 1000U

struct hv_hooks hv_hooks;
static struct vm_config_err err;

static void (*spin_hook)(struct spinlock *l, bool lock);

void mock_spin_hook(struct spinlock *l, bool lock)
{
	if (spin_hook)
		spin_hook(l, lock);
}

static int setup(void **s)
{
	hv_hooks.no_vm_left = life_no_vm_left;
	spin_hook = NULL;
	return life_setup(s);
}

static struct vm *new_vm(const char *name, const struct vm_config *base)
{
	struct vm_config cfg = base ? *base : life_cfg(name, 1);
	struct vm *vm;

	snprintf(cfg.name, sizeof(cfg.name), "%s", name);
	assert_int_equal(vm_create(&cfg, &vm, &err), 0);
	return vm;
}

/* One slice of the first VM that has any to do. */
static bool slice(void)
{
	for (u32 i = 0; i < nr_vms; i++)
		if (vms[i] && vm_work(vms[i]))
			return true;
	return false;
}

/* Work until there is no more; returns the slices. */
static u32 work(void)
{
	u32 n = 0;

	while (slice())
		assert_true(++n < WORK_MAX);
	return n;
}

static bool all_parked(const struct vm *vm)
{
	u32 n = 0;

	for (u32 i = 0; i < vm->nr_vcpus; i++)
		n += vm->vcpu[i]->parked;
	assert_true(n == 0 || n == vm->nr_vcpus);
	return n != 0;
}

static struct vm *running_vm(const char *name, const struct vm_config *base)
{
	struct vm *vm = new_vm(name, base);

	assert_int_equal(vm_start(vm, &err), 0);
	work();
	assert_int_equal(vm->state, VM_RUNNING);
	life.log[0] = '\0';
	return vm;
}

#endif
