/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtual GICv3 (design decision D8). The state machine is pure C; hardware is behind <asm/ich.h> and
 * <asm/gicv3.h>. */
#ifndef ASM_VGIC_VGIC_H
#define ASM_VGIC_VGIC_H

#include <common/irq.h>
#include <common/vcpu.h>
#include <common/vm.h>
#include <lib/types.h>

struct vgic_irq;

#define VGIC_GICD_SIZE 0x10000U
#define VGIC_GICR_STRIDE 0x20000U /* RD_base and SGI_base frames */
#define VGIC_NR_SPIS 480U         /* SPIs 32..511, as GICD_TYPER.ITLinesNumber says; pass-through keeps host numbers */

/* Life cycle. Context: VM create/destroy/reset, all vCPUs parked. */
int __must_check vgic_vm_create(struct vm *vm); /* also registers GICD and GICR MMIO regions in vm->io */
void vgic_vm_destroy(struct vm *vm);
int __must_check vgic_vcpu_create(struct vcpu *vcpu);
void vgic_vcpu_destroy(struct vcpu *vcpu);
void vgic_vm_reset(
	struct vm *vm); /* every INTID inactive, disabled, Group 0, priority 0; physical ones deactivated and masked */

/* vgic_vcpu_reset() - the CPU interface of @vcpu (PMR, BPR, enables, active priorities) as after CPU_ON; @vcpu is put.
 */
void vgic_vcpu_reset(struct vcpu *vcpu);

/* Hardware: on the pCPU that runs @vcpu. */
void vgic_load(struct vcpu *vcpu);        /* LRs, VMCR, APRs, HCR into ICH_*; GICR_ISACTIVER0 for HW PPIs (D7) */
void vgic_put(struct vcpu *vcpu);         /* back; GICR_ICACTIVER0 for HW PPIs whose LR is not idle */
void vgic_flush(struct vcpu *vcpu);       /* pending interrupts into free LRs, spill by priority */
void vgic_maintenance(struct vcpu *vcpu); /* the maintenance interrupt fired */

/**
 * vgic_inject() - drive the line of SPI @intid of @vm (level-triggered: @level is kept and resampled; edge: a rising
 * edge latches). vgic_inject_ppi() - the same for a private interrupt (16..31) of @vcpu. Return: 0, -EINVAL (no such
 * INTID). Wakes a blocked target, sets the pCPU's PCPU_VGIC flag. Any context with interrupts masked.
 */
int __must_check vgic_inject(struct vm *vm, u32 intid, bool level);
int __must_check vgic_inject_ppi(struct vcpu *vcpu, u32 intid, bool level);

/**
 * vgic_map_ppi() - private interrupt @vintid of @vcpu is physical PPI @pintid with the HW bit (timers).
 * vgic_hw_ppi() - that physical PPI was acknowledged on this pCPU, is active, and goes to the loaded @vcpu.
 */
int __must_check vgic_map_ppi(struct vcpu *vcpu, u32 vintid, u32 pintid);
void vgic_hw_ppi(struct vcpu *vcpu, u32 vintid);
/* vgic_hw_irq() - the same for the physical SPI behind @irq of @vcpu's VM; @vcpu is loaded here. */
void vgic_hw_irq(struct vcpu *vcpu, struct vgic_irq *irq);
/* The virtual interrupt of each physical SPI, for vgic_hw_irq(): NULL = nobody's. Changes while the SPI is disabled. */
extern struct vgic_irq *vgic_hw_spi[IRQ_MAX];
/* vgic_unmap_ppi() - from now on @vintid of @vcpu, which is put, is driven by vgic_inject_ppi(). */
void vgic_unmap_ppi(struct vcpu *vcpu, u32 vintid);

/* Trapped system registers: ICC_SGI1R/ASGI1R/SGI0R writes, ICC_DIR and the rest under TDIR/TC. */
enum vgic_sgi_reg { VGIC_SGI1R, VGIC_ASGI1R, VGIC_SGI0R };
void vgic_sgi_write(struct vcpu *vcpu, enum vgic_sgi_reg reg, u64 val);
/* vgic_sgi1r_write() - SGI1R from @vcpu, which is loaded here. */
void vgic_sgi1r_write(struct vcpu *vcpu, u64 val);
/* vgic_take_sgis() - deliver what other pCPUs sent to @vcpu, which runs here and was kicked. */
void vgic_take_sgis(struct vcpu *vcpu);
void vgic_dir_write(struct vcpu *vcpu, u32 intid);

/* vgic_pending() - is an enabled interrupt pending that would be signalled to @vcpu (group enables, priority mask)? */
bool vgic_pending(struct vcpu *vcpu);
/* vgic_wakes() - is one pending and enabled for which a redistributor would wake a CPU whose interface is off
 * (WakeRequest, IHI 0069H 11.1)? Group enables and masks of the CPU interface do not count. */
bool vgic_wakes(struct vcpu *vcpu);

/* An interrupt of a VM, for people. */
struct vgic_view {
	u32 intid;
	u32 pintid; /* with @hw: the physical interrupt behind it */
	u32 vcpu;   /* whose it is, or where it is delivered; VGIC_NO_VCPU = IROUTER names none */
	u32 cpu;
	u8 priority;
	bool hw, is_private, is_group1, is_enabled, is_pending, is_active, is_edge;
	bool is_high;      /* the level of its input */
	bool is_elsewhere; /* in a list register of pCPU @cpu, which may have moved on since it was last looked at */
};
#define VGIC_NO_VCPU (~0U)

/**
 * vgic_view_next() - the next interrupt of @vm with something to say: enabled, pending, active, high, or physical.
 * *@at: 0 to begin. Changes nothing. Return: 0 with @v; -EAGAIN: a slice without one, call again; -ENOENT: no more;
 * -ENODEV: @vm has no GIC, it is stopped. The life-cycle lock is held.
 */
int __must_check vgic_view_next(struct vm *vm, u32 *at, struct vgic_view *v);

#endif
