/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Parts of the RK3588 machine. One device per file; the machine of rk3588.c owns them all. */
#ifndef HW_ARM_RK3588_H
#define HW_ARM_RK3588_H

#include "hw/arm/boot.h"
#include "hw/boards.h"
#include "hw/char/serial.h"
#include "hw/cpu/cluster.h"
#include "hw/intc/arm_gicv3.h"
#include "hw/sd/sdhci.h"
#include "hw/sysbus.h"
#include "target/arm/cpu.h"

#define RK3588_NUM_CPUS 8
#define RK3588_CPUS_PER_CLUSTER 4
#define RK3588_NUM_UARTS 10
#define RK3588_CONSOLE_UART 2
#define RK3588_NUM_GPIOS 5
#define RK3588_NUM_SPIS 480
#define RK3588_NUM_VIRTIO 8
#define RK3588_CNTFRQ 24000000

/* Memory map */
#define RK3588_DRAM_LOW_TOP 0xf0000000ULL
#define RK3588_DRAM_HIGH_BASE 0x100000000ULL
#define RK3588_NS_DRAM_BASE 0x00200000ULL /* below: firmware */
#define RK3588_VIRTIO_BASE 0xf6000000ULL  /* not on the chip: a hole of its map */
#define RK3588_VIRTIO_SIZE 0x1000
#define RK3588_VIRTIO_SPI 448 /* first of eight, behind all that the device trees use */
#define RK3588_PMUSRAM_BASE 0xff100000ULL
#define RK3588_RESET_VECTOR 0xffff0000ULL /* boot ROM, or PMUSRAM where software has swapped them */
#define RK3588_VECTOR_SIZE 0x10000

/* Copies the bits of V whose write enable, 16 bits above, is set: how most Rockchip registers are written. */
static inline uint32_t rk3588_hiword(uint32_t old, uint32_t v)
{
	uint32_t mask = v >> 16;

	return (old & ~mask) | (v & mask);
}

#define TYPE_RK3588_CRU "rk3588-cru"
OBJECT_DECLARE_SIMPLE_TYPE(Rk3588Cru, RK3588_CRU)
#define RK3588_CRU_SIZE 0x5c000
struct Rk3588Cru {
	SysBusDevice parent;
	MemoryRegion mr;
	uint32_t regs[RK3588_CRU_SIZE / 4];
};

#define TYPE_RK3588_GRF "rk3588-grf"
OBJECT_DECLARE_SIMPLE_TYPE(Rk3588Grf, RK3588_GRF)
#define RK3588_GRF_SIZE 0x10000
struct Rk3588Grf {
	SysBusDevice parent;
	MemoryRegion mr;
	MemoryRegion *remap; /* PMUSRAM over the boot ROM at the reset vector; enabled by software */
	uint64_t ram_size;
	uint32_t regs[RK3588_GRF_SIZE / 4];
};

#define TYPE_RK3588_PMU "rk3588-pmu"
OBJECT_DECLARE_SIMPLE_TYPE(Rk3588Pmu, RK3588_PMU)
#define RK3588_PMU_SIZE 0xc000
struct Rk3588Pmu {
	SysBusDevice parent;
	MemoryRegion mr;
	QEMUTimer *poll; /* runs while a core is to be switched off, or is off and may be woken */
	GICv3State *gic;
	ARMCPU *cpu[RK3588_NUM_CPUS];
	uint32_t pwr_off, mem_off, idle_req; /* power domains */
	uint32_t core_con[RK3588_NUM_CPUS];
	uint8_t asleep; /* cores that an interrupt wakes */
	uint32_t regs[RK3588_PMU_SIZE / 4];
};

#define TYPE_RK3588_UART "rk3588-uart"
OBJECT_DECLARE_SIMPLE_TYPE(Rk3588Uart, RK3588_UART)
struct Rk3588Uart {
	SysBusDevice parent;
	MemoryRegion mr;
	SerialState serial;
	qemu_irq irq;
	int64_t busy_until; /* ns of the virtual clock: when the last character has left */
	bool serial_level, busy_detect;
};

#define TYPE_RK3588_GPIO "rk3588-gpio"
OBJECT_DECLARE_SIMPLE_TYPE(Rk3588Gpio, RK3588_GPIO)
struct Rk3588Gpio {
	SysBusDevice parent;
	MemoryRegion mr;
	bool pmic; /* pin A2 asks the PMIC to cut the power */
	uint32_t regs[0x100 / 4];
};

#define TYPE_RK3588_OTP "rk3588-otp"
OBJECT_DECLARE_SIMPLE_TYPE(Rk3588Otp, RK3588_OTP)
struct Rk3588Otp {
	SysBusDevice parent;
	MemoryRegion mr;
	uint32_t ctrl, status, dout;
};

#define TYPE_RK3588_TIMER "rk3588-timer"
OBJECT_DECLARE_SIMPLE_TYPE(Rk3588Timer, RK3588_TIMER)
struct Rk3588Timer {
	SysBusDevice parent;
	MemoryRegion mr;
	QEMUTimer *timer;
	qemu_irq irq;
	uint64_t load;
	int64_t end; /* ns of the virtual clock */
	uint32_t control;
	bool pending;
};

#define TYPE_RK3588_EMMC "rk3588-emmc"
OBJECT_DECLARE_SIMPLE_TYPE(Rk3588Emmc, RK3588_EMMC)
#define RK3588_EMMC_SIZE 0x10000
struct Rk3588Emmc {
	SysBusDevice parent;
	MemoryRegion container, extra, area, sdma, command;
	SDHCIState sdhci;
	bool auto_cmd23;
	uint32_t regs[0x1000 / 4];
};

#define TYPE_RK3588_MACHINE MACHINE_TYPE_NAME("rk3588")
OBJECT_DECLARE_SIMPLE_TYPE(Rk3588State, RK3588_MACHINE)
struct Rk3588State {
	MachineState parent;
	struct arm_boot_info boot;
	uint64_t bl33_entry, bl31_entry; /* bl31_entry: 0 without BL31 */
	/* options */
	bool secure, virtio_nodes, idle_states;
	char *bl31;

	CPUClusterState cluster[2];
	ARMCPU cpu[RK3588_NUM_CPUS];
	GICv3State gic;
	MemoryRegion dram_low, dram_high, sram, pmusram, bootrom, remap;
	Rk3588Cru cru;
	Rk3588Grf grf;
	Rk3588Pmu pmu;
	Rk3588Uart uart[RK3588_NUM_UARTS];
	Rk3588Gpio gpio[RK3588_NUM_GPIOS];
	Rk3588Otp otp;
	Rk3588Timer timer;
	Rk3588Emmc emmc;
};

static inline qemu_irq rk3588_spi(Rk3588State *s, int spi)
{
	return qdev_get_gpio_in(DEVICE(&s->gic), spi);
}

void rk3588_create_cpus(Rk3588State *s); /* rk3588_cpu.c */
void rk3588_create_gic(Rk3588State *s);  /* rk3588_gic.c */
/* Whether an enabled interrupt waits for this CPU, whatever its CPU interface lets through. */
bool rk3588_gic_wakes(GICv3State *gic, int cpu);
/* Loads what the boot chain would have loaded, and says how the CPUs start after a reset. rk3588_boot.c */
void rk3588_boot(Rk3588State *s);
void rk3588_modify_dtb(const struct arm_boot_info *info, void *fdt); /* rk3588_fdt.c */

#endif
