# SPDX-License-Identifier: BSD-3-Clause
"""A QEMU with Hazel (or anything else) in it, driven through its console."""
import os
import pathlib
import re
import shutil
import time

import pexpect

ROOT = pathlib.Path(__file__).resolve().parents[2]
BUILD = (ROOT / os.environ.get("O", "build")).resolve()
LOGS = BUILD / "test-logs"
QEMU = os.environ.get("QEMU") or "qemu-system-aarch64"
UBOOT = pathlib.Path("/usr/lib/u-boot/qemu_arm64/u-boot.bin")

BANNER = "[hv] Hello from EL2 on qemu_virt, CurrentEL=0x8"
PROMPT = "~ # "
PARKED = r"\[hv\] parked"
# Seconds on a busy 2-core machine; a slower one sets HAZEL_TIME_SCALE.
SCALE = float(os.environ.get("HAZEL_TIME_SCALE", "1"))
BOOT_TIMEOUT = 150 * SCALE
SHORT_TIMEOUT = 40 * SCALE

# What no run may ever show: EL2 failing.
EL2_FAULT = re.compile(r"\[hv\] (crash|panic): |this is a bug in Hazel")
# Whose console is shown from here on; the first comes at boot.
SHOWN = re.compile(r"\[hv\] console: (?:vm\d+ '([^']*)'|(shell)) \(Ctrl-T: next\)")
ANSI = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


def default_cpu():
    """The CPU model that make run takes."""
    return os.environ.get("CPU") or "cortex-a76"


def icount(shift=0):
    """QEMU's deterministic clock: an instruction takes 2^shift ns, idle time is skipped, the host's load is not seen."""
    return ("-icount", f"shift={shift},sleep=off", "-rtc", "base=2026-01-01,clock=vm")


class Hazel:
    """One run of QEMU. console: everything that was printed so far."""

    def __init__(self, name, bundle=None, *, cpu=None, mem="1G", smp=1, append="", machine="", extra=(),
                 kernel=BUILD / "hypervisor.bin", virtualization=True, gic=3):
        board = f"virt,virtualization={'on' if virtualization else 'off'},gic-version={gic}"
        self.argv = ["-M", board + (f",{machine}" if machine else ""), "-cpu", cpu or default_cpu(), "-smp", str(smp),
                     "-m", mem, "-nographic", "-nic", "none"]
        if kernel:
            self.argv += ["-kernel", str(kernel)]
            if append:
                self.argv += ["-append", append]
        if bundle:
            self.argv += ["-initrd", str(bundle)]
        self.start(name, QEMU, [*self.argv, *extra])

    def start(self, name, qemu, argv):
        """Run QEMU with these arguments; what it prints goes to a log called after NAME."""
        LOGS.mkdir(parents=True, exist_ok=True)
        self.log_path = LOGS / f"{name}.log"
        self.argv = [str(a) for a in argv]
        self.log = open(self.log_path, "w", encoding="utf-8", errors="replace", newline="")
        self.log.write(f"$ {qemu} {' '.join(self.argv)}\n")
        self.syncs = 0
        self.started = time.monotonic()
        self.child = pexpect.spawn(shutil.which(qemu), self.argv, encoding="utf-8", codec_errors="replace",
                                   timeout=SHORT_TIMEOUT, dimensions=(50, 250), echo=False)
        self.child.delaybeforesend = None
        self.child.logfile_read = self

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()

    # pexpect's log file -------------------------------------------------------------------------
    def write(self, text):
        """Keep what QEMU prints."""
        self.log.write(text)

    def flush(self):
        """Make the log readable at any moment."""
        self.log.flush()

    @property
    def console(self):
        """All output so far, without escape sequences and carriage returns."""
        if not self.log.closed:
            self.log.flush()
        text = self.log_path.read_bytes().decode("utf-8", errors="replace")
        return ANSI.sub("", text.split("\n", 1)[1]).replace("\r", "")

    # driving ------------------------------------------------------------------------------------
    def expect(self, pattern, timeout=None):
        """Wait for a regular expression; a miss shows the end of the console."""
        try:
            self.child.expect(pattern, timeout=SHORT_TIMEOUT if timeout is None else timeout)
        except (pexpect.TIMEOUT, pexpect.EOF) as e:
            why = "end of output" if isinstance(e, pexpect.EOF) else "timeout"
            raise AssertionError(f"{why} waiting for {pattern!r}; console ends:\n{self.console[-3000:]}") from None
        return self.child.match

    def expect_prompt(self, timeout=None):
        """Wait for the guest's shell."""
        self.expect(re.escape(PROMPT), BOOT_TIMEOUT if timeout is None else timeout)

    def send(self, text):
        """Type."""
        self.child.send(text)

    def run(self, command, timeout=None):
        """Type a command at the prompt; returns its output."""
        self.child.send(command + "\r")
        self.expect(r"[^\n]*\n((?:.*\n)?[^\n]*?)" + re.escape(PROMPT), SHORT_TIMEOUT if timeout is None else timeout)
        text = ANSI.sub("", self.child.match.group(1)).replace("\r", "")
        return text.strip()

    def sync(self, timeout=None):
        """At a guest's prompt, whatever was printed or typed before."""
        end = time.monotonic() + (BOOT_TIMEOUT if timeout is None else timeout)
        # What is typed while the guest still boots is lost: again, until it answers.
        while True:
            self.syncs += 1
            self.child.send(f"\recho syn''c{self.syncs}.\r")
            if self.child.expect([rf"sync{self.syncs}\.\r*\n", pexpect.TIMEOUT], timeout=5 * SCALE) == 0:
                break
            assert time.monotonic() < end, f"no shell answers; console ends:\n{self.console[-3000:]}"
        self.expect_prompt(timeout)

    def focus(self, name):
        """Go to the console of a VM, or to "shell", with Ctrl-T. The first time: once Hazel listens, which it says."""
        unread = not SHOWN.search(self.console) or SHOWN.search(self.child.buffer)
        for _ in range(40):
            if not unread:
                self.child.send("\x14")
            unread = False
            match = self.expect(SHOWN)
            if name in match.groups():
                return
        raise AssertionError(f"no console {name!r}")

    def shell(self, command, timeout=None):
        """Type a command at Hazel's shell, which is shown; returns its output. Lines of the log may come in between."""
        self.child.send(command + "\r")
        self.expect(HV_LINES.join(map(re.escape, command)) + r"\r*\n(.*?)hazel> ", timeout)
        return ANSI.sub("", self.child.match.group(1)).replace("\r", "").strip()

    def wait_exit(self, timeout=None):
        """Wait for QEMU to end by itself; returns its exit status."""
        try:
            self.child.expect(pexpect.EOF, timeout=SHORT_TIMEOUT if timeout is None else timeout)
        except pexpect.TIMEOUT:
            raise AssertionError(f"QEMU did not end; console ends:\n{self.console[-3000:]}") from None
        self.child.close()
        return self.child.exitstatus

    def quiet(self, seconds):
        """Nothing more is printed for a while; returns what was printed instead, if anything."""
        try:
            self.child.expect(r".+", timeout=seconds)
            return self.child.match.group(0)
        except pexpect.TIMEOUT:
            return ""

    def close(self):
        """End QEMU, whatever state it is in, and look at what it printed."""
        if not self.child.closed:
            self.child.close(force=True)
        text = self.console
        self.log.close()
        fault = EL2_FAULT.search(text)
        assert not fault, f"EL2 failed: {text[fault.start():fault.start() + 2000]}"

    def hv_lines(self):
        """Lines that Hazel itself printed."""
        return [line for line in self.console.splitlines() if "[hv] " in line]


GUEST_TEST = re.compile(r"TEST (\w+): (ok|FAIL.*|skip)")
# Beside other VMs a line of Hazel's may come in the middle of a guest's.
HV_LINES = r"(?:\r*\n(?:\[hv\] [^\n]*\n)+)?"
GUEST_DONE = re.compile(HV_LINES.join((*"DONE ", r"(\d+)", *" passed, ", r"(\d+)", *" failed")))


def check_guest_output(text):
    """The verdict of a bare-metal test guest: no failure, at least one success, the closing line is there."""
    failures = [m.group(0) for m in GUEST_TEST.finditer(text) if m.group(2).startswith("FAIL")]
    assert not failures, "\n".join(failures)
    done = GUEST_DONE.search(text)
    assert done, f"no DONE line; console ends:\n{text[-2000:]}"
    assert int(done.group(2)) == 0
    assert int(done.group(1)) > 0
