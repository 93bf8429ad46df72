/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The eight cores: four Cortex-A55 and four Cortex-A76, numbered in Aff1, and what boot firmware asks of their
 * registers. */
#include "qemu/osdep.h"

#include "exec/address-spaces.h"
#include "hw/qdev-properties.h"
#include "qapi/error.h"
#include "rk3588.h"

#include "target/arm/cpregs.h"

#define RMR_REQUEST (1u << 1)

/* Like the power-on reset, but a core that has executed this stays on. */
static void warm_reset(CPUState *cs, run_on_cpu_data data)
{
	cpu_reset(cs);
	cs->halted = 0;
	ARM_CPU(cs)->power_state = PSCI_ON;
}

static void rmr_write(CPUARMState *env, const ARMCPRegInfo *ri, uint64_t value)
{
	if (value & RMR_REQUEST) {
		async_run_on_cpu(env_cpu(env), warm_reset, RUN_ON_CPU_NULL);
	}
}

static uint64_t rmr_read(CPUARMState *env, const ARMCPRegInfo *ri)
{
	return 1; /* AArch64 */
}

static const ARMCPRegInfo rmr_el3 = {
	.name = "RMR_EL3",
	.state = ARM_CP_STATE_AA64,
	.opc0 = 3,
	.opc1 = 6,
	.crn = 12,
	.crm = 0,
	.opc2 = 2,
	.access = PL3_RW,
	.type = ARM_CP_OVERRIDE | ARM_CP_NO_RAW | ARM_CP_IO,
	.readfn = rmr_read,
	.writefn = rmr_write,
};

/* QEMU does not have it; BL31 clears it before it takes the power from a core. */
static const ARMCPRegInfo dbgprcr = {
	.name = "DBGPRCR_EL1",
	.state = ARM_CP_STATE_AA64,
	.opc0 = 2,
	.opc1 = 0,
	.crn = 1,
	.crm = 4,
	.opc2 = 4,
	.access = PL1_RW,
	.type = ARM_CP_CONST | ARM_CP_OVERRIDE,
};

/* CPUACTLR, CPUACTLR2, CPUACTLR3, CPUECTLR; CPUPWRCTLR; CLUSTERCFR to CLUSTERPWRSTAT: read as zero, writes ignored */
static const struct {
	uint8_t crm, opc2_first, opc2_last;
} impdef[] = { { 1, 0, 4 }, { 2, 7, 7 }, { 3, 0, 7 } };

static void define_registers(ARMCPU *cpu)
{
	for (int i = 0; i < ARRAY_SIZE(impdef); i++) {
		for (int opc2 = impdef[i].opc2_first; opc2 <= impdef[i].opc2_last; opc2++) {
			g_autofree char *name = g_strdup_printf("S3_0_C15_C%d_%d", impdef[i].crm, opc2);
			ARMCPRegInfo reg = {
				.name = name,
				.state = ARM_CP_STATE_AA64,
				.opc0 = 3,
				.opc1 = 0,
				.crn = 15,
				.crm = impdef[i].crm,
				.opc2 = opc2,
				.access = PL1_RW,
				.type = ARM_CP_CONST | ARM_CP_OVERRIDE,
			};

			define_one_arm_cp_reg(cpu, &reg);
		}
	}
	define_one_arm_cp_reg(cpu, &dbgprcr);
	if (arm_feature(&cpu->env, ARM_FEATURE_EL3)) {
		define_one_arm_cp_reg(cpu, &rmr_el3);
	}
}

static void create_cpu(Rk3588State *s, int i)
{
	int c = i / RK3588_CPUS_PER_CLUSTER;
	const char *type = c ? ARM_CPU_TYPE_NAME("cortex-a76") : ARM_CPU_TYPE_NAME("cortex-a55");
	Object *o;

	object_initialize_child(OBJECT(&s->cluster[c]), "cpu[*]", &s->cpu[i], type);
	o = OBJECT(&s->cpu[i]);
	object_property_set_int(o, "mp-affinity", i << ARM_AFF1_SHIFT, &error_abort);
	object_property_set_int(o, "cntfrq", RK3588_CNTFRQ, &error_abort);
	object_property_set_int(o, "rvbar", RK3588_RESET_VECTOR, &error_abort);
	object_property_set_bool(o, "has_el3", s->secure, &error_abort);
	object_property_set_bool(o, "has_el2", true, &error_abort);
	object_property_set_bool(o, "start-powered-off", i > 0, &error_abort);
	object_property_set_link(o, "memory", OBJECT(get_system_memory()), &error_abort);
}

void rk3588_create_cpus(Rk3588State *s)
{
	int n = MACHINE(s)->smp.cpus;

	for (int c = 0; c < DIV_ROUND_UP(n, RK3588_CPUS_PER_CLUSTER); c++) {
		object_initialize_child(OBJECT(s), c ? "big" : "little", &s->cluster[c], TYPE_CPU_CLUSTER);
		qdev_prop_set_uint32(DEVICE(&s->cluster[c]), "cluster-id", c);
	}
	for (int i = 0; i < n; i++) {
		create_cpu(s, i);
	}
	/*
	 * A CPU has to know its cluster when its thread starts, that is when it is realized: translated code is
	 * shared by the CPUs of a cluster, and has constants in it that differ between cores, such as CTR_EL0.
	 */
	for (int c = 0; c < DIV_ROUND_UP(n, RK3588_CPUS_PER_CLUSTER); c++) {
		qdev_realize(DEVICE(&s->cluster[c]), NULL, &error_fatal);
	}
	for (int i = 0; i < n; i++) {
		qdev_realize(DEVICE(&s->cpu[i]), NULL, &error_fatal);
		define_registers(&s->cpu[i]);
	}
}
