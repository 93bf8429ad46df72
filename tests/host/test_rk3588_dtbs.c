/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_host.c hypervisor/common/fdt_host_mem.c hypervisor/common/fdt_host_gic.c
 * hypervisor/common/fdt_host_console.c hypervisor/common/fdt_util.c hypervisor/common/fdt_scan.c
 * hypervisor/boards/board.c hypervisor/boards/rk3588/board.c hypervisor/boards/qemu_virt/board.c libfdt */
/* Host discovery on every RK3588 device tree that comes with Debian's kernel, with memory as firmware adds it. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "boards.h"
#include "stub_log.h"

#include <boards/board.h>
#include <common/fdt_host.h>
#include <lib/bits.h>
#include <lib/errno.h>

#define FDT_MAX BOARD_MAX
#define BOARDS_MIN 20 /* the 6.12 kernel has 28 */
#define LOW_END UINT64_C(0xf0000000)
#define HIGH_BASE UINT64_C(0x100000000)

static struct host_info h;
static char err[200];

static int init(void *fdt)
{
	h.board = board_find(fdt);
	stub_log_lines = 0;
	return fdt_host_init(fdt, FDT_MAX, &h, err, sizeof(err));
}

/* What all of them have in common. */
static void check_soc(const char *name)
{
	u32 i;

	assert_string_equal(h.board->name, "rk3588");
	/* Aff1 numbers the cores, in the order of the DynamIQ cluster: four A55, four A76. */
	assert_int_equal(h.nr_cpus, 8);
	for (i = 0; i < 8; i++) {
		assert_int_equal(h.cpu[i].mpidr, i << 8);
		assert_true(h.cpu[i].psci);
	}
	assert_int_equal(h.psci, PSCI_CONDUIT_SMC);
	assert_int_equal(h.gic.interrupt_cells, 4);
	assert_int_equal(h.gic.gicd.base, 0xfe600000);
	assert_int_equal(h.gic.gicd.size, 0x10000);
	assert_int_equal(h.gic.nr_gicr, 1);
	assert_int_equal(h.gic.gicr[0].base, 0xfe680000);
	assert_int_equal(h.gic.gicr[0].size, 0x100000);
	assert_int_equal(h.gic.maint_intid, 25);
	assert_int_equal(h.timer_intid[TIMER_SEC_PHYS], 29);
	assert_int_equal(h.timer_intid[TIMER_PHYS], 30);
	assert_int_equal(h.timer_intid[TIMER_VIRT], 27);
	assert_int_equal(h.timer_intid[TIMER_HYP_PHYS], 26);
	assert_int_equal(h.timer_intid[TIMER_HYP_VIRT], 28);
	assert_int_equal(h.nr_mem, 2);
	assert_int_equal(h.mem[0].base, 0x200000);
	assert_int_equal(h.mem[0].size, LOW_END - 0x200000);
	assert_int_equal(h.mem[1].base, HIGH_BASE);
	/* The SCMI channel lies in firmware's memory and is named apart. */
	for (i = 0; i < h.nr_resv && h.resv[i].r.base != 0x10f000; i++)
		;
	if (i == h.nr_resv || h.resv[i].r.size != 0x100 || !h.resv[i].no_map)
		fail_msg("%s: no reservation of 0x10f000 + 0x100", name);
	assert_int_equal(stub_log_lines, 0);
}

/* One of the ten UARTs of the SoC, all alike: 32-bit registers, four bytes apart. */
static void check_uart(const char *name)
{
	static const struct {
		u64 base;
		u32 spi;
	} uarts[] = { { 0xfd890000, 331 }, { 0xfeb40000, 332 }, { 0xfeb50000, 333 }, { 0xfeb60000, 334 },
		      { 0xfeb70000, 335 }, { 0xfeb80000, 336 }, { 0xfeb90000, 337 }, { 0xfeba0000, 338 },
		      { 0xfebb0000, 339 }, { 0xfebc0000, 340 } };
	u32 i;

	for (i = 0; i < ARRAY_SIZE(uarts) && uarts[i].base != h.uart.reg.base; i++)
		;
	if (i == ARRAY_SIZE(uarts))
		fail_msg("%s: stdout-path leads to 0x%llx", name, (unsigned long long)h.uart.reg.base);
	assert_int_equal(h.uart.intid, 32 + uarts[i].spi);
	assert_int_equal(h.uart.reg.size, 0x100);
	assert_int_equal(h.uart.reg_shift, 2);
	assert_int_equal(h.uart.reg_io_width, 4);
	assert_string_equal(h.uart.compatible, "snps,dw-apb-uart");
}

static const u64 banks_8g[] = { 0x200000, LOW_END - 0x200000, HIGH_BASE, 0x100000000 };

static void one_board(const char *name)
{
	void *fdt = board_load(name);

	board_memory(fdt, banks_8g, 2);
	if (init(fdt))
		fail_msg("%s: %s", name, err);
	check_soc(name);
	check_uart(name);
	free(fdt);
}

static void all_boards(void **state)
{
	int seen = boards_each(one_board);

	(void)state;
	if (seen < BOARDS_MIN)
		fail_msg("%d boards in %s", seen, boards_dir());
}

/* The three that were looked at closely. */
static void three_boards(void **state)
{
	static const char *const names[] = { "rk3588-rock-5b.dtb", "rk3588-evb1-v10.dtb",
					     "rk3588-orangepi-5-plus.dtb" };
	static const char *const compatible[] = { "radxa,rock-5b", "rockchip,rk3588-evb1-v10",
						  "xunlong,orangepi-5-plus" };
	u32 i;

	(void)state;
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		void *fdt = board_load(names[i]);

		board_memory(fdt, banks_8g, 2);
		assert_int_equal(init(fdt), 0);
		assert_string_equal(fdt_stringlist_get(fdt, 0, "compatible", 0, NULL), compatible[i]);
		assert_int_equal(h.uart.reg.base, 0xfeb50000);
		assert_int_equal(h.uart.intid, 365);
		assert_string_equal(h.uart.path, "/serial@feb50000");
		assert_string_equal(h.cpu[4].path, "/cpus/cpu@400");
		free(fdt);
	}
}

/* Without what a boot loader adds, and with a boot loader that says too much. */
static void memory(void **state)
{
	static const u64 from_0[] = { 0, LOW_END, HIGH_BASE, 0x100000000 };
	static const u64 only_firmware[] = { 0, 0x200000 };
	static const u64 across[] = { 0x100000, 0x200000 };
	struct mem_range out[HOST_MAX_MEM];
	void *fdt = board_load("rk3588-rock-5b.dtb");
	int n;

	(void)state;
	assert_int_equal(init(fdt), -ENODEV);
	assert_non_null(strstr(err, "/memory: missing"));
	free(fdt);

	fdt = board_load("rk3588-rock-5b.dtb");
	board_memory(fdt, from_0, 2);
	assert_int_equal(init(fdt), 0);
	assert_int_equal(stub_log_lines, 1);
	assert_string_equal(stub_log_last, "/memory: 0x0 + 0x200000 belongs to the firmware of rk3588 and is left out");
	assert_int_equal(h.nr_mem, 2);
	assert_int_equal(h.mem[0].base, 0x200000);
	assert_int_equal(h.mem[0].size, LOW_END - 0x200000);
	n = host_memory_plan(&h, NULL, 0, out, ARRAY_SIZE(out));
	assert_true(n >= 2);
	assert_true(out[0].base >= 0x200000);
	free(fdt);

	fdt = board_load("rk3588-rock-5b.dtb");
	board_memory(fdt, only_firmware, 1);
	assert_int_equal(init(fdt), -ENODEV);
	assert_non_null(strstr(err, "/memory: missing"));
	free(fdt);

	fdt = board_load("rk3588-rock-5b.dtb");
	board_memory(fdt, across, 1);
	assert_int_equal(init(fdt), 0);
	assert_int_equal(h.nr_mem, 1);
	assert_int_equal(h.mem[0].base, 0x200000);
	assert_int_equal(h.mem[0].size, 0x100000);
	free(fdt);
}

/* The early console of an image that was built for another board. */
static void is_ram(void **state)
{
	void *fdt = board_load("rk3588-rock-5b.dtb");

	(void)state;
	assert_false(fdt_host_is_ram(fdt, FDT_MAX, 0x9000000));
	board_memory(fdt, banks_8g, 2);
	assert_true(fdt_host_is_ram(fdt, FDT_MAX, 0x9000000));
	assert_true(fdt_host_is_ram(fdt, FDT_MAX, 0xefffffff));
	assert_false(fdt_host_is_ram(fdt, FDT_MAX, LOW_END));
	assert_false(fdt_host_is_ram(fdt, FDT_MAX, 0xfeb50000));
	assert_true(fdt_host_is_ram(fdt, FDT_MAX, HIGH_BASE));
	assert_false(fdt_host_is_ram(fdt, 32, HIGH_BASE));
	free(fdt);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(all_boards),
		cmocka_unit_test(three_boards),
		cmocka_unit_test(memory),
		cmocka_unit_test(is_ram),
	};

	if (!boards_dir()) {
		printf("skipped: no RK3588 device trees in the cache, and Debian's archive cannot be read\n");
		return 0;
	}
	return cmocka_run_group_tests_name("rk3588_dtbs", tests, NULL, NULL);
}
