/* SPDX-License-Identifier: GPL-2.0-or-later */
/* GICv3 with one redistributor region and two ITSs, and its wires to the cores. */
#include "qemu/osdep.h"

#include "hw/arm/bsa.h"
#include "hw/intc/arm_gicv3_its_common.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "qobject/qlist.h"
#include "rk3588.h"

#define GICD_BASE 0xfe600000
#define GICR_BASE 0xfe680000
#define ITS_BASE(n) (0xfe640000 + (n)*0x20000)
#define NUM_ITS 2

static void connect_cpu(Rk3588State *s, int i, int n)
{
	static const int timer_ppi[] = {
		[GTIMER_PHYS] = ARCH_TIMER_NS_EL1_IRQ,         [GTIMER_VIRT] = ARCH_TIMER_VIRT_IRQ,
		[GTIMER_HYP] = ARCH_TIMER_NS_EL2_IRQ,          [GTIMER_SEC] = ARCH_TIMER_S_EL1_IRQ,
		[GTIMER_HYPVIRT] = ARCH_TIMER_NS_EL2_VIRT_IRQ,
	};
	DeviceState *gic = DEVICE(&s->gic), *cpu = DEVICE(&s->cpu[i]);
	SysBusDevice *bus = SYS_BUS_DEVICE(gic);
	int ppi = RK3588_NUM_SPIS + i * GIC_INTERNAL;

	for (int t = 0; t < ARRAY_SIZE(timer_ppi); t++) {
		qdev_connect_gpio_out(cpu, t, qdev_get_gpio_in(gic, ppi + timer_ppi[t]));
	}
	qdev_connect_gpio_out_named(cpu, "gicv3-maintenance-interrupt", 0,
				    qdev_get_gpio_in(gic, ppi + ARCH_GIC_MAINT_IRQ));
	qdev_connect_gpio_out_named(cpu, "pmu-interrupt", 0, qdev_get_gpio_in(gic, ppi + VIRTUAL_PMU_IRQ));
	sysbus_connect_irq(bus, i, qdev_get_gpio_in(cpu, ARM_CPU_IRQ));
	sysbus_connect_irq(bus, i + n, qdev_get_gpio_in(cpu, ARM_CPU_FIQ));
	sysbus_connect_irq(bus, i + 2 * n, qdev_get_gpio_in(cpu, ARM_CPU_VIRQ));
	sysbus_connect_irq(bus, i + 3 * n, qdev_get_gpio_in(cpu, ARM_CPU_VFIQ));
}

void rk3588_create_gic(Rk3588State *s)
{
	int n = MACHINE(s)->smp.cpus;
	QList *regions = qlist_new();
	DeviceState *gic;

	object_initialize_child(OBJECT(s), "gic", &s->gic, TYPE_ARM_GICV3);
	gic = DEVICE(&s->gic);
	qdev_prop_set_uint32(gic, "revision", 3);
	qdev_prop_set_uint32(gic, "num-cpu", n);
	qdev_prop_set_uint32(gic, "num-irq", RK3588_NUM_SPIS + GIC_INTERNAL);
	qdev_prop_set_bit(gic, "has-security-extensions", s->secure);
	qdev_prop_set_bit(gic, "has-lpi", true);
	qlist_append_int(regions, n);
	qdev_prop_set_array(gic, "redist-region-count", regions);
	object_property_set_link(OBJECT(gic), "sysmem", OBJECT(get_system_memory()), &error_fatal);
	sysbus_realize(SYS_BUS_DEVICE(gic), &error_fatal);
	sysbus_mmio_map(SYS_BUS_DEVICE(gic), 0, GICD_BASE);
	sysbus_mmio_map(SYS_BUS_DEVICE(gic), 1, GICR_BASE);
	for (int i = 0; i < n; i++) {
		connect_cpu(s, i, n);
	}
	for (int i = 0; i < NUM_ITS; i++) {
		DeviceState *its = qdev_new(TYPE_ARM_GICV3_ITS);

		object_property_set_link(OBJECT(its), "parent-gicv3", OBJECT(gic), &error_abort);
		sysbus_realize_and_unref(SYS_BUS_DEVICE(its), &error_fatal);
		sysbus_mmio_map(SYS_BUS_DEVICE(its), 0, ITS_BASE(i));
	}
}

bool rk3588_gic_wakes(GICv3State *gic, int cpu)
{
	GICv3CPUState *cs = &gic->cpu[cpu];

	if ((cs->gicr_ipendr0 | (cs->level & ~cs->edge_trigger)) & cs->gicr_ienabler0) {
		return true;
	}
	for (int irq = GIC_INTERNAL; irq < gic->num_irq; irq++) {
		bool pending = gicv3_gicd_pending_test(gic, irq) ||
			(gicv3_gicd_level_test(gic, irq) && !gicv3_gicd_edge_trigger_test(gic, irq));

		if (pending && gicv3_gicd_enabled_test(gic, irq) && gic->gicd_irouter_target[irq] == cs) {
			return true;
		}
	}
	return false;
}
