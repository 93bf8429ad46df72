/* SPDX-License-Identifier: BSD-3-Clause */
/* this_pcpu() is what the test says it is. */
#ifndef HOST_ASM_CPU_H
#define HOST_ASM_CPU_H

#include <lib/types.h>

struct pcpu;
struct pcpu *mock_this_pcpu(void);

#define this_pcpu hw_this_pcpu
#include_next <asm/cpu.h>
#undef this_pcpu
#define this_pcpu mock_this_pcpu

#endif
