/* SPDX-License-Identifier: BSD-3-Clause */
/* The GIC as software sees it: states, priorities, groups, end-of-interrupt modes. irq_lr.c goes beyond the list
 * registers. */
#include <gic.h>
#include <test.h>

#define SPI_A 40U
#define SPI_B 41U
#define SPI_C 100U
#define PPI_FREE 20U
#define NO_SUCH_AFFINITY UINT64_C(0x770000)
#define ICC_IAR0_READ() ((u32)sysreg_read(S3_0_C12_C8_0))
#define ICC_EOIR0_WRITE(v) sysreg_write(S3_0_C12_C8_1, v)
#define CTLR_GRP1 2U
#define CTLR_GRP0 1U

const bool want_mmu = true;

static volatile u32 order[8];
static volatile u32 nr_order;

static void sgi_self(void)
{
	gic_init();
	for (u32 i = 0; i < 16; i++) {
		gic_enable(i);
		gic_sgi(i);
		EXPECT_EQ(gic_wait(), i);
		EXPECT(gic_is_active(i));
		gic_eoi(i);
		EXPECT(!gic_is_active(i));
		EXPECT_EQ(gic_ack(), GIC_NONE);
	}
}

static void sgi_all_by_priority(void)
{
	gic_init();
	gic_pmr(0);
	for (u32 i = 0; i < 16; i++) {
		gic_priority(i, (u8)(0xf8 - i * 8));
		gic_enable(i);
		gic_sgi(i);
	}
	gic_pmr(0xff);
	for (u32 i = 16; i-- > 1;) {
		EXPECT_EQ(gic_wait(), i);
		gic_eoi(i);
	}
	/* 0xf8 is the idle priority with 5 bits: never more urgent than the mask, so SGI 0 stays pending. */
	EXPECT_EQ(gic_ack(), GIC_NONE);
	EXPECT(gic_is_pending(0));
	gic_priority(0, GIC_PRIO_DEFAULT);
	EXPECT_EQ(gic_wait(), 0);
	gic_eoi(0);
}

static void ppi_pending(void)
{
	gic_init();
	gic_enable(PPI_FREE);
	gic_pend(PPI_FREE);
	EXPECT_EQ(gic_wait(), PPI_FREE);
	gic_eoi(PPI_FREE);
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

static void spi_states(void)
{
	gic_init();
	gic_enable(SPI_A);
	EXPECT(!gic_is_pending(SPI_A));
	gic_pmr(0);
	gic_pend(SPI_A);
	EXPECT(gic_is_pending(SPI_A));
	EXPECT(!gic_is_active(SPI_A));
	gic_pmr(0xff);
	EXPECT_EQ(gic_wait(), SPI_A);
	EXPECT(!gic_is_pending(SPI_A));
	EXPECT(gic_is_active(SPI_A));
	EXPECT_EQ(gic_rpr(), GIC_PRIO_DEFAULT);
	gic_eoi(SPI_A);
	EXPECT(!gic_is_active(SPI_A));
	EXPECT_EQ(gic_rpr(), 0xff);
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

static void pending_cleared(void)
{
	gic_init();
	gic_pmr(0);
	gic_enable(SPI_A);
	gic_pend(SPI_A);
	gic_unpend(SPI_A);
	EXPECT(!gic_is_pending(SPI_A));
	gic_pmr(0xff);
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

static void latched_while_disabled(void)
{
	gic_init();
	gic_pend(SPI_A);
	EXPECT(gic_is_pending(SPI_A));
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_enable(SPI_A);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
}

static void disabled_while_pending(void)
{
	gic_init();
	gic_pmr(0);
	gic_enable(SPI_A);
	gic_pend(SPI_A);
	gic_disable(SPI_A);
	gic_pmr(0xff);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	EXPECT(gic_is_pending(SPI_A));
	gic_enable(SPI_A);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
}

static void pending_while_active(void)
{
	gic_init();
	gic_edge(SPI_A, true);
	gic_enable(SPI_A);
	gic_pend(SPI_A);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_pend(SPI_A);
	EXPECT(gic_is_pending(SPI_A));
	EXPECT(gic_is_active(SPI_A));
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_eoi(SPI_A);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
	EXPECT_EQ(gic_ack(), GIC_NONE);
}

static void active_set_and_cleared(void)
{
	gic_init();
	gic_enable(SPI_A);
	gic_set_bit(GIC_ISACTIVER, SPI_A);
	EXPECT(gic_is_active(SPI_A));
	gic_pend(SPI_A);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_set_bit(GIC_ICACTIVER, SPI_A);
	EXPECT(!gic_is_active(SPI_A));
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_set_bit(GIC_ICACTIVER, SPI_A);
	EXPECT(!gic_is_active(SPI_A));
	gic_eoi(SPI_A);
	EXPECT_EQ(gic_rpr(), 0xff);
	gic_pend(SPI_A);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
}

static void priority_order(void)
{
	gic_init();
	gic_pmr(0);
	gic_priority(SPI_A, 0x80);
	gic_priority(SPI_B, 0x20);
	gic_priority(SPI_C, 0x60);
	gic_enable(SPI_A);
	gic_enable(SPI_B);
	gic_enable(SPI_C);
	gic_pend(SPI_A);
	gic_pend(SPI_B);
	gic_pend(SPI_C);
	gic_pmr(0xff);
	EXPECT_EQ(gic_wait(), SPI_B);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_eoi(SPI_B);
	EXPECT_EQ(gic_wait(), SPI_C);
	gic_eoi(SPI_C);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
}

static void priority_mask(void)
{
	gic_init();
	gic_enable(SPI_A);
	gic_pmr(GIC_PRIO_DEFAULT);
	gic_pend(SPI_A);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_pmr(GIC_PRIO_DEFAULT + 8);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
}

static void binary_point(void)
{
	gic_init();
	sysreg_write(S3_0_C12_C12_3, 7); /* ICC_BPR1_EL1: one bit of group priority */
	isb();
	gic_priority(SPI_A, 0xc0);
	gic_priority(SPI_B, 0x80);
	gic_priority(SPI_C, 0x40);
	gic_enable(SPI_A);
	gic_enable(SPI_B);
	gic_enable(SPI_C);
	gic_pend(SPI_A);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_pend(SPI_B);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_pend(SPI_C);
	EXPECT_EQ(gic_wait(), SPI_C);
	gic_eoi(SPI_C);
	gic_eoi(SPI_A);
	EXPECT_EQ(gic_wait(), SPI_B);
	gic_eoi(SPI_B);
}

static void note_order(u32 v)
{
	order[nr_order % ARRAY_SIZE(order)] = v;
	nr_order = nr_order + 1;
}

static void preempt_handler(void)
{
	u32 intid = gic_ack();

	note_order(intid);
	if (intid == SPI_A) {
		gic_pend(SPI_B);
		irq_unmask(); /* the more urgent one interrupts here */
		isb();
		irq_mask();
	}
	note_order(1000 + intid);
	gic_eoi(intid);
}

/* The inner exception overwrites ELR and SPSR; exc_common keeps them in its frame. */
static void preemption(void)
{
	gic_init();
	nr_order = 0;
	gic_priority(SPI_A, 0x80);
	gic_priority(SPI_B, 0x40);
	gic_enable(SPI_A);
	gic_enable(SPI_B);
	irq_handler = preempt_handler;
	irq_unmask();
	gic_pend(SPI_A);
	for (u64 start = now(); nr_order < 4 && now() - start < ticks_ms(2000);)
		;
	irq_mask();
	EXPECT_EQ(nr_order, 4);
	EXPECT_EQ(order[0], SPI_A);
	EXPECT_EQ(order[1], SPI_B);
	EXPECT_EQ(order[2], 1000 + SPI_B);
	EXPECT_EQ(order[3], 1000 + SPI_A);
}

static void split_eoi(void)
{
	gic_init();
	gic_eoimode(true);
	gic_edge(SPI_A, true);
	gic_enable(SPI_A);
	gic_pend(SPI_A);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
	EXPECT_EQ(gic_rpr(), 0xff);
	EXPECT(gic_is_active(SPI_A));
	gic_pend(SPI_A);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	gic_dir(SPI_A);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
	gic_dir(SPI_A);
	EXPECT(!gic_is_active(SPI_A));
	gic_eoimode(false);
}

/* Ends of interrupts that are not there are ignored. */
static void spurious_ends(void)
{
	gic_init();
	gic_eoi(SPI_A);
	gic_eoi(5);
	gic_eoi(GIC_NONE);
	gic_eoi(8192);
	gic_eoimode(true);
	gic_dir(SPI_A);
	gic_dir(GIC_NONE);
	gic_dir(0xffffff);
	gic_eoimode(false);
	gic_enable(SPI_A);
	gic_pend(SPI_A);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
	EXPECT_EQ(gic_rpr(), 0xff);
}

static void group_enables(void)
{
	gic_init();
	gic_enable(SPI_A);
	mmio_write32(GICD + GICD_CTLR, mmio_read32(GICD + GICD_CTLR) & ~CTLR_GRP1);
	gic_pend(SPI_A);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	mmio_write32(GICD + GICD_CTLR, mmio_read32(GICD + GICD_CTLR) | CTLR_GRP1);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
	sysreg_write(S3_0_C12_C12_7, 0);
	isb();
	gic_pend(SPI_A);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	sysreg_write(S3_0_C12_C12_7, 1);
	isb();
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
}

static void fiq(void)
{
	u32 intid = ICC_IAR0_READ();

	note_order(intid);
	ICC_EOIR0_WRITE(intid);
	isb();
}

static void group0(void)
{
	gic_init();
	nr_order = 0;
	sysreg_write(S3_0_C12_C12_6, 1); /* ICC_IGRPEN0_EL1 */
	gic_group(SPI_A, 0);
	gic_enable(SPI_A);
	gic_pend(SPI_A);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	EXPECT_EQ(ICC_IAR0_READ(), SPI_A);
	ICC_EOIR0_WRITE(SPI_A);
	isb();
	fiq_handler = fiq;
	irq_unmask();
	gic_pend(SPI_A);
	for (u64 start = now(); nr_order == 0 && now() - start < ticks_ms(2000);)
		;
	irq_mask();
	EXPECT_EQ(nr_order, 1);
	EXPECT_EQ(order[0], SPI_A);
	sysreg_write(S3_0_C12_C12_6, 0);
}

static void routing(void)
{
	u64 a = GICD + GICD_IROUTER + SPI_A * 8, here;

	gic_init();
	here = mmio_read64(a);
	gic_enable(SPI_A);
	mmio_write64(a, NO_SUCH_AFFINITY);
	EXPECT_EQ(mmio_read64(a), NO_SUCH_AFFINITY);
	gic_pend(SPI_A);
	EXPECT_EQ(gic_ack(), GIC_NONE);
	mmio_write64(a, here);
	EXPECT_EQ(gic_wait(), SPI_A);
	gic_eoi(SPI_A);
}

static void wfi_wakes(void)
{
	gic_init();
	gic_enable(SPI_A);
	for (u32 i = 0; i < 100; i++) {
		gic_pend(SPI_A);
		wfi();
		EXPECT_EQ(gic_wait(), SPI_A);
		gic_eoi(SPI_A);
	}
}

static void identification(void)
{
	u32 typer = mmio_read32(GICD + GICD_TYPER);

	EXPECT_EQ(mmio_read32(GICD + GIC_PIDR2) >> 4 & 0xf, 3);
	EXPECT_EQ(mmio_read32(GICR + GIC_PIDR2) >> 4 & 0xf, 3);
	EXPECT((typer & 0x1f) >= 3);
	EXPECT_EQ(mmio_read64(GICR + GICR_TYPER) >> 32, sysreg_read(mpidr_el1) & 0xffffff);
	EXPECT_EQ(mmio_read32(GICD + GICD_CTLR) & 0x10, 0x10);
}

const struct test tests[] = {
	TEST(identification),
	TEST(sgi_self),
	TEST(sgi_all_by_priority),
	TEST(ppi_pending),
	TEST(spi_states),
	TEST(pending_cleared),
	TEST(latched_while_disabled),
	TEST(disabled_while_pending),
	TEST(pending_while_active),
	TEST(active_set_and_cleared),
	TEST(priority_order),
	TEST(priority_mask),
	TEST(binary_point),
	TEST(preemption),
	TEST(split_eoi),
	TEST(spurious_ends),
	TEST(group_enables),
	TEST(group0),
	TEST(routing),
	TEST(wfi_wakes),
	{ 0 },
};
