# SPDX-License-Identifier: BSD-3-Clause
"""Acceptance A8, host side: a machine Hazel cannot run on gets one clear line, then the CPU is parked."""
import re

import pytest

import hostdtb
from hazel import BANNER, PARKED

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
    end = hostdtb.BUNDLE_ADDR + bundle.stat().st_size
    text = text.replace("chosen {", f"chosen {{\n\t\tlinux,initrd-start = <{hostdtb.BUNDLE_ADDR:#x}>;"
                                    f"\n\t\tlinux,initrd-end = <{end:#x}>;", 1)
    m = boot_tree(hostdtb.compile_dts(workdir, text), bundle=bundle)
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
