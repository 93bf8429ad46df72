# SPDX-License-Identifier: BSD-3-Clause
"""Hazel on the machine model of the RK3588, with device trees of real boards (acceptance C1, C3)."""
import re

import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import BOOT_TIMEOUT, GUEST_DONE, SCALE, check_guest_output
from rk3588 import ROCK_5B, bl31

BANNER = r"\[hv\] Hello from EL2 on rk3588, CurrentEL=0x8"
TRUSTED = r"\[hv\] warning: vm0 'linux' is trusted \(dma-unprotected\)"
# Cortex-A55 and Cortex-A76, as MIDR_EL1 says.
A55, A76 = "0xd05", "0xd0b"
# Makers and shapes differ: two SoC variants, evaluation, single-board, module and router boards.
BOARDS = ("rk3588-evb1-v10", "rk3588-orangepi-5-plus", "rk3588-nanopc-t6", "rk3588-quartzpro64", "rk3588s-orangepi-5",
          "rk3588s-khadas-edge2")
RESETS = 100


def firmware(how):
    """secure=off; on, with QEMU's PSCI; the real BL31."""
    return {"off": {}, "on": {"secure": True}, "bl31": {"secure": True, "bl31_file": bl31() if how == "bl31" else None}}[how]


def parts(m):
    """Of each CPU in /proc/cpuinfo, its part number."""
    return re.findall(r"CPU part\s*: (\S+)", m.run("cat /proc/cpuinfo"))


def check_eight(m):
    m.expect(BANNER)
    m.expect(TRUSTED)
    m.expect_prompt(2 * BOOT_TIMEOUT)
    assert m.run("nproc") == "8"
    assert parts(m) == [A55] * 4 + [A76] * 4


@pytest.mark.slow
@pytest.mark.parametrize("how", ("off", "on", "bl31"))
def test_linux_owns_the_board(rk3588, hypervisor, shipped_bundle, how):
    """The unmodified tree of the Rock 5B; the shell is on the board's UART, by interrupts."""
    m = rk3588(kernel=hypervisor, initrd=shipped_bundle("rk3588-linux"), **firmware(how))
    check_eight(m)
    assert "dw-apb-uart" not in m.run("dmesg | grep -i 'failed to request irq'")
    lines = m.run("grep -e ttyS2 /proc/interrupts").split()
    assert sum(int(n) for n in lines[1:9]) > 0
    assert "rockchip,rk3588" in m.run("tr '\\0' ' ' < /proc/device-tree/compatible")
    if how == "bl31":
        # Asked of the real firmware, through Hazel.
        assert re.search(r"scmi.*rockchip|SCMI Protocol v", m.run("dmesg | grep -i scmi"), re.I)


@pytest.mark.slow
@pytest.mark.parametrize("board", BOARDS)
def test_boards(rk3588, hypervisor, shipped_bundle, board):
    check_eight(rk3588(kernel=hypervisor, initrd=shipped_bundle("rk3588-linux"), board=board, secure=True))


@pytest.mark.slow
def test_8g(rk3588, hypervisor, shipped_bundle):
    """Memory in both banks, below the registers and above 4 GiB."""
    m = rk3588(kernel=hypervisor, initrd=shipped_bundle("rk3588-linux"), mem="8G", secure=True)
    check_eight(m)
    assert int(m.run("grep MemTotal /proc/meminfo").split()[1]) > 7 << 20
    assert re.search(r"^1[0-9a-f]{8}-[0-9a-f]+ : System RAM", m.run("cat /proc/iomem"), re.M)


@pytest.mark.slow
def test_partitioned(rk3588, hypervisor, shipped_bundle):
    """Three VMs: the one with the devices goes on while another is reset a hundred times."""
    m = rk3588(kernel=hypervisor, initrd=shipped_bundle("rk3588-partitioned"), secure=True)
    m.expect(r"\[hv\] warning: vm2 'big' is trusted")
    m.expect(r"\[hv\] vm2 'big': started", BOOT_TIMEOUT)
    m.focus("big")
    m.sync(2 * BOOT_TIMEOUT)
    assert m.run("nproc") == "4"
    assert parts(m) == [A76] * 4
    m.focus("little")
    m.sync(2 * BOOT_TIMEOUT)
    assert m.run("nproc") == "2"
    assert parts(m) == [A55] * 2
    m.focus("task")
    m.expect(r"RT period=\d+000 missed=\d+", BOOT_TIMEOUT)
    m.focus("big")
    m.sync()
    up0 = int(m.run("cut -d. -f1 /proc/uptime"))
    m.run("(while sleep 0.2; do date > /tmp/now; done) &")
    m.focus("shell")
    for i in range(1, RESETS + 1):
        # In the middle of its boot; a line of Hazel's may stand in the middle of what is typed.
        m.send("vm reset little\r")
        m.expect(rf"\[hv\] vm1 'little': reset {i} done", 120 * SCALE)
        m.expect(r"\[hv\] vm1 'little': started", 120 * SCALE)
    m.send("\r")
    listing = m.shell("vm list")
    assert re.search(r"big\s+running\s+4\s+\d+\s+0\b", listing), listing
    m.focus("big")
    m.sync()
    assert int(m.run("cut -d. -f1 /proc/uptime")) > up0
    assert m.run("dmesg | grep -i -e stall -e lockup | head -3") == ""
    m.focus("little")
    m.sync(2 * BOOT_TIMEOUT)
    assert m.run("nproc") == "2"
    m.focus("shell")
    assert "no finding" in m.shell("audit", 60 * SCALE)


@pytest.mark.slow
def test_scmi_is_one_vms(rk3588, hypervisor, guests, workdir):
    """A VM that was not given the firmware's services calls them, over the real BL31: all are refused."""
    vms = {"fw": Vm(kernel="fwcall", passthrough=(), memory=((RAM_BASE, 16 * MIB),))}
    m = rk3588(kernel=hypervisor, initrd=make_bundle(workdir, {"fwcall": Image(guests / "fwcall.bin")}, vms),
               board=ROCK_5B, **firmware("bl31"))
    m.expect(BANNER)
    m.expect(GUEST_DONE.pattern, BOOT_TIMEOUT)
    check_guest_output(m.console)
