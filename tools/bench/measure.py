# SPDX-License-Identifier: BSD-3-Clause
"""Runs of the bench guest on each of the four: bare, Hazel, Xen, KVM. Figures end in one table of rows."""
import contextlib
import functools
import os
import re
import shutil
import subprocess
import time

import hazel
import kvm
import machine
import rows
import settings
import xen

GUEST = os.path.join(os.path.dirname(hazel.GUEST), "bench.bin")
# bootargs that choose no rows, so that all come.
ALL = "all"
# What is printed when a run has gone wrong: by Hazel, and by QEMU when nobody is left that could wake anybody.
WRONG = ("[hv] error: ", "[hv] crash: ", "[hv] panic: ", "icount sleep disabled and no active timers")
# Seconds for a run of Hazel or of the bare machine; each takes one or two.
TIMEOUT = 120 * float(os.environ.get("HAZEL_TIME_SCALE", "1"))


def log_of(name):
    """The file that a run's output is kept in."""
    return os.path.join(machine.OUT, "bench", "logs", f"{name}.log")


def snapshot(name="measured"):
    """
    Copies of what make built, so that figures and profiles are of one and the same file, whatever is built meanwhile;
    returns the path of its ELF; beside it are the .bin and the linker's map.
    """
    place = os.path.join(machine.OUT, "bench", name)
    os.makedirs(place, exist_ok=True)
    for directory, end in ((machine.OUT, "elf"), (machine.OUT, "bin"), (toolchain()[1], "elf.map")):
        shutil.copy2(os.path.join(directory, f"hypervisor.{end}"), place)
    return os.path.join(place, "hypervisor.elf")


def toolchain():
    """{name: value} of the makefile that says what compiles, and the directory of the objects."""
    with open(os.path.join(machine.OUT, "toolchain.stamp"), encoding="utf-8") as f:
        objects = os.path.join(machine.ROOT, f.read().strip())
    with open(os.path.join(objects, "toolchain.mk"), encoding="utf-8") as f:
        return dict(re.findall(r"^(\w+) := (.*)$", f.read(), re.M)), objects


def first_line(*command):
    """The first line that a program prints."""
    return subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout.split("\n", maxsplit=1)[0]


def compiler_name(line):
    """"gcc 12.2.0" or "clang 14.0.6", of the first line that the compiler's --version prints."""
    clang = re.search(r"clang version (\d[\d.]*)", line)
    if clang:
        return "clang " + clang.group(1)
    return "gcc " + line.split()[-1]


def qemu_name(line):
    """"QEMU 7.2.22", of the first line that QEMU's --version prints."""
    return "QEMU " + re.search(r"version (\d[\d.]*)", line).group(1)


def compiler():
    """The compiler that built Hazel."""
    return compiler_name(first_line(*toolchain()[0]["CC"].split(), "--version"))


def qemu():
    """The QEMU that runs all columns but Xen's, perhaps."""
    return qemu_name(first_line(machine.QEMU, "--version"))


def has_default_config():
    """Is build/hypervisor.bin of the shipped configuration?"""
    os.environ["srctree"] = machine.ROOT
    import kconfiglib
    config = kconfiglib.Kconfig("Kconfig", warn=False)
    config.load_config(os.path.join(machine.ROOT, "configs", "qemu_virt_defconfig"))
    default = os.path.join(machine.OUT, "bench", "default.config")
    os.makedirs(os.path.dirname(default), exist_ok=True)
    config.write_config(default, save_old=False)

    def values(path):
        with open(path, encoding="utf-8") as f:
            return [line for line in f if line.startswith("CONFIG_")]

    return values(default) == values(os.path.join(machine.OUT, "config.full"))


def started_first(text, vms):
    """Who waits has to be there before the first figure comes."""
    before = text.split("BENCH ", maxsplit=1)[0]
    for name in vms:
        if name.startswith(settings.SLEEPER) and f" '{name}': started, entry " not in before:
            raise machine.Failed(f"rows were measured before VM '{name}' had started")


def run_hazel(run, hypervisor=None):
    """One of settings.py's runs; {row: figures}."""
    command = hazel.command(run.vms, run.smp, run.hv_args, images=settings.images(run), name=run.name,
                            hypervisor=hypervisor)
    text = machine.run(command, timeout=TIMEOUT, log=log_of("hazel-" + run.name), wrong=WRONG)
    started_first(text, run.vms)
    found = rows.parse(text)
    kept = {name: v for name, v in found.items() if (name in run.only if run.only else name != rows.RESET)}
    if not kept:
        raise machine.Failed(f"no rows (log: {log_of('hazel-' + run.name)})")
    return {f"{name}@{run.suffix}" if run.suffix else name: figures for name, figures in kept.items()}


def run_bare(name, bootargs, smp, keep):
    """The guest on the machine itself, at EL1."""
    command = machine.qemu(smp=smp, el2=False) + ["-kernel", GUEST, "-append", bootargs]
    return keep(rows.parse(machine.run(command, timeout=TIMEOUT, log=log_of("bare-" + name))))


def without(*prefixes):
    """A function that drops rows."""
    return lambda found: {name: v for name, v in found.items() if not name.startswith(prefixes)}


class Bench:
    """The table as it fills: rows, and what went wrong."""

    def __init__(self, hazel_name="Hazel"):
        self.hazel_name = hazel_name
        self.rows, self.missing, self.failed = {}, {}, []

    def add(self, column, found):
        for name, figures in found.items():
            self.rows.setdefault(name, {})[column] = figures

    @contextlib.contextmanager
    def step(self, text, column=None):
        """Something that may fail, with a line that says what it is and how long it took."""
        start = time.monotonic()
        print(f"bench: {text} ... ", end="", flush=True)
        try:
            yield
        except machine.Missing as e:
            what = f"{column} column" if column else f"figures of '{text}'"
            self.missing[what] = str(e)
            print(f"missing\nbench: no {what}: {e}", flush=True)
        except (machine.Failed, subprocess.CalledProcessError, OSError) as e:
            self.failed.append(text)
            print(f"FAILED\nbench: error: {text}: {e}", flush=True)
        else:
            print(f"{time.monotonic() - start:.1f} s", flush=True)

    def hazel(self, runs, hypervisor=None):
        """Hazel's rows."""
        for run in runs:
            with self.step(f"{self.hazel_name}: {run.text}"):
                self.add("hazel", run_hazel(run, hypervisor))

    def column(self, column, title, runs):
        """Another column: (text, function that returns rows). When something is missing, the rest is left out."""
        for text, run in runs:
            with self.step(f"{title}: {text}", title):
                self.add(column, run())
            if f"{title} column" in self.missing:
                break

    def bare(self):
        """The machine without a hypervisor."""
        broadcast = settings.words(settings.BROADCASTS, "bcast")
        reset = settings.words([rows.RESET])
        self.column("bare", "bare", [
            ("2 CPUs", lambda: run_bare("2cpus", ALL, 2, without(rows.RESET))),
            ("8 CPUs", lambda: run_bare("8cpus", broadcast, 8, without(rows.RESET))),
            ("1 CPU, reset", lambda: run_bare("1cpu", reset, 1, without())),
        ])

    def xen(self):
        """Xen. Its reset with a large image is Hazel's."""
        def guest(name, bootargs, keep, image=None, **kw):
            text = xen.run(image() if image else GUEST, bootargs, log=log_of("xen-" + name), **kw)
            return keep(rows.parse(text))

        def at_44mb(found):
            return {name + "@44mb": v for name, v in found.items()}

        broadcast = settings.words(settings.BROADCASTS, "bcast")
        reset = settings.words([rows.RESET])
        linux = functools.partial(settings.with_linux, "bench-44mb-low", GUEST)
        self.column("xen", "Xen", [
            ("2 vCPUs", lambda: guest("2vcpus", ALL, without(rows.RESET))),
            ("8 vCPUs", lambda: guest("8vcpus", broadcast, without(rows.RESET), smp=8)),
            ("reset, 8 MiB of RAM", lambda: guest("reset", reset, without(), smp=1, memory=8)),
            ("reset, image of 44 MB, 256 MiB of RAM",
             lambda: guest("reset-44mb", reset, at_44mb, linux, smp=1, memory=256)),
        ])

    def kvm(self):
        """KVM, which boots a Linux for each run."""
        def guest(name, bootargs, smp):
            return without(*rows.NOT_IN_KVM)(rows.parse(kvm.run(GUEST, bootargs, smp, log_of("kvm-" + name))))

        broadcast = settings.words(settings.BROADCASTS, "bcast")
        self.column("kvm", "KVM", [("2 vCPUs", lambda: guest("2vcpus", ALL, 2)),
                                   ("8 vCPUs", lambda: guest("8vcpus", broadcast, 8))])
