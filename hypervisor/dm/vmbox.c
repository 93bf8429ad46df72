/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A mailbox that blocks: a read of GET waits until another vCPU has PUT a value (IO_PENDING, D16). At most one vCPU for
 * each waits, and a bounded number of values.
 */
#include <common/arch_hooks.h>
#include <common/page_alloc.h>
#include <common/vm_platform.h>
#include <dm/vmbox.h>
#include <lib/errno.h>
#include <lib/printf.h>

#define MBOX_GET 0x00U    /* read: the oldest value, waits for one */
#define MBOX_PUT 0x08U    /* write: a value; dropped when MBOX_DEPTH wait to be read */
#define MBOX_STATUS 0x10U /* read: values in 15:0, waiting vCPUs in 31:16 */
#define MBOX_ID 0xfcU
#define MBOX_ID_VALUE 0x584f424dU /* "MBOX" */
#define MBOX_DEPTH 16U

struct vmbox {
	struct spinlock lock;
	u32 wr, rd; /* values */
	u64 value[MBOX_DEPTH];
	u32 nr_waiting; /* oldest first */
	struct vcpu *waiting[CONFIG_MAX_VCPUS];
};

#define MBOX_PAGES ((sizeof(struct vmbox) + 4095UL) / 4096UL)

static enum io_result get(struct vmbox *b, struct vcpu *vcpu, struct io_access *a)
{
	if (b->wr != b->rd) {
		a->value = b->value[b->rd++ % MBOX_DEPTH];
		return IO_DONE;
	}
	/* A vCPU that waits executes nothing, so it is in the list once. */
	b->waiting[b->nr_waiting++] = vcpu;
	return IO_PENDING;
}

/* Return: who gets @value, which is not queued then. */
static struct vcpu *put(struct vmbox *b, u64 value)
{
	struct vcpu *first;
	u32 i;

	if (b->nr_waiting) {
		first = b->waiting[0];
		b->nr_waiting--;
		for (i = 0; i < b->nr_waiting; i++)
			b->waiting[i] = b->waiting[i + 1];
		return first;
	}
	if (b->wr - b->rd < MBOX_DEPTH)
		b->value[b->wr++ % MBOX_DEPTH] = value;
	return NULL;
}

static enum io_result access(struct vcpu *vcpu, void *dev, struct io_access *a)
{
	struct vmbox *b = dev;
	struct vcpu *woken = NULL;
	enum io_result r = IO_DONE;
	u64 value = a->value;

	if (!a->write)
		a->value = 0;
	spin_lock(&b->lock);
	if (a->offset == MBOX_GET && !a->write)
		r = get(b, vcpu, a);
	else if (a->offset == MBOX_PUT && a->write)
		woken = put(b, value);
	else if (a->offset == MBOX_STATUS && !a->write)
		a->value = (b->wr - b->rd) | b->nr_waiting << 16;
	else if (a->offset == MBOX_ID && !a->write)
		a->value = MBOX_ID_VALUE;
	spin_unlock(&b->lock);
	if (woken)
		vcpu_arch_mmio_complete(woken, value);
	return r;
}

static void reset(struct vm *vm)
{
	struct vmbox *b = vm->dev[VM_DEV_MBOX];

	if (!b)
		return;
	spin_lock(&b->lock);
	b->nr_waiting = 0;
	b->rd = b->wr;
	spin_unlock(&b->lock);
}

static int create(struct vm *vm, struct vm_config_err *err)
{
	struct io_region r = {
		.base = vm_emul_ipa(vm, VMBOX_IPA), .size = VMBOX_SIZE, .fn = access, .name = "mailbox", .blocks = true
	};

	if (!vm->cfg.mailbox)
		return 0;
	vm->dev[VM_DEV_MBOX] = el2_alloc(MBOX_PAGES);
	r.dev = vm->dev[VM_DEV_MBOX];
	if (r.dev && !io_register(&vm->io, &r))
		return 0;
	(void)snprintf(err->text, sizeof(err->text), "mailbox: no EL2 memory, or 0x%lx is taken",
		       (unsigned long)r.base);
	return -ENOMEM;
}

static void destroy(struct vm *vm)
{
	el2_free(vm->dev[VM_DEV_MBOX], MBOX_PAGES);
	vm->dev[VM_DEV_MBOX] = NULL;
}

const struct dm_device vmbox_device = {
	.name = "mailbox",
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
