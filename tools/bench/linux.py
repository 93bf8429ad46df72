# SPDX-License-Identifier: BSD-3-Clause
"""Linux rows: Debian's kernel in a VM, and on the machine itself with the device tree that it has in the VM.

A QEMU plugin (plugin/cpus.c) counts what each CPU executes, at marks: where the kernel begins, where /init does, and
before and after each command that tests/guest/linux/rows measures. A row is what the CPUs of the VM have executed
between two marks, EL2 included: neither idle time nor another VM on other CPUs is in it. Between marks are QEMU's lines
of the exceptions taken to EL2 (-d int), with the reason in ESR_EL2.
"""
import base64
import collections
import dataclasses
import os
import pathlib
import re
import tarfile

import hazel
import kvm
import machine
import profile

DIR = os.path.join(machine.OUT, "bench", "linux")
MARK_ELF = os.path.join(machine.OUT, "tests", "guest", "linux", "mark")
ROWS = os.path.join(machine.ROOT, "tests", "guest", "linux", "rows")
RAM = 0x40000000
RAM_MIB = 256
# QEMU puts the kernel, whose text_offset is 0, here when it has to be its boot loader; Hazel at the start of RAM.
ENTRY_BARE = RAM + 2 * hazel.MIB
ENTRY_VM = RAM
# Tests of the crypto code run beside the boot, for as long, and how they share the CPU changes with every detail.
BOOTARGS = "console=ttyAMA0 quiet loglevel=1 panic=-1 rdinit=/init cryptomgr.notests"
TIMEOUT = 1200 * float(os.environ.get("HAZEL_TIME_SCALE", "1"))
WRONG = ("Kernel panic", "[hv] crash: ", "[hv] panic: ", "[hv] error: ", "icount sleep disabled and no active timers")

BOOT = "boot"
CYCLICTEST = "cyclictest"
ROW = re.compile(r"BENCH_ROW (\w+) (\d+)\b")
LATENCY = re.compile(r"T: *\d+ .*C: *\d+ Min: *(\d+) Act: *\d+ Avg: *(\d+) Max: *(\d+)")

# Reasons of exits, by the exception class in ESR_EL2 (DDI 0487, ESR_EL2.EC).
REASONS = {0x01: "WFI", 0x07: "FP", 0x16: "HVC", 0x17: "SMC", 0x18: "sysreg", 0x20: "instruction abort", 0x24: "MMIO",
           0x25: "EL2"}
IRQ = "IRQ"
TAKEN = re.compile(r"Taking exception \d+ \[([^]]*)\] on CPU (\d+)")
LEVELS = re.compile(r"\.\.\.from EL(\d) to EL(\d)")
SYNDROME = re.compile(r"\.\.\.with ESR 0x([0-9a-f]+)/")


@dataclasses.dataclass
class Mark:
    """Where a CPU passed a mark: what all CPUs had executed by then, and the exits before it by (CPU, reason)."""

    name: str
    cpu: int
    executed: list  # (all, in EL2) for each CPU
    exits: collections.Counter


@dataclasses.dataclass
class Result:
    """What is kept of one execution of a row."""

    instructions: int
    el2: int
    exits: dict


# --- what runs -------------------------------------------------------------------------------------------------------
def initramfs():
    """build/bench/linux/initrd.gz: busybox, rt-tests, the program that marks, and the rows."""
    os.makedirs(DIR, exist_ok=True)
    busybox = kvm.fetched("busybox", "busybox-static")
    tests = kvm.fetched("rttests", "rt-tests")
    own = os.path.join(DIR, "own.tar")
    # Times and owners are mkinitrd's.
    with tarfile.open(own, "w", dereference=True) as tar:
        for name, path in (("init", MARK_ELF), ("bin/mark", MARK_ELF), ("rows", ROWS)):
            tar.add(path, name)
    image = os.path.join(DIR, "initrd.gz")
    kvm.tool(os.path.join(machine.ROOT, "scripts", "mkinitrd"), busybox, image, tests, own)
    return image


def vm(vcpus, bootargs, cpus):
    """A VM with Linux, alone on its CPUs."""
    return hazel.bundle.Vm(ramdisk="ramdisk", memory=((RAM, RAM_MIB * hazel.MIB),), bootargs=bootargs, passthrough=(),
                           props=f'vcpus = <{vcpus}>;\n\t\t\tscheduler = "noop";\n\t\t\t'
                                 f"cpu-affinity = <{' '.join(map(str, cpus))}>;")


def command_hazel(name, vcpus, busy=False, more="", hv_args="hv.bhb=off", hypervisor=None):
    """QEMU's command line for Hazel with a VM of @vcpus vCPUs, and one that is @busy on a CPU of its own."""
    images = {"kernel": hazel.bundle.Image(kvm.fetched("standard", "kernel")),
              "ramdisk": hazel.bundle.Image(initramfs(), type="ramdisk")}
    vms = {"linux": vm(vcpus, BOOTARGS + more, range(vcpus))}
    if busy:
        vms["busy"] = vm(1, BOOTARGS + " busy", (vcpus,))
    img = hazel.bundle.make_bundle(pathlib.Path(DIR) / name, images, vms)
    qemu = machine.qemu(vcpus + busy, "1G")
    # Firmware gives Hazel a seed for random numbers, and Hazel its VMs another one.
    dtb = os.path.join(DIR, f"host{vcpus + busy}.dtb")
    kvm.device_tree(dtb, qemu)
    return qemu + [
        "-dtb", dtb, "-kernel", hypervisor or os.path.join(machine.OUT, "hypervisor.bin"), "-initrd", str(img),
        "-append", hv_args]


def device_tree(vcpus, hypervisor=None):
    """
    The device tree that Linux has in the VM, as it shows it in /sys/firmware/fdt; a path. Linux has taken the seed for
    random numbers out of it: there is another one in its place.
    """
    text = machine.run(command_hazel(f"fdt{vcpus}", vcpus, more=" fdt", hypervisor=hypervisor), timeout=TIMEOUT,
                       log=os.path.join(machine.OUT, "bench", "logs", f"linux-fdt{vcpus}.log"), wrong=WRONG)
    encoded = "".join(re.findall(r"FDT (\S+)", text))
    path = os.path.join(DIR, f"linux{vcpus}.dtb")
    with open(path, "wb") as f:
        f.write(base64.b64decode(encoded, validate=True))
    kvm.seed(path)
    return path


def command_bare(vcpus, hypervisor=None):
    """QEMU's command line for Linux on the machine itself."""
    return machine.qemu(vcpus, f"{RAM_MIB}M", el2=False) + [
        "-kernel", kvm.fetched("standard", "kernel"), "-initrd", initramfs(), "-append", BOOTARGS,
        "-dtb", device_tree(vcpus, hypervisor)]


# --- what was counted ------------------------------------------------------------------------------------------------
def marks_of(lines):
    """The marks in QEMU's log, in order."""
    exits, taken, found = collections.Counter(), None, []
    for line in lines:
        if line.startswith("mark "):
            _, name, cpu, *executed = line.split()
            found.append(Mark(name, int(cpu), [tuple(map(int, e.split(":"))) for e in executed], exits.copy()))
        elif (m := TAKEN.match(line)):
            taken = (m.group(1), int(m.group(2)), False)
        elif taken and (m := LEVELS.match(line)):
            taken = (*taken[:2], m.group(2) == "2" and m.group(1) != "2")
            if taken[2] and taken[0] in ("IRQ", "FIQ"):
                exits[taken[1], IRQ] += 1
        elif taken and taken[2] and (m := SYNDROME.match(line)):
            code = int(m.group(1), 16)
            if taken[0] not in ("IRQ", "FIQ"):
                exits[taken[1], REASONS.get(code, f"EC {code:#x}")] += 1
    return found


def between(first, last, cpus):
    """What @cpus executed from one mark to another."""
    def executed(mark, which):
        return sum(mark.executed[cpu][which] for cpu in cpus if cpu < len(mark.executed))

    exits = collections.Counter()
    for (cpu, reason), n in (last.exits - first.exits).items():
        if cpu in cpus:
            exits[reason] += n
    return Result(executed(last, 0) - executed(first, 0), executed(last, 1) - executed(first, 1), dict(exits))


def results(marks, text, cpus):
    """{row: [Result, ...]}: marks of these CPUs, and the names that the guest has printed in the same order."""
    marks = [mark for mark in marks if mark.cpu in cpus]
    # QEMU's boot loader may be where the kernel will be: the last one before /init counts.
    init = next((i for i, mark in enumerate(marks) if mark.name == "init"), None)
    entry = next((mark for mark in reversed(marks[:init]) if mark.name == "entry"), None)
    if init is None or entry is None:
        raise machine.Failed("Linux did not come to /init")
    found = {BOOT: [between(entry, marks[init], cpus)]}
    pairs = [mark for mark in marks if mark.name in ("begin", "end")]
    names = ROW.findall(text)
    if len(pairs) != 2 * len(names) or any(m.name != ("begin", "end")[i % 2] for i, m in enumerate(pairs)):
        raise machine.Failed(f"{len(pairs)} marks for {len(names)} rows")
    for i, (name, status) in enumerate(names):
        if status != "000":
            raise machine.Failed(f"{name} ended with {status}")
        found.setdefault(name, []).append(between(pairs[2 * i], pairs[2 * i + 1], cpus))
    return found


def latency(text):
    """cyclictest's figures in ns: smallest, average, largest of all CPUs."""
    found = [tuple(map(int, figures)) for figures in LATENCY.findall(text)]
    if not found:
        raise machine.Failed("cyclictest printed no figures")
    return {"min": min(f[0] for f in found), "median": sum(f[1] for f in found) // len(found),
            "max": max(f[2] for f in found)}


def figures(found):
    """Smallest, median, largest."""
    ordered = sorted(found)
    return {"min": ordered[0], "median": ordered[len(ordered) // 2], "max": ordered[-1]}


def exits(found):
    """{reason: how often}, the average of some executions, to a whole number."""
    total = collections.Counter()
    for result in found:
        total.update(result.exits)
    return {reason: round(n / len(found)) for reason, n in sorted(total.items())}


def run(name, command, vcpus, entry, elf=None):
    """Run it with the plugin. Returns ({row: [Result]}, {latency figures})."""
    symbols = profile.symbols(MARK_ELF)
    args = [profile.build_plugin("cpus").replace(",", ",,"), f"entry={entry:#x}",
            *(f"{mark}={symbols['mark_' + mark]:#x}" for mark in ("init", "begin", "end"))]
    if elf:
        lo, hi, _ = profile.el2_range(elf)
        args += [f"lo={lo:#x}", f"hi={hi:#x}"]
    trace = os.path.join(DIR, f"{name}.trace")
    try:
        text = machine.run(command + ["-plugin", ",".join(args), "-d", "int,plugin", "-D", trace], timeout=TIMEOUT,
                           log=os.path.join(machine.OUT, "bench", "logs", f"linux-{name}.log"), wrong=WRONG)
        with open(trace, encoding="utf-8", errors="replace") as f:
            marks = marks_of(f)
    finally:
        if os.path.exists(trace) and not os.environ.get("BENCH_KEEP"):
            os.remove(trace)
    return results(marks, text, range(vcpus)), latency(text)
