/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a VM finds emulated devices: the addresses and interrupts of QEMU's virt machine where that has them. For the
 * devices themselves and for the device tree.
 */
#ifndef COMMON_VM_PLATFORM_H
#define COMMON_VM_PLATFORM_H

#include <lib/types.h>

struct vm;

#define VPL011_IPA UINT64_C(0x09000000)
#define VPL011_SIZE UINT64_C(0x1000)
#define VPL011_INTID 33U

/* vm_has_vuart() - has @vm an emulated UART: the manifest does not say none, and the host's console is not its own? */
bool vm_has_vuart(const struct vm *vm);

#endif
