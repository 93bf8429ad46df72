/* SPDX-License-Identifier: BSD-3-Clause */
#include <common/page_alloc.h>
#include <common/vm_platform.h>
#include <dm/vpl011.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>
#include <lib/string.h>

/* Registers (DDI 0183G table 3-1) */
#define UARTDR 0x000U
#define UARTRSR 0x004U
#define UARTFR 0x018U
#define UARTILPR 0x020U
#define UARTIBRD 0x024U
#define UARTFBRD 0x028U
#define UARTLCR_H 0x02cU
#define UARTCR 0x030U
#define UARTIFLS 0x034U
#define UARTIMSC 0x038U
#define UARTRIS 0x03cU
#define UARTMIS 0x040U
#define UARTICR 0x044U
#define UARTDMACR 0x048U
#define UARTID 0xfe0U /* PeriphID0-3, PCellID0-3 */

#define FR_CTS BIT32(0)
#define FR_DSR BIT32(1)
#define FR_DCD BIT32(2)
#define FR_RXFE BIT32(4)
#define FR_TXFF BIT32(5)
#define FR_RXFF BIT32(6)
#define FR_TXFE BIT32(7)
#define FR_RI BIT32(8)
#define DR_OE BIT32(11)
#define RSR_OE BIT32(3)
#define LCRH_FEN BIT32(4)
#define CR_UARTEN BIT32(0)
#define CR_LBE BIT32(7)
#define CR_TXE BIT32(8)
#define CR_RXE BIT32(9)
#define CR_DTR BIT32(10)
#define CR_RTS BIT32(11)
#define CR_OUT1 BIT32(12)
#define CR_OUT2 BIT32(13)
#define CR_RESET (CR_TXE | CR_RXE)
#define IFLS_RESET 0x12U
#define IFLS_TX GENMASK(2, 0)
#define IFLS_RX GENMASK(5, 3)
#define INT_RX BIT32(4)
#define INT_TX BIT32(5)
#define INT_RT BIT32(6)
#define INT_OE BIT32(10)
#define INT_ALL 0x7ffU

/* Of revision r1p5, which UARTPeriphID2 names. */
#define FIFO_DEPTH VCONSOLE_LOW

struct vpl011 {
	struct spinlock lock;
	struct vm *vm; /* NULL while the VM does not exist */
	u32 cr, lcr_h, ibrd, fbrd, ilpr, ifls, imsc, dmacr;
	u32 ris, rsr;
	bool overrun; /* the next character that is received says so */
	bool rx_high; /* the receive FIFO was at its trigger level when last looked at */
	struct vconsole con;
};

#define VPL011_PAGES (ALIGN_UP(sizeof(struct vpl011), 4096UL) / 4096UL)

static struct vpl011 *dev_of(const struct vm *vm)
{
	return vm->dev[VM_DEV_CONSOLE];
}

static u32 depth(const struct vpl011 *u)
{
	return u->lcr_h & LCRH_FEN ? FIFO_DEPTH : 1;
}

/* Characters in a FIFO at its trigger level (DDI 0183G 3.3.9). */
static u32 trigger(u32 ifls)
{
	static const u8 level[8] = { 4, 8, 16, 24, 28, 28, 28, 28 };

	return level[ifls];
}

static u32 rx_trigger(const struct vpl011 *u)
{
	return u->lcr_h & LCRH_FEN ? trigger((u32)FIELD_GET(IFLS_RX, u->ifls)) : 1;
}

static u32 tx_trigger(const struct vpl011 *u)
{
	return u->lcr_h & LCRH_FEN ? trigger((u32)FIELD_GET(IFLS_TX, u->ifls)) : 0;
}

/* Characters in the transmit FIFO: it fills only when the console's text does. */
static u32 tx_level(struct vpl011 *u)
{
	u64 room = vconsole_room(&u->con);

	return room < depth(u) ? depth(u) - (u32)room : 0;
}

static bool is_on(const struct vpl011 *u, u32 half)
{
	return (u->cr & (CR_UARTEN | half)) == (CR_UARTEN | half);
}

/* Interrupts that follow levels, and the line. @arrived: a character came into the receive FIFO. Lock held. */
static void update(struct vpl011 *u, bool arrived)
{
	u32 n = vconsole_typed_count(&u->con);
	bool high = n >= rx_trigger(u);

	/* Once cleared by UARTICR, it comes back when the level is reached anew. */
	if (!high)
		u->ris &= ~INT_RX;
	else if (arrived || !u->rx_high)
		u->ris |= INT_RX;
	u->rx_high = high;
	/* The line is idle after each character. */
	if (!n)
		u->ris &= ~INT_RT;
	else if (arrived)
		u->ris |= INT_RT;
	if (u->vm)
		vm_irq(u->vm, VPL011_INTID, u->ris & u->imsc);
}

/* In loopback the modem outputs are the inputs. */
static u32 modem(const struct vpl011 *u)
{
	if (!(u->cr & CR_LBE))
		return FR_CTS | FR_DSR | FR_DCD;
	return (u->cr & CR_RTS ? FR_CTS : 0) | (u->cr & CR_DTR ? FR_DSR : 0) | (u->cr & CR_OUT1 ? FR_DCD : 0) |
		(u->cr & CR_OUT2 ? FR_RI : 0);
}

static u32 flags(struct vpl011 *u)
{
	u32 n = vconsole_typed_count(&u->con), tx = tx_level(u);

	return modem(u) | (n ? 0 : FR_RXFE) | (n >= depth(u) ? FR_RXFF : 0) | (tx >= depth(u) ? FR_TXFF : 0) |
		(tx ? 0 : FR_TXFE);
}

/* A character from the line. @room: that may wait. Return: false = nobody listens, or an overrun. */
static bool receive(struct vpl011 *u, u8 ch, u32 room)
{
	u16 v = (u16)(ch | (u->overrun ? DR_OE : 0));

	if (!is_on(u, CR_RXE))
		return false;
	if (vconsole_typed_count(&u->con) >= room || !vconsole_type(&u->con, v)) {
		u->overrun = true;
		u->rsr |= RSR_OE;
		u->ris |= INT_OE;
		return false;
	}
	u->overrun = false;
	return true;
}

/* Return: did a character arrive, by loopback? */
static bool transmit(struct vpl011 *u, u8 ch)
{
	bool arrived = false;

	/* Nothing leaves a UART that is off. */
	if (!is_on(u, CR_TXE))
		return false;
	if (u->cr & CR_LBE)
		arrived = receive(u, ch, depth(u));
	else
		(void)vconsole_put(&u->con, (char)ch);
	/* The FIFO has drained past its trigger level, as a real one does a little later. */
	if (u->cr & CR_LBE || tx_level(u) <= tx_trigger(u))
		u->ris |= INT_TX;
	else
		u->ris &= ~INT_TX;
	return arrived;
}

/* What waits behind the FIFO comes in when there is room: *@arrived. */
static u32 read_data(struct vpl011 *u, bool *arrived)
{
	int ch = vconsole_typed(&u->con);

	*arrived = ch >= 0 && vconsole_typed_count(&u->con) >= depth(u);
	return ch < 0 ? 0 : (u32)ch;
}

static u32 reg_read(struct vpl011 *u, u64 offset, bool *arrived)
{
	static const u8 id[8] = { 0x11, 0x10, 0x34, 0x00, 0x0d, 0xf0, 0x05, 0xb1 };

	switch (offset) {
	case UARTDR:
		return read_data(u, arrived);
	case UARTRSR:
		return u->rsr;
	case UARTFR:
		return flags(u);
	case UARTILPR:
		return u->ilpr;
	case UARTIBRD:
		return u->ibrd;
	case UARTFBRD:
		return u->fbrd;
	case UARTLCR_H:
		return u->lcr_h;
	case UARTCR:
		return u->cr;
	case UARTIFLS:
		return u->ifls;
	case UARTIMSC:
		return u->imsc;
	case UARTRIS:
		return u->ris;
	case UARTMIS:
		return u->ris & u->imsc;
	case UARTDMACR:
		return u->dmacr;
	default:
		return offset >= UARTID ? id[(offset - UARTID) / 4 % 8] : 0;
	}
}

static void reg_write(struct vpl011 *u, u64 offset, u32 v, bool *arrived)
{
	switch (offset) {
	case UARTDR:
		*arrived = transmit(u, (u8)v);
		break;
	case UARTRSR:
		u->rsr = 0;
		break;
	case UARTILPR:
		u->ilpr = v & 0xffU;
		break;
	case UARTIBRD:
		u->ibrd = v & 0xffffU;
		break;
	case UARTFBRD:
		u->fbrd = v & 0x3fU;
		break;
	case UARTLCR_H:
		u->lcr_h = v & 0xffU;
		break;
	case UARTCR:
		u->cr = v & 0xff87U;
		break;
	case UARTIFLS:
		u->ifls = v & 0x3fU;
		break;
	case UARTIMSC:
		u->imsc = v & INT_ALL;
		break;
	case UARTICR:
		u->ris &= ~(v & INT_ALL);
		break;
	case UARTDMACR:
		u->dmacr = v & 7U;
		break;
	default:
		break; /* read-only, or reserved */
	}
}

static enum io_result access(struct vcpu *vcpu __unused, void *dev, struct io_access *a)
{
	struct vpl011 *u = dev;
	bool arrived = false;

	/* Registers are words; a byte or a halfword is the low part of one, and a doubleword is none. */
	if (a->size > 4 || a->offset % 4) {
		a->value = 0;
		return IO_DONE;
	}
	spin_lock(&u->lock);
	if (a->write)
		reg_write(u, a->offset, (u32)a->value, &arrived);
	else
		a->value = reg_read(u, a->offset, &arrived) & (~UINT64_C(0) >> (64U - a->size * 8U));
	update(u, arrived);
	spin_unlock(&u->lock);
	return IO_DONE;
}

/* A driver's polling and printing. */
static bool word(struct vcpu *vcpu, void *dev, u32 offset, bool write, u64 *x)
{
	struct io_access a = { .offset = offset, .size = sizeof(u32), .write = write, .value = write ? (u32)*x : 0 };

	(void)access(vcpu, dev, &a);
	if (!write)
		*x = a.value;
	return true;
}

struct vconsole *vpl011_console(const struct vm *vm)
{
	return vm->dev[VM_DEV_CONSOLE] ? &dev_of(vm)->con : NULL;
}

bool vpl011_type(struct vm *vm, char ch)
{
	struct vpl011 *u = dev_of(vm);
	bool ok;

	spin_lock(&u->lock);
	/* In loopback the line is not connected. */
	ok = u->vm && !(u->cr & CR_LBE) && receive(u, (u8)ch, VCONSOLE_INPUT);
	update(u, ok);
	spin_unlock(&u->lock);
	return ok;
}

void vpl011_space(struct vm *vm)
{
	struct vpl011 *u = dev_of(vm);

	spin_lock(&u->lock);
	u->ris |= INT_TX;
	update(u, false);
	spin_unlock(&u->lock);
}

void vpl011_focus(struct vm *vm, bool on)
{
	struct vpl011 *u = dev_of(vm);

	spin_lock(&u->lock);
	if (vconsole_focus(&u->con, on))
		u->ris |= INT_TX;
	else if (tx_level(u) > tx_trigger(u))
		u->ris &= ~INT_TX;
	update(u, false);
	spin_unlock(&u->lock);
}

static void reset(struct vm *vm)
{
	struct vpl011 *u = dev_of(vm);

	if (!u)
		return;
	spin_lock(&u->lock);
	/* Adopted by a guest that expects firmware to have set it up: on, with FIFOs. */
	u->cr = CR_RESET | CR_UARTEN;
	u->lcr_h = LCRH_FEN;
	u->ifls = IFLS_RESET;
	u->ibrd = u->fbrd = u->ilpr = u->imsc = u->dmacr = u->ris = u->rsr = 0;
	u->overrun = u->rx_high = false;
	u->con.in_rd = u->con.in_wr;
	update(u, false);
	spin_unlock(&u->lock);
}

static int create(struct vm *vm, struct vm_config_err *err)
{
	struct io_region r = {
		.base = vm_emul_ipa(vm, VPL011_IPA), .size = VPL011_SIZE, .fn = access, .word = word, .name = "pl011"
	};
	struct vpl011 *u = dev_of(vm);

	if (!vm_has_vuart(vm))
		return 0;
	if (!u) {
		/* Stays for the VM's whole life, stopped or not: its last words are still to be read. */
		u = el2_alloc(VPL011_PAGES);
		if (!u) {
			(void)snprintf(err->text, sizeof(err->text), "no EL2 memory for its console (%lu kB)",
				       VPL011_PAGES * 4);
			return -ENOMEM;
		}
		vm->dev[VM_DEV_CONSOLE] = u;
	}
	r.dev = u;
	if (io_register(&vm->io, &r)) {
		(void)snprintf(err->text, sizeof(err->text),
			       "console: 0x%lx is taken by something else; say console = \"none\"",
			       (unsigned long)r.base);
		return -EBUSY;
	}
	u->vm = vm;
	reset(vm);
	return 0;
}

/* From here on nothing may reach the VM's interrupt controller, which goes next. */
static void destroy(struct vm *vm)
{
	struct vpl011 *u = dev_of(vm);

	if (!u)
		return;
	spin_lock(&u->lock);
	u->vm = NULL;
	spin_unlock(&u->lock);
	/* A VM that could not be created is not shown to anybody, and goes altogether. */
	if (vm->id >= nr_vms || vms[vm->id] != vm) {
		el2_free(u, VPL011_PAGES);
		vm->dev[VM_DEV_CONSOLE] = NULL;
	}
}

const struct dm_device vpl011_device = {
	.name = "pl011",
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
