/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A hostile guest: every naturally aligned offset of GICD and GICR, read and written in 1, 2, 4 and 8 bytes. Anything
 * the architecture allows is fine (a value, nothing, an abort); afterwards the GIC is set up anew and has to work.
 */
#include <gic.h>
#include <test.h>

const bool want_mmu = true;

static u32 rng = 1;
static u32 aborts;

static u64 next_random(void)
{
	u64 v = 0;

	for (u32 i = 0; i < 2; i++) {
		rng ^= rng << 13;
		rng ^= rng >> 17;
		rng ^= rng << 5;
		v = v << 32 | rng;
	}
	return v;
}

static void read_one(u64 a, u32 size)
{
	switch (size) {
	case 1:
		mmio_read8(a);
		break;
	case 2:
		mmio_read16(a);
		break;
	case 4:
		mmio_read32(a);
		break;
	default:
		mmio_read64(a);
		break;
	}
}

static void write_one(u64 a, u32 size, u64 v)
{
	switch (size) {
	case 1:
		mmio_write8(a, (u8)v);
		break;
	case 2:
		mmio_write16(a, (u16)v);
		break;
	case 4:
		mmio_write32(a, (u32)v);
		break;
	default:
		mmio_write64(a, v);
		break;
	}
}

static void sweep(u64 base, u64 size)
{
	struct exc e;

	exc_arm();
	for (u32 width = 1; width <= 8; width *= 2)
		for (u64 a = base; a < base + size; a += width)
			read_one(a, width);
	for (u32 width = 1; width <= 8; width *= 2)
		for (u64 a = base; a < base + size; a += width)
			write_one(a, width, next_random());
	for (u64 a = base; a < base + size; a += 4)
		write_one(a, 4, ~UINT64_C(0));
	e = exc_take();
	if (e.count > 0)
		EXPECT_EQ(EC(e.esr), EC_DABT_CUR);
	aborts += e.count;
}

static void still_works(void)
{
	gic_init();
	gic_enable(INTID_VTIMER);
	gic_enable(40);
	sysreg_write(cntv_tval_el0, 0);
	sysreg_write(cntv_ctl_el0, 1);
	EXPECT_EQ(gic_wait(), INTID_VTIMER);
	sysreg_write(cntv_ctl_el0, 0);
	gic_eoi(INTID_VTIMER);
	gic_pend(40);
	EXPECT_EQ(gic_wait(), 40);
	gic_eoi(40);
	gic_enable(3);
	gic_sgi(3);
	EXPECT_EQ(gic_wait(), 3);
	gic_eoi(3);
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

static void distributor(void)
{
	sweep(GICD, GICD_SIZE);
}

static void redistributor(void)
{
	sweep(GICR, GICR_SIZE);
}

/* Accesses that straddle the ends of the frames. */
static void frame_ends(void)
{
	struct exc e;

	exc_arm();
	read_one(GICD + GICD_SIZE, 8);
	write_one(GICD + GICD_SIZE, 8, 1);
	read_one(GICD - 8, 8);
	read_one(GICR + GICR_SIZE, 4);
	write_one(GICR + GICR_SIZE, 8, ~UINT64_C(0));
	write_one(GICR - 8, 8, ~UINT64_C(0));
	e = exc_take();
	if (e.count > 0)
		EXPECT_EQ(EC(e.esr), EC_DABT_CUR);
	print("aborts in the sweep: %u\n", aborts);
}

static void works_after_distributor(void)
{
	still_works();
}

static void works_after_redistributor(void)
{
	still_works();
}

const struct test tests[] = {
	TEST(distributor),   TEST(works_after_distributor),
	TEST(redistributor), TEST(works_after_redistributor),
	TEST_HV(frame_ends), { 0 },
};
