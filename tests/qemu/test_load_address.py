# SPDX-License-Identifier: BSD-3-Clause
"""Where a loader may put Hazel: at any page, and at any other address, from where it moves up to one."""
import re

import pytest

import hostdtb
from hazel import BANNER, PARKED

PAGES = (0x42003000, 0x421FF000)
NO_PAGES = (0x42000004, 0x42000804, 0x42000FFC)


@pytest.mark.parametrize("at", PAGES + NO_PAGES, ids=hex)
def test_loaded_anywhere(machine, workdir, guest_bundle, hypervisor, at):
    """It runs at any page; from any other address it moves up to one."""
    assert hypervisor.exists()
    bundle = guest_bundle("hello", wrap=False)
    _, text = hostdtb.dump(workdir)
    end = hostdtb.BUNDLE_ADDR + bundle.stat().st_size
    text = text.replace("chosen {", f"chosen {{\n\t\tlinux,initrd-start = <{hostdtb.BUNDLE_ADDR:#x}>;"
                                    f"\n\t\tlinux,initrd-end = <{end:#x}>;", 1)
    m = machine(kernel=None, mem="512M",
                extra=hostdtb.loader_args(workdir, hostdtb.compile_dts(workdir, text), bundle=bundle, at=at))
    m.expect(re.escape(BANNER))
    m.expect("DONE 1 passed, 0 failed")
    assert m.wait_exit() == 0


@pytest.mark.parametrize("at", (PAGES[0], NO_PAGES[1]), ids=hex)
def test_started_like_a_program(machine, workdir, hypervisor, at):
    """A loader's "go" puts a number of arguments where the device tree is expected: one line says so."""
    assert hypervisor.exists()
    m = machine(kernel=None, mem="512M", extra=hostdtb.loader_args(workdir, bytes(64), x0=1, at=at))
    m.expect(PARKED)
    errors = [line for line in m.hv_lines() if "[hv] error: " in line]
    assert len(errors) == 1 and "device tree: x0 does not point to one" in errors[0], errors
