# SPDX-License-Identifier: BSD-3-Clause
"""Acceptance A8, host side: a machine Hazel cannot run on gets one clear line, then the CPU is parked."""
import re
import subprocess

import pytest

import hostdtb
from hazel import BANNER, PARKED, ROOT

# Every test ends like this: one error line that names the thing, then parked.
ERROR = r"\[hv\] error: [^\n]*"


def check(m, pattern):
    """One error line that matches, nothing after parked."""
    m.expect(PARKED)
    assert not m.quiet(1).strip()
    lines = m.hv_lines()
    errors = [line for line in lines if "[hv] error: " in line]
    assert len(errors) == 1, lines
    assert re.search(pattern, errors[0]), errors[0]
    assert lines[-1].endswith("[hv] parked")


@pytest.fixture
def boot_tree(machine, workdir, hypervisor):
    """boot_tree(bytes) - start Hazel with this host device tree."""

    def start(dtb, **kw):
        assert hypervisor.exists()
        return machine(kernel=None, mem="512M", extra=hostdtb.loader_args(workdir, dtb, **kw))

    return start


def test_unchanged_tree_boots(boot_tree, workdir, guest_bundle):
    """The apparatus itself is sound: with QEMU's own tree and a bundle a guest runs."""
    bundle = guest_bundle("hello", wrap=False)
    _, text = hostdtb.dump(workdir)
    m = boot_tree(hostdtb.compile_dts(workdir, with_bundle(text, bundle)), bundle=bundle)
    m.expect(re.escape(BANNER))
    m.expect("DONE 1 passed, 0 failed")
    assert m.wait_exit() == 0


def test_entered_at_el1(machine, guest_bundle):
    m = machine(guest_bundle("hello"), virtualization=False, mem="256M")
    check(m, r"CurrentEL=0x4.*EL2")


def test_gicv2(machine, guest_bundle):
    m = machine(guest_bundle("hello"), gic=2, mem="256M")
    check(m, r"(?i)gic-?v3|gic-version=3")


@pytest.mark.parametrize("node,pattern", (
    ("memory@40000000", r"memory"),
    ("psci", r"psci"),
    ("intc@8000000", r"(?i)gic|interrupt controller"),
    ("timer", r"timer"),
    ("cpus", r"cpu"),
))
def test_missing_node(boot_tree, workdir, node, pattern):
    _, text = hostdtb.dump(workdir)
    check(boot_tree(hostdtb.compile_dts(workdir, hostdtb.remove_node(text, node))), pattern)


def test_memory_without_size(boot_tree, workdir):
    _, text = hostdtb.dump(workdir)
    text = re.sub(r"(memory@40000000 \{[^}]*reg = )<[^>]*>", r"\1<0x00 0x40000000 0x00 0x00>", text)
    check(boot_tree(hostdtb.compile_dts(workdir, text)), r"memory")


def test_psci_method(boot_tree, workdir):
    _, text = hostdtb.dump(workdir)
    check(boot_tree(hostdtb.compile_dts(workdir, text.replace('method = "smc"', 'method = "telepathy"'))),
          r"psci.*method")


def with_bundle(text, bundle):
    """The tree names a bundle, as a boot loader does it."""
    end = hostdtb.BUNDLE_ADDR + bundle.stat().st_size
    return text.replace("chosen {", f"chosen {{\n\t\tlinux,initrd-start = <{hostdtb.BUNDLE_ADDR:#x}>;"
                                    f"\n\t\tlinux,initrd-end = <{end:#x}>;", 1)


def replace(text, old, new):
    """The text with something changed that is there."""
    assert old in text, old
    return text.replace(old, new, 1)


# Nothing answers here on -M virt.
NOWHERE = 0xb600000


@pytest.mark.parametrize("old,new,pattern", (
    ("reg = <0x00 0x8000000 0x00 0x10000", f"reg = <0x00 {NOWHERE:#x} 0x00 0x10000",
     r"GIC: nothing answers at 0xb600000 \(/intc@8000000\)"),
    ("0x00 0x80a0000 0x00 0xf60000", f"0x00 {NOWHERE:#x} 0x00 0x100000",
     r"GIC: nothing answers at 0xb600000, a redistributor of /intc@8000000"),
    ("reg = <0x00 0x8000000 0x00 0x10000", "reg = <0x00 0x4000000 0x00 0x10000",
     r"GIC: architecture revision 0 at 0x4000000"),
    ("reg = <0x00 0x40000000 0x00 0x20000000>", "reg = <0x00 0x80000000 0x00 0x20000000>",
     r"/memory: 0x40080000, where Hazel runs, is not in it: is it another board's device tree\?"),
    ("reg = <0x00 0x40000000 0x00 0x20000000>", "reg = <0x00 0x40000000 0x00 0x40000000>",
     r"/memory: 0x40000000 \+ 0x40000000: no memory answers at 0x7ffffffc"),
), ids=("gicd", "gicr", "gicd is flash", "ram elsewhere", "less ram"))
def test_not_where_the_tree_says(boot_tree, workdir, old, new, pattern):
    _, text = hostdtb.dump(workdir)
    check(boot_tree(hostdtb.compile_dts(workdir, replace(text, old, new))), pattern)


def test_bank_without_memory(boot_tree, workdir, guest_bundle):
    """A bank that is not there is left out, and the machine is used without it."""
    bundle = guest_bundle("hello", wrap=False)
    _, text = hostdtb.dump(workdir)
    text = replace(text, "reg = <0x00 0x40000000 0x00 0x20000000>",
                   "reg = <0x00 0x40000000 0x00 0x20000000 0x01 0x00 0x00 0x40000000>")
    m = boot_tree(hostdtb.compile_dts(workdir, with_bundle(text, bundle)), bundle=bundle)
    m.expect("DONE 1 passed, 0 failed")
    assert m.wait_exit() == 0
    assert "[hv] warning: /memory: 0x100000000 + 0x40000000 is left out: no memory answers at 0x100000000" in m.console


def test_console_where_nothing_answers(boot_tree, workdir, guest_bundle):
    """The UART of the configuration takes over, and says what is wrong."""
    bundle = guest_bundle("hello", wrap=False)
    _, text = hostdtb.dump(workdir)
    text = replace(text, "reg = <0x00 0x9000000 0x00 0x1000>", f"reg = <0x00 {NOWHERE:#x} 0x00 0x1000>")
    m = boot_tree(hostdtb.compile_dts(workdir, with_bundle(text, bundle)), bundle=bundle)
    m.expect(re.escape(BANNER))
    m.expect(r"\[hv\] warning: console: no driver for /pl011@9000000 \(arm,pl011\), or nothing answers at 0xb600000")


def test_tree_of_another_board(boot_tree, workdir):
    """An RK3588 board's tree, with as much memory: no crash, and it is said on the UART that is really there."""
    fetch = subprocess.run(["scripts/fetch-guest.sh", "dtbs"], cwd=ROOT, text=True, stdout=subprocess.PIPE, check=False)
    if fetch.returncode:
        pytest.skip("no RK3588 device trees in the cache, and Debian's archive cannot be read")
    dtb = f"{fetch.stdout.strip()}/rk3588-rock-5b.dtb"
    text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", dtb], check=True, text=True, stdout=subprocess.PIPE).stdout
    text = replace(text, "\tchosen {", '\tmemory { device_type = "memory"; reg = <0x0 0x200000 0x0 0x5fe00000>; };\n\tchosen {')
    m = boot_tree(hostdtb.compile_dts(workdir, text))
    m.expect(re.escape("[hv] Hello from EL2 on rk3588, CurrentEL=0x8"))
    m.expect(r"\[hv\] warning: console: [^\n]*/serial@feb50000 [^\n]*nothing answers at 0xfeb50000")
    check(m, r"GIC: nothing answers at 0xfe600000 \(/interrupt-controller@fe600000\)")


def test_no_device_tree(boot_tree):
    check(boot_tree(bytes(64), x0=0), r"device tree")


@pytest.mark.parametrize("name", ("zeros", "garbage", "bad magic", "huge", "truncated", "offsets"))
def test_broken_tree(boot_tree, workdir, name):
    dtb, _ = hostdtb.dump(workdir)
    data = bytearray(dtb.read_bytes())
    if name == "zeros":
        data = bytearray(len(data))
    elif name == "garbage":
        data = bytearray((i * 7919 >> 3) & 0xFF for i in range(65536))
    elif name == "bad magic":
        data[0] ^= 0xFF
    elif name == "huge":
        data[4:8] = b"\xff\xff\xff\xf0"
    elif name == "truncated":
        data[4:8] = (4096).to_bytes(4, "big")
    else:
        data[8:12] = (0x7FFFFFF0).to_bytes(4, "big")
    check(boot_tree(bytes(data)), r"device tree")


def test_wrong_options_are_named(machine, guest_bundle):
    m = machine(guest_bundle("hello"), mem="256M", append="hv.loglevel=9 hv.bhb=maybe")
    m.expect("DONE 1 passed")
    assert re.search(r"\[hv\] warning: hv\.loglevel=9", m.console)
    assert re.search(r"\[hv\] warning: hv\.bhb=maybe", m.console)
