/* SPDX-License-Identifier: BSD-3-Clause */
#include <lib/assert.h>
#include <lib/stack_protector.h>

/* The names that compilers emit. */
extern u64 __stack_chk_guard;
__noreturn void __stack_chk_fail(void);

/* Before the seed is known. The low byte is zero, so that a string function cannot write or read across it. */
#define GUARD_START UINT64_C(0x6f5a3c29d4b87100)
#define GUARD_MASK (~UINT64_C(0xff))

u64 __stack_chk_guard = GUARD_START;

__noreturn __no_stack_protector void __stack_chk_fail(void)
{
	panic("stack protector: the function in #1 of the backtrace wrote beyond an array on its stack");
}

__no_stack_protector void stack_protector_init(u64 entropy)
{
	u64 v = __stack_chk_guard ^ entropy;

	/* The finaliser of SplitMix64: every input bit reaches every output bit. */
	v = (v ^ (v >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	v = (v ^ (v >> 27)) * UINT64_C(0x94d049bb133111eb);
	v ^= v >> 31;
	__stack_chk_guard = v & GUARD_MASK;
}
