/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * /chosen's rng-seed and kaslr-seed. A tree is made once and used for every start, so it is made with zeros, which are
 * replaced for the moment in which it is copied to the guest.
 */
#include <common/fdt_gen.h>
#include <common/fdt_guest.h>
#include <common/fdt_scan.h>
#include <common/rng.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <lib/string.h>
#include <libfdt.h>

#define RNG_SEED "rng-seed"
#define KASLR_SEED "kaslr-seed"
#define KASLR_BYTES 8U

static const u8 zeros[RNG_BYTES];

void gen_seeds(struct fdt_gen *g)
{
	if (!rng_ready())
		return;
	gen_prop(g, RNG_SEED, zeros, RNG_BYTES);
	if (g->vm->cfg.kaslr)
		gen_prop(g, KASLR_SEED, zeros, KASLR_BYTES);
}

int patch_seeds(const struct fdt_gen *g, void *fdt, int chosen)
{
	int ret;

	if (!rng_ready())
		return 0;
	ret = fdt_setprop(fdt, chosen, RNG_SEED, zeros, RNG_BYTES);
	if (!ret && g->vm->cfg.kaslr)
		ret = fdt_setprop(fdt, chosen, KASLR_SEED, zeros, KASLR_BYTES);
	return ret;
}

static void set(void *fdt, int chosen, const char *name, const u8 *val, u32 bytes)
{
	int len;
	const u8 *p = fdt_scan_prop(fdt, chosen, name, &len);

	if (p && (u32)len == bytes)
		(void)memcpy((u8 *)fdt + (p - (const u8 *)fdt), val, bytes);
}

static void set_random(void *fdt, int chosen, const char *name, u32 bytes)
{
	u8 val[RNG_BYTES];

	/* Hashing is long work: nothing else belongs to the same slice. */
	work_yield();
	rng_get(val);
	set(fdt, chosen, name, val, bytes);
	memwipe(val, sizeof(val));
	work_yield();
}

static int chosen_node(const void *fdt)
{
	return fdt_scan_child(fdt, 0, "chosen", (u32)strlen("chosen"));
}

void fdt_guest_seed(const struct vm *vm, void *fdt)
{
	int chosen;

	if (!rng_ready())
		return;
	chosen = chosen_node(fdt);
	set_random(fdt, chosen, RNG_SEED, RNG_BYTES);
	if (vm->cfg.kaslr)
		set_random(fdt, chosen, KASLR_SEED, KASLR_BYTES);
}

void fdt_guest_unseed(const struct vm *vm, void *fdt)
{
	int chosen;

	if (!rng_ready())
		return;
	chosen = chosen_node(fdt);
	set(fdt, chosen, RNG_SEED, zeros, RNG_BYTES);
	if (vm->cfg.kaslr)
		set(fdt, chosen, KASLR_SEED, zeros, KASLR_BYTES);
}
