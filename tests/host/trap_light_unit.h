/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * trap_light.c as part of a test: its one instruction sequence is carried out from its text. Included by one test file
 * once, after mock_sysreg.h.
 */
#ifndef TRAP_LIGHT_UNIT_H
#define TRAP_LIGHT_UNIT_H

#include <asm/cpu.h>
#include <asm/el2_regs.h>
#include <asm/esr.h>
#include <asm/gicv3.h>
#include <asm/guest/guest.h>
#include <asm/psci.h>
#include <asm/vgic/vgic_fast.h>
#include <common/io_req.h>
#include <common/irq.h>

u32 gic_ack_raw(void);

/* The value of operand @n, from 1, of `... : "i"(~NAME), "i"(~NAME)`. */
static u64 asm_mask(const char *text, u32 n)
{
	const char *p = text;

	while (n-- && p)
		p = strstr(p + 1, "\"i\"(~");
	assert_non_null(p);
	p += strlen("\"i\"(~");
	if (strncmp(p, "PSTATE_SS)", 10) == 0)
		return ~(UINT64_C(1) << 21);
	assert_memory_equal(p, "PSTATE_BTYPE)", 13);
	return ~(UINT64_C(3) << 10);
}

/* A sequence of "and %0, %0, %n". */
static void run_asm(const char *text, u64 *reg)
{
	const char *p;

	assert_non_null(strstr(text, ": \"+r\"(spsr) :"));
	for (p = strstr(text, "and "); p; p = strstr(p + 1, "and ")) {
		assert_memory_equal(p, "and %0, %0, %", 13);
		*reg &= asm_mask(text, (u32)(p[13] - '0'));
	}
}

#undef skip /* cmocka's */
#define __asm__(...) run_asm(#__VA_ARGS__, &spsr)
#include "../../hypervisor/arch/arm64/guest/trap_light.c"
#undef __asm__

#endif
