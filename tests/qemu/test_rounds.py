# SPDX-License-Identifier: BSD-3-Clause
"""Stop, start and reset 200 times, most of them in the middle of a boot: no page is lost, and nobody has another's."""
import random
import re

import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import GUEST_DONE, SHORT_TIMEOUT, check_guest_output
from test_smp import guest_vm

ROUNDS = 200
LINUX_MIB = 96
TICKS = 20000  # they end before the rounds do
SHARED = 'vcpus = <1>; scheduler = "bvt";'


def state(m, vm):
    return re.search(rf"^\d+\s+{vm}\s+(\S+)", m.shell("vm list"), re.M).group(1)


def reach(m, vm, wanted):
    """Ask until the VM is in one of these states."""
    for _ in range(600):
        s = state(m, vm)
        if s in wanted:
            return
        m.quiet(0.1)
    raise AssertionError(f"{vm} is {s}, not {wanted}")


def clean(m):
    out = m.shell("audit", 3 * SHORT_TIMEOUT)
    assert "no finding" in out, out


def counts(m):
    """What is free, in the pool of guests and in EL2's."""
    return re.findall(r"(\w+)\s+(\d+) of \d+ pages free", m.shell("mem"))


@pytest.mark.slow
def test_stop_and_reset_in_the_middle_of_a_boot(machine, guests, workdir, kernel):
    """Linux is stopped and reset while it is loaded and while it boots. On the other CPU a guest counts its timer's interrupts,
    and one spins and keeps the machine on when the first has ended."""
    images = {"kernel": Image(kernel("standard") / "Image"),
              "ramdisk": Image(kernel("standard") / "initrd.gz", type="ramdisk"), "tick": Image(guests / "tick.bin"),
              "spin": Image(guests / "spin.bin")}
    vms = {"linux": Vm(kernel="kernel", ramdisk="ramdisk", passthrough=(), memory=((RAM_BASE, LINUX_MIB * MIB),),
                       bootargs="console=ttyAMA0", props="vcpus = <1>; autostart = <0>;"),
           "tick": guest_vm("tick", SHARED, f"ticks={TICKS}"), "spin": guest_vm("spin", SHARED)}
    m = machine(make_bundle(workdir, images, vms), smp=2, mem="512M")
    m.expect("'tick': started")
    m.focus("shell")
    m.shell("log level 2")
    m.shell("vm start linux")
    m.shell("vm stop linux")
    reach(m, "linux", ("stopped",))
    free, ticking = counts(m), True
    when = random.Random(1)
    for i in range(ROUNDS):
        m.shell("vm start linux")
        if i % 8 == 0:
            reach(m, "linux", ("running",))
        m.quiet(when.uniform(0, 0.3))
        if i % 2 == 0:
            m.shell("vm reset linux")
            m.quiet(when.uniform(0, 0.2))
        m.shell("vm stop linux")
        reach(m, "linux", ("stopped",))
        if not ticking or state(m, "tick") == "running":
            assert counts(m) == free, f"round {i}"
        else:
            # Its memory is free from here on; before, it may still be wiped.
            reach(m, "tick", ("stopped",))
            ticking, before = False, dict(free)
            free = counts(m)
            assert int(dict(free)["host"]) - int(before["host"]) == 16 * MIB // 4096
        clean(m)
    assert not ticking
    m.shell("vm start linux")
    m.focus("tick")
    m.expect(GUEST_DONE.pattern)
    check_guest_output(m.console)
    m.focus("linux")
    m.expect_prompt()
