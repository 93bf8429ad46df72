# SPDX-License-Identifier: BSD-3-Clause
"""on-crash and on-reboot: what becomes of a VM that its watchdog ends or that reboots, and of its neighbour."""
import re

import pytest

from bundle import Image, make_bundle
from hazel import SHORT_TIMEOUT, icount
from test_smp import guest_vm

EXPIRED = r"\[hv\] [^\n]*vm0 'dog': watchdog expired"
FED = ("off_at_first", "fed", "first_signal")


def boot(machine, guests, workdir, guest, props, bootargs=""):
    """The VM in question, and one that wants the same CPU all the time."""
    vms = {"dog": guest_vm(guest, f'{props} scheduler = "bvt";', bootargs), "other": guest_vm("spin", 'scheduler = "bvt";')}
    images = {name: Image(guests / f"{name}.bin") for name in {guest, "spin"}}
    return machine(make_bundle(workdir, images, vms), smp=1, mem="256M", append="hv.audit=stop", extra=icount(3))


def hungry(m):
    """The guest found the watchdog as it should be, and feeds it no more."""
    m.expect("HUNGRY", 4 * SHORT_TIMEOUT)
    assert re.findall(r"TEST (\w+): (.*)", m.console)[-len(FED):] == [(name, "ok") for name in FED]


def other_goes_on(m):
    def ran():
        return int(re.search(r"stat vm1\.vcpu0 run=(\d+)", m.shell("stat other")).group(1))

    before = ran()
    m.quiet(0.3)
    assert ran() > before
    assert re.search(r"^1 +other +running +1 +16 +0 ", m.shell("vm list"), re.M)
    assert "no finding" in m.shell("audit", 2 * SHORT_TIMEOUT)


def test_crash_halt(machine, guests, workdir):
    """The default: the VM stops, says why, and can be started by hand."""
    m = boot(machine, guests, workdir, "wdt", "watchdog = <1>;", "ms=100")
    for _ in range(2):
        m.focus("dog")
        hungry(m)
        m.expect(EXPIRED + r"\r*\n")
        m.focus("shell")
        assert re.search(r"^0 +dog +stopped ", m.shell("vm list"), re.M)
        assert "last crash: watchdog expired" in m.shell("vm info dog")
        other_goes_on(m)
        m.send("vm start dog\r")
        m.expect("'dog': started")


def test_crash_restart(machine, guests, workdir):
    """At once, then after a wait that doubles, until it is stopped by hand."""
    m = boot(machine, guests, workdir, "wdt", 'watchdog = <1>; on-crash = "restart";', "ms=100")
    for n in range(1, 5):
        m.expect(EXPIRED + "; restarting it", 4 * SHORT_TIMEOUT)
        m.expect(rf"vm0 'dog': reset {n} done")
    m.focus("shell")
    m.send("vm stop dog\r")
    m.expect("vm0 'dog': stopped by the administrator")
    m.send("\r")
    m.expect("hazel> ")
    assert re.search(r"vm0 'dog': stopped, 1 vCPUs, [4-9] resets, [3-9] crashes in a row", m.shell("vm info dog"))
    other_goes_on(m)


@pytest.mark.parametrize("policy", ("halt", "shutdown"))
def test_reboot(machine, guests, workdir, policy):
    m = boot(machine, guests, workdir, "resetloop", f'on-reboot = "{policy}";')
    m.expect(r"\[hv\] vm0 'dog': reboot asked for, on-reboot says not to")
    if policy == "shutdown":
        m.expect(r"\[hv\] vm0 'dog': on-reboot says to shut the machine down")
        m.expect(r"\[hv\] powering the machine off")
        assert m.wait_exit() == 0
        assert "no VM left" not in m.console
        return
    m.focus("shell")
    assert re.search(r"^0 +dog +stopped ", m.shell("vm list"), re.M)
    other_goes_on(m)


def test_crash_shutdown(machine, guests, workdir):
    m = boot(machine, guests, workdir, "wdt", 'watchdog = <1>; on-crash = "shutdown";', "ms=100")
    hungry(m)
    m.expect(EXPIRED + r"\r*\n")
    m.expect(r"\[hv\] vm0 'dog': on-crash says to shut the machine down")
    m.expect(r"\[hv\] powering the machine off")
    assert m.wait_exit() == 0
    assert "no VM left" not in m.console
