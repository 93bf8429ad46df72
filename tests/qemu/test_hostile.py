# SPDX-License-Identifier: BSD-3-Clause
"""A VM that does its worst beside one that behaves: the latter loses no tick, and Hazel's own output stays small."""
import re
import time

import pytest

from bundle import Image, make_bundle
from hazel import GUEST_DONE, SHORT_TIMEOUT, check_guest_output
from test_smp import guest_vm, run_one

WINDOW = 'shared-memory = "chan"; shared-memory-ipa = <0 0x50000000>;'
REGION = """
    shared-memory {
        compatible = "hazel,shared-memory-v1";
        chan { size = <0x1000>; };
    };
"""
# Hazel reports at most ten lines a second that a guest causes; two more for each reset; and there are some that none causes.
HV_LINES_A_SECOND = 10
RESET_LINE = re.compile(r"reset \d+ done|started, entry")
HV_LINES_OTHER = 100
VMS = 2


def neighbours(machine, guests, workdir, name, cpus, vcpus, **vm):
    """"bad" runs the guest, "good" counts its ticks to the end."""
    extra = REGION if name == "bell" else ""
    window = WINDOW if extra else ""
    sched = f'scheduler = "bvt"; vcpus = <{vcpus}>; {window}'
    vms = {"bad": guest_vm(name, sched + vm.pop("props", ""), vm.pop("bootargs", "")),
           "good": guest_vm("tick", sched, "ticks=4000")}
    images = {n: Image(guests / f"{n}.bin") for n in (name, "tick")}
    return machine(make_bundle(workdir, images, vms, extra=extra), smp=cpus, mem="256M", **vm)


def few_lines(m):
    """Has Hazel kept to its limit for as long as it has been running?"""
    lines = [line for line in m.hv_lines() if not RESET_LINE.search(line)]
    return len(lines) < HV_LINES_OTHER + VMS * HV_LINES_A_SECOND * (time.monotonic() - m.started)


def good_one_finishes(m):
    m.focus("good")
    m.expect(GUEST_DONE.pattern, 6 * SHORT_TIMEOUT)
    check_guest_output(m.console)
    m.expect(r"\[hv\] vm1 'good': power off")
    assert few_lines(m)


@pytest.mark.parametrize("cpus", (1, 2))
@pytest.mark.parametrize("name", ("masked", "gicoff", "bell", "spin", "psciflood"))
def test_neighbour(machine, guests, workdir, name, cpus):
    m = neighbours(machine, guests, workdir, name, cpus, 2, bootargs="rounds=0")
    m.expect(f"{name.upper()} 2")
    good_one_finishes(m)
    m.focus("shell")
    assert re.search(r"bad\s+running", m.shell("vm list"))
    # However it is, it can be stopped.
    m.send("vm stop bad\r")
    m.expect(r"\[hv\] vm0 'bad': stopped by the administrator")
    assert re.search(r"bad\s+stopped", m.shell("vm list"))


@pytest.mark.parametrize("cpus", (1, 2))
def test_neighbour_that_resets(machine, guests, workdir, cpus):
    m = neighbours(machine, guests, workdir, "resetloop", cpus, 1, props='on-reboot = "restart";')
    m.expect(r"\[hv\] vm0 'bad': reset 1 done")
    good_one_finishes(m)
    resets = [int(n) for n in re.findall(r"vm0 'bad': reset (\d+) done", m.console)]
    assert resets[-1] > 3


@pytest.mark.parametrize("vcpus,cpus,scheduler", ((2, 2, "noop"), (4, 2, "bvt")))
def test_psci_flood_ends(machine, guests, workdir, vcpus, cpus, scheduler):
    """After random calls none is started that should not be, and calls still work."""
    m = run_one(machine, guests, workdir, "psciflood", f'vcpus = <{vcpus}>; scheduler = "{scheduler}";', cpus,
                bootargs="rounds=10000", timeout=4 * SHORT_TIMEOUT)
    assert few_lines(m)
