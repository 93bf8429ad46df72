/* SPDX-License-Identifier: BSD-3-Clause */
/* The host machine as its device tree describes it, walked once into a table (design decision D1). */
#ifndef COMMON_FDT_HOST_H
#define COMMON_FDT_HOST_H

#include <lib/types.h>

#define HOST_MAX_MEM 16
#define HOST_MAX_RESV 48
#define HOST_MAX_GICR 8
#define HOST_BOOTARGS_MAX 1024
#define HOST_PATH_MAX 128
#define HOST_COMPAT_MAX 64

/* Largest host DTB that is looked at; booting.rst allows 2 MiB. */
#define HOST_FDT_MAX (2U << 20)

struct mem_range {
	u64 base;
	u64 size; /* bytes; 0 = none */
};

struct host_resv {
	struct mem_range r;
	bool no_map;
	char name[32]; /* node name, or "memreserve" */
};

struct host_cpu {
	u64 mpidr;                        /* affinity fields only, as in MPIDR_EL1 */
	bool psci;                        /* enable-method = "psci" */
	u32 capacity;                     /* capacity-dmips-mhz, 0 = not said */
	u32 phandle;                      /* 0 = none */
	char compatible[HOST_COMPAT_MAX]; /* first string: the core */
	char path[HOST_PATH_MAX];
};

struct host_gic {
	struct mem_range gicd;
	u32 nr_gicr;
	struct mem_range gicr[HOST_MAX_GICR];
	u64 gicr_stride; /* bytes; 0 = from GICR_TYPER.VLPIS */
	u32 maint_intid;
	u32 interrupt_cells; /* 3 or 4 */
	u32 phandle;
	char path[HOST_PATH_MAX];
};

enum host_timer_irq { TIMER_SEC_PHYS, TIMER_PHYS, TIMER_VIRT, TIMER_HYP_PHYS, TIMER_HYP_VIRT, TIMER_IRQS };

struct host_uart {
	struct mem_range reg;
	u32 intid; /* 0 = none */
	u32 reg_shift;
	u32 reg_io_width;                 /* bytes */
	char compatible[HOST_COMPAT_MAX]; /* first string that has a driver, else the first one */
	char path[HOST_PATH_MAX];
};

enum psci_conduit { PSCI_CONDUIT_NONE, PSCI_CONDUIT_SMC, PSCI_CONDUIT_HVC };

struct board; /* boards/board.h */
struct sha256;

struct host_info {
	const struct board *board;
	const void *fdt; /* the host DTB, readable for as long as VMs may be created */
	u32 fdt_size;
	int chosen; /* node, negative = none */
	u32 nr_mem;
	struct mem_range mem[HOST_MAX_MEM]; /* sorted by base, merged, page-aligned inwards */
	u32 nr_resv;
	struct host_resv resv[HOST_MAX_RESV]; /* /memreserve/ and /reserved-memory */
	u32 nr_cpus;
	struct host_cpu cpu[CONFIG_MAX_PCPUS];
	u32 nr_cpus_left_out; /* beyond CONFIG_MAX_PCPUS */
	struct host_gic gic;
	u32 timer_intid[TIMER_IRQS];
	enum psci_conduit psci;
	struct host_uart uart;   /* reg.size 0 = none */
	struct mem_range initrd; /* size 0 = none */
	char bootargs[HOST_BOOTARGS_MAX];
};

/* The one host description of this machine, filled at boot and constant from then on. */
extern struct host_info host;

/**
 * fdt_host_console() - find only the stdout-path UART, for the first line of output.
 * @fdt: host DTB, at least @max readable bytes. Works with the MMU off (no unaligned access).
 * Return: 0; -EINVAL when @fdt is no device tree; -ENODEV when it names no usable UART.
 */
int __must_check fdt_host_console(const void *fdt, u64 max, struct host_uart *uart);

/* fdt_host_is_ram() - does a memory node name the byte at @pa? As early as fdt_host_console(). */
bool fdt_host_is_ram(const void *fdt, u64 max, paddr_t pa);

/**
 * fdt_host_init() - walk the host DTB once and fill @h. h->board, or NULL, is the caller's. All of it is untrusted:
 * totalsize, cell counts, string lengths and table sizes are bounded; what does not fit is an error or, where harmless,
 * a warning.
 * @err/@err_size: receives one line naming node and property on failure ("/memory: no usable reg", "/psci: missing").
 * Return: 0, -EINVAL (malformed), -ENODEV (no memory, CPU, GICv3, timer or PSCI).
 */
int __must_check fdt_host_init(const void *fdt, u64 max, struct host_info *h, char *err, size_t err_size);

/**
 * fdt_host_take_seeds() - add /chosen's rng-seed, and its kaslr-seed if there are both, to @s and erase them in the
 * tree, so that nobody who reads it later has them. A tree that is not in RAM is left as it is, with a warning.
 * Return: bytes of rng-seed, 0 = none. Context: boot CPU, before there are VMs.
 */
u32 fdt_host_take_seeds(const struct host_info *h, struct sha256 *s);

/**
 * fdt_host_irq() - decode interrupt @index of node @node (its interrupts property, 3- or 4-cell GIC specifiers).
 * @intid: SPI n is 32 + n, PPI n is 16 + n. @edge: true for edge-triggered. Return: 0, -ENOENT, -EINVAL.
 */
int __must_check fdt_host_irq(const struct host_info *h, int node, u32 index, u32 *intid, bool *edge);

/**
 * fdt_host_reg() - entry @index of node @node's reg, translated to a CPU physical address through every ranges.
 * Return: 0, -ENOENT when there is no such entry, -EINVAL when malformed or not translatable.
 */
int __must_check fdt_host_reg(const void *fdt, int node, u32 index, struct mem_range *r);

/**
 * host_memory_plan() - usable RAM = banks minus reservations, image, DTB, bundle and every no-map range.
 * @busy/@nr_busy: extra ranges to keep (image, dtb, initrd). @out: sorted, page-aligned, at most @max entries.
 * Return: number of ranges, or -ENOSPC.
 */
int __must_check host_memory_plan(const struct host_info *h, const struct mem_range *busy, u32 nr_busy,
				  struct mem_range *out, u32 max);

/* mem_cut() - take @hole out of the ranges in @out, of which there are *@nr, at most @max. A range may end up with size
 * 0. Return: 0, -ENOSPC when a split needs one entry too many. */
int __must_check mem_cut(struct mem_range *out, u32 *nr, u32 max, const struct mem_range *hole);

/* bootargs_get() - value of "key=value" in @args, copied to @buf; Return: 0, -ENOENT, -ENOSPC (cut). */
int __must_check bootargs_get(const char *args, const char *key, char *buf, size_t size);

#endif
