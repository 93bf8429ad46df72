/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * One physical UART for all: it shows Hazel's shell or one VM's console, and sends them what is typed. Ctrl-T goes to
 * the next. What a VM prints while it is not shown stays in its vconsole and is shown when its turn comes.
 */
#ifndef DEBUG_MUX_H
#define DEBUG_MUX_H

#include <lib/types.h>

struct vm;

/* mux_init() - connect to the console and to the VMs' consoles. @shell: takes characters typed for the shell. */
void mux_init(void (*shell)(char c));

/* mux_start() - VMs are created: show the first that has a console, else the shell. */
void mux_start(void);

/* mux_focus_vm() - show @vm's console. Return: 0, -ENODEV (it has none). mux_focus_shell() - show the shell. Any pCPU.
 */
int __must_check mux_focus_vm(struct vm *vm);
void mux_focus_shell(void);

/* mux_hide() - nothing is shown any more: the UART is given to a VM. No VM waits for it then. */
void mux_hide(void);

/* mux_shell_shown() - is the shell shown? */
bool mux_shell_shown(void);

#endif
