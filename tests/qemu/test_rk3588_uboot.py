# SPDX-License-Identifier: BSD-3-Clause
"""BL31, U-Boot for the Rock 5B and the disk of `make image BOARD=rk3588` in the eMMC of the machine model (acceptance C2)."""
import re
import subprocess

import pytest

from conftest import make
from hazel import BOOT_TIMEOUT, BUILD, ROOT
from rk3588 import CONSOLE, bl31, dtb, require_model

BANNER = r"\[hv\] Hello from EL2 on rk3588, CurrentEL=0x8"
UBOOT = BUILD / "u-boot-rk3588/u-boot.bin"
UBOOT_PROMPT = r"=> "
# U-Boot reads some MiB a second, and the guest has eight CPUs on one of the host's.
LONG = 3 * BOOT_TIMEOUT


@pytest.fixture
def board(rk3588):
    """board(disk) - the machine with U-Boot and this image as its eMMC."""
    require_model()
    if not UBOOT.exists():
        pytest.skip(f"{UBOOT.relative_to(BUILD.parent)} is not there: make u-boot-rk3588 builds it")

    def start(disk):
        return rk3588(bl31_file=bl31(), bios=UBOOT, extra=("-drive", f"if=sd,format=raw,snapshot=on,file={disk}"))

    return start


@pytest.fixture(scope="session")
def image():
    """build/image/hazel-rk3588.img with the bundle `rk3588-linux`."""
    require_model()
    make("image", "BOARD=rk3588", "VMS=rk3588-linux", "GUEST=standard")
    return BUILD / "image/hazel-rk3588.img"


def at_prompt(m, *commands):
    """U-Boot's shell, and commands that come back."""
    m.expect("Hit any key to stop autoboot", LONG)
    m.send(" ")
    m.expect(UBOOT_PROMPT)
    for text in commands:
        m.send(text + "\r")
        m.expect(UBOOT_PROMPT, LONG)


def check_hazel(m):
    """Hazel's first line, and a Linux with all CPUs."""
    m.expect(BANNER, LONG)
    m.expect_prompt(LONG)
    assert m.run("nproc") == "8"


@pytest.mark.slow
def test_native_linux(board, kernel, workdir):
    """The chain itself: Linux without Hazel, from the same kind of disk."""
    guest = kernel()
    disk = workdir / "native.img"
    subprocess.run([ROOT / "scripts/mkdisk", "--hypervisor", guest / "Image", "--bundle", guest / "initrd.gz", "--dtb", dtb(),
                    "--append", f"{CONSOLE} rdinit=/init cpuidle.off=1", disk], cwd=ROOT, check=True)
    m = board(disk)
    m.expect(r"extlinux/extlinux\.conf", LONG)
    m.expect(r"CPU: All CPU\(s\) started at EL2", LONG)
    m.expect_prompt(LONG)
    assert m.run("nproc") == "8"


@pytest.mark.slow
def test_extlinux(board, image):
    """Without a key pressed."""
    m = board(image)
    m.expect(r"extlinux/extlinux\.conf", LONG)
    check_hazel(m)


@pytest.mark.slow
def test_script(board, image):
    m = board(image)
    at_prompt(m, "setenv devtype mmc; setenv devnum 0; setenv distro_bootpart 1", "load mmc 0:1 ${scriptaddr} /boot.scr")
    m.send("source ${scriptaddr}\r")
    check_hazel(m)


@pytest.mark.slow
def test_fit(board, image):
    """hazel.itb holds the device tree too."""
    m = board(image)
    at_prompt(m, "load mmc 0:1 ${ramdisk_addr_r} /hazel.itb")
    m.send("bootm ${ramdisk_addr_r}#hazel\r")
    m.expect(r"sha256\+ OK.*sha256\+ OK.*sha256\+ OK", LONG)
    check_hazel(m)
    assert re.search(r"Using 'hazel' configuration", m.console)
