/* SPDX-License-Identifier: BSD-3-Clause */
/* Pass-through devices: reg windows mapped IPA = PA, interrupts forwarded, ownership recorded. */
#ifndef COMMON_PTDEV_H
#define COMMON_PTDEV_H

#include <common/fdt_host.h>
#include <common/vm_config.h>
#include <lib/types.h>

struct vm;

/**
 * ptdev_attach() - give every cfg.passthrough device of @vm to it. A device that does not exist, is Hazel's own (GIC,
 * timer, PSCI, memory, CPU) or another VM's is refused with @err naming path and owner. Return: 0, -ENOENT, -EPERM,
 * -EBUSY, -EINVAL.
 */
int __must_check ptdev_attach(struct vm *vm, struct vm_config_err *err);

/* ptdev_quiesce() - VM reset or stop: mask and deactivate every physical interrupt @vm owns (D7). */
void ptdev_quiesce(struct vm *vm);

/* ptdev_detach() - take all of them back. */
void ptdev_detach(struct vm *vm);

/* ptdev_owns() - are all of the @size bytes at @pa in one register window of a device that @vm owns? */
bool ptdev_owns(const struct vm *vm, paddr_t pa, u64 size);
/* ptdev_touches() - is any of them in a register window of a device that @vm owns? */
bool ptdev_touches(const struct vm *vm, paddr_t pa, u64 size);

/* ptdev_other_owner() - a VM other than @vm that owns a device with a register window in @r, or NULL. */
const struct vm *ptdev_other_owner(const struct vm *vm, const struct mem_range *r);
/* ptdev_is_described() - does any node of the host's device tree have registers or memory in @r? */
bool ptdev_is_described(const struct mem_range *r);

/* ptdev_may_dma() - is there a device with registers in @r that may write to memory, or nothing that is known? */
bool ptdev_may_dma(const struct mem_range *r);

/* ptdev_owns_console() - does @vm own the host console UART? */
bool ptdev_owns_console(const struct vm *vm);

/**
 * ptdev_console_hook - called with true before a VM is given the host console's UART, with false after it was taken
 * back. Set by init; debug/ is a layer to the right.
 */
extern void (*ptdev_console_hook)(bool given);

/* ptdev_is_console() - is passthrough entry @i of @vm the host console's UART, by name or by path? */
bool ptdev_is_console(const struct vm *vm, u32 i);

/* ptdev_host_node() - host DT offset of passthrough entry @i of @vm ("console" resolved), or negative. */
int ptdev_host_node(const struct vm *vm, u32 i);

#endif
