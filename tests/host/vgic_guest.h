/* SPDX-License-Identifier: BSD-3-Clause */
/* A small guest for the vGIC's directed tests: what it does, each time until EL2 has come to rest. */
#ifndef VGIC_GUEST_H
#define VGIC_GUEST_H

#include "vgic_hw.h"

#define UART 33U  /* HW SPI */
#define EDGE 34U  /* HW SPI, edge */
#define SOFT 48U  /* first software SPI */
#define TIMER 27U /* HW PPI */
#define LRS 4U
#define ENABLE 0x100U
#define DISABLE 0x180U
#define SETPEND 0x200U
#define CLRPEND 0x280U
#define SETACT 0x300U
#define CLRACT 0x380U

extern struct vm *vm;

/* EL2 until it comes to rest; fails when it does not. */
void rest(void);
/* Write the bit of @intid to the register block at @base: GICD, or GICR of the vCPU that runs. */
void word(u32 base, u32 intid);
/* Read it. */
bool bit(u32 base, u32 intid);
void prio(u32 intid, u8 p);
/* ICC_IAR1, ICC_EOIR1, ICC_DIR. */
u32 ack(void);
void eoi(u32 x);
void dir(u32 x);
/* The device's end: the physical line of UART and EDGE, vgic_inject() for others. */
void line(u32 intid, bool level);
/* A guest with everything in Group 1 at priority 0xa0, enabled at GICD_CTLR and its CPU interfaces; vCPU n on pCPU n.
 */
void boot(u32 nr_vcpus, u32 nr_pcpus, u32 lrs, bool eoimode);
int down(void **state);

#endif
