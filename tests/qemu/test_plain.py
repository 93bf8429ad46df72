# SPDX-License-Identifier: BSD-3-Clause
"""The test guests on QEMU's own machine, without Hazel: what they expect is what the architecture does."""
import pytest

from hazel import GUEST_DONE, SHORT_TIMEOUT, check_guest_output
from test_guests import GUESTS


# fwcall asks for what a hypervisor keeps from its guests.
@pytest.mark.parametrize("name", tuple(g for g in GUESTS if g != "fwcall") + ("flood",))
def test_guest_without_hazel(machine, guests, name):
    m = machine(kernel=guests / f"{name}.bin", append="plain", virtualization=False, mem="256M")
    m.expect(GUEST_DONE.pattern)
    assert m.wait_exit() == 0
    check_guest_output(m.console)


@pytest.mark.parametrize("smp", (2, pytest.param(4, marks=pytest.mark.whole_host)))
@pytest.mark.parametrize("name", ("cpuon", "sgi", "irouter", "wfi"))
def test_smp_guest_without_hazel(machine, guests, name, smp):
    m = machine(kernel=guests / f"{name}.bin", append="plain", virtualization=False, mem="256M", smp=smp)
    m.expect(GUEST_DONE.pattern, 3 * SHORT_TIMEOUT)
    assert m.wait_exit() == 0
    check_guest_output(m.console)
