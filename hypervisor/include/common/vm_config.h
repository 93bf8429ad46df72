/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The VM manifest: /vms of a bundle (FIT), checked and turned into plain structs. This code is compiled into EL2 and
 * into tools/hvcheck (D4), so it uses nothing but libfdt and lib/.
 */
#ifndef COMMON_VM_CONFIG_H
#define COMMON_VM_CONFIG_H

#include <lib/bits.h>
#include <lib/types.h>

#define VM_NAME_MAX 32
#define VM_MEM_MAX 16
#define VM_PASSTHROUGH_MAX 16
#define VM_PATH_MAX 128
#define VM_BOOTARGS_MAX 1024
#define VM_SMC_FORWARD_MAX 16
#define VM_SHM_MAX 8       /* shared-memory regions in a bundle, and windows of a VM */
#define VM_SHM_PEERS_MAX 8 /* VMs that share one region */
#define VM_SHM_SIZE_MAX MIB(256)

/*
 * VM_MEM_DIRECT: what is at that host address. VM_MEM_HIDDEN: RAM in every respect, but for firmware alone: the guest's
 * device tree does not list it. VM_MEM_DIRECT_RAM: RAM from wherever it is free, each block at its own host address.
 */
enum vm_mem_type { VM_MEM_RAM, VM_MEM_ROM, VM_MEM_DIRECT, VM_MEM_HIDDEN, VM_MEM_DIRECT_RAM };

/* Firmware services of the host that a VM may call, one bit each. */
#define VM_FW_SCMI BIT32(0)
#define VM_FW_OPTEE BIT32(1)

struct vm_mem_region {
	ipa_t ipa;
	/* bytes, multiple of 2 MiB, or 4 KiB (direct). 0 = an equal share of what is left (RAM and DIRECT_RAM only) */
	u64 size;
	enum vm_mem_type type;
};

/* A VM's window onto a shared-memory region of the bundle. */
struct vm_shm {
	char name[VM_NAME_MAX]; /* node under /shared-memory */
	u32 region;             /* its number there, below VM_SHM_MAX */
	u64 size;               /* bytes, multiple of 4 KiB */
	ipa_t ipa;              /* multiple of 2 MiB */
	bool ro;
	u32 self;  /* the VM's number among those that share the region, in the order of the VM nodes */
	u32 peers; /* how many they are, at most VM_SHM_PEERS_MAX */
};

enum vm_image_format { VM_IMG_NONE, VM_IMG_LINUX, VM_IMG_GZIP, VM_IMG_ELF, VM_IMG_FLAT, VM_IMG_BLOB };
enum vm_hash_algo { VM_HASH_NONE, VM_HASH_CRC32, VM_HASH_SHA256 };

/* One image of the bundle. Offsets are from the start of the FIT, bounds-checked against its size. */
struct vm_image {
	char name[VM_NAME_MAX]; /* node under /images; "" = no such image */
	u64 offset;
	u64 size;
	enum vm_image_format format; /* decided from compression, type and magic by the loader */
	bool gzip;                   /* compression = "gzip" */
	bool has_load;
	ipa_t load; /* explicit load IPA (from the VM node, else the image node) */
	bool has_entry;
	ipa_t entry;
	enum vm_hash_algo hash_algo;
	u8 hash[32]; /* crc32: 4 bytes big-endian as in the FIT */
};

enum vm_policy { VM_POLICY_RESTART, VM_POLICY_HALT, VM_POLICY_SHUTDOWN };
enum vm_ptimer { VM_PTIMER_AUTO, VM_PTIMER_TRAP };

struct vm_config {
	char name[VM_NAME_MAX];
	char path[VM_PATH_MAX]; /* node in the bundle, for messages */
	u32 vcpus;
	u64 cpu_affinity; /* bit n = host CPU n (index in the host DTB); ~0 = any */
	u32 cpu_class;    /* VM_CPU_*: cpu_affinity is what the host makes of it; 0 = CPU numbers */
	char scheduler[16];
	u32 weight;      /* 1..SCHED_WEIGHT_MAX */
	u32 rt_priority; /* 1..SCHED_RT_PRIO_MAX, higher first; 0 = not real-time */
	u32 rt_budget_us, rt_period_us;
	u32 nr_mem;
	struct vm_mem_region mem[VM_MEM_MAX];
	struct vm_image kernel;
	struct vm_image ramdisk;
	struct vm_image fdt;
	char bootargs[VM_BOOTARGS_MAX];
	u32 nr_passthrough;
	char passthrough[VM_PASSTHROUGH_MAX][VM_PATH_MAX]; /* host DT paths, or "console" = the stdout-path UART */
	bool rest;            /* passthrough names "rest": all devices that are nobody else's */
	bool dma_unprotected; /* its devices may write to any memory of the host: it is trusted */
	u32 firmware;         /* VM_FW_* */
	u32 nr_smc_forward;
	u32 smc_forward[VM_SMC_FORWARD_MAX]; /* function ids */
	bool autostart;
	bool mailbox;
	bool no_vuart; /* console = "none" */
	bool kaslr;    /* a kaslr-seed in its device tree */
	enum vm_policy on_reboot;
	enum vm_policy on_crash;
	enum vm_ptimer ptimer;
	ipa_t gicd_ipa;
	ipa_t gicr_ipa;
	bool gic_like_host; /* both are to be the host's own addresses: filled in when the VM is created */
	u32 nr_shm;
	struct vm_shm shm[VM_SHM_MAX];
	bool watchdog;
};

/* cpu-affinity in words */
#define VM_CPU_LITTLE 1U
#define VM_CPU_BIG 2U

#define VM_CONFIG_ERR_MAX 256

/* One message that names node, property, value and what would be valid. */
struct vm_config_err {
	char text[VM_CONFIG_ERR_MAX];
};

/**
 * bundle_open() - accept a FIT, or a FIT inside a 64-byte legacy U-Boot ramdisk header, at @data.
 * @fit, @fit_size: the FIT inside. Return: 0; -EINVAL with @err set ("bundle: not a FIT: magic 0x...", "bundle:
 * truncated: ..."). Only the FDT part has to be readable, @readable bytes from @data; @size is the whole bundle.
 */
int __must_check bundle_open(const void *data, u64 readable, u64 size, const void **fit, u64 *fit_size,
			     struct vm_config_err *err);

/* vm_config_count() - VM nodes in /vms, or -EINVAL with @err (no /vms, wrong compatible, none or too many). */
int __must_check vm_config_count(const void *fit, struct vm_config_err *err);

/**
 * vm_config_parse() - fill @cfg from the @index-th node of /vms, with the defaults of docs/reference/vm-manifest.md.
 * Checks what can be checked without the host: types, ranges, overlaps inside the VM, images present, bounds.
 * Return: 0, -EINVAL, -ENOENT (an image that is not there), -ENOSPC (too long or too many), with @err set.
 */
int __must_check vm_config_parse(const void *fit, u64 fit_size, u32 index, struct vm_config *cfg,
				 struct vm_config_err *err);

/* vm_config_has() - has @cfg a region of @type? */
static inline bool vm_config_has(const struct vm_config *cfg, enum vm_mem_type type)
{
	for (u32 i = 0; i < cfg->nr_mem; i++) {
		if (cfg->mem[i].type == type)
			return true;
	}
	return false;
}

/**
 * vm_config_check_set() - rules across VMs: unique names, no device or direct-map page given twice.
 * vm_config_check_against() - the same for @cfg[@nr] and each of the @nr before it. Return: 0, -EINVAL with @err set.
 */
int __must_check vm_config_check_against(const struct vm_config *cfg, u32 nr, struct vm_config_err *err);
int __must_check vm_config_check_set(const struct vm_config *cfg, u32 nr, struct vm_config_err *err);

#endif
