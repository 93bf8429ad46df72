/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The bench guest: how many instructions operations cost that a hypervisor has a part in. It is the same binary on bare
 * hardware, under Hazel, Xen and KVM. It says what it measured in lines
 *	BENCH <row> <min> <median> <max> <samples>
 * and "BENCH done". bootargs: "rows row.<name> ..." chooses rows, "samples=<n>", "peer" makes it the other end of a
 * doorbell, "sleep" makes it somebody who is there and does nothing (docs/performance.md).
 */
#include "bench.h"

#include <test.h>

const bool want_mmu = true;

static u64 samples[2][BENCH_MAX];
static u32 counts[2];
static bool chosen;

bool row_wanted(const char *name)
{
	char word[64] = "row.";
	u32 n = 4;

	if (!chosen)
		return true;
	while (*name != '\0' && n < sizeof(word) - 1)
		word[n++] = *name++;
	return bootarg(word);
}

u32 row_samples(void)
{
	u64 n = bootarg_num("samples", BENCH_MAX);

	return BENCH_WARM_UP + (u32)(n > 0 && n < BENCH_MAX ? n : BENCH_MAX);
}

static void keep(u32 which, u32 i, u64 v)
{
	if (i < BENCH_WARM_UP || i - BENCH_WARM_UP >= BENCH_MAX)
		return;
	samples[which][i - BENCH_WARM_UP] = v;
	if (counts[which] < i - BENCH_WARM_UP + 1)
		counts[which] = i - BENCH_WARM_UP + 1;
}

void row_sample(u32 i, u64 v)
{
	keep(0, i, v);
}

void row_sample2(u32 i, u64 v)
{
	keep(1, i, v);
}

static void report(u32 which, const char *name)
{
	u64 *s = samples[which];
	u32 n = counts[which];

	counts[which] = 0;
	if (n == 0)
		return;
	for (u32 i = 1; i < n; i++) {
		u64 v = s[i];
		u32 k = i;

		for (; k > 0 && s[k - 1] > v; k--)
			s[k] = s[k - 1];
		s[k] = v;
	}
	print("BENCH %s %lu %lu %lu %u\n", name, s[0], s[n / 2], s[n - 1], n);
}

void row_report(const char *name)
{
	report(0, name);
}

void row_report2(const char *name)
{
	report(1, name);
}

/* What the clock was at the guest's first instruction, from reset: start.S has read it. */
static void reset_row(void)
{
	keep(0, BENCH_WARM_UP, entry_state.cntpct);
	if (row_wanted("reset_to_guest"))
		row_report("reset_to_guest");
	counts[0] = 0;
}

static void bench(void)
{
	chosen = bootarg("rows");
	sysreg_write(vbar_el1, bench_vectors);
	isb();
	gic_init();
	if (bootarg("sleep"))
		for (;;)
			wfi();
	if (bootarg("peer"))
		bell_peer();
	reset_row();
	rows_trap();
	rows_irq();
	rows_smp();
	rows_bell();
	irq_mask();
	print("BENCH done\n");
}

const struct test tests[] = { TEST(bench), { 0 } };
