# SPDX-License-Identifier: BSD-3-Clause
"""Acceptance A9: GDB stops in C before and after the MMU is on, backtraces are right, tools/gdb works."""
import re
import time

import pytest

from gdb import gdb_socket, run_gdb
from hazel import ROOT, SCALE

SCRIPT = ROOT / "tools/gdb/hazel.py"


@pytest.fixture
def stopped(machine, workdir, linux_bundle):
    """QEMU that waits for GDB at its first instruction; returns (machine, socket)."""
    args, path = gdb_socket(workdir)
    m = machine(linux_bundle(), extra=args)
    deadline = time.monotonic() + 10 * SCALE
    while not path.exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    return m, path


def frames(text):
    """Function names of the last backtrace in GDB's output, innermost first."""
    names = []
    for line in text.splitlines():
        m = re.match(r"#(\d+)\s+(?:0x[0-9a-f]+ in )?(\S+) \(", line)
        if m and m.group(1) == "0":
            names = []
        if m:
            names.append(m.group(2))
    return names


def test_before_the_mmu(stopped):
    _, path = stopped
    out = run_gdb(path, ("hbreak early_main", "continue", "backtrace", "print/x current_el", "info line", "kill"))
    assert re.search(r"hit Breakpoint 1, early_main", out) or re.search(r"Breakpoint 1, early_main", out), out
    assert frames(out)[0] == "early_main", out
    assert re.search(r"= 0x8\b", out), out
    assert "init.c" in out


def test_after_the_mmu(stopped):
    _, path = stopped
    out = run_gdb(path, ("hbreak hv_boot_vms", "continue", "backtrace", "info registers SCTLR_EL2", "kill"))
    names = frames(out)
    assert names[0] == "hv_boot_vms", out
    assert "boot_rest" in names and "early_main" in names, out
    sctlr = re.search(r"SCTLR_EL2\s+0x([0-9a-f]+)", out)
    assert sctlr and int(sctlr.group(1), 16) & 1, out


def test_software_breakpoint_and_steps(stopped):
    """With the MMU on plain breakpoints work in W^X memory too, and stepping goes by source line."""
    _, path = stopped
    out = run_gdb(path, ("hbreak boot_rest", "continue", "delete", "tbreak vm_create", "continue", "next", "next",
                         "info locals", "finish", "kill"))
    assert "vm_create" in out, out
    assert re.search(r"vm\.c", out), out


def test_in_a_trap(stopped):
    """A breakpoint in an exit handler shows the guest's exit."""
    _, path = stopped
    out = run_gdb(path, ("hbreak mmio_trap", "continue", "backtrace", "print/x esr", "kill"))
    names = frames(out)
    assert names[0] == "mmio_trap" and "guest_sync" in names, out


def test_commands(stopped):
    """hazel vms, vcpu, s2walk and log."""
    _, path = stopped
    out = run_gdb(path, ("hbreak mmio_trap", "continue", f"source {SCRIPT}", "hazel vms", "hazel vcpu 0 0",
                         "hazel s2walk 0 0x40000000", "hazel s2walk 0 0x09000000", "hazel s2walk 0 0x0e000000",
                         "hazel log", "kill"))
    assert "Error" not in out and "Traceback" not in out, out
    assert re.search(r"\blinux\b", out), out
    assert re.search(r"\bx0\b.*0x", out) and re.search(r"\bpc\b", out), out
    assert re.search(r"0x0*40000000.*(block|2 ?MiB|page)", out, re.S), out
    assert "Hello from EL2" in out, out
