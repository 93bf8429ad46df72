/* SPDX-License-Identifier: BSD-3-Clause */
/* Where vectors.S arrives with an exception taken from EL2 itself. */
#include <asm/exception.h>
#include <debug/crash.h>

void el2_exception(const struct el2_frame *frame, u32 kind)
{
	static const char *const kinds[] = { "synchronous exception", "unexpected interrupt", "SError" };

	crash_dump(kind < ARRAY_SIZE(kinds) ? kinds[kind] : "exception", frame);
}
