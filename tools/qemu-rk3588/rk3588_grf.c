/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * General register files fd580000..fd58ffff, with what boot firmware acts upon: the switch that puts PMUSRAM over the
 * boot ROM, the crypto flag of the DSU, the WFE state of the cores, and the DRAM size that the first loader leaves.
 */
#include "qemu/osdep.h"

#include "hw/qdev-properties.h"
#include "qemu/units.h"
#include "rk3588.h"

#define PMU0SGRF_SOC_CON2 0x0008
#define REMAP_PMUSRAM 1u
#define DSUSGRF_SOC_CON4 0x7010
#define DSU_CRYPTO_OFF (1u << 4) /* a core comes out of a cold reset without the crypto extension */
#define PMU0GRF_OS_REG_FIRST 0x8080
#define PMU0GRF_OS_REG_LAST 0x80bc
#define PMU1GRF_OS_REG(n) (0xa200 + (n)*4)
#define SYSGRF_SOC_STATUS3 0xc38c

/* PMU1GRF_OS_REG2 to 5: two pairs of registers, each for two channels of 16 bits */
#define OS_DDRTYPE_LPDDR4 (7u << 13)
#define OS_TWO_CHANNELS (1u << 12)
#define OS_CHANNEL(ch, v) ((uint32_t)(v) << ((ch)*16))
#define OS_RANK2 (1u << 11)
#define OS_COL10 (1u << 9)
#define OS_CS0_ROW(r) (((r)-13u) % 4 << 6)
#define OS_CS1_ROW(r) (((r)-13u) % 4 << 4)
#define OS_BW16 (1u << 2)
#define OS_VERSION3 (3u << 28)
#define OS_EXT_ROWS(ch, r) (((r)-13u) / 4 * 3 << (4 + (ch)*2)) /* both ranks */
#define OS_CS1_COL10(ch) (1u << (ch)*2)

static bool is_full_word(hwaddr a)
{
	return (a >= PMU0GRF_OS_REG_FIRST && a <= PMU0GRF_OS_REG_LAST) ||
		(a >= PMU1GRF_OS_REG(0) && a <= PMU1GRF_OS_REG(7));
}

static uint64_t grf_read(void *opaque, hwaddr a, unsigned size)
{
	Rk3588Grf *s = opaque;

	/* Cores that were never started wait in the boot ROM with WFE. Software asks before it starts the first one. */
	return a == SYSGRF_SOC_STATUS3 ? 0xff : s->regs[a / 4];
}

static void grf_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
	Rk3588Grf *s = opaque;

	s->regs[a / 4] = is_full_word(a) ? v : rk3588_hiword(s->regs[a / 4], v);
	if (a == PMU0SGRF_SOC_CON2 && s->remap) {
		memory_region_set_enabled(s->remap, s->regs[a / 4] & REMAP_PMUSRAM);
	}
}

static const MemoryRegionOps grf_ops = {
	.read = grf_read,
	.write = grf_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

/* Four channels of 16 bits, 10 column bits and 8 banks: 2^(row + 14) bytes per rank, and two ranks from 8 GiB on. */
static void set_os_regs(Rk3588Grf *s)
{
	bool two = s->ram_size >= 8 * GiB;
	uint32_t row = ctz64(s->ram_size / 4 / (two ? 2 : 1)) - 14;
	uint32_t channel = (two ? OS_RANK2 : 0) | OS_COL10 | OS_CS0_ROW(row) | OS_CS1_ROW(row) | OS_BW16;

	for (int pair = 2; pair <= 4; pair += 2) {
		s->regs[PMU1GRF_OS_REG(pair) / 4] = OS_DDRTYPE_LPDDR4 | OS_TWO_CHANNELS | OS_CHANNEL(0, channel) |
			OS_CHANNEL(1, channel);
		s->regs[PMU1GRF_OS_REG(pair + 1) / 4] = OS_VERSION3 | OS_EXT_ROWS(0, row) | OS_EXT_ROWS(1, row) |
			OS_CS1_COL10(0) | OS_CS1_COL10(1);
	}
}

static void grf_reset(DeviceState *dev)
{
	Rk3588Grf *s = RK3588_GRF(dev);

	memset(s->regs, 0, sizeof(s->regs));
	s->regs[DSUSGRF_SOC_CON4 / 4] = DSU_CRYPTO_OFF;
	set_os_regs(s);
	if (s->remap) {
		memory_region_set_enabled(s->remap, false);
	}
}

static void grf_init(Object *obj)
{
	Rk3588Grf *s = RK3588_GRF(obj);

	memory_region_init_io(&s->mr, obj, &grf_ops, s, TYPE_RK3588_GRF, RK3588_GRF_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mr);
}

static const Property grf_properties[] = {
	DEFINE_PROP_UINT64("ram-size", Rk3588Grf, ram_size, 4 * GiB),
};

static void grf_class_init(ObjectClass *oc, void *data)
{
	device_class_set_legacy_reset(DEVICE_CLASS(oc), grf_reset);
	device_class_set_props(DEVICE_CLASS(oc), grf_properties);
}

static const TypeInfo grf_types[] = { {
	.name = TYPE_RK3588_GRF,
	.parent = TYPE_SYS_BUS_DEVICE,
	.instance_size = sizeof(Rk3588Grf),
	.instance_init = grf_init,
	.class_init = grf_class_init,
} };
DEFINE_TYPES(grf_types)
