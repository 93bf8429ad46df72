/* SPDX-License-Identifier: BSD-3-Clause */
/* The watchdog in a generated DTB: Linux' binding arm,sbsa-gwdt, control frame first. */
#include <common/fdt_gen.h>
#include <common/vm.h>
#include <common/vm_platform.h>
#include <libfdt.h>

void gen_watchdog(struct fdt_gen *g)
{
	const u64 reg[] = { vm_emul_ipa(g->vm, VWDT_CONTROL_IPA), VWDT_FRAME_SIZE, vm_emul_ipa(g->vm, VWDT_REFRESH_IPA),
			    VWDT_FRAME_SIZE };

	if (!g->vm->cfg.watchdog)
		return;
	gen_begin(g, "watchdog@%llx", (unsigned long long)reg[0]);
	gen_string(g, "compatible", "arm,sbsa-gwdt");
	gen_reg(g, "reg", reg, 2);
	gen_irq(g, VWDT_INTID, false);
	gen_end(g);
}
