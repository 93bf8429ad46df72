# SPDX-License-Identifier: BSD-3-Clause
"""QEMU's machine "rk3588" (tools/qemu-rk3588), the boards' device trees, and BL31, for tests that want a board."""
import functools
import subprocess

import pytest

from hazel import BUILD, ROOT, Hazel

MODEL = BUILD / "qemu-rk3588/qemu-system-aarch64-rk3588"
ROCK_5B = "rk3588-rock-5b"
CONSOLE = "console=ttyS2,1500000n8"


def require_model():
    """Skip the test when `make qemu-rk3588` was not run."""
    if not MODEL.exists():
        pytest.skip(f"{MODEL.relative_to(BUILD.parent)} is not there: make qemu-rk3588 builds it")


@functools.cache
def fetched(word):
    """What scripts/fetch-guest.sh WORD prints, or None when it cannot be had."""
    r = subprocess.run([ROOT / "scripts/fetch-guest.sh", word], text=True, stdout=subprocess.PIPE, check=False)
    return r.stdout.strip() if r.returncode == 0 else None


def require_fetched(word):
    """The path behind WORD; skip the test when the archive does not have it."""
    path = fetched(word)
    if not path:
        pytest.skip(f"scripts/fetch-guest.sh {word}: not in the cache, and it cannot be fetched")
    return path


def dtb(board=ROCK_5B):
    """The device tree of a board, from Debian's kernel package."""
    return f"{require_fetched('dtbs')}/{board}.dtb"


def boards():
    """Names of all boards with a device tree; none when they cannot be had."""
    names = subprocess.run(["ls", fetched("dtbs")], text=True, stdout=subprocess.PIPE, check=True).stdout.split() \
        if fetched("dtbs") else []
    return [n.removesuffix(".dtb") for n in names if n.endswith(".dtb")]


def bl31():
    """Debian's BL31 for the RK3588, as an ELF file."""
    return require_fetched("bl31")


class Board(Hazel):
    """One run of the machine. secure, bl31: see tools/qemu-rk3588/README.md. bios: a raw image, such as U-Boot."""

    def __init__(self, name, *, kernel=None, initrd=None, board=ROCK_5B, append="", smp=8, mem="4G", secure=False,
                 bl31_file=None, bios=None, machine="", extra=()):
        options = f"rk3588,secure={'on' if secure else 'off'}" + (f",bl31={bl31_file}" if bl31_file else "")
        argv = ["-M", options + (f",{machine}" if machine else ""), "-smp", smp, "-m", mem, "-nographic"]
        # One after the other: eight CPUs in parallel on a small host mostly wait for each other.
        if "-icount" not in extra:
            argv += ["-accel", "tcg,thread=single"]
        if kernel:
            argv += ["-kernel", kernel, "-dtb", dtb(board)]
        if initrd:
            argv += ["-initrd", initrd]
        if append:
            argv += ["-append", append]
        if bios:
            argv += ["-bios", bios]
        self.start(name, str(MODEL), [*argv, *extra])
