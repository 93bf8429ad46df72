/* SPDX-License-Identifier: BSD-3-Clause */
#include <gic.h>
#include <smp.h>

#define SGI_IRM BIT(40)
#define TARGETS_PER_RS 16U
#define ALL_SGIS 0xffffU

static struct counts {
	volatile u64 of[SERVE_INTIDS];
} counts[SMP_MAX];
static volatile u64 serving, stop;
static bool running;
void (*volatile serve_hook)(u32 cpu, u32 intid);

void sgi1r(u64 v)
{
	dsb();
	sysreg_write(S3_0_C12_C11_5, v); /* ICC_SGI1R_EL1 */
	isb();
}

u64 sgi_value(u32 cpu, u32 intid)
{
	u64 m = smp_mpidr(cpu);

	return FIELD(m, 39, 32) << 48 | FIELD(m, 7, 0) / TARGETS_PER_RS << 44 | FIELD(m, 23, 16) << 32 |
		(u64)intid << 24 | FIELD(m, 15, 8) << 16 | BIT(FIELD(m, 7, 0) % TARGETS_PER_RS);
}

void sgi_to(u32 cpu, u32 intid)
{
	sgi1r(sgi_value(cpu, intid));
}

void sgi_others(u32 intid)
{
	sgi1r(SGI_IRM | (u64)intid << 24);
}

static void take(void)
{
	u32 cpu = smp_self(), intid = gic_ack();

	if (intid >= SERVE_INTIDS)
		return; /* spurious: it was withdrawn, or another CPU took it */
	if (serve_hook)
		serve_hook(cpu, intid);
	counts[cpu].of[intid] = counts[cpu].of[intid] + 1;
	gic_eoi(intid);
}

static void enable(void)
{
	gic_priority(SERVE_FENCE, SERVE_PRIO_LOW);
	mmio_write32(gicr_base(smp_self()) + 0x10000 + GIC_ISENABLER, ALL_SGIS);
}

static void serve(u64 arg)
{
	(void)arg;
	gic_cpu_init();
	enable();
	irq_unmask();
	atomic_add(&serving, 1);
	while (!load_acquire(&stop))
		wfi();
	irq_mask();
}

bool serve_start(void)
{
	for (u32 i = 0; i < SMP_MAX; i++)
		for (u32 k = 0; k < SERVE_INTIDS; k++)
			counts[i].of[k] = 0;
	serving = 0;
	stop = 0;
	running = true;
	irq_handler = take;
	gic_init();
	enable();
	for (u32 i = 0; i < smp_cpus(); i++)
		if (i != smp_self() && smp_start(i, serve, 0) != 0)
			return false;
	return smp_wait_for(&serving, smp_cpus() - 1);
}

bool serve_stop(void)
{
	bool ok = true;

	running = false;
	store_release(&stop, 1);
	sgi_others(SERVE_FENCE);
	for (u32 i = 0; i < smp_cpus(); i++)
		if (i != smp_self())
			ok &= smp_wait_off(i);
	irq_mask();
	serve_hook = NULL;
	return ok;
}

void serve_abandon(void)
{
	if (running)
		(void)serve_stop();
}

u64 serve_count(u32 cpu, u32 intid)
{
	return load_acquire(&counts[cpu].of[intid]);
}

u64 serve_total(u32 intid)
{
	u64 sum = 0;

	for (u32 i = 0; i < smp_cpus(); i++)
		sum += serve_count(i, intid);
	return sum;
}

bool serve_wait(u32 cpu, u32 intid, u64 n)
{
	return smp_wait_for(&counts[cpu].of[intid], n);
}

bool serve_fence(void)
{
	bool ok = true;

	for (u32 i = 0; i < smp_cpus(); i++) {
		u64 before = serve_count(i, SERVE_FENCE);

		sgi_to(i, SERVE_FENCE);
		ok &= serve_wait(i, SERVE_FENCE, before + 1);
	}
	return ok;
}
