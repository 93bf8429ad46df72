/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clock and reset unit: storage with write enables, PLLs that are always locked, and the reset values that the boot
 * chain leaves. No clock is modelled: a rate that software computes from these registers has no effect.
 */
#include "qemu/osdep.h"

#include "migration/vmstate.h"
#include "rk3588.h"
#include "system/runstate.h"

#define CRU_MODE 0x280
#define CRU_CLKSEL(n) (0x300 + (n)*4)
#define CRU_GLB_SRST_FST 0xc08
#define CRU_GLB_SRST_SND 0xc0c
#define SRST_FST_VALUE 0xfdb9
#define SRST_SND_VALUE 0xeca8

#define PLL_STRIDE 0x20
#define PLL_CON6 0x18
#define PLL_LOCK (1u << 15)

/* Blocks of CRUs inside the region: main, PHP, two of big cores, DSU */
static const uint32_t block[] = { 0x0, 0x8000, 0x50000, 0x52000, 0x58000 };

/* Rates that the boot chain sets up: 24 MHz * m / (p << s) */
static const struct {
	uint32_t offset, m, p, s;
} pll[] = {
	{ 0x50000, 272, 2, 2 }, /* B0PLL  816 MHz */
	{ 0x52020, 272, 2, 2 }, /* B1PLL  816 MHz */
	{ 0x58040, 272, 2, 2 }, /* LPLL   816 MHz */
	{ 0x160, 396, 4, 1 },   /* V0PLL 1188 MHz */
	{ 0x180, 262, 2, 2 },   /* AUPLL  786 MHz */
	{ 0x1a0, 250, 2, 1 },   /* CPLL  1500 MHz */
	{ 0x1c0, 198, 2, 1 },   /* GPLL  1188 MHz */
	{ 0x1e0, 425, 3, 2 },   /* NPLL   850 MHz */
	{ 0x8200, 550, 3, 2 },  /* PPLL  1100 MHz */
};

static bool is_pll_con6(hwaddr a)
{
	for (int i = 0; i < ARRAY_SIZE(block); i++) {
		if (a >= block[i] && a < block[i] + CRU_MODE) {
			return a % PLL_STRIDE == PLL_CON6;
		}
	}
	return false;
}

static uint64_t cru_read(void *opaque, hwaddr a, unsigned size)
{
	Rk3588Cru *s = opaque;

	return s->regs[a / 4] | (is_pll_con6(a) ? PLL_LOCK : 0);
}

static void cru_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
	Rk3588Cru *s = opaque;

	if ((a == CRU_GLB_SRST_FST && v == SRST_FST_VALUE) || (a == CRU_GLB_SRST_SND && v == SRST_SND_VALUE)) {
		qemu_system_reset_request(SHUTDOWN_CAUSE_GUEST_RESET);
		return;
	}
	s->regs[a / 4] = rk3588_hiword(s->regs[a / 4], v);
}

static const MemoryRegionOps cru_ops = {
	.read = cru_read,
	.write = cru_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void cru_reset(DeviceState *dev)
{
	Rk3588Cru *s = RK3588_CRU(dev);

	memset(s->regs, 0, sizeof(s->regs));
	for (int i = 0; i < ARRAY_SIZE(pll); i++) {
		s->regs[pll[i].offset / 4] = pll[i].m;
		s->regs[pll[i].offset / 4 + 1] = pll[i].s << 6 | pll[i].p;
	}
	for (int i = 0; i < ARRAY_SIZE(block); i++) {
		s->regs[(block[i] + CRU_MODE) / 4] = 0x5555; /* every PLL in normal mode */
	}
	for (int uart = 1; uart < RK3588_NUM_UARTS; uart++) {
		s->regs[CRU_CLKSEL(41 + 2 * uart) / 4] = 2; /* from the 24 MHz crystal */
	}
}

static void cru_init(Object *obj)
{
	Rk3588Cru *s = RK3588_CRU(obj);

	memory_region_init_io(&s->mr, obj, &cru_ops, s, TYPE_RK3588_CRU, RK3588_CRU_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mr);
}

static const VMStateDescription cru_vmstate = {
	.name = TYPE_RK3588_CRU,
	.fields = (const VMStateField[]){ VMSTATE_UINT32_ARRAY(regs, Rk3588Cru, RK3588_CRU_SIZE / 4),
					  VMSTATE_END_OF_LIST() },
};

static void cru_class_init(ObjectClass *oc, void *data)
{
	device_class_set_legacy_reset(DEVICE_CLASS(oc), cru_reset);
	DEVICE_CLASS(oc)->vmsd = &cru_vmstate;
}

static const TypeInfo cru_types[] = { {
	.name = TYPE_RK3588_CRU,
	.parent = TYPE_SYS_BUS_DEVICE,
	.instance_size = sizeof(Rk3588Cru),
	.instance_init = cru_init,
	.class_init = cru_class_init,
} };
DEFINE_TYPES(cru_types)
