/* SPDX-License-Identifier: BSD-3-Clause */
/* Emulated MMIO: a per-VM table of regions, sized when the VM is created, sorted, looked up by binary search. */
#ifndef COMMON_IO_REQ_H
#define COMMON_IO_REQ_H

#include <lib/types.h>

struct vcpu;
struct vm;

enum io_result {
	IO_DONE,
	IO_PENDING, /* the vCPU waits in IO_WAIT until io_complete() (D16) */
	IO_FAULT,   /* inject a synchronous external abort */
};

struct io_access {
	ipa_t ipa;
	u64 offset; /* from the region's start */
	u32 size;   /* bytes: 1, 2, 4 or 8 */
	bool write;
	u64 value; /* in for writes, out for reads; zero-extended */
};

typedef enum io_result (*io_handler_t)(struct vcpu *vcpu, void *dev, struct io_access *a);

/**
 * The short way for aligned words, for devices that are accessed often. @offset: a multiple of 4. @x: the value in for
 * writes; for reads it receives the value, zero-extended. Never PENDING, never FAULT. Return: false = nothing was done,
 * the access goes to the handler.
 */
typedef bool (*io_word_t)(struct vcpu *vcpu, void *dev, u32 offset, bool write, u64 *x);

struct io_region {
	ipa_t base;
	u64 size;
	void *dev;
	io_word_t word; /* NULL = none */
	io_handler_t fn;
	const char *name;
	bool blocks; /* the handler may answer IO_PENDING; vcpu_arch_mmio_complete() follows, perhaps before it has
			returned */
};

struct io_table {
	struct io_region *region; /* sorted by base */
	u32 nr;
	u32 max;
};

/* io_table_init() - room for @max regions from el2_pool. Return: 0, -ENOMEM. io_table_free() gives it back. */
int __must_check io_table_init(struct io_table *t, u32 max);
void io_table_free(struct io_table *t);

/* io_register() - insert @r. Return: 0, -ENOSPC (table full), -EEXIST (overlap), -EINVAL (empty or wrapping). */
/* Where nothing was found yet: no access is inside. */
extern const struct io_region io_nowhere;

int __must_check io_register(struct io_table *t, const struct io_region *r);

/* io_find() - region that holds all of [ipa, ipa + size), or NULL. */
const struct io_region *io_find(const struct io_table *t, ipa_t ipa, u32 size);

#endif
