/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_scan.c hypervisor/common/hv_boot.c hypervisor/common/vm_config.c
 * hypervisor/common/vm_config_hw.c hypervisor/common/vm_config_bundle.c hypervisor/common/vm_config_check.c
 * hypervisor/common/vm_config_image.c hypervisor/common/vm_config_kernel.c hypervisor/common/vm_config_prop.c
 * hypervisor/common/vm_config_sched.c hypervisor/common/vm_config_shm.c hypervisor/common/vm_config_shm_check.c
 * hypervisor/common/vm_config_wdt.c hypervisor/common/page_alloc.c hypervisor/lib/crc32.c libfdt */
/* From a bundle in host RAM to VMs that load: what is started, what is refused with which line, what is kept. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fit_build.h"

#include <asm/mmu.h>
#include <asm/page.h>
#include <common/fdt_host.h>
#include <common/guest_mem.h>
#include <common/hv_main.h>
#include <common/page_alloc.h>
#include <common/shmem.h>
#include <common/vm.h>
#include <common/vm_load.h>
#include <debug/logmsg.h>
#include <lib/crc32.h>
#include <lib/errno.h>

#define EL2_PAGES 512U
#define HOST_BLOCKS 32U
#define BUNDLE_PA UINT64_C(0x481fffc0) /* the head crosses into the next block */
#define LEGACY 64U
#define NO_VM "error: no VM could be started\n"

struct host_info host;
struct bundle bundle;
static struct vm made[4];
static u32 nr_made, nr_started, nr_stopped;
static u32 create_fails, start_fails; /* bits by position */
static u64 promise[4];
static u32 shares[4];
static u64 last_promise;
static u32 last_shares;
static char log[4096];
static u8 *bytes; /* the bundle, exactly */
static u64 nr_bytes;
static void *arena, *maps[2], *window;
static struct fit *fit;

void log_printf(enum log_level level, const char *fmt, ...)
{
	size_t at = strlen(log);
	va_list ap;

	if (level == LOG_ERR)
		at += (size_t)snprintf(log + at, sizeof(log) - at, "error: ");
	va_start(ap, fmt);
	at += (size_t)vsnprintf(log + at, sizeof(log) - at, fmt, ap);
	va_end(ap);
	assert_true(at + 2 < sizeof(log));
	strcpy(log + at, "\n");
}

void panic(const char *fmt, ...)
{
	mock_assert(0, fmt, __FILE__, __LINE__);
	abort();
}

/* One block of host RAM, of which only the bundle's bytes may be read. */
void shmem_init(const struct vm_config *c, u32 nr)
{
	(void)c;
	(void)nr;
}

void *window_map(u32 slot, paddr_t pa, bool ro)
{
	u64 len = MIN(BLOCK_2M_SIZE - pa % BLOCK_2M_SIZE, host.initrd.base + nr_bytes - pa);

	assert_int_equal(slot, WINDOW_SRC);
	assert_true(ro);
	assert_null(window);
	assert_true(pa >= host.initrd.base && pa < host.initrd.base + nr_bytes);
	window = malloc(len);
	memcpy(window, bytes + (pa - host.initrd.base), len);
	return window;
}

void window_unmap(u32 slot)
{
	assert_int_equal(slot, WINDOW_SRC);
	assert_non_null(window);
	free(window);
	window = NULL;
}

void guest_mem_set_shares(u32 nr)
{
	last_shares = nr;
}

void guest_mem_set_promise(u64 b)
{
	last_promise = b;
}

static u32 life_held;

void life_lock(void)
{
	assert_int_equal(life_held++, 0);
}

void life_unlock(void)
{
	assert_int_equal(life_held--, 1);
}

int vm_create(const struct vm_config *cfg, struct vm **out, struct vm_config_err *err)
{
	u32 i = nr_made++;

	assert_int_equal(life_held, 1);
	assert_true(i < ARRAY_SIZE(made));
	promise[i] = last_promise;
	shares[i] = last_shares;
	made[i].cfg = *cfg;
	if (create_fails & BIT32(i)) {
		snprintf(err->text, sizeof(err->text), "vm%u '%s': not created", i, cfg->name);
		return -ENOMEM;
	}
	*out = &made[i];
	return 0;
}

int vm_start(struct vm *vm, struct vm_config_err *err)
{
	assert_int_equal(life_held, 0);
	if (start_fails & BIT32((u32)(vm - made))) {
		snprintf(err->text, sizeof(err->text), "'%s': not started", vm->cfg.name);
		return -ENOMEM;
	}
	nr_started++;
	vm->state = VM_LOADING;
	return 0;
}

void vm_request_stop(struct vm *vm, enum vm_stop_reason why)
{
	assert_int_equal(why, VM_STOP_LOAD);
	assert_true(vm >= made && vm < made + nr_made);
	nr_stopped++;
}

static int setup(void **s)
{
	(void)s;
	memset(&host, 0, sizeof(host));
	memset(&bundle, 0, sizeof(bundle));
	memset(made, 0, sizeof(made));
	memset(&el2_pool, 0, sizeof(el2_pool));
	memset(&host_pool, 0, sizeof(host_pool));
	nr_made = nr_started = nr_stopped = create_fails = start_fails = 0;
	log[0] = '\0';
	bytes = NULL;
	nr_bytes = 0;
	arena = aligned_alloc(EL2_PAGES << 12, EL2_PAGES << 12);
	maps[0] = malloc(page_pool_bitmap_bytes(EL2_PAGES));
	maps[1] = malloc(page_pool_bitmap_bytes(HOST_BLOCKS << 9));
	assert_int_equal(page_pool_add(&el2_pool, (uintptr_t)arena, EL2_PAGES, maps[0]), 0);
	assert_int_equal(page_pool_add(&host_pool, 0x80000000, HOST_BLOCKS << 9, maps[1]), 0);
	fit = fit_new();
	return 0;
}

static int teardown(void **s)
{
	(void)s;
	assert_null(window);
	assert_int_equal(el2_pool.nr_free, el2_pool.nr_pages); /* copies and configurations are gone */
	free(arena);
	free(maps[0]);
	free(maps[1]);
	free(bytes);
	free(fit);
	return 0;
}

/* Put the bundle, behind @head bytes, where the host says it is. */
static void place(const void *data, u64 size, u64 head)
{
	nr_bytes = head + size;
	bytes = calloc(1, nr_bytes);
	memcpy(bytes + head, data, size);
	host.initrd = (struct mem_range){ BUNDLE_PA, nr_bytes };
}

static void place_fit(void)
{
	place(fit->buf, fit_pack(fit), 0);
}

static void expect_log(const char *text)
{
	assert_string_equal(log, text);
}

static void no_bundle(void **s)
{
	(void)s;
	assert_int_equal(hv_boot_vms(), 0);
	expect_log("error: no VM bundle: /chosen has no linux,initrd-start; give one as initrd (QEMU: -initrd "
		   "bundle.img)\n");
}

static void one_vm(void **s)
{
	(void)s;
	place_fit();
	assert_int_equal(hv_boot_vms(), 1);
	expect_log("");
	assert_int_equal(nr_made, 1);
	assert_string_equal(made[0].cfg.name, "linux");
	assert_int_equal(made[0].state, VM_LOADING);
	assert_int_equal(bundle.pa, BUNDLE_PA);
	assert_int_equal(bundle.size, nr_bytes);
	assert_int_equal(shares[0], 1); /* the default is all that is left */
	assert_int_equal(promise[0], 0);
}

static void put32(u8 *at, u32 v)
{
	for (u32 i = 0; i < 4; i++)
		at[i] = (u8)(v >> (24 - 8 * i));
}

static void behind_a_ramdisk_header(void **s)
{
	u64 size = fit_pack(fit);

	(void)s;
	place(fit->buf, size, LEGACY);
	put32(bytes, 0x27051956);
	put32(bytes + 12, (u32)size);
	put32(bytes + 4, hazel_crc32(0, bytes, LEGACY));
	assert_int_equal(hv_boot_vms(), 1);
	assert_int_equal(bundle.pa, BUNDLE_PA + LEGACY);
	assert_int_equal(bundle.size, size);
}

static void not_a_bundle(void **s)
{
	(void)s;
	place("this is no device tree at all, but text of some length", 50, 0);
	assert_int_equal(hv_boot_vms(), 0);
	expect_log("error: bundle: not a FIT: magic 0x74686973, must be 0xd00dfeed\n" NO_VM);
	assert_int_equal(bundle.size, 0);
	assert_int_equal(nr_made, 0);
}

static void truncated(void **s)
{
	u64 size = fit_pack(fit);

	(void)s;
	for (u64 n = 1; n < size; n += n < 64 ? 1 : 37) {
		free(bytes);
		place(fit->buf, n, 0);
		log[0] = '\0';
		assert_int_equal(hv_boot_vms(), 0);
		assert_int_equal(strncmp(log, "error: bundle: truncated: ", 26), 0);
		assert_non_null(strstr(log, NO_VM));
		assert_int_equal(el2_pool.nr_free, el2_pool.nr_pages);
	}
}

static void no_vms_node(void **s)
{
	(void)s;
	assert_int_equal(fdt_del_node(fit->buf, fit_node(fit, "/vms")), 0);
	place_fit();
	assert_int_equal(hv_boot_vms(), 0);
	expect_log("error: bundle: no /vms node, so no VMs\n" NO_VM);
	assert_int_equal(nr_made, 0);
}

/* Three VMs; libfdt puts new nodes in front: order in /vms is c, b, linux. */
static void add_two(void)
{
	fit_add(fit, "/vms", "b");
	fit_add(fit, "/vms", "c");
}

static void a_bad_manifest_of_several(void **s)
{
	(void)s;
	add_two();
	FIT_CELLS(fit, "/vms/b", "vcpus", 99);
	place_fit();
	assert_int_equal(hv_boot_vms(), 2);
	assert_int_equal(nr_made, 2);
	assert_string_equal(made[0].cfg.name, "c");
	assert_string_equal(made[1].cfg.name, "linux");
	assert_int_equal(strncmp(log, "error: bundle: /vms/b: vcpus: 99 ", 33), 0);
	assert_ptr_equal(strchr(log, '\n') + 1, log + strlen(log)); /* one line */
}

static void all_manifests_bad(void **s)
{
	(void)s;
	FIT_CELLS(fit, "/vms/linux", "vcpus", 0);
	place_fit();
	assert_int_equal(hv_boot_vms(), 0);
	assert_non_null(strstr(log, "vcpus: 0"));
	assert_non_null(strstr(log, NO_VM));
}

/* Of those that want the same, the first one gets it, and the others are named. */
static void bad_set(void **s)
{
	(void)s;
	add_two();
	fit_str(fit, "/vms/linux", "passthrough", "console");
	fit_str(fit, "/vms/b", "passthrough", "console");
	fit_str(fit, "/vms/c", "passthrough", "console");
	place_fit();
	assert_int_equal(hv_boot_vms(), 1);
	assert_int_equal(nr_made, 1);
	assert_string_equal(made[0].cfg.name, "c");
	expect_log("error: bundle: /vms/b: passthrough: \"console\" is given to /vms/c already\n"
		   "error: bundle: /vms/linux: passthrough: \"console\" is given to /vms/c already\n");
}

/* One that is refused for itself keeps nothing from others. */
static void bad_set_with_a_bad_first(void **s)
{
	bad_set(s);
	log[0] = '\0';
	nr_made = 0;
	create_fails = BIT32(0);
	assert_int_equal(hv_boot_vms(), 1);
	assert_int_equal(nr_made, 2);
	assert_string_equal(made[1].cfg.name, "b");
	expect_log("error: vm0 'c': not created\n"
		   "error: bundle: /vms/linux: passthrough: \"console\" is given to /vms/b already\n");
}

static void create_and_start_errors(void **s)
{
	(void)s;
	add_two();
	create_fails = BIT32(0);
	start_fails = BIT32(1);
	place_fit();
	assert_int_equal(hv_boot_vms(), 1);
	expect_log("error: vm0 'c': not created\nerror: 'b': not started\n");
	assert_int_equal(nr_started, 1);
	assert_int_equal(nr_stopped, 1); /* what b has goes back */
	assert_int_equal(made[2].state, VM_LOADING);
}

static void autostart(void **s)
{
	(void)s;
	add_two();
	FIT_CELLS(fit, "/vms/b", "autostart", 0);
	place_fit();
	assert_int_equal(hv_boot_vms(), 3);
	assert_int_equal(nr_made, 3);
	assert_int_equal(nr_started, 2);
	assert_int_equal(made[1].state, VM_FREE);
	assert_int_equal(nr_stopped, 0);
	expect_log("");
}

/* Beside one that is refused, and alone. */
static void all_wait(void **s)
{
	(void)s;
	add_two();
	FIT_CELLS(fit, "/vms/b", "autostart", 0);
	FIT_CELLS(fit, "/vms/c", "autostart", 0);
	create_fails = BIT32(2);
	place_fit();
	assert_int_equal(hv_boot_vms(), 2);
	assert_int_equal(nr_started, 0);
	assert_int_equal(nr_stopped, 0);
	expect_log("error: vm2 'linux': not created\n"
		   "no VM starts by itself: 2 with autostart = <0> wait for 'vm start NAME' at the shell\n");
}

/* What others were promised is kept for them as long as they can have it. */
static void memory_plan(void **s)
{
	(void)s;
	add_two(); /* c: a share; b: 16 MiB; linux: 4 MiB and a direct page */
	FIT_CELLS(fit, "/vms/b", "memory", 0, 0x40000000, 0, MIB(16));
	FIT_CELLS(fit, "/vms/linux", "memory", 0, 0x40000000, 0, MIB(4), 0, 0xa0000000, 0, 0x1000);
	fit_set(fit, "/vms/linux", "memory-types", "ram\0direct", 11);
	place_fit();
	assert_int_equal(hv_boot_vms(), 3);
	assert_int_equal(promise[0], MIB(20));
	assert_int_equal(shares[0], 1);
	assert_int_equal(promise[1], MIB(20));
	assert_int_equal(shares[1], 0);
	assert_int_equal(promise[2], MIB(4));
}

/* One that asks for more than there is takes nothing from the rest, before or after it. */
static void greedy_vm(void **s)
{
	(void)s;
	add_two(); /* c: a share; b: too much; linux: a share */
	FIT_CELLS(fit, "/vms/b", "memory", 0, 0x40000000, 1, 0);
	create_fails = BIT32(1);
	place_fit();
	assert_int_equal(hv_boot_vms(), 2);
	assert_int_equal(promise[0], 0);
	assert_int_equal(shares[0], 2);
	assert_int_equal(promise[2], 0);
	assert_int_equal(shares[2], 1);
}

static void no_el2_memory(void **s)
{
	u64 most = EL2_PAGES, n;
	char *seen[2] = { NULL };
	paddr_t pa;

	(void)s;
	place_fit();
	for (n = 0; n < most; n++) {
		assert_int_equal(page_alloc_range(&el2_pool, most - n, 1, &pa), 0);
		log[0] = '\0';
		nr_made = 0;
		if (hv_boot_vms())
			break;
		page_free(&el2_pool, pa, most - n);
		assert_int_equal(el2_pool.nr_free, most);
		assert_int_equal(nr_made, 0);
		if (strstr(log, "bundle: no EL2 memory for its head ("))
			seen[0] = log;
		else if (strstr(log, "bundle: no EL2 memory for the manifests of 1 VMs\n"))
			seen[1] = log;
		else
			fail_msg("%s", log);
	}
	page_free(&el2_pool, pa, most - n);
	assert_true(seen[0] && seen[1]);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_bundle),
		T(one_vm),
		T(behind_a_ramdisk_header),
		T(not_a_bundle),
		T(truncated),
		T(no_vms_node),
		T(a_bad_manifest_of_several),
		T(all_manifests_bad),
		T(bad_set),
		T(bad_set_with_a_bad_first),
		T(create_and_start_errors),
		T(autostart),
		T(all_wait),
		T(memory_plan),
		T(greedy_vm),
		T(no_el2_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
