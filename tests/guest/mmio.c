/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Loads and stores of a device in every form that compilers emit, most of them without a valid syndrome. The device is
 * GICD_IPRIORITYR and IROUTER: memory-like bytes, words and doublewords. And the mailbox, whose reads wait.
 */
#include <gic.h>
#include <smp.h>
#include <test.h>

#define PRIO (GICD + GIC_IPRIORITYR + 64) /* INTIDs 64.. */
#define ROUTE (GICD + GICD_IROUTER + 64 * 8)
#define PATTERN 0xf0e8d8c8U /* bits that priorities have */
#define FSC_MASK 0x3fU
#define MBOX UINT64_C(0x0a300000)
#define MBOX_PUT (MBOX + 8)
#define MBOX_STATUS (MBOX + 0x10)
#define ROUNDS 2000U

const bool want_mmu = true;

#define LOAD(insn)                                                                                                     \
	({                                                                                                             \
		u64 v_ = ~UINT64_C(0), a_ = PRIO;                                                                      \
		__asm__ volatile(insn : "+r"(v_), "+r"(a_)::"memory");                                                 \
		moved = a_ - PRIO;                                                                                     \
		v_;                                                                                                    \
	})

static u64 moved;

static void set(u32 v)
{
	mmio_write32(PRIO, v);
}

static void loads(void)
{
	set(PATTERN);
	EXPECT_EQ(LOAD("ldr %w0, [%1], #8"), PATTERN);
	EXPECT_EQ(moved, 8);
	EXPECT_EQ(LOAD("ldr %w0, [%1, #0]!"), PATTERN);
	EXPECT_EQ(LOAD("ldrb %w0, [%1], #1"), 0xc8);
	EXPECT_EQ(LOAD("ldrb %w0, [%1, #3]!"), 0xf0);
	EXPECT_EQ(moved, 3);
	EXPECT_EQ(LOAD("ldrsb %0, [%1, #1]!"), UINT64_C(0xffffffffffffffd8));
	EXPECT_EQ(LOAD("ldrsb %w0, [%1], #-1"), 0xffffffc8);
	EXPECT_EQ(moved, ~UINT64_C(0));
	EXPECT_EQ(LOAD("ldrsw %0, [%1], #4"), UINT64_C(0xfffffffff0e8d8c8));
}

static void stores(void)
{
	u64 a = PRIO, z = 0;

	__asm__ volatile("str %w1, [%0], #4" : "+r"(a) : "r"(PATTERN) : "memory");
	EXPECT_EQ(mmio_read32(PRIO), PATTERN);
	EXPECT_EQ(a, PRIO + 4);
	__asm__ volatile("strb %w1, [%0, #-3]!" : "+r"(a) : "r"(0x88) : "memory");
	EXPECT_EQ(a, PRIO + 1);
	EXPECT_EQ(mmio_read32(PRIO), 0xf0e888c8);
	a = PRIO;
	__asm__ volatile("str wzr, [%0], #0" : "+r"(a) : "r"(z) : "memory");
	EXPECT_EQ(mmio_read32(PRIO), 0);
}

static void pairs(void)
{
	u64 a = PRIO, x = 0, y = 0;

	__asm__ volatile("stp %w1, %w2, [%0], #8" : "+r"(a) : "r"(0x08101820), "r"(0x28303840) : "memory");
	EXPECT_EQ(a, PRIO + 8);
	EXPECT_EQ(mmio_read32(PRIO), 0x08101820);
	EXPECT_EQ(mmio_read32(PRIO + 4), 0x28303840);
	__asm__ volatile("ldp %w0, %w1, [%2, #-8]!" : "=&r"(x), "=&r"(y), "+r"(a)::"memory");
	EXPECT_EQ(x, 0x08101820);
	EXPECT_EQ(y, 0x28303840);
	EXPECT_EQ(a, PRIO);
	__asm__ volatile("ldpsw %0, %1, [%2]" : "=&r"(x), "=&r"(y) : "r"(a) : "memory");
	EXPECT_EQ(x, 0x08101820);
	__asm__ volatile("ldnp %w0, %w1, [%2]" : "=&r"(x), "=&r"(y) : "r"(a) : "memory");
	EXPECT_EQ(y, 0x28303840);
	/* 64-bit registers, of which the device takes both in one. */
	__asm__ volatile("stp %0, %1, [%2]" ::"r"(UINT64_C(0)), "r"(UINT64_C(0x1)), "r"(ROUTE) : "memory");
	EXPECT_EQ(mmio_read64(ROUTE + 8), 1);
	__asm__ volatile("ldp %0, %1, [%2]" : "=&r"(x), "=&r"(y) : "r"(ROUTE) : "memory");
	EXPECT_EQ(x, 0);
	EXPECT_EQ(y, 1);
}

static void simd(void)
{
	u64 x = 0, y = 0;

	__asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\t"
			 "ldr s3, [%2]\n\tfmov %w0, s3\n\t"
			 "ldr q31, [%3]\n\tmov %1, v31.d[1]"
			 : "=&r"(x), "=&r"(y)
			 : "r"(PRIO), "r"(ROUTE)
			 : "memory");
	EXPECT_EQ(x, mmio_read32(PRIO));
	EXPECT_EQ(y, 1);
	y = ROUTE;
	__asm__ volatile(".arch_extension fp\n\t.arch_extension simd\n\t"
			 "fmov d5, xzr\n\tmov v6.d[0], xzr\n\tmov v6.d[1], xzr\n\t"
			 "stp d5, d5, [%0]\n\tstr q6, [%0], #16"
			 : "+r"(y)
			 :
			 : "memory");
	EXPECT_EQ(mmio_read64(ROUTE + 8), 0);
	EXPECT_EQ(y, ROUTE + 16);
}

static bool atomics(void)
{
	return FIELD(sysreg_read(id_aa64isar0_el1), 23, 20) >= 2;
}

/* Nothing happens, but for the abort; the registers stay. */
static void refused(void)
{
	u64 v = 0x1234, a = PRIO;
	struct exc e;

	set(PATTERN);
	e = TRY(__asm__ volatile("ldxr %w0, [%1]" : "+r"(v) : "r"(PRIO) : "memory"));
	EXPECT_EQ(e.count, 1);
	EXPECT_EQ(EC(e.esr), EC_DABT_CUR);
	EXPECT_EQ(v, 0x1234);
	if (atomics()) {
		e = TRY(__asm__ volatile(".arch_extension lse\n\tldadd %w0, %w0, [%1]"
					 : "+r"(v)
					 : "r"(PRIO)
					 : "memory"));
		EXPECT_EQ(e.count, 1);
		EXPECT_EQ(EC(e.esr), EC_DABT_CUR);
		EXPECT_EQ(v, 0x1234);
		EXPECT_EQ(mmio_read32(PRIO), PATTERN);
	}
	e = TRY(__asm__ volatile("ldr %w0, [%1, #2]!" : "+r"(v), "+r"(a)::"memory"));
	EXPECT_EQ(e.count, 1);
	EXPECT_EQ(v, 0x1234);
	EXPECT_EQ(a, PRIO);
	/* Over the end of the device. */
	a = GICD + GICD_SIZE - 4;
	e = TRY(__asm__ volatile("ldp %w0, wzr, [%1], #8" : "+r"(v), "+r"(a)::"memory"));
	EXPECT_EQ(e.count, 1);
	EXPECT_EQ(v, 0x1234);
	EXPECT_EQ(a, GICD + GICD_SIZE - 4);
	/* A prefetch has nothing to fetch. */
	__asm__ volatile("prfm pldl1keep, [%0]" ::"r"(PRIO));
}

/* By SP, which is another register in each mode. */
static void stack_pointer(void)
{
	u64 v = 0, sp = 0;

	set(PATTERN);
	__asm__ volatile("mov x9, sp\n\tmov sp, %2\n\tldr %w0, [sp], #16\n\tmov %1, sp\n\tmov sp, x9"
			 : "=&r"(v), "=&r"(sp)
			 : "r"(PRIO)
			 : "x9", "memory");
	EXPECT_EQ(v, PATTERN);
	EXPECT_EQ(sp, PRIO + 16);
}

static volatile u64 sum, nr;

static void reader(u64 cpu)
{
	(void)cpu;
	for (u32 i = 0; i < ROUNDS; i++) {
		sum += mmio_read64(MBOX);
		nr = nr + 1;
	}
}

/* One vCPU reads a register that the other has still to fill. */
static void mailbox(void)
{
	u64 start = now(), want = 0;

	EXPECT_EQ(mmio_read32(MBOX + 0xfc), 0x584f424d);
	EXPECT_EQ(smp_start(1, reader, 0), 0);
	for (u64 i = 0; i < ROUNDS; i++) {
		/* Sometimes the reader waits for us, sometimes there is something for it. */
		while ((mmio_read32(MBOX_STATUS) & 0xffff) > 8 && now() - start < ticks_ms(20000))
			cpu_relax();
		mmio_write64(MBOX_PUT, i * UINT64_C(0x100000001));
		want += i * UINT64_C(0x100000001);
		if (i % 3 == 0)
			while (nr <= i && now() - start < ticks_ms(20000))
				cpu_relax();
	}
	EXPECT(smp_wait_off(1));
	EXPECT_EQ(nr, ROUNDS);
	EXPECT_EQ(sum, want);
	EXPECT_EQ(mmio_read32(MBOX_STATUS), 0);
}

const struct test tests[] = {
	TEST(loads),         TEST(stores),     TEST(pairs),      TEST(simd),
	TEST(stack_pointer), TEST_HV(refused), TEST_HV(mailbox), { NULL, NULL, false },
};
