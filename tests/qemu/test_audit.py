# SPDX-License-Identifier: BSD-3-Clause
"""The isolation audit finds what is planted: page tables and interrupts are changed from outside, through QEMU's GDB port."""
import re

import pytest

from bundle import Image, make_bundle
from gdb import gdb_socket, run_gdb
from hazel import SHORT_TIMEOUT
from test_smp import guest_vm

BLOCK = 2 << 20
FAR = 0x40000000 + 4 * BLOCK  # RAM that the guests do not use
ADDR = 0xfffffffff000
FREE_RAM = 0x4f000000
NOTHING = 0x0a000000
EL2_SLOT = 0x12c  # GiB, in EL2's tables: nothing is there
EL2_BLOCK_RW = 0x60000000000705
MEMATTR, DEVICE, XN = 0x3c, 0x04, 1 << 54
GICD_ISACTIVER, GICD_ICACTIVER = 0x08000300, 0x08000380
FREE_SPI = 90


class Planted:
    """A running machine whose memory is changed while it stands still."""

    def __init__(self, m, path):
        self.m, self.path = m, path

    def gdb(self, *commands):
        """Commands on physical memory; the machine goes on afterwards."""
        out = run_gdb(self.path, ("maintenance packet Qqemu.PhyMemMode:1", *commands, "detach"))
        # Where the CPU is at the start is not asked for, and its variables may not be there.
        said = out.split("sending:", 1)[-1]
        assert "detached]" in said and not re.search(r"Cannot access|No symbol|Argument to|syntax error", said), out
        return out

    def read(self, expression):
        return int(re.search(r"value (\d+)", self.gdb(f'printf "value %lu\\n", (unsigned long)({expression})')).group(1))

    def write(self, address, value):
        self.gdb(f"set *(unsigned long *){address:#x} = {value:#x}")

    def entry(self, vm, ipa):
        """Address of the level 2 entry of an IPA in a VM's stage 2, and what it holds."""
        table = self.read(f"*(unsigned long *)(vms[{vm}]->arch.s2.root + {8 * (ipa >> 30)})") & ADDR
        address = table + 8 * (ipa >> 21 & 511)
        old = self.read(f"*(unsigned long *){address:#x}")
        assert old & 3 == 1, f"not a 2 MiB block: {old:#x}"
        return address, old

    def audit(self):
        """What the shell's command says, without the lines before it."""
        self.m.send("audit\r")
        self.m.expect(r"audit\r*\n(.*audit: 2 VMs, \d+ pages, [^\n]*\n.*?)hazel> ", 3 * SHORT_TIMEOUT)
        return self.m.child.match.group(1)

    def finds(self, address, value, old, text):
        """Planted, it is named; taken back, all is well again."""
        self.write(address, value)
        said = self.audit()
        assert re.search(text, said) and re.search(r"pages, \d+ findings?", said), (text, said)
        self.write(address, old)
        assert "no finding" in self.audit()


@pytest.fixture
def planted(machine, guests, workdir):
    """Two VMs that spin, the shell, and a port to spoil them through."""
    args, path = gdb_socket(workdir)
    vms = {n: guest_vm("spin", "vcpus = <1>;") for n in ("one", "two")}
    bundle = make_bundle(workdir, {"spin": Image(guests / "spin.bin")}, vms)
    m = machine(bundle, smp=2, mem="256M", extra=[a for a in args if a != "-S"])
    m.expect(r"started.*started")
    m.focus("shell")
    p = Planted(m, path)
    assert "no finding" in p.audit()
    return p


def test_pages_that_are_not_the_vms(planted):
    """A block of a VM that leads to another VM, to Hazel, to free RAM, to its own RAM a second time, to nothing."""
    at, old = planted.entry(0, FAR)
    _, other = planted.entry(1, FAR)
    image = planted.read("&early_main") & ~0xffff

    def finds(pa, text):
        planted.finds(at, old & ~ADDR | pa & -BLOCK, old, rf"audit: vm0 'one': IPA 0x408\w+ \+ \w+: PA \w+ {text}")

    finds(other & ADDR, "belongs to vm1 'two'")
    finds(image, "is Hazel's image")
    finds(FREE_RAM, "is free RAM")
    finds((old & ADDR) - BLOCK, "is the VM's own, at another address")
    finds(NOTHING, "is nothing that the manifest gives this VM")


def test_attributes(planted):
    """RAM that a VM sees as a device."""
    at, old = planted.entry(0, FAR)
    planted.finds(at, old & ~MEMATTR | DEVICE | XN, old, rf"vm0 'one': IPA {FAR:#x} .* memory mapped as a device")


def test_el2_maps_a_guest(planted):
    """Guests' pages in EL2's own tables, outside of the window that is open for the time of a copy."""
    _, old = planted.entry(0, FAR)
    l1 = planted.read("*(unsigned long *)pcpus[0].el2_root") & ADDR
    at = l1 + 8 * EL2_SLOT
    assert planted.read(f"*(unsigned long *){at:#x}") == 0
    planted.finds(at, old & ADDR & ~((1 << 30) - 1) | EL2_BLOCK_RW, 0,
                  rf"audit: EL2 of CPU 0: VA {EL2_SLOT << 30:#x} .* is guests' memory")


def test_interrupt_of_nobody(planted):
    """An SPI that is active and that no VM and no driver has."""
    reg, bit = FREE_SPI // 32 * 4, 1 << (FREE_SPI % 32)
    planted.gdb(f"set *(unsigned int *){GICD_ISACTIVER + reg:#x} = {bit:#x}")
    said = planted.audit()
    assert re.search(rf"{FREE_SPI}\b.* is active and nobody's", said), said
    planted.gdb(f"set *(unsigned int *){GICD_ICACTIVER + reg:#x} = {bit:#x}")
    assert "no finding" in planted.audit()
