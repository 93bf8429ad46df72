/* SPDX-License-Identifier: BSD-3-Clause */
/* irq: owners of physical interrupts; the interrupts of a VM as its virtual GIC has them. */
#include <asm/gicv3.h>
#include <asm/vgic/vgic.h>
#include <common/irq.h>
#include <common/vm.h>
#include <debug/shell.h>
#include <lib/errno.h>
#include <lib/printf.h>

#define WORD_MAX 24
#define SGIS 16U

static void show_physical(void)
{
	u32 i, end = gic_nr_intids();

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
}

static void show(const struct vgic_view *v)
{
	char physical[WORD_MAX] = "", vcpu[WORD_MAX] = "none", on[WORD_MAX] = "";

	if (v->hw)
		(void)snprintf(physical, sizeof(physical), " physical %u", v->pintid);
	if (v->vcpu != VGIC_NO_VCPU)
		(void)snprintf(vcpu, sizeof(vcpu), "%u", v->vcpu);
	if (v->is_elsewhere)
		(void)snprintf(on, sizeof(on), " (is on CPU %u)", v->cpu);
	shell_printf("%5u %-4s vcpu %-4s group %u priority 0x%02x %s%s%s%s%s%s%s\n", v->intid,
		     v->intid < SGIS         ? "SGI"
			     : v->is_private ? "PPI"
					     : "SPI",
		     vcpu, v->is_group1, v->priority, v->is_edge ? "edge" : "level", v->is_enabled ? " enabled" : "",
		     v->is_pending ? " pending" : "", v->is_active ? " active" : "", v->is_high ? " high" : "",
		     physical, on);
}

/* The next interrupt, while nobody takes the VM's GIC away. */
static int next(struct vm *vm, u32 *at, struct vgic_view *v)
{
	int r;

	if (!shell_life_lock())
		return -EBUSY;
	r = vgic_view_next(vm, at, v);
	life_unlock();
	return r;
}

static void show_vm(struct vm *vm)
{
	struct vgic_view v;
	u32 at = 0, n = 0;
	int r;

	while ((r = next(vm, &at, &v)) == 0 || r == -EAGAIN) {
		if (r == 0) {
			show(&v);
			n++;
		}
	}
	if (r == -ENODEV)
		shell_printf("vm%u '%s' is %s: it has no interrupts\n", vm->id, vm->cfg.name, vm_state_text(vm));
	else if (r == -ENOENT && !n)
		shell_printf("vm%u '%s' has enabled no interrupt, and none is pending or active\n", vm->id,
			     vm->cfg.name);
}

static int run(int argc, char **argv)
{
	struct vm *vm;

	if (argc > 2)
		return -EINVAL;
	if (argc == 1) {
		show_physical();
		return 0;
	}
	vm = shell_vm(argv[1]);
	if (vm)
		show_vm(vm);
	return 0;
}

const struct shell_cmd shell_cmd_irq = { "irq", "[VM]", "owners of physical interrupts; interrupts of a VM", run };
