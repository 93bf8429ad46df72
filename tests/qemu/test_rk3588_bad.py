# SPDX-License-Identifier: BSD-3-Clause
"""The RK3588 with something wrong: one clear line, and the rest goes on."""
import re
import subprocess

import pytest

import hostdtb
from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import BOOT_TIMEOUT
from rk3588 import bl31, dtb

# A ninth core, which the chip does not have.
NINTH = """
		cpu@800 {
			device_type = "cpu";
			compatible = "arm,cortex-a76";
			reg = <0x800>;
			enable-method = "psci";
			capacity-dmips-mhz = <1024>;
		};
"""


@pytest.mark.parametrize("firmware", ("qemu", "bl31"))
def test_core_that_firmware_refuses(rk3588, hypervisor, guests, workdir, firmware):
    """It is named and left out; a VM that wants it is told so, one that can do without runs, on its kind of core."""
    text = subprocess.run(["dtc", "-q", "-I", "dtb", "-O", "dts", dtb()], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    first = "\t\tcpu@0 {"
    assert first in text
    tree = workdir / "ninth.dtb"
    tree.write_bytes(hostdtb.compile_dts(workdir, text.replace(first, NINTH + first, 1)))
    vms = {name: Vm(passthrough=(), memory=((RAM_BASE, 16 * MIB),), props=props)
           for name, props in (("only", "cpu-affinity = <0>;"), ("either", "cpu-affinity = <0 8>;"))}
    m = rk3588(kernel=hypervisor, initrd=make_bundle(workdir, {"kernel": Image(guests / "cores.bin")}, vms),
               bl31_file=bl31() if firmware == "bl31" else None, extra=("-dtb", tree))
    m.expect(r"DONE 2 passed, 0 failed", BOOT_TIMEOUT)
    m.wait_exit(BOOT_TIMEOUT)
    assert re.search(r"error: CPU 0 \(/cpus/cpu@800\): left out: firmware refused PSCI CPU_ON \(-2\)", m.console), m.console
    # It is like its neighbours in the device tree, and counts as one of them.
    assert "[hv] CPUs: 4 x arm,cortex-a55 (CPU 1 to 4), 5 x arm,cortex-a76 (CPU 0, 5 to 8)\n" in m.console
    assert re.search(r"error: vm\d 'only': cpu-affinity: CPU 0: none is up; the host has 9, CPU 0 to 8, and 8 are up",
                     m.console), m.console
    assert re.search(r"warning: vm\d 'either': cpu-affinity: not up, and left out: CPU 0;", m.console), m.console
    assert re.findall(r"CORE \d+ midr (\S+)", m.console) == ["0x414fd0b1"]
