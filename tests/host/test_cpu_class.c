/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/cpu_class.c hypervisor/lib/printf.c */
/* Kinds of CPUs: by MIDR and device tree, their order, and cpu-affinity in words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <common/cpu_class.h>
#include <common/fdt_host.h>
#include <lib/errno.h>

#define A55 "arm,cortex-a55"
#define A76 "arm,cortex-a76"
#define X1 "arm,cortex-x1"
#define MIDR_A55 UINT64_C(0x412fd050)
#define MIDR_A76 UINT64_C(0x414fd0b1)
#define MIDR_X1 UINT64_C(0x411fd440)

struct host_info host;
struct pcpu pcpus[CONFIG_MAX_PCPUS];
static char text[256];

struct pcpu *mock_this_pcpu(void)
{
	return &pcpus[0];
}

static void add(const char *compatible, u64 midr, u32 capacity)
{
	u32 i = host.nr_cpus++;

	strcpy(host.cpu[i].compatible, compatible);
	host.cpu[i].capacity = capacity;
	pcpus[i].id = i;
	pcpus[i].online = midr != 0;
	pcpus[i].features.midr = midr;
}

static int setup(void **state)
{
	(void)state;
	memset(&host, 0, sizeof(host));
	memset(pcpus, 0, sizeof(pcpus));
	return 0;
}

static void rk3588(bool capacities)
{
	u32 i;

	for (i = 0; i < 4; i++)
		add(A55, MIDR_A55, capacities ? 530 : 0);
	for (i = 0; i < 4; i++)
		add(A76, MIDR_A76, capacities ? 1024 : 0);
}

static void test_rk3588(void **state)
{
	u32 i;

	(void)state;
	rk3588(true);
	cpu_class_init();
	assert_int_equal(cpu_class_count(), 2);
	for (i = 0; i < 8; i++)
		assert_int_equal(pcpus[i].class, i / 4);
	assert_int_equal(cpu_class_mask(0), 0x0f);
	assert_int_equal(cpu_class_mask(1), 0xf0);
	assert_string_equal(cpu_class_name(0), "little");
	assert_string_equal(cpu_class_name(1), "big");
	assert_string_equal(cpu_class_text(text, sizeof(text)),
			    "4 x arm,cortex-a55 (CPU 0 to 3), 4 x arm,cortex-a76 (CPU 4 to 7)");
}

/* Without capacities the number of the part decides; the order in the device tree does not. */
static void test_order(void **state)
{
	(void)state;
	add(A76, MIDR_A76, 0);
	add(A55, MIDR_A55, 0);
	add(X1, MIDR_X1, 0);
	add(A55, MIDR_A55, 0);
	cpu_class_init();
	assert_int_equal(cpu_class_count(), 3);
	assert_int_equal(pcpus[0].class, 1);
	assert_int_equal(pcpus[1].class, 0);
	assert_int_equal(pcpus[2].class, 2);
	assert_int_equal(pcpus[3].class, 0);
	assert_string_equal(cpu_class_name(1), "");
	assert_string_equal(cpu_class_text(text, sizeof(text)),
			    "2 x arm,cortex-a55 (CPU 1, 3), 1 x arm,cortex-a76 (CPU 0), 1 x arm,cortex-x1 (CPU 2)");
	/* With them, they do; where one has none, they do not. */
	host.cpu[0].capacity = 2000;
	host.cpu[1].capacity = host.cpu[3].capacity = 500;
	cpu_class_init();
	assert_int_equal(pcpus[0].class, 1);
	host.cpu[2].capacity = 1500;
	cpu_class_init();
	assert_int_equal(pcpus[0].class, 2);
	assert_int_equal(pcpus[2].class, 1);
}

/* Steppings are one kind, other implementers' parts with the same number another. */
static void test_midr(void **state)
{
	(void)state;
	add(A76, MIDR_A76, 0);
	add(A76, UINT64_C(0x413fd0b0), 0);
	cpu_class_init();
	assert_int_equal(cpu_class_count(), 1);
	assert_string_equal(cpu_class_name(0), "");
	add(A76, UINT64_C(0x514fd0b1), 0);
	cpu_class_init();
	assert_int_equal(cpu_class_count(), 2);
	/* The CPUs themselves know better than a device tree that calls all of them the same. */
	setup(NULL);
	add("arm,armv8", MIDR_A55, 0);
	add("arm,armv8", MIDR_A76, 0);
	cpu_class_init();
	assert_int_equal(cpu_class_count(), 2);
	assert_int_equal(pcpus[1].class, 1);
}

/* What is off is like those that are described in the same way, wherever it is in the list. */
static void test_off(void **state)
{
	u32 i;

	(void)state;
	rk3588(true);
	pcpus[0].features.midr = pcpus[2].features.midr = pcpus[7].features.midr = 0;
	cpu_class_init();
	assert_int_equal(cpu_class_count(), 2);
	for (i = 0; i < 8; i++)
		assert_int_equal(pcpus[i].class, i / 4);
	for (i = 4; i < 8; i++)
		pcpus[i].features.midr = 0;
	cpu_class_init();
	assert_int_equal(cpu_class_count(), 2);
	for (i = 0; i < 8; i++)
		assert_int_equal(pcpus[i].class, i / 4);
	/* Described in two ways, and yet one kind: one that is off goes with both. */
	strcpy(host.cpu[4].compatible, "arm,armv8");
	pcpus[4].features.midr = pcpus[5].features.midr = MIDR_A76;
	cpu_class_init();
	assert_int_equal(cpu_class_count(), 2);
	assert_int_equal(pcpus[6].class, 1);
	strcpy(host.cpu[4].compatible, A76);
	pcpus[5].features.midr = 0;
	/* One comes up and is something else. */
	pcpus[4].features.midr = MIDR_A76;
	assert_true(cpu_class_fits(&pcpus[4]));
	pcpus[5].features.midr = UINT64_C(0x413fd0b0);
	assert_true(cpu_class_fits(&pcpus[5]));
	pcpus[5].features.midr = MIDR_A55;
	assert_false(cpu_class_fits(&pcpus[5]));
	pcpus[5].features.midr = 0;
	pcpus[2].features.midr = MIDR_A76;
	assert_false(cpu_class_fits(&pcpus[2]));
}

static int resolve(u32 class, u64 *affinity, struct vm_config_err *err)
{
	struct vm_config cfg = { .cpu_class = class, .cpu_affinity = 0x5 };
	int r = cpu_class_resolve(&cfg, err);

	*affinity = cfg.cpu_affinity;
	return r;
}

static void test_words(void **state)
{
	struct vm_config_err err = { "" };
	u64 a;

	(void)state;
	rk3588(true);
	cpu_class_init();
	assert_int_equal(resolve(0, &a, &err), 0);
	assert_int_equal(a, 0x5);
	assert_int_equal(resolve(VM_CPU_LITTLE, &a, &err), 0);
	assert_int_equal(a, 0x0f);
	assert_int_equal(resolve(VM_CPU_BIG, &a, &err), 0);
	assert_int_equal(a, 0xf0);
	assert_int_equal(resolve(VM_CPU_LITTLE | VM_CPU_BIG, &a, &err), 0);
	assert_int_equal(a, 0xff);
	/* Those between have numbers only. */
	add(X1, MIDR_X1, 2000);
	cpu_class_init();
	assert_int_equal(resolve(VM_CPU_LITTLE | VM_CPU_BIG, &a, &err), 0);
	assert_int_equal(a, 0x10f);
	setup(NULL);
	add(A76, MIDR_A76, 0);
	add(A76, MIDR_A76, 0);
	cpu_class_init();
	assert_int_equal(resolve(VM_CPU_BIG, &a, &err), -EINVAL);
	assert_string_equal(err.text,
			    "cpu-affinity: \"big\": this machine has one kind of CPU: "
			    "2 x arm,cortex-a76 (CPU 0 to 1)");
	assert_int_equal(resolve(VM_CPU_LITTLE, &a, &err), -EINVAL);
	assert_non_null(strstr(err.text, "\"little\": "));
	assert_int_equal(a, 0x5);
}

/* A machine with more kinds than a line has room for: cut, not overrun. */
static void test_long_text(void **state)
{
	char small[40];
	u32 i;

	(void)state;
	for (i = 0; i < CONFIG_MAX_PCPUS; i++)
		add("vendor,a-core-with-quite-a-long-name-0123456789", UINT64_C(0x41000000) | (u64)i << 4, 0);
	cpu_class_init();
	assert_int_equal(cpu_class_count(), CONFIG_MAX_PCPUS);
	assert_int_equal(strlen(cpu_class_text(small, sizeof(small))), sizeof(small) - 1);
}

#define T(t) cmocka_unit_test_setup(t, setup)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_rk3588), T(test_order), T(test_midr), T(test_off), T(test_words), T(test_long_text),
	};

	return cmocka_run_group_tests_name("cpu_class", tests, NULL, NULL);
}
