/* SPDX-License-Identifier: BSD-3-Clause */
/* Private to common/ptdev*.c: the VM that has all devices which are nobody else's (passthrough = "rest"). */
#ifndef COMMON_PTDEV_REST_H
#define COMMON_PTDEV_REST_H

#include <common/fdt_host.h>
#include <common/vm_config.h>
#include <lib/types.h>

struct vm;

/**
 * rest_attach() - after the devices that @vm names: map the registers of every other enabled device of the host, and
 * the windows of PCI host bridges, at IPA = PA; connect their SPIs. Left out: what is Hazel's, another VM's, RAM, or
 * the console unless @vm has it. Return: 0, -EBUSY (another VM has the rest), -ENOMEM, -ENOSPC with @err set.
 */
int __must_check rest_attach(struct vm *vm, struct vm_config_err *err);
void rest_detach(struct vm *vm);

/* rest_owner() - the VM that has the rest, or NULL. */
const struct vm *rest_owner(void);

/* rest_window() - has @vm the rest, and in it all of @r, or any of it? */
bool rest_window(const struct vm *vm, const struct mem_range *r, bool all);

#endif
