# SPDX-License-Identifier: BSD-3-Clause
"""Hazel's settings: the machines and VMs that its rows are measured in.

Rows without a setting in their name are what the goals are for: VMs that have their CPUs to themselves, hv.bhb=off.
"""
import dataclasses
import functools
import os
import struct

import hazel
import machine
import rows
from hazel import MIB, Vm

BHB_OFF = "hv.bhb=off"
FEW = ("hvc_psci_version", "id_reg", "gicd_typer_r", "sgi_self", "vtimer")
BROADCASTS = tuple(f"sgi_bcast_{n}" for n in range(1, 8))
DOORBELLS = ("doorbell_roundtrip", "doorbell_roundtrip_fp")

SMALL = 4 * MIB
# A VM whose image takes long to check starts after all the others: it finds them in WFI. Bytes for each of them.
LATE = "late"
LATE_IMAGE = 100_000
# Who does nothing but wait is called so.
SLEEPER = "sleep"
# What VMs have whose start is timed.
RESET_MEM = 8 * MIB
RESET_MEM_BIG = 256 * MIB

# Of an arm64 Image's header: the image's size in memory, a u64.
IMAGE_SIZE_AT = 16


@dataclasses.dataclass
class Run:
    """One run of a machine with Hazel."""

    name: str  # of its log and bundle
    text: str  # what is said about it while it runs
    vms: dict
    suffix: str = ""  # rows are called row@suffix
    hv_args: str = BHB_OFF
    smp: int = 2
    only: tuple = ()  # rows to keep; without them, all but the one of the reset
    gate: bool = False  # part of the regression gate
    image: object = None  # function that returns the path of the guest's image, when it is not the usual one


def words(names, *more):
    """bootargs that choose rows."""
    return " ".join(["rows", *(f"row.{name}" for name in names), *more])


def sleepers(*cpus):
    """A VM that is there and does nothing, for each of @cpus."""
    return {f"{SLEEPER}{i}": Vm("sleep", vcpus=1, mem=SMALL, cpus=(cpu,), scheduler="bvt")
            for i, cpu in enumerate(cpus)}


def alone():
    """The bench guest, alone, with all rows of one VM."""
    vms = {"bench": Vm(gpio=True)}
    shared = {"bench": Vm(gpio=True, kernel=LATE, cpus=(0, 1), scheduler="bvt"), **sleepers(0, 1)}
    return [
        Run("alone", "alone, hv.bhb=off", vms, gate=True),
        Run("default", "alone, as shipped", vms, "default", hv_args="", gate=True),
        Run("shared", "a VM in WFI on each of its CPUs", shared, "shared", gate=True),
    ]


def many():
    """
    The same with more VMs, and with more vCPUs. The VMs are all on one CPU: where the others wait makes no difference
    to an exit, but QEMU before 8.1 lets CPUs that load VMs starve each other, so that they would not be in WFI in time.
    """
    found = []
    for n in (1, 2, 8, 32):
        vms = {"bench": Vm(words(FEW), vcpus=1, kernel=LATE, cpus=(0,), scheduler="bvt"), **sleepers(*[0] * (n - 1))}
        found.append(Run(f"vms{n}", f"{n} VM{'s' * (n > 1)} on one CPU", vms, f"vms{n}", smp=1))
    return found + [Run("vcpus8", "8 vCPUs", {"bench": Vm(words(FEW), vcpus=8)}, "vcpus8", smp=8)]


def between():
    """From vCPU to vCPU, and from VM to VM."""
    def bells(cpu, scheduler):
        return {"bench": Vm(words(DOORBELLS), vcpus=1, kernel=LATE, cpus=(cpu,), scheduler=scheduler, shared=True),
                "peer": Vm("peer", vcpus=1, mem=SMALL, cpus=(0,), scheduler=scheduler, shared=True)}

    return [
        Run("bcast", "SGIs to several vCPUs", {"bench": Vm(words(BROADCASTS, "bcast"), vcpus=8)}, smp=8, gate=True),
        Run("onecpu", "two vCPUs on one CPU", {"bench": Vm(words(["ipi_roundtrip"]), cpus=(0,), scheduler="bvt")},
            "onecpu", smp=1, gate=True),
        Run("doorbell", "doorbells", bells(1, "noop"), gate=True),
        Run("doorbell-onecpu", "doorbells, both VMs on one CPU", bells(0, "bvt"), "onecpu", smp=1, gate=True),
    ]


def resets():
    """From reset to the guest's first instruction, by the size of the image."""
    def run(name, text, suffix, mem, image):
        vms = {"bench": Vm(words([rows.RESET]), vcpus=1, mem=mem)}
        return Run(name, text, vms, suffix, f"{BHB_OFF} hv.loglevel=1", smp=1, only=(rows.RESET,), image=image)

    return [
        run("reset", "reset, 8 MiB of RAM", "", RESET_MEM, None),
        run("reset-1mb", "reset, image of 1 MB, 256 MiB of RAM", "1mb", RESET_MEM_BIG,
            functools.partial(padded, "bench-1mb", 1_000_000)),
        run("reset-8mb", "reset, image of 8 MB, 256 MiB of RAM", "8mb", RESET_MEM_BIG,
            functools.partial(padded, "bench-8mb", 8_000_000)),
        run("reset-44mb", "reset, image of 44 MB, 256 MiB of RAM", "44mb", RESET_MEM_BIG,
            functools.partial(with_linux, "bench-44mb", hazel.GUEST)),
    ]


def every():
    """All runs, in the order in which they are done."""
    return [*alone(), *many(), *between(), *resets()]


def gate():
    """Those that have the exit paths."""
    return [run for run in every() if run.gate]


# --- images ----------------------------------------------------------------------------------------------------------
def grown(image, more):
    """The arm64 Image @image, in bytes, with @more behind it and a header that says so."""
    result = bytearray(image + more)
    size, = struct.unpack_from("<Q", result, IMAGE_SIZE_AT)
    struct.pack_into("<Q", result, IMAGE_SIZE_AT, max(size, len(result)))
    return bytes(result)


def write_image(name, guest, more):
    """Keep it as build/bench/images/NAME.bin; returns the path."""
    path = os.path.join(machine.OUT, "bench", "images", name + ".bin")
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(guest, "rb") as f:
        data = grown(f.read(), more)
    with open(path, "wb") as f:
        f.write(data)
    return path


def padded(name, size):
    """The guest's image, made @size bytes long."""
    return write_image(name, hazel.GUEST, bytes(size - os.path.getsize(hazel.GUEST)))


def with_linux(name, guest):
    """The guest's image with Debian's kernel behind it, which nobody runs."""
    import kvm  # it knows how to fetch one
    with open(kvm.fetched("standard", "kernel"), "rb") as f:
        return write_image(name, guest, f.read())


def images(run):
    """The images of a run's bundle."""
    found = {"kernel": hazel.bundle.Image(run.image() if run.image else hazel.GUEST)}
    if any(vm.kernel == LATE for vm in run.vms.values()):
        size = LATE_IMAGE * (1 + len(run.vms))
        found[LATE] = hazel.bundle.Image(padded(f"bench-late-{run.name}", size), hashes=("sha256",))
    return found
