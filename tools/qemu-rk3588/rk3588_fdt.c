/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the model changes in the device tree of a kernel that it loads itself, in the place of the boot loader. */
#include "qemu/osdep.h"

#include "rk3588.h"
#include "system/device_tree.h"
#include <libfdt.h>

static void add_high_memory(void *fdt, uint64_t size)
{
	const char *name = "/memory@100000000";

	qemu_fdt_add_subnode(fdt, name);
	qemu_fdt_setprop_string(fdt, name, "device_type", "memory");
	qemu_fdt_setprop_sized_cells(fdt, name, "reg", 2, RK3588_DRAM_HIGH_BASE, 2, size);
}

/* From the last to the first: nodes are added in front of those that are there. */
static void add_virtio(void *fdt)
{
	for (int i = RK3588_NUM_VIRTIO - 1; i >= 0; i--) {
		uint64_t base = RK3588_VIRTIO_BASE + RK3588_VIRTIO_SIZE * i;
		g_autofree char *name = g_strdup_printf("/virtio_mmio@%" PRIx64, base);

		qemu_fdt_add_subnode(fdt, name);
		qemu_fdt_setprop_string(fdt, name, "compatible", "virtio,mmio");
		qemu_fdt_setprop_sized_cells(fdt, name, "reg", 2, base, 2, 0x200);
		/* Four cells: SPI, number, rising edge, no partition */
		qemu_fdt_setprop_cells(fdt, name, "interrupts", 0, RK3588_VIRTIO_SPI + i, 1, 0);
		qemu_fdt_setprop(fdt, name, "dma-coherent", NULL, 0);
	}
}

static bool is_cpu(void *fdt, int node)
{
	const char *type = fdt_getprop(fdt, node, "device_type", NULL);

	return type && !strcmp(type, "cpu");
}

/* Takes out idle states, and marks cores that -smp left out as not there. */
static void adapt_cpus(Rk3588State *s, void *fdt)
{
	int cpus = fdt_path_offset(fdt, "/cpus");
	int node, idle;

	/* Every change moves what follows: first mark, then look again. */
	for (int i = MACHINE(s)->smp.cpus; i < RK3588_NUM_CPUS; i++) {
		g_autofree char *name = g_strdup_printf("/cpus/cpu@%x", i << ARM_AFF1_SHIFT);

		if (fdt_path_offset(fdt, name) >= 0) {
			qemu_fdt_setprop_string(fdt, name, "status", "fail");
		}
	}
	if (s->idle_states) {
		return;
	}
	fdt_for_each_subnode (node, fdt, cpus) {
		if (is_cpu(fdt, node)) {
			fdt_nop_property(fdt, node, "cpu-idle-states");
		}
	}
	idle = fdt_path_offset(fdt, "/cpus/idle-states");
	if (idle >= 0) {
		fdt_nop_node(fdt, idle);
	}
}

void rk3588_modify_dtb(const struct arm_boot_info *info, void *fdt)
{
	Rk3588State *s = container_of(info, Rk3588State, boot);

	if (memory_region_size(&s->dram_high)) {
		add_high_memory(fdt, memory_region_size(&s->dram_high));
	}
	if (s->virtio_nodes) {
		add_virtio(fdt);
	}
	adapt_cpus(s, fdt);
}
