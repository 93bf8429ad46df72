/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The console of a VM: what its UART printed, and what was typed for it. The text stays when the VM stops or starts
 * again. Lock order: vpl011's -> the host console's -> vconsole's.
 */
#ifndef DM_VCONSOLE_H
#define DM_VCONSOLE_H

#include <asm/spinlock.h>
#include <lib/types.h>

struct vm;

#define VCONSOLE_SIZE ((u64)CONFIG_VCONSOLE_KB << 10)
#define VCONSOLE_INPUT 256U
/* With less room than this in the console that is shown, the VM is told when there is more. */
#define VCONSOLE_LOW 32U

static_assert((VCONSOLE_SIZE & (VCONSOLE_SIZE - 1)) == 0, "CONFIG_VCONSOLE_KB is a power of two");

struct vconsole {
	struct spinlock lock;
	u64 wr;       /* bytes the VM ever wrote */
	u64 rd;       /* bytes of them that were shown, or lost */
	u64 lost;     /* bytes lost since vconsole_take_lost() */
	bool focused; /* it is being shown: the VM waits instead of losing text */
	bool full;    /* and it may wait now */
	u32 in_wr, in_rd;
	u16 in[VCONSOLE_INPUT];
	char out[VCONSOLE_SIZE];
};

/* What the host side gives: called after new output of the VM that is shown, without vconsole's lock. Set once. */
extern void (*vconsole_output_hook)(void);

/* vconsole_put() - one byte from the VM. Return: false = there was no room for it: the VM did not look. */
bool vconsole_put(struct vconsole *c, char ch);

/* vconsole_room() - bytes that can be put now. All there can be while it is not shown: the oldest make room. */
u64 vconsole_room(struct vconsole *c);

/* vconsole_next() - the next byte to show, or -1. *@was_full: the VM may wait for the room that this made. */
int vconsole_next(struct vconsole *c, bool *was_full);

/* vconsole_back() - the byte that vconsole_next() returned last could not be shown, and is the next one again. */
void vconsole_back(struct vconsole *c);

/* vconsole_focus() - shown from now on, or no longer. Return: did the VM have to wait, and has not to any more?
 * vconsole_take_lost() - bytes lost since the last call. */
bool vconsole_focus(struct vconsole *c, bool on);
u64 vconsole_take_lost(struct vconsole *c);

/* vconsole_type() - one received byte with flags of the device; false = dropped, its input is full. vconsole_typed() -
 * the next one for the VM, or -1. vconsole_typed_count() - how many wait. */
bool vconsole_type(struct vconsole *c, u16 ch);
int vconsole_typed(struct vconsole *c);
u32 vconsole_typed_count(const struct vconsole *c);

#endif
