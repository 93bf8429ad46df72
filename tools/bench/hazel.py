# SPDX-License-Identifier: BSD-3-Clause
"""The Hazel column: bundles of the bench guest, and runs of them."""
import dataclasses
import os
import pathlib
import sys

import machine

sys.path.insert(0, os.path.join(machine.ROOT, "tests", "qemu"))
import bundle  # noqa: E402  (beside the tests that use it too)

# The guest is linked for RAM here, where no address of its own is one of Hazel's image: profiles tell them apart.
RAM = 0x80000000
MIB = bundle.MIB
GUEST = os.path.join(machine.OUT, "tests", "guest", "bench", "bench-high.bin")
GPIO = "/pl061@9030000"


@dataclasses.dataclass
class Vm:
    """A VM with the bench guest, or with another flat image."""

    bootargs: str = ""
    vcpus: int = 2
    mem: int = 64 * MIB
    cpus: tuple = ()  # affinity
    scheduler: str = "noop"
    gpio: bool = False
    shared: bool = False
    kernel: str = "kernel"

    def node(self):
        """Its manifest node."""
        props = [f"vcpus = <{self.vcpus}>;", f'scheduler = "{self.scheduler}";']
        if self.cpus:
            props.append(f"cpu-affinity = <{' '.join(map(str, self.cpus))}>;")
        if self.shared:
            props.append('shared-memory = "chan"; shared-memory-ipa = <0 0x50000000>;')
        return bundle.Vm(kernel=self.kernel, memory=((RAM, self.mem),), bootargs=self.bootargs,
                         passthrough=(GPIO,) if self.gpio else (), props="\n\t\t\t".join(props))


SHARED = '\tshared-memory {\n\t\tcompatible = "hazel,shared-memory-v1";\n\t\tchan { size = <0x1000>; };\n\t};\n'


def command(vms, smp=2, hv_args="", mem="1G", extra=(), images=None, name="bench", hypervisor=None):
    """QEMU's command line for Hazel with these VMs (name: Vm)."""
    out = pathlib.Path(machine.OUT) / "bench" / "hazel"
    images = images or {"kernel": bundle.Image(GUEST)}
    img = bundle.make_bundle(out / name, images, {n: v.node() for n, v in vms.items()},
                             extra=SHARED if any(v.shared for v in vms.values()) else "")
    return machine.qemu(smp, mem) + ["-kernel", hypervisor or os.path.join(machine.OUT, "hypervisor.bin"),
                                     "-initrd", str(img), "-append", hv_args, *extra]


def run(vms, name="bench", **kw):
    """Run it; what the console showed."""
    return machine.run(command(vms, name=name, **kw), log=os.path.join(machine.OUT, "bench", "logs", f"{name}.log"))
