/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/guest_mem.c hypervisor/common/guest_mem_direct.c hypervisor/common/guest_access.c
 * hypervisor/common/page_alloc.c hypervisor/common/fdt_util.c hypervisor/common/fdt_scan.c hypervisor/lib/crc32.c
 * libfdt */
/* Memory of VMs: a host with invented physical addresses, whose content is kept page by page in the test. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "stub_log.h"
#include "vm_mock.h"

#include <asm/cache.h>
#include <asm/mmu.h>
#include <asm/page.h>
#include <common/fdt_host.h>
#include <common/guest_mem.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>

#define ARENA_PAGES 256U
#define BLK BLOCK_2M_SIZE

struct host_info host;
/* Somewhere no test puts memory. */
char __image_start[1], __image_end[1];
static struct vm vm, vm2;
static struct vm_config_err err;
static u8 *arena;
static void *maps[4];
static u8 *content[4096]; /* by block number */
static u32 windows_open;
static u64 cleaned;
static int device_node = -ENOENT;

int ptdev_host_node(const struct vm *v, u32 i)
{
	(void)v;
	(void)i;
	return device_node;
}

bool ptdev_is_console(const struct vm *v, u32 i)
{
	(void)v;
	(void)i;
	return true;
}

static const struct vm *device_owner;
static bool described;

const struct vm *ptdev_other_owner(const struct vm *v, const struct mem_range *r)
{
	assert_true(r->size > 0);
	return device_owner == v ? NULL : device_owner;
}

static bool may_dma;

bool ptdev_may_dma(const struct mem_range *r)
{
	(void)r;
	return may_dma;
}

bool ptdev_is_described(const struct mem_range *r)
{
	assert_true(r->size > 0);
	return described;
}

void *window_map(u32 slot, paddr_t pa, bool ro)
{
	u64 block = pa / BLK;

	(void)ro;
	assert_true(slot < WINDOW_SLOTS && block < ARRAY_SIZE(content));
	assert_int_equal(windows_open, 0);
	windows_open++;
	if (!content[block])
		content[block] =
			aligned_alloc(PAGE_SIZE, BLK); /* of its own, so that ASan sees an access over its end */
	return content[block] + pa % BLK;
}

void window_unmap(u32 slot)
{
	assert_int_equal(slot, WINDOW_DST);
	windows_open--;
}

void cache_clean_poc(const void *va, size_t len)
{
	assert_int_equal(windows_open, 1);
	assert_non_null(va);
	cleaned += len;
}

void cache_clean_inval_poc(const void *va, size_t len)
{
	cache_clean_poc(va, len);
}

void cache_zero_pages(void *va, size_t len)
{
	assert_int_equal(((uintptr_t)va | len) % PAGE_SIZE, 0);
	memset(va, 0, len);
}

void cache_zero_clean_pages(void *va, size_t len)
{
	cache_zero_pages(va, len);
	cache_clean_inval_poc(va, len);
}

/* test_guest_access.c is about copies with a checksum. */
size_t cache_line_size(void)
{
	fail();
	return 0;
}

u32 cache_copy_crc32(u32 crc, void *dst, const void *src, size_t len)
{
	(void)dst;
	(void)src;
	(void)len;
	fail();
	return crc;
}

static void add_ram(struct page_pool *pool, u32 slot, paddr_t base, u64 size)
{
	maps[slot] = malloc(page_pool_bitmap_bytes(size >> 12));
	assert_int_equal(page_pool_add(pool, base, size >> 12, maps[slot]), 0);
}

static int setup(void **s)
{
	(void)s;
	memset(&host_pool, 0, sizeof(host_pool));
	memset(&el2_pool, 0, sizeof(el2_pool));
	memset(&host, 0, sizeof(host));
	memset(&vm, 0, sizeof(vm));
	memset(&vm2, 0, sizeof(vm2));
	mock_nr_maps = 0;
	mock_map_limit = MOCK_MAPS;
	cleaned = 0;
	device_node = -ENOENT;
	device_owner = NULL;
	described = true;
	guest_mem_set_shares(0);
	guest_mem_set_promise(0);
	arena = aligned_alloc(ARENA_PAGES << 12, ARENA_PAGES << 12);
	add_ram(&el2_pool, 0, (uintptr_t)arena, ARENA_PAGES << 12);
	/* 5 GiB - 4 MiB at 1 GiB + 4 MiB, and 15 blocks with ragged ends. */
	add_ram(&host_pool, 1, 0x40400000, GIB(5) - MIB(4));
	add_ram(&host_pool, 2, 0x1f0001000, 16 * BLK - 0x2000);
	host.nr_mem = 2;
	host.mem[0] = (struct mem_range){ 0x40000000, GIB(5) };
	host.mem[1] = (struct mem_range){ 0x1f0001000, 16 * BLK - 0x2000 };
	host.gic.gicd = (struct mem_range){ 0x8000000, 0x10000 };
	host.gic.nr_gicr = 1;
	host.gic.gicr[0] = (struct mem_range){ 0x80a0000, 0x100000 };
	host.uart.reg = (struct mem_range){ 0x9000000, 0x1000 };
	host.nr_resv = 1;
	host.resv[0].r = (struct mem_range){ 0x40100000, 0x10000 };
	vm.cfg.gicd_ipa = vm2.cfg.gicd_ipa = 0x8000000;
	vm.cfg.gicr_ipa = vm2.cfg.gicr_ipa = 0x80a0000;
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	guest_mem_free(&vm);
	guest_mem_free(&vm2);
	assert_int_equal(host_pool.nr_free, host_pool.nr_pages);
	assert_int_equal(el2_pool.nr_free, el2_pool.nr_pages);
	assert_int_equal(windows_open, 0);
	for (u32 i = 0; i < ARRAY_SIZE(maps); i++) {
		free(maps[i]);
		maps[i] = NULL;
	}
	for (u32 i = 0; i < ARRAY_SIZE(content); i++) {
		free(content[i]);
		content[i] = NULL;
	}
	free(arena);
	return 0;
}

static void region(struct vm *v, ipa_t ipa, u64 size, enum vm_mem_type type)
{
	v->cfg.mem[v->cfg.nr_mem++] = (struct vm_mem_region){ ipa, size, type };
}

/* Every block is mapped once, where the block list says, and inside the pool. */
static void check_mapped(const struct vm *v)
{
	for (u32 i = 0; i < v->nr_ram; i++) {
		const struct vm_ram *ram = &v->ram[i];

		for (u64 off = 0; off < ram->r.size; off += BLK) {
			const struct mock_map *m = mock_find(v, ram->r.ipa + off);
			u64 contig;
			paddr_t pa;

			assert_non_null(m);
			assert_int_equal(guest_mem_pa(v, ram->r.ipa + off, &pa, &contig), 0);
			assert_int_equal(contig, BLK);
			assert_int_equal(m->pa + (ram->r.ipa + off - m->ipa), pa);
			assert_int_equal(guest_mem_pa(v, ram->r.ipa + off + 0x1234, &pa, &contig), 0);
			assert_int_equal(contig, BLK - 0x1234);
			pa -= 0x1234;
			assert_int_equal(m->pa + (ram->r.ipa + off - m->ipa), pa);
			assert_int_equal(m->prot, ram->r.type == VM_MEM_ROM ? S2_ROM : S2_RAM);
		}
	}
}

static void explicit_sizes(void **s)
{
	(void)s;
	region(&vm, 0x40000000, GIB(2) + 6 * BLK, VM_MEM_RAM);
	region(&vm, 0, 2 * BLK, VM_MEM_ROM);
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	assert_int_equal(vm.nr_ram, 2);
	check_mapped(&vm);
	/* The first two GiB are aligned in both spaces. */
	assert_int_equal(vm.ram[0].block[0] % GIB(1), 0);
	assert_int_equal(vm.ram[0].block[512] % GIB(1), 0);
	assert_int_equal(host_pool.nr_pages - host_pool.nr_free, (GIB(2) + 8 * BLK) >> 12);
	region(&vm2, 0x40000000, BLK, VM_MEM_RAM);
	assert_int_equal(guest_mem_alloc(&vm2, &err), 0);
	assert_int_not_equal(vm.ram[1].block[0], vm2.ram[0].block[0]);
}

/* RAM at its own address: one bank for each run of free blocks. */
static void direct_ram(void **s)
{
	u64 total = page_free_blocks(&host_pool, 9);

	(void)s;
	assert_int_equal(page_reserve(&host_pool, 0x40c00000, 1), 0); /* a hole: one page of a block */
	guest_mem_set_shares(1);
	region(&vm, 0, 0, VM_MEM_DIRECT_RAM);
	region(&vm, 0x9100000, 0x1000, VM_MEM_DIRECT);
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	assert_int_equal(vm.nr_ram, 3);
	assert_int_equal(vm.ram[0].r.ipa, 0x40400000);
	assert_int_equal(vm.ram[0].r.size, 4 * BLK);
	assert_int_equal(vm.ram[1].r.ipa, 0x40e00000);
	assert_int_equal(vm.ram[2].r.ipa, 0x1f0200000);
	for (u32 i = 0; i < vm.nr_ram; i++) {
		const struct mock_map *m = mock_find(&vm, vm.ram[i].r.ipa);

		assert_true(m->pa == m->ipa && m->size == vm.ram[i].r.size && m->prot == S2_RAM);
		assert_int_equal(vm.ram[i].r.type, VM_MEM_DIRECT_RAM);
	}
	assert_int_equal(vm.ram[0].r.size + vm.ram[1].r.size + vm.ram[2].r.size, (total - 1 - 2) * BLK);
	guest_mem_free(&vm);
	page_free(&host_pool, 0x40c00000, 1);
}

/* Every second block is taken: more pieces than a VM has room for, and nothing is kept. */
static void direct_ram_in_pieces(void **s)
{
	(void)s;
	for (u64 i = 0; i < 40; i += 2)
		assert_int_equal(page_reserve(&host_pool, 0x40400000 + i * BLK, 512), 0);
	region(&vm, 0, 30 * BLK, VM_MEM_DIRECT_RAM);
	assert_int_equal(guest_mem_alloc(&vm, &err), -ENOSPC);
	assert_string_equal(err.text,
			    "memory: direct-ram of 60 MiB, 5104 MiB are free: in more pieces than a VM can have");
	assert_int_equal(vm.nr_ram, 0);
	vm.cfg.mem[0].size = 16 * BLK;
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	assert_int_equal(vm.nr_ram, 16);
	vm2.cfg.nr_mem = 0;
	region(&vm2, 0, GIB(64), VM_MEM_DIRECT_RAM);
	assert_int_equal(guest_mem_alloc(&vm2, &err), -ENOMEM);
	guest_mem_free(&vm);
	for (u64 i = 0; i < 40; i += 2)
		page_free(&host_pool, 0x40400000 + i * BLK, 512);
}

/* Devices that may write anywhere are not mapped for who does not say so. */
static void direct_device_dma(void **s)
{
	(void)s;
	region(&vm, 0x40400000, BLK, VM_MEM_RAM);
	region(&vm, 0xa000000, 0x1000, VM_MEM_DIRECT);
	may_dma = true;
	assert_int_equal(guest_mem_alloc(&vm, &err), -EPERM);
	assert_string_equal(err.text,
			    "memory: direct region 0xa000000 + 0x1000 covers devices that may do DMA, and no IOMMU "
			    "is in front of them: the VM has to say dma-unprotected");
	vm.cfg.dma_unprotected = true;
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	may_dma = false;
}

static void too_much(void **s)
{
	(void)s;
	region(&vm, 0x40000000, 4 * BLK, VM_MEM_RAM);
	region(&vm, 0x80000000, GIB(64), VM_MEM_RAM);
	assert_int_equal(guest_mem_alloc(&vm, &err), -ENOMEM);
	assert_string_equal(err.text,
			    "memory: region at 0x80000000 needs 65536 MiB of RAM, 5136 MiB are free in 2 MiB blocks");
	assert_int_equal(vm.nr_ram, 0);
	assert_int_equal(mock_nr_maps, 0);
	assert_int_equal(host_pool.nr_free, host_pool.nr_pages); /* all of it given back */
}

static void no_tables_no_lists(void **s)
{
	(void)s;
	region(&vm, 0x40000000, 4 * BLK, VM_MEM_RAM);
	mock_map_limit = 0;
	assert_int_equal(guest_mem_alloc(&vm, &err), -ENOMEM);
	assert_non_null(strstr(err.text, "stage-2 tables"));
	assert_int_equal(host_pool.nr_free, host_pool.nr_pages);
	mock_map_limit = MOCK_MAPS;
	vm.cfg.mem[0].ipa = MOCK_IPA_SIZE - 2 * BLK;
	assert_int_equal(guest_mem_alloc(&vm, &err), -ERANGE);
	assert_non_null(strstr(err.text, "stage 2 can address"));
	vm.cfg.mem[0].ipa = 0x40000000;
	assert_non_null(el2_alloc(ARENA_PAGES));
	assert_int_equal(guest_mem_alloc(&vm, &err), -ENOMEM);
	assert_non_null(strstr(err.text, "block list"));
	el2_free(arena, ARENA_PAGES);
	assert_int_equal(host_pool.nr_free, host_pool.nr_pages);
}

/* Two blocks stay in reserve, the rest is shared. */
static void shares(void **s)
{
	u64 total = page_free_blocks(&host_pool, 9);

	(void)s;
	assert_int_equal(total, 2558 + 14);
	guest_mem_set_shares(2);
	region(&vm, 0x40000000, 0, VM_MEM_RAM);
	assert_int_equal(guest_mem_share(), (total - 2) / 2 * BLK);
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	assert_int_equal(vm.ram[0].r.size, (total - 2) / 2 * BLK);
	check_mapped(&vm);
	region(&vm2, 0x40000000, 0, VM_MEM_RAM);
	assert_int_equal(guest_mem_alloc(&vm2, &err), 0);
	assert_int_equal(vm2.ram[0].r.size, vm.ram[0].r.size);
	assert_int_equal(page_free_blocks(&host_pool, 9), 2);
}

/* What a later VM was promised is not handed out, nor what the same VM asks for further down. */
static void shares_leave_promises(void **s)
{
	u64 total = page_free_blocks(&host_pool, 9);

	(void)s;
	guest_mem_set_shares(1);
	guest_mem_set_promise(110 * BLK);
	region(&vm, 0x40000000, 0, VM_MEM_RAM);
	region(&vm, 0, 10 * BLK, VM_MEM_RAM);
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	assert_int_equal(vm.ram[0].r.size, (total - 2 - 110) * BLK);
	region(&vm2, 0x40000000, 100 * BLK, VM_MEM_RAM);
	assert_int_equal(guest_mem_alloc(&vm2, &err), 0);
	guest_mem_free(&vm);
	guest_mem_free(&vm2);
	guest_mem_set_promise(0);
	memset(vm.cfg.mem, 0, sizeof(vm.cfg.mem));
	vm.cfg.nr_mem = 0;
	region(&vm, 0x40000000, 0, VM_MEM_RAM);
	region(&vm, 0, 10 * BLK, VM_MEM_RAM);
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	assert_int_equal(vm.ram[0].r.size, (total - 2 - 10) * BLK);
}

static void share_stops_at_obstacles(void **s)
{
	static char dtb[512] __aligned(8);
	u64 pairs[2];

	(void)s;
	region(&vm, 0x40000000, 0, VM_MEM_RAM);
	region(&vm, 0x60000000, BLK, VM_MEM_ROM);
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	assert_int_equal(vm.ram[0].r.size, 0x20000000);
	guest_mem_free(&vm);
	vm.cfg.nr_mem = 1;
	vm.cfg.gicd_ipa = 0x50000000;
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	assert_int_equal(vm.ram[0].r.size, 0x10000000);
	guest_mem_free(&vm);
	/* A device at 0x44050000. */
	assert_int_equal(fdt_create(dtb, sizeof(dtb)) | fdt_finish_reservemap(dtb) | fdt_begin_node(dtb, ""), 0);
	assert_int_equal(fdt_property_u32(dtb, "#address-cells", 2) | fdt_property_u32(dtb, "#size-cells", 2), 0);
	assert_int_equal(fdt_begin_node(dtb, "dev"), 0);
	pairs[0] = cpu_to_fdt64(0x44050000);
	pairs[1] = cpu_to_fdt64(0x1000);
	assert_int_equal(fdt_property(dtb, "reg", pairs, 16) | fdt_end_node(dtb) | fdt_end_node(dtb) | fdt_finish(dtb),
			 0);
	host.fdt = dtb;
	device_node = fdt_path_offset(dtb, "/dev");
	vm.cfg.nr_passthrough = 1;
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	assert_int_equal(vm.ram[0].r.size, 0x4000000);
	guest_mem_free(&vm);
	/* No room at all. */
	vm.cfg.gicd_ipa = 0x40000000;
	assert_int_equal(guest_mem_alloc(&vm, &err), -ENOMEM);
}

static void direct_regions(void **s)
{
	(void)s;
	vm.cfg.nr_passthrough = 0;
	region(&vm, 0x50000000, 0x3000, VM_MEM_DIRECT); /* RAM */
	region(&vm, 0x40100000, 0x1000, VM_MEM_DIRECT); /* in /reserved-memory */
	region(&vm, 0xa000000, 0x1000, VM_MEM_DIRECT);  /* a device */
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	assert_int_equal(vm.nr_ram, 1);
	assert_int_equal(mock_find(&vm, 0x50000000)->prot, S2_RAM);
	assert_int_equal(mock_find(&vm, 0xa000000)->prot, S2_DEVICE);
	assert_int_equal(mock_find(&vm, 0x40100000)->pa, 0x40100000);
	assert_int_equal(guest_write(&vm, 0x50000ffc, "12345678", 8, false), 0);
	assert_int_equal(guest_write(&vm, 0x50002ffc, "12345678", 8, false), -EFAULT);
	assert_int_equal(guest_write(&vm, 0x40100000, "12345678", 8, false), -EFAULT);
	region(&vm2, 0x50002000, 0x1000, VM_MEM_DIRECT); /* vm's */
	assert_int_equal(guest_mem_alloc(&vm2, &err), -EPERM);
	assert_non_null(strstr(err.text, "RAM that is not free"));
	vm2.cfg.mem[0] = (struct vm_mem_region){ 0x40000000, 0x1000, VM_MEM_DIRECT }; /* Hazel's: in no pool */
	assert_int_equal(guest_mem_alloc(&vm2, &err), -EPERM);
	vm2.cfg.mem[0] = (struct vm_mem_region){ 0x3fff0000, 0x20000, VM_MEM_DIRECT }; /* half RAM */
	assert_int_equal(guest_mem_alloc(&vm2, &err), -EPERM);
	assert_string_equal(err.text,
			    "memory: direct region 0x3fff0000 + 0x20000 is not all in the host's RAM, "
			    "0x40000000 + 0x140000000 there");
	vm2.cfg.mem[0] = (struct vm_mem_region){ 0x800f000, 0x1000, VM_MEM_DIRECT };
	assert_int_equal(guest_mem_alloc(&vm2, &err), -EPERM);
	assert_non_null(strstr(err.text, "GIC distributor"));
	vm2.cfg.mem[0] = (struct vm_mem_region){ 0x80af000, 0x1000, VM_MEM_DIRECT };
	assert_int_equal(guest_mem_alloc(&vm2, &err), -EPERM);
	vm2.cfg.mem[0] = (struct vm_mem_region){ 0x9000000, 0x1000, VM_MEM_DIRECT };
	assert_int_equal(guest_mem_alloc(&vm2, &err), -EPERM);
	assert_non_null(strstr(err.text, "console UART"));
	/* A device of another VM; and nothing at all. */
	vm2.cfg.mem[0] = (struct vm_mem_region){ 0xa001000, 0x2000, VM_MEM_DIRECT };
	strcpy(vm.cfg.name, "one");
	device_owner = &vm;
	assert_int_equal(guest_mem_alloc(&vm2, &err), -EBUSY);
	assert_string_equal(err.text,
			    "memory: direct region 0xa001000 + 0x2000 covers a device that is passed through "
			    "to VM one");
	device_owner = &vm2;
	assert_int_equal(guest_mem_alloc(&vm2, &err), 0);
	assert_int_equal(vm_arch_unmap(&vm2, 0xa001000, 0x2000), 0);
	assert_int_equal(stub_log_lines, 0);
	described = false;
	assert_int_equal(guest_mem_alloc(&vm2, &err), 0);
	assert_int_equal(stub_log_lines, 1);
	assert_non_null(strstr(stub_log_last, "0xa001000 + 0x2000: the host's device tree has neither RAM nor a"));
	assert_int_equal(vm_arch_unmap(&vm2, 0xa001000, 0x2000), 0);
	/* U-Boot lists bundle and device tree as reserved memory. */
	host.initrd = (struct mem_range){ 0x40100800, 0x100 };
	vm2.cfg.mem[0] = (struct vm_mem_region){ 0x40100000, 0x1000, VM_MEM_DIRECT };
	guest_mem_free(&vm);
	assert_int_equal(guest_mem_alloc(&vm2, &err), -EPERM);
	assert_non_null(strstr(err.text, "the VM bundle"));
	host.initrd.size = 0;
}

static void access(void **s)
{
	u64 size = 3 * BLK;
	u8 *a = malloc(size), *b = malloc(size);

	(void)s;
	region(&vm, 0x40000000, size, VM_MEM_RAM);
	assert_int_equal(guest_mem_alloc(&vm, &err), 0);
	srand(3);
	for (u64 i = 0; i < size; i++)
		a[i] = (u8)rand();
	assert_int_equal(guest_write(&vm, 0x40000000, a, size, true), 0);
	assert_int_equal(cleaned, size);
	assert_int_equal(guest_read(&vm, 0x40000000, b, size), 0);
	assert_memory_equal(a, b, size);
	for (u32 i = 0; i < 200; i++) {
		u64 off = (u64)rand() % size, len = (u64)rand() % MIN(size - off, BLK + 100);

		if (i % 5 == 0) {
			off &= ~(u64)(PAGE_SIZE - 1);
			len &= ~(u64)(PAGE_SIZE - 1);
		}
		if (i % 5 == 0 || i % 3 == 0) {
			assert_int_equal(guest_zero(&vm, 0x40000000 + off, len, false), 0);
			memset(a + off, 0, len);
		} else {
			memset(b, (int)i, len);
			memset(a + off, (int)i, len);
			assert_int_equal(guest_write(&vm, 0x40000000 + off, b, len, false), 0);
		}
	}
	assert_int_equal(guest_read(&vm, 0x40000000, b, size), 0);
	assert_memory_equal(a, b, size);
	assert_int_equal(cleaned, size);
	assert_int_equal(guest_write(&vm, 0x40000000 + size - 4, a, 8, false), -EFAULT);
	assert_int_equal(guest_read(&vm, 0x3fffffff, b, 1), -EFAULT);
	assert_int_equal(guest_read(&vm, ~UINT64_C(0), b, 2), -EFAULT);
	assert_int_equal(guest_zero(&vm, 0x40000000 + size, 1, true), -EFAULT);
	assert_int_equal(guest_read(&vm, 0, b, 0), 0);
	free(a);
	free(b);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(explicit_sizes),
		T(direct_ram),
		T(direct_ram_in_pieces),
		T(direct_device_dma),
		T(too_much),
		T(no_tables_no_lists),
		T(shares),
		T(shares_leave_promises),
		T(share_stops_at_obstacles),
		T(direct_regions),
		T(access),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
