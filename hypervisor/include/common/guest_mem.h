/* SPDX-License-Identifier: BSD-3-Clause */
/* A VM's memory by IPA: allocation in 2 MiB blocks, and access from EL2 through the per-CPU window. */
#ifndef COMMON_GUEST_MEM_H
#define COMMON_GUEST_MEM_H

#include <common/vm_config.h>
#include <lib/types.h>

struct vm;

/*
 * One RAM or ROM region and the host blocks behind it, index = (ipa - region.ipa) / 2 MiB. A direct region that is RAM
 * has an entry too, with IPA = PA and no @block; direct regions of devices have none.
 */
struct vm_ram {
	struct vm_mem_region r;
	paddr_t *block;  /* r.size / 2 MiB entries in el2_pool */
	u64 block_pages; /* el2 pages that hold @block */
	u64 nr_blocks;   /* allocated so far */
};

/**
 * guest_mem_set_shares() - how many RAM regions of size 0 are still to be created, in all VMs; each gets an equal part
 * of what is left then. guest_mem_set_promise() - bytes of explicit sizes still to be created, which they must leave
 * alone. Each guest_mem_alloc() that succeeds counts them down. Boot: set once, before the first VM.
 */
void guest_mem_set_shares(u32 nr);
void guest_mem_set_promise(u64 bytes);

/* guest_mem_share() - bytes a region of size 0 would get now, for sizing a VM's stage-2 tables. */
u64 guest_mem_share(void);

/**
 * guest_mem_alloc() - take host memory for every RAM/ROM region of @vm and map it (and direct regions) in its stage 2,
 * 1 GiB first, then 2 MiB. A region of size 0 takes what is left. Not zeroed: vm_load does that in slices.
 * Return: 0, -ENOMEM with @err naming region, wanted and free sizes.
 */
int __must_check guest_mem_alloc(struct vm *vm, struct vm_config_err *err);

/* guest_mem_free() - unmap and give back everything; the caller has scrubbed it (guest_mem_zero). */
void guest_mem_free(struct vm *vm);

/* guest_mem_pa() - host address behind @ipa and the bytes that follow contiguously in its block. -EFAULT if not
 * RAM/ROM. */
int __must_check guest_mem_pa(const struct vm *vm, ipa_t ipa, paddr_t *pa, u64 *contig);

/**
 * guest_write()/guest_read()/guest_zero() - copy between EL2 and guest RAM at @ipa, any length, crossing blocks; ROM
 * too. The caller slices.
 * @clean: also clean to PoC, for what a guest reads with its caches off (D14).
 * Return: 0, -EFAULT (nothing or a part was copied). Context: interrupts masked on this pCPU.
 */
int __must_check guest_write(struct vm *vm, ipa_t ipa, const void *src, u64 len, bool clean);
int __must_check guest_read(struct vm *vm, ipa_t ipa, void *dst, u64 len);
/* guest_write_crc32() - guest_write() with @clean; *@crc (lib/crc32.h) goes on over the bytes. */
int __must_check guest_write_crc32(struct vm *vm, ipa_t ipa, const void *src, u64 len, u32 *crc);
int __must_check guest_zero(struct vm *vm, ipa_t ipa, u64 len, bool clean);

#endif
