/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The documented upcalls of common/: what it needs from arch/arm64/guest and arch/arm64/vgic, which are layers to its
 * right. They are defined there (vcpu.c, stage2.c, vgic.c); nothing else in common/ may reach into the guest layers.
 */
#ifndef COMMON_ARCH_HOOKS_H
#define COMMON_ARCH_HOOKS_H

#include <common/vm_config.h>
#include <common/vm_load.h>
#include <lib/types.h>

struct vm;
struct vcpu;
struct pcpu;

enum s2_prot {
	S2_RAM,       /* Normal write-back, RWX */
	S2_ROM,       /* Normal write-back, R-X */
	S2_DEVICE,    /* Device-nGnRE, RW, never executable */
	S2_SHARED,    /* Normal write-back, RW, never executable */
	S2_SHARED_RO, /* Normal write-back, R, never executable */
};

/* guest/stage2.c ---------------------------------------- */
/**
 * vm_arch_create() - stage 2 (VMID, tables from a per-VM pool sized for @cfg), ID-register view, vGIC and its MMIO
 * regions. vm_arch_destroy() - the opposite, also after a failed create. Return: 0, -ENOMEM, -EINVAL.
 */
int __must_check vm_arch_create(struct vm *vm, struct vm_config_err *err);
void vm_arch_destroy(struct vm *vm);
/* vm_arch_reset() - vGIC and timers to their reset state; stage 2 stays. All vCPUs are parked and put. */
void vm_arch_reset(struct vm *vm);

/**
 * vm_arch_shift_time() - the VM's clock loses @ticks, for which it was paused (D11): CNTVOFF. Without CNTPOFF the
 * physical timer is emulated from the first shift on. All vCPUs are parked and put. Context: the VM's work unit.
 */
void vm_arch_shift_time(struct vm *vm, u64 ticks);

/* vm_arch_clock_offset() - the VM's counter is timer_now() minus this; changes only in vm_arch_shift_time(). */
u64 vm_arch_clock_offset(const struct vm *vm);

/**
 * vm_arch_map() - map [ipa, ipa+size) to pa, all 4 KiB aligned, with the largest blocks that fit.
 * Return: 0, -EEXIST (something is mapped there), -ENOMEM, -ERANGE (beyond the IPA size).
 */
int __must_check vm_arch_map(struct vm *vm, ipa_t ipa, paddr_t pa, u64 size, enum s2_prot prot);
/* vm_arch_unmap() - remove and invalidate; splits blocks as needed. Return: 0, -ENOMEM (no table for a split). */
int __must_check vm_arch_unmap(struct vm *vm, ipa_t ipa, u64 size);
/* vm_arch_page_sizes() - stage-1 page sizes that @vm's CPUs have, in KiB: any of 4 | 16 | 64. */
u32 vm_arch_page_sizes(const struct vm *vm);
/* vm_arch_ipa_size() - first IPA beyond what a VM can address. */
u64 vm_arch_ipa_size(void);

/* guest/vcpu.c ---------------------------------------- */
int __must_check vcpu_arch_create(struct vcpu *vcpu);
void vcpu_arch_destroy(struct vcpu *vcpu);
/* vcpu_arch_reset() - architectural reset state; starts at @entry->pc in EL1h, MMU off, DAIF set, x0 = @entry->x0. */
void vcpu_arch_reset(struct vcpu *vcpu, const struct vm_entry *entry);
/* vcpu_arch_load()/put() - move EL1 registers, FP/SIMD, LRs and timers between @vcpu and this pCPU's hardware. */
void vcpu_arch_load(struct vcpu *vcpu);
void vcpu_arch_put(struct vcpu *vcpu);
/**
 * vcpu_arch_mmio_complete() - the device that answered IO_PENDING has @value (a store ignores it): finish the
 * instruction and wake @vcpu. Any pCPU; harmless when it does not wait any more, because its VM was reset.
 */
void vcpu_arch_mmio_complete(struct vcpu *vcpu, u64 value);
/* vcpu_arch_before_enter() - on the slow way out: bring pending virtual interrupts into the list registers. */
void vcpu_arch_before_enter(struct vcpu *vcpu);
/* vcpu_arch_has_irq() - would WFI wake now: a pending, enabled virtual interrupt (masks and priority as in ARM ARM
 * D1.7.2)? */
bool vcpu_arch_has_irq(struct vcpu *vcpu);

/* vgic/vgic.c ---------------------------------------- */
/* vgic_arch_hw_irq() - physical SPI of @vm (virtual @vintid) was acknowledged and is active; becomes a HW-bit virtual
 * interrupt. */
void vgic_arch_hw_irq(struct vm *vm, u32 vintid);
/* vgic_arch_assign() - connect (or with @pintid 0 disconnect) virtual SPI @vintid of @vm to a physical one. */
int __must_check vgic_arch_assign(struct vm *vm, u32 vintid, u32 pintid, bool edge);
/* vgic_arch_spi_owners() - virtual SPIs of @vm that are owner records of the active state of physical @pintid. */
u32 vgic_arch_spi_owners(struct vm *vm, u32 pintid);
/* vgic_arch_ppi_owned() - has the vCPU in this pCPU's hardware an owner record of the active state of PPI @pintid? */
bool vgic_arch_ppi_owned(u32 pintid);

#endif
