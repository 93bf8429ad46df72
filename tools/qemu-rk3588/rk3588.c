/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The machine "rk3588": Rockchip's RK3588 as far as boot loaders, Linux with the boards' own device trees and a
 * hypervisor at EL2 look at it. README.md says what is there and what is not.
 */
#include "qemu/osdep.h"

#include "exec/address-spaces.h"
#include "hw/misc/unimp.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/error-report.h"
#include "qemu/units.h"
#include "rk3588.h"
#include "system/blockdev.h"
#include "system/system.h"

#define SRAM_BASE 0xff000000
#define SRAM_SIZE 0x100000
#define PMUSRAM_SIZE 0x20000
#define MMIO_BASE RK3588_DRAM_LOW_TOP
#define MMIO_SIZE 0x10000000
#define PCIE_BASE 0x900000000ULL /* 64-bit windows and DBI of the PCIe controllers */
#define PCIE_SIZE 0x150000000ULL
#define CRU_BASE 0xfd7c0000
#define GRF_BASE 0xfd580000
#define PMU_BASE 0xfd8d0000
#define OTP_BASE 0xfecc0000
#define TIMER_BASE 0xfeae0000
#define TIMER_SPI 289
#define EMMC_BASE 0xfe2e0000
#define EMMC_SPI 205
#define UART_SPI(n) (331 + (n))

static const hwaddr uart_base[RK3588_NUM_UARTS] = {
	0xfd890000, 0xfeb40000, 0xfeb50000, 0xfeb60000, 0xfeb70000,
	0xfeb80000, 0xfeb90000, 0xfeba0000, 0xfebb0000, 0xfebc0000,
};
static const hwaddr gpio_base[RK3588_NUM_GPIOS] = { 0xfd8a0000, 0xfec20000, 0xfec30000, 0xfec40000, 0xfec50000 };

static void create_memory(Rk3588State *s)
{
	/* What a core executes that comes out of reset before anybody has swapped in PMUSRAM: 1: wfe; b 1b */
	static const uint32_t wait[] = { const_le32(0xd503205f), const_le32(0x17ffffff) };
	MachineState *m = MACHINE(s);
	MemoryRegion *sysmem = get_system_memory();
	uint64_t low = MIN(m->ram_size, RK3588_DRAM_LOW_TOP);

	memory_region_init_alias(&s->dram_low, OBJECT(s), "rk3588.low", m->ram, 0, low);
	memory_region_add_subregion(sysmem, 0, &s->dram_low);
	if (m->ram_size > low) {
		memory_region_init_alias(&s->dram_high, OBJECT(s), "rk3588.high", m->ram, low, m->ram_size - low);
		memory_region_add_subregion(sysmem, RK3588_DRAM_HIGH_BASE, &s->dram_high);
	}
	create_unimplemented_device("rk3588.mmio", MMIO_BASE, MMIO_SIZE);
	create_unimplemented_device("rk3588.pcie", PCIE_BASE, PCIE_SIZE);

	memory_region_init_ram(&s->sram, NULL, "rk3588.sram", SRAM_SIZE, &error_fatal);
	memory_region_add_subregion(sysmem, SRAM_BASE, &s->sram);
	memory_region_init_ram(&s->pmusram, NULL, "rk3588.pmusram", PMUSRAM_SIZE, &error_fatal);
	memory_region_add_subregion(sysmem, RK3588_PMUSRAM_BASE, &s->pmusram);
	memory_region_init_rom(&s->bootrom, NULL, "rk3588.bootrom", RK3588_VECTOR_SIZE, &error_fatal);
	memory_region_add_subregion(sysmem, RK3588_RESET_VECTOR, &s->bootrom);
	memcpy(memory_region_get_ram_ptr(&s->bootrom), wait, sizeof(wait));
	memory_region_init_alias(&s->remap, OBJECT(s), "rk3588.remap", &s->pmusram, 0, RK3588_VECTOR_SIZE);
	memory_region_add_subregion_overlap(sysmem, RK3588_RESET_VECTOR, &s->remap, 1);
	memory_region_set_enabled(&s->remap, false);
}

static SysBusDevice *create(Rk3588State *s, const char *name, void *dev, size_t size, const char *type)
{
	object_initialize_child_internal(OBJECT(s), name, dev, size, type);
	return SYS_BUS_DEVICE(dev);
}

static void realize_at(SysBusDevice *dev, hwaddr base)
{
	sysbus_realize(dev, &error_fatal);
	sysbus_mmio_map(dev, 0, base);
}

static void create_system(Rk3588State *s)
{
	realize_at(create(s, "cru", &s->cru, sizeof(s->cru), TYPE_RK3588_CRU), CRU_BASE);
	create(s, "grf", &s->grf, sizeof(s->grf), TYPE_RK3588_GRF);
	s->grf.remap = &s->remap;
	qdev_prop_set_uint64(DEVICE(&s->grf), "ram-size", MACHINE(s)->ram_size);
	realize_at(SYS_BUS_DEVICE(&s->grf), GRF_BASE);
	create(s, "pmu", &s->pmu, sizeof(s->pmu), TYPE_RK3588_PMU);
	s->pmu.gic = &s->gic;
	for (int i = 0; i < MACHINE(s)->smp.cpus; i++) {
		s->pmu.cpu[i] = &s->cpu[i];
	}
	realize_at(SYS_BUS_DEVICE(&s->pmu), PMU_BASE);
	realize_at(create(s, "otp", &s->otp, sizeof(s->otp), TYPE_RK3588_OTP), OTP_BASE);
	realize_at(create(s, "timer", &s->timer, sizeof(s->timer), TYPE_RK3588_TIMER), TIMER_BASE);
	sysbus_connect_irq(SYS_BUS_DEVICE(&s->timer), 0, rk3588_spi(s, TIMER_SPI));
	for (int i = 0; i < RK3588_NUM_GPIOS; i++) {
		create(s, "gpio[*]", &s->gpio[i], sizeof(s->gpio[i]), TYPE_RK3588_GPIO);
		qdev_prop_set_bit(DEVICE(&s->gpio[i]), "pmic", i == 0);
		realize_at(SYS_BUS_DEVICE(&s->gpio[i]), gpio_base[i]);
	}
}

/* The boards' console is UART2: it gets the first -serial, the others follow in their order. */
static void create_uarts(Rk3588State *s)
{
	int next = 1;

	for (int i = 0; i < RK3588_NUM_UARTS; i++) {
		Chardev *chr = serial_hd(i == RK3588_CONSOLE_UART ? 0 : next++);

		create(s, "uart[*]", &s->uart[i], sizeof(s->uart[i]), TYPE_RK3588_UART);
		qdev_prop_set_chr(DEVICE(&s->uart[i].serial), "chardev", chr);
		realize_at(SYS_BUS_DEVICE(&s->uart[i]), uart_base[i]);
		sysbus_connect_irq(SYS_BUS_DEVICE(&s->uart[i]), 0, rk3588_spi(s, UART_SPI(i)));
	}
}

static void create_storage(Rk3588State *s)
{
	DriveInfo *drive = drive_get(IF_SD, 0, 0);

	realize_at(create(s, "emmc", &s->emmc, sizeof(s->emmc), TYPE_RK3588_EMMC), EMMC_BASE);
	sysbus_connect_irq(SYS_BUS_DEVICE(&s->emmc), 0, rk3588_spi(s, EMMC_SPI));
	if (drive) {
		DeviceState *card = qdev_new(TYPE_EMMC);

		qdev_prop_set_drive_err(card, "drive", blk_by_legacy_dinfo(drive), &error_fatal);
		qdev_realize_and_unref(card, qdev_get_child_bus(DEVICE(&s->emmc.sdhci), "sd-bus"), &error_fatal);
	}
	/* QEMU plugs the first -device into the transport that was created last. */
	for (int i = RK3588_NUM_VIRTIO - 1; i >= 0; i--) {
		sysbus_create_simple("virtio-mmio", RK3588_VIRTIO_BASE + RK3588_VIRTIO_SIZE * i,
				     rk3588_spi(s, RK3588_VIRTIO_SPI + i));
	}
}

static void rk3588_init(MachineState *m)
{
	Rk3588State *s = RK3588_MACHINE(m);

	if (m->ram_size != 2 * GiB && m->ram_size != 4 * GiB && m->ram_size != 8 * GiB && m->ram_size != 16 * GiB) {
		error_report("rk3588: boards have 2, 4, 8 or 16 GiB: use -m 2G, 4G, 8G or 16G");
		exit(1);
	}
	s->secure |= s->bl31 != NULL;
	create_memory(s);
	rk3588_create_cpus(s);
	rk3588_create_gic(s);
	create_system(s);
	create_uarts(s);
	create_storage(s);
	rk3588_boot(s);
}

#define BOOL_OPTION(field)                                                                                             \
	static bool get_##field(Object *o, Error **errp)                                                               \
	{                                                                                                              \
		return RK3588_MACHINE(o)->field;                                                                       \
	}                                                                                                              \
	static void set_##field(Object *o, bool value, Error **errp)                                                   \
	{                                                                                                              \
		RK3588_MACHINE(o)->field = value;                                                                      \
	}
BOOL_OPTION(secure)
BOOL_OPTION(virtio_nodes)
BOOL_OPTION(idle_states)

static char *get_bl31(Object *o, Error **errp)
{
	return g_strdup(RK3588_MACHINE(o)->bl31);
}

static void set_bl31(Object *o, const char *value, Error **errp)
{
	g_free(RK3588_MACHINE(o)->bl31);
	RK3588_MACHINE(o)->bl31 = g_strdup(value);
}

static void rk3588_class_init(ObjectClass *oc, void *data)
{
	MachineClass *mc = MACHINE_CLASS(oc);

	mc->desc = "Rockchip RK3588 (4 Cortex-A55, 4 Cortex-A76)";
	mc->init = rk3588_init;
	mc->min_cpus = 1;
	mc->default_cpus = mc->max_cpus = RK3588_NUM_CPUS;
	mc->default_ram_size = 4 * GiB;
	mc->default_ram_id = "rk3588.ram";
	mc->block_default_type = IF_SD;
	mc->no_floppy = mc->no_cdrom = mc->no_parallel = 1;
	object_class_property_add_bool(oc, "secure", get_secure, set_secure);
	object_class_property_set_description(oc, "secure", "EL3, and a GIC with two security states");
	object_class_property_add_bool(oc, "virtio-nodes", get_virtio_nodes, set_virtio_nodes);
	object_class_property_set_description(oc, "virtio-nodes", "Nodes of the virtio transports in the device tree");
	object_class_property_add_bool(oc, "idle-states", get_idle_states, set_idle_states);
	object_class_property_set_description(oc, "idle-states", "Leave the CPUs' idle states in the device tree");
	object_class_property_add_str(oc, "bl31", get_bl31, set_bl31);
	object_class_property_set_description(oc, "bl31", "ELF file of BL31, entered at EL3; implies secure=on");
}

static const TypeInfo rk3588_types[] = { {
	.name = TYPE_RK3588_MACHINE,
	.parent = TYPE_MACHINE,
	.instance_size = sizeof(Rk3588State),
	.class_init = rk3588_class_init,
} };
DEFINE_TYPES(rk3588_types)
