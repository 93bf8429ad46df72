/* SPDX-License-Identifier: BSD-3-Clause */
/* mem: page pools. irq: owners of physical interrupts. */
#include <asm/gicv3.h>
#include <common/irq.h>
#include <common/page_alloc.h>
#include <common/vm.h>
#include <debug/shell.h>
#include <lib/errno.h>

static void pool(const struct page_pool *p)
{
	shell_printf("%-5s %llu of %llu pages free\n", p->name, (unsigned long long)p->nr_free,
		     (unsigned long long)p->nr_pages);
}

static int mem(int argc, char **argv)
{
	u32 i, k;

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	pool(&host_pool);
	pool(&el2_pool);
	for (i = 0; i < nr_vms; i++) {
		for (k = 0; vms[i] && k < vms[i]->nr_ram; k++) {
			const struct vm_ram *r = &vms[i]->ram[k];

			shell_printf("vm%u '%s': 0x%llx + %llu MiB in %llu blocks\n", i, vms[i]->cfg.name,
				     (unsigned long long)r->r.ipa, (unsigned long long)(r->r.size >> 20),
				     (unsigned long long)r->nr_blocks);
		}
	}
	return 0;
}

static int irq(int argc, char **argv)
{
	u32 i, end = gic_nr_intids();

	(void)argv;
	if (argc != 1)
		return -EINVAL;
	for (i = 0; i < end && i < IRQ_MAX; i++) {
		enum irq_owner owner = irq_owner(i);
		const struct vm *vm = irq_owner_vm(i);

		if (owner == IRQ_NONE)
			continue;
		if (vm)
			shell_printf("%4u vm%u '%s'%s%s\n", i, vm->id, vm->cfg.name,
				     gic_is_enabled(i) ? "" : " disabled", gic_is_active(i) ? " active" : "");
		else
			shell_printf("%4u %s%s\n", i, owner == IRQ_EL2 ? "Hazel" : "the vCPU that runs",
				     gic_is_active(i) ? " active" : "");
	}
	return 0;
}

const struct shell_cmd shell_cmd_mem = { "mem", "", "memory: free, and whose", mem };
const struct shell_cmd shell_cmd_irq = { "irq", "", "owners of physical interrupts", irq };
