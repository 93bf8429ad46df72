/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Non-secure timer, channel 0: counts down from its load value at 24 MHz, and interrupts at zero. Linux has it wake
 * cores whose own timers are off with the core.
 */
#include "qemu/osdep.h"

#include "hw/irq.h"
#include "qemu/timer.h"
#include "rk3588.h"

#define TIMER_LOAD_COUNT0 0x00
#define TIMER_LOAD_COUNT1 0x04
#define TIMER_CURRENT0 0x08
#define TIMER_CURRENT1 0x0c
#define TIMER_CONTROL 0x10
#define TIMER_INT_STATUS 0x18
#define TIMER_SIZE 0x20

#define CONTROL_ENABLE (1u << 0)
#define CONTROL_ONE_SHOT (1u << 1)
#define CONTROL_INT_UNMASK (1u << 2)

static void update_irq(Rk3588Timer *s)
{
	qemu_set_irq(s->irq, s->pending && (s->control & CONTROL_INT_UNMASK));
}

static void start(Rk3588Timer *s)
{
	s->end = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + muldiv64(s->load, NANOSECONDS_PER_SECOND, RK3588_CNTFRQ);
	timer_mod(s->timer, s->end);
}

static void expire(void *opaque)
{
	Rk3588Timer *s = opaque;

	s->pending = true;
	update_irq(s);
	if (!(s->control & CONTROL_ONE_SHOT) && s->load) {
		start(s);
	}
}

static uint64_t current(Rk3588Timer *s)
{
	int64_t left = s->end - qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);

	return (s->control & CONTROL_ENABLE) && left > 0 ? muldiv64(left, RK3588_CNTFRQ, NANOSECONDS_PER_SECOND) : 0;
}

static uint64_t timer_read(void *opaque, hwaddr a, unsigned size)
{
	Rk3588Timer *s = opaque;

	switch (a) {
	case TIMER_LOAD_COUNT0:
		return extract64(s->load, 0, 32);
	case TIMER_LOAD_COUNT1:
		return extract64(s->load, 32, 32);
	case TIMER_CURRENT0:
		return extract64(current(s), 0, 32);
	case TIMER_CURRENT1:
		return extract64(current(s), 32, 32);
	case TIMER_CONTROL:
		return s->control;
	case TIMER_INT_STATUS:
		return s->pending;
	default:
		return 0;
	}
}

static void control_write(Rk3588Timer *s, uint32_t v)
{
	bool was = s->control & CONTROL_ENABLE;

	s->control = v;
	if (!(v & CONTROL_ENABLE)) {
		timer_del(s->timer);
	} else if (!was) {
		start(s);
	}
	update_irq(s);
}

static void timer_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
	Rk3588Timer *s = opaque;

	switch (a) {
	case TIMER_LOAD_COUNT0:
		s->load = deposit64(s->load, 0, 32, v);
		break;
	case TIMER_LOAD_COUNT1:
		s->load = deposit64(s->load, 32, 32, v);
		break;
	case TIMER_CONTROL:
		control_write(s, v);
		break;
	case TIMER_INT_STATUS:
		s->pending &= !(v & 1);
		update_irq(s);
		break;
	default:
		break;
	}
}

static const MemoryRegionOps timer_ops = {
	.read = timer_read,
	.write = timer_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void timer_reset(DeviceState *dev)
{
	Rk3588Timer *s = RK3588_TIMER(dev);

	timer_del(s->timer);
	s->load = s->control = 0;
	s->pending = false;
}

static void rk3588_timer_init(Object *obj)
{
	Rk3588Timer *s = RK3588_TIMER(obj);

	s->timer = timer_new_ns(QEMU_CLOCK_VIRTUAL, expire, s);
	memory_region_init_io(&s->mr, obj, &timer_ops, s, TYPE_RK3588_TIMER, TIMER_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mr);
	sysbus_init_irq(SYS_BUS_DEVICE(obj), &s->irq);
}

static void timer_class_init(ObjectClass *oc, void *data)
{
	device_class_set_legacy_reset(DEVICE_CLASS(oc), timer_reset);
}

static const TypeInfo timer_types[] = { {
	.name = TYPE_RK3588_TIMER,
	.parent = TYPE_SYS_BUS_DEVICE,
	.instance_size = sizeof(Rk3588Timer),
	.instance_init = rk3588_timer_init,
	.class_init = timer_class_init,
} };
DEFINE_TYPES(timer_types)
