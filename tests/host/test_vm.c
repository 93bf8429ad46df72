/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/cpu_class.c hypervisor/common/vm.c hypervisor/common/schedule.c
 * hypervisor/common/sched_place.c hypervisor/common/sched_noop.c hypervisor/common/sched_bvt.c
 * hypervisor/common/sched_rt.c hypervisor/common/io_req.c hypervisor/common/page_alloc.c */
/* Creating VMs: what they get, and that a failure at any step gives everything back and says who and why. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "life_mock.h"

static struct vm_config_err err;

bool vm_work(struct vm *vm)
{
	(void)vm;
	return false;
}

void vm_work_wake(struct vm *vm)
{
	(void)vm;
}

static void created(void **s)
{
	struct vm_config cfg = life_cfg("linux", 2);
	struct vm *vm, *vm2;

	(void)s;
	assert_int_equal(vm_create(&cfg, &vm, &err), 0);
	cfg = life_cfg("other", 1);
	assert_int_equal(vm_create(&cfg, &vm2, &err), 0);
	assert_int_equal(nr_vms, 2);
	assert_ptr_equal(vms[0], vm);
	assert_ptr_equal(vms[1], vm2);
	assert_int_equal(vm->id, 0);
	assert_int_equal(vm2->id, 1);
	assert_int_equal(vm->state, VM_CREATED);
	assert_string_equal(vm2->cfg.name, "other");
	assert_non_null(vm->io.region);
	for (u32 i = 0; i < 2; i++) {
		assert_ptr_equal(vm->vcpu[i]->vm, vm);
		assert_int_equal(vm->vcpu[i]->id, i);
		assert_int_equal(vm->vcpu[i]->state, VCPU_OFF);
		assert_true(vm->vcpu[i]->parked);
		assert_ptr_equal(vm->vcpu[i]->pcpu, &pcpus[i]);
	}
	/* Its work has its weight, and lives beside vCPU 0 as long as it may. */
	assert_ptr_equal(vm->work.unit.pcpu, &pcpus[0]);
	assert_ptr_equal(vm2->work.unit.pcpu, &pcpus[2]);
	assert_int_equal(vm->work.unit.weight, 100);
	assert_string_equal(vm2->work.unit.name, "other");
	assert_int_equal(life.dm_vms, 2);
	assert_ptr_equal(vm2->vcpu[0]->pcpu, &pcpus[2]);
	assert_int_equal(life.attached, 3);
}

/* Released: the struct stays and can be destroyed later; its place in vms[] is then empty. */
static void release_then_destroy(void **s)
{
	struct vm_config cfg = life_cfg("linux", 2);
	struct vm *vm;

	(void)s;
	assert_int_equal(vm_create(&cfg, &vm, &err), 0);
	vm_release(vm);
	assert_int_equal(host_pool.nr_free, host_pool.nr_pages);
	assert_int_equal(el2_pool.nr_free, el2_pool.nr_pages - ALIGN_UP(sizeof(*vm), PAGE_SIZE) / PAGE_SIZE);
	assert_ptr_equal(vms[0], vm);
	assert_string_equal(vm->cfg.name, "linux");
	vm_release(vm);
	vm_destroy(vm);
	assert_null(vms[0]);
	life_all_back();
}

static void check_failure(const struct vm_config *cfg, int ret, const char *text)
{
	struct vm *vm = NULL;

	strcpy(err.text, "of something else");
	assert_int_equal(vm_create(cfg, &vm, &err), ret);
	assert_string_equal(err.text, text);
	assert_null(vm);
	assert_int_equal(nr_vms, 0);
	assert_null(vms[0]);
	life_all_back();
}

static void fails_at_each_step(void **s)
{
	struct vm_config cfg = life_cfg("linux", 3);

	(void)s;
	life.fail = STEP_ARCH;
	check_failure(&cfg, -EPERM, "vm0 'linux': made to fail in arch");
	life.fail = STEP_MEM;
	check_failure(&cfg, -EPERM, "vm0 'linux': made to fail in memory");
	life.fail = STEP_PTDEV;
	check_failure(&cfg, -EPERM, "vm0 'linux': passthrough: made to fail");
	life.fail = STEP_DM;
	check_failure(&cfg, -EPERM, "vm0 'linux': devices: made to fail");
	life.fail = STEP_SHMEM;
	check_failure(&cfg, -EPERM, "vm0 'linux': shared-memory: made to fail");
	life.fail = STEP_DM;
	life.silent = true;
	check_failure(&cfg, -EPERM, "vm0 'linux': out of EL2 memory");
	life.fail = STEP_PTDEV;
	check_failure(&cfg, -EPERM, "vm0 'linux': out of EL2 memory");
	life.fail = STEP_VCPU;
	for (life.fail_vcpu = 0; life.fail_vcpu < 3; life.fail_vcpu++)
		check_failure(&cfg, -ENOMEM, "vm0 'linux': out of EL2 memory");
	life.fail = STEP_NONE;
	cfg.mem[0].size = (LIFE_HOST_PAGES + 512) << PAGE_SHIFT;
	check_failure(&cfg, -ENOMEM, "vm0 'linux': memory: region 0 does not fit");
}

/* With every amount of EL2 memory that is too little. */
static void el2_memory_ends(void **s)
{
	struct vm_config cfg = life_cfg("linux", 3);
	u32 n, refused = 0;

	(void)s;
	for (n = 0; n < LIFE_EL2_PAGES; n++) {
		u64 taken = LIFE_EL2_PAGES - n;
		struct vm *vm = NULL;
		paddr_t pa;
		int r;

		assert_int_equal(page_alloc_range(&el2_pool, taken, 1, &pa), 0);
		err.text[0] = '\0';
		r = vm_create(&cfg, &vm, &err);
		page_free(&el2_pool, pa, taken);
		if (!r) {
			vm_destroy(vm);
			break;
		}
		assert_int_equal(r, -ENOMEM);
		assert_true(strstr(err.text, "'linux': ") != NULL);
		assert_true(strstr(err.text, "EL2 memory") || strstr(err.text, "does not fit"));
		assert_int_equal(nr_vms, 0);
		life_all_back();
		refused++;
	}
	assert_true(refused > 8);
	assert_true(n < LIFE_EL2_PAGES);
	life_all_back();
}

static void cpu_affinity(void **s)
{
	struct vm_config cfg = life_cfg("linux", 2), one = life_cfg("one", 1);
	struct vm *vm;

	(void)s;
	cfg.cpu_affinity = BIT(9) | BIT(15);
	check_failure(&cfg, -EINVAL,
		      "vm0 'linux': cpu-affinity: CPU 9, 15: none is up; the host has 4, CPU 0 to 3, and 4 are up");
	cfg.cpu_affinity = BIT(2) | BIT(9);
	check_failure(
		&cfg, -EBUSY,
		"vm0 'linux': no free CPU for vcpu 1: every allowed one has vCPUs (scheduler \"noop\" takes a CPU "
		"for each); not up: CPU 9");
	pcpus[2].online = false;
	check_failure(&cfg, -EINVAL,
		      "vm0 'linux': cpu-affinity: CPU 2, 9: none is up; the host has 4, CPU 0 to 3, and 3 are up");
	life_expect_log("");
	cfg.cpu_affinity = BIT(3) | BIT(1);
	assert_int_equal(vm_create(&cfg, &vm, &err), 0);
	assert_ptr_equal(vm->vcpu[0]->pcpu, &pcpus[1]);
	assert_ptr_equal(vm->vcpu[1]->pcpu, &pcpus[3]);
	one.cpu_affinity = BIT(3);
	assert_int_equal(vm_create(&one, &vm, &err), -EBUSY);
	assert_int_equal(strncmp(err.text, "vm1 'one': no free CPU for vcpu 0", 33), 0);
	one.cpu_affinity = ~UINT64_C(0);
	assert_int_equal(vm_create(&one, &vm, &err), 0);
	assert_int_equal(vm->id, 1);
	assert_ptr_equal(vm->vcpu[0]->pcpu, &pcpus[0]);
}

/* Those that are there are enough, and the others are named once the VM is. */
static void absent_cpus_and_stack(void **s)
{
	struct vm_config cfg = life_cfg("linux", 1), any = life_cfg("any", 1);
	struct vm *vm;

	(void)s;
	cfg.cpu_affinity = BIT(0) | BIT(1) | BIT(4) | BIT(15);
	pcpus[1].online = false;
	assert_int_equal(vm_create(&cfg, &vm, &err), 0);
	assert_ptr_equal(vm->vcpu[0]->pcpu, &pcpus[0]);
	life_expect_log(
		"vm0 'linux': cpu-affinity: not up, and left out: CPU 1, 4, 15; the host has 4, CPU 0 to 3, and "
		"3 are up\n");
	assert_int_equal(vm_create(&any, &vm, &err), 0);
	life_expect_log("");
	life.no_stack = true;
	assert_int_equal(vm_create(&any, &vm, &err), 0);
	life_expect_log("vm2 'any': no EL2 memory for a stack of its work, which others wait for now\n");
}

/* What the policies refuse, and how that is said. */
static void schedulers(void **s)
{
	struct vm_config cfg = life_cfg("alone", 1), two = life_cfg("bvt", 3), rt = life_cfg("rt", 1);
	struct vm *vm, *vm1, *vm2;

	(void)s;
	cfg.cpu_affinity = BIT(0);
	assert_int_equal(vm_create(&cfg, &vm, &err), 0);
	strcpy(two.scheduler, "bvt");
	two.weight = 300;
	two.cpu_affinity = BIT(0);
	assert_int_equal(vm_create(&two, &vm1, &err), -EBUSY);
	assert_string_equal(err.text,
			    "vm1 'bvt': no free CPU for vcpu 0: every allowed one belongs to a VM with scheduler "
			    "\"noop\"");
	two.cpu_affinity = BIT(0) | BIT(1);
	assert_int_equal(vm_create(&two, &vm1, &err), 0);
	assert_int_equal(pcpus[1].sched->nr_vcpus, 3);
	assert_int_equal(pcpus[1].sched->weight, 900);
	assert_int_equal(vm1->work.unit.weight, 300);
	strcpy(rt.scheduler, "rt");
	rt.rt_priority = 7;
	rt.rt_budget_us = 600;
	rt.rt_period_us = 1000;
	rt.cpu_affinity = BIT(0) | BIT(1);
	assert_int_equal(vm_create(&rt, &vm2, &err), 0);
	assert_ptr_equal(vm2->vcpu[0]->pcpu, &pcpus[1]);
	assert_int_equal(vm_create(&rt, &vm2, &err), -EBUSY);
	assert_string_equal(err.text,
			    "vm3 'rt': no free CPU for vcpu 0: every allowed one belongs to a \"noop\" VM, or "
			    "has no room for rt-budget 600 in rt-period 1000");
	assert_int_equal(nr_vms, 3);
}

static void limits(void **s)
{
	struct vm_config cfg = life_cfg("linux", 0);
	struct vm *vm;

	(void)s;
	check_failure(&cfg, -ERANGE, "'linux': more than 32 VMs, or not 1..16 vCPUs");
	cfg.vcpus = CONFIG_MAX_VCPUS + 1;
	check_failure(&cfg, -ERANGE, "'linux': more than 32 VMs, or not 1..16 vCPUs");
	nr_vms = CONFIG_MAX_VMS;
	cfg.vcpus = 1;
	assert_int_equal(vm_create(&cfg, &vm, &err), -ERANGE);
	nr_vms = 0;
}

/* The longest name and text stay one line that ends. */
static void long_texts(void **s)
{
	struct vm_config cfg = life_cfg("a234567890b234567890c234567890d", 1);
	struct vm *vm;

	(void)s;
	cfg.cpu_affinity = 0xfff0;
	assert_int_equal(vm_create(&cfg, &vm, &err), -EINVAL);
	assert_true(strlen(err.text) < sizeof(err.text));
	assert_non_null(
		strstr(err.text, "d': cpu-affinity: CPU 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15: none is up; "));
	assert_non_null(strstr(err.text, " and 4 are up"));
}

#define ROUNDS 300000U

static u32 owners, taken_twice;

static void *take_and_leave(void *arg)
{
	u64 mine = 0;

	for (u32 i = 0; i < ROUNDS; i++) {
		if (!life_trylock())
			continue;
		taken_twice += __atomic_fetch_add(&owners, 1, __ATOMIC_RELAXED) != 0;
		mine++;
		(void)__atomic_fetch_sub(&owners, 1, __ATOMIC_RELAXED);
		life_unlock();
	}
	*(u64 *)arg = mine;
	return NULL;
}

/* The life-cycle lock with real contention: one at a time, and free at the end, whatever came between two others'
 * steps. */
static void life_is_free_again(void **s)
{
	pthread_t t[4];
	u64 got[4];

	(void)s;
	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(pthread_create(&t[i], NULL, take_and_leave, &got[i]), 0);
	for (u32 i = 0; i < ARRAY_SIZE(t); i++)
		assert_int_equal(pthread_join(t[i], NULL), 0);
	assert_true(got[0] + got[1] + got[2] + got[3] > 0);
	assert_int_equal(taken_twice, 0);
	assert_true(life_trylock());
	life_unlock();
}

#define T(f) cmocka_unit_test_setup_teardown(f, life_setup, life_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(created),
		T(release_then_destroy),
		T(fails_at_each_step),
		T(el2_memory_ends),
		T(cpu_affinity),
		T(schedulers),
		T(limits),
		T(long_texts),
		T(absent_cpus_and_stack),
		T(life_is_free_again),
	};

	(void)life_no_vm_left;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
