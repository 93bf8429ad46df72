/* SPDX-License-Identifier: BSD-3-Clause */
/* Physical interrupts: who owns an INTID, and dispatch. Each has one owner: EL2, one VM, or none. */
#ifndef COMMON_IRQ_H
#define COMMON_IRQ_H

#include <lib/types.h>

#define IRQ_MAX 1020U
#define IRQ_PRIVATE 32U /* SGIs and PPIs are banked per pCPU */

struct vm;
struct vcpu;

typedef void (*irq_handler_t)(u32 intid, void *arg);

enum irq_owner { IRQ_NONE, IRQ_EL2, IRQ_GUEST };

/**
 * irq_request() - EL2 takes @intid: configure, set priority, enable, call @fn on this pCPU with interrupts masked.
 * Return: 0, -EBUSY when owned, -EINVAL.
 */
int __must_check irq_request(u32 intid, bool edge, irq_handler_t fn, void *arg);
void irq_release(u32 intid);
/* irq_release_private() - this pCPU's SGIs and PPIs are nobody's again: it was powered off and on. */
void irq_release_private(void);

/**
 * irq_request_guest_ppi() - private interrupt @intid (16..31) of this pCPU belongs to whichever vCPU is loaded: @fn is
 * called after the priority drop and the interrupt stays active; @fn or the guest's EOI deactivates it. It is left
 * disabled: the vGIC enables it with the virtual one. Each pCPU, once. Return: 0, -EBUSY when owned, -EINVAL.
 */
int __must_check irq_request_guest_ppi(u32 intid, irq_handler_t fn, void *arg);

/**
 * irq_assign() - SPI @pintid belongs to @vm as virtual INTID @vintid: a HW-bit interrupt (D7). Disabled until the guest
 * enables its virtual one. Return: 0, -EBUSY naming nobody (the caller prints), -EINVAL (not an SPI of this GIC).
 */
int __must_check irq_assign(u32 pintid, struct vm *vm, u32 vintid, bool edge);
void irq_unassign(u32 pintid);

/* irq_owner_vm() - the VM that owns SPI @pintid, or NULL. */
struct vm *irq_owner_vm(u32 pintid);
enum irq_owner irq_owner(u32 pintid);

/* irq_quiesce_vm() - mask every SPI of @vm at the GIC and drop its pending and active state (D7). */
void irq_quiesce_vm(const struct vm *vm);

/**
 * irq_dispatch() - acknowledge and handle every pending physical interrupt on this pCPU (bounded). Interrupts of guests
 * get a priority drop and stay active at the GIC until the guest deactivates them. @cur: the vCPU that was running, or
 * NULL.
 */
void irq_dispatch(struct vcpu *cur);
/* irq_handle() - the same for one interrupt, which was acknowledged; none if @intid is special (1020-1023). */
void irq_handle(u32 intid);

#endif
