/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * GICD and GICR as tables of registers. What no table names, and any size a register does not take, is RAZ/WI (IHI
 * 0069H 12.1.3: reserved); that covers the registers this vGIC has no use for: STATUSR, ITARGETSR, SGIR, SPENDSGIR,
 * IGRPMODR, NSACR and the Secure aliases (ARE = 1, DS = 1), and those of LPIs.
 */
#ifndef ASM_VGIC_VGIC_MMIO_H
#define ASM_VGIC_VGIC_MMIO_H

#include <asm/vgic/vgic_state.h>

/* @c: whose redistributor, NULL in the distributor. @irq: NULL for registers that are not per INTID. */
typedef u64 (*vgic_get_t)(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq);
typedef void (*vgic_set_t)(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq, u64 v);

#define VGIC_SZ8 1U
#define VGIC_SZ16 2U
#define VGIC_SZ32 4U
#define VGIC_SZ64 8U

struct vgic_reg {
	u32 first;      /* offset of the first byte */
	u32 last;       /* offset of the last byte */
	u8 sizes;       /* VGIC_SZ* that it takes */
	u8 bits;        /* per INTID, counted from INTID 0 at @first; 0 = not per INTID */
	bool ones;      /* per INTID, 1 bit: only ones written mean something */
	vgic_get_t get; /* NULL = RAZ */
	vgic_set_t set; /* NULL = WI */
};

/* vgic_mmio() - carry out @a at @offset of the frames that @regs (sorted, @nr entries) describes. Takes the lock. */
void vgic_mmio(struct vgic *g, struct vgic_cpu *c, const struct vgic_reg *regs, u32 nr, u64 offset,
	       struct io_access *a);

/**
 * vgic_write_bits() - the short way for word @v, written by the vCPU of @self, which runs here, at @offset of the
 * distributor (@c = NULL) or of the SGI frame of @c, in ISENABLER to ICACTIVER. Takes the lock. Return: false = nothing
 * was done, it is another register.
 */
bool vgic_write_bits(struct vgic_cpu *self, struct vgic_cpu *c, u32 offset, u32 v);
/* vgic_read_bits() - the same for a read of ISENABLER or ICENABLER. No lock. */
bool vgic_read_bits(struct vgic *g, struct vgic_cpu *c, u32 offset, u64 *x);

/* Per-INTID registers, the same in both frames. */
u64 vgic_get_group(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq);
void vgic_set_group(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq, u64 v);
u64 vgic_get_enable(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq);
void vgic_set_enable(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq, u64 v);
void vgic_clr_enable(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq, u64 v);
u64 vgic_get_pending(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq);
void vgic_set_pending(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq, u64 v);
void vgic_clr_pending(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq, u64 v);
u64 vgic_get_active(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq);
void vgic_set_active(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq, u64 v);
void vgic_clr_active(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq, u64 v);
u64 vgic_get_priority(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq);
void vgic_set_priority(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq, u64 v);
u64 vgic_get_config(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq);
void vgic_set_config(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq, u64 v);

/* The same in both: IIDR and PIDR2. */
u64 vgic_get_iidr(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq);
u64 vgic_get_pidr2(struct vgic *g, struct vgic_cpu *c, struct vgic_irq *irq);

#endif
