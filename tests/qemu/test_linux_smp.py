# SPDX-License-Identifier: BSD-3-Clause
"""Unmodified Linux with eight vCPUs on eight CPUs."""
import re

import pytest

from hazel import BOOT_TIMEOUT, SCALE, SHORT_TIMEOUT

CPUS = 8
HOTPLUG_ROUNDS = 100
STRESS_S = 60


def columns(interrupts, name):
    """The numbers in the line of /proc/interrupts that contains name."""
    line = next(text for text in interrupts.splitlines() if name in text)
    return [int(n) for n in re.findall(r"\d+", line.split(":", 1)[1])[:CPUS]]


@pytest.mark.slow
@pytest.mark.whole_host
def test_eight_cpus(machine, shipped_bundle):
    """All CPUs work: timers, IPIs, load, hot-plug."""
    m = machine(shipped_bundle("linux-smp"), smp=CPUS, mem="2G")
    m.expect(r"\[hv\] 8 CPUs, ")
    m.expect_prompt(4 * BOOT_TIMEOUT)
    assert m.run("nproc") == str(CPUS)
    out = m.run(f"stress-ng --cpu {CPUS} --switch 4 -t {STRESS_S}s; echo status $?", 4 * STRESS_S * SCALE)
    assert "status 0" in out, out
    assert "successful run completed" in out, out
    # One after the other goes and comes; each comes back and takes work.
    # Lines that fit the terminal, so that the echo is what was typed.
    m.run("cd /sys/devices/system/cpu")
    m.run("t() { echo 0 > $1 && echo 1 > $1 || echo b''ad $1; }")
    out = m.run("i=0; while [ $i -lt %d ]; do t cpu$((i%%%d+1))/online; i=$((i+1)); done" % (HOTPLUG_ROUNDS, CPUS - 1),
                8 * SHORT_TIMEOUT)
    assert "bad" not in out, out
    assert m.run("nproc") == str(CPUS)
    interrupts = m.run("cat /proc/interrupts")
    assert all(n > 0 for n in columns(interrupts, "arch_timer")), interrupts
    ipis = [sum(c) for c in zip(columns(interrupts, "Rescheduling"), columns(interrupts, "Function call"))]
    assert all(n > 0 for n in ipis), interrupts
    m.send("poweroff\r")
    assert m.wait_exit() == 0
