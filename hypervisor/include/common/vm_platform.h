/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Where a VM finds emulated devices: the addresses and interrupts of QEMU's virt machine where that has them. For the
 * devices themselves and for the device tree.
 */
#ifndef COMMON_VM_PLATFORM_H
#define COMMON_VM_PLATFORM_H

#include <lib/types.h>

struct vm;

/*
 * All of them are in here; a manifest puts no window there. In a VM with memory at host addresses they are moved to
 * where the host has nothing: vm_emul_ipa() of <common/vm.h> says where one is then.
 */
#define VM_EMUL_IPA UINT64_C(0x09000000)
#define VM_EMUL_SIZE MIB(32)

#define VPL011_IPA UINT64_C(0x09000000)
#define VPL011_SIZE UINT64_C(0x1000)
#define VPL011_INTID 33U

/* SBSA generic watchdog: two frames */
#define VWDT_REFRESH_IPA UINT64_C(0x0a100000)
#define VWDT_CONTROL_IPA UINT64_C(0x0a101000)
#define VWDT_FRAME_SIZE KIB(4)
#define VWDT_INTID 48U

/* Doorbells: a page and an SPI for each shared-memory window of the VM, in the order of its manifest */
#define VDOORBELL_IPA UINT64_C(0x0a200000)
#define VDOORBELL_SIZE KIB(4)
#define VDOORBELL_INTID 64U

/* Mailbox between the VM's own vCPUs */
#define VMBOX_IPA UINT64_C(0x0a300000)
#define VMBOX_SIZE KIB(4)

/* vm_has_vuart() - has @vm an emulated UART: the manifest does not say none, and the host's console is not its own? */
bool vm_has_vuart(const struct vm *vm);

#endif
