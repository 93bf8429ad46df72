/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Doorbells of shared memory: for each window of a VM a page of 32-bit registers and a level-triggered SPI, with which
 * VMs that share a region wake each other (docs/reference/shared-memory.md).
 */
#ifndef DM_VDOORBELL_H
#define DM_VDOORBELL_H

#include <dm/dm.h>

extern const struct dm_device vdoorbell_device;

#endif
