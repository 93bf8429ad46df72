/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * DesignWare APB UART around QEMU's 16550: 32-bit registers, the identification registers, and what makes this UART
 * different. While a character is on the wire USR says busy and LSR says "transmitter not empty"; a write to LCR is
 * then lost and raises the busy-detect interrupt, which a read of USR clears.
 */
#include "qemu/osdep.h"

#include "hw/irq.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qemu/log.h"
#include "rk3588.h"

#define UART_SIZE 0x100
#define UART_THR 0
#define UART_IIR 2
#define UART_LCR 3
#define UART_LSR 5
#define LCR_DLAB 0x80
#define LSR_DR 0x01
#define LSR_TEMT 0x40
#define IIR_BUSY 0x07

#define DW_USR 0x7c
#define USR_BUSY (1u << 0)
#define USR_TX_NOT_FULL (1u << 1)
#define USR_TX_EMPTY (1u << 2)
#define USR_RX_NOT_EMPTY (1u << 3)
#define DW_CPR 0xf4
#define DW_UCV 0xf8
#define DW_CTR 0xfc
#define CPR_VALUE 0x00043ff2 /* FIFO of 64 bytes, auto flow control, shadow registers */
#define UCV_VALUE 0x3430322a /* "402*" */
#define CTR_VALUE 0x44570110 /* "DW", UART */
#define UART_CLOCK 24000000

static bool is_busy(Rk3588Uart *s)
{
	return qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) < s->busy_until;
}

static void update_irq(Rk3588Uart *s)
{
	qemu_set_irq(s->irq, s->serial_level || s->busy_detect);
}

static void serial_irq(void *opaque, int n, int level)
{
	Rk3588Uart *s = opaque;

	s->serial_level = level;
	update_irq(s);
}

static uint32_t read_usr(Rk3588Uart *s)
{
	uint32_t busy = is_busy(s) ? USR_BUSY : USR_TX_EMPTY;

	s->busy_detect = false;
	update_irq(s);
	return busy | USR_TX_NOT_FULL | (s->serial.lsr & LSR_DR ? USR_RX_NOT_EMPTY : 0);
}

static uint64_t uart_read(void *opaque, hwaddr a, unsigned size)
{
	Rk3588Uart *s = opaque;
	uint64_t v;

	switch (a) {
	case DW_USR:
		return read_usr(s);
	case DW_CPR:
		return CPR_VALUE;
	case DW_UCV:
		return UCV_VALUE;
	case DW_CTR:
		return CTR_VALUE;
	case UART_IIR * 4:
		if (s->busy_detect) {
			return IIR_BUSY;
		}
		break;
	default:
		break;
	}
	if (a / 4 > 7) {
		return 0;
	}
	v = serial_io_ops.read(&s->serial, a / 4, 1);
	return a == UART_LSR * 4 && is_busy(s) ? v & ~LSR_TEMT : v;
}

/* One character more on the wire: start, eight data bits and stop, at the rate that the divisor says */
static void character_sent(Rk3588Uart *s)
{
	int64_t now = qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL);
	int64_t bit = NANOSECONDS_PER_SECOND * 16 * MAX(s->serial.divider, 1) / UART_CLOCK;

	s->busy_until = MAX(now, s->busy_until) + 10 * bit;
}

static void uart_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
	Rk3588Uart *s = opaque;

	if (a / 4 > 7) {
		return;
	}
	if (a == UART_LCR * 4 && is_busy(s)) {
		qemu_log_mask(LOG_GUEST_ERROR, "rk3588-uart: LCR written while busy, ignored\n");
		s->busy_detect = true;
		update_irq(s);
		return;
	}
	if (a == UART_THR && !(s->serial.lcr & LCR_DLAB)) {
		character_sent(s);
	}
	serial_io_ops.write(&s->serial, a / 4, v & 0xff, 1);
}

static const MemoryRegionOps uart_ops = {
	.read = uart_read,
	.write = uart_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void uart_reset(DeviceState *dev)
{
	Rk3588Uart *s = RK3588_UART(dev);

	s->busy_until = 0;
	s->busy_detect = s->serial_level = false;
}

static void uart_realize(DeviceState *dev, Error **errp)
{
	Rk3588Uart *s = RK3588_UART(dev);

	qdev_prop_set_uint32(DEVICE(&s->serial), "baudbase", UART_CLOCK / 16);
	if (!qdev_realize(DEVICE(&s->serial), NULL, errp)) {
		return;
	}
	s->serial.irq = qemu_allocate_irq(serial_irq, s, 0);
}

static void uart_init(Object *obj)
{
	Rk3588Uart *s = RK3588_UART(obj);

	object_initialize_child(obj, "serial", &s->serial, TYPE_SERIAL);
	object_property_add_alias(obj, "chardev", OBJECT(&s->serial), "chardev");
	memory_region_init_io(&s->mr, obj, &uart_ops, s, TYPE_RK3588_UART, UART_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mr);
	sysbus_init_irq(SYS_BUS_DEVICE(obj), &s->irq);
}

static void uart_class_init(ObjectClass *oc, void *data)
{
	DEVICE_CLASS(oc)->realize = uart_realize;
	device_class_set_legacy_reset(DEVICE_CLASS(oc), uart_reset);
}

static const TypeInfo uart_types[] = { {
	.name = TYPE_RK3588_UART,
	.parent = TYPE_SYS_BUS_DEVICE,
	.instance_size = sizeof(Rk3588Uart),
	.instance_init = uart_init,
	.class_init = uart_class_init,
} };
DEFINE_TYPES(uart_types)
