# SPDX-License-Identifier: BSD-3-Clause
"""The machine that every column is measured on, and how a run of it is read.

One tick of CNTVCT is one executed instruction, summed over all CPUs: `-icount shift=0` makes an instruction last a
nanosecond, and the counter runs at 1 GHz. Nothing else moves the clock, so runs repeat to the digit.
"""
import os
import subprocess
import threading

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
OUT = os.path.join(ROOT, os.environ.get("O", "build"))
QEMU = os.environ.get("BENCH_QEMU", "qemu-system-aarch64")
END = "BENCH done"


class Missing(Exception):
    """This column cannot be measured here; the text says what is missing."""


class Failed(Exception):
    """A run ended without the line that a whole run ends with."""


def qemu(smp=2, mem="1G", el2=True):
    """QEMU's command line: the machine, without what runs on it."""
    return [QEMU, "-M", f"virt,virtualization={'on' if el2 else 'off'},gic-version=3,dtb-randomness=off",
            "-cpu", "cortex-a76,cntfrq=1000000000", "-icount", "shift=0,sleep=off",
            "-rtc", "base=2026-01-01,clock=vm", "-seed", "1", "-smp", str(smp), "-m", mem,
            "-nographic", "-nic", "none", "-no-reboot"]


def run(command, end=END, timeout=600, log=None, wrong=()):
    """
    Run @command until a line of its output contains @end; return what it wrote. Failed when it does not come within
    @timeout seconds, or one of @wrong comes before.
    """
    lines = []
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    timer = threading.Timer(timeout, child.kill)
    timer.start()
    found = False
    try:
        for raw in child.stdout:
            lines.append(raw.decode("utf-8", "replace").rstrip("\r\n"))
            if end in lines[-1]:
                found = True
            if found or any(text in lines[-1] for text in wrong):
                break
    finally:
        timer.cancel()
        child.kill()
        child.wait()
    text = "\n".join(lines)
    if log:
        os.makedirs(os.path.dirname(log), exist_ok=True)
        with open(log, "w", encoding="utf-8") as f:
            f.write(" ".join(command) + "\n" + text + "\n")
    if not found:
        raise Failed(f"no '{end}', within {timeout} s or before an error" + (f" (log: {log})" if log else "") + ":\n" +
                     "\n".join(lines[-15:]))
    return text
