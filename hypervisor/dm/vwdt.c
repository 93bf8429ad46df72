/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The watchdog. A timeout beyond the compare value sets WS0 and starts the second stage, the next one sets WS1. Writes
 * to WRR, WOR and WCS are explicit refreshes: both signals go, and the compare value is the offset from now.
 *
 * The soft timer is only ever moved to an earlier time: a refresh leaves it where it is, and when it fires too early it
 * goes on from there, so that a guest that refreshes often costs little. Its callback takes the lock, so the lock is
 * not held over timer_cancel(). Lock order: watchdog -> vGIC, watchdog -> timer list.
 */
#include <asm/spinlock.h>
#include <asm/timer.h>
#include <common/arch_hooks.h>
#include <common/page_alloc.h>
#include <common/vm_platform.h>
#include <dm/vwdt.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>

/* Refresh frame */
#define WRR 0x000U
/* Control frame */
#define WCS 0x000U
#define WOR 0x008U
#define WOR_HIGH 0x00cU
#define WCV 0x010U
#define WCV_HIGH 0x014U
/* Both frames */
#define W_IIDR 0xfccU

#define WCS_EN BIT32(0)
#define WCS_WS0 BIT32(1)
#define WCS_WS1 BIT32(2)
#define WOR_MASK GENMASK(47, 0)
#define IIDR_VALUE (1U << 16) /* architecture revision 1: WOR has 48 bits; no product, no implementer */

#define LOW GENMASK(31, 0)
#define HIGH GENMASK(63, 32)
#define WORD 4U
#define DOUBLE 8U

struct vwdt {
	struct vm *vm;
	struct spinlock lock;
	struct soft_timer timer;
	bool enabled, ws0, ws1;
	bool frozen; /* the VM's time stands still */
	bool line;
	u64 offset;  /* ticks */
	u64 compare; /* the VM's time */
};

static u64 vm_now(const struct vwdt *w)
{
	return timer_now() - vm_arch_clock_offset(w->vm);
}

/* First host tick beyond the compare value, or the end of time. */
static u64 deadline(const struct vwdt *w)
{
	u64 shift = vm_arch_clock_offset(w->vm) + 1;

	return w->compare > ~UINT64_C(0) - shift ? ~UINT64_C(0) : w->compare + shift;
}

static void arm(struct vwdt *w)
{
	u64 when = deadline(w);

	if (!w->enabled || w->ws1 || w->frozen)
		return;
	/* Should it be firing just now, the callback waits for the lock and sees to the rest. */
	if (READ_ONCE(w->timer.armed) && w->timer.when <= when)
		return;
	timer_arm(&w->timer, when);
}

static void set_ws0(struct vwdt *w, bool on)
{
	w->ws0 = on;
	if (w->line == on)
		return;
	w->line = on;
	vm_irq(w->vm, VWDT_INTID, on);
}

static void refresh(struct vwdt *w)
{
	set_ws0(w, false);
	w->ws1 = false;
	w->compare = vm_now(w) + w->offset;
	arm(w);
}

static void expired(struct soft_timer *t)
{
	struct vwdt *w = t->arg;
	bool crash = false;

	spin_lock(&w->lock);
	/* On its way down or into a reset, the VM is not to be judged; reset() and destroy() end the watch. */
	if (w->enabled && !w->frozen && READ_ONCE(w->vm->state) == VM_RUNNING) {
		if (vm_now(w) > w->compare && w->ws0) {
			w->ws1 = true;
			crash = true;
		} else if (vm_now(w) > w->compare) {
			w->compare = vm_now(w) + w->offset;
			set_ws0(w, true);
		}
		arm(w);
	}
	spin_unlock(&w->lock);
	if (crash)
		vm_crash(w->vm, "watchdog expired");
}

static u64 control_read(const struct vwdt *w, u64 reg)
{
	switch (reg) {
	case WCS:
		return (w->enabled ? WCS_EN : 0) | (w->ws0 ? WCS_WS0 : 0) | (w->ws1 ? WCS_WS1 : 0);
	case WOR:
		return w->offset;
	case WOR_HIGH:
		return w->offset >> 32;
	case WCV:
		return w->compare;
	case WCV_HIGH:
		return w->compare >> 32;
	case W_IIDR:
		return IIDR_VALUE;
	default:
		return 0;
	}
}

/* @keep: what of a 64-bit register this access leaves alone. */
static void control_write(struct vwdt *w, u64 reg, u64 value, u64 keep)
{
	switch (reg) {
	case WCS:
		w->enabled = (value & WCS_EN) != 0;
		refresh(w);
		break;
	case WOR:
		w->offset = ((w->offset & keep) | value) & WOR_MASK;
		refresh(w);
		break;
	case WOR_HIGH:
		w->offset = ((w->offset & LOW) | value << 32) & WOR_MASK;
		refresh(w);
		break;
	case WCV:
		w->compare = (w->compare & keep) | value;
		arm(w);
		break;
	case WCV_HIGH:
		w->compare = (w->compare & LOW) | value << 32;
		arm(w);
		break;
	default:
		break;
	}
}

/* 32 bits anywhere, 64 bits where a register has them. The rest reads as zero and writes nothing. */
static bool sound(const struct io_access *a)
{
	return a->size == WORD || (a->size == DOUBLE && (a->offset == WOR || a->offset == WCV));
}

static enum io_result control(struct vcpu *vcpu __unused, void *dev, struct io_access *a)
{
	struct vwdt *w = dev;
	u64 mask = a->size == DOUBLE ? ~UINT64_C(0) : LOW;

	if (!a->write)
		a->value = 0;
	if (!sound(a))
		return IO_DONE;
	spin_lock(&w->lock);
	if (a->write)
		control_write(w, a->offset, a->value & mask, ~mask);
	else
		a->value = control_read(w, a->offset) & mask;
	spin_unlock(&w->lock);
	return IO_DONE;
}

static enum io_result refresh_frame(struct vcpu *vcpu __unused, void *dev, struct io_access *a)
{
	struct vwdt *w = dev;

	if (!a->write) {
		a->value = a->offset == W_IIDR && a->size == WORD ? IIDR_VALUE : 0;
	} else if (a->offset == WRR && a->size == WORD) {
		spin_lock(&w->lock);
		refresh(w);
		spin_unlock(&w->lock);
	}
	return IO_DONE;
}

static int create(struct vm *vm, struct vm_config_err *err)
{
	struct io_region refresh_io = {
		.base = vm_emul_ipa(vm, VWDT_REFRESH_IPA),
		.size = VWDT_FRAME_SIZE,
		.fn = refresh_frame,
		.name = "watchdog refresh",
	};
	struct io_region control_io = {
		.base = vm_emul_ipa(vm, VWDT_CONTROL_IPA),
		.size = VWDT_FRAME_SIZE,
		.fn = control,
		.name = "watchdog control",
	};
	struct vwdt *w;
	int ret;

	if (!vm->cfg.watchdog)
		return 0;
	w = el2_alloc(1);
	if (!w)
		return -ENOMEM;
	vm->dev[VM_DEV_WATCHDOG] = w;
	w->vm = vm;
	spin_init(&w->lock);
	w->timer.fn = expired;
	w->timer.arg = w;
	refresh_io.dev = w;
	control_io.dev = w;
	ret = io_register(&vm->io, &refresh_io);
	if (!ret)
		ret = io_register(&vm->io, &control_io);
	if (ret)
		(void)snprintf(err->text, sizeof(err->text), "watchdog: its frames cannot be set up (error %d)", -ret);
	return ret;
}

/* Disabled first, so that the callback cannot arm the timer again behind timer_cancel(). */
static void reset(struct vm *vm)
{
	struct vwdt *w = vm->dev[VM_DEV_WATCHDOG];

	if (!w)
		return;
	spin_lock(&w->lock);
	w->enabled = false;
	w->frozen = false;
	w->ws1 = false;
	w->offset = 0;
	w->compare = 0;
	set_ws0(w, false);
	spin_unlock(&w->lock);
	timer_cancel(&w->timer);
}

static void pause(struct vm *vm)
{
	struct vwdt *w = vm->dev[VM_DEV_WATCHDOG];

	if (!w)
		return;
	spin_lock(&w->lock);
	w->frozen = true;
	spin_unlock(&w->lock);
	timer_cancel(&w->timer);
}

/* The VM's clock has been set back by the length of the pause, and the compare value is in the VM's time. */
static void resume(struct vm *vm)
{
	struct vwdt *w = vm->dev[VM_DEV_WATCHDOG];

	if (!w)
		return;
	spin_lock(&w->lock);
	w->frozen = false;
	arm(w);
	spin_unlock(&w->lock);
}

static void destroy(struct vm *vm)
{
	reset(vm);
	el2_free(vm->dev[VM_DEV_WATCHDOG], 1);
	vm->dev[VM_DEV_WATCHDOG] = NULL;
}

const struct dm_device vwdt_device = {
	.name = "watchdog",
	.create = create,
	.reset = reset,
	.pause = pause,
	.resume = resume,
	.destroy = destroy,
};
