/* SPDX-License-Identifier: BSD-3-Clause */
/* Stage 2 of one VM as a list of mappings, and a GIC that accepts every connection, for tests of common/. */
#ifndef TESTS_HOST_VM_MOCK_H
#define TESTS_HOST_VM_MOCK_H

#include <common/arch_hooks.h>
#include <common/vm.h>
#include <lib/errno.h>

#define MOCK_MAPS 2048U
#define MOCK_IPA_SIZE (UINT64_C(1) << 40)

struct mock_map {
	const struct vm *vm;
	ipa_t ipa;
	paddr_t pa;
	u64 size;
	enum s2_prot prot;
};

static struct mock_map mock_maps[MOCK_MAPS];
static u32 mock_nr_maps;
static u32 mock_map_limit = MOCK_MAPS; /* vm_arch_map() runs out of tables beyond it */

int vm_arch_map(struct vm *vm, ipa_t ipa, paddr_t pa, u64 size, enum s2_prot prot)
{
	if ((ipa | pa | size) & 0xfff)
		return -EINVAL;
	if (ipa >= MOCK_IPA_SIZE || size > MOCK_IPA_SIZE - ipa)
		return -ERANGE;
	for (u32 i = 0; i < mock_nr_maps; i++) {
		const struct mock_map *m = &mock_maps[i];

		if (m->vm == vm && ipa < m->ipa + m->size && m->ipa < ipa + size)
			return -EEXIST;
	}
	if (mock_nr_maps >= mock_map_limit)
		return -ENOMEM;
	mock_maps[mock_nr_maps++] = (struct mock_map){ vm, ipa, pa, size, prot };
	return 0;
}

/* Whole mappings only: nothing in common/ asks for a split. */
int vm_arch_unmap(struct vm *vm, ipa_t ipa, u64 size)
{
	for (u32 i = 0; i < mock_nr_maps;) {
		struct mock_map *m = &mock_maps[i];

		if (m->vm == vm && m->ipa >= ipa && m->ipa + m->size <= ipa + size)
			*m = mock_maps[--mock_nr_maps];
		else
			i++;
	}
	return 0;
}

u64 vm_arch_ipa_size(void)
{
	return MOCK_IPA_SIZE;
}

/* The mapping that holds @ipa of @vm, or NULL. */
static inline const struct mock_map *mock_find(const struct vm *vm, ipa_t ipa)
{
	for (u32 i = 0; i < mock_nr_maps; i++) {
		const struct mock_map *m = &mock_maps[i];

		if (m->vm == vm && ipa >= m->ipa && ipa - m->ipa < m->size)
			return m;
	}
	return NULL;
}

#endif
