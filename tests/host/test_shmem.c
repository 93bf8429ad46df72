/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/shmem.c hypervisor/common/page_alloc.c */
/* Shared memory: who has it mapped and how, what is zeroed when, who may not join, and what the audit is told. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "vm_mock.h"

#include <asm/cache.h>
#include <asm/mmu.h>
#include <asm/page.h>
#include <common/page_alloc.h>
#include <common/shmem.h>
#include <lib/assert.h>

#define BASE UINT64_C(0x40000000)
#define BLOCKS 8U
#define BLK BLOCK_2M_SIZE

static struct vm vm[3];
static struct vm_config cfg[3];
static struct vm_config_err err;
static u8 *ram; /* BLOCKS blocks at BASE */
static u64 *map;
static u64 zeroed, cleaned, zero_most;
static bool window;
static char log[512];

void log_printf(enum log_level level, const char *fmt, ...)
{
	size_t at = strlen(log);
	va_list ap;

	at += (size_t)snprintf(log + at, sizeof(log) - at, "%s", level == LOG_ERR ? "error: " : "");
	va_start(ap, fmt);
	at += (size_t)vsnprintf(log + at, sizeof(log) - at, fmt, ap);
	va_end(ap);
	strcpy(log + at, "\n");
}

void panic(const char *fmt, ...)
{
	mock_assert(0, fmt, __FILE__, __LINE__);
	abort();
}

void work_yield(void)
{
	assert_false(window);
}

void *window_map(u32 slot, paddr_t pa, bool ro)
{
	assert_false(ro || window || slot != WINDOW_DST);
	assert_true(pa >= BASE && pa < BASE + BLOCKS * BLK);
	window = true;
	return ram + (pa - BASE);
}

void window_unmap(u32 slot)
{
	assert_int_equal(slot, WINDOW_DST);
	window = false;
}

void cache_zero_pages(void *va, size_t len)
{
	u64 off = (u64)((u8 *)va - ram);

	assert_true(window);
	assert_int_equal((off | len) % PAGE_SIZE, 0);
	assert_true(off % BLK + len <= BLK); /* a window shows one block */
	memset(va, 0, len);
	zeroed += len;
	zero_most = MAX(zero_most, len);
}

void cache_zero_clean_pages(void *va, size_t len)
{
	cache_zero_pages(va, len);
	cache_clean_inval_poc(va, len);
}

void cache_clean_inval_poc(const void *va, size_t len)
{
	assert_true(window);
	assert_non_null(va);
	cleaned += len;
}

/* VM @i: a window onto region @region of @size bytes at @ipa. */
static void share(u32 i, u32 region, u64 size, ipa_t ipa, bool ro)
{
	struct vm_shm *s = &vm[i].cfg.shm[vm[i].cfg.nr_shm++];

	*s = (struct vm_shm){ .region = region, .size = size, .ipa = ipa, .ro = ro, .peers = 2 };
	snprintf(s->name, sizeof(s->name), "r%u", region);
	cfg[i] = vm[i].cfg;
}

static int attach(u32 i)
{
	memset(&err, 0, sizeof(err));
	return shmem_attach(&vm[i], &err);
}

static u32 stop(u32 i)
{
	u32 slices = 0;

	while (shmem_leave(&vm[i]))
		slices++;
	shmem_detach(&vm[i]);
	return slices;
}

static int setup(void **s)
{
	(void)s;
	memset(vm, 0, sizeof(vm));
	memset(cfg, 0, sizeof(cfg));
	memset(log, 0, sizeof(log));
	for (u32 i = 0; i < 3; i++)
		vm[i].id = i;
	vm[2].id = 31;
	zeroed = cleaned = zero_most = 0;
	mock_nr_maps = 0;
	mock_map_limit = MOCK_MAPS;
	memset(&host_pool, 0, sizeof(host_pool));
	ram = malloc(BLOCKS * BLK);
	memset(ram, 0xa5, BLOCKS * BLK);
	map = malloc(page_pool_bitmap_bytes(BLOCKS * 512));
	return page_pool_add(&host_pool, BASE, BLOCKS * 512, map);
}

static int teardown(void **s)
{
	(void)s;
	free(ram);
	free(map);
	return 0;
}

static bool all(paddr_t pa, u64 len, u8 v)
{
	for (u64 i = 0; i < len; i++) {
		if (ram[pa - BASE + i] != v)
			return false;
	}
	return true;
}

/* Regions live for ever, so each test uses other ones. */
static void two_share(void **s)
{
	const struct mock_map *a, *b;
	bool w = false;

	(void)s;
	share(0, 0, BLK + 0x3000, 0x30000000, false);
	share(1, 0, BLK + 0x3000, 0x10000000, true);
	shmem_init(cfg, 3);
	assert_string_equal(log, "shared memory 'r0': 2060 KiB for 2 VMs\n");
	assert_int_equal(zeroed, BLK + 0x3000);
	assert_int_equal(cleaned, BLK + 0x3000);
	/* Whole blocks are taken, the rest of the last one is nobody's. */
	assert_int_equal(host_pool.nr_free, (BLOCKS - 2) * 512);
	assert_int_equal(attach(0), 0);
	assert_int_equal(attach(1), 0);
	a = mock_find(&vm[0], 0x30000000);
	b = mock_find(&vm[1], 0x10000000);
	assert_non_null(a);
	assert_non_null(b);
	assert_int_equal(a->pa, b->pa);
	assert_int_equal(a->pa % BLK, 0);
	assert_int_equal(a->size, BLK + 0x3000);
	assert_int_equal(a->prot, S2_SHARED);
	assert_int_equal(b->prot, S2_SHARED_RO);
	assert_true(shmem_owns(a->pa, 0, &w) && w);
	assert_true(shmem_owns(a->pa + BLK + 0x2fff, 1, &w) && !w);
	assert_false(shmem_owns(a->pa + BLK + 0x3000, 0, &w));
	assert_false(shmem_owns(a->pa - 1, 0, &w));
	assert_false(shmem_owns(a->pa, 2, &w));
	assert_false(shmem_owns(a->pa, 64, &w));
	assert_false(shmem_owns(a->pa, ~0U, &w));
	assert_true(all(a->pa, BLK + 0x3000, 0));
	assert_true(all(a->pa + BLK + 0x3000, BLK - 0x3000, 0xa5));
	assert_int_equal(stop(0), 0);
	assert_int_equal(stop(1), (BLK + 0x3000 + 0x7fff) / 0x8000);
}

static void content(void **s)
{
	paddr_t pa;
	bool w;

	(void)s;
	share(0, 1, 0x12000, 0x30000000, false);
	share(1, 1, 0x12000, 0x30000000, false);
	shmem_init(cfg, 2);
	assert_int_equal(attach(0), 0);
	assert_int_equal(attach(1), 0);
	pa = mock_find(&vm[0], 0x30000000)->pa;
	memset(ram + (pa - BASE), 7, 0x12000);
	zeroed = 0;
	/* Somebody still has it: nothing is wiped, and it is his alone. */
	assert_int_equal(stop(0), 0);
	assert_null(mock_find(&vm[0], 0x30000000));
	assert_false(shmem_owns(pa, 0, &w));
	assert_true(shmem_owns(pa, 1, &w));
	assert_int_equal(attach(0), 0);
	assert_int_equal(stop(1), 0);
	assert_true(all(pa, 0x12000, 7));
	assert_int_equal(zeroed, 0);
	/* The last one: in slices of 32 KiB, its mapping stays until detach. */
	assert_true(shmem_leave(&vm[0]));
	assert_int_equal(zeroed, 0x8000);
	assert_true(all(pa, 0x8000, 0));
	assert_true(all(pa + 0x8000, 0xa000, 7));
	assert_true(shmem_owns(pa, 0, &w));
	/* Nobody joins now, and who tried leaves nothing mapped and nothing used. */
	assert_int_equal(attach(1), -EBUSY);
	assert_string_equal(err.text,
			    "shared-memory: r1 at 0x30000000: is being wiped after its last VM stopped: try again");
	shmem_detach(&vm[1]);
	assert_null(mock_find(&vm[1], 0x30000000));
	assert_int_equal(zeroed, 0x8000);
	assert_true(shmem_leave(&vm[0]));
	assert_true(shmem_leave(&vm[0]));
	assert_false(shmem_leave(&vm[0]));
	assert_true(all(pa, 0x12000, 0));
	assert_int_equal(zeroed, 0x12000);
	assert_int_equal(cleaned, 2 * 0x12000); /* at boot and now */
	shmem_detach(&vm[0]);
	assert_int_equal(zeroed, 0x12000);
	assert_int_equal(attach(1), 0);
	assert_int_equal(mock_find(&vm[1], 0x30000000)->pa, pa);
	assert_int_equal(stop(1), 3);
	assert_int_equal(host_pool.nr_free, (BLOCKS - 1) * 512);
}

/* Taken down without being stopped: detach does it all. */
static void detach_alone(void **s)
{
	paddr_t pa;

	(void)s;
	share(2, 2, 0x1000, 0x30000000, false);
	shmem_init(&cfg[2], 1);
	assert_int_equal(attach(2), 0);
	pa = mock_find(&vm[2], 0x30000000)->pa;
	memset(ram + (pa - BASE), 7, 0x1000);
	shmem_detach(&vm[2]);
	assert_true(all(pa, 0x1000, 0));
	assert_null(mock_find(&vm[2], 0x30000000));
	zeroed = 0;
	shmem_detach(&vm[2]);
	assert_int_equal(zeroed, 0);
}

static void several_windows(void **s)
{
	(void)s;
	share(0, 3, 0x1000, 0x30000000, false);
	share(0, 4, 0x9000, 0x30200000, true);
	share(1, 4, 0x9000, 0x30000000, false);
	shmem_init(cfg, 2);
	assert_int_equal(attach(0), 0);
	assert_int_equal(attach(1), 0);
	assert_int_not_equal(mock_find(&vm[0], 0x30000000)->pa, mock_find(&vm[0], 0x30200000)->pa);
	zeroed = 0;
	assert_int_equal(stop(0), 1);
	assert_int_equal(zeroed, 0x1000);
	/* While vm0's one region is wiped, vm1's is not. */
	assert_int_equal(stop(1), 2);
	assert_int_equal(zeroed, 0xa000);
}

static void no_room(void **s)
{
	(void)s;
	share(0, 5, (BLOCKS + 1) * BLK, 0x30000000, false);
	share(1, 6, 0x2000, 0x30000000, false);
	shmem_init(cfg, 2);
	assert_string_equal(log,
			    "error: shared memory 'r5': no 18432 KiB of contiguous RAM are free\n"
			    "shared memory 'r6': 8 KiB for 2 VMs\n");
	assert_int_equal(attach(0), -ENOMEM);
	assert_string_equal(err.text, "shared-memory: r5 at 0x30000000: there was no host memory for it at boot");
	shmem_detach(&vm[0]);
	/* Something else is there; out of tables; out of the address space. */
	assert_int_equal(vm_arch_map(&vm[1], 0x30001000, BASE, 0x1000, S2_RAM), 0);
	assert_int_equal(attach(1), -EEXIST);
	assert_string_equal(err.text, "shared-memory: r6 at 0x30000000: overlaps something else at that address");
	shmem_detach(&vm[1]);
	assert_non_null(mock_find(&vm[1], 0x30001000));
	assert_int_equal(vm_arch_unmap(&vm[1], 0x30001000, 0x1000), 0);
	mock_map_limit = 0;
	assert_int_equal(attach(1), -ENOMEM);
	assert_string_equal(err.text, "shared-memory: r6 at 0x30000000: out of memory for stage-2 tables");
	mock_map_limit = MOCK_MAPS;
	vm[1].cfg.shm[0].ipa = MOCK_IPA_SIZE;
	assert_int_equal(attach(1), -ERANGE);
	vm[1].cfg.shm[0].ipa = 0x30000000;
	assert_int_equal(attach(1), 0);
	assert_int_equal(stop(1), 1);
}

/* The second window fails: the first is given back, and nobody waits for this VM. */
static void half_attached(void **s)
{
	(void)s;
	share(0, 6, 0x2000, 0x30000000, false);
	share(0, 7, 0x2000, 0x30200000, false);
	share(1, 6, 0x2000, 0x30000000, false);
	shmem_init(cfg, 2);
	mock_map_limit = 1;
	assert_int_equal(attach(0), -ENOMEM);
	shmem_detach(&vm[0]);
	assert_int_equal(mock_nr_maps, 0);
	assert_int_equal(attach(1), 0);
	assert_int_equal(stop(1), 1); /* the only user */
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(two_share), T(content), T(detach_alone), T(several_windows), T(no_room), T(half_attached),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
