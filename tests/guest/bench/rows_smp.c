/* SPDX-License-Identifier: BSD-3-Clause */
/* Between vCPUs: nobody spins, whoever has nothing to do is in WFI. */
#include "bench.h"

#define BCAST_MAX 8U

/* hook_last works on it. */
static struct {
	volatile u64 count, want, sgi;
} last __attribute__((aligned(64)));

static volatile u64 ready;

/* A peer does everything in its handler, @handler, and is otherwise in WFI. */
static void peer(u64 handler)
{
	sysreg_write(vbar_el1, bench_vectors);
	isb();
	if (handler == (u64)hook_last)
		set_handler(handler, &last);
	else
		set_handler(handler, sgi_value(0, SGI_PONG));
	gic_cpu_init();
	gic_enable(SGI_PING);
	irq_unmask();
	atomic_add(&ready, 1);
	for (;;)
		wfi();
}

/* Send @sgi and sleep until the answer. Masked, so that one that comes before the WFI ends it. */
static u64 ask(u64 sgi, u64 *sent)
{
	u64 t0, t1, t2;

	__asm__ volatile("mov x2, %3\n\tmov x26, xzr\n\tmsr daifset, #2\n\tmrs %0, cntvct_el0\n"
			 "\tmsr S3_0_C12_C11_5, x2\n"
			 "\tmrs %2, cntvct_el0\n"
			 "1:\twfi\n\tmsr daifclr, #2\n\tisb\n\tmsr daifset, #2\n\tcbz x26, 1b\n"
			 "\tmrs %1, cntvct_el0\n\tmsr daifclr, #2"
			 : "=&r"(t0), "=&r"(t1), "=&r"(t2)
			 : "r"(sgi)
			 : "x2", "memory");
	*sent = t2 - t0 - 1;
	return t1 - t0;
}

static void ask_row(u64 sgi, const char *name, const char *send_name)
{
	for (u32 i = 0; i < row_samples(); i++) {
		u64 v, sent;

		last.count = 0;
		bench_begin();
		v = ask(sgi, &sent);
		bench_end();
		row_sample(i, v);
		row_sample2(i, sent);
	}
	row_report(name);
	row_report2(send_name);
}

static bool start_peers(u32 n, const char *handler)
{
	ready = 0;
	for (u32 i = 1; i <= n; i++)
		if (smp_start(i, peer, (u64)handler) != 0)
			return false;
	return smp_wait_for(&ready, n);
}

/* A broadcast to 1, 2, 4, 7 others; the last one to have it answers. */
static void broadcasts(u32 others)
{
	static const char *const name[BCAST_MAX] = {
		"",           "sgi_bcast_1", "sgi_bcast_2", "sgi_bcast_3", "sgi_bcast_4", "sgi_bcast_5", "sgi_bcast_6",
		"sgi_bcast_7"
	};
	static const char *const send[BCAST_MAX] = { "",
						     "sgi_bcast_1_send",
						     "sgi_bcast_2_send",
						     "sgi_bcast_3_send",
						     "sgi_bcast_4_send",
						     "sgi_bcast_5_send",
						     "sgi_bcast_6_send",
						     "sgi_bcast_7_send" };

	if (!start_peers(others, hook_last))
		return;
	last.sgi = sgi_value(0, SGI_PONG);
	for (u32 n = 1; n <= others && n < BCAST_MAX; n++) {
		u64 sgi = (u64)SGI_PING << 24;

		if (!row_wanted(name[n]))
			continue;
		for (u32 i = 1; i <= n; i++)
			sgi |= sgi_value(i, SGI_PING);
		last.want = n;
		ask_row(sgi, name[n], send[n]);
	}
}

void rows_smp(void)
{
	u32 others = smp_cpus() - 1;

	if (others == 0)
		return;
	gic_enable(SGI_PONG);
	set_handler(hook_plain, 0);
	irq_unmask();
	if (bootarg("bcast")) {
		broadcasts(others);
	} else if (row_wanted("ipi_roundtrip") && start_peers(1, hook_pong)) {
		ask_row(sgi_value(1, SGI_PING), "ipi_roundtrip", "ipi_send");
	}
	irq_mask();
}
