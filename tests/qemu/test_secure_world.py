# SPDX-License-Identifier: BSD-3-Clause
"""
A machine with EL3: the GIC has two Security states (GICD_CTLR.DS = 0) and shows EL2 the Non-secure view, as behind BL31
on a board. Priorities are shifted, groups are not Hazel's to change. A guest's own GIC has one Security state as ever.
"""
import re

import pytest

from bundle import Image, make_bundle
from hazel import GUEST_DONE, SHORT_TIMEOUT, check_guest_output, icount
from test_smp import guest_vm

TIMEOUT = 8 * SHORT_TIMEOUT


@pytest.mark.parametrize("name,props,cpus,append,extra", (
    ("smp", 'vcpus = <2>;', 2, "", ()),
    ("sgi", 'vcpus = <2>;', 2, "", ()),
    ("tick", 'vcpus = <4>; scheduler = "bvt";', 2, "hv.sched=storm", icount(3)),
    ("irq_hw", "", 1, "", ()),
    ("irq_lr", "", 1, "", ()),
    ("gicsweep", "", 1, "", ()),
    ("psci", "", 1, "", ()),
))
def test_guest(machine, guests, workdir, name, props, cpus, append, extra):
    args = "pings=1000 ticks=500"
    bundle = make_bundle(workdir, {name: Image(guests / f"{name}.bin")}, {"test": guest_vm(name, props, args)})
    m = machine(bundle, smp=cpus, mem="256M", append=f"{append} hv.audit=stop".strip(), machine="secure=on", extra=extra)
    m.expect(GUEST_DONE.pattern, TIMEOUT)
    m.expect(r"\[hv\] no VM left to run: powering the machine off")
    assert m.wait_exit() == 0
    check_guest_output(m.console)
    assert re.search(r"audit: .* no finding", m.console)


def test_linux(machine, linux_bundle):
    """The console by its transmit and receive interrupts, and two CPUs that kick each other."""
    m = machine(linux_bundle(), smp=2, machine="secure=on")
    m.expect_prompt()
    assert int(m.run("cat /proc/interrupts | grep -c .")) > 1
    m.send("poweroff\r")
    assert m.wait_exit() == 0
