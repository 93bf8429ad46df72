# SPDX-License-Identifier: BSD-3-Clause
"""The hypervisor before a change: built from git, for a compiler and a QEMU that the baseline knows nothing about."""
import os
import shutil
import subprocess

import gate
import machine
import measure

DIR = os.path.join(machine.OUT, "bench", "parent")
# What a hypervisor is built from.
SOURCES = ("hypervisor", "scripts", "configs", "Kconfig", "Makefile")


def git(*command, check=True):
    """What git prints; None when it fails."""
    result = subprocess.run(["git", *command], cwd=machine.ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                            check=False)
    if result.returncode and check:
        raise machine.Missing((result.stderr.decode("utf-8", "replace").strip().splitlines() or ["git failed"])[-1])
    return None if result.returncode else result.stdout


def commit():
    """
    The commit to compare with: HEAD when the work tree differs from it, else the one before. Missing says why there is
    none.
    """
    if not shutil.which("git"):
        raise machine.Missing("git is not installed")
    top = git("rev-parse", "--show-toplevel").decode().strip()
    if os.path.realpath(top) != os.path.realpath(machine.ROOT):
        raise machine.Missing("this is not a git work tree")
    changed = git("status", "--porcelain", "--", *SOURCES)
    found = git("rev-parse", "-q", "--verify", "HEAD^{commit}" if changed else "HEAD^^{commit}", check=False)
    if not found:
        raise machine.Missing("HEAD has no parent here")
    return found.decode().strip()


def baseline(of):
    """The baseline as it was in that commit."""
    path = os.path.relpath(gate.BASELINE, machine.ROOT)
    return gate.parse((git("show", f"{of}:{path}", check=False) or b"").decode())


def export(of):
    """The commit's files, in a directory of its own."""
    place = os.path.join(DIR, of[:12])
    stamp = os.path.join(place, ".complete")
    if not os.path.exists(stamp):
        # Older ones will not be needed again.
        shutil.rmtree(DIR, ignore_errors=True)
        os.makedirs(place)
        archive = git("archive", of)
        subprocess.run(["tar", "-x", "-C", place], input=archive, check=True)
        with open(stamp, "w", encoding="ascii"):
            pass
    return place


def build(of, config=None):
    """The commit's hypervisor.bin, by the same compiler; @config: not its default configuration but this file."""
    place = export(of)
    if config:
        shutil.copyfile(config, os.path.join(place, ".config"))
    llvm = os.path.basename(measure.toolchain()[1]) == "llvm"
    # This make's flags are not that one's.
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES", "O")}
    result = subprocess.run(["make", "-s", f"-j{os.cpu_count()}", "O=build", "KCONFIG_CONFIG=.config",
                             "BOARD=qemu_virt", f"LLVM={int(llvm)}", "build/hypervisor.bin"], cwd=place, env=env,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    if result.returncode:
        raise machine.Failed(f"commit {of[:12]} does not build:\n{result.stdout[-2000:]}")
    return os.path.join(place, "build", "hypervisor.bin")
