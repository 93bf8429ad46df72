/* SPDX-License-Identifier: BSD-3-Clause */
/* SOURCES: hypervisor/common/ptdev.c hypervisor/common/ptdev_rest.c hypervisor/common/host_ranges.c
 * hypervisor/common/ptdev_check.c hypervisor/common/fdt_host.c hypervisor/common/fdt_host_mem.c
 * hypervisor/common/fdt_host_gic.c hypervisor/common/fdt_host_console.c hypervisor/common/fdt_util.c
 * hypervisor/common/fdt_scan.c libfdt */
/* Pass-through: what is given, what is refused and why, and that everything comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "dts.h"
#include "stub_log.h"
#include "vm_mock.h"

#include <common/fdt_host.h>
#include <common/irq.h>
#include <common/ptdev.h>

#define NR_INTIDS 512U

/* One list of windows at a time. */
void *el2_alloc(u64 nr)
{
	return calloc(nr, 4096);
}

void el2_free(void *p, u64 nr)
{
	(void)nr;
	free(p);
}

void work_yield(void)
{
}

static struct vm a, b;
struct vm *vms[CONFIG_MAX_VMS] = { &a, &b };
u32 nr_vms = 2;
static struct vm_config_err err;
static void *fdt;
static const struct vm *owner[NR_INTIDS];
static bool el2_owns[NR_INTIDS];
static u32 connected[NR_INTIDS];
static int console_given;
static const struct vm *quiesced;

int irq_assign(u32 intid, struct vm *vm, u32 vintid, bool edge)
{
	(void)edge;
	assert_int_equal(intid, vintid);
	if (intid >= NR_INTIDS)
		return -EINVAL;
	if (owner[intid] || el2_owns[intid])
		return -EBUSY;
	owner[intid] = vm;
	return 0;
}

void irq_unassign(u32 intid)
{
	owner[intid] = NULL;
}

void irq_release(u32 intid)
{
	el2_owns[intid] = false;
}

struct vm *irq_owner_vm(u32 intid)
{
	return intid < NR_INTIDS ? (struct vm *)(uintptr_t)owner[intid] : NULL;
}

void irq_quiesce_vm(const struct vm *vm)
{
	quiesced = vm;
}

int vgic_arch_assign(struct vm *vm, u32 vintid, u32 pintid, bool edge)
{
	(void)vm;
	(void)edge;
	connected[vintid] = pintid;
	return 0;
}

static void hook(bool given)
{
	console_given += given ? 1 : -1;
	/* What the console's owner does with its transmit interrupt. */
	el2_owns[host.uart.intid] = !given;
}

static int setup_host(const char *dts)
{
	char text[128];

	memset(&a, 0, sizeof(a));
	memset(&b, 0, sizeof(b));
	strcpy(a.cfg.name, "a");
	strcpy(b.cfg.name, "b");
	b.id = 1;
	a.cfg.dma_unprotected = b.cfg.dma_unprotected = true;
	fdt = dts_compile(dts);
	assert_int_equal(fdt_host_init(fdt, DTS_MAX, &host, text, sizeof(text)), 0);
	el2_owns[host.uart.intid] = true;
	ptdev_console_hook = hook;
	return 0;
}

static int setup_virt(void **s)
{
	(void)s;
	return setup_host("virt.dts");
}

static int setup_rk(void **s)
{
	(void)s;
	return setup_host("rk3588.dts");
}

static int teardown(void **s)
{
	(void)s;
	ptdev_detach(&a);
	ptdev_detach(&b);
	assert_int_equal(mock_nr_maps, 0);
	assert_int_equal(console_given, 0);
	for (u32 i = 0; i < NR_INTIDS; i++) {
		assert_null(owner[i]);
		assert_int_equal(connected[i], 0);
	}
	el2_owns[host.uart.intid] = false;
	free(fdt);
	return 0;
}

static int attach(struct vm *vm, const char *d0, const char *d1)
{
	vm->cfg.nr_passthrough = d1 ? 2 : 1;
	strcpy(vm->cfg.passthrough[0], d0);
	if (d1)
		strcpy(vm->cfg.passthrough[1], d1);
	err.text[0] = 0;
	return ptdev_attach(vm, &err);
}

static void refused(struct vm *vm, const char *d0, const char *d1, int ret, const char *text)
{
	int got = attach(vm, d0, d1);

	if (got != ret || !strstr(err.text, text))
		fail_msg("got %d '%s', wanted %d '...%s...'", got, err.text, ret, text);
	for (u32 i = 0; i < NR_INTIDS; i++)
		assert_true(owner[i] != vm);
}

static void console(void **s)
{
	(void)s;
	assert_int_equal(attach(&a, "console", NULL), 0);
	assert_true(ptdev_owns_console(&a));
	assert_false(ptdev_owns_console(&b));
	assert_int_equal(console_given, 1);
	assert_ptr_equal(owner[33], &a);
	assert_int_equal(connected[33], 33);
	assert_int_equal(mock_find(&a, 0x9000000)->pa, 0x9000000);
	assert_int_equal(mock_find(&a, 0x9000000)->prot, S2_DEVICE);
	assert_int_equal(mock_find(&a, 0x9000000)->size, 0x1000);
	refused(&b, "/pl011@9000000", NULL, -EBUSY, "passthrough: /pl011@9000000: belongs to VM a");
	assert_int_equal(console_given, 1);
	ptdev_quiesce(&a);
	assert_ptr_equal(quiesced, &a);
	assert_ptr_equal(owner[33], &a);
	ptdev_detach(&a);
	assert_int_equal(console_given, 0);
	assert_true(el2_owns[33]);
	/* By its path it is the console too. */
	assert_int_equal(attach(&b, "/pl011@9000000", "/pl031@9010000"), 0);
	assert_true(ptdev_owns_console(&b));
	assert_ptr_equal(owner[34], &b);
}

static void not_given(void **s)
{
	(void)s;
	refused(&a, "/nothing@1", NULL, -ENOENT, "passthrough: /nothing@1: no such node");
	refused(&a, "", NULL, -ENOENT, "no such node");
	refused(&a, "/", NULL, -EPERM, "the whole machine");
	refused(&a, "/intc@8000000", NULL, -EPERM, "Hazel's own: the interrupt controller");
	refused(&a, "/intc@8000000/its@8080000", NULL, -EPERM, "Hazel's own: the interrupt controller");
	refused(&a, "/timer", NULL, -EPERM, "Hazel's own: the timer");
	refused(&a, "/psci", NULL, -EPERM, "Hazel's own: PSCI");
	refused(&a, "/memory@40000000", NULL, -EPERM, "Hazel's own: memory");
	refused(&a, "/cpus/cpu@0", NULL, -EPERM, "Hazel's own: the CPUs");
	refused(&a, "/chosen", NULL, -EPERM, "Hazel's own");
	refused(&a, "/platform-bus@c000000", NULL, -EINVAL, "is a bus");
	refused(&a, "/platform-bus@c000000/outside@3000000", NULL, -EINVAL, "reg entry 0 is malformed");
	refused(&a, "/apb-pclk", NULL, -EINVAL, "has no reg");
	refused(&a, "/dead@9050000", NULL, -EINVAL, "status");
	refused(&a, "console", "/pl011@9000000", -EINVAL, "is listed twice");
	refused(&a, "console", "/nothing", -ENOENT, "no such node"); /* the first one was taken back */
	assert_int_equal(console_given, 0);
	host.uart.reg.size = 0;
	refused(&a, "console", NULL, -ENOENT, "the host has no stdout-path UART");
}

/* virtio transports are 512 bytes apart. */
static void shared_page(void **s)
{
	(void)s;
	refused(&a, "/virtio_mmio@a000000", NULL, -EPERM,
		"page 0xa000000 also holds registers of /virtio_mmio@a000200, which this VM does not get");
	assert_int_equal(attach(&a, "/virtio_mmio@a000000", "/virtio_mmio@a000200"), 0);
	assert_int_equal(mock_nr_maps, 1);
	assert_ptr_equal(owner[48], &a);
	assert_ptr_equal(owner[49], &a);
}

/* The same registers, asked for as a device and as an address. */
static void device_and_direct_region(void **s)
{
	const struct mem_range rtc = { 0x9010000, 0x1000 }, half = { 0x900f000, 0x1001 }, none = { 0x9011000, 0x1000 };

	(void)s;
	assert_int_equal(attach(&a, "/pl031@9010000", NULL), 0);
	assert_ptr_equal(ptdev_other_owner(&b, &rtc), &a);
	assert_ptr_equal(ptdev_other_owner(&b, &half), &a);
	assert_null(ptdev_other_owner(&b, &none));
	assert_null(ptdev_other_owner(&a, &rtc));
	assert_true(ptdev_is_described(&half));
	assert_false(ptdev_is_described(&none));
	ptdev_detach(&a);
	assert_null(ptdev_other_owner(&b, &rtc));
	b.cfg.nr_mem = 2;
	b.cfg.mem[0] = (struct vm_mem_region){ 0x9010000, 0x200000, VM_MEM_RAM };
	b.cfg.mem[1] = (struct vm_mem_region){ 0x9000000, 0x11000, VM_MEM_DIRECT };
	refused(&a, "/pl031@9010000", NULL, -EBUSY,
		"passthrough: /pl031@9010000: reg 0x9010000 is in a direct memory region of VM b");
	b.state = VM_STOPPED;
	assert_int_equal(attach(&a, "/pl031@9010000", NULL), 0);
	ptdev_detach(&a);
	b.state = VM_RUNNING;
	b.cfg.mem[1].size = 0x10000;
	assert_int_equal(attach(&a, "/pl031@9010000", NULL), 0);
}

static void behind_a_bus(void **s)
{
	(void)s;
	assert_int_equal(attach(&a, "/platform-bus@c000000/behind@1000", NULL), 0);
	assert_int_equal(mock_find(&a, 0xc001000)->pa, 0xc001000);
	assert_ptr_equal(owner[32 + 112], &a);
}

static void bad_windows(void **s)
{
	(void)s;
	DTS_CELLS(fdt, "/pl031@9010000", "reg", 0, 0x40001000, 0, 0x1000);
	refused(&a, "/pl031@9010000", NULL, -EPERM, "reg 0x40001000 is in RAM");
	DTS_CELLS(fdt, "/pl031@9010000", "reg", 0, 0x8000000, 0, 0x1000);
	refused(&a, "/pl031@9010000", NULL, -EPERM, "registers of /intc@8000000");
	DTS_CELLS(fdt, "/pl031@9010000", "reg", 0, 0x9010800, 0, 0x1000);
	assert_int_equal(vm_arch_map(&a, 0x9011000, 0, 0x1000, S2_RAM), 0); /* the VM's memory */
	refused(&a, "/pl031@9010000", NULL, -EBUSY, "reg 0x9010000 + 0x2000: that address is taken in this VM");
	assert_int_equal(vm_arch_unmap(&a, 0x9011000, 0x1000), 0);
	a.io = (struct io_table){ .region = &(struct io_region){ .base = 0x9010000, .size = 0x10000 }, .nr = 1 };
	refused(&a, "/pl031@9010000", NULL, -EBUSY, "reg 0x9010000 + 0x2000: that address is taken in this VM");
	a.io.nr = 0;
	assert_int_equal(attach(&a, "/pl031@9010000", NULL), 0);
	assert_int_equal(mock_find(&a, 0x9011fff)->pa, 0x9010000); /* rounded out to pages */
}

static void bad_interrupts(void **s)
{
	(void)s;
	DTS_CELLS(fdt, "/pl031@9010000", "interrupts", 1, 9, 4);
	refused(&a, "/pl031@9010000", NULL, -EPERM, "interrupt 25 is private");
	DTS_CELLS(fdt, "/pl031@9010000", "interrupts", 0, 900, 4);
	refused(&a, "/pl031@9010000", NULL, -EINVAL, "interrupt 932: the GIC has no such line");
	DTS_CELLS(fdt, "/pl031@9010000", "interrupts", 7, 9, 4);
	refused(&a, "/pl031@9010000", NULL, -EINVAL, "interrupt entry 0 does not go to the GIC");
	DTS_CELLS(fdt, "/pl031@9010000", "interrupts", 0, 1, 4); /* the console's line, which Hazel uses */
	refused(&a, "/pl031@9010000", NULL, -EBUSY, "interrupt 33 belongs to Hazel");
	assert_int_equal(attach(&a, "console", "/pl031@9010000"), 0); /* one line, two devices of one VM */
	DTS_CELLS(fdt, "/platform-bus@c000000/behind@1000", "interrupts", 0, 1, 4);
	refused(&b, "/platform-bus@c000000/behind@1000", NULL, -EBUSY, "interrupt 33 belongs to VM a");
}

static void rk3588(void **s)
{
	(void)s;
	refused(&a, "/firmware/scmi", NULL, -EPERM, "Hazel's own: firmware");
	refused(&a, "/reserved-memory/optee@30000000", NULL, -EPERM, "Hazel's own: reserved memory");
	refused(&a, "/keys@fd8b0000", NULL, -EINVAL, "interrupt entry 0 does not go to the GIC");
	refused(&a, "/dma-controller@fea10000", NULL, -EINVAL, "interrupt entry 1 does not go to the GIC");
	assert_int_equal(attach(&a, "console", NULL), 0);
	assert_ptr_equal(owner[365], &a);
	assert_int_equal(ptdev_host_node(&a, 0), fdt_path_offset(fdt, "/serial@feb50000"));
	assert_int_equal(ptdev_host_node(&a, 1), -ENOENT);
	ptdev_detach(&a);
	assert_int_equal(attach(&a, "serial2", NULL), 0); /* an alias is a path as well */
	assert_true(ptdev_owns_console(&a));
}

/* Without dma-unprotected only what cannot write to memory is given. */
static void dma(void **s)
{
	(void)s;
	a.cfg.dma_unprotected = false;
	refused(&a, "/virtio_mmio@a000000", "/virtio_mmio@a000200", -EPERM,
		"passthrough: /virtio_mmio@a000000: may do DMA, and no IOMMU is in front of it: the VM has to say "
		"dma-unprotected");
	assert_int_equal(attach(&a, "console", "/pl031@9010000"), 0);
	assert_false(ptdev_may_dma(&(struct mem_range){ 0x9010000, 0x1000 }));
	assert_true(ptdev_may_dma(&(struct mem_range){ 0x9010000, UINT64_C(0x1000000) }));
	assert_true(ptdev_may_dma(&(struct mem_range){ 0x1000000, 0x1000 })); /* nobody knows what is there */
}

/* What is enabled, has registers, and is nobody else's. */
static void rest_of_virt(void **s)
{
	(void)s;
	assert_int_equal(attach(&b, "/pl031@9010000", NULL), 0);
	a.cfg.rest = true;
	a.io = (struct io_table){ .region = &(struct io_region){ .base = 0xc001000, .size = 0x1000 }, .nr = 1 };
	assert_int_equal(attach(&a, "/virtio_mmio@a000200", "/virtio_mmio@a000000"), 0);
	assert_null(mock_find(&a, 0x9000000)); /* Hazel's console */
	assert_null(mock_find(&a, 0x9010000)); /* b's clock */
	assert_null(mock_find(&a, 0x8000000)); /* the GIC, and in it the ITS */
	assert_null(mock_find(&a, 0x8080000));
	assert_null(mock_find(&a, 0x9050000));  /* disabled */
	assert_null(mock_find(&a, 0x40000000)); /* RAM */
	assert_null(mock_find(&a, 0xc001000));  /* emulated */
	assert_non_null(mock_find(&a, 0xa000000));
	assert_ptr_equal(owner[34], &b);
	assert_ptr_equal(ptdev_other_owner(&b, &(struct mem_range){ 0xa000000, 1 }), &a);
	b.cfg.rest = true;
	refused(&b, "console", NULL, -EBUSY, "passthrough: rest: belongs to VM a");
	ptdev_detach(&a);
	assert_null(mock_find(&a, 0xa000000));
	a.io.nr = 0;
}

static void rest_of_rk3588(void **s)
{
	(void)s;
	a.cfg.rest = true;
	assert_int_equal(attach(&a, "console", NULL), 0);
	assert_non_null(mock_find(&a, 0xfeb50000));
	assert_int_equal(mock_find(&a, 0xfd7c0000)->prot, S2_DEVICE);
	assert_int_equal(mock_find(&a, 0xfd81bfff)->pa + (0xfd81bfff - mock_find(&a, 0xfd81bfff)->ipa), 0xfd81bfff);
	assert_null(mock_find(&a, 0xfe600000));
	assert_null(mock_find(&a, 0xfe640000)); /* ITS */
	assert_null(mock_find(&a, 0xfe680000));
	assert_null(mock_find(&a, 0x10f000)); /* SCMI's page comes with SCMI */
	assert_true(ptdev_owns(&a, 0xfd7c0000, 0x5c000));
	assert_ptr_equal(owner[365], &a);
}

#define T(f) cmocka_unit_test_setup_teardown(f, setup_virt, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(console),
		T(not_given),
		T(shared_page),
		T(behind_a_bus),
		T(device_and_direct_region),
		T(bad_windows),
		T(bad_interrupts),
		T(dma),
		T(rest_of_virt),
		cmocka_unit_test_setup_teardown(rest_of_rk3588, setup_rk, teardown),
		cmocka_unit_test_setup_teardown(rk3588, setup_rk, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
