/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The host console. Text goes into a ring, and from there to the UART: by polling at first, by the transmit interrupt
 * once there are interrupts, by polling again in a crash and while a guest owns the UART. Lock: console.lock, innermost
 * of all.
 */
#include <asm/spinlock.h>
#include <common/irq.h>
#include <debug/console.h>
#include <debug/logmsg.h>
#include <debug/ring.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

/* Waiting for room: a dead UART costs this many polls once, then its text stays in the ring. */
#define WAIT_POLLS (1U << 20)
/* With a guest as owner, which may have stopped the UART, a line may not hold EL2 up for long. */
#define WAIT_POLLS_GIVEN 256U
#define LOST_MAX 64
#define RX_SLICE 32U

enum console_mode {
	CONSOLE_NONE, /* no UART yet */
	CONSOLE_POLL,
	CONSOLE_IRQ,
	CONSOLE_GIVEN, /* a guest owns the UART */
};

static const struct uart_ops *const drivers[] = { &uart_pl011_ops, &uart_dw_ops };

static struct {
	struct spinlock lock;
	enum console_mode mode;
	bool shared;   /* other CPUs may print: take the lock. Exclusives do not work everywhere before the MMU is on */
	bool had_irq;  /* mode to return to after a give-away */
	bool cr_done;  /* the CR in front of the LF that is next has been sent */
	bool stuck;    /* the UART took nothing in WAIT_POLLS */
	bool mid_line; /* the user's text stands in the middle of a line */
	const struct console_user *user;
	const struct uart_ops *ops;
	struct host_uart uart;
	struct ring ring;
} console;

static void lock(void)
{
	if (console.shared)
		spin_lock(&console.lock);
}

static void unlock(void)
{
	if (console.shared)
		spin_unlock(&console.lock);
}

/* One byte from the ring to the UART, a CR in front of LF. Return: false when the UART has no room. */
static bool send_one(void)
{
	char c = ring_peek(&console.ring);

	if (c == '\n' && !console.cr_done) {
		console.cr_done = console.ops->try_putc(&console.uart, '\r');
		return console.cr_done;
	}
	if (!console.ops->try_putc(&console.uart, c))
		return false;
	console.cr_done = false;
	ring_drop(&console.ring);
	return true;
}

/* At most this much of the user's text in one go; the interrupt asks for the rest. */
#define USER_SLICE 128U

/* Text of the user while Hazel has none. Return: may there be more? */
static bool send_user(void)
{
	u32 i;

	for (i = 0; i < USER_SLICE && console.user; i++) {
		int c = console.user->next();

		if (c < 0)
			return false;
		if (!console.ops->try_putc(&console.uart, (char)c)) {
			console.user->back();
			return true;
		}
		console.mid_line = c != '\n';
	}
	return console.user;
}

/* Return: is there more to send? */
static bool send_while_room(void)
{
	while (!ring_empty(&console.ring)) {
		if (!send_one())
			return true;
	}
	return console.mode == CONSOLE_IRQ && send_user();
}

/* Send all. Waits for room at most @polls times in a row, or in all while a guest owns the UART. */
static void send_all(u32 polls)
{
	u32 left = polls;

	if (console.stuck)
		left = 1;
	while (!ring_empty(&console.ring) && left) {
		if (!send_one())
			left--;
		else if (console.mode != CONSOLE_GIVEN)
			left = polls;
	}
	console.stuck = left == 0 && console.mode != CONSOLE_GIVEN;
}

static void put_text(const char *s, size_t n)
{
	for (; n; n--)
		ring_put(&console.ring, *s++);
}

/* Move what is in the ring, in the way of the current mode. */
static void move(void)
{
	switch (console.mode) {
	case CONSOLE_NONE:
		break;
	case CONSOLE_POLL:
		send_all(WAIT_POLLS);
		break;
	case CONSOLE_GIVEN:
		send_all(WAIT_POLLS_GIVEN);
		break;
	case CONSOLE_IRQ:
		console.ops->tx_irq(&console.uart, send_while_room());
		break;
	}
}

/* Say how much is missing, once the reader has caught up. */
static void note_lost(void)
{
	char line[LOST_MAX];
	u64 lost;

	if (console.mode == CONSOLE_NONE || !ring_empty(&console.ring))
		return;
	lost = ring_take_lost(&console.ring);
	if (!lost)
		return;
	(void)snprintf(line, sizeof(line), "[hv] warning: %lu bytes of output were lost\n", (unsigned long)lost);
	put_text(line, strlen(line));
	move();
}

/* Ring to UART, and then the note. */
static void push(void)
{
	move();
	note_lost();
}

/* Received characters, at most a FIFO full; what is left raises the interrupt again. Return: how many. */
static u32 receive(char *buf, u32 max)
{
	u32 n = 0;
	int c;

	while (n < max && (c = console.ops->getc(&console.uart)) >= 0)
		buf[n++] = (char)c;
	return n;
}

static void uart_handler(u32 intid, void *arg)
{
	char typed[RX_SLICE];
	u32 i, n = 0;

	(void)intid;
	(void)arg;
	lock();
	if (console.mode == CONSOLE_IRQ) {
		if (console.user)
			n = receive(typed, RX_SLICE);
		push();
	}
	unlock();
	for (i = 0; i < n; i++)
		console.user->typed(typed[i]);
	if (console.user)
		console.user->after();
}

u64 console_backlog(void)
{
	return READ_ONCE(console.ring.wr) - READ_ONCE(console.ring.rd);
}

void console_set_user(const struct console_user *user)
{
	lock();
	console.user = user;
	if (console.mode == CONSOLE_IRQ)
		console.ops->rx_irq(&console.uart, true);
	unlock();
}

bool console_shows_users(void)
{
	return console.mode == CONSOLE_IRQ;
}

static const struct uart_ops *driver_of(const struct host_uart *u)
{
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(drivers); i++)
		for (j = 0; drivers[i]->compatible[j]; j++)
			if (strcmp(drivers[i]->compatible[j], u->compatible) == 0)
				return drivers[i];
	return NULL;
}

paddr_t console_status_reg(const struct host_uart *u)
{
	const struct uart_ops *ops = driver_of(u);

	return ops ? ops->status(u) : 0;
}

int console_init(const struct host_uart *u)
{
	const struct uart_ops *ops = driver_of(u);

	if (!ops)
		return -ENODEV;
	lock();
	console.ops = ops;
	console.uart = *u;
	console.mode = CONSOLE_POLL;
	console.ops->init(&console.uart);
	push();
	unlock();
	return 0;
}

int console_irq_init(void)
{
	int r;

	console.shared = true;
	/* The first look at the device tree, for the first line, has found registers only. */
	if (console.uart.intid == 0 && console.uart.reg.base == host.uart.reg.base)
		console.uart.intid = host.uart.intid;
	if (console.mode != CONSOLE_POLL || console.uart.intid == 0)
		return -ENODEV;
	r = irq_request(console.uart.intid, false, uart_handler, NULL);
	if (r)
		return r;
	lock();
	console.mode = CONSOLE_IRQ;
	if (console.user)
		console.ops->rx_irq(&console.uart, true);
	push();
	unlock();
	return 0;
}

void console_give_away(void)
{
	bool had_irq;

	lock();
	had_irq = console.mode == CONSOLE_IRQ;
	if (had_irq || console.mode == CONSOLE_POLL) {
		send_all(WAIT_POLLS);
		console.ops->drain(&console.uart);
		console.ops->tx_irq(&console.uart, false);
		console.ops->rx_irq(&console.uart, false);
		console.had_irq = had_irq;
		console.mode = CONSOLE_GIVEN;
	}
	unlock();
	if (had_irq)
		irq_release(console.uart.intid);
}

void console_take_back(void)
{
	if (console.mode != CONSOLE_GIVEN)
		return;
	lock();
	console.mode = CONSOLE_POLL;
	console.stuck = false;
	console.ops->init(&console.uart);
	push();
	unlock();
	/* Without the interrupt output is polled, which works as well. */
	if (console.had_irq && console_irq_init())
		pr_warn("console: no transmit interrupt; output is polled");
}

void console_write(const char *s, size_t n)
{
	lock();
	/* A line of Hazel's does not begin in the middle of a guest's. */
	if (console.mid_line && n && *s == '[') {
		ring_put(&console.ring, '\n');
		console.mid_line = false;
	}
	put_text(s, n);
	if (n)
		console.mid_line = s[n - 1] != '\n';
	push();
	unlock();
}

void console_poll(void)
{
	lock();
	if (console.mode == CONSOLE_IRQ)
		console.ops->tx_irq(&console.uart, send_while_room());
	else if (console.mode != CONSOLE_NONE)
		(void)send_while_room();
	unlock();
}

void console_flush(void)
{
	lock();
	if (console.mode != CONSOLE_NONE) {
		send_all(WAIT_POLLS);
		console.ops->drain(&console.uart);
	}
	unlock();
}

void console_crash(void)
{
	/* The lock's holder may be what crashed. */
	console.shared = false;
	console.stuck = false;
	if (console.mode == CONSOLE_IRQ) {
		console.ops->tx_irq(&console.uart, false);
		console.mode = CONSOLE_POLL;
	} else if (console.mode == CONSOLE_GIVEN) {
		/* The guest will not run again. */
		console.ops->init(&console.uart);
		console.mode = CONSOLE_POLL;
	}
}
