# SPDX-License-Identifier: BSD-3-Clause
"""A VM that owns the machine: memory at host addresses, all devices, DMA; and who is not given that."""
import hashlib

import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import GUEST_DONE, check_guest_output

DISK_MIB = 8
OWNER = ('memory = <0x0 0x0 0x0 {size}>; memory-types = "direct-ram"; passthrough = {devices}; dma-unprotected; '
         'on-reboot = "restart";')
TRUSTED = r"\[hv\] warning: vm\d 'linux' is trusted \(dma-unprotected\): its devices can write to all memory"


@pytest.fixture
def disk(workdir):
    """A disk, and the hash of what is on it."""
    path = workdir / "disk.img"
    data = bytes((i * 7 + i // 4096) & 0xff for i in range(DISK_MIB << 20))
    path.write_bytes(data)
    return path, hashlib.sha256(data).hexdigest()


def with_disk(path):
    return ("-drive", f"if=none,file={path},format=raw,id=disk", "-device", "virtio-blk-device,drive=disk")


def linux_images(kernel):
    return {"kernel": Image(kernel() / "Image"), "ramdisk": Image(kernel() / "initrd.gz", "ramdisk")}


def owner(size="0x0", devices='"console", "rest"'):
    return Vm(ramdisk="ramdisk", memory=(), passthrough=(), bootargs="console=ttyAMA0",
              props=OWNER.format(size=size, devices=devices))


@pytest.mark.slow
def test_disk_by_dma(machine, kernel, workdir, disk):
    """What the disk wrote into memory is what Linux finds there; after a restart as well."""
    m = machine(make_bundle(workdir, linux_images(kernel), {"linux": owner()}), mem="512M", extra=with_disk(disk[0]))
    m.expect(TRUSTED)
    m.expect_prompt()
    assert disk[1] in m.run("sha256sum /dev/vda")
    # The machine's devices, at the machine's addresses; nothing of the GIC's ITS.
    iomem = m.run("cat /proc/iomem")
    assert "pl061@9030000" in iomem and "PCI ECAM" in iomem and "8080000" not in iomem
    assert m.run("ls /proc/device-tree/ | grep -c -e its -e pmu") == "0"
    m.send("reboot\r")
    m.expect(r"reset 1 done")
    m.expect_prompt()
    assert disk[1] in m.run("sha256sum /dev/vda")


@pytest.mark.slow
def test_beside_another(machine, kernel, workdir, disk):
    """The other has the clock, and the owner all the rest. Hazel keeps the UART."""
    vms = {"other": Vm(ramdisk="ramdisk", memory=((RAM_BASE, 256 * MIB),), passthrough=("/pl031@9010000",),
                       bootargs="console=ttyAMA0"),
           "linux": owner("0x10000000", '"rest"')}
    m = machine(make_bundle(workdir, linux_images(kernel), vms), smp=2, mem="1G", extra=with_disk(disk[0]))
    m.expect(TRUSTED)
    m.expect_prompt()
    m.focus("linux")
    m.sync()
    assert disk[1] in m.run("sha256sum /dev/vda")
    assert m.run("cat /proc/device-tree/pl031@9010000/status; echo") == "disabled\0"
    assert m.run("ls /dev | grep -c rtc0") == "0"
    m.focus("other")
    m.sync()
    assert m.run("ls /dev | grep -c rtc0") == "1"
    assert m.run("ls /proc/device-tree | grep -c virtio") == "0"
    m.focus("shell")
    text = m.shell("audit")
    assert "no finding" in text
    assert "audit: vm1 'linux' is trusted (dma-unprotected)" in text
    assert "passthrough rest" in m.shell("vm info linux")


SMALL = ((RAM_BASE, 4 * MIB),)
REFUSED = {
    "master": (SMALL, 'passthrough = "/virtio_mmio@a000000";',
               r"passthrough: /virtio_mmio@a000000: may do DMA, and no IOMMU is in front of it: the VM has to say dma-unprotected"),
    "region": ((), 'memory = <0x0 0x40000000 0x0 0x800000 0x0 0x0a000000 0x0 0x4000>; memory-types = "ram", "direct";',
               r"memory: direct region 0xa000000 \+ 0x4000 covers devices that may do DMA"),
    "optee": ((), 'memory = <0x0 0x0 0x0 0x800000>; memory-types = "direct-ram"; dma-unprotected; firmware = "optee";',
              r'firmware: "optee": the host\'s device tree has no enabled "linaro,optee-tz"'),
    "scmi": (SMALL, 'firmware = "scmi";', r'firmware: "scmi": the host\'s device tree has no enabled "arm,scmi-smc"'),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused(machine, guests, workdir, what):
    """Wanted without the word for it, or not there: that VM is left out, and the next one runs."""
    memory, props, message = REFUSED[what]
    vms = {"bad": Vm(kernel="hello", passthrough=(), memory=memory, props=props),
           "good": Vm(kernel="hello", passthrough=(), memory=SMALL)}
    m = machine(make_bundle(workdir, {"hello": Image(guests / "hello.bin")}, vms), mem="256M", smp=2)
    m.expect(r"\[hv\] error: vm0 'bad': " + message)
    m.expect(r"vm0 'good': started")
    m.expect(GUEST_DONE.pattern)
    check_guest_output(m.console)
