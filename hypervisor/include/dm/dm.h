/* SPDX-License-Identifier: BSD-3-Clause */
/* Emulated devices: one line in dm.c for each. */
#ifndef DM_DM_H
#define DM_DM_H

#include <common/vm.h>

struct dm_device {
	const char *name;
	/* At VM creation: allocate, register MMIO regions. 0 also when the VM does not want it; else an error with
	 * @err. */
	int (*create)(struct vm *vm, struct vm_config_err *err);
	void (*reset)(struct vm *vm);   /* VM reset; all vCPUs parked. These four may be NULL */
	void (*pause)(struct vm *vm);   /* the VM's time stands still */
	void (*resume)(struct vm *vm);  /* and goes on */
	void (*destroy)(struct vm *vm); /* also after a create() that failed, of this device or another */
};

extern const struct vm_dm_ops dm_ops;

#endif
