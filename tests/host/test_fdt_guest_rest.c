/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_guest.c hypervisor/common/fdt_guest_cpus.c hypervisor/common/fdt_guest_host.c
 * hypervisor/common/fdt_guest_shm.c
 * hypervisor/common/fdt_guest_seed.c
 * hypervisor/common/fdt_guest_wdt.c hypervisor/common/fdt_guest_emul.c hypervisor/common/fdt_guest_dev.c
 * hypervisor/common/fdt_guest_patch.c hypervisor/common/ptdev.c hypervisor/common/ptdev_rest.c
 * hypervisor/common/ptdev_check.c hypervisor/common/host_ranges.c hypervisor/common/firmware.c
 * hypervisor/common/vm_layout.c hypervisor/common/fdt_host.c
 * hypervisor/common/fdt_host_mem.c hypervisor/common/fdt_host_gic.c hypervisor/common/fdt_host_console.c
 * hypervisor/common/fdt_util.c hypervisor/common/fdt_scan.c libfdt */
/*
 * A VM that owns the board, with the device trees that Debian ships for the RK3588: what it is given, and the tree it
 * sees, read back with libfdt and with the code that reads the host's.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "boards.h"
#include "rng_mock.h"
#include "stub_log.h"
#include "vm_mock.h"

#include <common/fdt_guest.h>
#include <common/fdt_util.h>
#include <common/firmware.h>
#include <common/irq.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/vm_platform.h>

#define NR_INTIDS 512U
#define SCMI_PAGE UINT64_C(0x10f000)

static struct vm vm, other;
struct vm *vms[CONFIG_MAX_VMS] = { &vm, &other };
u32 nr_vms = 2;
static struct vm_config_err err;
static void *board;
static const struct vm *owner[NR_INTIDS];
static char out[FDT_GUEST_MAX_HOST] __aligned(8), copy[FDT_GUEST_MAX_HOST] __aligned(8);
static struct host_info seen;

void work_yield(void)
{
}

struct page_pool host_pool;

enum page_state page_state(struct page_pool *pool, paddr_t pa, u64 nr_pages)
{
	(void)pool;
	(void)pa;
	(void)nr_pages;
	return PAGE_ELSEWHERE;
}

void *el2_alloc(u64 nr)
{
	return calloc(nr, 4096);
}

void el2_free(void *p, u64 nr)
{
	(void)nr;
	free(p);
}

int irq_assign(u32 intid, struct vm *v, u32 vintid, bool edge)
{
	(void)edge;
	assert_int_equal(intid, vintid);
	if (intid >= NR_INTIDS)
		return -EINVAL;
	if (owner[intid])
		return -EBUSY;
	owner[intid] = v;
	return 0;
}

void irq_unassign(u32 intid)
{
	owner[intid] = NULL;
}

void irq_release(u32 intid)
{
	(void)intid;
}

struct vm *irq_owner_vm(u32 intid)
{
	return intid < NR_INTIDS ? (struct vm *)(uintptr_t)owner[intid] : NULL;
}

void irq_quiesce_vm(const struct vm *v)
{
	(void)v;
}

int vgic_arch_assign(struct vm *v, u32 vintid, u32 pintid, bool edge)
{
	(void)v;
	(void)vintid;
	(void)pintid;
	(void)edge;
	return 0;
}

static void own_board(bool console)
{
	memset(&vm, 0, sizeof(vm));
	strcpy(vm.cfg.name, "linux");
	vm.nr_vcpus = vm.cfg.vcpus = 8;
	vm.cfg.cpu_affinity = ~UINT64_C(0);
	vm.cfg.nr_mem = 1;
	vm.cfg.mem[0].type = VM_MEM_DIRECT_RAM;
	vm.cfg.gic_like_host = vm.cfg.rest = vm.cfg.dma_unprotected = true;
	vm.cfg.firmware = VM_FW_SCMI;
	vm.cfg.nr_passthrough = console;
	strcpy(vm.cfg.passthrough[0], "console");
	vm.nr_ram = 2;
	vm.ram[0].r = (struct vm_mem_region){ 0x4000000, 0x80000000, VM_MEM_DIRECT_RAM };
	vm.ram[1].r = (struct vm_mem_region){ 0x100000000, 0x40000000, VM_MEM_DIRECT_RAM };
	err.text[0] = '\0';
	if (vm_layout(&vm, &err) || ptdev_attach(&vm, &err) || firmware_attach(&vm, &err))
		fail_msg("%s", err.text);
	if (fdt_guest_build(&vm, NULL, 0, 0x8000000, 0x100000, out, sizeof(out), &err))
		fail_msg("%s", err.text);
	assert_int_equal(fdt_check_full(out, sizeof(out)), 0);
}

static void give_back(void)
{
	ptdev_detach(&vm);
	assert_int_equal(vm_arch_unmap(&vm, SCMI_PAGE, 0x1000), 0);
	assert_int_equal(mock_nr_maps, 0);
	for (u32 i = 0; i < NR_INTIDS; i++)
		assert_null(owner[i]);
	vm.scmi_fn = 0;
}

static void open_board(const char *path)
{
	char text[256] = "";

	board = board_open(path);
	if (fdt_host_init(board, BOARD_MAX, &host, text, sizeof(text)))
		fail_msg("%s: %s", path, text);
}

/* Does every phandle that is not the GIC's own parts' lead somewhere? The clock of each UART, for instance. */
static void clocks_resolve(void)
{
	int node = -1;

	while ((node = fdt_node_offset_by_compatible(out, node, "snps,dw-apb-uart")) >= 0) {
		int len;
		const fdt32_t *p = fdt_getprop(out, node, "clocks", &len);

		assert_non_null(p);
		assert_true(fdt_node_offset_by_phandle(out, fdt32_to_cpu(p[0])) >= 0);
	}
}

static int nr_of(const char *compatible)
{
	int node = -1, n = 0;

	while ((node = fdt_node_offset_by_compatible(out, node, compatible)) >= 0)
		n++;
	return n;
}

static void one_board(const char *path)
{
	char text[256] = "";
	const void *compatible;
	int node, len;

	open_board(path);
	own_board(true);
	/* The guest's tree describes a machine like the host's, by the same reader, which wants a maintenance
	 * interrupt. */
	assert_int_equal(fdt_open_into(out, copy, sizeof(copy)), 0);
	node = fdt_node_offset_by_compatible(copy, -1, "arm,gic-v3");
	assert_int_equal(fdt_setprop(copy, node, "interrupts", "\0\0\0\1\0\0\0\11\0\0\0\4\0\0\0", 16), 0);
	if (fdt_host_init(copy, sizeof(copy), &seen, text, sizeof(text)))
		fail_msg("%s: the guest's tree: %s", path, text);
	assert_int_equal(seen.nr_cpus, 8);
	assert_int_equal(seen.nr_mem, 2);
	assert_int_equal(seen.mem[1].base, 0x100000000);
	assert_int_equal(seen.gic.gicd.base, 0xfe600000);
	assert_int_equal(seen.gic.gicr[0].base, 0xfe680000);
	assert_int_equal(seen.gic.interrupt_cells, 4);
	assert_int_equal(seen.psci, PSCI_CONDUIT_HVC);
	assert_int_equal(seen.uart.reg.base, host.uart.reg.base);
	assert_int_equal(seen.uart.intid, host.uart.intid);
	assert_string_equal(seen.uart.path, host.uart.path);
	assert_int_equal(seen.initrd.base, 0x8000000);
	compatible = fdt_getprop(board, 0, "compatible", &len);
	assert_memory_equal(fdt_getprop(out, 0, "compatible", NULL), compatible, (size_t)len);
	clocks_resolve();
	/* Not virtualised: idle states of firmware, ITS, PPI partitions, counters of the CPUs. */
	assert_int_equal(nr_of("arm,idle-state"), 0);
	assert_int_equal(nr_of("arm,gic-v3-its"), 0);
	assert_int_equal(nr_of("arm,cortex-a55-pmu"), 0);
	assert_int_equal(nr_of("arm,cortex-a76-pmu"), 0);
	assert_int_equal(nr_of("arm,gic-v3"), 1);
	assert_int_equal(nr_of("linaro,optee-tz"), 0);
	node = fdt_path_offset(out, "/firmware/scmi");
	assert_int_equal(fdt_prop_u32(out, node, "arm,smc-id", 0), 0x82000010);
	node = fdt_node_offset_by_phandle(out, fdt_prop_u32(out, node, "shmem", 0));
	assert_string_equal(fdt_get_name(out, node, NULL), "shmem@10f000");
	assert_int_equal(vm.scmi_fn, 0x82000010);
	/* CPUs with the clocks, caches and operating points that the host's have. */
	node = fdt_path_offset(out, "/cpus/cpu@0");
	assert_true(fdt_node_offset_by_phandle(out, fdt_prop_u32(out, node, "next-level-cache", 0)) > 0);
	assert_true(fdt_node_offset_by_phandle(out, fdt_prop_u32(out, node, "operating-points-v2", 0)) > 0);
	assert_null(fdt_getprop(out, node, "cpu-idle-states", &len));
	for (u32 i = 0; i < host.nr_cpus; i++)
		assert_true(fdt_node_offset_by_phandle(out, host.cpu[i].phandle) > 0);
	assert_int_equal(mock_find(&vm, SCMI_PAGE)->pa, SCMI_PAGE);
	/* Clock and power controllers, which Linux drives itself; GIC and ITS are not given. */
	assert_true(ptdev_owns(&vm, 0xfd7c0000, 0x5c000));
	assert_true(ptdev_owns(&vm, 0xfd8d8000, 0x400));
	assert_false(ptdev_touches(&vm, 0xfe600000, 0x80000));
	assert_false(ptdev_touches(&vm, 0xfe680000, 0x100000));
	for (u64 pa = 0x200000; pa < UINT64_C(0xf0000000); pa += MIB(2))
		assert_false(ptdev_touches(&vm, pa, MIB(2)));
	give_back();
	free(board);
}

static void all_boards(void **s)
{
	(void)s;
	assert_in_range(boards_each(one_board), 20, 200);
}

/* PCIe: registers and windows above 4 GiB, and emulated devices that keep away from them. */
static void high_windows(void **s)
{
	(void)s;
	open_board("rk3588-rock-5b.dtb");
	own_board(true);
	assert_true(ptdev_owns(&vm, UINT64_C(0xa40000000), 0x400000));
	assert_true(ptdev_owns(&vm, UINT64_C(0x900000000), 0x40000000));
	assert_false(ptdev_touches(&vm, vm_emul_ipa(&vm, VM_EMUL_IPA), VM_EMUL_SIZE));
	assert_true(vm_emul_ipa(&vm, VM_EMUL_IPA) >= UINT64_C(0xf0000000));
	give_back();
	free(board);
}

/* The console stays Hazel's: its node is disabled, and the emulated one is where the tree says. */
static void without_console(void **s)
{
	const char *path;
	int node, len;

	(void)s;
	open_board("rk3588-rock-5b.dtb");
	own_board(false);
	node = fdt_path_offset(out, "/serial@feb50000");
	assert_string_equal(fdt_getprop(out, node, "status", &len), "disabled");
	assert_int_equal(len, sizeof("disabled"));
	assert_false(ptdev_touches(&vm, 0xfeb50000, 0x1000));
	path = fdt_getprop(out, fdt_path_offset(out, "/chosen"), "stdout-path", NULL);
	node = fdt_path_offset(out, path);
	assert_int_equal(fdt_node_check_compatible(out, node, "arm,pl011"), 0);
	assert_string_equal(fdt_getprop(out, fdt_path_offset(out, "/aliases"), "serial0", NULL), path);
	/* 4 cells, as everywhere in this tree */
	assert_non_null(fdt_getprop(out, node, "interrupts", &len));
	assert_int_equal(len, 16);
	give_back();
	free(board);
}

/* SCMI is one VM's: the second one is refused, and so is the bare function id. */
static void scmi_once(void **s)
{
	(void)s;
	open_board("rk3588-rock-5b.dtb");
	own_board(true);
	assert_true(firmware_may_call(&vm, 0x82000010));
	assert_false(firmware_may_call(&other, 0x82000010));
	strcpy(other.cfg.name, "other");
	other.cfg.firmware = VM_FW_SCMI;
	assert_int_equal(firmware_attach(&other, &err), -EBUSY);
	assert_string_equal(err.text, "firmware: \"scmi\" belongs to VM linux");
	other.cfg.firmware = 0;
	other.cfg.nr_smc_forward = 1;
	other.cfg.smc_forward[0] = 0x82000010;
	assert_int_equal(firmware_attach(&other, &err), -EINVAL);
	assert_string_equal(err.text, "smc-forward: 0x82000010 is the host's SCMI: say firmware = \"scmi\" instead");
	/* Rockchip's own services, one by one. */
	other.cfg.smc_forward[0] = 0x82000001;
	assert_int_equal(firmware_attach(&other, &err), 0);
	assert_true(firmware_may_call(&other, 0x82000001));
	assert_false(firmware_may_call(&other, 0x82000002));
	assert_false(firmware_may_call(&other, 0xb2000000)); /* OP-TEE */
	other.cfg.firmware = VM_FW_OPTEE;
	assert_true(firmware_may_call(&other, 0xb2000000));
	assert_true(firmware_may_call(&other, 0x32000004));
	assert_false(firmware_may_call(&other, 0x82000010));
	memset(&other, 0, sizeof(other));
	give_back();
	free(board);
}

/* The host's own tree, copied: all of it but the host's seeds, in whose place the VM has its own. */
static void own_seeds(void **s)
{
	static const char seed[] = "0123456789abcdefghijklmnopqrstuv";
	int chosen, len;
	u32 size;

	(void)s;
	for (u32 there = 0; there < 2; there++) {
		rng_there = there;
		open_board("rk3588-rock-5b.dtb");
		chosen = fdt_path_offset(board, "/chosen");
		assert_int_equal(fdt_setprop(board, chosen, "rng-seed", seed, 32), 0);
		assert_int_equal(fdt_setprop(board, chosen, "kaslr-seed", seed, 8), 0);
		own_board(true);
		size = fdt_totalsize(out);
		for (u32 i = 0; i + 8 <= size; i++)
			assert_true(memcmp(out + i, seed, 8) && memcmp(out + i, seed + 24, 8));
		chosen = fdt_path_offset(out, "/chosen");
		assert_null(fdt_getprop(out, chosen, "kaslr-seed", NULL));
		if (there) {
			assert_non_null(fdt_getprop(out, chosen, "rng-seed", &len));
			assert_int_equal(len, 32);
			fdt_guest_seed(&vm, out);
			assert_int_equal(*(const u8 *)fdt_getprop(out, chosen, "rng-seed", &len), 1);
		} else {
			assert_null(fdt_getprop(out, chosen, "rng-seed", NULL));
		}
		give_back();
		free(board);
	}
	rng_there = false;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_boards), cmocka_unit_test(high_windows), cmocka_unit_test(without_console),
		cmocka_unit_test(scmi_once),  cmocka_unit_test(own_seeds),
	};

	if (!boards_dir()) {
		printf("skipped: no RK3588 device trees in the cache, and Debian's archive cannot be read\n");
		return 0;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
