/* SPDX-License-Identifier: BSD-3-Clause */
#include <asm/cpu.h>
#include <asm/sysreg.h>
#include <asm/work.h>

#define ISR_IRQ_FIQ (BIT(7) | BIT(6))

/* As work_switch() stores it. */
struct work_frame {
	u64 fp, lr;
	u64 x19, x20;
	u64 rest[8];
};

static_assert(sizeof(struct work_frame) == 96, "work_switch.S");

extern char work_first[];

u64 work_prepare(u64 top, void (*fn)(void *arg), void *arg)
{
	struct work_frame *f = (struct work_frame *)(top - sizeof(*f));

	*f = (struct work_frame){ .lr = (u64)work_first, .x19 = (u64)fn, .x20 = (u64)arg };
	return (u64)f;
}

bool work_must_yield(void)
{
	return READ_ONCE(this_pcpu()->flags) || (read_sysreg(isr_el1) & ISR_IRQ_FIQ);
}
