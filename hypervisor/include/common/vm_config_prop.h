/* SPDX-License-Identifier: BSD-3-Clause */
/* Internal to vm_config*.c: reading one node of the manifest, with messages that name node, property and value. */
#ifndef COMMON_VM_CONFIG_PROP_H
#define COMMON_VM_CONFIG_PROP_H

#include <common/vm_config.h>
#include <lib/types.h>

/* IPAs end below this (40 bits: what every arm64 CPU with virtualization offers). */
#define CFG_IPA_END (UINT64_C(1) << 40)

/* The node that is being read. */
struct cfg_ctx {
	const void *fit;
	u64 fit_size;
	int node;
	const char *path; /* of @node, for messages */
	struct vm_config_err *err;
};

/* cfg_err() - set the message, unprintable bytes replaced. Return: @code. */
int cfg_err(struct vm_config_err *err, int code, const char *fmt, ...) __printf(3, 4);

/*
 * Readers. Return: 0; -ENOENT without a message when the property is absent; -EINVAL with one when it is malformed.
 * cfg_u64() takes one or two cells, cfg_u32() one; cfg_cells() any number but none.
 */
int __must_check cfg_u64(const struct cfg_ctx *c, const char *prop, u64 *val);
int __must_check cfg_u32(const struct cfg_ctx *c, const char *prop, u32 *val);
int __must_check cfg_cells(const struct cfg_ctx *c, const char *prop, const void **cells, u32 *nr);
int __must_check cfg_str(const struct cfg_ctx *c, const char *prop, const char **s);

/*
 * cfg_flag() - *@val is true when the property is there, empty or 1, and false when it is 0 or absent. Return: 0,
 * -EINVAL.
 */
int __must_check cfg_flag(const struct cfg_ctx *c, const char *prop, bool *val);

/* cfg_cell() - cell @i of what cfg_cells() found; cfg_cell64() - cells @i (high) and @i + 1. */
u32 cfg_cell(const void *cells, u32 i);
u64 cfg_cell64(const void *cells, u32 i);

/*
 * cfg_enum() - index in @names[@nr] of the string property; *@val is left alone when it is absent. Return: 0, -EINVAL.
 */
int __must_check cfg_enum(const struct cfg_ctx *c, const char *prop, const char *const *names, u32 nr, u32 *val);

/*
 * cfg_strings() - number of strings in a string-list property, 0 when absent. Return: the number, -EINVAL with a
 * message.
 */
int __must_check cfg_strings(const struct cfg_ctx *c, const char *prop);
/* cfg_string() - string @i of it; valid for i below what cfg_strings() returned. */
const char *cfg_string(const struct cfg_ctx *c, const char *prop, int i);

/* cfg_known() - every property of the node is one of @valid[@nr]; else -EINVAL naming it and the nearest valid ones. */
int __must_check cfg_known(const struct cfg_ctx *c, const char *const *valid, u32 nr);

/* cfg_name_ok() - a name of 1 to VM_NAME_MAX - 1 letters, digits, '-', '_', '.', ','. */
bool cfg_name_ok(const char *name);

/*
 * cfg_image_kernel()/ramdisk()/fdt() (vm_config_image.c) - the images that VM node @c names, with load and entry
 * addresses.
 */
int __must_check cfg_image_kernel(const struct cfg_ctx *c, struct vm_image *img);
int __must_check cfg_image_ramdisk(const struct cfg_ctx *c, struct vm_image *img);
int __must_check cfg_image_fdt(const struct cfg_ctx *c, struct vm_image *img);

/* cfg_affinity() (vm_config_sched.c) - cpu-affinity: numbers, or "little" and "big". */
int __must_check cfg_affinity(const struct cfg_ctx *c, struct vm_config *cfg);
/* cfg_scheduler() (vm_config_sched.c) - policy and its parameters. */
int __must_check cfg_scheduler(const struct cfg_ctx *c, struct vm_config *cfg);

/* cfg_passthrough(), cfg_smc_forward(), cfg_dma_firmware() (vm_config_hw.c) - the host's devices and firmware. */
int __must_check cfg_passthrough(const struct cfg_ctx *c, struct vm_config *cfg);
int __must_check cfg_smc_forward(const struct cfg_ctx *c, struct vm_config *cfg);
int __must_check cfg_dma_firmware(const struct cfg_ctx *c, struct vm_config *cfg);

/* cfg_shm() (vm_config_shm.c) - shared-memory windows, and which of the sharing VMs this one is. */
int __must_check cfg_shm(const struct cfg_ctx *c, struct vm_config *cfg);
/* cfg_watchdog() (vm_config_wdt.c) */
int __must_check cfg_watchdog(const struct cfg_ctx *c, struct vm_config *cfg);

/*
 * cfg_check_shm() (vm_config_shm_check.c) - windows and the frames of doorbells and watchdog: alignment, range,
 * overlap.
 */
int __must_check cfg_check_shm(const struct vm_config *cfg, struct vm_config_err *err);

/* cfg_check_layout() (vm_config_check.c) - memory regions and GIC frames: alignment, range, overlap. */
int __must_check cfg_check_layout(const struct vm_config *cfg, struct vm_config_err *err);

#endif
