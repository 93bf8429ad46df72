/* SPDX-License-Identifier: BSD-3-Clause */
/* Per-vCPU event counters. A leaf header. */
#ifndef DEBUG_STATS_H
#define DEBUG_STATS_H

#include <lib/types.h>

enum stat_id {
	STAT_EXIT_IRQ,
	STAT_EXIT_HVC,
	STAT_EXIT_SMC,
	STAT_EXIT_WFX,
	STAT_EXIT_SYSREG,
	STAT_EXIT_MMIO,
	STAT_EXIT_IABT,
	STAT_EXIT_DEBUG,
	STAT_EXIT_OTHER,
	STAT_S2_FAULT,    /* data or instruction aborts injected into the guest */
	STAT_MMIO_NO_ISV, /* aborts injected because the syndrome described no access */
	STAT_UNDEF,       /* UNDEFs injected */
	STAT_VGIC_MAINT,  /* maintenance interrupts */
	STAT_VGIC_SPILL,  /* interrupts that found no free list register */
	STAT_COUNT,
};

#define stat_inc(vcpu, id) ((vcpu)->stats[id]++)

#endif
