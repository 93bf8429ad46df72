/* SPDX-License-Identifier: GPL-2.0-or-later */
/* OTP memory: the read port, and the contents that loaders want: the chip's code and a serial number. */
#include "qemu/osdep.h"

#include "rk3588.h"

#define OTP_AUTO_CTRL 0x04 /* word address << 16 */
#define OTP_AUTO_EN 0x08
#define OTP_DOUT0 0x20
#define OTP_INT_ST 0x84
#define OTP_RD_DONE (1u << 1)
#define OTP_SIZE 0x400

#define OTP_NS_FIRST_WORD 0x300 /* what the non-secure world may read */
/* Bytes 2 and 3: chip code. Bytes 7 to 22: serial number. */
static const uint8_t contents[24] = "RK\x35\x88\0\0\0QEMU-RK3588-0001";

static uint64_t otp_read(void *opaque, hwaddr a, unsigned size)
{
	Rk3588Otp *s = opaque;

	switch (a) {
	case OTP_AUTO_CTRL:
		return s->ctrl;
	case OTP_DOUT0:
		return s->dout;
	case OTP_INT_ST:
		return s->status;
	default:
		return 0;
	}
}

static void otp_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
	Rk3588Otp *s = opaque;
	uint32_t at;

	switch (a) {
	case OTP_AUTO_CTRL:
		s->ctrl = v;
		break;
	case OTP_AUTO_EN:
		at = ((s->ctrl >> 16) - OTP_NS_FIRST_WORD) * 4;
		s->dout = at < sizeof(contents) ? ldl_le_p(contents + at) : 0;
		s->status |= OTP_RD_DONE;
		break;
	case OTP_INT_ST:
		s->status &= ~v;
		break;
	default:
		break;
	}
}

static const MemoryRegionOps otp_ops = {
	.read = otp_read,
	.write = otp_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void otp_reset(DeviceState *dev)
{
	Rk3588Otp *s = RK3588_OTP(dev);

	s->ctrl = s->status = s->dout = 0;
}

static void otp_init(Object *obj)
{
	Rk3588Otp *s = RK3588_OTP(obj);

	memory_region_init_io(&s->mr, obj, &otp_ops, s, TYPE_RK3588_OTP, OTP_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mr);
}

static void otp_class_init(ObjectClass *oc, void *data)
{
	device_class_set_legacy_reset(DEVICE_CLASS(oc), otp_reset);
}

static const TypeInfo otp_types[] = { {
	.name = TYPE_RK3588_OTP,
	.parent = TYPE_SYS_BUS_DEVICE,
	.instance_size = sizeof(Rk3588Otp),
	.instance_init = otp_init,
	.class_init = otp_class_init,
} };
DEFINE_TYPES(otp_types)
