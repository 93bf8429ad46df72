/* SPDX-License-Identifier: BSD-3-Clause */
/* /cpus of a guest: each vCPU as the kind of core that it runs on; for unlike ones also what a scheduler wants to know.
 */
#include <asm/cpu.h>
#include <asm/vcpu_arch.h>
#include <common/fdt_gen.h>
#include <common/fdt_host.h>
#include <common/vm.h>
#include <lib/bits.h>

/* The host CPU that vCPU @id is like: its home, or the first one that its VM may use. */
static const struct host_cpu *like(const struct vm *vm, u32 id)
{
	const struct vcpu *v = vm->vcpu[id];
	u32 i;

	if (v && v->sched.home)
		return &host.cpu[v->sched.home->id];
	for (i = 0; i < host.nr_cpus; i++)
		if (vm->cfg.cpu_affinity & BIT(i % 64U))
			return &host.cpu[i];
	return NULL;
}

static u32 class_of(const struct vm *vm, u32 id)
{
	const struct vcpu *v = vm->vcpu[id];

	return v && v->sched.home ? v->sched.home->class : 0;
}

static bool unlike(const struct vm *vm)
{
	u32 i;

	for (i = 1; i < vm->nr_vcpus; i++)
		if (class_of(vm, i) != class_of(vm, 0))
			return true;
	return false;
}

/* That of the host CPU, to which copied nodes refer (cooling, PPI partitions), for the first vCPU that is like it. */
static u32 phandle_of(const struct vm *vm, u32 id)
{
	const struct host_cpu *h = like(vm, id);
	u32 i;

	for (i = 0; i < id; i++)
		if (like(vm, i) == h)
			break;
	return h && h->phandle && i == id ? h->phandle : GEN_PHANDLE_CPU + id;
}

/* A cluster for each kind, in the order in which they come. */
static void gen_map(struct fdt_gen *g)
{
	u32 cluster = 0, core, first, i;

	gen_begin(g, "cpu-map");
	for (first = 0; first < g->vm->nr_vcpus; first++) {
		for (i = 0; i < first && class_of(g->vm, i) != class_of(g->vm, first); i++)
			;
		if (i < first)
			continue;
		gen_begin(g, "cluster%u", cluster++);
		for (i = first, core = 0; i < g->vm->nr_vcpus; i++) {
			if (class_of(g->vm, i) != class_of(g->vm, first))
				continue;
			gen_begin(g, "core%u", core++);
			gen_u32(g, "cpu", phandle_of(g->vm, i));
			gen_end(g);
		}
		gen_end(g);
	}
	gen_end(g);
}

/* The host's tree refers to all of the host's CPUs, and to their caches. */
static void gen_others(struct fdt_gen *g)
{
	u32 i, k;

	for (k = 0; k < host.nr_cpus; k++) {
		for (i = 0; i < g->vm->nr_vcpus && like(g->vm, i) != &host.cpu[k]; i++)
			;
		if (i == g->vm->nr_vcpus)
			gen_absent_cpu(g, &host.cpu[k]);
	}
	gen_host_caches(g);
}

void gen_cpus(struct fdt_gen *g)
{
	bool differ = unlike(g->vm);
	u32 i;

	gen_begin(g, "cpus");
	gen_u32(g, "#address-cells", 1);
	gen_u32(g, "#size-cells", 0);
	for (i = 0; i < g->vm->nr_vcpus; i++) {
		const struct host_cpu *h = like(g->vm, i);
		u32 mpidr = (u32)vcpu_arch_mpidr(i);

		gen_begin(g, "cpu@%x", mpidr);
		gen_string(g, "device_type", "cpu");
		gen_string(g, "compatible", h ? h->compatible : "arm,armv8");
		gen_u32(g, "reg", mpidr);
		gen_string(g, "enable-method", "psci");
		if (differ && h && h->capacity)
			gen_u32(g, "capacity-dmips-mhz", h->capacity);
		gen_u32(g, "phandle", phandle_of(g->vm, i));
		if (h && gen_is_host_tree(g->vm))
			gen_host_cpu(g, h);
		gen_end(g);
	}
	if (gen_is_host_tree(g->vm))
		gen_others(g);
	if (differ)
		gen_map(g);
	gen_end(g);
}
