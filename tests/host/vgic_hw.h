/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The hardware around the vGIC, for host tests: physical CPUs, each with a virtual CPU interface (ICH_* for EL2 and
 * ICV_* for the guest, as in IHI 0069H 12.2 and 12.4), and a physical GIC whose interrupts are forwarded as EL2 does
 * it.
 */
#ifndef VGIC_HW_H
#define VGIC_HW_H

#include <asm/gicv3.h>
#include <asm/vgic/vgic_state.h>
#include <common/arch_hooks.h>

#define HW_PCPUS 4U
#define HW_SPURIOUS 1023U
#define HW_GICD 0x08000000U
#define HW_GICR 0x080a0000U

struct hw_cpu_if {
	u64 lr[ICH_MAX_LRS];
	u64 hcr, vmcr;
	u32 apr[2]; /* by group; 5 bits of preemption level */
};

struct hw_irq {
	bool enabled, pending, active, edge, line;
	u32 target;
};

extern struct hw_cpu_if hw_cif[HW_PCPUS];
extern struct hw_irq hw_ppi[HW_PCPUS][VGIC_NR_PRIVATE];
extern struct hw_irq hw_spi[VGIC_NR_INTIDS];
extern u32 hw_cur;   /* the pCPU that runs */
extern u32 hw_wakes; /* calls of sched_wake() */
extern u32 hw_ipis;
/* A value written to one of the SGI registers by @v, which is on the current pCPU. */
void hw_sgi(struct vcpu *v, enum vgic_sgi_reg reg, u64 val);
extern struct vm *hw_the_vm;
extern void (*hw_on_panic)(void);
/* Called, when set, before EL2 accesses a list register or ICH_HCR_EL2; hw_start() clears it. */
extern void (*hw_event)(void);

/* How often a way that takes no lock was enough (vgic_fast.h). */
struct hw_fast {
	u64 self;     /* an SGI of a vCPU to itself */
	u64 taken;    /* one of another vCPU */
	u64 ppi, spi; /* physical interrupts */
	u64 word;     /* ISPENDR */
};
extern struct hw_fast hw_fast;

/* Fresh machine with one VM of @nr_vcpus vCPUs, vCPU i attached to pCPU i % @nr_pcpus, none loaded. */
struct vm *hw_start(u32 nr_vcpus, u32 nr_pcpus, u32 nr_lrs, bool tds);
void hw_stop(void);

/* vCPU onto its pCPU and off it, with the lines of its mapped PPIs (@ppi_lines: bit n = PPI n is high). */
void hw_load(struct vcpu *v, u32 ppi_lines);
void hw_put(struct vcpu *v);

/* EL2 on every pCPU until nothing is left to do: physical interrupts, flags, maintenance. False = it does not come to
 * rest. */
bool hw_rest(void);
/* One pCPU, one round. Return: was there anything? */
bool hw_round(u32 pcpu);

/* What the guest does on pCPU hw_cur. */
u32 icv_iar(bool group1);
void icv_eoi(bool group1, u32 intid);
void icv_dir(u32 intid);
u64 icv_misr(void);
void icv_set_vmcr(u64 mask, u64 v);

/* The device's end of SPI @intid. */
void hw_spi_line(u32 intid, bool level);

/* MMIO by the vCPU that is loaded on hw_cur. */
u64 gicd_read(u64 offset, u32 size);
void gicd_write(u64 offset, u32 size, u64 v);
u64 gicr_read(u32 vcpu, u64 offset, u32 size);
void gicr_write(u32 vcpu, u64 offset, u32 size, u64 v);

#endif
