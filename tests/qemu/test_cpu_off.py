# SPDX-License-Identifier: BSD-3-Clause
"""Host CPUs that nobody uses are powered off and on again, and VMs use them afterwards."""
import re

from bundle import Image, make_bundle
from hazel import SHORT_TIMEOUT
from test_smp import guest_vm


def off(m, cpu):
    m.send(f"cpu off {cpu}\r")
    m.expect(rf"\[hv\] CPU {cpu}: powered off")
    m.send("\r")
    m.expect("hazel> ")


def states(m):
    return re.findall(r"^cpu \d+ +mpidr \S+ +(\S+)", m.shell("cpu list"), re.M)


def ran(m):
    """Ticks that each VM's vCPU ran."""
    return [int(n) for n in re.findall(r"stat vm\d\.vcpu0 run=(\d+)", m.shell("stat"))]


def running(m, name, cpu):
    return re.search(rf"^vm\d+\.0 +{name} +runnable +cpu {cpu} ", m.shell("vcpu list"), re.M)


def test_cpu_off_and_on(machine, guests, workdir):
    """One CPU is nobody's, one belongs to a VM until that stops, and comes back for it; another VM runs on all the time."""
    vms = {"here": guest_vm("spin", 'scheduler = "bvt"; cpu-affinity = <0>;'),
           "there": guest_vm("spin", 'cpu-affinity = <1>;')}
    m = machine(make_bundle(workdir, {"spin": Image(guests / "spin.bin")}, vms), smp=3, mem="256M", append="hv.audit=stop")
    for _ in vms:
        m.expect(r"'(here|there)': started")
    m.focus("shell")
    assert m.shell("cpu off 1") == "CPU 1 is in use: see sched"
    for _ in range(5):
        off(m, 2)
        assert states(m) == ["up", "up", "off"]
        assert m.shell("cpu off 2") == "CPU 2 is off"
        m.send("vm stop there\r")
        m.expect(r"vm1 'there': stopped by the administrator")
        m.send("\r")
        m.expect("hazel> ")
        off(m, 1)
        assert states(m) == ["up", "off", "off"]
        assert "cpu-affinity: CPU 1: none is up; the host has 3, CPU 0 to 2, and 1 are up" in m.shell("vm start there")
        assert m.shell("cpu on 1") == m.shell("cpu on 2") == ""
        m.send("vm start there\r")
        m.expect(r"vm1 'there': started")
        m.send("\r")
        m.expect("hazel> ")
        assert states(m) == ["up", "up", "up"]
        assert running(m, "here", 0) and running(m, "there", 1)
        assert m.shell("cpu off 1") == "CPU 1 is in use: see sched"
    before, after = ran(m), ran(m)
    assert len(after) == 2 and all(b < a for b, a in zip(before, after)), (before, after)
    assert "no finding" in m.shell("audit", 2 * SHORT_TIMEOUT)
