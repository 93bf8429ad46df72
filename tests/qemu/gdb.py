# SPDX-License-Identifier: BSD-3-Clause
"""gdb-multiarch in batch mode against a QEMU that waits at its first instruction."""
import shutil
import subprocess

import pytest

from hazel import BUILD, ROOT, SHORT_TIMEOUT

GDB = shutil.which("gdb-multiarch")


def gdb_socket(workdir):
    """QEMU arguments and GDB's name of a private socket: no port that another test could have."""
    path = workdir / "gdb.sock"
    return ("-S", "-chardev", f"socket,path={path},server=on,wait=off,id=gdb0", "-gdb", "chardev:gdb0"), path


def run_gdb(path, commands, timeout=3 * SHORT_TIMEOUT):
    """Run commands in one batch; returns all output."""
    if not GDB:
        pytest.fail("gdb-multiarch is missing: make deps-check")
    argv = [GDB, "-q", "-nx", "-batch", "-ex", "set pagination off", "-ex", "set confirm off",
            "-ex", f"target remote {path}"]
    for c in commands:
        argv += ["-ex", c]
    r = subprocess.run(argv + [str(BUILD / "hypervisor.elf")], cwd=ROOT, stdin=subprocess.DEVNULL, text=True,
                       stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=timeout, check=False)
    return r.stdout
