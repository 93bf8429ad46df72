/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Isolation audit: walks every VM's stage 2 and EL2's own tables and compares them with who owns what, and asks of each
 * active physical interrupt who holds it (docs/reference/isolation-audit.md). It changes nothing.
 */
#ifndef COMMON_AUDIT_H
#define COMMON_AUDIT_H

#include <asm/pgtable.h>
#include <lib/types.h>

struct vm;

struct audit_result {
	u32 vms;      /* that have a stage 2 */
	u64 pages;    /* of 4 KiB, mapped in them */
	u32 findings; /* each range of pages, or interrupt, is one */
};

/* A RAM block of a VM: number @block of vm->ram[@ram]. */
struct audit_pos {
	u32 vm, ram;
	u64 block;
};

struct audit_finding {
	const struct vm *vm; /* NULL: EL2 itself */
	u64 ia;
	paddr_t pa;
	u64 size; /* 0 = none */
	char text[96];
};

enum audit_phase { AUDIT_TABLES, AUDIT_BLOCKS, AUDIT_EL2, AUDIT_IRQS, AUDIT_DONE };

/* Where an audit is; plain data. */
struct audit {
	struct audit_result r;
	enum audit_phase phase;
	s32 budget; /* what the slice may still do, in units of a comparison */
	u32 vm;     /* whose tables */
	struct pgtable_cursor at;
	u64 ia, left, fine; /* the rest of the leaf; bytes of it to be looked at page by page */
	paddr_t pa;
	struct audit_pos outer, inner;
	u32 cpu, intid;
	u64 suspect; /* tick since when interrupt @intid looks wrong, 0 = it does not */
	struct audit_finding last;
};

/* audit_own() - [@base, @base + @size) is EL2's own, beside image, bundle and device tree. @what: a constant. Boot. */
void audit_own(paddr_t base, u64 size, const char *what);

/**
 * audit_begin() - start at the beginning. audit_step() - a slice of at most about 20k instructions; reports findings
 * and, at the end, the sum. Return: is there more? Context: EL2 work; the life-cycle lock is held from begin to end.
 */
void audit_begin(struct audit *a);
bool audit_step(struct audit *a);

/**
 * audit_run() - all of it, with a chance for others between slices. Return: 0 with *@r, whatever was found; -EBUSY when
 * a VM is being built or taken down.
 */
int __must_check audit_run(struct audit_result *r);

/**
 * audit_set_after_stop() - from now on audit_after_stop() does an audit; boot. audit_after_stop() - a VM has stopped;
 * the caller holds the life-cycle lock, context: that VM's work.
 */
void audit_set_after_stop(void);
void audit_after_stop(void);

/* Parts (audit_check.c, audit_irq.c) ---------------------------------------- */

/* Why may @vm not have @size bytes at @pa mapped at @ia with leaf @pte? @text "" = it may. At most 2 MiB, aligned. */
void audit_check_leaf(const struct vm *vm, u64 ia, paddr_t pa, u64 size, u64 pte, char *text, size_t text_size);
/* The same for EL2's own mapping. */
void audit_check_el2(u64 va, paddr_t pa, u64 size, u64 pte, char *text, size_t text_size);
/* What is wrong with @block of RAM of @vm besides sharing: Hazel's, free in the pool, in a direct region of another. */
void audit_check_block(const struct vm *vm, paddr_t block, char *text, size_t text_size);
/* The first VM but @but that says it owns a part of the @size bytes at @pa, or NULL. */
const struct vm *audit_claimed(const struct vm *but, paddr_t pa, u64 size);
/* What is wrong with active interrupt @intid, or NULL. Its owner may be about to be noted: ask again. */
const char *audit_check_irq(u32 intid);

#endif
