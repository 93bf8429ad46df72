/* SPDX-License-Identifier: BSD-3-Clause */
/* Private to common/fdt_guest*.c: a guest DTB while it is being written. */
#ifndef COMMON_FDT_GEN_H
#define COMMON_FDT_GEN_H

#include <common/fdt_host.h>
#include <common/vm_config.h>
#include <lib/types.h>

struct vm;

#define FDT_GEN_CLOCKS 8U
#define FDT_GEN_NAME_MAX 64

/* Guest interrupts as PPI numbers (INTID - 16), and a specifier's parts. */
#define GUEST_PPI_TIMER_SEC 13U
#define GUEST_PPI_TIMER_PHYS 14U
#define GUEST_PPI_TIMER_VIRT 11U
#define GUEST_PPI_TIMER_HYP 10U
#define GUEST_SPEC_SPI 0U
#define GUEST_SPEC_PPI 1U
#define GUEST_SPEC_LEVEL_HIGH 4U
#define GUEST_SPEC_EDGE_RISING 1U
#define GUEST_SPEC_CELLS 3U
#define GUEST_SPEC_CELLS_MAX 4U /* the host's tree may have a PPI partition behind */

struct fdt_gen {
	void *fdt;
	const struct vm *vm;
	int ret; /* first libfdt error, 0 = none; later writes are skipped */
	u64 initrd_ipa, initrd_size;
	u32 gic_phandle;
	u32 irq_cells; /* of an interrupt specifier */
	u32 nr_nodes;
	int node[VM_PASSTHROUGH_MAX]; /* host nodes of the VM's devices, found once: a path costs a walk */
	int console;                  /* the one of them that is the host console's UART, or negative */
	u32 nr_clocks;
	int clock[FDT_GEN_CLOCKS]; /* host nodes of the fixed clocks that copied devices refer to */
};

/* Sequential writers; they do nothing once an error was noted. */
void gen_begin(struct fdt_gen *g, const char *fmt, ...) __printf(2, 3);
void gen_end(struct fdt_gen *g);
void gen_prop(struct fdt_gen *g, const char *name, const void *val, u32 len);
void gen_u32(struct fdt_gen *g, const char *name, u32 v);
void gen_u64(struct fdt_gen *g, const char *name, u64 v);
void gen_string(struct fdt_gen *g, const char *name, const char *s);
/* gen_reg() - @n pairs of address and size, 2 cells each. */
void gen_reg(struct fdt_gen *g, const char *name, const u64 *pairs, u32 n);

/*
 * fdt_guest_host.c: the host's own tree, for a VM that has the rest of the machine and brings no tree of its own.
 * gen_host_tree() - all nodes that were not written otherwise. gen_host_root(), gen_host_aliases() - the root's and
 * /aliases' properties; @vuart: the emulated console's path, or NULL. gen_copy_node() - one host node with its
 * children. gen_firmware(), gen_reserved() - /firmware and /reserved-memory, for every VM; nothing for one that needs
 * none.
 */
bool gen_is_host_tree(const struct vm *vm);
void gen_host_tree(struct fdt_gen *g);
void gen_host_root(struct fdt_gen *g);
void gen_host_aliases(struct fdt_gen *g, const char *vuart);
/* In /cpus: what a vCPU's node has of the host CPU @h beside what gen_cpus() writes; a host CPU that is no vCPU's;
 * caches. */
void gen_host_cpu(struct fdt_gen *g, const struct host_cpu *h);
void gen_absent_cpu(struct fdt_gen *g, const struct host_cpu *h);
void gen_host_caches(struct fdt_gen *g);
void gen_copy_node(struct fdt_gen *g, int top);
void gen_firmware(struct fdt_gen *g);
void gen_reserved(struct fdt_gen *g);

/* fdt_guest_shm.c, fdt_guest_wdt.c: windows of shared memory (for gen_reserved()), doorbells, the watchdog; nothing for
 * a VM without. */
void gen_shm_windows(struct fdt_gen *g);
void gen_doorbells(struct fdt_gen *g);
void gen_watchdog(struct fdt_gen *g);

/* fdt_guest_dev.c: gen_find_nodes() fills node[] and console. Then all pass-through devices of the VM with the clocks
 * they need; aliases; where the console is. */
void gen_find_nodes(struct fdt_gen *g);
void gen_devices(struct fdt_gen *g);
void gen_aliases(struct fdt_gen *g);
/* gen_stdout_path() - value for the guest's stdout-path. Return: 0, -ENOENT when the VM does not have the console. */
int __must_check gen_stdout_path(const struct fdt_gen *g, char *buf, u32 size);

/* fdt_guest_emul.c: the emulated devices. gen_irq() - interrupts property of one SPI. */
/* Phandles of Hazel's own nodes, far above what compilers and firmware count up from. */
#define GEN_PHANDLE_VUART 0xfffe0001U
#define GEN_PHANDLE_SHMEM 0xfffe0100U /* + n */
#define GEN_PHANDLE_CPU 0xfffe0200U   /* + n */
/* gen_vuart_path() - "/pl011@..." */
#define VUART_PATH_MAX 32U
void gen_vuart_path(const struct fdt_gen *g, char *buf);
void gen_emulated(struct fdt_gen *g);
void gen_irq(struct fdt_gen *g, u32 intid, bool edge);
/* gen_spec() - write one specifier of @g->irq_cells cells to @p. Return: its bytes. */
u32 gen_spec(const struct fdt_gen *g, u8 *p, u32 type, u32 nr, u32 flags);

/* fdt_guest_seed.c: room for random seeds in /chosen, nothing without a source. patch_seeds() - in a user's tree, whose
 * kaslr-seed stays unless the manifest asks for one. Return: 0 or libfdt's error. */
void gen_seeds(struct fdt_gen *g);
int __must_check patch_seeds(const struct fdt_gen *g, void *fdt, int chosen);

/* fdt_guest_cpus.c: /cpus. */
void gen_cpus(struct fdt_gen *g);

/* fdt_guest_patch.c: the user's DTB @base with Hazel's nodes brought up to date. */
int __must_check fdt_guest_patch(const struct fdt_gen *g, const void *base, u64 base_size, void *buf, u32 size,
				 struct vm_config_err *err);

#endif
