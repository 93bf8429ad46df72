# SPDX-License-Identifier: BSD-3-Clause
"""PSCI, SGIs, SPIs between CPUs and waiting, in detail: on as many CPUs, on fewer, and with vCPUs that move all the time.

test_plain runs the same guests without Hazel.
"""
import pytest

from hazel import SHORT_TIMEOUT, icount
from test_smp import clock, run_one

GUESTS = ("cpuon", "sgi", "irouter", "wfi")
TIMEOUT = 8 * SHORT_TIMEOUT


def props(vcpus, scheduler):
    return f'vcpus = <{vcpus}>; scheduler = "{scheduler}";'


@pytest.mark.parametrize("vcpus,cpus,scheduler", ((2, 2, "noop"), (3, 2, "bvt"), (4, 1, "bvt")))
@pytest.mark.parametrize("name", GUESTS)
def test_guest(machine, guests, workdir, name, vcpus, cpus, scheduler):
    args = "pings=10000" if scheduler == "noop" else "pings=2000"
    run_one(machine, guests, workdir, name, props(vcpus, scheduler), cpus, bootargs=args, timeout=TIMEOUT,
            extra=clock(scheduler, cpus))


@pytest.mark.slow
@pytest.mark.whole_host
@pytest.mark.parametrize("name", [n for n in GUESTS if n != "wfi"])
def test_guest_in_parallel(machine, guests, workdir, name):
    run_one(machine, guests, workdir, name, props(4, "noop"), 4, bootargs="pings=1000", timeout=3 * TIMEOUT)


@pytest.mark.slow
@pytest.mark.parametrize("name,vcpus,cpus,scheduler", [
    # Its locks are handed from CPU to CPU: where the host has fewer, each hand-over waits for the host's scheduler.
    ("wfi", 4, 4, "noop"),
    *((name, *where) for name in GUESTS for where in ((8, 8, "noop"), (8, 2, "bvt"))
      # Eight CPUs that all storm each other take a small host minutes.
      if (name, where[1]) != ("sgi", 8))])
def test_guest_with_many(machine, guests, workdir, name, vcpus, cpus, scheduler):
    run_one(machine, guests, workdir, name, props(vcpus, scheduler), cpus, bootargs="pings=1000", timeout=3 * TIMEOUT,
            extra=icount(3))


@pytest.mark.parametrize("vcpus", (2, 4))
@pytest.mark.parametrize("name", GUESTS)
def test_guest_that_moves(machine, guests, workdir, name, vcpus):
    """Each vCPU goes to the other CPU after each slice, whatever it is in the middle of."""
    run_one(machine, guests, workdir, name, props(vcpus, "bvt"), 2, "hv.sched=storm", "pings=2000", TIMEOUT,
            extra=icount(3))


@pytest.mark.slow
@pytest.mark.parametrize("vcpus,cpus,scheduler,rounds", (pytest.param(4, 4, "noop", 1000, marks=pytest.mark.whole_host),
                                                         (4, 2, "bvt", 300)))
def test_races(machine, guests, workdir, vcpus, cpus, scheduler, rounds):
    """CPU_ON of one CPU by all others at once: one success in each round."""
    run_one(machine, guests, workdir, "cpuon", props(vcpus, scheduler), cpus, bootargs=f"rounds={rounds}",
            timeout=3 * TIMEOUT, extra=clock(scheduler, cpus))


@pytest.mark.parametrize("cpu", ("cortex-a53", "max"))
@pytest.mark.parametrize("name", GUESTS)
def test_guest_on_cpu(machine, guests, workdir, name, cpu):
    """Without LSE, and with everything that QEMU has."""
    run_one(machine, guests, workdir, name, props(2, "noop"), 2, bootargs="pings=1000", timeout=TIMEOUT, cpu=cpu)
