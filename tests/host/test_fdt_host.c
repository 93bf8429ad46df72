/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_host.c hypervisor/common/fdt_host_mem.c hypervisor/common/fdt_host_gic.c
 * hypervisor/common/fdt_host_console.c hypervisor/common/fdt_util.c hypervisor/common/fdt_scan.c
 * hypervisor/boards/board.c hypervisor/boards/qemu_virt/board.c hypervisor/boards/rk3588/board.c libfdt */
/* Host discovery of two machines as they are, and of damaged trees. */
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
	assert_string_equal(board_find(fdt)->name, "rk3588");
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
	DTS_CELLS(fdt, "/keys@fd8b0000", "interrupts", 0, 3, 1, 0); /* as long as one for the GIC, and not for it */
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
	/* Registers that would lie outside the page that is mapped, and accesses that no driver makes. */
	fdt_setprop_string(fdt, dts_node(fdt, "/chosen"), "stdout-path", "/serial@feb50000");
	DTS_CELLS(fdt, "/serial@feb50000", "reg-shift", 7);
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), -ENODEV);
	DTS_CELLS(fdt, "/serial@feb50000", "reg-shift", 6);
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), 0);
	DTS_CELLS(fdt, "/serial@feb50000", "reg-io-width", 2);
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), -ENODEV);
	assert_int_equal(u.reg.size, 0);
	DTS_CELLS(fdt, "/serial@feb50000", "reg-io-width", 1);
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), 0);
	dts_del_prop(fdt, "/chosen", "stdout-path");
	assert_int_equal(fdt_host_console(fdt, DTS_MAX, &u), -ENODEV);
	assert_int_equal(init(fdt), 0); /* no console is no reason not to boot */
	assert_int_equal(h.uart.reg.size, 0);
	free(fdt);
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
		cmocka_unit_test(virt_ok),       cmocka_unit_test(rk3588_ok),    cmocka_unit_test(interrupts),
		cmocka_unit_test(regs),          cmocka_unit_test(console_only), cmocka_unit_test(scan),
		cmocka_unit_test(damaged_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
