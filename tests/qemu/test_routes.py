# SPDX-License-Identifier: BSD-3-Clause
"""The ways in: QEMU's -initrd, U-Boot's booti, a boot script and extlinux, all with the same bundle.img."""
import re
import subprocess

import pytest

from hazel import BANNER, BOOT_TIMEOUT, BUILD, ROOT, UBOOT

HYPERVISOR_ADDR = 0x44000000
BUNDLE_ADDR = 0x48000000
# Image handed over above the bundle's copy; any place but the link address will do.
UBOOT_PROMPT = r"=> "
MEM = "1G"


@pytest.fixture(autouse=True)
def uboot():
    """Debian's U-Boot for this board."""
    if not UBOOT.exists():
        pytest.fail(f"{UBOOT} is missing: make deps-check")


def loader(path, addr):
    """QEMU puts a file into RAM."""
    return ("-device", f"loader,file={path},addr={addr:#x},force-raw=on")


def check_shell(m):
    """Hazel's first line and a shell that answers."""
    m.expect(re.escape(BANNER), BOOT_TIMEOUT)
    m.expect_prompt()
    assert m.run("echo hi") == "hi"


def at_uboot_prompt(machine, bundle):
    """U-Boot stopped before it boots anything, Hazel and bundle in memory."""
    m = machine(kernel=None, mem=MEM, extra=("-bios", UBOOT, *loader(BUILD / "hypervisor.bin", HYPERVISOR_ADDR),
                                             *loader(bundle, BUNDLE_ADDR)))
    m.expect("Hit any key to stop autoboot", BOOT_TIMEOUT)
    m.send(" ")
    m.expect(UBOOT_PROMPT)
    return m


def test_booti(machine, linux_bundle, hypervisor):
    """The bundle as a ramdisk in its legacy header; U-Boot moves it, and Hazel too when it likes."""
    bundle = linux_bundle()
    m = at_uboot_prompt(machine, bundle)
    m.send(f"booti {HYPERVISOR_ADDR:#x} {BUNDLE_ADDR:#x} ${{fdt_addr}}\r")
    check_shell(m)


def test_booti_raw_fit(machine, kernel, hypervisor, workdir):
    """Without the header the initrd is named in /chosen by hand; initrd-end is then off by one in U-Boot."""
    bundle = workdir / "raw.itb"
    subprocess.run([ROOT / "scripts/mkbundle", "-u", "-g", kernel(), ROOT / "configs/vms/linux.its", bundle], cwd=ROOT,
                   check=True)
    m = at_uboot_prompt(machine, bundle)
    for command in ("fdt addr ${fdt_addr}", "fdt resize 4096",
                    f"fdt chosen {BUNDLE_ADDR:#x} {bundle.stat().st_size:#x}"):
        m.send(command + "\r")
        m.expect(UBOOT_PROMPT)
    m.send(f"booti {HYPERVISOR_ADDR:#x} - ${{fdt_addr}}\r")
    check_shell(m)


@pytest.mark.parametrize("route", ("extlinux", "script"))
def test_disk(machine, linux_bundle, hypervisor, workdir, route):
    """A disk that U-Boot's standard boot finds without a key pressed."""
    disk = workdir / "disk.img"
    subprocess.run([ROOT / "scripts/mkdisk", "--route", route, "--hypervisor", hypervisor, "--bundle", linux_bundle(),
                    "--append", "hv.loglevel=4", disk], cwd=ROOT, check=True)
    m = machine(kernel=None, mem=MEM, extra=("-bios", UBOOT, "-drive", f"if=none,id=d,format=raw,file={disk}",
                                             "-device", "virtio-blk-device,drive=d"))
    check_shell(m)


def test_bootm_outer_fit(machine, kernel, hypervisor, workdir):
    """One file for bootm: Hazel as kernel and the bundle as ramdisk of an outer FIT."""
    inner = workdir / "inner.itb"
    subprocess.run([ROOT / "scripts/mkbundle", "-u", "-g", kernel(), ROOT / "configs/vms/linux.its", inner], cwd=ROOT,
                   check=True)
    its = workdir / "outer.its"
    its.write_text(f'''/dts-v1/;
/ {{
	description = "Hazel with its bundle";
	#address-cells = <1>;
	images {{
		hypervisor {{
			description = "hypervisor"; data = /incbin/("{hypervisor}"); type = "kernel"; arch = "arm64";
			os = "linux"; compression = "none"; load = <0x40080000>; entry = <0x40080000>;
			hash-1 {{ algo = "crc32"; }};
		}};
		bundle {{
			description = "bundle"; data = /incbin/("{inner}"); type = "ramdisk"; arch = "arm64";
			os = "linux"; compression = "none"; hash-1 {{ algo = "crc32"; }};
		}};
	}};
	configurations {{ default = "c"; c {{ kernel = "hypervisor"; ramdisk = "bundle"; }}; }};
}};
''')
    outer = workdir / "outer.itb"
    subprocess.run(["mkimage", "-f", its, outer], check=True, stdout=subprocess.DEVNULL)
    m = machine(kernel=None, mem=MEM, extra=("-bios", UBOOT, *loader(outer, BUNDLE_ADDR)))
    m.expect("Hit any key to stop autoboot", BOOT_TIMEOUT)
    m.send(" ")
    m.expect(UBOOT_PROMPT)
    m.send(f"bootm {BUNDLE_ADDR:#x}#c {BUNDLE_ADDR:#x}#c ${{fdt_addr}}\r")
    check_shell(m)
