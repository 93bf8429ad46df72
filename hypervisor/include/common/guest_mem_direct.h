/* SPDX-License-Identifier: BSD-3-Clause */
/* Private to common/guest_mem*.c: memory at IPA = PA. */
#ifndef COMMON_GUEST_MEM_DIRECT_H
#define COMMON_GUEST_MEM_DIRECT_H

#include <common/vm_config.h>
#include <lib/types.h>

struct vm;

/**
 * guest_mem_direct() - region @index of @vm's manifest, type DIRECT: RAM must be free in the pool (and is taken from
 * it) or lie in one /reserved-memory range; the rest is devices. Return: 0; -EPERM (RAM that is not free, Hazel's own),
 * -EBUSY (another VM's device), what vm_arch_map() returns; @err set.
 */
int __must_check guest_mem_direct(struct vm *vm, u32 index, struct vm_config_err *err);

/**
 * guest_mem_direct_block() - one more 2 MiB block for @vm's DIRECT_RAM, joined to the last one when it follows it. Not
 * mapped yet. Return: 0; -ENOMEM; -ENOSPC when it would need one vm->ram[] more than there is.
 */
int __must_check guest_mem_direct_block(struct vm *vm);

#endif
