/* SPDX-License-Identifier: BSD-3-Clause */
/* From an MMIO access to the entry of a register table, and to the INTIDs it means. */
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
