/* SPDX-License-Identifier: BSD-3-Clause */
#include <guest.h>
#include <test.h>

struct exc_frame {
	u64 x[31];
	u64 elr, spsr, esr, far;
};

enum vector_kind { VEC_SYNC, VEC_IRQ, VEC_FIQ, VEC_SERROR };

#define INSN_SIZE 4U
#define SERROR_ESR_MARK BIT(63) /* in struct exc: the exception was an SError */

static volatile bool armed;
static volatile u32 taken;
static volatile u64 last_esr, last_far, last_elr;
void (*volatile irq_handler)(void);
void (*volatile fiq_handler)(void);

void exc_entry(struct exc_frame *f, u64 vector);

static void exc_fatal(const struct exc_frame *f, u64 vector)
{
	print("\nTEST exception: FAIL vector %lu esr 0x%lx far 0x%lx elr 0x%lx lr 0x%lx\n", vector, f->esr, f->far,
	      f->elr, f->x[30]);
	print("DONE 0 passed, 1 failed\n");
	hvc_call(PSCI_SYSTEM_OFF, 0, 0, 0);
	for (;;)
		wfi();
}

static void exc_record(struct exc_frame *f, u64 esr)
{
	last_esr = esr;
	last_far = f->far;
	last_elr = f->elr;
	taken = taken + 1;
}

void exc_entry(struct exc_frame *f, u64 vector)
{
	u64 kind = vector % 4;

	if (kind == VEC_IRQ && irq_handler != NULL) {
		irq_handler();
	} else if (kind == VEC_FIQ && fiq_handler != NULL) {
		fiq_handler();
	} else if (kind == VEC_SERROR && armed) {
		exc_record(f, f->esr | SERROR_ESR_MARK);
	} else if (kind == VEC_SYNC && armed) {
		exc_record(f, f->esr);
		/* There is nothing to step over where a fetch failed: go back to the caller. */
		f->elr = EC(f->esr) == EC_IABT_CUR ? f->x[30] : f->elr + INSN_SIZE;
	} else {
		exc_fatal(f, vector);
	}
}

void exc_arm(void)
{
	taken = 0;
	last_esr = 0;
	last_far = 0;
	last_elr = 0;
	armed = true;
	__asm__ volatile("msr daifclr, #4\n\tisb" ::: "memory");
}

struct exc exc_take(void)
{
	struct exc e;

	dsb();
	isb();
	__asm__ volatile("msr daifset, #4\n\tisb" ::: "memory");
	armed = false;
	e.count = taken;
	e.esr = last_esr;
	e.far = last_far;
	e.elr = last_elr;
	return e;
}
