/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loading a VM's images into its memory as a resumable state machine: each step does at most VM_LOAD_SLICE bytes of
 * work (hash, copy, inflate, zero, cache clean), so interrupts are polled in between (D6).
 */
#ifndef COMMON_VM_LOAD_H
#define COMMON_VM_LOAD_H

#include <common/vm_config.h>
#include <lib/types.h>

#define VM_LOAD_SLICE (128U << 10)

/* The FIT in host RAM (not mapped in EL2), without any ramdisk header. Set by hv_boot_vms(), kept for reboots. */
struct bundle {
	paddr_t pa;
	u64 size; /* bytes, as bundle_open() returned */
};

extern struct bundle bundle;

struct vm;
struct vm_load; /* private to vm_load.c, allocated from el2_pool */

/* Where the guest starts, known when loading is done. */
struct vm_entry {
	ipa_t pc;
	u64 x0; /* IPA of the guest's DTB, or 0 */
};

/**
 * vm_load_begin() - start loading @vm's images from the bundle.
 * Return: the loader, or NULL when EL2 has no memory for it.
 */
struct vm_load *vm_load_begin(struct vm *vm);

/**
 * vm_load_step() - one slice. Return: -EAGAIN (call again), 0 (done, *@entry valid), or an error; then @err has one
 * line that names VM, image and cause ("vm0 'linux': image kernel: crc32 is 0x.., the bundle says 0x..").
 */
int __must_check vm_load_step(struct vm_load *l, struct vm_entry *entry, struct vm_config_err *err);

/* vm_drop_fdt() - forget the device tree that was built for @vm's first start. */
void vm_drop_fdt(struct vm *vm);

/* vm_load_end() - free the loader, at any point. */
void vm_load_end(struct vm_load *l);

#endif
