/* SPDX-License-Identifier: BSD-3-Clause */
/* CPU_OFF of the only vCPU: the VM is over, the hypervisor is not. */
#include <test.h>

const bool want_mmu = false;

static void off(void)
{
	print("last words\n");
	hvc_call(PSCI_CPU_OFF, 0, 0, 0);
	EXPECT(false);
}

const struct test tests[] = { TEST(off), { 0 } };
