/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_host.c hypervisor/common/fdt_host_mem.c hypervisor/common/fdt_host_gic.c
 * hypervisor/common/fdt_host_console.c hypervisor/common/fdt_util.c hypervisor/common/fdt_scan.c
 * hypervisor/boards/board.c hypervisor/boards/qemu_virt/board.c hypervisor/boards/rk3588/board.c libfdt */
/* Host discovery with one thing wrong each, its limits, and the memory plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dts.h"
#include "stub_log.h"

#include <common/fdt_host.h>
#include <common/fdt_util.h>
#include <lib/errno.h>

static struct host_info h;
static char err[160];

static int init(const void *fdt)
{
	return fdt_host_init(fdt, DTS_MAX, &h, err, sizeof(err));
}

/* @fdt is refused with @ret and a message that contains @text; frees it. */
static void refuse(void *fdt, int ret, const char *text)
{
	int got = init(fdt);

	if (got != ret || !strstr(err, text))
		fail_msg("got %d '%s', wanted %d '...%s...'", got, err, ret, text);
	free(fdt);
}

static void bad_header(void **s)
{
	void *fdt = dts_compile("virt.dts");

	(void)s;
	fdt_set_magic(fdt, 0x12345678);
	refuse(fdt, -EINVAL, "bad magic");
	fdt = dts_compile("virt.dts");
	fdt_set_totalsize(fdt, 0x7fffffff);
	refuse(fdt, -EINVAL, "totalsize");
	fdt = dts_compile("virt.dts");
	fdt_set_totalsize(fdt, DTS_MAX + 1);
	refuse(fdt, -EINVAL, "totalsize");
	fdt = dts_compile("virt.dts");
	fdt_pack(fdt);
	fdt_set_totalsize(fdt, fdt_totalsize(fdt) / 2);
	refuse(fdt, -EINVAL, "header offsets");
	fdt = dts_compile("virt.dts");
	fdt_set_off_dt_struct(fdt, fdt_off_dt_struct(fdt) + 2);
	refuse(fdt, -EINVAL, "header offsets");
	fdt = dts_compile("virt.dts");
	fdt_set_version(fdt, 16);
	refuse(fdt, -EINVAL, "version");
	fdt = dts_compile("virt.dts");
	fdt_set_size_dt_struct(fdt, fdt_size_dt_struct(fdt) / 2);
	refuse(fdt, -EINVAL, "damaged");
	refuse(NULL, -EINVAL, "not a device tree");
}

static void bad_memory(void **s)
{
	void *fdt = dts_compile("virt.dts");

	(void)s;
	dts_del(fdt, "/memory@40000000");
	refuse(fdt, -ENODEV, "/memory: missing");
	fdt = dts_compile("virt.dts");
	dts_del_prop(fdt, "/memory@40000000", "reg");
	refuse(fdt, -ENODEV, "/memory: missing");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/memory@40000000", "reg", 0, 0x40000000, 0, 0);
	refuse(fdt, -ENODEV, "/memory: missing");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/memory@40000000", "reg", 0, 0x40000000, 0);
	refuse(fdt, -EINVAL, "/memory@40000000: reg: 12 bytes");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/memory@40000000", "reg", 0, 0x40000000, 0, 0x1000000, 0, 0x40800000, 0, 0x1000000);
	refuse(fdt, -EINVAL, "/memory: banks 0x40000000 + 0x1000000 and 0x40800000 + 0x1000000 overlap");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/memory@40000000", "reg", 0xffffffff, 0xfffff000, 0, 0x1000);
	refuse(fdt, -EINVAL, "beyond 48 bits");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/", "#address-cells", 3);
	refuse(fdt, -EINVAL, "#address-cells");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/", "#address-cells", 0);
	refuse(fdt, -EINVAL, "#address-cells");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/", "#size-cells", 0);
	refuse(fdt, -EINVAL, "#size-cells");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/", "#size-cells", 0x40000000);
	refuse(fdt, -EINVAL, "#size-cells");
}

static void bad_cpus(void **s)
{
	void *fdt = dts_compile("virt.dts");

	(void)s;
	dts_del(fdt, "/cpus/cpu@0");
	dts_del(fdt, "/cpus/cpu@1");
	refuse(fdt, -ENODEV, "/cpus: no cpu node");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/cpus/cpu@1", "reg", 0);
	refuse(fdt, -EINVAL, "/cpus/cpu@1: reg: 0x0 is also that of /cpus/cpu@0");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/cpus/cpu@1", "reg", 0x80000001);
	refuse(fdt, -EINVAL, "/cpus/cpu@1: reg: 0x80000001 has bits outside");
	fdt = dts_compile("virt.dts");
	dts_del_prop(fdt, "/cpus/cpu@1", "reg");
	refuse(fdt, -EINVAL, "/cpus/cpu@1: reg: missing");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/cpus", "#address-cells", 3);
	refuse(fdt, -EINVAL, "/cpus: #address-cells");
}

static void bad_gic(void **s)
{
	void *fdt = dts_compile("virt.dts");

	(void)s;
	dts_del(fdt, "/intc@8000000");
	refuse(fdt, -ENODEV, "/intc: no interrupt controller compatible with \"arm,gic-v3\"");
	fdt = dts_compile("virt.dts");
	fdt_setprop_string(fdt, dts_node(fdt, "/intc@8000000"), "compatible", "arm,cortex-a15-gic");
	refuse(fdt, -ENODEV, "GICv2");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/intc@8000000", "#interrupt-cells", 2);
	refuse(fdt, -EINVAL, "/intc@8000000: #interrupt-cells: 2");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/intc@8000000", "#redistributor-regions", 2);
	refuse(fdt, -EINVAL, "redistributor region 1 of 2");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/intc@8000000", "#redistributor-regions", 0xffffffff);
	refuse(fdt, -EINVAL, "#redistributor-regions");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x8008000, 0, 0x100000);
	refuse(fdt, -EINVAL, "region 0 overlaps the distributor");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/intc@8000000", "reg", 0, 0x8000000, 0, 0x10000, 0, 0x40000000, 0, 0x100000);
	refuse(fdt, -EINVAL, "overlaps the memory bank at 0x40000000");
	fdt = dts_compile("virt.dts");
	dts_del_prop(fdt, "/intc@8000000", "interrupts");
	refuse(fdt, -EINVAL, "maintenance");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/intc@8000000", "redistributor-stride", 0, 0x1000);
	refuse(fdt, -EINVAL, "redistributor-stride");
	/* Steps backwards, and by less than one redistributor. */
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/intc@8000000", "redistributor-stride", 0xffffffff, 0xffff0000);
	refuse(fdt, -EINVAL, "redistributor-stride");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/intc@8000000", "redistributor-stride", 0, 0x10000);
	refuse(fdt, -EINVAL, "redistributor-stride");
}

static void bad_timer_psci_chosen(void **s)
{
	void *fdt = dts_compile("virt.dts");

	(void)s;
	dts_del(fdt, "/timer");
	refuse(fdt, -ENODEV, "/timer: missing");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/timer", "interrupts", 1, 13, 4, 1, 14, 4, 1, 11, 4);
	refuse(fdt, -ENODEV, "/timer: interrupts: no hyp-phys PPI");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/timer", "interrupts", 1, 13, 4, 0, 14, 4, 1, 11, 4, 1, 10, 4);
	refuse(fdt, -EINVAL, "must be a PPI");
	fdt = dts_compile("virt.dts");
	dts_del(fdt, "/psci");
	refuse(fdt, -ENODEV, "/psci: missing");
	fdt = dts_compile("virt.dts");
	fdt_setprop_string(fdt, dts_node(fdt, "/psci"), "compatible", "arm,psci");
	refuse(fdt, -ENODEV, "only PSCI 0.1");
	fdt = dts_compile("virt.dts");
	fdt_setprop_string(fdt, dts_node(fdt, "/psci"), "method", "abc");
	refuse(fdt, -EINVAL, "/psci: method");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/chosen", "linux,initrd-end", 0x47000000);
	refuse(fdt, -EINVAL, "/chosen: linux,initrd-end 0x47000000 is below");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/chosen", "linux,initrd-end", 1, 2, 3);
	refuse(fdt, -EINVAL, "4 or 8 bytes");
	fdt = dts_compile("virt.dts");
	DTS_CELLS(fdt, "/chosen", "linux,initrd-start", 0x1000);
	refuse(fdt, -EINVAL, "not in host RAM");
}

/* Unsorted, adjacent and ragged banks; too many banks, CPUs, reservations. */
static void limits(void **s)
{
	void *fdt = dts_compile("virt.dts");
	char name[32];

	(void)s;
	DTS_CELLS(fdt, "/memory@40000000", "reg", 0, 0x50000000, 0, 0x10000000, 0, 0x40000000, 0, 0x10000000, 0,
		  0x80000800, 0, 0x3000, 0, 0x90000100, 0, 0x200);
	assert_int_equal(init(fdt), 0);
	assert_int_equal(h.nr_mem, 2);
	assert_int_equal(h.mem[0].base, 0x40000000);
	assert_int_equal(h.mem[0].size, 0x20000000);
	assert_int_equal(h.mem[1].base, 0x80001000);
	assert_int_equal(h.mem[1].size, 0x2000);
	free(fdt);
	fdt = dts_compile("virt.dts");
	for (u32 i = 2; i < CONFIG_MAX_PCPUS + 5; i++) {
		snprintf(name, sizeof(name), "/cpus/cpu@%x", i);
		fdt_add_subnode(fdt, dts_node(fdt, "/cpus"), name + strlen("/cpus/"));
		fdt_setprop_string(fdt, dts_node(fdt, name), "device_type", "cpu");
		DTS_CELLS(fdt, name, "reg", i);
	}
	assert_int_equal(init(fdt), 0);
	assert_int_equal(h.nr_cpus, CONFIG_MAX_PCPUS);
	assert_int_equal(h.nr_cpus_left_out, 5);
	for (u32 i = 0; i < 20; i++) {
		snprintf(name, sizeof(name), "/memory@%x", 0x100 + i);
		fdt_add_subnode(fdt, 0, name + 1);
		fdt_setprop_string(fdt, dts_node(fdt, name), "device_type", "memory");
		DTS_CELLS(fdt, name, "reg", 1 + i, 0, 0, 0x100000);
	}
	/* The bank it lies in is one of those left out. */
	dts_del_prop(fdt, "/chosen", "linux,initrd-start");
	stub_log_lines = 0;
	assert_int_equal(init(fdt), 0);
	assert_int_equal(h.nr_mem, HOST_MAX_MEM);
	assert_int_equal(stub_log_lines, 5);
	for (u32 i = 0; i < HOST_MAX_RESV + 1; i++)
		fdt_add_mem_rsv(fdt, 0x50000000 + i * 0x1000, 0x1000);
	refuse(fdt, -EINVAL, "/memreserve/: more than 48");
}

static void memory_plan(void **s)
{
	void *fdt = dts_compile("rk3588.dts");
	const struct mem_range image = { 0x2000000, 0x123456 };
	struct mem_range out[16];
	int n;

	(void)s;
	assert_int_equal(init(fdt), 0);
	n = host_memory_plan(&h, &image, 1, out, 16);
	/* image, initrd, OP-TEE: three splits of the first two banks; shmem and memreserve lie outside. The DTB is
	 * elsewhere. */
	assert_int_equal(n, 6);
	assert_int_equal(out[0].base, 0x200000);
	assert_int_equal(out[0].size, 0x1e00000);
	assert_int_equal(out[1].base, 0x2124000);
	assert_int_equal(out[1].base + out[1].size, 0x8400000);
	assert_int_equal(out[2].base, 0x9400000);
	assert_int_equal(out[2].base + out[2].size, 0x12180000);
	assert_int_equal(out[3].base, 0x15180000);
	assert_int_equal(out[3].base + out[3].size, 0x30000000);
	assert_int_equal(out[4].base, 0x30400000);
	assert_int_equal(out[5].base, UINT64_C(0x100000000));
	assert_int_equal(host_memory_plan(&h, &image, 1, out, 5), -ENOSPC);
	assert_int_equal(host_memory_plan(&h, &image, 1, out, 2), -ENOSPC);
	/* A hole over everything, and one over the edge of a bank. */
	assert_int_equal(host_memory_plan(&h, &(struct mem_range){ 0, UINT64_C(1) << 40 }, 1, out, 16), 0);
	assert_int_equal(host_memory_plan(&h, &(struct mem_range){ 0, 0x9401000 }, 1, out, 16), 4);
	assert_int_equal(out[0].base, 0x9401000);
	free(fdt);
}

/* Random holes against a page map. */
static void memory_plan_random(void **s)
{
	static struct host_info m;
	struct mem_range out[64], busy[8];
	bool free_page[256];

	(void)s;
	srand(1);
	for (int round = 0; round < 2000; round++) {
		u32 nr = (u32)rand() % 8;
		int n;

		memset(&m, 0, sizeof(m));
		memset(free_page, 0, sizeof(free_page));
		m.nr_mem = 2;
		m.mem[0] = (struct mem_range){ 0, 100 << 12 };
		m.mem[1] = (struct mem_range){ 120 << 12, 100 << 12 };
		for (u32 p = 0; p < 220; p++)
			free_page[p] = p < 100 || p >= 120;
		for (u32 i = 0; i < nr; i++) {
			busy[i] = (struct mem_range){ (u64)(rand() % (256 << 12)), (u64)(rand() % (40 << 12)) };
			for (u64 a = busy[i].base; a < busy[i].base + busy[i].size; a++)
				if (a >> 12 < 256)
					free_page[a >> 12] = false;
		}
		n = host_memory_plan(&m, busy, nr, out, 64);
		for (int i = 0; i < n; i++) {
			assert_int_equal((out[i].base | out[i].size) & 0xfff, 0);
			assert_true(i == 0 || out[i].base > out[i - 1].base + out[i - 1].size);
			for (u64 p = out[i].base >> 12; p < (out[i].base + out[i].size) >> 12; p++) {
				assert_true(free_page[p]);
				free_page[p] = false;
			}
		}
		for (u32 p = 0; p < 256; p++)
			assert_false(free_page[p]);
	}
}

static void bootargs(void **s)
{
	char buf[8];

	(void)s;
	assert_int_equal(bootargs_get("hv.loglevel=4  hv.bhb=off quiet", "hv.bhb", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "off");
	assert_int_equal(bootargs_get("xhv.bhb=a hv.bhbx=b hv.bhb=", "hv.bhb", buf, sizeof(buf)), 0);
	assert_string_equal(buf, "");
	assert_int_equal(bootargs_get("hv.bhb", "hv.bhb", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(bootargs_get("", "hv.bhb", buf, sizeof(buf)), -ENOENT);
	assert_int_equal(bootargs_get("a=12345678", "a", buf, sizeof(buf)), -ENOSPC);
	assert_string_equal(buf, "1234567");
	assert_int_equal(bootargs_get("a=1234567", "a", buf, sizeof(buf)), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_header),
		cmocka_unit_test(bad_memory),
		cmocka_unit_test(bad_cpus),
		cmocka_unit_test(bad_gic),
		cmocka_unit_test(bad_timer_psci_chosen),
		cmocka_unit_test(limits),
		cmocka_unit_test(memory_plan),
		cmocka_unit_test(memory_plan_random),
		cmocka_unit_test(bootargs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
