/* SPDX-License-Identifier: BSD-3-Clause */
/* What is printed when EL2 itself fails. */
#ifndef DEBUG_CRASH_H
#define DEBUG_CRASH_H

#include <lib/assert.h>
#include <lib/types.h>

/* Registers at an exception taken from EL2, as vectors.S stores them. */
struct el2_frame {
	u64 x[31];
	u64 sp;
	u64 pc;
	u64 pstate;
	u64 esr;
	u64 far;
};

/**
 * crash_dump() - print registers, ESR in words and a symbolised backtrace for an exception taken in EL2, and what the
 * user should do next; then stop the machine (park this CPU). @what: "synchronous exception", "SError", ...
 */
__noreturn void crash_dump(const char *what, const struct el2_frame *f);

/* backtrace() - print the call chain that starts at frame pointer @fp, return address @pc first. Bounded. */
void backtrace(u64 pc, u64 fp);

/* backtrace_lr() - for an exception: with the caller in @lr (x30) where the function of @pc has no frame of its own. */
void backtrace_lr(u64 pc, u64 lr, u64 fp);

/**
 * symbol_lookup() - name of the function that holds @pc, an offset from __image_start, from the embedded symbol table.
 * Return: the name and *@offset into it, or NULL.
 */
const char *symbol_lookup(u64 pc, u64 *offset);

/* machine_park() - flush the console, say that the CPU is parked, wait forever with interrupts masked. */
__noreturn void machine_park(void);

/* machine_power_off()/machine_reset() - through host PSCI SYSTEM_OFF/SYSTEM_RESET; park when that returns. */
__noreturn void machine_power_off(void);
__noreturn void machine_reset(void);

#endif
