/* SPDX-License-Identifier: BSD-3-Clause */
/* EL2 stage 1: image and arena at VA = PA, device windows, and a per-CPU window for guest RAM. W^X always (WXN). */
#ifndef ASM_MMU_H
#define ASM_MMU_H

#include <lib/types.h>

enum el2_map { EL2_CODE, EL2_RO, EL2_RW, EL2_DEVICE };

/* MAIR_EL2 indices */
#define MAIR_NORMAL_WB 0U
#define MAIR_DEVICE_nGnRE 1U
#define MAIR_DEVICE_nGnRnE 2U

/**
 * mmu_early_init() - with the MMU off: build the first tables (image by section, nothing writable and executable) and
 * turn MMU and caches on. [@fdt, @fdt + @fdt_size) is mapped read-only as well (size 0 = none); it may not touch the
 * image. Context: boot CPU, once.
 */
void mmu_early_init(paddr_t fdt, u64 fdt_size);

/**
 * mmu_use_arena() - from here on tables come from @alloc (zeroed pages, mapped at VA = PA) instead of the static
 * reserve, and go back to @release.
 */
void mmu_use_arena(void *(*alloc)(u64 nr), void (*release)(void *p, u64 nr));

/* mmu_map() - map [pa, pa+size) at VA = PA for EL2 on every CPU. Return: 0, -EEXIST, -ENOMEM, -EINVAL. Boot and VM
 * create only. */
int __must_check mmu_map(paddr_t pa, u64 size, enum el2_map type);
int __must_check mmu_unmap(paddr_t pa, u64 size);
/* mmu_map_device() - like mmu_map(EL2_DEVICE), rounded out to pages; pages already mapped as a device are fine. */
int __must_check mmu_map_device(paddr_t pa, u64 size);

struct pcpu;

/**
 * mmu_new_stack() - EL2_STACK_SIZE bytes with a guard below, in the @slot-th place for stacks, for good: 0.. are pCPUs,
 * STACK_SLOT_WORK + n is VM n's work, then STACK_SLOTS_OTHER more. Asked again for a place, it gives the stack that is
 * there: whoever had it is gone. Return: its end, 0 = no memory. Context: boot CPU at boot.
 * mmu_stack_top() - end of the slot that @va is in, or 0.
 */
#define STACK_SLOT_WORK CONFIG_MAX_PCPUS
#define STACK_SLOTS_OTHER 8U
u64 mmu_new_stack(u32 slot);
u64 mmu_stack_top(u64 va);

/**
 * mmu_cpu_tables() - root table, guest window and stack (a guard below) for secondary CPU @p->id. Return: 0, -ENOMEM.
 * mmu_is_stack_guard() - is @va in one of these guards?
 */
int __must_check mmu_cpu_tables(struct pcpu *p);
bool mmu_is_stack_guard(u64 va);

/**
 * mmu_next() - the next mapping of pCPU @cpu's table, guest window left out; as pgtable_next(), and -ENODEV when that
 * CPU has no table. Context: with the life-cycle lock.
 */
struct pgtable_cursor;
int __must_check mmu_next(u32 cpu, struct pgtable_cursor *c, u32 max);

/**
 * window_map() - this CPU's short-lived view of the 2 MiB block of host RAM that holds @pa (D5). @ro: read-only.
 * @slot: WINDOW_SRC or WINDOW_DST, so that a copy can have both. Return: pointer to @pa; valid up to the block's end.
 * Context: interrupts masked, same CPU until window_unmap(@slot).
 */
#define WINDOW_SRC 0U
#define WINDOW_DST 1U
#define WINDOW_SLOTS 2U
void *window_map(u32 slot, paddr_t pa, bool ro);
void window_unmap(u32 slot);

/* The image, for the memory plan. Linker symbols; all but __file_end page-aligned. */
extern char __image_start[], __text_end[], __rodata_end[], __data_start[], __file_end[], __bss_end[], __image_end[];
extern char __stack_guard[], __stack_bottom[], __stack_top[], __crash_guard[], __crash_stack_top[];

#endif
