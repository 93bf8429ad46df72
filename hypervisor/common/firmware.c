/* SPDX-License-Identifier: BSD-3-Clause */
/* Bindings: arm,scmi (SMC transport) and linaro,optee-tz of the device-tree specification's schemas. */
#include <asm/page.h>
#include <common/arch_hooks.h>
#include <common/firmware.h>
#include <common/host_ranges.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/vm.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/printf.h>

/* SMCCC (DEN0028) owner numbers of trusted OSes; calls may be fast or yielding. */
#define SMCCC_OWNER GENMASK(29, 24)
#define OWNER_TOS_FIRST 50U
#define OWNER_TOS_LAST 63U

typedef unsigned long long ull;

struct find {
	const char *compatible;
	int node;
};

static int match(void *arg, const struct fdt_chain *c)
{
	struct find *f = arg;
	int node = c->node[c->depth];

	if (!fdt_has_string(host.fdt, node, "compatible", f->compatible))
		return 0;
	f->node = node;
	return 1;
}

static int find_compatible(const char *compatible)
{
	struct find f = { compatible, -ENOENT };

	return host_nodes_walk(match, &f) ? f.node : -ENOENT;
}

int fw_optee_node(void)
{
	return find_compatible("linaro,optee-tz");
}

int fw_scmi_find(struct fw_scmi *s)
{
	struct mem_range r;

	s->node = find_compatible("arm,scmi-smc");
	if (s->node < 0)
		return -ENOENT;
	s->fn = fdt_prop_u32(host.fdt, s->node, "arm,smc-id", 0);
	s->shmem = fdt_find_phandle(host.fdt, fdt_prop_u32(host.fdt, s->node, "shmem", 0));
	if (!s->fn || s->shmem < 0 || fdt_host_reg(host.fdt, s->shmem, 0, &r) || !r.size)
		return -EINVAL;
	s->page.base = ALIGN_DOWN(r.base, PAGE_SIZE);
	s->page.size = ALIGN_UP(r.base + r.size, PAGE_SIZE) - s->page.base;
	return 0;
}

static bool listed(const struct vm *vm, u32 fn)
{
	for (u32 i = 0; i < vm->cfg.nr_smc_forward; i++) {
		if (vm->cfg.smc_forward[i] == fn)
			return true;
	}
	return false;
}

static const struct vm *scmi_owner(const struct vm *but)
{
	for (u32 i = 0; i < nr_vms; i++) {
		if (vms[i] && vms[i] != but && vms[i]->scmi_fn && vms[i]->state != VM_STOPPED)
			return vms[i];
	}
	return NULL;
}

static int attach_scmi(struct vm *vm, const struct fw_scmi *s, struct vm_config_err *err)
{
	const struct vm *owner = scmi_owner(vm);
	const struct vm *other = ptdev_other_owner(vm, &s->page);
	int ret = 0;

	if (owner) {
		(void)snprintf(err->text, sizeof(err->text), "firmware: \"scmi\" belongs to VM %s", owner->cfg.name);
		return -EBUSY;
	}
	/* Memory that the machine hands out freely would be the guests'. */
	for (u64 off = 0; off < s->page.size; off += PAGE_SIZE) {
		if (page_state(&host_pool, s->page.base + off, 1) != PAGE_ELSEWHERE)
			ret = -EPERM;
	}
	if (other)
		ret = -EBUSY;
	if (!ret)
		ret = vm_arch_map(vm, s->page.base, s->page.base, s->page.size, S2_DEVICE);
	if (ret)
		(void)snprintf(err->text, sizeof(err->text),
			       "firmware: \"scmi\": its shared memory 0x%llx, size 0x%llx %s", (ull)s->page.base,
			       (ull)s->page.size,
			       ret == -EPERM           ? "is RAM that is not reserved"
				       : ret == -EBUSY ? "belongs to another VM"
						       : "cannot be mapped: that address is taken in this VM");
	if (ret)
		return ret;
	vm->scmi_fn = s->fn;
	vm->scmi_page = s->page;
	return 0;
}

int firmware_attach(struct vm *vm, struct vm_config_err *err)
{
	struct fw_scmi s;
	int ret = fw_scmi_find(&s);

	vm->scmi_fn = 0;
	/* Without the page, the call would work on a message of whoever has it. */
	if (!ret && listed(vm, s.fn)) {
		(void)snprintf(err->text, sizeof(err->text),
			       "smc-forward: 0x%08x is the host's SCMI: say firmware = \"scmi\" instead", s.fn);
		return -EINVAL;
	}
	if ((vm->cfg.firmware & VM_FW_OPTEE) && fw_optee_node() < 0) {
		(void)snprintf(err->text, sizeof(err->text),
			       "firmware: \"optee\": the host's device tree has no enabled \"linaro,optee-tz\"");
		return -ENOENT;
	}
	if (!(vm->cfg.firmware & VM_FW_SCMI))
		return 0;
	if (ret) {
		(void)snprintf(
			err->text, sizeof(err->text),
			ret == -ENOENT
				? "firmware: \"scmi\": the host's device tree has no enabled \"arm,scmi-smc\""
				: "firmware: \"scmi\": arm,smc-id or shmem of the host's node is missing or unusable");
		return ret;
	}
	return attach_scmi(vm, &s, err);
}

bool firmware_owns(const struct vm *vm, paddr_t pa, u64 size)
{
	return vm->scmi_fn && mem_inside(&(struct mem_range){ pa, size }, &vm->scmi_page);
}

bool firmware_may_call(const struct vm *vm, u32 fn)
{
	u32 owner = (u32)FIELD_GET(SMCCC_OWNER, fn);

	if (vm->scmi_fn && fn == vm->scmi_fn)
		return true;
	if ((vm->cfg.firmware & VM_FW_OPTEE) && owner >= OWNER_TOS_FIRST && owner <= OWNER_TOS_LAST)
		return true;
	return listed(vm, fn);
}
