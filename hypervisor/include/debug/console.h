/* SPDX-License-Identifier: BSD-3-Clause */
/* The host console: one UART found through stdout-path, behind an ops table with one driver a file. */
#ifndef DEBUG_CONSOLE_H
#define DEBUG_CONSOLE_H

#include <common/fdt_host.h>
#include <lib/types.h>

struct uart_ops {
	const char *const *compatible; /* NULL-terminated */
	/* Adopt the UART as firmware left it; never re-clock it. What it has received is dropped. */
	void (*init)(const struct host_uart *u);
	/* Write one byte if there is room; false when the FIFO is full. */
	bool (*try_putc)(const struct host_uart *u, char c);
	/* Read one byte; -1 when there is none. */
	int (*getc)(const struct host_uart *u);
	/* Turn the transmit-space interrupt on or off; likewise the one for received characters. */
	void (*tx_irq)(const struct host_uart *u, bool on);
	void (*rx_irq)(const struct host_uart *u, bool on);
	/* Wait until the last byte has left. */
	void (*drain)(const struct host_uart *u);
	/* Address of a register that can be read at any time. */
	paddr_t (*status)(const struct host_uart *u);
};

extern const struct uart_ops uart_pl011_ops;
extern const struct uart_ops uart_dw_ops; /* DesignWare APB UART and other 16550s */

/* console_status_reg() - a register of @u that can be read without a change, or 0 when there is no driver for it. */
paddr_t console_status_reg(const struct host_uart *u);

/**
 * console_init() - take @u as the console. Its registers must be reachable at VA = PA (device mapping, or MMU off).
 * Return: 0, -ENODEV when no driver matches u->compatible.
 */
int __must_check console_init(const struct host_uart *u);

/* console_irq_init() - from here on output is drained by the transmit interrupt. Called once interrupts work. */
int __must_check console_irq_init(void);

/**
 * console_give_away() - the UART now belongs to a guest (pass-through): Hazel stops touching its interrupt mask and
 * writes its own rare lines by polling, no more than the data register.
 */
void console_give_away(void);
/* console_take_back() - the guest is gone: adopt the UART again. */
void console_take_back(void);

/* console_write() - queue @n bytes; LF becomes CR LF. Polls before console_irq_init() and after a give-away. */
void console_write(const char *s, size_t n);

/**
 * Who else uses the console, set once at boot. @next: a byte of text to show when Hazel has nothing to say itself, or
 * -1. @back: the UART had no room for it, and it is to come again. Both are called with the console's lock. @typed: a
 * received character; called without it, in the interrupt.
 */
struct console_user {
	int (*next)(void);
	void (*back)(void);
	void (*typed)(char c);
	/* After text was shown by the interrupt, without the lock: the place for what next() may not do. */
	void (*after)(void);
};
void console_set_user(const struct console_user *user);

/* console_backlog() - bytes of Hazel's own text that are not sent yet. */
u64 console_backlog(void);

/* console_shows_users() - is text of the user shown? Not without the UART's interrupt, and not while a guest owns it.
 */
bool console_shows_users(void);

/* console_poll() - move queued bytes to the UART while it has room; never waits. */
void console_poll(void);

/* console_flush() - push out everything by polling; for crashes, parking and power-off. */
void console_flush(void);

/* console_crash() - from here on everything is polled, without the lock, also if a guest had the UART. No way back. */
void console_crash(void);

#endif
