# SPDX-License-Identifier: BSD-3-Clause
"""Bare-metal guests under Hazel: each proves one part of the virtual machine (tests/guest)."""
import gzip
import re

import pytest

from bundle import MIB, RAM_BASE, Image
from hazel import GUEST_DONE, SHORT_TIMEOUT, check_guest_output

RESETS = 20
POWER_OFF = r"\[hv\] vm0 'test': power off \(PSCI SYSTEM_OFF\)"
LAST_VM = r"\[hv\] no VM left to run: powering the machine off"
# Hazel reports at most ten lines a second that a guest causes.
FLOOD_LINES_MAX = 400

GUESTS = ("hello", "entry", "psci", "timer", "irq", "irq_lr", "irq_hw", "mem", "idregs", "fp", "gicsweep", "fwcall", "allregs")


def run_to_end(m, timeout=None):
    """Until QEMU ends by itself; the guest's verdict is good and Hazel says why the machine went off."""
    m.expect(GUEST_DONE.pattern, timeout or SHORT_TIMEOUT)
    m.expect(POWER_OFF)
    m.expect(LAST_VM)
    assert m.wait_exit() == 0
    check_guest_output(m.console)


@pytest.mark.parametrize("name", GUESTS)
def test_guest(machine, guest_bundle, name):
    m = machine(guest_bundle(name), mem="256M")
    run_to_end(m, 3 * SHORT_TIMEOUT)


@pytest.mark.parametrize("cpu", ("cortex-a53", "cortex-a72", "max"))
@pytest.mark.parametrize("name", ("entry", "psci", "timer", "irq_lr", "mem", "idregs", "fp"))
def test_guest_on_cpu(machine, guest_bundle, name, cpu):
    run_to_end(machine(guest_bundle(name), mem="256M", cpu=cpu), 3 * SHORT_TIMEOUT)


def test_timer_trapped(machine, guest_bundle):
    """The physical timer emulated instead of native (ADR 11) passes the same tests."""
    run_to_end(machine(guest_bundle("timer", props='physical-timer = "trap";'), mem="256M"), 2 * SHORT_TIMEOUT)


def test_gzip_image(machine, guest_bundle, guests):
    data = gzip.compress((guests / "entry.bin").read_bytes(), mtime=0)
    run_to_end(machine(guest_bundle("entry", image=Image(data, compression="gzip")), mem="256M"))


def test_sha256_image(machine, guest_bundle, guests):
    image = Image(guests / "entry.bin", hashes=("sha256",))
    run_to_end(machine(guest_bundle("entry", image=image), mem="256M"))


@pytest.mark.parametrize("name", ("entry", "entry-high"))
def test_elf(machine, guest_bundle, guests, name):
    """Program headers are followed: entry-high is linked 16 MiB higher."""
    run_to_end(machine(guest_bundle(name, image=Image(guests / f"{name}.elf")), mem="256M"))


def test_flat(machine, guest_bundle, guests):
    """A flat binary goes where the manifest says. The Image magic is wiped, so that nothing else can be guessed."""
    data = bytearray((guests / "entry.bin").read_bytes())
    data[56:60] = b"\0\0\0\0"
    image = Image(data, type="firmware")
    bundle = guest_bundle("entry", image=image, props=f"kernel-load = <0x0 {RAM_BASE + 0x80000:#x}>;")
    run_to_end(machine(bundle, mem="256M"))


@pytest.mark.parametrize("size", (2, 4, 62, 512))
def test_memory_sizes(machine, guest_bundle, size):
    """RAM from one 2 MiB block to half of the host: zero, complete, and nothing behind it."""
    bundle = guest_bundle("mem", memory=((RAM_BASE, size * MIB),))
    run_to_end(machine(bundle, mem="1G"), 2 * SHORT_TIMEOUT)


def test_memory_all_that_is_left(machine, guest_bundle):
    run_to_end(machine(guest_bundle("mem", memory=()), mem="256M"), 2 * SHORT_TIMEOUT)


def test_cpu_off_stops_the_vm(machine, guest_bundle):
    m = machine(guest_bundle("cpuoff"), mem="256M")
    m.expect("last words")
    m.expect(r"\[hv\] vm0 'test': [^\n]*(CPU_OFF|vCPU)")
    m.expect(LAST_VM)
    assert m.wait_exit() == 0


def test_reset(machine, guest_bundle):
    """Each life starts from the images with zero memory, whatever the last one left; nothing leaks."""
    m = machine(guest_bundle("reset"), mem="256M")
    free = []
    for n in range(1, RESETS + 1):
        m.expect("READY")
        m.send("r" if n % 2 else "s")
        match = m.expect(r"\[hv\] vm0 'test': reset (\d+) done, (\d+) pages free")
        assert int(match.group(1)) == n
        free.append(int(match.group(2)))
    m.expect("READY")
    m.send("q")
    run_to_end(m)
    assert len(set(free)) == 1, f"free pages after each reset: {free}"


def test_flood(machine, guest_bundle):
    """Whatever a guest repeats, Hazel's own output stays small and the guest goes on."""
    m = machine(guest_bundle("flood"), mem="256M")
    run_to_end(m, 3 * SHORT_TIMEOUT)
    assert len(m.hv_lines()) < FLOOD_LINES_MAX
    assert len(re.findall(r"^flood \d+ ABC", m.console, re.M)) > 450


def test_abort_is_reported_once_with_its_address(machine, guest_bundle):
    m = machine(guest_bundle("mem"), mem="256M")
    run_to_end(m, 2 * SHORT_TIMEOUT)
    assert re.search(r"\[hv\] [^\n]*vm0 'test': [^\n]*0x0*e000000\b", m.console)
