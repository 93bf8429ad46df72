/* SPDX-License-Identifier: BSD-3-Clause */
/* Between VMs that share memory: a word is written, the peer's doorbell rings, the peer answers the same way. */
#include "bench.h"

#define BELL_SELF 0x0cU
#define BELL_PRESENT 0x24U
#define PEER 1U
#define SHM UINT64_C(0x50000000) /* where the runner's manifest puts the window, in both VMs */

struct chan {
	volatile u64 question, answer, fp;
};
#define chan ((struct chan *)SHM)

static void bell_setup(void)
{
	gic_edge(plat.bell_intid, false);
	gic_enable(plat.bell_intid);
	set_handler(hook_bell, plat.bell);
}

void bell_peer(void)
{
	u64 seen = 0;

	bell_setup();
	irq_mask();
	for (;;) {
		while (chan->question == seen)
			__asm__ volatile("wfi\n\tmsr daifclr, #2\n\tisb\n\tmsr daifset, #2" ::: "memory");
		seen = chan->question;
		if (chan->fp != 0)
			use_fp();
		chan->answer = seen;
		dsb();
		mmio_write32(plat.bell + BELL_RING, 0);
	}
}

static u64 ask(u64 question)
{
	u64 start = now();

	if (chan->fp != 0)
		use_fp();
	chan->question = question;
	dsb();
	mmio_write32(plat.bell + BELL_RING, PEER);
	while (chan->answer != question)
		__asm__ volatile("wfi\n\tmsr daifclr, #2\n\tisb\n\tmsr daifset, #2" ::: "memory");
	return now() - start;
}

static void bell_row(const char *name, u64 fp)
{
	u64 question = chan->answer;

	if (!row_wanted(name))
		return;
	chan->fp = fp;
	for (u32 i = 0; i < row_samples(); i++) {
		u64 v;

		bench_begin();
		v = ask(++question);
		bench_end();
		row_sample(i, v);
	}
	row_report(name);
}

void rows_bell(void)
{
	if (plat.bell == 0)
		return;
	bell_setup();
	irq_mask();
	while (!(mmio_read32(plat.bell + BELL_PRESENT) & BIT(PEER)))
		wfi();
	bell_row("doorbell_roundtrip", 0);
	bell_row("doorbell_roundtrip_fp", 1);
}
