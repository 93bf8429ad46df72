# SPDX-License-Identifier: BSD-3-Clause
"""31 VMs of all kinds on 4 CPUs, started, stopped, reset, paused and looked at without a plan; nothing is lost and nobody
has another's memory."""
import random
import re

import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import SHORT_TIMEOUT, icount
from test_smp import guest_vm, wait_stopped

COMMANDS = 150
AUDIT_EVERY = 20
NAMES = [f"v{i}" for i in range(31)]
KINDS = ("resetloop", "timer", "wfi", "smp", "tick", "hello", "psci", "reset")
DO = ("vm start", "vm start", "vm stop", "vm reset", "vm pause", "vm resume", "vcpu list", "stat", "irq", "vm info")
REGION = 'shared-memory { compatible = "hazel,shared-memory-v1"; chan { size = <0x3000>; }; };'
WINDOW = 'shared-memory = "chan"; shared-memory-ipa = <0 0x50000000>;'
TIMEOUT = 4 * SHORT_TIMEOUT


def crowd(guests, workdir, rnd):
    vms = {}
    for i, name in enumerate(NAMES):
        kind = KINDS[i % len(KINDS)]
        props = f'vcpus = <{2 if kind in ("wfi", "smp", "tick") else 1}>; scheduler = "bvt"; weight = <{rnd.randrange(1, 1001)}>;'
        vms[name] = Vm(kernel=kind, passthrough=(), memory=((RAM_BASE, 8 * MIB),), bootargs="pings=300 ticks=200",
                       props=props + (WINDOW if i % 4 == 0 else ""))
    vms["spin"] = guest_vm("spin", 'scheduler = "bvt";')
    return make_bundle(workdir, {k: Image(guests / f"{k}.bin") for k in (*KINDS, "spin")}, vms, extra=REGION)


def stop_all(m):
    """Returns how many pages are free then."""
    for name in NAMES:
        m.shell(f"vm stop {name}", TIMEOUT)
    wait_stopped(m, NAMES, TIMEOUT)
    return re.findall(r"(\d+) of", m.shell("mem", TIMEOUT))


@pytest.mark.slow
@pytest.mark.parametrize("append,extra", (pytest.param("", (), marks=pytest.mark.whole_host), ("hv.sched=storm", icount(3))),
                         ids=("parallel", "storm"))
def test_crowd(machine, guests, workdir, append, extra):
    rnd = random.Random(len(append))
    m = machine(crowd(guests, workdir, rnd), smp=4, mem="1G", append=f"hv.audit=stop {append}".strip(), extra=extra)
    m.expect(r"'spin': started", TIMEOUT)
    m.focus("shell")
    m.shell("log level 1", TIMEOUT)
    free = stop_all(m)
    for n in range(COMMANDS):
        m.shell(f"{rnd.choice(DO)} {rnd.choice(NAMES)}", TIMEOUT)
        if n % AUDIT_EVERY == 0:
            out = m.shell("audit", TIMEOUT)
            assert "no finding" in out or "try again" in out, out
    assert stop_all(m) == free
    assert "no finding" in m.shell("audit", TIMEOUT)
