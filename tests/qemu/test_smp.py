# SPDX-License-Identifier: BSD-3-Clause
"""Bare-metal guests with several vCPUs, on as many CPUs and on fewer."""
import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import GUEST_DONE, SHORT_TIMEOUT, check_guest_output

MEMORY = ((RAM_BASE, 16 * MIB),)


def guest_vm(name, props="", bootargs=""):
    """A VM with an emulated console that runs one bare-metal guest."""
    return Vm(kernel=name, passthrough=(), memory=MEMORY, bootargs=bootargs, props=props)


def run_one(machine, guests, workdir, name, props, smp, append="", bootargs="", timeout=SHORT_TIMEOUT, extra=()):
    bundle = make_bundle(workdir, {name: Image(guests / f"{name}.bin")}, {"test": guest_vm(name, props, bootargs)})
    m = machine(bundle, smp=smp, mem="256M", append=append, extra=extra)
    m.expect(GUEST_DONE.pattern, timeout)
    m.expect(r"\[hv\] no VM left to run: powering the machine off")
    assert m.wait_exit() == 0
    check_guest_output(m.console)
    return m


@pytest.mark.slow
@pytest.mark.parametrize("vcpus,cpus,scheduler", ((2, 2, "noop"), (4, 4, "noop"), (3, 2, "bvt"), (2, 1, "bvt")))
def test_psci_sgi_spi(machine, guests, workdir, vcpus, cpus, scheduler):
    """Every PSCI error, the CPU_ON race, SGIs with every field, SPIs moved between CPUs."""
    props = f'vcpus = <{vcpus}>; scheduler = "{scheduler}";'
    run_one(machine, guests, workdir, "smp", props, cpus, timeout=8 * SHORT_TIMEOUT)


@pytest.mark.parametrize("cpus,append", ((4, ""), (2, "hv.sched=storm"), (1, "")))
def test_ticks(machine, guests, workdir, cpus, append):
    """No timer interrupt is lost or stays active: alone, preempted in the handler, and moved all the time."""
    props = 'vcpus = <4>; scheduler = "bvt";'
    run_one(machine, guests, workdir, "tick", props, cpus, append, "ticks=2500", 10 * SHORT_TIMEOUT)
