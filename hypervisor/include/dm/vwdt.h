/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * SBSA Generic Watchdog, revision 1 (Arm Base System Architecture, appendix "Generic Watchdog"). WS0 is a
 * level-triggered SPI; WS1 crashes the VM. It counts the VM's own time.
 */
#ifndef DM_VWDT_H
#define DM_VWDT_H

#include <dm/dm.h>

extern const struct dm_device vwdt_device;

#endif
