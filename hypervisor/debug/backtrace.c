/* SPDX-License-Identifier: BSD-3-Clause */
/* Call chains by frame records (AAPCS64 6.4.6): x29 points at the caller's x29 and the return address. */
#include <asm/cpu.h>
#include <asm/mmu.h>
#include <debug/crash.h>
#include <debug/logmsg.h>

#define FRAMES_MAX 32U
#define CRASH_STACK_BOTTOM ((u64)__crash_guard + PAGE_SIZE)

struct frame_record {
	u64 fp;
	u64 lr;
};

/* Top of the EL2 stack that @addr lies on, or 0. */
static u64 stack_top_of(u64 addr)
{
	if (addr >= (u64)__stack_bottom && addr < (u64)__stack_top)
		return (u64)__stack_top;
	if (addr >= CRASH_STACK_BOTTOM && addr < (u64)__crash_stack_top)
		return (u64)__crash_stack_top;
	return mmu_stack_top(addr);
}

static bool in_text(u64 pc)
{
	return pc >= (u64)__image_start && pc < (u64)__text_end;
}

/* The function that holds @pc, or NULL. */
static const char *function_of(u64 pc, u64 *within)
{
	return in_text(pc) ? symbol_lookup(pc - (u64)__image_start, within) : NULL;
}

/* Link-time addresses, because that is what tools want. @back: a return address, so the call is the instruction before
 * it. */
static void say_frame(u32 n, u64 pc, bool back)
{
	u32 step = back ? sizeof(u32) : 0;
	u64 within = 0;
	const char *name = function_of(pc - step, &within);

	if (in_text(pc))
		log_printf(LOG_CRASH, "  #%-2u 0x%016lx %s+0x%lx", n,
			   (unsigned long)(CONFIG_LINK_ADDR + pc - (u64)__image_start), name ? name : "?",
			   (unsigned long)(within + step));
	else
		log_printf(LOG_CRASH, "  #%-2u 0x%016lx (not code of Hazel)", n, (unsigned long)pc);
}

/* The chain of frame records from @fp; @n: number of the first. */
static void walk(u32 n, u64 fp)
{
	u64 top = stack_top_of(fp);

	while (n < FRAMES_MAX && top && fp % sizeof(u64) == 0 && top - fp >= sizeof(struct frame_record)) {
		const struct frame_record *r = (const struct frame_record *)fp;

		if (r->lr == 0)
			return;
		say_frame(n++, r->lr, true);
		/* Up the same stack only: neither a loop nor a leap. */
		if (r->fp <= fp || r->fp >= top)
			return;
		fp = r->fp;
	}
}

void backtrace(u64 pc, u64 fp)
{
	log_printf(LOG_CRASH, "backtrace:");
	say_frame(0, pc, false);
	walk(1, fp);
}

/*
 * A function that calls nothing has no frame record: then its caller is in x30 only. In other functions x30 is the
 * newest frame's return address, or is left from a call that they made.
 */
static bool lr_is_caller(u64 pc, u64 lr, u64 fp)
{
	u64 top = stack_top_of(fp), within;

	if (!in_text(lr) || function_of(lr - sizeof(u32), &within) == function_of(pc, &within))
		return false;
	return !top || fp % sizeof(u64) || top - fp < sizeof(struct frame_record) ||
		((const struct frame_record *)fp)->lr != lr;
}

void backtrace_lr(u64 pc, u64 lr, u64 fp)
{
	u32 n = 1;

	log_printf(LOG_CRASH, "backtrace:");
	say_frame(0, pc, false);
	if (lr_is_caller(pc, lr, fp))
		say_frame(n++, lr, true);
	walk(n, fp);
}
