/* SPDX-License-Identifier: BSD-3-Clause */
/* From an MMIO access to the entry of a register table, and to the INTIDs it means. */
#include <asm/vgic/vgic_fast.h>
#include <asm/vgic/vgic_mmio.h>

#define BITS_PER_BYTE 8U
#define IROUTER_BITS 64U

static const struct vgic_reg *find(const struct vgic_reg *regs, u32 nr, u64 offset)
{
	u32 lo = 0, hi = nr;

	while (lo < hi) {
		u32 mid = (lo + hi) / 2;

		if (offset > regs[mid].last)
			lo = mid + 1;
		else if (offset < regs[mid].first)
			hi = mid;
		else
			return &regs[mid];
	}
	return NULL;
}

static u64 size_mask(u32 size)
{
	return ~UINT64_C(0) >> (64U - size * BITS_PER_BYTE);
}

static u64 read_irqs(struct vgic *g, struct vgic_cpu *c, const struct vgic_reg *r, u32 byte, u32 size)
{
	u32 intid = byte * BITS_PER_BYTE / r->bits;
	u32 nr = size * BITS_PER_BYTE / r->bits;
	u64 v = 0;
	u32 i;

	for (i = 0; i < nr; i++) {
		struct vgic_irq *irq = vgic_irq_get(g, c, intid + i);

		if (irq)
			v |= r->get(g, c, irq) << (i * r->bits);
	}
	return v;
}

static void write_irqs(struct vgic *g, struct vgic_cpu *c, const struct vgic_reg *r, u32 byte, u32 size, u64 v)
{
	u32 intid = byte * BITS_PER_BYTE / r->bits;
	u32 nr = size * BITS_PER_BYTE / r->bits;
	struct vgic_irq *irq;
	u32 i;

	if (r->ones) {
		for (; v; v &= v - 1) {
			irq = vgic_irq_get(g, c, intid + (u32)__builtin_ctzll(v));
			if (irq)
				r->set(g, c, irq, 1);
		}
		return;
	}
	for (i = 0; i < nr; i++) {
		irq = vgic_irq_get(g, c, intid + i);
		if (irq)
			r->set(g, c, irq, (v >> (i * r->bits)) & (~UINT64_C(0) >> (64U - r->bits)));
	}
}

/* A 64-bit register for one INTID, which 32-bit accesses take in halves. */
static void access_wide(struct vgic *g, struct vgic_cpu *c, const struct vgic_reg *r, u32 byte, struct io_access *a)
{
	struct vgic_irq *irq = vgic_irq_get(g, c, byte / (IROUTER_BITS / BITS_PER_BYTE));
	u32 shift = byte % (IROUTER_BITS / BITS_PER_BYTE) * BITS_PER_BYTE;
	u64 mask = size_mask(a->size) << shift;

	if (!irq)
		return;
	if (a->write)
		r->set(g, c, irq, (r->get(g, c, irq) & ~mask) | ((a->value << shift) & mask));
	else
		a->value = (r->get(g, c, irq) & mask) >> shift;
}

static void access_plain(struct vgic *g, struct vgic_cpu *c, const struct vgic_reg *r, u32 byte, struct io_access *a)
{
	if (!a->write && r->get)
		a->value = (r->get(g, c, NULL) >> (byte * BITS_PER_BYTE)) & size_mask(a->size);
	else if (a->write && r->set)
		r->set(g, c, NULL, a->value & size_mask(a->size));
}

void vgic_mmio(struct vgic *g, struct vgic_cpu *c, const struct vgic_reg *regs, u32 nr, u64 offset, struct io_access *a)
{
	const struct vgic_reg *r = find(regs, nr, offset);
	u32 byte;

	if (!a->write)
		a->value = 0;
	if (!r || !(r->sizes & a->size) || !IS_ALIGNED(offset, a->size))
		return;
	byte = (u32)(offset - r->first);
	vgic_lock(g);
	if (!r->bits)
		access_plain(g, c, r, byte, a);
	else if (r->bits == IROUTER_BITS)
		access_wide(g, c, r, byte, a);
	else if (!a->write)
		a->value = read_irqs(g, c, r, byte, a->size);
	else if (r->set)
		write_irqs(g, c, r, byte, a->size, a->value & size_mask(a->size));
	vgic_unlock(g);
}

/* Registers in which a one sets or clears something, by offset / 0x80: ISENABLER to ICACTIVER, in both frames. */
#define ONES_SIZE 0x80U
#define ONES_FIRST 2U
enum { ONES_SET_ENABLE, ONES_CLR_ENABLE, ONES_SET_PENDING };
static const vgic_set_t ones[] = { vgic_set_enable,  vgic_clr_enable, vgic_set_pending,
				   vgic_clr_pending, vgic_set_active, vgic_clr_active };

static __noinline bool write_many(struct vgic *g, struct vgic_cpu *c, vgic_set_t set, struct vgic_irq *first, u32 v)
{
	vgic_lock(g);
	for (; v; v &= v - 1)
		set(g, c, &first[__builtin_ctz(v)], 1);
	vgic_unlock(g);
	return true;
}

/* One bit, mostly, of an interrupt that is quiet, or that has been here before. */
bool vgic_write_bits(struct vgic_cpu *self, struct vgic_cpu *c, u32 offset, u32 v)
{
	struct vgic *g = self->g;
	u32 which = offset / ONES_SIZE - ONES_FIRST;
	u32 intid = offset % ONES_SIZE * BITS_PER_BYTE;
	struct vgic_irq *first, *irq;

	/* The redistributor has a word of each, for what is private; the distributor has all but that. */
	if (which >= ARRAY_SIZE(ones) || (c ? intid != 0 : intid < VGIC_NR_PRIVATE || intid >= VGIC_NR_INTIDS))
		return false;
	first = c ? c->priv : &g->spi[intid - VGIC_NR_PRIVATE];
	irq = &first[__builtin_ctz(v | BIT32(31))];
	if (v && v == (v & -v)) {
		/* LISTED on the vCPU that writes, if it is armed at all: its state is this pCPU's own (vgic_fast.h). */
		if (which == ONES_SET_PENDING && irq->holder == self && !irq->hw && vgic_fast_latch(self, irq))
			return true;
		/* An enable is a bit to remember, and nothing follows from it, which the lock keeps true. */
		if (which <= ONES_CLR_ENABLE) {
			spin_lock(&g->lock);
			if (!irq->busy) {
				irq->enabled = which == ONES_SET_ENABLE;
				spin_unlock(&g->lock);
				return true;
			}
			spin_unlock(&g->lock);
		}
	}
	return write_many(g, c, ones[which], first, v);
}

bool vgic_read_bits(struct vgic *g, struct vgic_cpu *c, u32 offset, u64 *x)
{
	u32 which = offset / ONES_SIZE - ONES_FIRST;
	u32 intid = offset % ONES_SIZE * BITS_PER_BYTE;
	const struct vgic_irq *first;
	u32 i, v = 0;

	if (which > ONES_CLR_ENABLE || (c ? intid != 0 : intid < VGIC_NR_PRIVATE || intid >= VGIC_NR_INTIDS))
		return false;
	first = c ? c->priv : &g->spi[intid - VGIC_NR_PRIVATE];
	/* Each bit as it is at its moment: the lock would add nothing to that. */
	for (i = 0; i < 32; i++)
		v |= (u32)READ_ONCE(first[i].enabled) << i;
	*x = v;
	return true;
}
