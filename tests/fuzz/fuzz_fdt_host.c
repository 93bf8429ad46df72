/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/fdt_host.c hypervisor/common/fdt_host_mem.c hypervisor/common/fdt_host_gic.c
 * hypervisor/common/fdt_host_console.c hypervisor/common/fdt_util.c hypervisor/common/fdt_scan.c
 * hypervisor/boards/board.c hypervisor/boards/qemu_virt/board.c hypervisor/boards/rk3588/board.c libfdt */
/* libFuzzer: arbitrary bytes as the host's device tree. Seeds: dtc -I dts -O dtb tests/host/data/NAME.dts. */
#include <boards/board.h>
#include <common/fdt_host.h>
#include <common/fdt_util.h>
#include <debug/logmsg.h>
#include <lib/assert.h>

#include <libfdt.h>
#include <stdlib.h>
#include <string.h>

#define PLAN_MAX 64U

void log_printf(enum log_level level, const char *fmt, ...)
{
	(void)level;
	(void)fmt;
}

void panic(const char *fmt, ...)
{
	(void)fmt;
	abort();
}

static void check(bool ok)
{
	if (!ok)
		abort();
}

/* What the rest of Hazel relies on once the walk has succeeded. */
static void check_info(const struct host_info *h)
{
	static struct mem_range plan[PLAN_MAX];
	int n;

	check(h->nr_mem >= 1 && h->nr_mem <= HOST_MAX_MEM && h->nr_resv <= HOST_MAX_RESV);
	check(h->nr_cpus >= 1 && h->nr_cpus <= CONFIG_MAX_PCPUS && h->psci != PSCI_CONDUIT_NONE);
	check(h->gic.nr_gicr >= 1 && h->gic.nr_gicr <= HOST_MAX_GICR && h->gic.gicd.size);
	check(h->timer_intid[TIMER_VIRT] >= 16 && h->timer_intid[TIMER_VIRT] < 32);
	check(memchr(h->bootargs, 0, sizeof(h->bootargs)) && memchr(h->uart.path, 0, sizeof(h->uart.path)));
	for (u32 i = 0; i < h->nr_mem; i++) {
		check(h->mem[i].size && !((h->mem[i].base | h->mem[i].size) & 0xfff));
		check(i == 0 || h->mem[i - 1].base + h->mem[i - 1].size < h->mem[i].base);
	}
	n = host_memory_plan(h, NULL, 0, plan, PLAN_MAX);
	for (int i = 0; i < n; i++) {
		check(!((plan[i].base | plan[i].size) & 0xfff) && plan[i].size);
		for (u32 k = 0; k < h->nr_resv; k++)
			check(!mem_overlap(&plan[i], &h->resv[k].r));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct host_info h;
	struct host_uart uart;
	char err[160];
	/* Exactly as large as the input, so that ASan sees the first byte beyond it. */
	char *fdt = aligned_alloc(8, (size + 7) & ~(size_t)7);

	memcpy(fdt, data, size);
	if (size < sizeof(struct fdt_header)) {
		free(fdt);
		return 0;
	}
	if (fdt_magic(fdt) == FDT_MAGIC && fdt_totalsize(fdt) <= size)
		(void)board_find(fdt);
	(void)!fdt_host_console(fdt, size, &uart);
	if (!fdt_host_init(fdt, size, &h, err, sizeof(err)))
		check_info(&h);
	else
		check(err[0] && memchr(err, 0, sizeof(err)));
	free(fdt);
	return 0;
}
