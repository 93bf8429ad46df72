/* SPDX-License-Identifier: BSD-3-Clause */
/* The ends of the machine: park, power off, reset. */
#include <asm/barrier.h>
#include <asm/cpu.h>
#include <asm/gicv3.h>
#include <asm/psci.h>
#include <debug/console.h>
#include <debug/crash.h>
#include <debug/logmsg.h>

__noreturn void machine_park(void)
{
	log_printf(LOG_CRASH, "parked");
	console_flush();
	__asm__ volatile("msr daifset, #0xf" ::: "memory");
	gicv3_cpu_off();
	for (;;)
		wfi();
}

__noreturn void machine_power_off(void)
{
	console_flush();
	psci_system_off();
	pr_err("firmware refused PSCI SYSTEM_OFF");
	machine_park();
}

__noreturn void machine_reset(void)
{
	console_flush();
	psci_system_reset();
	pr_err("firmware refused PSCI SYSTEM_RESET");
	machine_park();
}
