# SPDX-License-Identifier: BSD-3-Clause
"""Acceptance A1, A7: the first line, a usable shell, leaving, powering off, rebooting."""
import re

import pytest

from hazel import BANNER, BOOT_TIMEOUT, SHORT_TIMEOUT

REBOOTS = 20
POWER_OFF = r"\[hv\] vm0 'linux': power off \(PSCI SYSTEM_OFF\)"
LAST_VM = r"\[hv\] no VM left to run: powering the machine off"


@pytest.fixture
def linux(machine, linux_bundle):
    """The shipped VM at its prompt."""
    m = machine(linux_bundle())
    m.expect_prompt()
    return m


def test_banner_is_the_very_first_output(machine, linux_bundle):
    m = machine(linux_bundle())
    m.expect(r"\n")
    m.expect(r"\n")
    assert m.console.startswith(BANNER + "\n")


def test_shell(linux):
    """A1: uname -r, ls /, echo hi."""
    assert re.fullmatch(r"6\.12\.\S+-arm64", linux.run("uname -r"))
    listing = linux.run("ls /").split()
    assert {"bin", "dev", "etc", "proc", "sys"} <= set(listing)
    assert linux.run("echo hi") == "hi"


def test_linux_is_content(linux):
    """Nothing in the kernel log complains about the machine."""
    log = linux.run("dmesg")
    bad = [line for line in log.splitlines()
           if re.search(r"\b(BUG|WARNING|Oops|stall|Unable to handle|Kernel panic|bad irq|nobody cared)", line)]
    assert not bad, "\n".join(bad)
    assert "CPU: All CPU(s) started at EL1" in log
    assert re.search(r"psci: PSCIv1\.1 detected", log)
    assert re.search(r"GICv3: \d+ SPIs implemented", log)


def test_interrupts_are_used(linux):
    """Timer and console are driven by interrupts, not by polling."""
    table = linux.run("cat /proc/interrupts")
    timer = re.search(r"^\s*\d+:\s+(\d+)\s.*\b27 Level\s+arch_timer", table, re.M)
    uart = re.search(r"^\s*\d+:\s+(\d+)\s.*\b33 Level\s+uart-pl011", table, re.M)
    assert timer and int(timer.group(1)) > 0, table
    assert uart and int(uart.group(1)) > 0, table


def test_time_passes(linux):
    """sleep 2 takes about two seconds of the guest's own clock; the timer interrupt ends it."""
    before, after = (float(x.split()[0]) for x in
                     (linux.run("cat /proc/uptime"), linux.run("sleep 2; cat /proc/uptime")))
    assert 1.9 < after - before < 30


def test_line_editing_and_interrupt(linux):
    """Input arrives by interrupt while a program runs: Ctrl-C ends it."""
    # One process from its first word on: Ctrl-C while the shell starts another one may reach neither.
    linux.send("sh -c \"echo run''ning; exec sleep 1000\"\r")
    linux.expect("running")
    linux.send("\x03")
    linux.expect_prompt(SHORT_TIMEOUT)
    assert linux.run("echo $((6 * 7))") == "42"


def test_much_input_and_output(linux):
    text = "".join(chr(ord("a") + i % 26) for i in range(200))
    for _ in range(5):
        assert linux.run(f"echo {text}").splitlines()[-1] == text
    assert linux.run("seq 1 3000", BOOT_TIMEOUT).splitlines()[-1] == "3000"


def test_ctrl_a_x_leaves(linux):
    linux.send("\x01x")
    assert linux.wait_exit() == 0


def test_poweroff(linux):
    """A7: Hazel says why, and QEMU ends."""
    linux.send("poweroff\r")
    linux.expect(POWER_OFF)
    linux.expect(LAST_VM)
    assert linux.wait_exit() == 0


@pytest.mark.slow
def test_reboots_leak_nothing(machine, linux_bundle):
    """A7: 20 reboots in a row leave the free-page count where it was."""
    linux = machine(linux_bundle(), mem="256M")
    linux.expect_prompt()
    free = []
    for n in range(1, REBOOTS + 1):
        linux.send("reboot\r")
        match = linux.expect(r"\[hv\] vm0 'linux': reset (\d+) done, (\d+) pages free", BOOT_TIMEOUT)
        assert int(match.group(1)) == n
        free.append(int(match.group(2)))
        linux.expect_prompt()
    assert linux.run("echo alive") == "alive"
    assert len(set(free)) == 1, f"free pages after each reboot: {free}"
