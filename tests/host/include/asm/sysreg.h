/* SPDX-License-Identifier: BSD-3-Clause */
/* System registers by name, in a table that the test provides. */
#ifndef HOST_ASM_SYSREG_H
#define HOST_ASM_SYSREG_H

#include_next <asm/sysreg.h>

#undef read_sysreg
#undef write_sysreg

/* @name: as the assembler would get it. */
u64 mock_sysreg_read(const char *name);
void mock_sysreg_write(const char *name, u64 v);

#define read_sysreg(r) mock_sysreg_read(SYSREG_STR(r))
#define write_sysreg(v, r) mock_sysreg_write(SYSREG_STR(r), (u64)(v))

#endif
