# SPDX-License-Identifier: BSD-3-Clause
"""VM bundles for tests: the manifest text is made from Python values, packed by scripts/mkbundle."""
import dataclasses
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]

RAM_BASE = 0x40000000
MIB = 1 << 20


def cells64(value):
    """A 64-bit number as two cells."""
    return f"{value >> 32:#x} {value & 0xffffffff:#x}"


@dataclasses.dataclass
class Image:
    """A node under /images. data: a path, or bytes."""

    data: object
    type: str = "kernel"
    os: str = "linux"
    compression: str = "none"
    hashes: tuple = ("crc32",)
    extra: str = ""

    def its(self, name, directory):
        """Node text; bytes are written to a file in directory first."""
        path = self.data
        if isinstance(path, (bytes, bytearray)):
            path = directory / f"{name}.data"
            path.write_bytes(self.data)
        hashes = "".join(f'\t\t\thash-{i} {{ algo = "{a}"; }};\n' for i, a in enumerate(self.hashes, 1))
        return (
            f'\t\t{name} {{\n\t\t\tdescription = "{name}";\n\t\t\tdata = /incbin/("{path}");\n'
            f'\t\t\ttype = "{self.type}";\n\t\t\tarch = "arm64";\n\t\t\tos = "{self.os}";\n'
            f'\t\t\tcompression = "{self.compression}";\n'
            f"{self.extra}{hashes}\t\t}};\n"
        )


@dataclasses.dataclass
class Vm:
    """A node under /vms; props go in verbatim."""

    kernel: str = "kernel"
    ramdisk: str = ""
    memory: tuple = ((RAM_BASE, 64 * MIB),)
    bootargs: str = ""
    passthrough: tuple = ("console",)
    props: str = ""

    def its(self, name):
        """Node text."""
        lines = [f'kernel = "{self.kernel}";'] if self.kernel else []
        if self.ramdisk:
            lines.append(f'ramdisk = "{self.ramdisk}";')
        if self.memory:
            cells = " ".join(f"{cells64(ipa)} {cells64(size)}" for ipa, size in self.memory)
            lines.append(f"memory = <{cells}>;")
        if self.bootargs:
            lines.append(f'bootargs = "{self.bootargs}";')
        if self.passthrough:
            lines.append("passthrough = " + ", ".join(f'"{p}"' for p in self.passthrough) + ";")
        if self.props:
            lines.append(self.props)
        return f"\t\t{name} {{\n" + "".join(f"\t\t\t{line}\n" for line in lines) + "\t\t};\n"


def make_bundle(directory, images, vms, name="bundle", wrap=True, extra=""):
    """Pack images (dict name: Image) and vms (dict name: Vm) into directory/name.img; returns the path.

    extra: more nodes, verbatim.
    """
    directory.mkdir(parents=True, exist_ok=True)
    text = '/dts-v1/;\n/ {\n\tdescription = "test bundle";\n\t#address-cells = <2>;\n\timages {\n'
    text += "".join(image.its(n, directory) for n, image in images.items())
    text += f'\t}};\n{extra}'
    text += '\tconfigurations { };\n\tvms {\n\t\tcompatible = "hazel,vms-v1";\n'
    text += "".join(vm.its(n) for n, vm in vms.items())
    text += "\t};\n};\n"
    its = directory / f"{name}.its"
    its.write_text(text)
    out = directory / f"{name}.img"
    command = [str(ROOT / "scripts/mkbundle"), "-g", str(directory)]
    if not wrap:
        command.append("-u")
    subprocess.run(command + [str(its), str(out)], check=True, cwd=ROOT)
    return out
