# SPDX-License-Identifier: BSD-3-Clause
"""Acceptance A3: what the built files are; that make has nothing left to do and nothing to complain about."""
import json
import os
import re
import struct
import subprocess

import pytest

from hazel import BUILD, ROOT

LINK_ADDR = 0x40080000
READELF = "aarch64-linux-gnu-readelf"


@pytest.fixture
def elf(hypervisor):
    """build/hypervisor.elf."""
    return hypervisor.with_suffix(".elf")


def readelf(*args):
    """Its output."""
    return subprocess.run([READELF, "-W", *args], check=True, text=True, stdout=subprocess.PIPE).stdout


def run_make(*args):
    """make in a clean environment; returns the output."""
    env = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL")}
    return subprocess.run(["make", *args], cwd=ROOT, env=env, text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, check=False)


def test_entry_and_text(elf):
    assert re.search(rf"Entry point address:\s+{LINK_ADDR:#x}", readelf("-h", elf))
    assert re.search(rf"\.text\s+PROGBITS\s+0*{LINK_ADDR:x}\b", readelf("-S", elf))


def test_nothing_is_writable_and_executable(elf):
    segments = re.findall(r"LOAD\s+\S+ \S+ \S+ \S+ \S+ ([RWE ]{3})", readelf("-l", elf))
    assert segments
    assert not [s for s in segments if "W" in s and "E" in s]


def test_only_relative_relocations(elf):
    kinds = set(re.findall(r"R_AARCH64_\w+", readelf("-r", elf)))
    assert all(kind.startswith("R_AARCH64_RELATIV") for kind in kinds), kinds


def test_image_header(hypervisor):
    head = hypervisor.read_bytes()[:64]
    text_offset, image_size, flags = struct.unpack("<3Q", head[8:32])
    assert (text_offset, flags, head[56:60]) == (0x80000, 0xA, b"ARMd")
    assert image_size >= hypervisor.stat().st_size
    # Free for a PE header later: the offset of it.
    assert struct.unpack("<I", head[60:64])[0] == 0


def test_make_has_nothing_to_do_and_no_warning(hypervisor):
    assert hypervisor.exists()
    r = run_make("all")
    assert r.returncode == 0, r.stdout
    assert not re.search(r"\b(CC|LD|AS)\b.*\.(c|S|elf)", r.stdout), r.stdout
    assert "warning" not in r.stdout


def test_help_lists_targets():
    out = run_make("help").stdout
    for target in ("defconfig", "menuconfig", "savedefconfig", "run", "check", "gdb", "deps", "clean"):
        assert re.search(rf"\b{target}\b", out), target


def test_compile_commands():
    entries = json.loads((BUILD / "compile_commands.json").read_text())
    assert any(e["file"].endswith("init.c") for e in entries)
