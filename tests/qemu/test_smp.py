# SPDX-License-Identifier: BSD-3-Clause
"""Bare-metal guests with several vCPUs, on as many CPUs and on fewer."""
import re

import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import GUEST_DONE, SHORT_TIMEOUT, check_guest_output, icount

MEMORY = ((RAM_BASE, 16 * MIB),)


def guest_vm(name, props="", bootargs=""):
    """A VM with an emulated console that runs one bare-metal guest."""
    return Vm(kernel=name, passthrough=(), memory=MEMORY, bootargs=bootargs, props=props)


def run_one(machine, guests, workdir, name, props, smp, append="", bootargs="", timeout=SHORT_TIMEOUT, **kw):
    bundle = make_bundle(workdir, {name: Image(guests / f"{name}.bin")}, {"test": guest_vm(name, props, bootargs)})
    m = machine(bundle, smp=smp, mem="256M", append=f"{append} hv.audit=stop".strip(), **kw)
    m.expect(GUEST_DONE.pattern, timeout)
    m.expect(r"\[hv\] no VM left to run: powering the machine off")
    assert m.wait_exit() == 0
    check_guest_output(m.console)
    assert re.search(r"audit: .* no finding", m.console)
    return m


def wait_stopped(m, names, timeout=SHORT_TIMEOUT):
    """Until these VMs have stopped, as the shell, which is shown, says."""
    for _ in range(400):
        left = set(names) - set(re.findall(r"^\d+ +(\S+) +stopped ", m.shell("vm list", timeout), re.M))
        if not left:
            return
        m.quiet(0.5)
    raise AssertionError(f"do not stop: {sorted(left)}")


def clock(scheduler, cpus):
    """CPUs of their own run in parallel, for the races; shared ones, and more than a small host has, count instructions, so
    that each slice is what it is on a machine with nothing else to do."""
    return () if scheduler == "noop" and cpus <= 4 else icount(3)


PARALLEL = pytest.param(4, 4, "noop", marks=pytest.mark.whole_host)


@pytest.mark.slow
@pytest.mark.parametrize("vcpus,cpus,scheduler", ((2, 2, "noop"), PARALLEL, (3, 2, "bvt"), (2, 1, "bvt")))
def test_psci_sgi_spi(machine, guests, workdir, vcpus, cpus, scheduler):
    """Every PSCI error, the CPU_ON race, SGIs with every field, SPIs moved between CPUs."""
    props = f'vcpus = <{vcpus}>; scheduler = "{scheduler}";'
    run_one(machine, guests, workdir, "smp", props, cpus, timeout=8 * SHORT_TIMEOUT, extra=clock(scheduler, cpus))


@pytest.mark.parametrize("cpus", (4, 1))
def test_ticks(machine, guests, workdir, cpus):
    """No timer interrupt is lost or stays active: alone, and preempted in the handler."""
    props = 'vcpus = <4>; scheduler = "bvt";'
    run_one(machine, guests, workdir, "tick", props, cpus, "", "ticks=2500", 10 * SHORT_TIMEOUT, extra=icount(3))


MOVES = 10000


@pytest.mark.slow
def test_ticks_while_moved(machine, guests, workdir):
    """vCPUs that are moved 10,000 times, most of them inside their timer handler, lose no interrupt."""
    vms = {"test": guest_vm("tick", 'vcpus = <4>; scheduler = "bvt";', "ticks=2500")}
    m = machine(make_bundle(workdir, {"tick": Image(guests / "tick.bin")}, vms), smp=2, mem="256M",
                append="hv.sched=storm", extra=icount(3))
    m.expect("started")
    m.focus("shell")
    moves = 0
    while moves < MOVES:
        m.quiet(1)
        text = m.shell("stat", SHORT_TIMEOUT)
        counts = [int(n) for n in re.findall(r"moves=(\d+)", text)]
        assert counts, text
        moves = sum(counts)
    m.focus("test")
    m.expect(GUEST_DONE.pattern, 16 * SHORT_TIMEOUT)
    m.expect(r"\[hv\] no VM left to run: powering the machine off")
    assert m.wait_exit() == 0
    check_guest_output(m.console)


@pytest.mark.parametrize("cpu", ("cortex-a72", "cortex-a76", "max"))
def test_device_access_forms(machine, guests, workdir, cpu):
    """Loads and stores without a syndrome, and a device that is answered by another vCPU."""
    props = 'vcpus = <2>; mailbox = <1>;'
    bundle = make_bundle(workdir, {"mmio": Image(guests / "mmio.bin")}, {"test": guest_vm("mmio", props)})
    m = machine(bundle, smp=2, mem="256M", cpu=cpu)
    m.expect(GUEST_DONE.pattern, 2 * SHORT_TIMEOUT)
    assert m.wait_exit() == 0
    check_guest_output(m.console)
