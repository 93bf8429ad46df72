/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_host.c hypervisor/common/fdt_host_mem.c hypervisor/common/fdt_host_gic.c
 * hypervisor/common/fdt_host_console.c hypervisor/common/fdt_util.c hypervisor/common/fdt_scan.c
 * hypervisor/boards/board.c hypervisor/boards/qemu_virt/board.c libfdt */
/* Host discovery: two machines as they are, then each with one thing wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "dts.h"
#include "stub_log.h"

#include <boards/board.h>
#include <common/fdt_host.h>
#include <common/fdt_scan.h>
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

static void virt_ok(void **s)
{
	void *fdt = dts_compile("virt.dts");

	(void)s;
	assert_int_equal(init(fdt), 0);
	assert_string_equal(err, "");
	assert_int_equal(h.nr_mem, 1);
	assert_int_equal(h.mem[0].base, 0x40000000);
	assert_int_equal(h.mem[0].size, 0x40000000);
	assert_int_equal(h.nr_cpus, 2);
	assert_int_equal(h.cpu[1].mpidr, 1);
	assert_true(h.cpu[1].psci);
	assert_string_equal(h.cpu[1].path, "/cpus/cpu@1");
	assert_int_equal(h.gic.gicd.base, 0x8000000);
	assert_int_equal(h.gic.nr_gicr, 1);
	assert_int_equal(h.gic.gicr[0].base, 0x80a0000);
	assert_int_equal(h.gic.gicr[0].size, 0xf60000);
	assert_int_equal(h.gic.maint_intid, 25);
	assert_int_equal(h.gic.interrupt_cells, 3);
	assert_int_equal(h.gic.phandle, 0x8005);
	assert_string_equal(h.gic.path, "/intc@8000000");
	assert_int_equal(h.timer_intid[TIMER_SEC_PHYS], 29);
	assert_int_equal(h.timer_intid[TIMER_PHYS], 30);
	assert_int_equal(h.timer_intid[TIMER_VIRT], 27);
	assert_int_equal(h.timer_intid[TIMER_HYP_PHYS], 26);
	assert_int_equal(h.timer_intid[TIMER_HYP_VIRT], 0);
	assert_int_equal(h.psci, PSCI_CONDUIT_SMC);
	assert_int_equal(h.uart.reg.base, 0x9000000);
	assert_int_equal(h.uart.intid, 33);
	assert_int_equal(h.uart.reg_io_width, 4);
	assert_string_equal(h.uart.compatible, "arm,pl011");
	assert_int_equal(h.initrd.base, 0x48000000);
	assert_int_equal(h.initrd.size, 0x2000000);
	assert_string_equal(h.bootargs, "hv.loglevel=4  hv.bhb=off quiet");
	assert_string_equal(board_find(fdt)->name, "qemu_virt");
	free(fdt);
}

static void rk3588_ok(void **s)
{
	void *fdt = dts_compile("rk3588.dts");

	(void)s;
	assert_int_equal(init(fdt), 0);
	assert_int_equal(h.nr_mem, 3);
	assert_int_equal(h.mem[2].base, UINT64_C(0x100000000));
	assert_int_equal(h.nr_resv, 3); /* a node with only a size asks for nothing */
	assert_int_equal(h.resv[0].r.base, 0x10f000);
	assert_true(h.resv[0].no_map);
	assert_string_equal(h.resv[1].name, "optee@30000000");
	assert_string_equal(h.resv[2].name, "memreserve");
	assert_int_equal(h.nr_cpus, 2);
	assert_int_equal(h.cpu[1].mpidr, 0x400);
	assert_int_equal(h.gic.interrupt_cells, 4);
	assert_int_equal(h.gic.maint_intid, 25);
	assert_int_equal(h.timer_intid[TIMER_SEC_PHYS], 29);
	assert_int_equal(h.timer_intid[TIMER_VIRT], 27);
	assert_int_equal(h.timer_intid[TIMER_HYP_PHYS], 26);
	assert_int_equal(h.timer_intid[TIMER_HYP_VIRT], 28);
	assert_int_equal(h.uart.reg.base, 0xfeb50000);
	assert_int_equal(h.uart.intid, 365);
	assert_int_equal(h.uart.reg_shift, 2);
	assert_int_equal(h.uart.reg_io_width, 4);
	assert_string_equal(h.uart.compatible, "snps,dw-apb-uart");
	assert_string_equal(h.uart.path, "/serial@feb50000");
	assert_int_equal(h.initrd.size, 0x2ffffff);
	assert_string_equal(board_find(fdt)->name, "generic");
	free(fdt);
}

static void interrupts(void **s)
{
	void *fdt = dts_compile("rk3588.dts");
	u32 intid;
	bool edge;
	int node;

	(void)s;
	assert_int_equal(init(fdt), 0);
	node = dts_node(fdt, "/dma-controller@fea10000");
	assert_int_equal(fdt_host_irq(&h, node, 0, &intid, &edge), 0);
	assert_int_equal(intid, 32 + 86);
	assert_true(edge);
	assert_int_equal(fdt_host_irq(&h, node, 1, &intid, &edge), -EINVAL); /* goes to the GPIO block */
	assert_int_equal(fdt_host_irq(&h, node, 2, &intid, &edge), 0);
	assert_int_equal(intid, 32 + 87);
	assert_false(edge);
	assert_int_equal(fdt_host_irq(&h, node, 3, &intid, &edge), -ENOENT);
	assert_int_equal(fdt_host_irq(&h, dts_node(fdt, "/keys@fd8b0000"), 0, &intid, &edge), -EINVAL);
	assert_int_equal(fdt_host_irq(&h, dts_node(fdt, "/pinctrl"), 0, &intid, &edge), -ENOENT);
	DTS_CELLS(fdt, "/serial@feb50000", "interrupts", 0, 988, 4, 0);
	assert_int_equal(fdt_host_irq(&h, dts_node(fdt, "/serial@feb50000"), 0, &intid, &edge), -EINVAL);
	DTS_CELLS(fdt, "/serial@feb50000", "interrupts", 1, 16, 4, 0);
	assert_int_equal(fdt_host_irq(&h, dts_node(fdt, "/serial@feb50000"), 0, &intid, &edge), -EINVAL);
	DTS_CELLS(fdt, "/serial@feb50000", "interrupts", 0, 1, 4);
	assert_int_equal(fdt_host_irq(&h, dts_node(fdt, "/serial@feb50000"), 0, &intid, &edge), -EINVAL);
	free(fdt);
}

static void regs(void **s)
{
	void *fdt = dts_compile("virt.dts");
	struct mem_range r;

	(void)s;
	assert_int_equal(fdt_host_reg(fdt, dts_node(fdt, "/platform-bus@c000000/behind@1000"), 0, &r), 0);
	assert_int_equal(r.base, 0xc001000);
	assert_int_equal(r.size, 0x1000);
	assert_int_equal(fdt_host_reg(fdt, dts_node(fdt, "/platform-bus@c000000/behind@1000"), 1, &r), -ENOENT);
	assert_int_equal(fdt_host_reg(fdt, dts_node(fdt, "/platform-bus@c000000/outside@3000000"), 0, &r), -EINVAL);
	assert_int_equal(fdt_host_reg(fdt, dts_node(fdt, "/intc@8000000/its@8080000"), 0, &r), 0);
	assert_int_equal(r.base, 0x8080000);
	assert_int_equal(fdt_host_reg(fdt, dts_node(fdt, "/timer"), 0, &r), -ENOENT);
	assert_int_equal(fdt_host_reg(fdt, dts_node(fdt, "/cpus/cpu@1"), 0, &r), -EINVAL); /* no address of the bus */
	assert_int_equal(fdt_host_reg(fdt, 0, 0, &r), -ENOENT);
	assert_int_equal(fdt_host_reg(fdt, 6, 0, &r), -EINVAL);
	/* An entry that reaches over the end of its bus window is not translatable. */
	DTS_CELLS(fdt, "/platform-bus@c000000/behind@1000", "reg", 0x1fff000, 0x2000);
	assert_int_equal(fdt_host_reg(fdt, dts_node(fdt, "/platform-bus@c000000/behind@1000"), 0, &r), -EINVAL);
	DTS_CELLS(fdt, "/platform-bus@c000000/behind@1000", "reg", 0x1fff000, 0x1000);
	assert_int_equal(fdt_host_reg(fdt, dts_node(fdt, "/platform-bus@c000000/behind@1000"), 0, &r), 0);
	DTS_CELLS(fdt, "/pl011@9000000", "reg", 0xffffffff, 0xfffff000, 0, 0x2000);
	assert_int_equal(fdt_host_reg(fdt, dts_node(fdt, "/pl011@9000000"), 0, &r), -EINVAL);
	free(fdt);
}

static void console_only(void **s)
{
	void *fdt = dts_compile("rk3588.dts");
	struct host_uart u;

	(void)s;
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), 0);
	assert_int_equal(u.reg.base, 0xfeb50000);
	assert_int_equal(fdt_host_console(fdt, 32, &u), -EINVAL);
	assert_int_equal(fdt_host_console(NULL, DTS_MAX, &u), -EINVAL);
	assert_int_equal(fdt_host_console((char *)fdt + 4, DTS_MAX - 4, &u), -EINVAL);
	/* An alias of an alias, and one of itself, are not followed. */
	fdt_setprop_string(fdt, dts_node(fdt, "/aliases"), "serial2", "serial2");
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), -ENODEV);
	fdt_setprop_string(fdt, dts_node(fdt, "/chosen"), "stdout-path", "/serial@feb50000:115200n8");
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), 0);
	fdt_setprop_string(fdt, dts_node(fdt, "/chosen"), "stdout-path", "/pinctrl");
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), -ENODEV);
	assert_int_equal(u.reg.size, 0);
	fdt_setprop(fdt, dts_node(fdt, "/chosen"), "stdout-path", "/serial", 7); /* no terminator */
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), -ENODEV);
	dts_del_prop(fdt, "/chosen", "stdout-path");
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), -ENODEV);
	assert_int_equal(init(fdt), 0); /* no console is no reason not to boot */
	assert_int_equal(h.uart.reg.size, 0);
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

/* The quick walk sees what libfdt sees: every node, every property, every path. */
static void scan_is_libfdt(const char *dts)
{
	void *fdt = dts_compile(dts);
	int a = 0, b = 0, da = 0, db = 0, prop, len, len2;
	char path[256];

	fdt_nop_property(fdt, 0, "compatible");
	fdt_nop_node(fdt, dts_node(fdt, "/cpus/cpu@0"));
	while (a >= 0) {
		fdt_for_each_property_offset (prop, fdt, a) {
			const char *name;
			const void *val = fdt_getprop_by_offset(fdt, prop, &name, &len);

			assert_ptr_equal(fdt_scan_prop(fdt, a, name, &len2), val);
			assert_int_equal(len, len2);
		}
		assert_null(fdt_scan_prop(fdt, a, "no-such-property", &len));
		assert_int_equal(fdt_get_path(fdt, a, path, sizeof(path)), 0);
		assert_int_equal(fdt_find_path(fdt, path, (u32)strlen(path)), a);
		a = fdt_next_node(fdt, a, &da);
		b = fdt_scan_next(fdt, b, &db);
		if (da >= 0) {
			assert_int_equal(a, b);
			assert_int_equal(da, db);
		} else {
			assert_int_equal(b, -FDT_ERR_NOTFOUND);
			break;
		}
	}
	assert_int_equal(fdt_scan_child(fdt, 0, "memory", 6), fdt_path_offset(fdt, "/memory"));
	assert_true(fdt_scan_child(fdt, 0, "memory@1", 8) < 0);
	assert_null(fdt_scan_prop(fdt, 2, "reg", &len));
	assert_null(fdt_scan_prop(fdt, -1, "reg", NULL));
	assert_null(fdt_scan_prop(fdt, 0x7ffffffc, "reg", NULL));
	free(fdt);
}

static void scan(void **s)
{
	(void)s;
	scan_is_libfdt("virt.dts");
	scan_is_libfdt("rk3588.dts");
}

/* Whatever single byte is damaged, the walk ends, and without a report from the sanitizers. */
static void damaged_bytes(void **s)
{
	void *good = dts_compile("virt.dts"), *bad = aligned_alloc(8, DTS_MAX);
	int size;

	(void)s;
	fdt_pack(good);
	size = (int)fdt_totalsize(good);
	srand(2);
	for (int i = 0; i < 6000; i++) {
		void *exact;

		memcpy(bad, good, (size_t)size);
		for (int k = rand() % 4; k >= 0; k--)
			((u8 *)bad)[rand() % size] ^= (u8)(1 << rand() % 8);
		exact = aligned_alloc(8, ((size_t)size + 7) & ~(size_t)7);
		memcpy(exact, bad, (size_t)size);
		(void)!fdt_host_init(exact, (u64)size, &h, err, sizeof(err));
		(void)board_find(exact);
		free(exact);
	}
	free(good);
	free(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(virt_ok),
		cmocka_unit_test(rk3588_ok),
		cmocka_unit_test(interrupts),
		cmocka_unit_test(regs),
		cmocka_unit_test(console_only),
		cmocka_unit_test(bad_header),
		cmocka_unit_test(bad_memory),
		cmocka_unit_test(bad_cpus),
		cmocka_unit_test(bad_gic),
		cmocka_unit_test(bad_timer_psci_chosen),
		cmocka_unit_test(limits),
		cmocka_unit_test(memory_plan),
		cmocka_unit_test(memory_plan_random),
		cmocka_unit_test(bootargs),
		cmocka_unit_test(damaged_bytes),
		cmocka_unit_test(scan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
