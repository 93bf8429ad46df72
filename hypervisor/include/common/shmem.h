/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Memory that several VMs share because the manifest says so. The host memory of a region is taken and zeroed once, at
 * boot; it keeps its content over a reset of one of its VMs and is zeroed again when the last of them has stopped.
 */
#ifndef COMMON_SHMEM_H
#define COMMON_SHMEM_H

#include <common/vm_config.h>
#include <lib/types.h>

struct vm;

/**
 * shmem_init() - take and zero host memory for each region that one of the @nr VMs of @cfg names. A region for which
 * there is none is reported; VMs that have it cannot be built. Context: boot CPU, once, before the first VM.
 */
void shmem_init(const struct vm_config *cfg, u32 nr);

/**
 * shmem_attach() - map @vm's windows: Normal memory, never executable. The last step of building a VM: from here on the
 * regions count as used. Return: 0; -ENOMEM (no host memory for the region, no table); -EEXIST, -ERANGE (the window);
 * -EBUSY (the region is being wiped); @err says which. What was mapped stays until shmem_detach().
 */
int __must_check shmem_attach(struct vm *vm, struct vm_config_err *err);

/**
 * shmem_leave() - one slice of giving up @vm's regions, whose vCPUs are parked for good: those that nobody else uses
 * are zeroed. Return: true when there is more to do. Nobody can attach to a region meanwhile.
 */
bool shmem_leave(struct vm *vm);

/* shmem_detach() - unmap @vm's windows, also after a failed shmem_attach(). Does what is left of shmem_leave(). */
void shmem_detach(struct vm *vm);

/**
 * shmem_owns() - is host page @pa part of a region that VM @vm_id has mapped, and may it write there? For the audit,
 * which holds the life-cycle lock.
 */
bool shmem_owns(paddr_t pa, u32 vm_id, bool *writable);

#endif
