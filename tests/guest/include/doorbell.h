/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared memory of the doorbell tests: VM 0 is doorbell.c, VM 1 is bellpeer.c (docs/reference/shared-memory.md). */
#ifndef DOORBELL_H
#define DOORBELL_H

#include <gic.h>

#define BELL UINT64_C(0x0a200000)
#define BELL_INTID 64U
#define BELL_ID 0x00U
#define BELL_VERSION 0x04U
#define BELL_PEERS 0x08U
#define BELL_SELF 0x0cU
#define BELL_RING 0x10U
#define BELL_PENDING 0x14U
#define BELL_ACK 0x18U
#define BELL_MASK 0x1cU
#define BELL_DROPPED 0x20U
#define BELL_PRESENT 0x24U

/* Window of the region "chan", which is 12 KiB; Normal memory in both VMs' stage 1 */
#define CHAN UINT64_C(0x50000000)
#define CHAN_SIZE 0x3000U
/* Region "log": VM 1 writes, VM 0 reads */
#define LOG UINT64_C(0x50200000)
#define LOG_WORD 0x600dc0deU

enum { CMD_ECHO = 1, CMD_RESET, CMD_QUIT };

struct chan {
	volatile u32 command;
	volatile u32 question;
	volatile u32 answer;
	volatile u32 boots; /* of VM 1 */
	volatile u32 kept;
};
#define chan ((struct chan *)CHAN)

static inline u32 bell_read(u32 reg)
{
	return mmio_read32(BELL + reg);
}

static inline void bell_write(u32 reg, u32 v)
{
	mmio_write32(BELL + reg, v);
}

static inline void bell_ring(u32 peer)
{
	dsb();
	bell_write(BELL_RING, peer);
}

#endif
