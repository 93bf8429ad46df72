/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What CPUs say of themselves. It stays as it is, however often a CPU's vCPU moves; ID registers and CTR_EL0 are the
 * same on all CPUs. A line for each CPU tells the host side what it is. Bootarg watch_ms= says how long it looks.
 */
#include <smp.h>
#include <test.h>

#define WATCH_MS 300U
#define ID_REGS 8U
#define CSSELR_L1D 0U
#define CSSELR_L2 2U

const bool want_mmu = true;

struct core {
	u64 midr, revidr, clidr, l1d, l2; /* of the kind of core */
	u64 ctr, dczid, id[ID_REGS];      /* of all */
};

static struct core seen[SMP_MAX];
static volatile u64 done, changes;

static u64 ccsidr(u64 level)
{
	sysreg_write(csselr_el1, level);
	isb();
	return sysreg_read(ccsidr_el1);
}

static void look(struct core *c)
{
	c->midr = sysreg_read(midr_el1);
	c->revidr = sysreg_read(revidr_el1);
	c->clidr = sysreg_read(clidr_el1);
	c->l1d = ccsidr(CSSELR_L1D);
	c->l2 = ccsidr(CSSELR_L2);
	c->ctr = sysreg_read(ctr_el0);
	c->dczid = sysreg_read(dczid_el0);
	c->id[0] = sysreg_read(id_aa64pfr0_el1);
	c->id[1] = sysreg_read(id_aa64pfr1_el1);
	c->id[2] = sysreg_read(id_aa64isar0_el1);
	c->id[3] = sysreg_read(id_aa64isar1_el1);
	c->id[4] = sysreg_read(id_aa64mmfr0_el1);
	c->id[5] = sysreg_read(id_aa64mmfr1_el1);
	c->id[6] = sysreg_read(id_aa64mmfr2_el1);
	c->id[7] = sysreg_read(id_aa64dfr0_el1);
}

static bool differ(const void *a, const void *b, u64 size)
{
	const u64 *x = a, *y = b;

	for (u64 i = 0; i < size / sizeof(*x); i++)
		if (x[i] != y[i])
			return true;
	return false;
}

static void watch(u64 cpu)
{
	u64 end = now() + ticks_ms(bootarg_num("watch_ms", WATCH_MS));
	struct core c;

	look(&seen[cpu]);
	while (now() < end) {
		look(&c);
		if (differ(&c, &seen[cpu], sizeof(c)))
			atomic_add(&changes, 1);
	}
	atomic_add(&done, 1);
}

static void nothing_changes(void)
{
	for (u32 i = 1; i < smp_cpus(); i++)
		EXPECT_EQ(smp_start(i, watch, i), 0);
	watch(0);
	EXPECT(smp_wait_for(&done, smp_cpus()));
	EXPECT_EQ(changes, 0);
	for (u32 i = 0; i < smp_cpus(); i++)
		print("CORE %u midr 0x%x ctr 0x%x l2 0x%x\n", i, (u32)seen[i].midr, (u32)seen[i].ctr, (u32)seen[i].l2);
}

static void one_view(void)
{
	for (u32 i = 1; i < smp_cpus(); i++) {
		EXPECT_EQ(seen[i].ctr, seen[0].ctr);
		EXPECT_EQ(seen[i].dczid, seen[0].dczid);
		EXPECT(!differ(seen[i].id, seen[0].id, sizeof(seen[i].id)));
	}
}

const struct test tests[] = { TEST(nothing_changes), TEST(one_view), { NULL, NULL, false } };
