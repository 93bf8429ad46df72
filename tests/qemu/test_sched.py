# SPDX-License-Identifier: BSD-3-Clause
"""Shares and deadlines, in virtual time: one instruction is one tick of QEMU's clock, so that a run repeats exactly."""
import re

import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import SCALE, icount

MEMORY = ((RAM_BASE, 16 * MIB),)
WEIGHTS = {"a": 100, "b": 200, "c": 300, "d": 400}
SHARE_S = 20
SHARE_TOLERANCE = 0.05
PERIODS = 10000
FEWER_PERIODS = 2000
JITTER_NS = 20000


def run_ticks(m):
    """{"vm0.vcpu1": ticks} of Hazel's stat command, and the time."""
    text = m.shell("stat", 60 * SCALE)
    now = int(re.search(r"stat now=(\d+) hz=(\d+)", text).group(1))
    hz = int(re.search(r"hz=(\d+)", text).group(1))
    return {k: int(v) for k, v in re.findall(r"stat (vm\d+\.vcpu\d+) run=(\d+)", text)}, now, hz


def bare(name, props, bootargs=""):
    return Vm(kernel=name, passthrough=(), memory=MEMORY, bootargs=bootargs, props=props)


@pytest.mark.slow
def test_shares_follow_weights(machine, guests, workdir):
    """Four VMs, eight spinning vCPUs, two CPUs: each gets its part of 20 seconds."""
    vms = {n: bare("spin", f'vcpus = <2>; scheduler = "bvt"; weight = <{w}>;') for n, w in WEIGHTS.items()}
    m = machine(make_bundle(workdir, {"spin": Image(guests / "spin.bin")}, vms), smp=2, mem="256M", extra=icount(4))
    m.expect("SPIN", 60 * SCALE)
    m.focus("shell")
    before, start, hz = run_ticks(m)
    while True:
        after, now, _ = run_ticks(m)
        if now - start >= SHARE_S * hz:
            break
        m.quiet(2)
    ran = {k: after[k] - before[k] for k in after}
    total = sum(ran.values())
    assert total >= 1.9 * (now - start), (ran, now - start)
    for i, weight in enumerate(WEIGHTS.values()):
        share = (ran[f"vm{i}.vcpu0"] + ran[f"vm{i}.vcpu1"]) / total
        want = weight / sum(WEIGHTS.values())
        assert abs(share - want) <= SHARE_TOLERANCE * want, f"vm{i}: {share:.4f} of the time, weight says {want:.4f}"


RT = 'scheduler = "rt"; rt-priority = <50>; rt-budget = <300>; rt-period = <1000>;'
BACKGROUND = 'scheduler = "rt";'


def check_rt(m, timeout, want=PERIODS):
    m.focus("task")
    match = m.expect(r"RT periods=(\d+) missed=(\d+) jitter_max_ns=(\d+) at=\d+ jitter_avg_ns=(\d+)", timeout)
    periods, missed, worst, _ = (int(n) for n in match.groups())
    assert periods == want
    assert missed == 0
    assert worst <= JITTER_NS, f"worst start jitter {worst} ns"


@pytest.mark.slow
def test_deadlines_beside_bare_metal(machine, guests, workdir):
    """Two spinning VMs and one that is reset in a loop, on the same CPU as a task with a deadline every millisecond."""
    vms = {"task": bare("rt", RT, f"periods={FEWER_PERIODS} delay_ms=20"), "busy1": bare("spin", BACKGROUND),
           "busy2": bare("spin", BACKGROUND), "loop": bare("resetloop", BACKGROUND)}
    images = {n: Image(guests / f"{n}.bin") for n in ("rt", "spin", "resetloop")}
    m = machine(make_bundle(workdir, images, vms), smp=1, mem="256M", extra=icount(0), append="hv.loglevel=2")
    check_rt(m, 600 * SCALE, FEWER_PERIODS)


@pytest.mark.slow
def test_deadlines_beside_linux(machine, guests, workdir, kernel, shipped_bundle):
    """The same beside two Linux VMs that run stress, and a third VM that is reset all the time."""
    shipped_bundle("two-linux")  # makes the initramfs too
    make_stress = kernel("standard").parent / "initrd-stress.gz"
    images = {"rt": Image(guests / "rt.bin"), "resetloop": Image(guests / "resetloop.bin"),
              "kernel": Image(kernel("standard") / "Image"),
              "ramdisk": Image(make_stress, type="ramdisk")}
    linux = Vm(kernel="kernel", ramdisk="ramdisk", passthrough=(), memory=((RAM_BASE, 256 * MIB),),
               bootargs="console=ttyAMA0 quiet stress", props=BACKGROUND)
    vms = {"task": bare("rt", RT, f"periods={PERIODS} delay_ms=4000"), "one": linux, "two": linux,
           "loop": bare("resetloop", BACKGROUND)}
    m = machine(make_bundle(workdir, images, vms), smp=1, mem="1G", extra=icount(0), append="hv.loglevel=2")
    check_rt(m, 1500 * SCALE)
    m.focus("one")
    m.expect("stress-ng: info:", 600 * SCALE)
