# SPDX-License-Identifier: BSD-3-Clause
"""Acceptance A8, bundle side: each bad bundle or manifest gets one clear line that names the thing; EL2 stays whole."""
import re
import struct

import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import GUEST_DONE, PARKED

HOST_MEM = "512M"
E_MACHINE_ARM = 40
E_MACHINE_X86_64 = 62
E_MACHINE_AARCH64 = 183


def check(m, *patterns):
    """An error line for every pattern, then the end: nothing could be started."""
    m.expect(PARKED)
    assert not m.quiet(1).strip()
    errors = [line for line in m.hv_lines() if "[hv] error: " in line]
    for pattern in patterns:
        assert any(re.search(pattern, line) for line in errors), f"{pattern!r} not in {errors}"


def data_offset(path):
    """Where image data starts in a raw FIT: right after its tree, page-aligned."""
    return struct.unpack(">I", path.read_bytes()[4:8])[0]


def test_missing(machine):
    check(machine(mem=HOST_MEM), r"bundle")


def test_empty_file(machine, workdir):
    path = workdir / "tiny.img"
    path.write_bytes(b"\0" * 16)
    check(machine(path, mem=HOST_MEM), r"bundle: (not a FIT|truncated)")


def test_not_a_fit(machine, workdir):
    path = workdir / "noise.img"
    path.write_bytes(bytes((i * 31 + 7) & 0xFF for i in range(300000)))
    check(machine(path, mem=HOST_MEM), r"bundle: not a FIT: magic 0x[0-9a-f]{8}")


def test_fit_without_vms(machine, workdir, guests):
    path = make_bundle(workdir, {"kernel": Image(guests / "hello.bin")}, {}, wrap=False)
    check(machine(path, mem=HOST_MEM), r"vms")


def test_device_tree_that_is_no_bundle(machine, workdir, guest_bundle):
    data = bytearray(guest_bundle("hello", wrap=False).read_bytes())
    path = workdir / "other.img"
    path.write_bytes(bytes(data).replace(b"hazel,vms-v1", b"other,vms-v9"))
    check(machine(path, mem=HOST_MEM), r"compatible")


@pytest.mark.parametrize("keep", ("tree", "data"))
def test_truncated(machine, workdir, guest_bundle, keep):
    good = guest_bundle("idregs", wrap=False)
    size = data_offset(good)
    path = workdir / "cut.img"
    path.write_bytes(good.read_bytes()[:size // 2 if keep == "tree" else size + 4096])
    check(machine(path, mem=HOST_MEM), r"truncated")


@pytest.mark.parametrize("algo", ("crc32", "sha256"))
def test_wrong_hash(machine, workdir, guests, algo):
    good = make_bundle(workdir, {"kernel": Image(guests / "hello.bin", hashes=(algo,))}, {"test": Vm()}, wrap=False)
    data = bytearray(good.read_bytes())
    data[data_offset(good) + 4000] ^= 0x10
    good.write_bytes(data)
    check(machine(good, mem=HOST_MEM), rf"vm0 'test': image kernel: {algo}")


def test_unknown_hash(machine, workdir, guests):
    path = make_bundle(workdir, {"kernel": Image(guests / "hello.bin", hashes=("md5",))}, {"test": Vm()})
    check(machine(path, mem=HOST_MEM), r'algo: "md5" is not one of "crc32", "sha256"')


def test_corrupt_gzip(machine, guest_bundle, guests):
    data = b"\x1f\x8b\x08\x00\0\0\0\0\0\x03" + (guests / "hello.bin").read_bytes()[:4096]
    check(machine(guest_bundle("hello", image=Image(data, compression="gzip")), mem=HOST_MEM),
          r"vm0 'test': image kernel: .*(gzip|inflate|corrupt)")


def test_too_much_memory(machine, guest_bundle):
    bundle = guest_bundle("hello", memory=((RAM_BASE, 4096 * MIB),))
    check(machine(bundle, mem=HOST_MEM), r"'?test'?.*memory|memory.*test")


@pytest.mark.parametrize("path,pattern", (
    ("/no-such@1234000", r"/no-such@1234000"),
    ("/intc@8000000", r"/intc@8000000.*Hazel"),
    ("/timer", r"/timer.*Hazel"),
    ("/psci", r"/psci.*Hazel"),
    ("/memory@40000000", r"/memory@40000000.*Hazel"),
    ("/cpus/cpu@0", r"/cpus/cpu@0.*Hazel"),
    ("/chosen", r"/chosen"),
    ("/", r"passthrough"),
))
def test_device(machine, guest_bundle, path, pattern):
    check(machine(guest_bundle("hello", passthrough=(path,)), mem=HOST_MEM), pattern)


def test_device_given_twice(machine, workdir, guests):
    """The first VM runs, the second one is refused by name, whether it says console or the path."""
    path = make_bundle(workdir, {"kernel": Image(guests / "hello.bin")},
                       {"one": Vm(props='scheduler = "bvt";'),
                        "two": Vm(props='scheduler = "bvt";', passthrough=("/pl011@9000000",)), "three": Vm()})
    m = machine(path, mem=HOST_MEM)
    m.expect(GUEST_DONE.pattern)
    m.expect(r"'one': power off")
    assert m.wait_exit() == 0
    errors = [line for line in m.hv_lines() if "[hv] error: " in line]
    assert len(errors) == 2, errors
    # By another path only the host's device tree tells.
    assert any("'two': passthrough: /pl011@9000000: belongs to VM one" in line for line in errors), errors
    assert any('bundle: /vms/three: passthrough: "console" is given to /vms/one already' in line for line in errors)


def test_kernel_does_not_fit(machine, guest_bundle, guests):
    data = bytearray((guests / "hello.bin").read_bytes())
    data[16:24] = struct.pack("<Q", 512 * MIB)  # image_size of the arm64 header
    check(machine(guest_bundle("hello", image=Image(data)), mem=HOST_MEM), r"vm0 'test': image kernel: .*0x20000000")


def test_ramdisk_does_not_fit(machine, workdir, guests):
    path = make_bundle(workdir, {"kernel": Image(guests / "hello.bin"),
                                 "rd": Image(b"r" * (8 * MIB), type="ramdisk")},
                       {"test": Vm(ramdisk="rd", memory=((RAM_BASE, 4 * MIB),))})
    check(machine(path, mem=HOST_MEM), r"vm0 'test': .*rd.*0x800000")


def elf(machine_id, ei_class=2):
    """An ELF header with one program header and nothing behind it."""
    ident = b"\x7fELF" + bytes((ei_class, 1, 1)) + bytes(9)
    return ident + struct.pack("<HHIQQQIHHHHHH", 2, machine_id, 1, RAM_BASE, 64, 0, 0, 64, 56, 1, 64, 0, 0) + \
        struct.pack("<IIQQQQQQ", 1, 5, 0, RAM_BASE, RAM_BASE, 120, 120, 4096) + bytes(8192)


OTHER_KERNELS = {
    "x86-64": (elf(E_MACHINE_X86_64), r"ELF for machine 62 \(x86-64\)"),
    "arm32": (elf(E_MACHINE_ARM), r"ELF for machine 40"),
    "32-bit": (elf(E_MACHINE_AARCH64, 1), r"32-bit ELF"),
    "noise": (bytes((i * 13 + 5) & 0xFF for i in range(65536)), r""),
    "bzImage": (bytes(510) + b"\x55\xaa" + b"HdrS" * 100 + bytes(65536), r""),
}


@pytest.mark.parametrize("name", OTHER_KERNELS)
def test_kernel_of_another_kind(machine, guest_bundle, name):
    data, pattern = OTHER_KERNELS[name]
    check(machine(guest_bundle("hello", image=Image(data)), mem=HOST_MEM), r"vm0 'test': image kernel: .*" + pattern)


def test_elf_segment_outside_ram(machine, guest_bundle):
    data = bytearray(elf(E_MACHINE_AARCH64))
    data[64 + 16:64 + 32] = struct.pack("<QQ", 0x08000000, 0x08000000)  # p_vaddr, p_paddr: the GIC
    data[24:32] = struct.pack("<Q", 0x08000000)
    check(machine(guest_bundle("hello", image=Image(data)), mem=HOST_MEM), r"vm0 'test': image kernel: .*0x8000000")


@pytest.mark.parametrize("vm,pattern", (
    ({"kernel": "kernle"}, r'/vms/test: kernel: no image "kernle"'),
    ({"props": "vcpu = <1>;"}, r"/vms/test: vcpu: .*vcpus"),
    ({"props": "vcpus = <0>;"}, r"/vms/test: vcpus: 0 is not 1 to"),
    ({"props": "vcpus = <99>;"}, r"/vms/test: vcpus: 99 is not 1 to"),
    ({"props": 'vcpus = "two";'}, r"/vms/test: vcpus"),
    ({"props": 'scheduler = "fancy";'}, r'/vms/test: scheduler: "fancy" is not one of "noop"'),
    ({"props": 'on-reboot = "explode";'}, r'/vms/test: on-reboot: "explode" is not one of'),
    ({"props": 'physical-timer = "maybe";'}, r'/vms/test: physical-timer: "maybe" is not one of'),
    ({"memory": ((RAM_BASE, 0x1234),)}, r"/vms/test: memory: size 0x1234 is not a multiple of 2 MiB"),
    ({"memory": ((RAM_BASE + 4096, 4 * MIB),)}, r"/vms/test: memory: address 0x40001000 is not a multiple"),
    ({"memory": ((RAM_BASE, 4 * MIB), (RAM_BASE + 2 * MIB, 4 * MIB))}, r"/vms/test: memory: .*overlap"),
    ({"memory": ((0x08000000, 4 * MIB),)}, r"/vms/test: .*(gic|GIC)"),
    ({"memory": ((1 << 40, 4 * MIB),)}, r"/vms/test: memory: .*0x10000000000"),
    ({"props": "bootargs = <1 2 3>;"}, r"/vms/test: bootargs"),
    ({"props": "child { };"}, r"/vms/test: child"),
))
def test_manifest(machine, guest_bundle, vm, pattern):
    check(machine(guest_bundle("hello", **vm), mem=HOST_MEM), pattern)


def test_one_bad_vm_does_not_stop_the_other(machine, workdir, guests):
    """Two CPUs: the good VM runs to its end although the other one is refused."""
    path = make_bundle(workdir, {"kernel": Image(guests / "hello.bin")},
                       {"bad": Vm(kernel="nothing", passthrough=()), "good": Vm()})
    m = machine(path, mem=HOST_MEM)
    m.expect(r'\[hv\] error: [^\n]*/vms/bad: kernel: no image "nothing"')
    m.expect(GUEST_DONE.pattern)
    m.expect(r"'good': power off")
