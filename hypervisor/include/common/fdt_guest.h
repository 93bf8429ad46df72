/* SPDX-License-Identifier: BSD-3-Clause */
/* The device tree a guest is given: generated from the host's and the manifest, or the user's with the same nodes
 * patched. */
#ifndef COMMON_FDT_GUEST_H
#define COMMON_FDT_GUEST_H

#include <common/vm_config.h>
#include <lib/types.h>

struct vm;

#define FDT_GUEST_MAX (64U << 10)
/* of a VM that has the rest of the machine: boards have large trees */
#define FDT_GUEST_MAX_HOST (512U << 10)

/**
 * fdt_guest_build() - write the DTB of @vm into @buf.
 * @base_fdt: the user's DTB (bundle image) or NULL to generate one. memory, cpus, psci, GIC, timer and chosen are
 * always Hazel's. @initrd: IPA range of the ramdisk in the guest, size 0 for none. Return: 0; -ENOSPC when it does not
 * fit; -EINVAL for a bad @base_fdt; @err names node and cause.
 */
int __must_check fdt_guest_build(const struct vm *vm, const void *base_fdt, u64 base_size, u64 initrd_ipa,
				 u64 initrd_size, void *buf, u32 size, struct vm_config_err *err);

/**
 * fdt_guest_seed() - fresh random numbers for the seeds in @vm's tree @fdt, which fdt_guest_build() has left at 0;
 * nothing when there is no source (rng_ready()). fdt_guest_unseed() - zeros again, as soon as the guest has its copy.
 * Context: @vm's work unit; the first one may yield.
 */
void fdt_guest_seed(const struct vm *vm, void *fdt);
void fdt_guest_unseed(const struct vm *vm, void *fdt);

#endif
