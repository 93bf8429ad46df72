/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Doorbells. Peer n of a region has the bell at regions[].bell[n]; each other peer has a bit in its PENDING register.
 *
 * One lock per region, held over vm_irq(): it keeps a peer's bell, and with it the peer's VM, from going away under a
 * ring, and the line in step with PENDING. Lock order: doorbell -> vGIC. A ring that finds its bit set already does
 * nothing else, so a guest that rings in a loop costs its peer one interrupt for each time that the peer asks for more.
 */
#include <asm/spinlock.h>
#include <common/page_alloc.h>
#include <common/vm_platform.h>
#include <dm/vdoorbell.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>

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

#define BELL_ID_VALUE 0x42445a48U /* "HZDB" */
#define BELL_VERSION_VALUE 1U
#define BELL_REG_SIZE 4U

struct doorbell {
	struct vm *vm;
	struct region *region;
	u32 self, peers;
	u32 intid;
	u32 pending; /* bit n = peer n has rung */
	u32 mask;    /* bits that do not raise the line */
	u32 dropped; /* rings of this VM that reached nobody */
	bool line;
};

struct region {
	struct spinlock lock; /* all of its doorbells */
	struct doorbell *bell[VM_SHM_PEERS_MAX];
};

static struct region regions[VM_SHM_MAX];

static_assert(sizeof(struct doorbell) * VM_SHM_MAX <= KIB(4), "the doorbells of a VM fit a page");

static void update_line(struct doorbell *b)
{
	bool level = (b->pending & ~b->mask) != 0;

	if (level == b->line)
		return;
	b->line = level;
	vm_irq(b->vm, b->intid, level);
}

/* Peer @n, if it can hear: its VM runs or will go on running. */
static struct doorbell *peer(const struct doorbell *b, u32 n)
{
	struct doorbell *p = n < b->peers && n < VM_SHM_PEERS_MAX ? b->region->bell[n] : NULL;
	enum vm_state state = p ? READ_ONCE(p->vm->state) : VM_FREE;

	return state == VM_RUNNING || state == VM_PAUSED ? p : NULL;
}

static void ring(struct doorbell *b, u32 n)
{
	struct doorbell *p = peer(b, n);

	if (!p) {
		b->dropped++;
		return;
	}
	p->pending |= BIT32(b->self);
	/* Nothing more when the bit was set already, or the line is up for another one. */
	update_line(p);
}

static u32 present(const struct doorbell *b)
{
	u32 map = 0;

	for (u32 n = 0; n < VM_SHM_PEERS_MAX; n++)
		map |= peer(b, n) ? BIT32(n) : 0;
	return map;
}

static u32 reg_read(const struct doorbell *b, u64 reg)
{
	switch (reg) {
	case BELL_ID:
		return BELL_ID_VALUE;
	case BELL_VERSION:
		return BELL_VERSION_VALUE;
	case BELL_PEERS:
		return b->peers;
	case BELL_SELF:
		return b->self;
	case BELL_PENDING:
		return b->pending;
	case BELL_MASK:
		return b->mask;
	case BELL_DROPPED:
		return b->dropped;
	case BELL_PRESENT:
		return present(b);
	default:
		return 0;
	}
}

static void reg_write(struct doorbell *b, u64 reg, u32 value)
{
	switch (reg) {
	case BELL_RING:
		ring(b, value);
		break;
	case BELL_ACK:
		b->pending &= ~value;
		update_line(b);
		break;
	case BELL_MASK:
		b->mask = value & (BIT32(b->peers) - 1);
		update_line(b);
		break;
	default:
		break;
	}
}

/* What is not a 32-bit access to the start of a register reads as zero and writes nothing. */
static enum io_result access(struct vcpu *vcpu __unused, void *dev, struct io_access *a)
{
	struct doorbell *b = dev;

	if (!a->write)
		a->value = 0;
	if (a->size != BELL_REG_SIZE)
		return IO_DONE;
	spin_lock(&b->region->lock);
	if (a->write)
		reg_write(b, a->offset, (u32)a->value);
	else
		a->value = reg_read(b, a->offset);
	spin_unlock(&b->region->lock);
	return IO_DONE;
}

static int connect(struct doorbell *b)
{
	struct region *r = b->region;
	int ret = -EEXIST;

	spin_lock(&r->lock);
	if (!r->bell[b->self]) {
		r->bell[b->self] = b;
		ret = 0;
	}
	spin_unlock(&r->lock);
	return ret;
}

static int create_one(struct vm *vm, struct doorbell *b, u32 index)
{
	const struct vm_shm *s = &vm->cfg.shm[index];
	const struct io_region io = {
		.base = vm_emul_ipa(vm, VDOORBELL_IPA) + index * VDOORBELL_SIZE,
		.size = VDOORBELL_SIZE,
		.fn = access,
		.dev = b,
		.name = "doorbell",
	};
	int ret;

	if (s->region >= VM_SHM_MAX || s->peers > VM_SHM_PEERS_MAX || s->self >= s->peers)
		return -EINVAL;
	*b = (struct doorbell){ .vm = vm,
				.region = &regions[s->region],
				.self = s->self,
				.peers = s->peers,
				.intid = VDOORBELL_INTID + index };
	ret = io_register(&vm->io, &io);
	return ret ? ret : connect(b);
}

static int create(struct vm *vm, struct vm_config_err *err)
{
	struct doorbell *b;
	int ret = 0;

	if (!vm->cfg.nr_shm)
		return 0;
	b = el2_alloc(1);
	if (!b)
		return -ENOMEM;
	vm->dev[VM_DEV_SHMEM] = b;
	for (u32 i = 0; !ret && i < vm->cfg.nr_shm; i++)
		ret = create_one(vm, &b[i], i);
	if (ret)
		(void)snprintf(err->text, sizeof(err->text), "shared-memory: its doorbells cannot be set up (error %d)",
			       -ret);
	return ret;
}

static void reset(struct vm *vm)
{
	struct doorbell *b = vm->dev[VM_DEV_SHMEM];

	for (u32 i = 0; b && i < vm->cfg.nr_shm; i++) {
		spin_lock(&b[i].region->lock);
		b[i].pending = 0;
		b[i].mask = 0;
		b[i].dropped = 0;
		update_line(&b[i]);
		spin_unlock(&b[i].region->lock);
	}
}

static void destroy(struct vm *vm)
{
	struct doorbell *b = vm->dev[VM_DEV_SHMEM];

	for (u32 i = 0; b && i < vm->cfg.nr_shm; i++) {
		struct region *r = b[i].region;

		if (!r)
			continue; /* not reached by create() */
		spin_lock(&r->lock);
		if (r->bell[b[i].self] == &b[i])
			r->bell[b[i].self] = NULL;
		spin_unlock(&r->lock);
	}
	el2_free(b, 1);
	vm->dev[VM_DEV_SHMEM] = NULL;
}

const struct dm_device vdoorbell_device = {
	.name = "doorbell",
	.create = create,
	.reset = reset,
	.destroy = destroy,
};
