/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared memory. A region is contiguous and starts at a 2 MiB boundary, as its windows do, so that stage 2 maps it with
 * blocks; what its last block has beyond its size belongs to nobody.
 *
 * @lock guards who uses a region: a VM counts from the end of its creation until it stops. The last one to stop zeroes
 * it in slices, and nobody can join meanwhile. @mapped changes under the life-cycle lock.
 */
#include <asm/cache.h>
#include <asm/mmu.h>
#include <asm/page.h>
#include <asm/spinlock.h>
#include <common/arch_hooks.h>
#include <common/page_alloc.h>
#include <common/shmem.h>
#include <common/vm.h>
#include <debug/logmsg.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>

/* Zeroing and cleaning this much is one slice. */
#define SHMEM_SLICE (VM_LOAD_SLICE / 4)

typedef unsigned long long ull;

static_assert(CONFIG_MAX_VMS <= 64, "a VM is a bit of a u64");

struct shmem {
	paddr_t pa; /* 0 = no memory */
	u64 size;
	u64 users;  /* VMs that may access it, by id */
	u64 mapped; /* VMs that have it in their stage 2 */
	u64 writers;
	bool wiping;
	u32 wiper; /* the VM that zeroes it */
	u64 wiped; /* bytes */
};

static struct shmem regions[VM_SHM_MAX];
static struct spinlock lock;

/* Also past the caches: a guest may read with its caches off. */
static void zero(paddr_t pa, u64 len)
{
	for (u64 n; len; pa += n, len -= n) {
		void *p = window_map(WINDOW_DST, pa, false);

		n = MIN(len, BLOCK_2M_SIZE - (pa & (BLOCK_2M_SIZE - 1)));
		cache_zero_clean_pages(p, n);
		window_unmap(WINDOW_DST);
	}
}

static void take(struct shmem *r, const struct vm_shm *s)
{
	u64 pages = ALIGN_UP(s->size, BLOCK_2M_SIZE) >> PAGE_SHIFT;

	r->size = s->size;
	if (page_alloc_range(&host_pool, pages, BIT(PAGE_ORDER_2M), &r->pa)) {
		r->pa = 0;
		pr_err("shared memory '%s': no %llu KiB of contiguous RAM are free", s->name, (ull)pages << 2);
		return;
	}
	zero(r->pa, s->size);
	pr_info("shared memory '%s': %llu KiB for %u VM%s", s->name, (ull)s->size >> 10, s->peers,
		s->peers == 1 ? "" : "s");
}

void shmem_init(const struct vm_config *cfg, u32 nr)
{
	for (u32 i = 0; i < nr; i++) {
		for (u32 k = 0; k < cfg[i].nr_shm; k++) {
			const struct vm_shm *s = &cfg[i].shm[k];

			if (!regions[s->region].size)
				take(&regions[s->region], s);
		}
	}
}

static int attach_err(struct vm_config_err *err, const struct vm_shm *s, int ret)
{
	(void)snprintf(err->text, sizeof(err->text), "shared-memory: %s at 0x%llx: %s", s->name, (ull)s->ipa,
		       ret == -EBUSY            ? "is being wiped after its last VM stopped: try again"
			       : ret == -EEXIST ? "overlaps something else at that address"
			       : ret == -ERANGE ? "ends beyond what this CPU's stage 2 can address"
			       : ret == -ENODEV ? "there was no host memory for it at boot"
						: "out of memory for stage-2 tables");
	return ret == -ENODEV ? -ENOMEM : ret;
}

static int map_window(struct vm *vm, const struct vm_shm *s)
{
	struct shmem *r = &regions[s->region];
	int ret = r->pa ? vm_arch_map(vm, s->ipa, r->pa, r->size, s->ro ? S2_SHARED_RO : S2_SHARED) : -ENODEV;

	if (ret)
		return ret;
	r->mapped |= BIT(vm->id);
	if (!s->ro)
		r->writers |= BIT(vm->id);
	return 0;
}

/* All or none. Return: NULL, or the window whose region is being wiped. */
static const struct vm_shm *join(struct vm *vm)
{
	const struct vm_shm *busy = NULL;

	spin_lock(&lock);
	for (u32 i = 0; i < vm->cfg.nr_shm; i++) {
		if (regions[vm->cfg.shm[i].region].wiping)
			busy = &vm->cfg.shm[i];
	}
	for (u32 i = 0; !busy && i < vm->cfg.nr_shm; i++)
		regions[vm->cfg.shm[i].region].users |= BIT(vm->id);
	spin_unlock(&lock);
	return busy;
}

int shmem_attach(struct vm *vm, struct vm_config_err *err)
{
	const struct vm_shm *busy;

	for (u32 i = 0; i < vm->cfg.nr_shm; i++) {
		int ret = map_window(vm, &vm->cfg.shm[i]);

		if (ret)
			return attach_err(err, &vm->cfg.shm[i], ret);
	}
	busy = join(vm);
	return busy ? attach_err(err, busy, -EBUSY) : 0;
}

/* @vm no longer uses @r. Return: whether @vm has to zero it, or is at it. */
static bool leave(struct vm *vm, struct shmem *r)
{
	bool mine;

	spin_lock(&lock);
	if (r->users == BIT(vm->id)) {
		r->wiping = true;
		r->wiper = vm->id;
		r->wiped = 0;
	}
	r->users &= ~BIT(vm->id);
	mine = r->wiping && r->wiper == vm->id;
	spin_unlock(&lock);
	return mine;
}

static void wipe_slice(struct shmem *r)
{
	u64 n = MIN(r->size - r->wiped, SHMEM_SLICE);

	zero(r->pa + r->wiped, n);
	r->wiped += n;
	if (r->wiped < r->size)
		return;
	spin_lock(&lock);
	r->wiping = false;
	spin_unlock(&lock);
}

bool shmem_leave(struct vm *vm)
{
	struct shmem *todo = NULL;

	for (u32 i = 0; i < vm->cfg.nr_shm; i++) {
		struct shmem *r = &regions[vm->cfg.shm[i].region];

		if (leave(vm, r))
			todo = r;
	}
	if (todo)
		wipe_slice(todo);
	return todo != NULL;
}

void shmem_detach(struct vm *vm)
{
	/* Nothing is left for a VM that was stopped; one that is taken down without that may have written there. */
	while (shmem_leave(vm))
		work_yield();
	for (u32 i = 0; i < vm->cfg.nr_shm; i++) {
		const struct vm_shm *s = &vm->cfg.shm[i];
		struct shmem *r = &regions[s->region];

		if (!(r->mapped & BIT(vm->id)))
			continue;
		/* A whole mapping, so no split and no failure; all of stage 2 goes next in any case. */
		if (vm_arch_unmap(vm, s->ipa, r->size))
			pr_warn("vm%u '%s': shared memory %s stays mapped", vm->id, vm->cfg.name, s->name);
		r->mapped &= ~BIT(vm->id);
		r->writers &= ~BIT(vm->id);
	}
}

bool shmem_owns(paddr_t pa, u32 vm_id, bool *writable)
{
	for (u32 i = 0; i < VM_SHM_MAX; i++) {
		const struct shmem *r = &regions[i];

		if (!r->pa || pa < r->pa || pa - r->pa >= r->size || vm_id >= CONFIG_MAX_VMS ||
		    !(r->mapped & BIT(vm_id)))
			continue;
		*writable = (r->writers & BIT(vm_id)) != 0;
		return true;
	}
	return false;
}
