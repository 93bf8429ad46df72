/* SPDX-License-Identifier: BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "vgic_guest.h"

struct vm *vm;

void rest(void)
{
	assert_true(hw_rest());
}

void word(u32 base, u32 intid)
{
	if (intid < 32)
		gicr_write(hw_cur, 0x10000 + base, 4, BIT32(intid));
	else
		gicd_write(base + intid / 32 * 4, 4, BIT32(intid % 32));
	rest();
}

bool bit(u32 base, u32 intid)
{
	u64 v = intid < 32 ? gicr_read(hw_cur, 0x10000 + base, 4) : gicd_read(base + intid / 32 * 4, 4);

	rest();
	return (v >> (intid % 32)) & 1;
}

void prio(u32 intid, u8 p)
{
	gicd_write(0x400 + intid, 1, p);
	rest();
}

u32 ack(void)
{
	u32 x = icv_iar(true);

	rest();
	return x;
}

void eoi(u32 x)
{
	icv_eoi(true, x);
	rest();
}

void dir(u32 x)
{
	icv_dir(x);
	rest();
}

void line(u32 intid, bool level)
{
	if (intid == UART || intid == EDGE)
		hw_spi_line(intid, level);
	else
		assert_int_equal(vgic_inject(vm, intid, level), 0);
	rest();
}

void boot(u32 nr_vcpus, u32 nr_pcpus, u32 lrs, bool eoimode)
{
	u32 i, c;

	vm = hw_start(nr_vcpus, nr_pcpus, lrs, true);
	hw_spi[EDGE].edge = true;
	assert_int_equal(vgic_arch_assign(vm, UART, UART, false), 0);
	assert_int_equal(vgic_arch_assign(vm, EDGE, EDGE, true), 0);
	for (c = 0; c < nr_vcpus; c++)
		assert_int_equal(vgic_map_ppi(vm->vcpu[c], TIMER, TIMER), 0);
	for (c = 0; c < nr_pcpus; c++) {
		hw_cur = c;
		hw_load(vm->vcpu[c], 0);
		icv_set_vmcr(~UINT64_C(0),
			     FIELD_PREP(ICH_VMCR_VPMR, 0xf8) | ICH_VMCR_VENG1 | (eoimode ? ICH_VMCR_VEOIM : 0));
		gicr_write(c, 0x10080, 4, ~0U);
		for (i = 0; i < 32; i += 4)
			gicr_write(c, 0x10400 + i, 4, 0xa0a0a0a0);
	}
	hw_cur = 0;
	for (i = 1; i < 16; i++)
		gicd_write(0x80 + i * 4, 4, ~0U);
	for (i = 32; i < 512; i += 4)
		gicd_write(0x400 + i, 4, 0xa0a0a0a0);
	gicd_write(0, 4, 3);
	rest();
}

int down(void **state)
{
	(void)state;
	hw_stop();
	return 0;
}
