/* SPDX-License-Identifier: BSD-3-Clause */
/* The boot CPU from head.S to the first guest, in order. */
#include <asm/cpu.h>
#include <asm/gicv3.h>
#include <asm/guest/guest.h>
#include <asm/init.h>
#include <asm/mmu.h>
#include <asm/probe.h>
#include <asm/psci.h>
#include <asm/sysreg.h>
#include <asm/timer.h>
#include <asm/vgic/vgic.h>
#include <boards/board.h>
#include <common/audit.h>
#include <common/fdt_host.h>
#include <common/hv_main.h>
#include <common/irq.h>
#include <common/page_alloc.h>
#include <common/ptdev.h>
#include <common/rng.h>
#include <common/schedule.h>
#include <common/vm.h>
#include <debug/console.h>
#include <debug/crash.h>
#include <debug/log_ring.h>
#include <debug/logmsg.h>
#include <debug/mux.h>
#include <debug/shell.h>
#include <dm/dm.h>
#include <lib/bits.h>
#include <lib/errno.h>
#include <lib/stack_protector.h>
#include <lib/string.h>

#define CURRENT_EL2 0x8U
#define FDT_MAGIC_LE 0xedfe0dd0U /* as the little-endian CPU reads it */
#define ARG_MAX 16U

/* The console when the device tree names none: CONFIG_EARLY_UART_BASE, 0 for none. */
static const struct host_uart early_uart = {
	.reg = { CONFIG_EARLY_UART_BASE, PAGE_SIZE },
	.reg_shift = CONFIG_EARLY_UART_REG_SHIFT,
	.reg_io_width = 4,
	.compatible = CONFIG_EARLY_UART_COMPATIBLE,
};

__noreturn static void boot_fail(const char *what)
{
	pr_err("%s", what);
	machine_park();
}

/* Bytes of the device tree that may be read: 0 when @fdt is none at all. Reads two words, MMU on or off. */
static u64 fdt_readable(paddr_t fdt)
{
	const u32 *w = (const u32 *)fdt;
	u64 size;

	if (fdt == 0 || !IS_ALIGNED(fdt, 8) || w[0] != FDT_MAGIC_LE)
		return 0;
	size = __builtin_bswap32(w[1]);
	if (size < 40 || size > HOST_FDT_MAX)
		return 0;
	/* Overwritten by, or inside, the image: not a tree any more. */
	if (fdt < (paddr_t)__image_end && fdt + size > (paddr_t)__image_start)
		return 0;
	return size;
}

/* Every UART's registers are in its first page, whatever size the device tree gives it. */
static int map_uart(const struct host_uart *uart)
{
	return mmu_map_device(uart->reg.base, MIN(uart->reg.size, PAGE_SIZE));
}

/* Is there a UART at all where the device tree says? EL1, which has not mapped it, finds out by using it. */
static bool uart_usable(const struct host_uart *uart, bool mmu_on)
{
	paddr_t reg = console_status_reg(uart);

	return reg && (!mmu_on || (!map_uart(uart) && !mmio_probe(reg, uart->reg_io_width)));
}

static void start_console(const void *fdt, u64 fdt_size, bool mmu_on)
{
	struct host_uart uart;
	bool named = fdt_size && !fdt_host_console(fdt, fdt_size, &uart);

	if (!named || !uart_usable(&uart, mmu_on)) {
		/* Built for one board and run on another, whose RAM is there: somebody's memory. A tree whose console
		 * does not answer is not believed. */
		if (!named && fdt_size && fdt_host_is_ram(fdt, fdt_size, early_uart.reg.base))
			return;
		uart = early_uart;
		if (!uart.reg.base || !uart_usable(&uart, mmu_on))
			return;
	}
	/* Without a driver there is nobody to tell; the lines stay in the log ring. */
	(void)!console_init(&uart);
}

static void apply_options(bool *bhb_off)
{
	char arg[ARG_MAX];

	log_set_level(CONFIG_LOG_LEVEL);
	if (!bootargs_get(host.bootargs, "hv.loglevel", arg, sizeof(arg))) {
		if (arg[0] >= '1' && arg[0] <= '4' && arg[1] == '\0')
			log_set_level((u32)(arg[0] - '0'));
		else
			pr_warn("hv.loglevel=%s: not 1 (errors) to 4 (debug); %d stays", arg, CONFIG_LOG_LEVEL);
	}
	if (!bootargs_get(host.bootargs, "hv.sched", arg, sizeof(arg))) {
		if (strcmp(arg, "storm") == 0)
			sched_set_storm();
		else
			pr_warn("hv.sched=%s: not 'storm'", arg);
	}
	if (!bootargs_get(host.bootargs, "hv.audit", arg, sizeof(arg))) {
		if (strcmp(arg, "stop") == 0)
			audit_set_after_stop();
		else
			pr_warn("hv.audit=%s: not 'stop'", arg);
	}
	*bhb_off = false;
	if (!bootargs_get(host.bootargs, "hv.bhb", arg, sizeof(arg))) {
		*bhb_off = strcmp(arg, "off") == 0;
		if (!*bhb_off && strcmp(arg, "auto") != 0)
			pr_warn("hv.bhb=%s: not 'off' or 'auto'; auto stays", arg);
	}
}

static void console_hook(bool given)
{
	if (given) {
		mux_hide();
		console_give_away();
	} else {
		console_take_back();
	}
}

static void leave(struct pcpu *p)
{
	p->online = false;
	p->leave = false;
	pr_info("CPU %u: powered off", p->id);
	cpu_stop_self();
}

__noreturn static void no_vm_left(bool clean)
{
	if (!clean) {
		pr_err("no VM left to run, and not all of them ended by themselves");
		machine_park();
	}
	pr_info("%spowering the machine off", vms_running() ? "" : "no VM left to run: ");
	machine_power_off();
}

static void init_interrupts(void)
{
	const char *what;
	int r = gicv3_init(&host.gic);

	if (r == -EIO)
		machine_park();
	if (r)
		boot_fail("GIC: no usable GICv3 distributor (on QEMU: gic-version=3)");
	if (gicv3_cpu_init(this_pcpu()))
		boot_fail("GIC: this CPU has no redistributor or no system-register interface");
	if (timer_init(host.timer_intid[TIMER_HYP_PHYS]))
		boot_fail("timer: CNTFRQ_EL0 is 0, or the EL2 timer interrupt is taken");
	what = cpu_take_interrupts();
	if (what)
		boot_fail(what);
	log_ring_share();
	if (console_irq_init())
		pr_warn("console: no transmit interrupt; output is polled");
}

/* The first VM, or the shell when all of them wait to be started there. */
static void start_console_users(void)
{
	if (vms_running()) {
		mux_start();
	} else if (console_shows_users()) {
		mux_focus_shell();
	} else {
		pr_err("all VMs wait to be started, and there is no shell: a VM has the console, or it has no "
		       "interrupt");
		machine_park();
	}
}

/* Everything after the first line. Runs with the final stack protector seed; never returns. */
__noreturn static __noinline void boot_rest(const void *fdt, u64 fdt_size)
{
	u64 first_line = read_sysreg(cntpct_el0);
	char err[128];
	bool bhb_off;
	u32 up;

	if (!fdt_size)
		boot_fail("device tree: x0 does not point to one (a flattened device tree of at most 2 MiB, 8-byte "
			  "aligned)");
	host.board = board_find(fdt);
	if (fdt_host_init(fdt, fdt_size, &host, err, sizeof(err))) {
		pr_err("device tree: %s", err);
		machine_park();
	}
	/* The same UART, now with its interrupt. */
	if (host.uart.reg.size && (!uart_usable(&host.uart, true) || console_init(&host.uart)))
		pr_warn("console: no driver for %s (%s), or nothing answers at 0x%llx", host.uart.path,
			host.uart.compatible, (unsigned long long)host.uart.reg.base);
	apply_options(&bhb_off);
	pr_debug("first line at tick %llu of %llu Hz", (unsigned long long)first_line,
		 (unsigned long long)read_sysreg(cntfrq_el0));
	if (!init_memory_check())
		machine_park();
	rng_init();
	if (init_memory())
		boot_fail("memory: no room for Hazel's own memory besides image, bundle and device tree");
	if (psci_init(host.psci))
		boot_fail("PSCI: firmware does not answer PSCI_VERSION");
	if (cpu_init_boot(bhb_off))
		boot_fail("cpus: the device tree does not list the CPU that booted");
	sched_init(this_pcpu());
	init_interrupts();
	ptdev_console_hook = console_hook;
	vm_dm_ops = &dm_ops;
	hv_hooks = (struct hv_hooks){ .idle = console_poll, .leave = leave, .no_vm_left = no_vm_left };
	shell_init();
	up = start_secondaries();
	pr_info("%u CPU%s, %llu MiB of RAM free for guests, bundle of %llu kB", up, up == 1 ? "" : "s",
		(unsigned long long)(host_pool.nr_free >> (20 - PAGE_SHIFT)),
		(unsigned long long)(host.initrd.size >> 10));
	if (host.nr_cpus_left_out)
		pr_warn("%u CPUs of the device tree are left out: CONFIG_MAX_PCPUS is %u", host.nr_cpus_left_out,
			CONFIG_MAX_PCPUS);
	if (hv_boot_vms() == 0)
		machine_park();
	start_console_users();
	hv_run(this_pcpu());
}

__noreturn __no_stack_protector void early_main(paddr_t fdt, u64 current_el)
{
	u64 fdt_size = fdt_readable(fdt);

	if (current_el != CURRENT_EL2) {
		start_console((const void *)fdt, fdt_size, false);
		pr_err("entered with CurrentEL=0x%llx: Hazel needs EL2 (0x8); on QEMU add -M virtualization=on",
		       (unsigned long long)current_el);
		machine_park();
	}
	cpu_early_init();
	mmu_early_init(fdt, fdt_size);
	stack_protector_init(read_sysreg(cntpct_el0) ^ (fdt << 20));
	start_console((const void *)fdt, fdt_size, true);
	pr_info("Hello from EL2 on %s, CurrentEL=0x%llx",
		fdt_size ? board_find((const void *)fdt)->name : "unknown board", (unsigned long long)current_el);
	boot_rest((const void *)fdt, fdt_size);
}
