/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Power management unit: power domains that obey at once, and the power of the eight cores. A core whose PM_EN bit is
 * set goes off at its next WFI. SFT_WAKEUP_EN, or an interrupt where INT_WAKEUP_EN is set, starts it at its reset
 * vector.
 */
#include "qemu/osdep.h"

#include "qemu/timer.h"
#include "rk3588.h"
#include "target/arm/arm-powerctl.h"

#define PMU2(offset) (0x8000 + (offset))
#define CPU_AUTO_PWR_CON(n) PMU2(0x010 + (n)*4)
#define CLUSTER_ST PMU2(0x080)
#define BUS_IDLE_SFTCON(n) PMU2(0x10c + (n)*4)
#define BUS_IDLE_ACK(n) PMU2(0x118 + (n)*4)
#define BUS_IDLE_ST(n) PMU2(0x120 + (n)*4)
#define PWR_GATE_SFTCON(n) PMU2(0x14c + (n)*4)
#define PWR_GATE_ST(n) PMU2(0x180 + (n)*4)
#define MEMPWR_GATE_SFTCON(n) PMU2(0x1a0 + (n)*4)
#define QCHANNEL_PWR_SFTCON PMU2(0x1d4)
#define QCHANNEL_STATUS PMU2(0x1d8)
#define PWR_CHAIN1_ST(n) PMU2(0x1f0 + (n)*4)
#define PWR_MEM_ST(n) PMU2(0x1f8 + (n)*4)
#define BISR_STATUS4 PMU2(0x290)

/* CPU_AUTO_PWR_CON */
#define PM_EN (1u << 0)
#define PM_INT_WAKEUP_EN (1u << 1)
#define PM_SFT_WAKEUP_EN (1u << 3)

#define POLL_NS 100000

/* Half HALF of a 32-bit set of domains, written with write enables */
static uint32_t write_half(uint32_t old, int half, uint32_t v)
{
	return deposit32(old, half * 16, 16, rk3588_hiword(extract32(old, half * 16, 16), v));
}

/* Domains 3..27 and 29 report "repaired" at other places than "powered". */
static uint32_t bisr_status(uint32_t on)
{
	return extract32(on, 0, 1) << 1 | (on >> 1 & 0x007ffffc) | extract32(on, 25, 3) << 23 |
		extract32(on, 29, 1) << 26;
}

static bool core_is_off(Rk3588Pmu *s, int i)
{
	return s->cpu[i] && s->cpu[i]->power_state == PSCI_OFF;
}

static uint32_t cluster_status(Rk3588Pmu *s)
{
	uint32_t off = 0;

	for (int i = 0; i < RK3588_NUM_CPUS; i++) {
		off |= (!s->cpu[i] || core_is_off(s, i)) << i;
	}
	return off;
}

static uint64_t pmu_read(void *opaque, hwaddr a, unsigned size)
{
	Rk3588Pmu *s = opaque;
	uint32_t on = ~s->pwr_off;

	switch (a) {
	case CPU_AUTO_PWR_CON(0)... CPU_AUTO_PWR_CON(RK3588_NUM_CPUS - 1):
		return s->core_con[(a - CPU_AUTO_PWR_CON(0)) / 4];
	case CLUSTER_ST:
		return cluster_status(s);
	case BUS_IDLE_SFTCON(0):
	case BUS_IDLE_SFTCON(1):
		return extract32(s->idle_req, (a - BUS_IDLE_SFTCON(0)) * 4, 16);
	case BUS_IDLE_ACK(0):
	case BUS_IDLE_ST(0):
		return s->idle_req;
	case PWR_GATE_SFTCON(0):
	case PWR_GATE_SFTCON(1):
		return extract32(s->pwr_off, (a - PWR_GATE_SFTCON(0)) * 4, 16);
	case PWR_GATE_ST(0):
		return s->pwr_off;
	case QCHANNEL_STATUS:
		return s->regs[QCHANNEL_PWR_SFTCON / 4];
	case PWR_CHAIN1_ST(0):
		return on << 8 & 0xfffff800;
	case PWR_CHAIN1_ST(1):
		return on >> 24;
	case PWR_MEM_ST(0):
		return s->mem_off << 8 & 0xfffff800;
	case PWR_MEM_ST(1):
		return s->mem_off >> 24;
	case BISR_STATUS4:
		return bisr_status(on);
	default:
		return s->regs[a / 4];
	}
}

static void core_on(Rk3588Pmu *s, int i)
{
	s->asleep &= ~(1u << i);
	arm_set_cpu_on_and_reset(arm_cpu_mp_affinity(s->cpu[i]));
}

/* QEMU has no hook for "this core executes WFI": look, until every core that has to go off is off. */
static void pmu_poll(void *opaque)
{
	Rk3588Pmu *s = opaque;
	bool again = false;

	for (int i = 0; i < RK3588_NUM_CPUS && s->cpu[i]; i++) {
		bool off = core_is_off(s, i);

		if (off && (s->asleep & 1u << i)) {
			if (rk3588_gic_wakes(s->gic, i)) {
				core_on(s, i);
			}
		} else if (!off && (s->core_con[i] & PM_EN) && CPU(s->cpu[i])->halted) {
			s->asleep |= (s->core_con[i] & PM_INT_WAKEUP_EN) ? 1u << i : 0;
			arm_set_cpu_off(arm_cpu_mp_affinity(s->cpu[i]));
		}
		again |= (s->asleep & 1u << i) || (!off && (s->core_con[i] & PM_EN));
	}
	if (again) {
		timer_mod(s->poll, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + POLL_NS);
	}
}

static void core_write(Rk3588Pmu *s, int i, uint32_t v)
{
	s->core_con[i] = rk3588_hiword(s->core_con[i], v);
	if (!s->cpu[i]) {
		return;
	}
	if (s->core_con[i] & PM_SFT_WAKEUP_EN) {
		if (core_is_off(s, i)) {
			core_on(s, i);
		}
	} else if ((s->core_con[i] & PM_EN) && !timer_pending(s->poll)) {
		timer_mod(s->poll, qemu_clock_get_ns(QEMU_CLOCK_VIRTUAL) + POLL_NS);
	}
}

static void pmu_write(void *opaque, hwaddr a, uint64_t v, unsigned size)
{
	Rk3588Pmu *s = opaque;

	switch (a) {
	case CPU_AUTO_PWR_CON(0)... CPU_AUTO_PWR_CON(RK3588_NUM_CPUS - 1):
		core_write(s, (a - CPU_AUTO_PWR_CON(0)) / 4, v);
		break;
	case BUS_IDLE_SFTCON(0):
	case BUS_IDLE_SFTCON(1):
		s->idle_req = write_half(s->idle_req, (a - BUS_IDLE_SFTCON(0)) / 4, v);
		break;
	case PWR_GATE_SFTCON(0):
	case PWR_GATE_SFTCON(1):
		s->pwr_off = write_half(s->pwr_off, (a - PWR_GATE_SFTCON(0)) / 4, v);
		break;
	case MEMPWR_GATE_SFTCON(0):
	case MEMPWR_GATE_SFTCON(1):
		s->mem_off = write_half(s->mem_off, (a - MEMPWR_GATE_SFTCON(0)) / 4, v);
		break;
	default:
		s->regs[a / 4] = rk3588_hiword(s->regs[a / 4], v);
		break;
	}
}

static const MemoryRegionOps pmu_ops = {
	.read = pmu_read,
	.write = pmu_write,
	.endianness = DEVICE_LITTLE_ENDIAN,
	.valid = { .min_access_size = 4, .max_access_size = 4 },
};

static void pmu_reset(DeviceState *dev)
{
	Rk3588Pmu *s = RK3588_PMU(dev);

	timer_del(s->poll);
	s->pwr_off = s->mem_off = s->idle_req = 0;
	s->asleep = 0;
	memset(s->core_con, 0, sizeof(s->core_con));
	memset(s->regs, 0, sizeof(s->regs));
}

static void rk3588_pmu_init(Object *obj)
{
	Rk3588Pmu *s = RK3588_PMU(obj);

	s->poll = timer_new_ns(QEMU_CLOCK_VIRTUAL, pmu_poll, s);
	memory_region_init_io(&s->mr, obj, &pmu_ops, s, TYPE_RK3588_PMU, RK3588_PMU_SIZE);
	sysbus_init_mmio(SYS_BUS_DEVICE(obj), &s->mr);
}

static void pmu_class_init(ObjectClass *oc, void *data)
{
	device_class_set_legacy_reset(DEVICE_CLASS(oc), pmu_reset);
}

static const TypeInfo pmu_types[] = { {
	.name = TYPE_RK3588_PMU,
	.parent = TYPE_SYS_BUS_DEVICE,
	.instance_size = sizeof(Rk3588Pmu),
	.instance_init = rk3588_pmu_init,
	.class_init = pmu_class_init,
} };
DEFINE_TYPES(pmu_types)
