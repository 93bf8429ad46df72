# SPDX-License-Identifier: BSD-3-Clause
"""Two Linux VMs side by side: consoles, and what happens to one when the other dies."""
import re

import pytest

from hazel import BOOT_TIMEOUT, SCALE


def boot_both(m):
    m.expect_prompt()
    m.focus("blue")
    m.sync()


def uptime(m):
    """Seconds since the guest's boot, and its date in seconds."""
    up, date = m.run("cut -d. -f1 /proc/uptime; date +%s").split()
    return int(up), int(date)


def blue_went_on(m, up0, date0, seconds):
    """The other VM's stress came to its end, and its clock went on, at one speed."""
    m.focus("blue")
    m.sync()
    m.run("while ! grep -q status /tmp/stress; do sleep 1; done", 120 * SCALE)
    assert "status 0" in m.run("cat /tmp/stress")
    up1, date1 = uptime(m)
    assert up1 - up0 >= seconds
    assert abs((date1 - date0) - (up1 - up0)) <= 2
    assert m.run("dmesg | grep -i -e stall -e lockup -e 'clocksource.*unstable' | head -3") == ""


@pytest.mark.slow
def test_a_panic_restarts_one_and_leaves_the_other(machine, shipped_bundle):
    m = machine(shipped_bundle("two-linux"), smp=2, mem="2G")
    boot_both(m)
    assert m.run("hostname") == "blue"
    up0, date0 = uptime(m)
    m.run("s() { stress-ng --cpu 1 -t 30s; echo status $?; }")
    m.run("s > /tmp/stress 2>&1 &")
    m.focus("red")
    m.sync()
    assert m.run("hostname") == "red"
    m.send("echo c > /proc/sysrq-trigger\r")
    m.expect(r"Kernel panic - not syncing: sysrq triggered crash", 60 * SCALE)
    m.expect(r"\[hv\] vm0 'red': reset 1 done", BOOT_TIMEOUT)
    m.expect_prompt()
    blue_went_on(m, up0, date0, 25)
    m.focus("shell")
    listing = m.shell("vm list")
    assert re.search(r"red\s+running\s+1\s+512\s+1\b", listing), listing
    assert re.search(r"blue\s+running\s+1\s+512\s+0\b", listing), listing


@pytest.mark.slow
def test_a_hang_restarts_one_and_leaves_the_other(machine, shipped_bundle):
    """Nothing but one real-time loop runs any more: the watchdog is not fed."""
    m = machine(shipped_bundle("two-linux"), smp=2, mem="2G")
    boot_both(m)
    assert "sbsa-gwdt" in m.run("dmesg | grep gwdt")
    up0, date0 = uptime(m)
    m.run("s() { stress-ng --cpu 1 -t 20s; echo status $?; }")
    m.run("s > /tmp/stress 2>&1 &")
    m.focus("red")
    m.sync()
    # What Linux keeps free for others goes too.
    m.run("echo -1 > /proc/sys/kernel/sched_rt_runtime_us; mount -t debugfs d /sys/kernel/debug")
    assert m.run("echo 0 > /sys/kernel/debug/sched/fair_server/cpu0/runtime") == ""
    m.send("stress-ng --sched fifo --sched-prio 99 --cpu 1 --cpu-method int64\r")
    m.expect(r"\[hv\] [^\n]*vm0 'red': watchdog expired; restarting it", BOOT_TIMEOUT)
    m.expect(r"\[hv\] vm0 'red': reset 1 done", BOOT_TIMEOUT)
    m.expect_prompt()
    blue_went_on(m, up0, date0, 15)


@pytest.mark.slow
def test_pause_stops_time(machine, shipped_bundle):
    """A paused VM's clock stands still, and no timer of its complains afterwards."""
    m = machine(shipped_bundle("two-linux"), smp=2, mem="2G")
    boot_both(m)
    up0, _ = uptime(m)
    m.run("sleep 3; true")
    m.focus("shell")
    m.shell("vm pause blue")
    assert re.search(r"blue\s+paused", m.shell("vm list"))
    m.focus("red")
    m.sync()
    m.run("sleep 20", 100 * SCALE)
    m.focus("shell")
    m.shell("vm resume blue")
    m.focus("blue")
    m.sync()
    up1, _ = uptime(m)
    assert up1 - up0 < 18, (up0, up1)
    assert m.run("sleep 1; echo awake") == "awake"
    assert m.run("dmesg | grep -i -e stall -e lockup | head -3") == ""
