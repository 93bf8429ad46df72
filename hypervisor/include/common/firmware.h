/* SPDX-License-Identifier: BSD-3-Clause */
/* Services of the host's firmware that a VM may be given: SCMI over SMC, OP-TEE. */
#ifndef COMMON_FIRMWARE_H
#define COMMON_FIRMWARE_H

#include <common/fdt_host.h>
#include <common/vm_config.h>
#include <lib/types.h>

struct vm;

struct fw_scmi {
	int node;              /* "arm,scmi-smc" in the host's device tree */
	int shmem;             /* node of its shared memory */
	u32 fn;                /* SMC function id (arm,smc-id) */
	struct mem_range page; /* the shared memory, whole pages */
};

/* fw_scmi_find() - the host's SCMI over SMC. Return: 0, -ENOENT, -EINVAL (its node is not usable). */
int __must_check fw_scmi_find(struct fw_scmi *s);

/* fw_optee_node() - the host's OP-TEE node, or negative. */
int fw_optee_node(void);

/**
 * firmware_attach() - give @vm the services of cfg.firmware: map SCMI's shared memory, note its function. Return: 0;
 * -ENOENT, -EINVAL, -EPERM, -EBUSY with @err set. There is no detach: stage 2 goes with the VM.
 */
int __must_check firmware_attach(struct vm *vm, struct vm_config_err *err);

/* firmware_owns() - is [@pa, @pa + @size) the shared memory of the SCMI that @vm has? */
bool firmware_owns(const struct vm *vm, paddr_t pa, u64 size);

/* firmware_may_call() - may @vm's SMC with function id @fn go to EL3? By cfg.firmware and cfg.smc_forward. */
bool firmware_may_call(const struct vm *vm, u32 fn);

#endif
