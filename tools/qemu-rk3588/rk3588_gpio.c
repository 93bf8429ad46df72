/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GPIO banks without pins: storage and the version register. On bank 0 an output of one on A2 is the sleep request to
 * the PMIC, by which BL31 switches the board off.
 */
#include "qemu/osdep.h"

#include "hw/qdev-properties.h"
#include "rk3588.h"
#include "system/runstate.h"

#define GPIO_DR_L 0x00
#define GPIO_DDR_L 0x08
#define GPIO_EXT_PORT 0x70
#define GPIO_VER_ID 0x78
#define GPIO_VER_V2_1 0x0101157c
#define PMIC_SLEEP (1u << 2) /* A2 */

static uint64_t gpio_read(void *opaque, hwaddr a, unsigned size)
{
	Rk3588Gpio *s = opaque;

	switch (a) {
	case GPIO_VER_ID:
		return GPIO_VER_V2_1;
	case GPIO_EXT_PORT: /* outputs read back, inputs are low */
		return (s->regs[0] & s->regs[2]) | (s->regs[1] & s->regs[3]) << 16;
	default:
		return s->regs[a / 4];
	}
}

static void gpio_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
	Rk3588Gpio *s = opaque;

	s->regs[a / 4] = rk3588_hiword(s->regs[a / 4], v);
	if (s->pmic && s->regs[GPIO_DR_L / 4] & s->regs[GPIO_DDR_L / 4] & PMIC_SLEEP) {
		qemu_system_shutdown_request(SHUTDOWN_CAUSE_GUEST_SHUTDOWN);
	}
}

static const MemoryRegionOps gpio_ops = {
	.read = gpio_read,
	.write = gpio_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void gpio_reset(DeviceState *dev)
{
	memset(RK3588_GPIO(dev)->regs, 0, sizeof(RK3588_GPIO(dev)->regs));
}

static void gpio_init(Object *obj)
{
	Rk3588Gpio *s = RK3588_GPIO(obj);

	memory_region_init_io(&s->mr, obj, &gpio_ops, s, TYPE_RK3588_GPIO, sizeof(s->regs));
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mr);
}

static const Property gpio_properties[] = {
	DEFINE_PROP_BOOL("pmic", Rk3588Gpio, pmic, false),
};

static void gpio_class_init(ObjectClass *oc, void *data)
{
	device_class_set_legacy_reset(DEVICE_CLASS(oc), gpio_reset);
	device_class_set_props(DEVICE_CLASS(oc), gpio_properties);
}

static const TypeInfo gpio_types[] = { {
	.name = TYPE_RK3588_GPIO,
	.parent = TYPE_SYS_BUS_DEVICE,
	.instance_size = sizeof(Rk3588Gpio),
	.instance_init = gpio_init,
	.class_init = gpio_class_init,
} };
DEFINE_TYPES(gpio_types)
