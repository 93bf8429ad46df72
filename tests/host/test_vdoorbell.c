/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/dm/vdoorbell.c hypervisor/common/io_req.c */
/* Doorbells through their registers, as three guests use them: rings, the line, VMs that come and go, hostile accesses.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <common/page_alloc.h>
#include <dm/vdoorbell.h>
#include <lib/errno.h>

/* docs/reference/shared-memory.md */
#define ID 0x00
#define VERSION 0x04
#define PEERS 0x08
#define SELF 0x0c
#define RING 0x10
#define PENDING 0x14
#define ACK 0x18
#define MASK 0x1c
#define DROPPED 0x20
#define PRESENT 0x24

static struct vm vm[3];
static struct io_region table[3][8];
static bool line[3][2]; /* INTID 64, 65 */
static u32 irqs[3];
static bool pages_end;
static u32 pages;
static struct vm_config_err err;

void vm_irq(struct vm *v, u32 intid, bool level)
{
	u32 i = (u32)(v - vm);

	assert_true(i < 3 && intid >= 64 && intid < 66);
	assert_int_not_equal(line[i][intid - 64], level); /* changes only */
	line[i][intid - 64] = level;
	irqs[i]++;
}

void *el2_alloc(u64 nr)
{
	assert_int_equal(nr, 1);
	if (pages_end)
		return NULL;
	pages++;
	return calloc(1, 4096);
}

void el2_free(void *p, u64 nr)
{
	assert_int_equal(nr, 1);
	pages -= p ? 1 : 0;
	free(p);
}

static void share(u32 i, u32 region, u32 self, u32 peers)
{
	vm[i].cfg.shm[vm[i].cfg.nr_shm++] = (struct vm_shm){ .region = region, .self = self, .peers = peers };
}

static int create(u32 i)
{
	vm[i].io = (struct io_table){ table[i], 0, 8 };
	return vdoorbell_device.create(&vm[i], &err);
}

static u64 access(u32 i, u64 ipa, u32 size, bool write, u64 value)
{
	const struct io_region *r = io_find(&vm[i].io, ipa, size);
	struct io_access a = { ipa, 0, size, write, value };

	assert_non_null(r);
	a.offset = ipa - r->base;
	assert_int_equal(r->fn(NULL, r->dev, &a), IO_DONE);
	return a.value;
}

static u32 rd(u32 i, u32 reg)
{
	return (u32)access(i, 0x0a200000 + reg, 4, false, ~UINT64_C(0));
}

static void wr(u32 i, u32 reg, u32 value)
{
	access(i, 0x0a200000 + reg, 4, true, value);
}

/* vm0 and vm1 share region 0, vm1 and vm2 region 5; vm1's bell for region 5 is its second. All run. */
static int setup(void **s)
{
	(void)s;
	memset(vm, 0, sizeof(vm));
	memset(line, 0, sizeof(line));
	memset(irqs, 0, sizeof(irqs));
	pages_end = false;
	share(0, 0, 0, 3);
	share(1, 0, 2, 3);
	share(1, 5, 0, 2);
	share(2, 5, 1, 2);
	for (u32 i = 0; i < 3; i++) {
		vm[i].id = i;
		vm[i].state = VM_RUNNING;
		if (create(i))
			return -1;
	}
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	for (u32 i = 0; i < 3; i++) {
		vdoorbell_device.destroy(&vm[i]);
		assert_null(vm[i].dev[VM_DEV_SHMEM]);
		vdoorbell_device.destroy(&vm[i]);
	}
	assert_int_equal(pages, 0);
	return 0;
}

static void identity(void **s)
{
	(void)s;
	assert_int_equal(vm[0].io.nr, 1);
	assert_int_equal(vm[1].io.nr, 2);
	assert_int_equal(table[1][1].base, 0x0a201000);
	assert_int_equal(table[1][1].size, 0x1000);
	assert_int_equal(rd(0, ID), 0x42445a48);
	assert_int_equal(rd(0, VERSION), 1);
	assert_int_equal(rd(0, PEERS), 3);
	assert_int_equal(rd(0, SELF), 0);
	assert_int_equal(rd(1, SELF), 2);
	assert_int_equal(rd(2, PEERS), 2);
	assert_int_equal(rd(1, 0x1000 + SELF), 0);
	assert_int_equal(rd(0, RING), 0);
	assert_int_equal(rd(0, ACK), 0);
	/* Number 1 of region 0 is a VM that does not exist. */
	assert_int_equal(rd(0, PRESENT), 5);
	assert_int_equal(rd(2, PRESENT), 3);
}

static void one_ring(void **s)
{
	(void)s;
	wr(0, RING, 2);
	assert_true(line[1][0]);
	assert_int_equal(rd(1, PENDING), 1);
	assert_int_equal(rd(0, PENDING), 0);
	assert_int_equal(rd(1, 0x1000 + PENDING), 0);
	/* Again, and again: nothing. */
	for (u32 i = 0; i < 1000; i++)
		wr(0, RING, 2);
	assert_int_equal(irqs[1], 1);
	assert_int_equal(rd(0, DROPPED), 0);
	wr(1, ACK, 0xfffffffe);
	assert_true(line[1][0]);
	wr(1, ACK, 1);
	assert_false(line[1][0]);
	assert_int_equal(rd(1, PENDING), 0);
	wr(0, RING, 2);
	assert_true(line[1][0]);
	assert_int_equal(irqs[1], 3);
	/* The other way, and a VM may ring itself. */
	wr(1, RING, 0);
	assert_true(line[0][0]);
	assert_int_equal(rd(0, PENDING), 4);
	wr(1, RING, 2);
	assert_int_equal(rd(1, PENDING), 5);
	/* The other region is another bell with a line of its own. */
	wr(2, RING, 0);
	assert_true(line[1][1]);
	assert_int_equal(rd(1, 0x1000 + PENDING), 2);
	assert_int_equal(rd(1, PENDING), 5);
	assert_false(line[2][0]);
}

static void masked(void **s)
{
	(void)s;
	wr(1, MASK, 0xffffffff);
	assert_int_equal(rd(1, MASK), 7); /* as many bits as peers */
	wr(0, RING, 2);
	assert_int_equal(rd(1, PENDING), 1);
	assert_int_equal(irqs[1], 0);
	wr(1, MASK, 6);
	assert_true(line[1][0]);
	wr(1, MASK, 1);
	assert_false(line[1][0]);
	wr(1, RING, 2);
	assert_true(line[1][0]);
	wr(1, ACK, 4);
	assert_false(line[1][0]);
}

static void nobody_there(void **s)
{
	static const enum vm_state deaf[] = { VM_CREATED, VM_LOADING, VM_RESETTING, VM_STOPPED };

	(void)s;
	wr(0, RING, 1);
	wr(0, RING, 3);
	wr(0, RING, 8);
	wr(0, RING, 32);
	wr(0, RING, 0xffffffff);
	assert_int_equal(rd(0, DROPPED), 5);
	for (u32 i = 0; i < 4; i++) {
		vm[1].state = deaf[i];
		wr(0, RING, 2);
		assert_int_equal(rd(0, DROPPED), 6 + i);
		assert_int_equal(rd(0, PRESENT), 1);
	}
	assert_int_equal(irqs[0] + irqs[1] + irqs[2], 0);
	assert_int_equal(rd(1, PENDING), 0);
	vm[1].state = VM_PAUSED;
	wr(0, RING, 2);
	assert_int_equal(rd(1, PENDING), 1);
	assert_true(line[1][0]);
	assert_int_equal(rd(0, DROPPED), 9);
	/* Writes to what is read-only. */
	wr(0, DROPPED, 0);
	wr(0, PENDING, 0xff);
	wr(0, PRESENT, 0);
	wr(0, SELF, 1);
	assert_int_equal(rd(0, DROPPED), 9);
	assert_int_equal(rd(0, PENDING), 0);
	assert_int_equal(rd(0, SELF), 0);
}

static void comes_and_goes(void **s)
{
	(void)s;
	wr(0, RING, 2);
	wr(1, RING, 0);
	wr(1, RING, 1); /* dropped */
	wr(1, MASK, 2);
	vdoorbell_device.reset(&vm[1]);
	assert_false(line[1][0]);
	assert_int_equal(rd(1, PENDING), 0);
	assert_int_equal(rd(1, MASK), 0);
	assert_int_equal(rd(1, DROPPED), 0);
	/* What it rang stays rung: the peer is not reset. */
	assert_true(line[0][0]);
	vdoorbell_device.destroy(&vm[1]);
	wr(0, RING, 2);
	wr(2, RING, 0);
	assert_int_equal(rd(0, DROPPED), 1);
	assert_int_equal(rd(2, DROPPED), 1);
	assert_int_equal(create(1), 0);
	wr(0, RING, 2);
	assert_true(line[1][0]);
	assert_int_equal(rd(0, DROPPED), 1);
}

static void hostile(void **s)
{
	static const u32 sizes[] = { 1, 2, 4, 8 };

	(void)s;
	for (u32 k = 0; k < 4; k++) {
		for (u32 off = 0; off + sizes[k] <= 0x1000; off++) {
			bool reg = sizes[k] == 4 && off % 4 == 0 && off <= PRESENT;

			if (reg)
				continue;
			access(0, 0x0a200000 + off, sizes[k], true, 2);
			access(0, 0x0a200000 + off, sizes[k], true, ~UINT64_C(0));
			assert_int_equal(access(0, 0x0a200000 + off, sizes[k], false, ~UINT64_C(0)), 0);
		}
	}
	assert_int_equal(irqs[0] + irqs[1] + irqs[2], 0);
	assert_int_equal(rd(0, DROPPED), 0);
	assert_int_equal(rd(0, MASK), 0);
}

static void no_shared_memory(void **s)
{
	struct vm plain = { .id = 9 };

	(void)s;
	assert_int_equal(vdoorbell_device.create(&plain, &err), 0);
	assert_null(plain.dev[VM_DEV_SHMEM]);
	vdoorbell_device.reset(&plain);
	vdoorbell_device.destroy(&plain);
}

static void create_fails(void **s)
{
	(void)s;
	vdoorbell_device.destroy(&vm[1]);
	pages_end = true;
	assert_int_equal(create(1), -ENOMEM);
	vdoorbell_device.destroy(&vm[1]);
	pages_end = false;
	/* No room for the second page: the first bell goes as well. */
	vm[1].io = (struct io_table){ table[1], 0, 1 };
	assert_int_equal(vdoorbell_device.create(&vm[1], &err), -ENOSPC);
	assert_string_equal(err.text, "shared-memory: its doorbells cannot be set up (error 28)");
	vdoorbell_device.destroy(&vm[1]);
	wr(0, RING, 2);
	assert_int_equal(rd(0, DROPPED), 1);
	/* A number that is taken, or none: never from a manifest. */
	vm[1].cfg.shm[0].self = 0;
	assert_int_equal(create(1), -EEXIST);
	vdoorbell_device.destroy(&vm[1]);
	wr(0, RING, 0);
	assert_true(line[0][0]);
	vm[1].cfg.shm[0].self = 3;
	assert_int_equal(create(1), -EINVAL);
	vdoorbell_device.destroy(&vm[1]);
	vm[1].cfg.shm[0].self = 2;
	assert_int_equal(create(1), 0);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(identity),       T(one_ring), T(masked),           T(nobody_there),
		T(comes_and_goes), T(hostile),  T(no_shared_memory), T(create_fails),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
