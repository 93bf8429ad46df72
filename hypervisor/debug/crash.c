/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What is printed when EL2 itself fails. What can be trusted least comes last: a fault while printing ends the dump,
 * and what was printed before is still there.
 */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/esr.h>
#include <asm/mmu.h>
#include <common/vm.h>
#include <debug/console.h>
#include <debug/crash.h>
#include <debug/esr_text.h>
#include <debug/log_ring.h>
#include <debug/logmsg.h>
#include <lib/crc32.h>
#include <lib/printf.h>
#include <stdarg.h>

#define TEXT_MAX 160
#define REGS_PER_LINE 3U

#define say(...) log_printf(LOG_CRASH, __VA_ARGS__)

static u32 depth;
static u32 owner; /* number of the CPU that crashed first, plus 1 */

/* This CPU's area, or NULL while TPIDR_EL2 does not point at one. */
static const struct pcpu *pcpu_or_null(void)
{
	u64 off = (u64)this_pcpu() - (u64)pcpus;

	return off < sizeof(pcpus) && off % sizeof(pcpus[0]) == 0 ? this_pcpu() : NULL;
}

/* The first CPU that fails tells its story; the others stop, and one that fails meanwhile waits for ever. */
static void claim(void)
{
	const struct pcpu *p = pcpu_or_null();
	u32 nobody = 0, me = p ? p->id + 1 : CONFIG_MAX_PCPUS + 1;

	if (__atomic_compare_exchange_n(&owner, &nobody, me, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		if (p && p->gicr)
			pcpu_stop_others();
		return;
	}
	while (nobody != me)
		wfi();
}

static void begin(void)
{
	claim();
	console_crash();
	log_ring_crash();
	if (depth++ == 0)
		return;
	/* Parking prints too; when that is what faults, stop without a word. */
	if (depth > 3)
		for (;;)
			wfi();
	if (depth == 2)
		say("a second fault while printing the first: the rest is left out");
	machine_park();
}

static void say_sp_and_far(const struct el2_frame *f)
{
	u64 ec = FIELD_GET(ESR_EC, f->esr);

	if (ec == EC_DABT_CUR || ec == EC_IABT_CUR || ec == EC_PC_ALIGN)
		say("  far    0x%016lx", (unsigned long)f->far);
	if (ec == EC_DABT_CUR &&
	    ((f->far >= (u64)__stack_guard && f->far < (u64)__stack_bottom) || mmu_is_stack_guard(f->far) ||
	     (f->far >= (u64)__crash_guard && f->far < (u64)__crash_guard + PAGE_SIZE)))
		say("  that is the guard page below the stack: the stack overflowed");
	say("  sp     0x%016lx", (unsigned long)f->sp);
}

static void say_registers(const struct el2_frame *f)
{
	char line[TEXT_MAX];
	u32 i, n = 0;

	for (i = 0; i < ARRAY_SIZE(f->x); i++) {
		n += (u32)snprintf(line + n, sizeof(line) - n, "  x%-2u 0x%016lx", i, (unsigned long)f->x[i]);
		if (i % REGS_PER_LINE == REGS_PER_LINE - 1 || i + 1 == ARRAY_SIZE(f->x)) {
			say("%s", line);
			n = 0;
		}
	}
}

static void say_guest(void)
{
	const struct pcpu *p = pcpu_or_null();
	const struct vcpu *v = p ? p->vcpu : NULL;
	u32 i;

	if (!v) {
		say("  no vCPU was running");
		return;
	}
	for (i = 0; i < CONFIG_MAX_VMS; i++) {
		if (vms[i] != v->vm || !vms[i])
			continue;
		say("  vCPU %u of vm%u '%s', pc 0x%016lx pstate 0x%lx x30 0x%016lx", v->id, vms[i]->id,
		    vms[i]->cfg.name, (unsigned long)v->arch.regs.pc, (unsigned long)v->arch.regs.pstate,
		    (unsigned long)v->arch.regs.x[30]);
		return;
	}
	say("  vCPU at %p, of no known VM", (const void *)v);
}

/* The image's code is what identifies a build: nothing in it is relocated. */
static void say_what_next(void)
{
	size_t size = (size_t)((u64)__text_end - (u64)__image_start);

	say("  image: code crc32 0x%08x, loaded at 0x%lx, linked at 0x%lx", hazel_crc32(0, __image_start, size),
	    (unsigned long)(u64)__image_start, (unsigned long)CONFIG_LINK_ADDR);
	say("this is a bug in Hazel: please report the lines above together with build/hypervisor.elf;");
	say("  source lines: addr2line -fipe build/hypervisor.elf ADDRESS..., with the addresses of the backtrace");
}

__noreturn void crash_dump(const char *what, const struct el2_frame *f)
{
	const struct pcpu *p;
	char text[TEXT_MAX];

	begin();
	p = pcpu_or_null();
	say("crash: %s in EL2 on pCPU %u", what, p ? p->id : 0);
	(void)esr_describe(f->esr, text, sizeof(text));
	say("  esr    0x%08lx: %s", (unsigned long)f->esr, text);
	say_sp_and_far(f);
	(void)pstate_describe(f->pstate, text, sizeof(text));
	say("  pstate 0x%08lx: %s", (unsigned long)f->pstate, text);
	say_registers(f);
	backtrace_lr(f->pc, f->x[30], f->x[29]);
	say_guest();
	say_what_next();
	machine_park();
}

__noreturn void panic(const char *fmt, ...)
{
	const struct pcpu *p;
	char text[TEXT_MAX];
	va_list ap;

	begin();
	va_start(ap, fmt);
	(void)vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	p = pcpu_or_null();
	say("panic: %s", text);
	say("  in EL2 on pCPU %u, sp 0x%016lx", p ? p->id : 0, (unsigned long)(u64)__builtin_frame_address(0));
	/* The call, not what follows it: that may be another function already. */
	backtrace((u64)__builtin_return_address(0) - sizeof(u32), *(const u64 *)__builtin_frame_address(0));
	say_guest();
	say_what_next();
	machine_park();
}
