/* SPDX-License-Identifier: BSD-3-Clause */
/* Client of the host's PSCI. */
#include <asm/psci.h>
#include <debug/logmsg.h>
#include <lib/errno.h>

#define PSCI_0_2 0x00002U /* major in bits 31:16 */

static enum psci_conduit conduit;
static u32 version;

s64 psci_call(u32 fn, u64 a1, u64 a2, u64 a3)
{
	struct smccc_regs r = { .a = { fn, a1, a2, a3 } };

	switch (conduit) {
	case PSCI_CONDUIT_SMC:
		smccc_smc(&r);
		break;
	case PSCI_CONDUIT_HVC:
		smccc_hvc(&r);
		break;
	case PSCI_CONDUIT_NONE:
		return PSCI_NOT_SUPPORTED;
	}
	return (s32)(u32)r.a[0];
}

int psci_init(enum psci_conduit c)
{
	s64 v;

	/* HVC from EL2 arrives at EL2, which is us. */
	if (c == PSCI_CONDUIT_HVC)
		pr_err("/psci: method is \"hvc\", which cannot leave EL2; it has to be \"smc\"");
	if (c != PSCI_CONDUIT_SMC)
		return -ENODEV;
	conduit = c;
	v = psci_call(PSCI_0_2_VERSION, 0, 0, 0);
	if (v < PSCI_0_2) {
		conduit = PSCI_CONDUIT_NONE;
		return -ENODEV;
	}
	version = (u32)v;
	return 0;
}

u32 psci_version(void)
{
	return version;
}

void psci_system_off(void)
{
	(void)psci_call(PSCI_0_2_SYSTEM_OFF, 0, 0, 0);
}

void psci_system_reset(void)
{
	(void)psci_call(PSCI_0_2_SYSTEM_RESET, 0, 0, 0);
}
