/* SPDX-License-Identifier: BSD-3-Clause */
#include <smp.h>
#include <test.h>

struct exc_frame {
	u64 x[31];
	u64 elr, spsr, esr, far;
};

enum vector_kind { VEC_SYNC, VEC_IRQ, VEC_FIQ, VEC_SERROR };

#define INSN_SIZE 4U
#define SERROR_ESR_MARK BIT(63) /* in struct exc: the exception was an SError */

/* What each CPU recorded. */
static struct record {
	volatile bool armed;
	volatile u32 taken;
	volatile u64 esr, far, elr;
	u64 pad[4];
} records[SMP_MAX];
void (*volatile irq_handler)(void);
void (*volatile fiq_handler)(void);

void exc_entry(struct exc_frame *f, u64 vector);

static void exc_fatal(const struct exc_frame *f, u64 vector)
{
	print("\nTEST exception: FAIL CPU %u vector %lu esr 0x%lx far 0x%lx elr 0x%lx lr 0x%lx\n", smp_self(), vector,
	      f->esr, f->far, f->elr, f->x[30]);
	print("DONE 0 passed, 1 failed\n");
	hvc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}

static void exc_record(struct record *r, const struct exc_frame *f, u64 esr)
{
	r->esr = esr;
	r->far = f->far;
	r->elr = f->elr;
	r->taken = r->taken + 1;
}

void exc_entry(struct exc_frame *f, u64 vector)
{
	struct record *r = &records[smp_self()];
	u64 kind = vector % 4;

	if (kind == VEC_IRQ && irq_handler != NULL) {
		irq_handler();
	} else if (kind == VEC_FIQ && fiq_handler != NULL) {
		fiq_handler();
	} else if (kind == VEC_SERROR && r->armed) {
		exc_record(r, f, f->esr | SERROR_ESR_MARK);
	} else if (kind == VEC_SYNC && r->armed) {
		exc_record(r, f, f->esr);
		/* There is nothing to step over where a fetch failed: go back to the caller. */
		f->elr = EC(f->esr) == EC_IABT_CUR ? f->x[30] : f->elr + INSN_SIZE;
	} else {
		exc_fatal(f, vector);
	}
}

void exc_arm(void)
{
	struct record *r = &records[smp_self()];

	r->taken = 0;
	r->esr = 0;
	r->far = 0;
	r->elr = 0;
	r->armed = true;
	__asm__ volatile("msr daifclr, #4\n\tisb" ::: "memory");
}

struct exc exc_take(void)
{
	struct record *r = &records[smp_self()];

	dsb();
	isb();
	__asm__ volatile("msr daifset, #4\n\tisb" ::: "memory");
	r->armed = false;
	return (struct exc){ .count = r->taken, .esr = r->esr, .far = r->far, .elr = r->elr };
}
