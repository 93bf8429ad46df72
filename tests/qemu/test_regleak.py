# SPDX-License-Identifier: BSD-3-Clause
"""
Two VMs that share a CPU and fill every register with values of their own (tests/guest/regleak.c). A VM that finds a
foreign value asks for a reset, which its manifest turns into an end of its own kind.
"""
import re

import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import SCALE

SECONDS = 60
SWITCHES = 1000
GOOD = r"\[hv\] vm{} '{}': power off \(PSCI SYSTEM_OFF\)"
LEAKED = re.compile(r"\[hv\] vm(\d+) '(\w+)': reboot asked for, on-reboot says not to")


def switches(m):
    """How often each VM's vCPU came onto a CPU."""
    text = m.shell("stat", 60 * SCALE)
    return [int(n) for n in re.findall(r"stat vm\d+\.vcpu0 run=\d+ switches=(\d+)", text)]


def run(machine, guests, workdir, seconds=SECONDS, append="", **kw):
    image = Image(guests / "regleak.bin")
    vms = {n: Vm(kernel="regleak", passthrough=(), memory=((RAM_BASE, 16 * MIB),),
                 bootargs=f"pattern={n} seconds={seconds}", props='scheduler = "bvt"; on-reboot = "halt";')
           for n in ("a", "b")}
    m = machine(make_bundle(workdir, {"regleak": image}, vms), mem="256M", append=f"{append} hv.audit=stop".strip(), **kw)
    m.expect(r"REGLEAK a: \d+ system registers", 60 * SCALE)
    m.focus("shell")
    while min(switches(m)) < SWITCHES:
        m.quiet(1)
        leaked = LEAKED.search(m.console)
        assert not leaked, f"a register of VM {leaked.group(2)} had a foreign value"
    m.expect(r"\[hv\] no VM left to run", (seconds + 120) * SCALE)
    leaked = LEAKED.search(m.console)
    assert not leaked, f"a register of VM {leaked.group(2)} had a foreign value"
    assert len(re.findall(r"audit: .* no finding", m.console)) == len(vms)
    for i, name in enumerate(vms):
        assert re.search(GOOD.format(i, name), m.console)
    return m


@pytest.mark.slow
@pytest.mark.parametrize("cpu, seconds", (("cortex-a72", 25), ("cortex-a76", 25), ("max", SECONDS)))
def test_time_shared(machine, guests, workdir, cpu, seconds):
    """The CPU that has every register the others have, and more, is watched longest."""
    run(machine, guests, workdir, cpu=cpu, seconds=seconds)


@pytest.mark.slow
@pytest.mark.parametrize("cpu", ("cortex-a76", "max"))
def test_moved_all_the_time(machine, guests, workdir, cpu):
    """Two CPUs, and after each short slice a vCPU goes to the other one."""
    run(machine, guests, workdir, cpu=cpu, smp=2, append="hv.sched=storm", seconds=20)


@pytest.mark.parametrize("vl", (16, 32))
def test_sve_length(machine, guests, workdir, vl):
    """A CPU with short vectors: one VM says what it has."""
    bundle = make_bundle(workdir, {"kernel": Image(guests / "regleak.bin")},
                         {"test": Vm(bootargs="pattern=a seconds=5")})
    props = ",".join(f"sve{128 * n}={'on' if 16 * n <= vl else 'off'}" for n in (1, 2, 4, 8, 16))
    m = machine(bundle, mem="256M", cpu=f"max,{props}")
    m.expect(rf"SVE vectors of {vl} bytes", 60 * SCALE)
    m.expect(r"DONE 1 passed, 0 failed")
