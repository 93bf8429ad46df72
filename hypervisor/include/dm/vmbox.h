/* SPDX-License-Identifier: BSD-3-Clause */
/* A mailbox between the vCPUs of one VM (manifest: mailbox = <1>); docs/reference/mailbox.md. */
#ifndef DM_VMBOX_H
#define DM_VMBOX_H

#include <dm/dm.h>

extern const struct dm_device vmbox_device;

#endif
