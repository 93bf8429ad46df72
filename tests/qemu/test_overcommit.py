# SPDX-License-Identifier: BSD-3-Clause
"""More vCPUs than CPUs."""
import pytest

from hazel import BOOT_TIMEOUT

VMS = ("vma", "vmb", "vmc", "vmd")


@pytest.mark.slow
def test_four_linux_vms_on_two_cpus(machine, shipped_bundle):
    """Four VMs with two vCPUs each reach a shell, and each is alive after the others are."""
    m = machine(shipped_bundle("overcommit"), smp=2, mem="2G")
    m.expect_prompt(3 * BOOT_TIMEOUT)
    for name in VMS[1:]:
        m.focus(name)
        m.sync(3 * BOOT_TIMEOUT)
    m.focus("shell")
    for name in VMS:
        m.focus(name)
        m.sync()
        assert m.run("hostname") == name
        assert m.run("nproc") == "2"
    for name in VMS:
        m.focus(name)
        m.send("poweroff\r")
        m.expect(r"\[hv\] vm\d '%s': power off" % name, BOOT_TIMEOUT)
    assert m.wait_exit() == 0
