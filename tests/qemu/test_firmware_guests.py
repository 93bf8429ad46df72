# SPDX-License-Identifier: BSD-3-Clause
"""Firmware as a guest: Debian's U-Boot and EDK2 for QEMU's virt machine, as they are."""
import re
import subprocess

import pytest

from bundle import MIB, RAM_BASE, Image, Vm, make_bundle
from hazel import ANSI, BOOT_TIMEOUT, BUILD, GUEST_DONE, SHORT_TIMEOUT, check_guest_output
from test_smp import guest_vm

UBOOT_MEMORY = ((0, 2 * MIB), (0x4000000, 2 * MIB))
UBOOT_PROPS = 'kernel-load = <0>; fdt-load = <0x40000000>; memory-types = "rom", "rom", "ram"; scheduler = "bvt"; '


def uboot_image():
    """What the shipped bundle has; it is made before."""
    return Image(BUILD / "guest/standard/u-boot.bin", type="firmware", os="u-boot")


def uboot_vm(props, ram=64 * MIB, **kw):
    return Vm(kernel="uboot", passthrough=(), memory=(*UBOOT_MEMORY, (RAM_BASE, ram)), props=UBOOT_PROPS + props, **kw)


def uboot_prompt(m):
    m.expect(r"U-Boot 20\d\d\.\d\d")
    m.expect("Hit any key to stop autoboot")
    # On a slow machine this is late: then U-Boot has looked everywhere for something to boot, and the space is typed at
    # the prompt, where it does no harm.
    m.send(" ")
    m.expect(r"\n=> ")


def uboot(m, command):
    """Type a command at U-Boot's prompt; returns its output."""
    m.send(command + "\r")
    m.expect(re.escape(command) + r"\r*\n")
    m.expect(r"(?<![^\n])=> ")
    return ANSI.sub("", m.child.before).replace("\r", "").strip()


def test_uboot(machine, shipped_bundle):
    m = machine(shipped_bundle("uboot"), mem="512M")
    uboot_prompt(m)
    # It met nothing that is not there.
    assert not re.search(r"unmapped|forbidden|Synchronous Abort", m.console)
    assert "U-Boot 20" in uboot(m, "version")
    info = uboot(m, "bdinfo")
    assert re.search(r"-> start    = 0x0+40000000\n-> size     = 0x0+10000000\n", info), info
    assert re.search(r"flashsize   = 0x0+\n", info), info
    assert re.search(r"^fdt_addr=0x40000000$", uboot(m, "printenv"), re.M)
    uboot(m, "fdt addr $fdtcontroladdr")
    tree = uboot(m, "fdt print /")
    assert 'model = "Hazel virtual machine";' in tree
    assert 'method = "hvc";' in tree
    # The ROM is not RAM.
    assert re.findall(r"memory@\w+", tree) == ["memory@40000000"]
    # A reset starts with nothing of what was there before.
    uboot(m, "setenv mark here; mw.l 0x41000000 0x12345678")
    assert uboot(m, "printenv mark") == "mark=here"
    m.send("reset\r")
    m.expect(r"\[hv\] vm0 'uboot': reset 1 done")
    uboot_prompt(m)
    assert uboot(m, "printenv mark") == '## Error: "mark" not defined'
    assert uboot(m, "md.l 0x41000000 1").startswith("41000000: 00000000")
    m.send("poweroff\r")
    m.expect(r"\[hv\] vm0 'uboot': power off \(PSCI SYSTEM_OFF\)")
    assert m.wait_exit() == 0


def test_uboot_reset_by_policy(machine, shipped_bundle, workdir):
    shipped_bundle("uboot")
    m = machine(make_bundle(workdir, {"uboot": uboot_image()}, {"fw": uboot_vm('on-reboot = "halt";')}), mem="256M")
    uboot_prompt(m)
    m.send("reset\r")
    m.expect(r"\[hv\] vm0 'fw': reboot asked for, on-reboot says not to \(PSCI SYSTEM_RESET\)")
    assert "reset 1 done" not in m.console


def test_uboot_beside_another(machine, guests, shipped_bundle, workdir):
    """U-Boot resets, reads where nothing is and writes to its ROM, while a VM on the same CPU counts its ticks."""
    shipped_bundle("uboot")
    images = {"uboot": uboot_image(), "tick": Image(guests / "tick.bin")}
    vms = {"fw": uboot_vm('on-reboot = "restart";'),
           "good": guest_vm("tick", 'scheduler = "bvt"; autostart = <0>;', "ticks=4000")}
    m = machine(make_bundle(workdir, images, vms), mem="256M")
    uboot_prompt(m)
    m.focus("shell")
    m.send("vm start good\r")
    m.expect(r"\[hv\] vm1 'good': started")
    m.focus("fw")
    for n, (command, line) in enumerate((("reset", ""), ("md.l 0x20000000 1", "read of unmapped IPA 0x20000000"),
                                         ("mw.l 0x1000 0", "write to forbidden IPA 0x1000")), 1):
        m.send(command + "\r")
        if line:
            m.expect(rf"\[hv\] vm0 'fw': {line} \(pc 0x[0-9a-f]+\) -> abort")
            m.expect('"Synchronous Abort" handler')
        m.expect(rf"\[hv\] vm0 'fw': reset {n} done")
        uboot_prompt(m)
    m.focus("good")
    m.expect(GUEST_DONE.pattern, 3 * SHORT_TIMEOUT)
    check_guest_output(m.console)
    m.expect(r"\[hv\] vm1 'good': power off")
    m.focus("fw")
    assert "U-Boot 20" in uboot(m, "version")


FIT = """/dts-v1/;
/ {
    description = "what U-Boot boots";
    #address-cells = <1>;
    images {
        kernel {
            data = /incbin/("%s/Image");
            type = "kernel"; arch = "arm64"; os = "linux"; compression = "none";
            load = <0x40200000>; entry = <0x40200000>;
        };
        ramdisk {
            data = /incbin/("%s/initrd.gz");
            type = "ramdisk"; arch = "arm64"; os = "linux"; compression = "none";
        };
    };
    configurations { linux { kernel = "kernel"; ramdisk = "ramdisk"; }; };
};
"""


@pytest.mark.slow
def test_uboot_boots_linux(machine, kernel, shipped_bundle, workdir):
    """The ramdisk is a FIT of U-Boot's, with Linux and an initramfs."""
    shipped_bundle("uboot")
    directory = kernel()
    (workdir / "linux.its").write_text(FIT % (directory, directory))
    subprocess.run(["mkimage", "-f", workdir / "linux.its", workdir / "linux.itb"], check=True,
                   stdout=subprocess.DEVNULL)
    images = {"uboot": uboot_image(), "fit": Image(workdir / "linux.itb", type="ramdisk")}
    vms = {"fw": uboot_vm("ramdisk-load = <0x48000000>;", ram=512 * MIB, ramdisk="fit")}
    m = machine(make_bundle(workdir, images, vms))
    uboot_prompt(m)
    uboot(m, "setenv bootargs console=ttyAMA0")
    uboot(m, "imxtract 0x48000000 kernel 0x40200000")
    uboot(m, "imxtract 0x48000000 ramdisk 0x44000000")
    m.send("booti 0x40200000 0x44000000:$filesize $fdtcontroladdr\r")
    m.expect("Starting kernel")
    m.expect_prompt(BOOT_TIMEOUT)
    assert "arm64" in m.run("uname -r")


def test_edk2(machine, shipped_bundle):
    """To the end of its drivers; what would start a boot option is not there, for want of a flash."""
    m = machine(shipped_bundle("edk2"), mem="512M")
    m.expect(r"UEFI firmware \(version [^\n]* built at ")
    # Where it runs from flash it prints no leading zeros.
    pc = int(m.expect(r"Synchronous Exception at 0x([0-9A-F]{16})", BOOT_TIMEOUT).group(1), 16)
    # The DXE core runs from RAM.
    assert pc >= RAM_BASE
    assert not re.search(r"unmapped|forbidden", m.console)
    # It has caught its own exception and loops, which is its right.
    m.focus("shell")
    assert re.search(r"edk2\s+running", m.shell("vm list"))
    m.send("vm stop edk2\r")
    m.expect(r"\[hv\] vm0 'edk2': stopped by the administrator")
