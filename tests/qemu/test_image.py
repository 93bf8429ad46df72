# SPDX-License-Identifier: BSD-3-Clause
"""The one disk of `make image`: U-Boot takes Hazel from it by extlinux, by boot.scr and as a FIT. Bad disks."""
import re
import shutil
import struct
import subprocess

import pytest

from bundle import Image, make_bundle
from conftest import make
from hazel import BANNER, BOOT_TIMEOUT, BUILD, PARKED, ROOT, UBOOT
from test_smp import guest_vm

MEM = "1G"
UBOOT_PROMPT = r"=> "
PARTITION = 1 << 20
MIB = 1 << 20

# Where U-Boot for the RK3588 loads things, and where the next thing begins (its include/configs/rk3588_common.h).
RK3588_KERNEL = range(0x02000000, 0x0A000000)
RK3588_FDT = range(0x12000000, 0x12100000)


@pytest.fixture(scope="session")
def image():
    """build/image/hazel-qemu_virt.img with the bundle `linux`."""
    if not UBOOT.exists():
        pytest.fail(f"{UBOOT} is missing: make deps-check")
    make("image", "BOARD=qemu_virt", "VMS=linux", "GUEST=standard")
    return BUILD / "image/hazel-qemu_virt.img"


def disk(path):
    """QEMU arguments: U-Boot, and the image as its only disk, which stays as it is."""
    return ("-bios", UBOOT, "-drive", f"if=none,id=d,format=raw,snapshot=on,file={path}", "-device",
            "virtio-blk-device,drive=d")


def uboot_prompt(m):
    """U-Boot's shell, before it boots anything."""
    m.expect("Hit any key to stop autoboot", BOOT_TIMEOUT)
    m.send(" ")
    m.expect(UBOOT_PROMPT)
    return m


def command(m, text, timeout=BOOT_TIMEOUT):
    """A command of U-Boot's that comes back."""
    m.send(text + "\r")
    m.expect(UBOOT_PROMPT, timeout)


def check_shell(m):
    """Hazel's first line, and a Linux that answers."""
    m.expect(re.escape(BANNER), BOOT_TIMEOUT)
    m.expect_prompt()
    assert m.run("echo hi") == "hi"


def file_of(path, name):
    """The bytes of a file on the disk's partition."""
    return subprocess.run(["mtype", "-i", f"{path}@@{PARTITION}", f"::/{name}"], check=True,
                          stdout=subprocess.PIPE).stdout


def without(path, workdir, *names):
    """A copy of the disk that lacks these files."""
    copy = workdir / "less.img"
    shutil.copy(path, copy)
    subprocess.run(["mdel", "-i", f"{copy}@@{PARTITION}", *(f"::/{n}" for n in names)], check=True)
    return copy


def mkdisk(*args):
    """Exit status and what it says."""
    r = subprocess.run([ROOT / "scripts/mkdisk", *args], cwd=ROOT, text=True, check=False, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    return r.returncode, r.stdout


# --- the three routes, one image ----------------------------------------------------------------


def test_extlinux(machine, image):
    """Without a key pressed: U-Boot finds extlinux.conf first."""
    m = machine(kernel=None, mem=MEM, extra=disk(image))
    m.expect(r"extlinux/extlinux\.conf", BOOT_TIMEOUT)
    check_shell(m)


def test_script(machine, image, workdir):
    """Without a key pressed, and without extlinux.conf: boot.scr."""
    m = machine(kernel=None, mem=MEM, extra=disk(without(image, workdir, "extlinux/extlinux.conf")))
    m.expect(r"Executing script|boot\.scr", BOOT_TIMEOUT)
    check_shell(m)


def test_script_by_hand(machine, image):
    """The same boot.scr beside extlinux.conf, started at U-Boot's prompt."""
    m = uboot_prompt(machine(kernel=None, mem=MEM, extra=disk(image)))
    command(m, "setenv devtype virtio; setenv devnum 0; setenv distro_bootpart 1")
    command(m, "load virtio 0:1 ${scriptaddr} /boot.scr")
    m.send("source ${scriptaddr}\r")
    check_shell(m)


def test_fit(machine, image):
    """hazel.itb: U-Boot checks its hashes, puts Hazel where the FIT says and hands on its own device tree."""
    m = uboot_prompt(machine(kernel=None, mem=MEM, extra=disk(image)))
    command(m, "load virtio 0:1 ${ramdisk_addr_r} /hazel.itb")
    m.send("bootm ${ramdisk_addr_r}#hazel ${ramdisk_addr_r}#hazel ${fdt_addr}\r")
    m.expect(r"sha256\+ OK.*sha256\+ OK", BOOT_TIMEOUT)
    check_shell(m)


# --- an address that suits nobody ---------------------------------------------------------------

@pytest.mark.parametrize("at", (0x42003000, 0x42000804), ids=hex)
def test_booti_and_bootm_move_it(machine, workdir, guest_bundle, hypervisor, at):
    """From an address that suits nobody U-Boot moves Hazel to one that the Image header allows."""
    path = workdir / "odd.img"
    status, text = mkdisk("--route", "all", "--hypervisor", hypervisor, "--bundle", guest_bundle("hello"), "--load",
                          hex(at), path)
    assert status == 0, text
    m = uboot_prompt(machine(kernel=None, mem=MEM, extra=disk(path)))
    command(m, f"load virtio 0:1 {at:#x} /hypervisor.bin")
    command(m, "load virtio 0:1 ${ramdisk_addr_r} /bundle.img")
    m.send(f"booti {at:#x} ${{ramdisk_addr_r}}:${{filesize}} ${{fdt_addr}}\r")
    m.expect("DONE 1 passed, 0 failed", BOOT_TIMEOUT)
    assert m.wait_exit() == 0
    m = uboot_prompt(machine(kernel=None, mem=MEM, extra=disk(path)))
    command(m, "load virtio 0:1 ${ramdisk_addr_r} /hazel.itb")
    m.send("bootm ${ramdisk_addr_r}#hazel ${ramdisk_addr_r}#hazel ${fdt_addr}\r")
    m.expect("DONE 1 passed, 0 failed", BOOT_TIMEOUT)
    assert m.wait_exit() == 0


# --- keys that nobody has read ------------------------------------------------------------------

def test_keys_left_by_firmware(machine, workdir, guests, hypervisor):
    """What is typed while U-Boot starts Hazel is not for Hazel, and does not keep later keys from it."""
    bundle = make_bundle(workdir, {"spin": Image(guests / "spin.bin")}, {"busy": guest_vm("spin")})
    path = workdir / "keys.img"
    status, text = mkdisk("--hypervisor", hypervisor, "--bundle", bundle, path)
    assert status == 0, text
    m = uboot_prompt(machine(kernel=None, mem=MEM, extra=disk(path)))
    command(m, "load virtio 0:1 ${kernel_addr_r} /hypervisor.bin")
    command(m, "load virtio 0:1 ${ramdisk_addr_r} /bundle.img")
    m.send("booti ${kernel_addr_r} ${ramdisk_addr_r}:${filesize} ${fdt_addr}\rreboot\r")
    m.focus("busy")
    m.focus("shell")
    assert re.search(r"^0 +busy ", m.shell("vm list"), re.M)
    assert "reboot: by the shell" not in m.console


# --- disks that lack something ------------------------------------------------------------------


def test_no_bundle(machine, image, workdir):
    """Each route names the file and the disk, Hazel is not started; started by hand it says what it misses."""
    m = machine(kernel=None, mem=MEM, extra=disk(without(image, workdir, "bundle.img")))
    m.expect(r"Failed to load '/bundle\.img'", BOOT_TIMEOUT)
    m.expect(r"hazel: cannot load /bundle\.img from virtio 0:1", BOOT_TIMEOUT)
    m.expect(UBOOT_PROMPT, BOOT_TIMEOUT)
    assert BANNER not in m.console
    m.send("booti ${kernel_addr_r} - ${fdt_addr}\r")
    m.expect(r"\[hv\] error: [^\n]*bundle")
    m.expect(PARKED)


def test_bundle_larger_than_ram(machine, hypervisor, workdir):
    """U-Boot does not load what has no room; boot.scr says which file it was."""
    bundle = workdir / "huge.img"
    with open(bundle, "wb") as f:
        f.truncate(160 * MIB)
    path = workdir / "huge-disk.img"
    subprocess.run([ROOT / "scripts/mkdisk", "--route", "script", "--hypervisor", hypervisor, "--bundle", bundle, path],
                   cwd=ROOT, check=True)
    m = machine(kernel=None, mem="128M", extra=disk(path))
    m.expect(r"Reading file would overwrite reserved memory", BOOT_TIMEOUT)
    m.expect(r"hazel: cannot load /bundle\.img from virtio 0:1", BOOT_TIMEOUT)
    m.expect(UBOOT_PROMPT, BOOT_TIMEOUT)
    assert BANNER not in m.console


def test_bundle_said_to_be_larger_than_ram(machine, image):
    """What /chosen says of the initrd goes beyond RAM: one line that names the range."""
    m = uboot_prompt(machine(kernel=None, mem=MEM, extra=disk(image)))
    command(m, "load virtio 0:1 ${kernel_addr_r} /hypervisor.bin")
    command(m, "fdt addr ${fdt_addr}")
    command(m, "fdt resize 4096")
    command(m, "fdt chosen 0x48000000 0x80000000")
    m.send("booti ${kernel_addr_r} - ${fdt_addr}\r")
    m.expect(PARKED, BOOT_TIMEOUT)
    errors = [line for line in m.hv_lines() if "[hv] error: " in line]
    assert len(errors) == 1, errors
    assert re.search(r"linux,initrd-start 0x48000000 \+ 0x7fffffff is not in host RAM", errors[0]), errors[0]


# --- making it ----------------------------------------------------------------------------------


def test_missing_file(workdir, hypervisor):
    status, text = mkdisk("--route", "all", "--hypervisor", hypervisor, "--bundle", workdir / "none.img",
                          workdir / "d.img")
    assert (status, text) == (1, f"mkdisk: no file {workdir}/none.img\n")
    assert not (workdir / "d.img").exists()


def test_disk_too_small(workdir, hypervisor):
    bundle = workdir / "b.img"
    with open(bundle, "wb") as f:
        f.truncate(100 * MIB)
    status, text = mkdisk("--hypervisor", hypervisor, "--bundle", bundle, "--size", "64", workdir / "d.img")
    assert status == 1
    assert text == "mkdisk: --size 64: too small, the files need a disk of 116 MiB\n"
    assert not list(workdir.glob("d.img*"))


def test_unknown_board():
    r = subprocess.run(["make", "image", "BOARD=toaster"], cwd=ROOT, text=True, check=False, stdout=subprocess.PIPE,
                       stderr=subprocess.STDOUT)
    assert r.returncode != 0
    assert "BOARD=toaster: no such board: use one of qemu_virt rk3588" in r.stdout


def test_rk3588_layout(workdir):
    """What U-Boot loads for the RK3588 does not overlap, and all three routes hand over the same device tree."""
    make("image", "BOARD=rk3588", "VMS=linux", "GUEST=standard")
    path = BUILD / "image/hazel-rk3588.img"
    assert path.stat().st_size & (path.stat().st_size - 1) == 0, "QEMU's eMMC wants a power of two"
    hypervisor, dtb = file_of(path, "hypervisor.bin"), file_of(path, "board.dtb")
    image_size, = struct.unpack_from("<Q", hypervisor, 16)
    text_offset, = struct.unpack_from("<Q", hypervisor, 8)
    assert RK3588_KERNEL.start + text_offset + image_size <= RK3588_KERNEL.stop
    assert len(dtb) <= len(RK3588_FDT)
    assert b"rockchip,rk3588\0" in dtb and dtb[:4] == b"\xd0\x0d\xfe\xed"
    assert b"\tfdt /board.dtb\n" in file_of(path, "extlinux/extlinux.conf")
    assert b"${fdt_addr_r} /board.dtb" in file_of(path, "boot.scr")
    itb = workdir / "hazel.itb"
    itb.write_bytes(file_of(path, "hazel.itb"))
    text = subprocess.run(["dumpimage", "-l", itb], check=True, text=True, stdout=subprocess.PIPE).stdout
    assert re.search(r"FDT: +board", text)
    load, = re.findall(r"Load Address: (0x[0-9a-f]+)", text)
    assert int(load, 0) == RK3588_KERNEL.start + text_offset
