/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Shared memory in a generated DTB: each window a reserved-memory node, and a device whose registers are the doorbell
 * page and the window, which is what Linux' uio_pdrv_genirq wants.
 */
#include <common/fdt_gen.h>
#include <common/vm.h>
#include <common/vm_platform.h>
#include <libfdt.h>

typedef unsigned long long ull;

static const char doorbell_compatible[] = "hazel,doorbell-v1\0generic-uio";

static void gen_window(struct fdt_gen *g, const struct vm_shm *s, u32 index)
{
	gen_begin(g, "shm-%s@%llx", s->name, (ull)s->ipa);
	gen_string(g, "compatible", "hazel,shared-memory");
	gen_reg(g, "reg", (const u64[]){ s->ipa, s->size }, 1);
	gen_prop(g, "no-map", NULL, 0);
	gen_u32(g, "phandle", GEN_PHANDLE_SHMEM + index);
	gen_end(g);
}

static void gen_doorbell(struct fdt_gen *g, const struct vm_shm *s, u32 index)
{
	const u64 bell = vm_emul_ipa(g->vm, VDOORBELL_IPA) + index * VDOORBELL_SIZE;

	gen_begin(g, "doorbell@%llx", (ull)bell);
	gen_prop(g, "compatible", doorbell_compatible, sizeof(doorbell_compatible));
	gen_reg(g, "reg", (const u64[]){ bell, VDOORBELL_SIZE, s->ipa, s->size }, 2);
	gen_irq(g, VDOORBELL_INTID + index, false);
	gen_u32(g, "memory-region", GEN_PHANDLE_SHMEM + index);
	gen_string(g, "hazel,region", s->name);
	if (s->ro)
		gen_prop(g, "hazel,read-only", NULL, 0);
	gen_end(g);
}

void gen_shm_windows(struct fdt_gen *g)
{
	const struct vm_config *c = &g->vm->cfg;

	for (u32 i = 0; i < c->nr_shm; i++)
		gen_window(g, &c->shm[i], i);
}

void gen_doorbells(struct fdt_gen *g)
{
	const struct vm_config *c = &g->vm->cfg;

	for (u32 i = 0; i < c->nr_shm; i++)
		gen_doorbell(g, &c->shm[i], i);
}
