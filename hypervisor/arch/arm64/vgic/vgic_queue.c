/* SPDX-License-Identifier: BSD-3-Clause */
/* Priority queues of interrupts: constant time whatever a guest does. */
#include <asm/vgic/vgic_state.h>

void vgic_queue_init(struct vgic_cpu *c)
{
	u32 id, level;

	for (id = 0; id < VGIC_NR_QUEUES; id++) {
		c->map[id] = 0;
		for (level = 0; level < VGIC_NR_PRIOS; level++)
			list_init(&c->q[id].head[level]);
	}
}

void vgic_enqueue(struct vgic_cpu *c, struct vgic_irq *irq, enum vgic_queue_id id, u8 prio)
{
	struct vgic_queue *q = &c->q[id];
	u8 level = (u8)(prio >> VGIC_PRIO_SHIFT);

	irq->holder = c;
	irq->queue = (u8)id;
	irq->level = level;
	irq->place = id <= VGIC_READY_GRP1 ? VGIC_QUEUED : VGIC_SPILLED;
	list_add_tail(&irq->node, &q->head[level]);
	c->map[id] |= BIT32(level);
}

void vgic_dequeue(struct vgic_irq *irq)
{
	struct vgic_cpu *c = irq->holder;

	list_del_init(&irq->node);
	if (list_empty(&c->q[irq->queue].head[irq->level]))
		c->map[irq->queue] &= ~BIT32(irq->level);
	irq->holder = NULL;
	irq->place = VGIC_IDLE;
}

struct vgic_irq *vgic_queue_first(struct vgic_cpu *c, enum vgic_queue_id id)
{
	if (!c->map[id])
		return NULL;
	return list_entry(c->q[id].head[__builtin_ctz(c->map[id])].next, struct vgic_irq, node);
}
