/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_guest.c hypervisor/common/fdt_guest_host.c hypervisor/common/fdt_guest_shm.c
 * hypervisor/common/fdt_guest_cpus.c
 * hypervisor/common/fdt_guest_seed.c
 * hypervisor/common/fdt_guest_wdt.c hypervisor/common/fdt_guest_emul.c hypervisor/common/fdt_guest_dev.c
 * hypervisor/common/fdt_guest_patch.c hypervisor/common/fdt_host.c hypervisor/common/fdt_host_mem.c
 * hypervisor/common/fdt_host_gic.c hypervisor/common/fdt_host_console.c hypervisor/common/fdt_util.c
 * hypervisor/common/fdt_scan.c libfdt */
/* The DTB a guest gets, read back with libfdt and with the code that reads the host's. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dts.h"
#include "rng_mock.h"
#include "stub_log.h"

#include <asm/cpu.h>
#include <common/fdt_guest.h>
#include <common/fdt_util.h>
#include <common/firmware.h>
#include <common/ptdev.h>
#include <common/ptdev_check.h>
#include <common/vm.h>
#include <lib/errno.h>

static struct vm vm;
static struct vm_config_err err;
static void *host_fdt;
static char out[FDT_GUEST_MAX] __aligned(8);
static struct host_info seen; /* the guest's DTB through fdt_host_init() */

int ptdev_host_node(const struct vm *v, u32 i)
{
	const char *p = v->cfg.passthrough[i];

	return fdt_find_path(host.fdt, p, (u32)strlen(p));
}

bool ptdev_is_console(const struct vm *v, u32 i)
{
	return ptdev_host_node(v, i) == fdt_path_offset(host.fdt, host.uart.path);
}

bool vm_has_vuart(const struct vm *v)
{
	(void)v;
	return false;
}

/* What a VM without the rest of the machine never asks: test_fdt_guest_rest.c is about it. */
int fw_scmi_find(struct fw_scmi *s)
{
	(void)s;
	return -ENOENT;
}

int fw_optee_node(void)
{
	return -ENOENT;
}

const char *pt_own_part(const struct fdt_chain *c)
{
	(void)c;
	return NULL;
}

bool ptdev_owns(const struct vm *v, paddr_t pa, u64 size)
{
	(void)v;
	(void)pa;
	(void)size;
	return false;
}

void work_yield(void)
{
}

static void setup(const char *dts)
{
	char text[128];

	memset(&vm, 0, sizeof(vm));
	rng_there = false;
	rng_answers = 0;
	host_fdt = dts_compile(dts);
	assert_int_equal(fdt_host_init(host_fdt, DTS_MAX, &host, text, sizeof(text)), 0);
	vm.nr_vcpus = vm.cfg.vcpus = 3;
	vm.cfg.cpu_affinity = ~UINT64_C(0);
	vm.cfg.gicd_ipa = 0x8000000;
	vm.cfg.gicr_ipa = 0x80a0000;
	strcpy(vm.cfg.bootargs, "console=ttyAMA0");
	vm.nr_ram = 4;
	vm.ram[0].r = (struct vm_mem_region){ 0x40000000, 0x10000000, VM_MEM_RAM };
	vm.ram[1].r = (struct vm_mem_region){ 0, 0x200000, VM_MEM_ROM };
	vm.ram[2].r = (struct vm_mem_region){ 0x100000000, 0x40000000, VM_MEM_RAM };
	vm.ram[3].r = (struct vm_mem_region){ 0x4000000, 0x200000, VM_MEM_HIDDEN };
}

static void pass(const char *path)
{
	strcpy(vm.cfg.passthrough[vm.cfg.nr_passthrough++], path);
}

static int build(const void *base, u64 base_size, u64 initrd)
{
	memset(out, 0xee, sizeof(out));
	err.text[0] = 0;
	return fdt_guest_build(&vm, base, base_size, initrd, initrd ? 0x123 : 0, out, sizeof(out), &err);
}

/* Sound, and what Hazel itself would see in it. A guest's GIC has no maintenance interrupt: add one to be able to look.
 */
static void look(void)
{
	char *copy = aligned_alloc(8, DTS_MAX), text[160];
	char gic[64];
	u32 cpus = 0;

	assert_int_equal(fdt_check_full(out, sizeof(out)), 0);
	assert_int_equal(fdt_open_into(out, copy, DTS_MAX), 0);
	assert_int_equal(fdt_get_path(copy, fdt_node_offset_by_compatible(copy, -1, "arm,gic-v3"), gic, sizeof(gic)),
			 0);
	assert_int_equal(fdt_getprop(copy, dts_node(copy, gic), "interrupts", NULL) != NULL, false);
	DTS_CELLS(copy, gic, "interrupts", 1, 9, 4, 0);
	if (fdt_host_init(copy, DTS_MAX, &seen, text, sizeof(text)))
		fail_msg("%s", text);
	assert_int_equal(seen.nr_mem, 2);
	assert_int_equal(seen.mem[0].base, 0x40000000);
	assert_int_equal(seen.mem[0].size, 0x10000000);
	assert_int_equal(seen.mem[1].base, 0x100000000);
	assert_int_equal(seen.nr_cpus, 3);
	for (u32 i = 0; i < 3; i++) {
		cpus |= 1U << seen.cpu[i].mpidr;
		assert_true(seen.cpu[i].psci);
	}
	assert_int_equal(cpus, 7);
	assert_int_equal(seen.psci, PSCI_CONDUIT_HVC);
	assert_int_equal(seen.gic.gicd.base, 0x8000000);
	assert_int_equal(seen.gic.gicd.size, 0x10000);
	assert_int_equal(seen.gic.nr_gicr, 1);
	assert_int_equal(seen.gic.gicr[0].base, 0x80a0000);
	assert_int_equal(seen.gic.gicr[0].size, 3 * 0x20000);
	assert_int_equal(seen.timer_intid[TIMER_VIRT], 27);
	assert_int_equal(seen.timer_intid[TIMER_PHYS], 30);
	assert_int_equal(seen.timer_intid[TIMER_SEC_PHYS], 29);
	assert_int_equal(seen.timer_intid[TIMER_HYP_PHYS], 26);
	seen.fdt = NULL;
	free(copy);
}

static const char *str(const char *path, const char *name)
{
	const char *s = fdt_prop_string(out, dts_node(out, path), name);

	return s ? s : "(none)";
}

static bool has(const char *path, const char *name)
{
	return fdt_getprop(out, dts_node(out, path), name, NULL) != NULL;
}

static void generated(void **s)
{
	(void)s;
	setup("virt.dts");
	pass("/pl011@9000000");
	assert_int_equal(build(NULL, 0, 0x4a000000), 0);
	look();
	assert_string_equal(seen.bootargs, "console=ttyAMA0");
	assert_string_equal(seen.uart.path, "/pl011@9000000");
	assert_int_equal(seen.uart.reg.base, 0x9000000);
	assert_int_equal(seen.uart.intid, 33);
	assert_int_equal(seen.initrd.base, 0x4a000000);
	assert_int_equal(seen.initrd.size, 0x123);
	assert_string_equal(str("/chosen", "stdout-path"), "/pl011@9000000");
	assert_string_equal(str("/aliases", "serial0"), "/pl011@9000000");
	assert_string_equal(str("/", "compatible"), "hazel,vm");
	assert_true(fdt_has_string(out, 0, "compatible", "linux,dummy-virt"));
	assert_string_equal(str("/cpus/cpu@2", "compatible"), "arm,cortex-a76");
	assert_true(has("/timer", "always-on"));
	/* The clock came along, under the phandle the UART uses; the GIC's is another. */
	assert_int_equal(dts_u32(out, "/pl011@9000000", "clocks", 1), 0x8000);
	assert_int_equal(fdt_node_offset_by_phandle(out, 0x8000), dts_node(out, "/apb-pclk"));
	assert_int_equal(fdt_node_offset_by_phandle(out, 0x8005), dts_node(out, "/intc@8000000"));
	assert_int_equal(dts_u32(out, "/", "interrupt-parent", 0), 0x8005);
	assert_false(has("/chosen", "kaslr-seed") || has("/chosen", "rng-seed"));
	free(host_fdt);
}

/* The same VM gets the same bytes. */
static void reproducible(void **s)
{
	char *first = malloc(sizeof(out));
	u32 size;

	(void)s;
	setup("virt.dts");
	pass("/pl011@9000000");
	assert_int_equal(build(NULL, 0, 0), 0);
	size = fdt_totalsize(out);
	memcpy(first, out, size);
	assert_int_equal(build(NULL, 0, 0), 0);
	assert_memory_equal(first, out, size);
	assert_false(has("/chosen", "linux,initrd-start"));
	free(first);
	free(host_fdt);
}

static void no_console(void **s)
{
	(void)s;
	setup("virt.dts");
	pass("/pl031@9010000");
	pass("/platform-bus@c000000/behind@1000");
	vm.cfg.bootargs[0] = 0;
	assert_int_equal(build(NULL, 0, 0), 0);
	look();
	assert_int_equal(seen.uart.reg.size, 0);
	assert_false(has("/chosen", "stdout-path"));
	assert_false(has("/aliases", "serial0"));
	/* From a bus with 1-cell addresses to the root with 2. */
	assert_int_equal(dts_u32(out, "/behind@1000", "reg", 1), 0xc001000);
	assert_int_equal(dts_u32(out, "/behind@1000", "reg", 3), 0x1000);
	assert_int_equal(dts_u32(out, "/behind@1000", "interrupts", 2), 1); /* edge */
	assert_int_equal(fdt_path_offset(out, "/pl011@9000000"), -FDT_ERR_NOTFOUND);
	free(host_fdt);
}

static void rk3588(void **s)
{
	static const char *const gone[] = { "dmas",   "dma-names",   "pinctrl-0",  "pinctrl-names",
					    "clocks", "clock-names", "vcc-supply", "status" };
	int len;

	(void)s;
	setup("rk3588.dts");
	pass("serial2");
	vm.cfg.cpu_affinity = 2;
	assert_int_equal(build(NULL, 0, 0), 0);
	look();
	assert_int_equal(seen.gic.interrupt_cells, 3);
	assert_int_equal(seen.uart.intid, 365);
	assert_non_null(fdt_getprop(out, dts_node(out, "/serial@feb50000"), "interrupts", &len));
	assert_int_equal(len, 12);
	assert_int_equal(dts_u32(out, "/serial@feb50000", "reg-shift", 0), 2);
	for (u32 i = 0; i < ARRAY_SIZE(gone); i++)
		assert_false(has("/serial@feb50000", gone[i]));
	assert_string_equal(str("/chosen", "stdout-path"), "/serial@feb50000:1500000n8");
	assert_string_equal(str("/aliases", "serial2"), "/serial@feb50000");
	assert_false(has("/aliases", "serial0") || has("/aliases", "mmc0"));
	assert_int_equal(dts_u32(out, "/serial@feb50000/child@0", "phandle-user", 0), 7);
	assert_true(has("/serial@feb50000/other/leaf", "deep"));
	assert_string_equal(str("/cpus/cpu@0", "compatible"), "arm,cortex-a76"); /* of the CPU it may run on */
	/* Devices mapped one to one: drivers look for the machine's name. */
	vm.cfg.nr_mem = 1;
	vm.cfg.mem[0] = (struct vm_mem_region){ 0x40000000, 0x10000000, VM_MEM_DIRECT };
	assert_int_equal(build(NULL, 0, 0), 0);
	assert_true(fdt_has_string(out, 0, "compatible", "rockchip,rk3588"));
	free(host_fdt);
}

static void check_cells(const char *path, const char *name, const u32 *want, u32 nr)
{
	int len;

	assert_non_null(fdt_getprop(out, dts_node(out, path), name, &len));
	assert_int_equal(len, nr * 4);
	for (u32 i = 0; i < nr; i++)
		assert_int_equal(dts_u32(out, path, name, i), want[i]);
}

#define CHECK(path, name, ...)                                                                                         \
	check_cells(path, name, (const u32[]){ __VA_ARGS__ }, sizeof((const u32[]){ __VA_ARGS__ }) / sizeof(u32))

static void shared_memory(void **s)
{
	u32 phandle;

	(void)s;
	setup("virt.dts");
	pass("/pl011@9000000");
	vm.cfg.nr_shm = 2;
	vm.cfg.shm[0] = (struct vm_shm){ .name = "chan", .size = 0x100000, .ipa = 0x30000000, .peers = 2 };
	vm.cfg.shm[1] = (struct vm_shm){ .name = "big", .size = 0x1000, .ipa = 0x2000000000, .ro = true, .peers = 2 };
	assert_int_equal(build(NULL, 0, 0), 0);
	look();
	CHECK("/reserved-memory", "#address-cells", 2);
	CHECK("/reserved-memory", "#size-cells", 2);
	assert_true(has("/reserved-memory", "ranges"));
	assert_string_equal(str("/reserved-memory/shm-chan@30000000", "compatible"), "hazel,shared-memory");
	CHECK("/reserved-memory/shm-chan@30000000", "reg", 0, 0x30000000, 0, 0x100000);
	assert_true(has("/reserved-memory/shm-chan@30000000", "no-map"));
	CHECK("/reserved-memory/shm-big@2000000000", "reg", 0x20, 0, 0, 0x1000);
	/* What uio_pdrv_genirq looks at: the page and the window as two resources, SPI 32 on, level. */
	assert_true(fdt_has_string(out, dts_node(out, "/doorbell@a200000"), "compatible", "hazel,doorbell-v1"));
	CHECK("/doorbell@a200000", "reg", 0, 0x0a200000, 0, 0x1000, 0, 0x30000000, 0, 0x100000);
	CHECK("/doorbell@a200000", "interrupts", 0, 32, 4);
	CHECK("/doorbell@a201000", "reg", 0, 0x0a201000, 0, 0x1000, 0x20, 0, 0, 0x1000);
	CHECK("/doorbell@a201000", "interrupts", 0, 33, 4);
	assert_string_equal(str("/doorbell@a201000", "hazel,region"), "big");
	assert_true(has("/doorbell@a201000", "hazel,read-only"));
	assert_false(has("/doorbell@a200000", "hazel,read-only"));
	phandle = dts_u32(out, "/doorbell@a201000", "memory-region", 0);
	assert_int_equal(fdt_node_offset_by_phandle(out, phandle),
			 dts_node(out, "/reserved-memory/shm-big@2000000000"));
	assert_int_not_equal(phandle, dts_u32(out, "/doorbell@a200000", "memory-region", 0));
	assert_int_equal(fdt_path_offset(out, "/watchdog@a101000"), -FDT_ERR_NOTFOUND);
	vm.cfg.nr_shm = 0;
	assert_int_equal(build(NULL, 0, 0), 0);
	assert_int_equal(fdt_path_offset(out, "/reserved-memory"), -FDT_ERR_NOTFOUND);
	free(host_fdt);
}

static void watchdog(void **s)
{
	(void)s;
	setup("virt.dts");
	vm.cfg.watchdog = true;
	assert_int_equal(build(NULL, 0, 0), 0);
	look();
	assert_string_equal(str("/watchdog@a101000", "compatible"), "arm,sbsa-gwdt");
	CHECK("/watchdog@a101000", "reg", 0, 0x0a101000, 0, 0x1000, 0, 0x0a100000, 0, 0x1000);
	CHECK("/watchdog@a101000", "interrupts", 0, 16, 4);
	free(host_fdt);
}

static void too_small(void **s)
{
	(void)s;
	setup("virt.dts");
	pass("/pl011@9000000");
	for (u32 size = 0; size < 1024; size += 8)
		assert_int_equal(fdt_guest_build(&vm, NULL, 0, 0, 0, out, size, &err), -ENOSPC);
	assert_non_null(strstr(err.text, "too large"));
	free(host_fdt);
}

/* A user's DTB: the host trees serve as examples of what people hand in. */
static void patched(void **s)
{
	void *user = dts_compile("virt.dts");

	(void)s;
	setup("virt.dts");
	fdt_setprop_string(user, dts_node(user, "/timer"), "mine", "kept");
	fdt_add_subnode(user, 0, "memory@1");
	fdt_setprop_string(user, dts_node(user, "/memory@1"), "device_type", "memory");
	assert_int_equal(build(user, DTS_MAX, 0x4a000000), 0);
	look();
	assert_string_equal(seen.bootargs, "console=ttyAMA0");
	assert_int_equal(seen.initrd.base, 0x4a000000);
	assert_string_equal(str("/timer", "mine"), "kept");
	assert_true(has("/chosen", "kaslr-seed")); /* the user's */
	assert_int_equal(fdt_path_offset(out, "/intc@8000000/its@8080000"), -FDT_ERR_NOTFOUND);
	assert_int_equal(fdt_path_offset(out, "/cpus/cpu-map"), -FDT_ERR_NOTFOUND);
	assert_string_equal(str("/cpus/cpu@2", "enable-method"), "psci"); /* added: the tree had two */
	/* Without bootargs of the manifest those of the tree stay; without a ramdisk there is none. */
	vm.cfg.bootargs[0] = 0;
	assert_int_equal(build(user, DTS_MAX, 0), 0);
	assert_string_equal(str("/chosen", "bootargs"), "hv.loglevel=4  hv.bhb=off quiet");
	assert_false(has("/chosen", "linux,initrd-start") || has("/chosen", "linux,initrd-end"));
	free(user);
	free(host_fdt);
}

static void patched_fewer_cpus(void **s)
{
	void *user = dts_compile("rk3588.dts");

	(void)s;
	setup("virt.dts");
	vm.nr_vcpus = 1;
	dts_del(user, "/psci");
	dts_del(user, "/chosen");
	DTS_CELLS(user, "/cpus/cpu@0", "cpu-idle-states", 1);
	assert_int_equal(build(user, DTS_MAX, 0x4a000000), 0);
	assert_int_equal(fdt_check_full(out, sizeof(out)), 0);
	assert_int_equal(fdt_path_offset(out, "/cpus/cpu@400"), -FDT_ERR_NOTFOUND);
	assert_false(has("/cpus/cpu@0", "cpu-idle-states"));
	assert_string_equal(str("/psci", "method"), "hvc");
	assert_string_equal(str("/chosen", "bootargs"), "console=ttyAMA0");
	assert_int_equal(dts_u32(out, "/interrupt-controller@fe600000", "reg", 7), 0x20000);
	free(user);
	free(host_fdt);
}

static void user_refused(void *user, u64 size, int ret, const char *text)
{
	int got = build(user, size, 0);

	if (got != ret || !strstr(err.text, text))
		fail_msg("got %d '%s', wanted %d '...%s...'", got, err.text, ret, text);
	free(user);
}

static void patch_refused(void **s)
{
	void *user = dts_compile("virt.dts");

	(void)s;
	setup("virt.dts");
	dts_del(user, "/intc@8000000");
	user_refused(user, DTS_MAX, -EINVAL, "fdt: interrupt controller (arm,gic-v3): missing");
	user = dts_compile("virt.dts");
	dts_del(user, "/timer");
	user_refused(user, DTS_MAX, -EINVAL, "fdt: timer (arm,armv8-timer): missing");
	user = dts_compile("virt.dts");
	dts_del(user, "/cpus");
	user_refused(user, DTS_MAX, -EINVAL, "fdt: /cpus: missing");
	user = dts_compile("virt.dts");
	DTS_CELLS(user, "/", "#address-cells", 3);
	user_refused(user, DTS_MAX, -EINVAL, "fdt: /memory: its #address-cells");
	user = dts_compile("virt.dts");
	DTS_CELLS(user, "/", "#address-cells", 1); /* RAM above 4 GiB */
	user_refused(user, DTS_MAX, -EINVAL, "fdt: /memory: its #address-cells");
	user = dts_compile("virt.dts");
	fdt_set_magic(user, 1);
	user_refused(user, DTS_MAX, -EINVAL, "fdt: not a device tree");
	user_refused(dts_compile("virt.dts"), 100, -EINVAL, "fdt: totalsize");
	user = dts_compile("virt.dts");
	fdt_set_size_dt_struct(user, fdt_size_dt_struct(user) / 2);
	user_refused(user, DTS_MAX, -EINVAL, "fdt: device tree:");
	user = dts_compile("virt.dts");
	assert_int_equal(fdt_setprop(user, 0, "big", out, DTS_MAX - 8192), 0);
	fdt_pack(user);
	assert_int_equal(fdt_guest_build(&vm, user, DTS_MAX, 0, 0, out, fdt_totalsize(user) - 200, &err), -ENOSPC);
	assert_int_equal(fdt_guest_build(&vm, user, DTS_MAX, 0, 0, out, fdt_totalsize(user) + 20, &err), -ENOSPC);
	free(user);
	free(host_fdt);
}

/* Damage anywhere in a user's tree ends in an answer. */
static void patch_damaged(void **s)
{
	void *good = dts_compile("virt.dts"), *bad = aligned_alloc(8, DTS_MAX);
	int size;

	(void)s;
	setup("virt.dts");
	fdt_pack(good);
	size = (int)fdt_totalsize(good);
	srand(4);
	for (int i = 0; i < 3000; i++) {
		memcpy(bad, good, (size_t)size);
		for (int k = rand() % 4; k >= 0; k--)
			((u8 *)bad)[rand() % size] ^= (u8)(1 << rand() % 8);
		if (!build(bad, (u64)size, 0x4a000000))
			assert_int_equal(fdt_check_full(out, sizeof(out)), 0);
	}
	free(good);
	free(bad);
	free(host_fdt);
}

static struct pcpu pcpu[4];
static struct vcpu vcpus[4];

static void vcpu_on(u32 id, u32 cpu, u32 class)
{
	pcpu[id] = (struct pcpu){ .id = cpu, .class = class };
	vcpus[id] = (struct vcpu){ .vm = &vm, .id = id, .sched.home = &pcpu[id] };
	vm.vcpu[id] = &vcpus[id];
}

/* Each vCPU is described as the kind of core that it runs on, and kinds are clusters. */
static void unlike_cpus(void **s)
{
	void *fdt;

	(void)s;
	setup("rk3588.dts");
	fdt = host_fdt;
	DTS_CELLS(fdt, "/cpus/cpu@0", "capacity-dmips-mhz", 530);
	DTS_CELLS(fdt, "/cpus/cpu@400", "capacity-dmips-mhz", 1024);
	DTS_CELLS(fdt, "/cpus/cpu@400", "phandle", 0x77);
	assert_int_equal(fdt_host_init(fdt, DTS_MAX, &host, err.text, sizeof(err.text)), 0);
	assert_int_equal(host.cpu[0].capacity, 530);
	assert_int_equal(host.cpu[1].phandle, 0x77);
	assert_string_equal(host.cpu[0].compatible, "arm,cortex-a55");
	vm.nr_vcpus = vm.cfg.vcpus = 4;
	vcpu_on(0, 0, 0);
	vcpu_on(1, 1, 1);
	vcpu_on(2, 0, 0);
	vcpu_on(3, 1, 1);
	assert_int_equal(build(NULL, 0, 0), 0);
	assert_string_equal(str("/cpus/cpu@0", "compatible"), "arm,cortex-a55");
	assert_string_equal(str("/cpus/cpu@1", "compatible"), "arm,cortex-a76");
	assert_string_equal(str("/cpus/cpu@2", "compatible"), "arm,cortex-a55");
	assert_int_equal(dts_u32(out, "/cpus/cpu@2", "capacity-dmips-mhz", 0), 530);
	assert_int_equal(dts_u32(out, "/cpus/cpu@3", "capacity-dmips-mhz", 0), 1024);
	/* The first one like a host CPU is what other nodes mean by that CPU; no two have one phandle. */
	assert_int_equal(dts_u32(out, "/cpus/cpu@1", "phandle", 0), 0x77);
	assert_int_not_equal(dts_u32(out, "/cpus/cpu@3", "phandle", 0), 0x77);
	for (u32 i = 0; i < 4; i++) {
		static const char *const map[] = { "/cpus/cpu-map/cluster0/core0", "/cpus/cpu-map/cluster1/core0",
						   "/cpus/cpu-map/cluster0/core1", "/cpus/cpu-map/cluster1/core1" };
		char path[32];

		snprintf(path, sizeof(path), "/cpus/cpu@%u", i);
		assert_int_equal(fdt_node_offset_by_phandle(out, dts_u32(out, map[i], "cpu", 0)), dts_node(out, path));
	}
	assert_true(fdt_path_offset(out, "/cpus/cpu-map/cluster2") < 0);
	/* Of one kind: as on any machine. */
	vm.nr_vcpus = vm.cfg.vcpus = 2;
	vcpu_on(1, 0, 0);
	assert_int_equal(build(NULL, 0, 0), 0);
	assert_string_equal(str("/cpus/cpu@1", "compatible"), "arm,cortex-a55");
	assert_true(fdt_path_offset(out, "/cpus/cpu-map") < 0);
	assert_false(has("/cpus/cpu@0", "capacity-dmips-mhz"));
	memset(vm.vcpu, 0, sizeof(vm.vcpu));
	free(host_fdt);
}

/* A property of /chosen: @len bytes, all of them @byte. */
static void check_seed(const char *name, int len, u8 byte)
{
	int got = 0;
	const u8 *p = fdt_getprop(out, dts_node(out, "/chosen"), name, &got);

	assert_non_null(p);
	assert_int_equal(got, len);
	for (int i = 0; i < len; i++)
		assert_int_equal(p[i], byte);
}

/* Is the host's seed anywhere in the guest's tree? Four bytes of it would be too many. */
static bool host_seed_in(const char *tree, u32 size)
{
	static const char seed[] = "\x91\xa2\xb3\xc4\xd5\xe6\xf7\x88\x99\xaa\xbb\xcc\xdd\xee\xff\x01";

	for (u32 i = 0; i + 4 <= size; i++) {
		for (u32 k = 0; k + 4 <= sizeof(seed) - 1; k++) {
			if (!memcmp(tree + i, seed + k, 4))
				return true;
		}
	}
	return false;
}

static void give_host_seeds(void)
{
	DTS_CELLS(host_fdt, "/chosen", "rng-seed", 0x91a2b3c4, 0xd5e6f788, 0x99aabbcc, 0xddeeff01);
	DTS_CELLS(host_fdt, "/chosen", "kaslr-seed", 0x99aabbcc, 0xddeeff01);
	assert_true(host_seed_in(host_fdt, fdt_totalsize(host_fdt)));
}

/* Made with zeros, which are there again as soon as the guest has its copy; each start has other numbers. */
static void seeds(void **s)
{
	u32 size;

	(void)s;
	setup("virt.dts");
	pass("/pl011@9000000");
	give_host_seeds();
	rng_there = true;
	assert_int_equal(build(NULL, 0, 0x4a000000), 0);
	look();
	size = fdt_totalsize(out);
	assert_false(host_seed_in(out, size));
	check_seed("rng-seed", 32, 0);
	assert_false(has("/chosen", "kaslr-seed"));
	assert_int_equal(rng_answers, 0);
	for (u8 start = 1; start < 4; start++) {
		fdt_guest_seed(&vm, out);
		check_seed("rng-seed", 32, start);
		assert_false(has("/chosen", "kaslr-seed"));
		assert_int_equal(fdt_check_full(out, sizeof(out)), 0);
		fdt_guest_unseed(&vm, out);
		check_seed("rng-seed", 32, 0);
	}
	assert_int_equal(rng_answers, 3);
	assert_int_equal(fdt_totalsize(out), size);
	free(host_fdt);
}

static void kaslr(void **s)
{
	(void)s;
	setup("virt.dts");
	give_host_seeds();
	vm.cfg.kaslr = true;
	rng_there = true;
	assert_int_equal(build(NULL, 0, 0), 0);
	assert_false(host_seed_in(out, fdt_totalsize(out)));
	check_seed("rng-seed", 32, 0);
	check_seed("kaslr-seed", 8, 0);
	/* Not a part of the other one: Linux is told both, and forgets only one of them. */
	fdt_guest_seed(&vm, out);
	check_seed("rng-seed", 32, 1);
	check_seed("kaslr-seed", 8, 2);
	fdt_guest_unseed(&vm, out);
	check_seed("rng-seed", 32, 0);
	check_seed("kaslr-seed", 8, 0);
	free(host_fdt);
}

/* Nothing random: nothing that looks like it, though the manifest asks for it. */
static void no_seeds(void **s)
{
	(void)s;
	setup("virt.dts");
	give_host_seeds();
	vm.cfg.kaslr = true;
	assert_int_equal(build(NULL, 0, 0), 0);
	assert_false(host_seed_in(out, fdt_totalsize(out)));
	fdt_guest_seed(&vm, out);
	fdt_guest_unseed(&vm, out);
	assert_false(has("/chosen", "kaslr-seed") || has("/chosen", "rng-seed"));
	free(host_fdt);
}

/* A user's tree: its rng-seed, which would be the same at each start, is replaced; its kaslr-seed is the user's. */
static void patched_seeds(void **s)
{
	void *user = dts_compile("virt.dts");

	(void)s;
	setup("virt.dts");
	/* Without a source they stay. */
	assert_int_equal(build(user, DTS_MAX, 0), 0);
	fdt_guest_seed(&vm, out);
	assert_int_equal(dts_u32(out, "/chosen", "rng-seed", 3), 4);
	assert_int_equal(dts_u32(out, "/chosen", "kaslr-seed", 1), 2);
	rng_there = true;
	assert_int_equal(build(user, DTS_MAX, 0), 0);
	look();
	check_seed("rng-seed", 32, 0);
	fdt_guest_seed(&vm, out);
	check_seed("rng-seed", 32, 1);
	assert_int_equal(dts_u32(out, "/chosen", "kaslr-seed", 0), 1);
	assert_int_equal(dts_u32(out, "/chosen", "kaslr-seed", 1), 2);
	fdt_guest_unseed(&vm, out);
	assert_int_equal(dts_u32(out, "/chosen", "kaslr-seed", 1), 2);
	vm.cfg.kaslr = true;
	assert_int_equal(build(user, DTS_MAX, 0), 0);
	fdt_guest_seed(&vm, out);
	check_seed("rng-seed", 32, 2);
	check_seed("kaslr-seed", 8, 3);
	/* A tree without /chosen gets one. */
	dts_del(user, "/chosen");
	assert_int_equal(build(user, DTS_MAX, 0), 0);
	check_seed("rng-seed", 32, 0);
	check_seed("kaslr-seed", 8, 0);
	free(user);
	free(host_fdt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated),     cmocka_unit_test(reproducible),  cmocka_unit_test(no_console),
		cmocka_unit_test(rk3588),        cmocka_unit_test(shared_memory), cmocka_unit_test(watchdog),
		cmocka_unit_test(too_small),     cmocka_unit_test(patched),       cmocka_unit_test(patched_fewer_cpus),
		cmocka_unit_test(patch_refused), cmocka_unit_test(patch_damaged), cmocka_unit_test(unlike_cpus),
		cmocka_unit_test(seeds),         cmocka_unit_test(kaslr),         cmocka_unit_test(no_seeds),
		cmocka_unit_test(patched_seeds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
