/* SPDX-License-Identifier: BSD-3-Clause */
/* Where Hazel's own frames are in a VM whose memory is at host addresses: not where memory may come to be. */
#include <common/arch_hooks.h>
#include <common/host_ranges.h>
#include <common/vm.h>
#include <common/vm_platform.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>

#define GICR_FRAME_SIZE KIB(128) /* one vCPU */

typedef unsigned long long ull;

/* A shared-memory window is at an address of the manifest, which knew neither. */
static int check_windows(const struct vm *vm, struct vm_config_err *err)
{
	const struct mem_range emul = { vm_emul_ipa(vm, VM_EMUL_IPA), VM_EMUL_SIZE };

	for (u32 i = 0; i < vm->cfg.nr_shm; i++) {
		const struct vm_shm *s = &vm->cfg.shm[i];

		if (!mem_overlap(&emul, &(struct mem_range){ s->ipa, s->size }))
			continue;
		(void)snprintf(err->text, sizeof(err->text),
			       "shared-memory-ipa: %s at 0x%llx overlaps the emulated devices at 0x%llx, size 0x%llx",
			       s->name, (ull)s->ipa, (ull)emul.base, (ull)emul.size);
		return -EINVAL;
	}
	return 0;
}

int vm_layout(struct vm *vm, struct vm_config_err *err)
{
	struct vm_config *cfg = &vm->cfg;
	u64 need = cfg->vcpus * GICR_FRAME_SIZE, base;

	vm->emul_shift = 0;
	if (!vm_config_has(cfg, VM_MEM_DIRECT_RAM))
		return 0;
	base = host_gap(VM_EMUL_IPA, VM_EMUL_SIZE);
	if (cfg->gic_like_host) {
		cfg->gicd_ipa = host.gic.gicd.base;
		cfg->gicr_ipa = host.gic.gicr[0].base;
		/* The host may have fewer CPUs than the VM, or its redistributors in pieces. */
		if (host.gic.gicr[0].size < need) {
			cfg->gicr_ipa = base;
			base = host_gap(base + ALIGN_UP(need, VM_EMUL_SIZE), VM_EMUL_SIZE);
		}
	}
	if (base + VM_EMUL_SIZE > vm_arch_ipa_size()) {
		(void)snprintf(err->text, sizeof(err->text),
			       "no room for the emulated devices: the host's memory and devices fill all of the 0x%llx "
			       "bytes that "
			       "stage 2 can address",
			       (ull)vm_arch_ipa_size());
		return -ERANGE;
	}
	vm->emul_shift = base - VM_EMUL_IPA;
	return check_windows(vm, err);
}
