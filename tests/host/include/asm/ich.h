/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtual CPU interface as functions that the test defines. */
#ifndef HOST_ASM_ICH_H
#define HOST_ASM_ICH_H

#include_next <asm/ich.h>

u64 ich_read_lr(u32 n);
void ich_write_lr(u32 n, u64 v);
#define ich_read_fast_lr ich_read_lr
#define ich_write_fast_lr ich_write_lr
u64 ich_read_ap0r(u32 n);
u64 ich_read_ap1r(u32 n);
void ich_write_ap0r(u32 n, u64 v);
void ich_write_ap1r(u32 n, u64 v);
u64 ich_read_hcr(void);
void ich_write_hcr(u64 v);
u64 ich_read_vmcr(void);
void ich_write_vmcr(u64 v);
u64 ich_read_misr(void);
u64 ich_read_eisr(void);
u64 ich_read_elrsr(void);

#endif
