/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Inside of the vGIC: the state of an INTID, where it is kept, and what the files of vgic/ call of each other.
 *
 * One lock per VM protects all of it. An INTID with something to remember is in exactly one place:
 *   IDLE    only in its struct;
 *   QUEUED  pending and deliverable, in a ready queue of its target vCPU, by priority;
 *   LISTED  in a list register of its holder (the register may have gone empty since: "stale");
 *   SPILLED active, but without a list register: in a spill queue of its holder.
 * The list registers of a loaded vCPU belong to the pCPU it is loaded on. Another pCPU leaves a request (struct
 * vgic_irq.req, struct vgic_cpu.msg) and kicks that pCPU, which carries it out in vgic_flush(). So the owner alone
 * changes what an interrupt that is LISTED there has of @latch, @lr_latch, @active, @acked and @owned, and the fast
 * ways in (vgic_fast.h) need no lock; @armed is written with the lock, by anybody who has a request. An SGI from
 * another pCPU is a bit in struct vgic_cpu.sgi_req, without the lock too.
 *
 * What the list registers hold is moved out of the struct: pending becomes lr_latch, and comes back when the register
 * is read (vgic_lr_fold). No register ever holds pending and active together: an active interrupt that is pending again
 * asks for a maintenance interrupt (software) or is pending at the physical GIC (HW bit).
 */
#ifndef ASM_VGIC_VGIC_STATE_H
#define ASM_VGIC_VGIC_STATE_H

#include <asm/cpu.h>
#include <asm/ich.h>
#include <asm/spinlock.h>
#include <asm/vgic/vgic.h>
#include <lib/bitmap.h>
#include <lib/list.h>

#define VGIC_NR_SGIS 16U
#define VGIC_NR_PRIVATE 32U
/* struct vgic_cpu.sgi_req: the SGIs, and above them a number that changes when one is recalled. */
#define VGIC_SGIS GENMASK(15, 0)
#define VGIC_SGI_RECALLS BIT32(VGIC_NR_SGIS)
#define VGIC_NR_INTIDS (VGIC_NR_PRIVATE + VGIC_NR_SPIS)
#define VGIC_PRIO_BITS 5U
#define VGIC_PRIO_MASK 0xf8U
#define VGIC_PRIO_SHIFT (8U - VGIC_PRIO_BITS)
#define VGIC_NR_PRIOS (1U << VGIC_PRIO_BITS)
#define VGIC_MAX_APRS 4U

/* Words at the start of the frames that only say what this is, and so need no lock. */
#define VGIC_NR_FIXED 4U
#define VGIC_GICD_TYPER 1U
#define VGIC_GICD_IIDR 2U
#define VGIC_GICR_IIDR 1U
#define VGIC_GICR_TYPER 2U /* and the next */

enum vgic_place { VGIC_IDLE, VGIC_QUEUED, VGIC_LISTED, VGIC_SPILLED };

/* Changes that need the list register: they wait when it is in another pCPU. A set cancels the clear of the same, and
 * back. */
#define VGIC_OP_UPDATE 0U
#define VGIC_OP_SET_PENDING BIT32(0)
#define VGIC_OP_CLR_PENDING BIT32(1)
#define VGIC_OP_SET_ACTIVE BIT32(2)
#define VGIC_OP_CLR_ACTIVE BIT32(3)
#define VGIC_OP_FIRED BIT32(4) /* its physical interrupt was acknowledged by EL2 */

/* Interrupts of one kind by priority, n = priority >> VGIC_PRIO_SHIFT: bit n of its map set = @head[n] not empty. */
struct vgic_queue {
	struct list_head head[VGIC_NR_PRIOS];
};

enum vgic_queue_id {
	VGIC_READY_GRP0,
	VGIC_READY_GRP1,
	VGIC_SPILL_ACKED, /* the guest acknowledged them: an EOI that found no list register is for one of these */
	VGIC_SPILL_SET,   /* made active by ISACTIVER */
	VGIC_NR_QUEUES,
};

struct vgic_cpu;

struct vgic_irq {
	struct list_head node;   /* in queue @queue, list @level, of @holder: QUEUED and SPILLED */
	struct vgic_cpu *holder; /* NULL when IDLE */
	struct vgic_cpu *own;    /* private interrupts: their vCPU; SPIs: NULL */
	struct vgic_cpu *target; /* where it is delivered; NULL when IROUTER names no vCPU */
	u64 route;               /* GICD_IROUTER */
	/*
	 * Not 0: LISTED in one of the first four registers, forwarded, and the last thing that happened is that it
	 * became pending with this value in its list register (HW: @owned; software: @lr_latch; not @active). When it
	 * becomes pending again, and the register is empty, writing this value again is all there is to do. Everything
	 * else that happens to it clears this.
	 */
	u64 armed;
	u16 intid;
	u16 pintid; /* with @hw */
	u8 queue;
	u8 level;
	u8 lr;
	u8 prio;
	union {
		struct {
			u8 place;
			u8 req;    /* VGIC_OP_* left by another pCPU */
			bool line; /* level of the input, software interrupts */
			/* Pending by an edge, SGI or ISPENDR (HW: ISPENDR or edge, and then the physical GIC knows too)
			 */
			bool latch;
			bool lr_latch; /* @latch, while a list register holds the pending state */
			bool active;
			bool hw;    /* backed by physical @pintid */
			bool owned; /* HW: the physical interrupt is active, and this is its owner record */
		};
		u64 busy; /* 0: a software interrupt that is IDLE, and not pending, active or asked about */
	};
	u8 act_prio; /* priority and group that the list register has or had while active: EOI compares them */
	bool act_group1;
	bool enabled;
	bool group1;
	bool edge;
	bool acked;     /* @active came from an acknowledge */
	bool phys_on;   /* HW: enabled at the physical GIC */
	bool edge_init; /* @edge after reset */
};

static_assert(offsetof(struct vgic_irq, owned) - offsetof(struct vgic_irq, busy) == sizeof(u64) - 1,
	      "busy is all of what it stands for");

struct vgic_cpu {
	struct vcpu *vcpu;
	struct vgic *g;
	struct pcpu *on; /* where the list registers are in hardware; NULL = in @lr */
	u32 id;
	u32 used;     /* list registers that hold or held an interrupt (LISTED) */
	u32 all;      /* list registers of the pCPU it was loaded on */
	u64 sgi_self; /* SGI1R's target fields for this vCPU */
	u32 sgi_req;  /* SGIs from other pCPUs that are not delivered yet (VGIC_SGIS); atomic, no lock */
	bool msg_any;
	bool sleeping; /* GICR_WAKER.ProcessorSleep */
	union {
		u32 map[VGIC_NR_QUEUES]; /* of each queue: which of its lists are not empty */
		u64 ready;               /* the maps of the two ready queues */
	};
	struct vgic_queue q[VGIC_NR_QUEUES];
	u32 fixed[VGIC_NR_FIXED]; /* first words of RD_base that never change; not the first */
	u64 hcr;                  /* ICH_HCR_EL2 as written, without EOIcount */
	u64 vmcr;
	u64 ap0r[VGIC_MAX_APRS];
	u64 ap1r[VGIC_MAX_APRS];
	u64 lr[ICH_MAX_LRS]; /* last value written or read */
	struct vgic_irq *lr_irq[ICH_MAX_LRS];
	u32 hw_ppis; /* bit n = private INTID n has a physical one */
	u64 msg[BITMAP_WORDS(VGIC_NR_INTIDS)];
	struct vgic_irq priv[VGIC_NR_PRIVATE];
};

struct vgic {
	struct spinlock lock;
	struct vm *vm;
	u32 ctlr; /* GICD_CTLR.EnableGrp0 and EnableGrp1 */
	u32 nr_cpus;
	u32 fixed[VGIC_NR_FIXED]; /* first words of the distributor that never change; not the first */
	u32 kick;                 /* bit n = vCPU n: vgic_unlock() makes it look at its interrupts */
	struct vgic_cpu *cpu[CONFIG_MAX_VCPUS];
	struct vgic_irq spi[VGIC_NR_SPIS];
};

#define VGICD_CTLR_GRP0 BIT32(0)
#define VGICD_CTLR_GRP1 BIT32(1)

static inline void vgic_lock(struct vgic *g)
{
	spin_lock(&g->lock);
}

/* vgic_unlock() - release, then kick: the scheduler is never called with this lock held. */
void vgic_kick_vcpus(struct vgic *g, u32 map);
static inline void vgic_unlock(struct vgic *g)
{
	u32 kick = g->kick;

	g->kick = 0;
	spin_unlock(&g->lock);
	if (unlikely(kick))
		vgic_kick_vcpus(g, kick);
}

/* Ask for a vgic_flush() of @c, and for waking it if it is blocked. */
static inline void vgic_kick(struct vgic_cpu *c)
{
	c->g->kick |= BIT32(c->id);
}

static inline u32 vgic_waiting(const struct vgic_cpu *c)
{
	return c->map[VGIC_READY_GRP0] | c->map[VGIC_READY_GRP1];
}

static inline u32 vgic_spilled(const struct vgic_cpu *c)
{
	return c->map[VGIC_SPILL_ACKED] | c->map[VGIC_SPILL_SET];
}

/* May this pCPU look at and change the list registers of @c? */
static inline bool vgic_reachable(const struct vgic_cpu *c)
{
	return !c->on || c->on == this_pcpu();
}

/* Enabled all the way to the CPU interface of a vCPU that exists. */
static inline bool vgic_forwarded(const struct vgic *g, const struct vgic_irq *irq)
{
	return irq->enabled && (g->ctlr & (irq->group1 ? VGICD_CTLR_GRP1 : VGICD_CTLR_GRP0)) && irq->target;
}

/* The pending state outside of a list register. */
static inline bool vgic_irq_is_pending(const struct vgic_irq *irq)
{
	return irq->hw ? irq->owned && !irq->active : irq->latch || (!irq->edge && irq->line);
}

/* vgic_queue.c: the lock is held, for all that follows */
void vgic_queue_init(struct vgic_cpu *c);
/* Append @irq (IDLE) to queue @id of @c; it becomes QUEUED or SPILLED. */
void vgic_enqueue(struct vgic_cpu *c, struct vgic_irq *irq, enum vgic_queue_id id, u8 prio);
/* Take @irq out of its queue; it becomes IDLE. */
void vgic_dequeue(struct vgic_irq *irq);
/* The oldest interrupt of the highest priority of queue @id, or NULL. */
struct vgic_irq *vgic_queue_first(struct vgic_cpu *c, enum vgic_queue_id id);

/* vgic_irq.c */
/* @intid as seen by @c (private) or the VM; NULL when there is none. @c may be NULL for SPIs. */
struct vgic_irq *vgic_irq_get(struct vgic *g, struct vgic_cpu *c, u32 intid);
void vgic_irq_init(struct vgic_irq *irq, u32 intid, struct vgic_cpu *own);
/* Reset: disabled, inactive, not pending, Group 0, priority 0; the physical interrupt masked and deactivated. */
void vgic_irq_reset(struct vgic *g, struct vgic_irq *irq);
/* The vCPU with affinity @aff (MPIDR fields), or NULL. */
struct vgic_cpu *vgic_cpu_by_affinity(const struct vgic *g, u64 aff);
/* Set @irq->route and the vCPU it names. */
void vgic_irq_route(struct vgic *g, struct vgic_irq *irq, u64 route);
/* Carry out @ops, now or by message, and bring @irq where it belongs now: after any change to @irq. */
void vgic_irq_apply(struct vgic *g, struct vgic_irq *irq, u32 ops);
/* vgic_irq_apply() after GICD_CTLR has changed: fast, because one write can concern every interrupt of the VM. */
void vgic_irq_regroup(struct vgic *g, struct vgic_irq *irq);
/*
 * Bring the struct up to date with the list register: now, as far as this pCPU may look, else soon. A guest that polls
 * ISACTIVER until another vCPU's handler is done sees the end, although that vCPU may not exit for long.
 */
void vgic_irq_sync(struct vgic *g, struct vgic_irq *irq);
/* @irq has changed, and is folded when LISTED: rewrite or release its list register, deliver, spill or forget it. */
void vgic_irq_settle(struct vgic *g, struct vgic_irq *irq);
/* The SGIs that are on their way to @c. */
static inline u32 vgic_sgis_sent(const struct vgic_cpu *c)
{
	return READ_ONCE(c->sgi_req) & (u32)VGIC_SGIS;
}
/* Has another pCPU left a request for @c? */
static inline bool vgic_has_requests(const struct vgic_cpu *c)
{
	return c->msg_any || vgic_sgis_sent(c);
}
/* Carry out the requests that other pCPUs left for @c: messages, then SGIs; or only the messages. */
void vgic_irq_requests(struct vgic_cpu *c);
void vgic_irq_messages(struct vgic_cpu *c);
/* Has another pCPU sent SGI @irq, which its vCPU's has not taken yet? */
static inline bool vgic_sgi_on_its_way(const struct vgic_irq *irq)
{
	return irq->intid < VGIC_NR_SGIS && (READ_ONCE(irq->own->sgi_req) & BIT32(irq->intid));
}
/* Forget SGI @irq, which is on its way to its vCPU. */
void vgic_irq_recall_sgi(struct vgic_irq *irq);
/* The physical interrupt of @irq was acknowledged by EL2. */
void vgic_irq_hw_fired(struct vgic *g, struct vgic_irq *irq);

/* vgic_phys.c: the physical interrupt behind a HW-bit one */
/* May its physical state be changed from here: an SPI, or a PPI of a vCPU that is loaded here. */
bool vgic_phys_here(const struct vgic_irq *irq);
void vgic_phys_ops(struct vgic_irq *irq, u32 ops);
/* The physical interrupt goes to the pCPU of the target vCPU. */
void vgic_phys_route(struct vgic_irq *irq);
/* Physical enable follows the virtual one; what was acknowledged but not delivered goes back to the physical GIC. */
void vgic_phys_refresh(struct vgic *g, struct vgic_irq *irq);
/* Disabled, not pending, inactive. */
void vgic_phys_quiesce(struct vgic_irq *irq);
/* Load and put of the mapped PPIs of @c (D7). */
void vgic_phys_load(struct vgic_cpu *c);
void vgic_phys_put(struct vgic_cpu *c);

/* vgic_lr.c */
u64 vgic_lr_read(const struct vgic_cpu *c, u32 n);
/* What the list register of @irq (LISTED, reachable) says, into @irq. */
void vgic_lr_fold(struct vgic_irq *irq);
/* Write the list register of @irq (LISTED, folded) from @irq. */
void vgic_lr_update(struct vgic *g, struct vgic_irq *irq);
/* Empty the list register of @irq (LISTED, folded); it becomes IDLE. */
void vgic_lr_release(struct vgic_irq *irq);
/* Empty list register @n of @c, reachable; its interrupt goes to the queue it belongs to. */
void vgic_lr_evict(struct vgic_cpu *c, u32 n);
/* Put @irq (IDLE) into free list register @n of @c. */
void vgic_lr_place(struct vgic_cpu *c, u32 n, struct vgic_irq *irq);

/* vgic_fill.c: which interrupts are in the list registers of @c, which is loaded here */
void vgic_fill(struct vgic_cpu *c);

/* vgic_cpuif.c */
/* Is priority @prio, as its group compares it, among the active priorities of @c, which is loaded here? */
bool vgic_priority_active(const struct vgic_cpu *c, bool group1, u32 prio);

/* vgicd.c, vgicr.c */
/* Fill @fixed of the distributor, and of the redistributor of @c. */
void vgicd_init(struct vgic *g);
void vgicr_init(struct vgic_cpu *c);
enum io_result vgicd_access(struct vcpu *vcpu, void *dev, struct io_access *a);
enum io_result vgicr_access(struct vcpu *vcpu, void *dev, struct io_access *a);
bool vgicd_word(struct vcpu *vcpu, void *dev, u32 offset, bool write, u64 *x);
bool vgicr_word(struct vcpu *vcpu, void *dev, u32 offset, bool write, u64 *x);

#endif
