/* SPDX-License-Identifier: BSD-3-Clause */
/* Audit: an active physical interrupt has exactly one owner record. */
#include <asm/gicv3.h>
#include <common/arch_hooks.h>
#include <common/audit.h>
#include <common/irq.h>
#include <common/vm.h>

/* EL2 has no handler running here: this is work, and handlers run to their end. */
static const char *check_private(u32 intid)
{
	switch (irq_owner(intid)) {
	case IRQ_EL2:
		return "is active on this CPU although its handler has ended";
	case IRQ_GUEST:
		return vgic_arch_ppi_owned(intid) ? NULL : "is active on this CPU without a vCPU that holds it";
	case IRQ_NONE:
	default:
		return "is active on this CPU and nobody's";
	}
}

const char *audit_check_irq(u32 intid)
{
	struct vm *owner = irq_owner_vm(intid);
	u32 i, n = 0, own = 0;

	if (!gic_is_active(intid))
		return NULL;
	if (intid < IRQ_PRIVATE)
		return check_private(intid);
	for (i = 0; i < nr_vms; i++) {
		u32 k = vms[i] ? vgic_arch_spi_owners(vms[i], intid) : 0;

		n += k;
		own += vms[i] == owner ? k : 0;
	}
	switch (irq_owner(intid)) {
	case IRQ_EL2:
		return n ? "is active for Hazel and held by a VM" : NULL;
	case IRQ_GUEST:
		return n == 1 && own == 1 ? NULL
			: n == 0          ? "is active and held by no list register, queue or spill list"
			: own == 0        ? "is active and held by a VM that does not own it"
					  : "is active and held more than once";
	case IRQ_NONE:
	default:
		return n ? "is active, nobody's, and held by a VM" : "is active and nobody's";
	}
}
