# SPDX-License-Identifier: BSD-3-Clause
"""As many VMs and vCPUs as the default configuration allows; what is more is refused by test_bad_vms."""
import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import GUEST_DONE, SHORT_TIMEOUT, check_guest_output, icount
from test_smp import guest_vm, run_one, wait_stopped

MAX_CPUS = 16
MAX_VCPUS = 16
MAX_VMS = 32
CPUS = 4


@pytest.mark.slow
@pytest.mark.parametrize("guest,bootargs", (("wfi", "pings=500"), ("tick", "ticks=300")))
def test_vcpus(machine, guests, workdir, guest, bootargs):
    run_one(machine, guests, workdir, guest, f'vcpus = <{MAX_VCPUS}>; scheduler = "bvt";', CPUS, bootargs=bootargs,
            timeout=8 * SHORT_TIMEOUT, extra=icount(3))


@pytest.mark.slow
def test_host_cpus(machine, guests, workdir):
    """A host with more CPUs than the table holds: all that fit are used, each by a vCPU of its own."""
    m = run_one(machine, guests, workdir, "wfi", f"vcpus = <{MAX_VCPUS}>;", MAX_CPUS + 2, bootargs="pings=200",
                timeout=8 * SHORT_TIMEOUT, extra=icount(3))
    assert f"[hv] {MAX_CPUS} CPUs, " in m.console
    assert f"[hv] warning: 2 CPUs of the device tree are left out: CONFIG_MAX_PCPUS is {MAX_CPUS}" in m.console


@pytest.mark.slow
def test_vms(machine, guests, workdir):
    """All but one run their tests at the same time, and all pass. They end at about the same time, on all CPUs."""
    names = [f"v{i}" for i in range(MAX_VMS - 1)]
    vms = {name: Vm(kernel="timer", passthrough=(), memory=((RAM_BASE, 4 * MIB),), props='scheduler = "bvt";') for name in names}
    vms["spin"] = guest_vm("spin", 'scheduler = "bvt";')
    images = {name: Image(guests / f"{name}.bin") for name in ("timer", "spin")}
    m = machine(make_bundle(workdir, images, vms), smp=CPUS, mem="512M", append="hv.audit=stop", extra=icount(3))
    m.expect(r"'spin': started")
    m.focus("shell")
    wait_stopped(m, names)
    for name in names:
        at = len(m.console)
        m.focus(name)
        m.expect(GUEST_DONE.pattern)
        check_guest_output(m.console[at:])
