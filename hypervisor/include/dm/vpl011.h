/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * An emulated PL011 (Arm DDI 0183G) for every VM without a UART of its own. Its transmitter is never slower than the
 * guest, unless the console is being shown and the reader falls behind; then its FIFO fills. What is typed waits in
 * front of the receive FIFO, and overruns when there is no room any more.
 */
#ifndef DM_VPL011_H
#define DM_VPL011_H

#include <common/vm.h>
#include <dm/dm.h>
#include <dm/vconsole.h>

extern const struct dm_device vpl011_device;

/* The console of @vm, or NULL: it has none (any more). */
struct vconsole *vpl011_console(const struct vm *vm);

/* vpl011_type() - @ch was typed for @vm. Return: false = dropped: the receiver is off, or an overrun. Any pCPU. */
bool vpl011_type(struct vm *vm, char ch);

/* vpl011_space() - the reader of @vm's console has made room (vconsole_next()). */
void vpl011_space(struct vm *vm);

/* vpl011_focus() - @vm's console is shown from now on, or no longer; what waits for room goes on then. Any pCPU. */
void vpl011_focus(struct vm *vm, bool on);

#endif
