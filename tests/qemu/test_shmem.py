# SPDX-License-Identifier: BSD-3-Clause
"""Shared memory, doorbells and the watchdog: two bare-metal VMs, then two Linux VMs."""
import re

import pytest

from bundle import Image, Vm, make_bundle
from conftest import make
from hazel import BOOT_TIMEOUT, BUILD, GUEST_DONE, SHORT_TIMEOUT, check_guest_output

REGIONS = """
    shared-memory {
        compatible = "hazel,shared-memory-v1";
        chan { size = <0x3000>; };
        log { size = <0x1000>; };
    };
"""
WINDOWS = ('shared-memory = "chan", "log"; shared-memory-ipa = <0 0x50000000 0 0x50200000>;')


@pytest.mark.parametrize("smp", (1, 2))
def test_doorbells(machine, guests, workdir, smp):
    """Both VMs on one CPU, or each on its own."""
    images = {"kernel": Image(guests / "doorbell.bin"), "peer": Image(guests / "bellpeer.bin")}
    sched = 'scheduler = "bvt";' if smp == 1 else ""
    vms = {
        "main": Vm(passthrough=(), props=f'{sched} {WINDOWS} shared-memory-ro = "log";'),
        "peer": Vm(kernel="peer", passthrough=(), props=f"{sched} {WINDOWS}"),
    }
    m = machine(make_bundle(workdir, images, vms, extra=REGIONS), mem="512M", smp=smp)
    m.expect(GUEST_DONE.pattern, 3 * SHORT_TIMEOUT)
    m.expect(r"no VM left to run")
    assert m.wait_exit() == 0
    check_guest_output(m.console)
    assert "shared memory 'chan': 12 KiB for 2 VMs" in m.console


@pytest.fixture(scope="session")
def demo_bundle():
    """configs/vms/shmem-demo.its, as make bundle packs it."""
    make("bundle", "VMS=shmem-demo")
    return BUILD / "vms/shmem-demo/bundle.img"


def test_linux_messages_and_watchdog(machine, demo_bundle):
    m = machine(demo_bundle, smp=2, mem="1G")
    m.expect_prompt()
    assert re.search(r"peer 0 of 2, .*memory 0x0+30000000", m.run("shm-demo info"))
    # b may still be booting
    m.run("until shm-demo send 1 hello; do sleep 1; done", BOOT_TIMEOUT)
    assert m.run("shm-demo receive", BOOT_TIMEOUT) == "peer 1: echo: hello"
    # The watchdog is fed; when nobody does, the VM starts again, and the shared memory is what it was.
    assert "sbsa-gwdt a101000.watchdog: Initialized with 10s timeout" in m.run("dmesg")
    m.run("devmem 0x30080000 32 0x12345678")
    assert m.run("sleep 15; echo alive", BOOT_TIMEOUT) == "alive"
    m.send("killall -STOP watchdog\r")
    m.expect(r"\[hv\] [^\n]*vm0 'a': watchdog expired; restarting it", BOOT_TIMEOUT)
    m.expect_prompt()
    assert m.run("devmem 0x30080000 32") == "0x12345678"
    m.run("shm-demo send 1 again")
    assert m.run("shm-demo receive", BOOT_TIMEOUT) == "peer 1: echo: again"
