/* SPDX-License-Identifier: BSD-3-Clause */
/* this_pcpu() is what the test says it is: the one instruction in that header becomes a call. */
#ifndef HOST_ASM_CPU_H
#define HOST_ASM_CPU_H

#include <asm/barrier.h>
#include <asm/cpufeature.h>
#include <asm/offsets.h>
#include <asm/page.h>
#include <asm/spinlock.h>
#include <asm/sysreg.h>
#include <lib/types.h>

struct pcpu;
struct pcpu *mock_this_pcpu(void);

#define __asm__(...) (p = mock_this_pcpu())
#include_next <asm/cpu.h>
#undef __asm__

#endif
