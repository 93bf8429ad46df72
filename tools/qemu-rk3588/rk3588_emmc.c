/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * eMMC controller: QEMU's SDHCI, with the vendor area and the delay line of Rockchip's DWCMSHC around it. The delay
 * line locks as soon as it is started. The card is QEMU's eMMC model, on -drive if=sd.
 */
#include "qemu/osdep.h"

#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "rk3588.h"

#define SDMA_ADDRESS 0x00
#define TRANSFER_MODE 0x0c
#define COMMAND 0x0e
#define COMMAND_INDEX(v) ((v) >> 8 & 0x3f)
#define TRNMOD_AUTO_CMD23 (1u << 3)
#define CMD_READ_MULTIPLE 18
#define CMD_SET_BLOCK_COUNT 23
#define CMD_WRITE_MULTIPLE 25
#define PRNSTS_TRANSFERS (3u << 8) /* present state: a read or a write is going on */
#define VENDOR_AREA_POINTER 0xe8   /* inside the standard registers */
#define VENDOR_AREA 0x500
#define DLL_CTRL 0x800
#define DLL_START (1u << 0)
#define DLL_STATUS0 0x840
#define DLL_LOCKED (1u << 8)

/* Timeout clock 50 MHz, base clock 200 MHz, 8 bits, ADMA2, high speed, SDMA, 3.3 V and 1.8 V */
#define CAPABILITIES 0x056cc8b2ULL

static uint64_t area_read(void *opaque, hwaddr a, unsigned size)
{
	return VENDOR_AREA;
}

static uint64_t extra_read(void *opaque, hwaddr a, unsigned size)
{
	Rk3588Emmc *s = opaque;

	if (a >= sizeof(s->regs)) {
		return 0;
	}
	if (a == DLL_STATUS0) {
		return s->regs[DLL_CTRL / 4] & DLL_START ? DLL_LOCKED : 0;
	}
	return s->regs[a / 4];
}

static void extra_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
	Rk3588Emmc *s = opaque;

	if (a < sizeof(s->regs)) {
		s->regs[a / 4] = v;
	}
}

static void area_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
}

static uint64_t sdma_read(void *opaque, hwaddr a, unsigned size)
{
	SDHCIState *sdhci = &RK3588_EMMC(opaque)->sdhci;

	return sdhci->io_ops->read(sdhci, SDMA_ADDRESS + a, size);
}

/*
 * A transfer that has stopped at its buffer boundary goes on when software writes the next address. QEMU 10.0 takes
 * this for a write in the middle of a transfer and ignores it. Its transfers are never seen in the middle: they run in
 * one go.
 */
static void sdma_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
	SDHCIState *sdhci = &RK3588_EMMC(opaque)->sdhci;

	if (sdhci->blkcnt) {
		sdhci->prnsts &= ~PRNSTS_TRANSFERS;
	}
	sdhci->io_ops->write(sdhci, SDMA_ADDRESS + a, v, size);
}

static uint64_t command_read(void *opaque, hwaddr a, unsigned size)
{
	SDHCIState *sdhci = &RK3588_EMMC(opaque)->sdhci;

	return sdhci->io_ops->read(sdhci, TRANSFER_MODE + a, size);
}

/* Linux lets the controller send SET_BLOCK_COUNT in front of a command. QEMU's does not, and forgets that it was asked
 * to. */
static void command_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
	Rk3588Emmc *s = opaque;
	uint32_t index = COMMAND_INDEX(v);

	if (TRANSFER_MODE + a < COMMAND) {
		s->auto_cmd23 = v & TRNMOD_AUTO_CMD23;
	} else if (s->auto_cmd23 && (index == CMD_READ_MULTIPLE || index == CMD_WRITE_MULTIPLE)) {
		/* ARGUMENT2 is the register that SDMA uses as address. */
		SDRequest count = { .cmd = CMD_SET_BLOCK_COUNT, .arg = s->sdhci.sdmasysad };
		uint8_t response[16];

		sdbus_do_command(&s->sdhci.sdbus, &count, response);
	}
	s->sdhci.io_ops->write(&s->sdhci, TRANSFER_MODE + a, v, size);
}

static const MemoryRegionOps command_ops = {
	.read = command_read,
	.write = command_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.impl = { .min_access_size = 2, .max_access_size = 2 },
};

static const MemoryRegionOps sdma_ops = {
	.read = sdma_read,
	.write = sdma_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
};

static const MemoryRegionOps area_ops = {
	.read = area_read,
	.write = area_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.impl = { .min_access_size = 4, .max_access_size = 4 },
};

static const MemoryRegionOps extra_ops = {
	.read = extra_read,
	.write = extra_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.impl = { .min_access_size = 4, .max_access_size = 4 },
};

static void emmc_reset(DeviceState *dev)
{
	Rk3588Emmc *s = RK3588_EMMC(dev);

	memset(s->regs, 0, sizeof(s->regs));
	s->auto_cmd23 = false;
}

static void emmc_realize(DeviceState *dev, Error **errp)
{
	Rk3588Emmc *s = RK3588_EMMC(dev);
	SysBusDevice *sdhci = SYS_BUS_DEVICE(&s->sdhci);

	qdev_prop_set_uint8(DEVICE(sdhci), "sd-spec-version", 3);
	qdev_prop_set_uint64(DEVICE(sdhci), "capareg", CAPABILITIES);
	if (!sysbus_realize(sdhci, errp)) {
		return;
	}
	memory_region_add_subregion_overlap(&s->container, 0, &s->extra, 0);
	memory_region_add_subregion_overlap(&s->container, 0, sysbus_mmio_get_region(sdhci, 0), 1);
	memory_region_add_subregion_overlap(&s->container, VENDOR_AREA_POINTER, &s->area, 2);
	memory_region_add_subregion_overlap(&s->container, SDMA_ADDRESS, &s->sdma, 2);
	memory_region_add_subregion_overlap(&s->container, TRANSFER_MODE, &s->command, 2);
	sysbus_pass_irq(SYS_BUS_DEVICE(dev), sdhci);
}

static void emmc_init(Object *obj)
{
	Rk3588Emmc *s = RK3588_EMMC(obj);

	object_initialize_child(obj, "sdhci", &s->sdhci, TYPE_SYSBUS_SDHCI);
	memory_region_init(&s->container, obj, TYPE_RK3588_EMMC, RK3588_EMMC_SIZE);
	memory_region_init_io(&s->extra, obj, &extra_ops, s, "rk3588-emmc.extra", RK3588_EMMC_SIZE);
	memory_region_init_io(&s->sdma, obj, &sdma_ops, s, "rk3588-emmc.sdma", 4);
	memory_region_init_io(&s->command, obj, &command_ops, s, "rk3588-emmc.command", 4);
	memory_region_init_io(&s->area, obj, &area_ops, s, "rk3588-emmc.area", 4);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->container);
}

static void emmc_class_init(ObjectClass *oc, void *data)
{
	DEVICE_CLASS(oc)->realize = emmc_realize;
	device_class_set_legacy_reset(DEVICE_CLASS(oc), emmc_reset);
}

static const TypeInfo emmc_types[] = { {
	.name = TYPE_RK3588_EMMC,
	.parent = TYPE_SYS_BUS_DEVICE,
	.instance_size = sizeof(Rk3588Emmc),
	.instance_init = emmc_init,
	.class_init = emmc_class_init,
} };
DEFINE_TYPES(emmc_types)
